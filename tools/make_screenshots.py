"""Take pictures of what analysts see: the demo's report and `explore`, light and dark, for a desk and for a telephone.

Needs Chromium (apt-get install chromium fonts-dejavu). The pictures lie in build/screenshots;
the one in the README is made anew with them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
OUT = ROOT / "build" / "screenshots"
README_PICTURE = ROOT / "docs" / "report.png"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZES = {1200: 3600, 400: 7000}
"""Width and height in pixels: the page, or as much of it as a person looks at."""
UPPER = (1200, 940)
"""What the README shows."""
EXPLORED = {
    "explore": "",
    "explore-charts": "-/dashboards/results",
    "explore-question": "amplifier/retention?mode=simulated&campaign=",
    "explore-view": "amplifier/engagement_latest?mode=simulated",
}
"""Pages of `amplifier explore`."""
SCHEMES = {"light": 1, "dark": 0}
"""The number that Chromium has for each."""
PATIENCE = 8000
"""Milliseconds in which a page may draw its charts."""
LARGEST = 200_000
"""Bytes of the README's picture."""


def main() -> int:
    """Run the demo, write its report, and take every picture."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("there is no Chromium: apt-get install chromium fonts-dejavu")
        return 1
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="amplifier-pictures-") as scratch:
        workspace = demo(Path(scratch))
        for name, address in pages(workspace):
            for width, height in SIZES.items():
                for scheme in SCHEMES:
                    path = OUT / f"{name}-{width}-{scheme}.png"
                    shoot(browser, Path(scratch), address, path, (width, height), scheme)
                    print(path.relative_to(ROOT))
            if name == "report":
                shoot(browser, Path(scratch), address, README_PICTURE, UPPER, "light")
    size = README_PICTURE.stat().st_size
    print(f"{README_PICTURE.relative_to(ROOT)}: {size:,} bytes")
    return 0 if size <= LARGEST else 1


def demo(scratch: Path) -> Path:
    """Run the demo; where its workspace lies."""
    shown = amplifier("demo", TMPDIR=str(scratch))
    found = re.search(r"^  (/.+)/amplifier\.db$", shown, re.MULTILINE)
    if found is None:
        sys.exit("the demo did not say where its database lies")
    return Path(found[1])


def pages(workspace: Path) -> Iterator[tuple[str, str]]:
    """The pages to look at: a name, and an address. What is served instead of written is started and ended here."""
    report = OUT / "report.html"
    amplifier("-C", str(workspace), "report", "--html", str(report))
    yield "report", report.as_uri()
    command = [sys.executable, "-m", "amplifier", "-C", str(workspace), "explore", "--no-open", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as explore:
        try:
            address = explore.stdout.readline().strip() if explore.stdout else ""
            for name, path in EXPLORED.items():
                yield name, address + path
        finally:
            explore.terminate()


def amplifier(*arguments: str, **environment: str) -> str:
    """Run a command; what it prints."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AMPLIFIER_")}
    done = subprocess.run(
        [sys.executable, "-m", "amplifier", *arguments],
        env=bare | environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"amplifier {' '.join(arguments)}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def shoot(browser: str, scratch: Path, address: str, path: Path, size: tuple[int, int], scheme: str) -> None:
    """Take one picture; nothing is asked of any network."""
    subprocess.run(
        [
            browser,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *("--disable-background-networking", f"--virtual-time-budget={PATIENCE}"),
            *(f"--user-data-dir={scratch / 'browser'}", f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"),
            *(f"--window-size={size[0]},{size[1]}", f"--screenshot={path}", address),
        ],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
