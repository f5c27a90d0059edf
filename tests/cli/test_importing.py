"""`import-metrics`, as a person types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from amplifier.store import tables
from tests.support.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A thread of two posts is out, on the simulated network, its link tagged."""
    built = House.build(tmp_path / "w", day="He ran.\n---\nRead it:")
    built.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated"}
    built.write("day", post_gap="0s")
    built.campaign.write_text(f"utm: true\n{built.campaign.read_text('utf-8')}", "utf-8")
    built.cli("approve", str(built.campaign), "--now", "--yes")
    built.cli("run", "--drain")
    return built


@pytest.fixture
def clicks(house: House, tmp_path: Path) -> Path:
    """What a link shortener counted for the links as they went out."""
    posts = [json.loads(line) for line in (house.root / "simulated/main.jsonl").read_text("utf-8").splitlines()]
    links = [word for post in posts for word in post["text"].split() if word.startswith("https://")]
    assert links == ["https://example.org/fence?utm_source=x&utm_campaign=fence&utm_content=day-2"]
    path = tmp_path / "clicks.csv"
    path.write_text(f"Long URL,Clicks\n{links[0]},41\nhttps://example.org/?utm_content=old-1,3\n", "utf-8")
    return path


def test_clicks_come_in_once_and_are_in_the_log(house: House, clicks: Path) -> None:
    later = datetime.fromtimestamp(int(clicks.stat().st_mtime), UTC)
    tried = house.cli("import-metrics", str(clicks), "--mode", "simulated", "--dry-run")
    assert "fence/day/main/2@simulated" in tried.stdout
    assert f"counts of 1 post would come in, from clicks.csv, true at {later:%Y-%m-%dT%H:%M:%SZ}" in tried.stdout
    assert f"next: amplifier import-metrics {clicks} --mode simulated\n" in tried.stderr
    told = house.cli("import-metrics", str(clicks), "--mode", "simulated", "--by", "Kim", "--origin", "Plausible")
    assert told.stdout.startswith("SIMULATED: counts of 1 post came in, from Plausible, true at ")
    assert "(the file's own time; --at says another)" in told.stdout
    assert f"{clicks}:3:1: old-1 is no published post of ours in mode simulated" in told.stderr
    again = house.cli("import-metrics", str(clicks), "--mode", "simulated")
    assert f"{clicks} is in already in mode simulated: 1 post from Plausible, by Kim on " in again.stderr
    rows = json.loads(house.cli("export", "json", "engagement_readings").stdout)
    assert [(row["thread"], row["k"], row["link_clicks"], row["likes"], row["origin"]) for row in rows] == [
        ("day", 2, 41, None, "Plausible")
    ]


