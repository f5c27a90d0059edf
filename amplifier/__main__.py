"""`python -m amplifier` is the same command as `amplifier`."""

from __future__ import annotations

from amplifier.cli import main

if __name__ == "__main__":
    main(prog_name="amplifier")
