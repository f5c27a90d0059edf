"""The container image: what its build takes, what it must not, and that a wheel can be made from just that."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
RECIPE = (REPOSITORY / "Dockerfile").read_text("utf-8")
RULES = [
    line for line in (REPOSITORY / ".dockerignore").read_text("utf-8").splitlines() if line and not line.startswith("#")
]


def left_out(path: str) -> bool:
    """By the rules of .dockerignore: the last one that fits decides."""
    decided = False
    for rule in RULES:
        pattern = rule.lstrip("!").removeprefix("**/")
        parts = path.split("/")
        whole = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        names = parts if "**/" in rule else whole
        if any(fnmatch.fnmatch(name, pattern) for name in names):
            decided = not rule.startswith("!")
    return decided


@pytest.mark.parametrize(
    ("path", "out"),
    (
        (".env", True),
        (".env.live", True),
        (".env.example", False),
        ("amplifier.db", True),
        ("amplifier.db-wal", True),
        ("amplifier.db.before-0003", True),
        ("backups/amplifier-2026.db", True),
        ("amplifier/cli/__init__.py", False),
        ("amplifier/cli/__pycache__/x.pyc", True),
        ("campaigns/dmz-escape.yaml", False),
        ("templates/story.j2", False),
        ("requirements/run.txt", False),
        ("tests/conftest.py", True),
    ),
)
def test_no_settings_and_no_database_come_into_an_image(path: str, out: bool) -> None:
    assert left_out(path) is out


def test_everything_is_installed_by_hash_and_runs_without_rights() -> None:
    assert all((REPOSITORY / source).exists() for source in re.findall(r"^COPY (\S+) ", RECIPE, re.MULTILINE))
    (locked,) = re.findall(r"^RUN pip install (.* -r .*)$", RECIPE, re.MULTILINE)
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(locked.split())
    instructions = [line.split()[0] for line in RECIPE.splitlines() if re.match(r"[A-Z]+ ", line)]
    assert instructions.index("USER") < instructions.index("ENTRYPOINT")
    assert "ENTRYPOINT" in instructions[instructions.index("USER") :]


@pytest.mark.slow
def test_what_the_build_takes_is_enough_for_a_wheel(tmp_path: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    for path in tracked.split("\n"):
        if path and not left_out(path) and (REPOSITORY / path).exists():
            (tmp_path / "src" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / path, tmp_path / "src" / path)
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=tmp_path / "src", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "amplifier/cli/__init__.py",
        "amplifier/starter/.env.example",
        "amplifier/starter/templates/story.j2",
    } <= names
