"""The child process that renders templates: started by `amplifier.content.render`, imported by nothing else."""

from __future__ import annotations
