from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amplifier.content.render import Block, Renderer
from amplifier.errors import FileError
from tests.support.articles import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 0.7
ENDLESS = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "templates"
    path.mkdir()
    (path / "well.j2").write_text("Well.\n---\n\n{{ title }}", "utf-8")
    return path


@pytest.fixture
def renderer(folder: Path) -> Iterator[Renderer]:
    with Renderer(folder, SECONDS) as renderer:
        yield renderer


def mistakes(renderer: Renderer, name: str) -> list[str]:
    with pytest.raises(FileError) as caught:
        renderer.render(name, VALUES)
    return [str(finding) for finding in caught.value.findings]


def test_posts_come_with_their_template_and_line(renderer: Renderer) -> None:
    assert renderer.render("well.j2", VALUES) == [Block("Well.", 1, "well.j2"), Block("A title", 4, "well.j2")]


def test_one_child_serves_all_threads_until_it_is_closed(renderer: Renderer) -> None:
    assert renderer._child is None
    renderer.render("well.j2", VALUES)
    child = renderer._child
    assert child is not None
    renderer.render("well.j2", VALUES)
    assert renderer._child is child
    renderer.close()
    assert child.returncode is not None


def test_all_mistakes_of_a_template_are_told_with_their_place(renderer: Renderer, folder: Path) -> None:
    (folder / "t.j2").write_text("Fine.\n{{ titel }}", "utf-8")
    (folder / "bad.j2").write_text("A\x01\nB\x02", "utf-8")
    (only,) = mistakes(renderer, "t.j2")
    assert only.startswith("templates/t.j2:2: error: there is no 'titel'; did you mean 'title'?")
    first, second = mistakes(renderer, "bad.j2")
    assert first.startswith("templates/bad.j2:1:2: error: ")
    assert second.startswith("templates/bad.j2:2:2: error: ")


@pytest.mark.parametrize(
    ("source", "expected"),
    (
        (ENDLESS, "took longer than 0.7 s and was stopped"),
        ("{{ 10 ** (10 ** 10) }}", "took longer than 0.7 s and was stopped"),
        ("{{ 'x' * 10 ** 9 }}", "needs too much memory"),
        ("{{ 'x' * 10 ** 8 }}", "writes more than a million characters"),
        ("{{ '가' * 10 ** 6 }}", "writes more than 1 MB and was stopped"),
        ("{% for a in range(26) %}\nPost {{ a }}.\n---\n{% endfor %}", "makes 26 posts; a thread has at most 25"),
    ),
)
def test_a_template_that_knows_no_measure_is_stopped_and_the_next_one_works(
    renderer: Renderer, folder: Path, source: str, expected: str
) -> None:
    (folder / "t.j2").write_text(source, "utf-8")
    (only,) = mistakes(renderer, "t.j2")
    assert expected in only
    assert "templates/t.j2" in only
    assert len(renderer.render("well.j2", VALUES)) == 2


def test_twenty_five_posts_are_fine(renderer: Renderer, folder: Path) -> None:
    (folder / "t.j2").write_text("{% for a in range(25) %}\nPost {{ a }}.\n---\n{% endfor %}", "utf-8")
    assert len(renderer.render("t.j2", VALUES)) == 25


def test_a_child_that_breaks_down_is_told_and_replaced(renderer: Renderer) -> None:
    renderer.render("well.j2", VALUES)
    child = renderer._child
    assert child is not None
    assert child.stdin is not None
    child.stdin.write(b"this is no job\n")
    child.stdin.flush()
    (only,) = mistakes(renderer, "well.j2")
    assert "made the process that renders it break down" in only
    assert renderer.render("well.j2", VALUES)


def test_a_child_that_does_not_even_read_is_stopped(renderer: Renderer) -> None:
    renderer.render("well.j2", VALUES)
    assert renderer._child is not None
    renderer._child.send_signal(signal.SIGSTOP)
    with pytest.raises(FileError) as caught:
        renderer.render("well.j2", {**VALUES, "title": "more than a pipe holds " * 50_000})
    assert "took longer than 0.7 s" in caught.value.findings[0].message


def test_the_child_sees_no_credentials_and_no_module_of_the_current_folder(
    renderer: Renderer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jinja2.py").write_text("raise SystemExit", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AMPLIFIER_ACCOUNTS__MAIN__API_KEY", "secret")
    assert renderer.render("well.j2", VALUES)
    assert renderer._child is not None
    environ = Path(f"/proc/{renderer._child.pid}/environ")
    if not environ.exists():
        pytest.skip("this system does not show the environment of a process")
    assert b"secret" not in environ.read_bytes()


def test_a_relative_folder_is_found_from_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    with Renderer(Path("templates")) as renderer:
        monkeypatch.chdir("/")
        assert renderer.render("well.j2", VALUES)


@pytest.mark.slow
def test_an_endless_template_ends_by_itself_when_the_parent_is_gone(folder: Path) -> None:
    (folder / "t.j2").write_text(ENDLESS, "utf-8")
    child = subprocess.Popen(
        [sys.executable, "-m", "amplifier.content.rendering", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    answer, _ = child.communicate(json.dumps({"name": "t.j2", "values": VALUES}) + "\n", timeout=60)
    assert answer == '{"ready": true}\n'
    assert child.returncode == -signal.SIGXCPU