def test_json_tells_all_of_it_on_stdout_alone(house: House, clicks: Path) -> None:
    at = datetime.now(UTC).replace(microsecond=0)
    seoul = at.astimezone(ZoneInfo("Asia/Seoul")).isoformat()
    found = house.cli("import-metrics", str(clicks), "--mode", "simulated", "--at", seoul, "--json")
    told = json.loads(found.stdout)
    assert found.stderr == ""
    assert (told["kind"], told["origin"], told["mode"], told["imported"]) == ("clicks", "clicks.csv", "simulated", 1)
    assert told["at"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
    (post,) = told["posts"]
    assert (post["post"], post["link_clicks"], post["likes"]) == ("fence/day/main/2@simulated", 41, None)
    assert told["unknown"] == [{"place": f"{clicks}:3:1", "post": "old-1"}]
    assert told["earlier"] is None
    again = json.loads(house.cli("import-metrics", str(clicks), "--mode", "simulated", "--json").stdout)
    assert (again["imported"], again["earlier"]["posts"], again["earlier"]["origin"]) == (0, 1, "clicks.csv")


def test_nothing_of_ours_is_exit_1_and_leaves_no_trace(house: House, clicks: Path) -> None:
    told = house.cli("import-metrics", str(clicks), code=1)
    assert f"nothing comes in: no row of {clicks} is about a published post of ours in mode live" in told.stderr
    assert house.cli("import-metrics", str(clicks), "--mode", "simulated").exit_code == 0


def test_every_mistake_of_the_file_is_named_with_its_place(house: House, clicks: Path) -> None:
    clicks.write_text("Post id,Likes\n1.7E+18,1\n12,x\n", "utf-8")
    told = house.cli("import-metrics", str(clicks), code=3)
    assert f"{clicks}:2:1: error: “1.7E+18” was a post's id\n    a spreadsheet has rounded it" in told.stderr
    assert f"{clicks}:3:4: error: “x” is no count" in told.stderr
    assert f"error: {clicks} has 2 mistakes" in told.stderr


@pytest.mark.parametrize(
    ("option", "value", "said"),
    (
        ("--at", "yesterday", "--at 'yesterday' is no instant"),
        ("--at", "2026-11-30T12:00", "--at 2026-11-30T12:00 has no zone"),
        ("--at", "2999-01-01T00:00Z", "the counts would be of 2999-01-01T00:00:00Z, which is still to come"),
        ("--at", "2020-01-01T00:00Z", "but fence/day/main/2@simulated went out only on"),
        ("--at", "0001-01-01T00:00+23:59", "--at '0001-01-01T00:00+23:59' is no instant"),
        ("--at", "9999-12-31T23:59-23:59", "--at '9999-12-31T23:59-23:59' is no instant"),
        ("--at", "0001-01-01T00:00Z", "but fence/day/main/2@simulated went out only on"),
        ("--origin", " ", "--origin '' is no name for it"),
        ("--origin", "a\x1b[2J", "--origin 'a\\x1b[2J' is no name for it"),
        ("--origin", "a\u202eb", "--origin 'a\\u202eb' is no name for it"),
        ("--origin", "a\udcffb", "--origin 'a\\udcffb' is no name for it"),
        ("--origin", "network", "--origin 'network' is no name for it"),
    ),
)
def test_what_cannot_be_is_refused_with_the_next_step(
    house: House, clicks: Path, option: str, value: str, said: str
) -> None:
    told = house.cli("import-metrics", str(clicks), "--mode", "simulated", option, value, code=2)
    assert said in told.stderr
    assert "\n  " in told.stderr
    assert json.loads(house.cli("export", "json", "engagement_readings").stdout) == []


def test_a_file_that_is_not_there_or_none_is_named(house: House, tmp_path: Path) -> None:
    assert "does not exist" in house.cli("import-metrics", str(tmp_path / "no.csv"), code=3).stderr
    assert "is a folder" in house.cli("import-metrics", str(tmp_path), code=3).stderr
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is not a regular file" in house.cli("import-metrics", str(tmp_path / "pipe.csv"), code=3).stderr


def test_what_is_not_ours_is_named_up_to_ten_rows(house: House, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("Post id,Likes\n" + "".join(f"{n},1\n" for n in range(1000, 1015)), "utf-8")
    told = house.cli("import-metrics", str(path), code=1).stderr
    assert told.count("is no published post of ours") == 10
    assert "and 5 more like this; --json names them all" in told
    assert len(json.loads(house.cli("import-metrics", str(path), "--json", code=1).stdout)["unknown"]) == 15


def test_a_dry_run_names_the_command_that_does_just_that(house: House, clicks: Path) -> None:
    at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    given = ["--at", at, "--mode", "simulated", "--origin", "our site"]
    told = house.cli("import-metrics", str(clicks), *given, "--dry-run").stderr
    assert f"next: amplifier import-metrics {clicks} --at {at} --mode simulated --origin 'our site'\n" in told


def test_a_rehearsal_whose_clock_runs_ahead_takes_counts_of_its_own_time(house: House, clicks: Path) -> None:
    late = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    with house.store().write() as connection:
        connection.execute(tables.post.update().values(sent_at=late))
    tried = house.cli("import-metrics", str(clicks), "--mode", "simulated", "--dry-run").stdout
    assert f"true at {late:%Y-%m-%dT%H:%M:%SZ} (the newest time of the rehearsal; --at says another)" in tried
    house.cli("import-metrics", str(clicks), "--mode", "simulated", "--at", late.isoformat())
    too_late = (late + timedelta(seconds=1)).isoformat()
    said = house.cli("import-metrics", str(clicks), "--mode", "simulated", "--at", too_late, code=2).stderr
    assert (
        f"still to come\n  say when they were true, with --at: the time of the export, {late:%Y-%m-%dT%H:%M:%SZ} at"
        in said
    )


def test_a_rehearsal_of_x_own_export_takes_the_simulated_ids(house: House, tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("Post id,Impressions,Likes\nsimulated-main-2,900,12\n", "utf-8")
    told = house.cli("import-metrics", str(path), "--mode", "simulated").stdout
    assert told.startswith("SIMULATED: counts of 1 post came in")


def test_a_file_with_a_name_that_a_terminal_would_obey_has_a_plain_origin(house: House, clicks: Path) -> None:
    named = clicks.rename(clicks.with_name("a\x1b[2J\udcff.csv"))
    told = json.loads(house.cli("import-metrics", str(named), "--mode", "simulated", "--json").stdout)
    assert told["origin"] == "a\ufffd[2J\ufffd.csv"


def test_what_was_said_of_a_file_can_be_said_anew_with_a_remark_above_it(house: House, clicks: Path) -> None:
    house.cli("import-metrics", str(clicks), "--mode", "simulated", "--origin", "wrong")
    clicks.write_text(f"# again\n{clicks.read_text('utf-8')}", "utf-8")
    house.cli("import-metrics", str(clicks), "--mode", "simulated", "--origin", "right")
    rows = json.loads(house.cli("export", "json", "engagement_readings").stdout)
    assert sorted((row["origin"], row["link_clicks"]) for row in rows) == [("right", 41), ("wrong", 41)]


def test_clicks_on_a_post_without_a_link_are_noted(house: House, tmp_path: Path) -> None:
    path = tmp_path / "linkless.csv"
    path.write_text("utm_content,clicks\nday-1,3\nday-2,4\n", "utf-8")
    tried = house.cli("import-metrics", str(path), "--mode", "simulated", "--dry-run").stderr
    assert "fence/day/main/1@simulated has no link; its clicks are taken as told" in tried
    told = json.loads(house.cli("import-metrics", str(path), "--mode", "simulated", "--json").stdout)
    assert told["linkless"] == ["fence/day/main/1@simulated"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
@pytest.mark.parametrize("more", ((), ("--json",)))
def test_a_full_disk_behind_the_answer_does_not_hide_that_the_counts_are_in(
    house: House, clicks: Path, more: tuple[str, ...]
) -> None:
    words = ["import-metrics", str(clicks), "--mode", "simulated", *more]
    command = [sys.executable, "-m", "amplifier", "-C", str(house.root), *words]
    said = []
    for _ in range(2):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                command,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                env={**os.environ, **house.environment},
            )
        said.append(done.stderr)
    assert "counts of 1 post are in, from clicks.csv; only the answer could not be written" in said[0]
    assert "cannot be written: No space left on device" in said[0]
    assert "only the answer" not in said[1]
    assert len(json.loads(house.cli("export", "json", "engagement_readings").stdout)) == 1
