from __future__ import annotations

import os
import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from amplifier.errors import ConfigurationError
from amplifier.model import Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import alert
from amplifier.publishing.caps import Caps
from amplifier.publishing.metrics import _labels, prometheus, write
from amplifier.publishing.overview import Overview, overview
from amplifier.store import beats
from tests.support.queue import START, Bench

if TYPE_CHECKING:
    from pathlib import Path

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"'


def parse(text: str) -> Figures:
    """A strict reader of the text format: HELP and TYPE once, before the samples, which stand together."""
    assert text.endswith("\n")
    figures: Figures = {}
    helped: set[str] = set()
    typed: list[str] = []
    for line in text.removesuffix("\n").split("\n"):
        if found := re.fullmatch(rf"# HELP ({NAME}) (?:[^\\\n]|\\[\\n])+", line):
            assert found[1] not in helped
            helped.add(found[1])
        elif found := re.fullmatch(rf"# TYPE ({NAME}) (gauge|counter)", line):
            assert found[1] in helped
            assert found[1] not in typed
            typed.append(found[1])
        else:
            found = re.fullmatch(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)", line)
            assert found, line
            assert found[1] == typed[-1]
            labels = tuple(re.findall(LABEL, found[2] or ""))
            assert (found[1], labels) not in figures, line
            assert len({name for name, _ in labels}) == len(labels)
            figures[found[1], labels] = float(line.rpartition(" ")[2])
    assert helped == set(typed) == {name for name, _ in figures}
    return figures


def read(bench: Bench) -> Overview:
    return overview(
        bench.store,
        now=bench.clock.now(),
        modes=frozenset(Mode),
        caps=lambda _: Caps(Decimal("2.50"), 4),
        pause_file=False,
    )


def test_an_empty_queue_has_figures_too(sqlite_bench: Bench) -> None:
    found = parse(prometheus(read(sqlite_bench)))
    assert found == {
        ("amplifier_held_unacknowledged_posts", ()): 0,
        ("amplifier_undelivered_alerts", ()): 0,
        ("amplifier_paused", ()): 0,
        ("amplifier_status", ()): 0,
    }


def test_every_figure_that_monitoring_needs(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    bench.thread("story", 3)
    bench.thread("facts", 1, at=START + timedelta(hours=3))
    bench.thread("dry", 1, mode=Mode.DRY)
    bench.timeline().script.extend([bench.timeline().accept, Answer(Kind.BLOCKED, detail="suspended")])
    bench.run()
    for mode, hours in ((Mode.LIVE, 1), (Mode.DRY, 2)):
        beats.touch(bench.store, beats.PUBLISH, "a/daemon", START + timedelta(hours=hours), [mode])
        beats.touch(bench.store, beats.PUBLISH, "b/once", START, [mode])
    beats.touch(bench.store, beats.COLLECT, "a/daemon", START)
    beats.touch(bench.store, "alert", "a/daemon", START)
    found = parse(prometheus(read(bench)))
    live, dry = (("account", "main"), ("mode", "live")), (("account", "main"), ("mode", "dry"))
    start = START.timestamp()
    assert found["amplifier_posts", (*live, ("state", "sent"))] == 1
    assert found["amplifier_posts", (*live, ("state", "held"))] == 2
    assert found["amplifier_posts", (*live, ("state", "failed"))] == 0
    assert found["amplifier_posts", (*dry, ("state", "sent"))] == 1
    assert found["amplifier_next_due_timestamp_seconds", live] == start + 3 * 3600
    assert ("amplifier_next_due_timestamp_seconds", dry) not in found, "there is nothing next"
    assert (found["amplifier_account_blocked", live], found["amplifier_account_blocked", dry]) == (1, 0)
    assert found["amplifier_last_beat_timestamp_seconds", (("kind", "publish"), ("mode", "live"))] == start + 3600
    assert found["amplifier_last_beat_timestamp_seconds", (("kind", "publish"), ("mode", "dry"))] == start + 7200
    assert found["amplifier_last_beat_timestamp_seconds", (("kind", "collect"), ("mode", ""))] == start
    assert not any(("kind", "alert") in labels for _, labels in found)
    assert found["amplifier_budget_cap_usd", live] == 2.5
    assert found["amplifier_budget_cap_posts", live] == 4
    assert found["amplifier_budget_posts", live] == 3, "one is out, two are promised"
    assert found["amplifier_budget_spent_usd", live] > 0
    assert found["amplifier_held_unacknowledged_posts", ()] == 2
    assert found["amplifier_oldest_held_timestamp_seconds", ()] == pytest.approx(bench.clock.now().timestamp(), abs=60)
    assert found["amplifier_undelivered_alerts", ()] == 1
    assert found["amplifier_oldest_undelivered_alert_timestamp_seconds", ()] >= start
    assert found["amplifier_status", ()] == 5


def test_the_value_of_a_label_is_escaped() -> None:
    assert _labels({"why": 'a "quoted" \\ and\nnew'}) == '{why="a \\"quoted\\" \\\\ and\\nnew"}'
    assert parse(f"# HELP a b\n# TYPE a gauge\na{_labels({'why': 'x' * 3 + chr(10) + chr(34) + chr(92)})} 1\n")


def test_the_file_is_replaced_in_one_step_and_others_can_read_it(sqlite_bench: Bench, tmp_path: Path) -> None:
    path = tmp_path / "amplifier.prom"
    path.write_text("old", "utf-8")
    old = path.open(encoding="utf-8")
    before = os.umask(0o077)
    try:
        write(path, read(sqlite_bench))
    finally:
        os.umask(before)
    assert parse(path.read_text("utf-8"))
    with old:
        assert old.read() == "old", "who was reading it has read it whole"
    assert path.stat().st_mode & 0o777 == 0o644
    assert [found.name for found in tmp_path.glob(".amplifier.prom*")] == []


def test_a_file_that_cannot_be_written_is_a_matter_of_configuration(sqlite_bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot write") as caught:
        write(tmp_path / "no" / "such" / "folder.prom", read(sqlite_bench))
    assert "AMPLIFIER_METRICS_FILE" in caught.value.hint
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigurationError):
        write(tmp_path / "folder", read(sqlite_bench))
    assert [found.name for found in tmp_path.glob(".folder*")] == [], "and nothing is left behind"
    with sqlite_bench.store.write() as connection:
        alert.tell(connection, START, alert.Kind.TEST, "x")
