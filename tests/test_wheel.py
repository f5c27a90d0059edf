"""A fresh wheel in an empty environment: what a user gets who never sees this repository."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    build = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(out)], cwd=REPOSITORY, check=True, capture_output=True)
    (path,) = out.glob("*.whl")
    return path


@pytest.mark.slow
def test_the_wheel_carries_the_starter_files_and_no_settings(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        ".env.example",
        "campaigns/dmz-escape.yaml",
        "campaigns/articles/dmz-escape.txt",
        "campaigns/threads/day.md",
        "campaigns/campaign.schema.json",
        "campaigns/claims.schema.json",
        "templates/story.j2",
    ):
        assert f"amplifier/starter/{name}" in names
    assert "amplifier/store/views.sql" in names
    assert {"amplifier/pages/report.html.j2", "amplifier/pages/style.css"} <= names
    assert any(name.startswith("amplifier/store/migrations/versions/0001") for name in names)
    assert not any(name.endswith((".env", ".db")) for name in names)


@pytest.mark.slow
def test_an_installed_wheel_runs_the_demo_and_makes_a_workspace(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "empty"
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", str(environment)], check=True)
    python = environment / "bin" / "python"
    subprocess.run(
        [base, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install", "-q", "--no-deps",
         "--no-index", str(wheel)],
        check=True,
    )  # fmt: skip
    # the dependencies are taken from here; named in a .pth, this folder brings no editable install with it
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AMPLIFIER_")}
    bare |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path)}

    def amplifier(*arguments: str) -> str:
        done = subprocess.run(
            [environment / "bin" / "amplifier", *arguments], cwd=tmp_path, env=bare, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    where = subprocess.run(
        [python, "-c", "import amplifier; print(amplifier.__file__)"],
        env=bare, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(environment) in where.stdout
    shown = amplifier("demo")
    assert "SIMULATED from beginning to end" in shown
    assert "30 posts out once each" in shown
    amplifier("init", "mine")
    assert "7 threads" in amplifier("-C", "mine", "check", "mine/campaigns/dmz-escape.yaml")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        ".env.example",
        ".gitignore",
        "campaigns",
        "templates",
    ]
