"""The notebook of the analysts, run from its first cell to its last on the demo's ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tests.support.docs import REPOSITORY, Reader

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOK = REPOSITORY / "docs" / "engagement.ipynb"


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))


def notebook() -> Any:
    return nbformat.reads(NOTEBOOK.read_text("utf-8"), as_version=4)  # type: ignore[no-untyped-call]


def execute(found: Any, folder: Path) -> list[dict[str, Any]]:
    """Run it in a folder; what each cell gives, by its kind."""
    NotebookClient(found, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [dict(output.data) for cell in found.cells for output in cell.get("outputs", ()) if "data" in output]


@pytest.mark.slow
def test_it_draws_two_charts_from_the_demo_s_ledger(tmp_path: Path) -> None:
    workspace = Reader(tmp_path, rehearsed=True).folder
    (workspace / "docs").mkdir()  # it lies in a folder of the workspace, as it does here
    before = (workspace / "amplifier.db").read_bytes()
    shown = execute(notebook(), workspace / "docs")
    pictures = [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.startswith("<svg")
        assert "simulated" in picture
        assert all(f">{thread}<" in picture for thread in ("act", "day", "facts", "qa", "quote", "story", "timeline"))
        assert "http" not in picture.replace("http://www.w3.org/", "")
    tables = [data["text/html"] for data in shown if "text/html" in data]
    assert len(tables) == 3
    assert "<td>30</td>" in tables[0]
    assert [table.count("<tr") for table in tables] == [2, 9, 9]  # with their headings
    assert (workspace / "amplifier.db").read_bytes() == before


@pytest.mark.slow
def test_it_finds_the_workspace_that_is_named_and_says_when_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = notebook()
    found.cells = found.cells[:2]
    monkeypatch.setenv("AMPLIFIER_WORKSPACE", str(tmp_path / "it's 100% ours"))
    with pytest.raises(CellExecutionError, match="name its folder in AMPLIFIER_WORKSPACE"):
        execute(found, tmp_path)
    ours = Reader(tmp_path).folder.rename(tmp_path / "it's 100% ours")
    (ours / "amplifier.db").touch()
    found.cells[1].source += '\nprint(ledger.execute("PRAGMA database_list").fetchall())'
    execute(found, tmp_path)
    [told] = found.cells[1].outputs
    assert "100% ours" in told.text


def test_no_output_is_kept_in_it() -> None:
    for cell in notebook().cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
