"""From `init` to `export`, as a person types it."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner

from amplifier.cli import main
from amplifier.workspace import starter_root
from tests.support.house import TEXTS, House
from tests.support.terminal import at_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

SAMPLE = "campaigns/dmz-escape.yaml"
MISTAKEN = """\
name: Fence Story
article: articles/fense.txt
link: example.org/fence
langage: en
hashtags: [Fence, Fence, "no spaces"]
accounts: [main, main]
schedule:
  timezone: Asia/Soul
  slots:
    - {days: [tue, thi], at: "9:30 am"}
  thread_gap: 2 hours
  late: never
  quiet: [{from: 2026-12-26, to: 2026-12-24, why: holidays}]
threads:
  - {id: one, template: stroy.j2}
  - {id: one, text: threads/one.md}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.build(tmp_path / "w")


@pytest.fixture
def sample(tmp_path: Path) -> House:
    """A workspace as `init` makes it."""
    made = House(tmp_path / "sample")
    told = made.cli("init", str(made.root))
    assert told.stdout.strip() == str(made.root)
    assert "next: cd " in told.stderr
    return made


def previewed(house: House, file: Path | str, *options: str) -> dict[str, list[str]]:
    threads = json.loads(house.cli("preview", str(file), "--json", *options).stdout)
    return {thread["thread"]: [post["text"] for post in thread["posts"]] for thread in threads}


def queued(house: House) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in sorted(json.loads(house.cli("queue", "list", "--json").stdout), key=lambda row: row["post_id"]):
        found.setdefault(row["thread"], []).append(row["text"])
    return found


def in_outbox(house: House) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (house.root / "outbox/posts.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        found.setdefault(item["thread"], []).append(item["text"])
    return found


# ---------------------------------------------------------------- init and new


def test_init_takes_a_missing_or_an_empty_folder_and_nothing_else(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.cli("init", str(tmp_path / "a" / "missing"))
    (tmp_path / "empty").mkdir()
    house.cli("init", str(tmp_path / "empty"))
    refused = house.cli("init", str(tmp_path / "empty"), code=2)
    assert "is not empty" in refused.stderr
    assert "name a missing or an empty folder" in refused.stderr
    (tmp_path / "file").write_text("mine")
    assert "is not a folder" in house.cli("init", str(tmp_path / "file"), code=2).stderr
    assert (tmp_path / "file").read_text() == "mine"


def test_the_made_workspace_has_the_starter_files_to_the_byte(sample: House) -> None:
    for name in ("campaigns/dmz-escape.yaml", "campaigns/articles/dmz-escape.txt", "templates/story.j2"):
        assert (sample.root / name).read_bytes() == (starter_root() / name).read_bytes()


def test_the_sample_passes_check_and_says_what_is_left_out_of_the_article(sample: House) -> None:
    told = sample.cli("check", str(sample.root / SAMPLE))
    assert "fine: 7 threads, 30 posts, DRY RUN" in told.stdout
    assert told.stdout.count("note: left out: ") == 2
    assert f"next: amplifier preview {sample.root / SAMPLE}" in told.stdout


def test_a_new_campaign_for_an_article_passes_check_as_it_is(sample: House, tmp_path: Path) -> None:
    article = tmp_path / "bridge.txt"
    article.write_text(
        "The bridge\n\nShe crossed the bridge at night. Nobody saw her.\n\nIn 1998 she came home.\n", "utf-8"
    )
    made = sample.cli("new", str(article), "--timezone", "Europe/Berlin")
    file = made.stdout.strip()
    assert "the article was copied to" in made.stderr
    assert f"next: amplifier check {file}" in made.stderr
    told = sample.cli("check", file)
    assert "fine" in told.stdout
    assert "warning" not in told.stdout
    again = sample.cli("new", str(article), code=2)
    assert "exists already" in again.stderr
    assert sample.cli("new", str(tmp_path / "none.txt"), code=3).stderr.startswith("none.txt: error: does not exist")


# ---------------------------------------------------------------- check


def test_every_mistake_of_a_file_is_named_at_once_with_its_line(house: House) -> None:
    house.campaign.write_text(MISTAKEN, "utf-8")
    told = house.cli("check", str(house.campaign), code=3)
    shown = [line for line in told.stdout.splitlines() if ": error: " in line]
    lines = {int(line.split(":")[1]) for line in shown}
    assert lines >= {1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 15, 16}
    assert len(shown) >= 14
    for name in ("language", "Asia/Seoul", "thu"):
        assert name in told.stdout, f"the nearest right name is not said: {name}"
    assert f"{len(shown)} mistakes; mend and check again" in told.stdout
    data = json.loads(house.cli("check", str(house.campaign), "--json", code=3).stdout)
    assert data["ok"] is False
    assert len([finding for finding in data["findings"] if finding["level"] == "error"]) == len(shown)
    assert all(finding["line"] and finding["column"] for finding in data["findings"] if finding["line"] != 2)


def test_the_same_mistakes_stop_every_other_command_with_the_same_words(house: House) -> None:
    house.campaign.write_text(MISTAKEN, "utf-8")
    wanted = [
        line for line in house.cli("check", str(house.campaign), code=3).stdout.splitlines() if ": error: " in line
    ]
    for command in (("preview",), ("plan",), ("approve", "--yes")):
        told = house.cli(command[0], str(house.campaign), *command[1:], code=3)
        assert [line for line in told.stderr.splitlines() if ": error: " in line] == wanted
        assert told.stdout == ""
        assert "Traceback" not in told.output
    assert json.loads(house.cli("queue", "list", "--json").stdout) == []


def test_several_files_are_all_checked(house: House) -> None:
    other = house.campaign.with_name("other.yaml")
    other.write_text(MISTAKEN, "utf-8")
    told = house.cli("check", str(other), str(house.campaign), str(house.campaign.with_name("nowhere.yaml")), code=3)
    assert "fence.yaml: fine: 3 threads" in told.stdout
    assert "nowhere.yaml: error: does not exist" in told.stdout


# ---------------------------------------------------------------- preview


def test_preview_shows_every_post_in_full_on_stdout(house: House) -> None:
    told = house.cli("preview", str(house.campaign))
    for texts in previewed(house, house.campaign).values():
        for text in texts:
            assert "\n".join(f"  │ {line}" for line in text.split("\n")) in told.stdout
    assert "1/3 · 45 of 280 · campaigns/threads/one.md:1" in told.stdout
    assert f"next: amplifier plan {house.campaign}" in told.stderr


def test_a_saved_thread_reads_the_same_and_keeps_id_and_comments(sample: House) -> None:
    file = sample.root / SAMPLE
    before, written = previewed(sample, file), file.read_text("utf-8")
    told = sample.cli("preview", str(file), "--thread", "story", "--save")
    assert "threads/story.md" in told.stderr
    assert previewed(sample, file) == before
    changed = file.read_text("utf-8")
    assert "{id: story, text: threads/story.md}" in changed
    assert [line.partition("#")[2] for line in changed.splitlines()] == [
        line.partition("#")[2] for line in written.splitlines()
    ]
    text = sample.root / "campaigns/threads/story.md"
    text.write_text(text.read_text("utf-8").replace("Imagine running", "Imagine having to run"), "utf-8")
    assert previewed(sample, file, "--thread", "story")["story"][0].startswith("Imagine having to run")
    assert "written by hand already" in sample.cli("preview", str(file), "--thread", "story", "--save", code=2).stderr


def test_preview_refuses_what_it_cannot_mean(house: House) -> None:
    assert "--save needs --thread" in house.cli("preview", str(house.campaign), "--save", code=2).stderr
    told = house.cli("preview", str(house.campaign), "--thread", "four", code=2)
    assert "the threads are one, two, three" in told.stderr


# ---------------------------------------------------------------- plan and approve


def test_plan_shows_slots_in_both_zones_the_price_and_the_next_command(house: House) -> None:
    told = house.cli("plan", str(house.campaign))
    assert "fence · DRY RUN" in told.stdout
    assert "at (Asia/Seoul)" in told.stdout
    assert told.stdout.count(" 09:30 ") == 3
    assert told.stdout.count("T00:30:00Z") == 3
    assert "posts at $" in told.stdout
    assert f"next: amplifier approve {house.campaign}" in told.stderr
    data = json.loads(house.cli("plan", str(house.campaign), "--json").stdout)
    assert [(step["action"], step["thread"], step["posts"]) for step in data["steps"]] == [
        ("add", "one", 3), ("add", "two", 2), ("add", "three", 2),
    ]  # fmt: skip
    assert data["price_usd"] > 0


def test_a_plan_in_utc_has_both_columns(house: House) -> None:
    house.write("one", timezone="UTC")
    head, row = house.cli("plan", str(house.campaign)).stdout.splitlines()[1:3]
    assert ("at (UTC)" in head, row.count("09:30")) == (True, 2)


@pytest.mark.parametrize("options", ((), ("--json",), ("--now",)))
def test_without_a_terminal_nothing_is_asked_and_nothing_queued(house: House, options: tuple[str, ...]) -> None:
    told = house.cli("approve", str(house.campaign), *options, code=4)
    assert f"type: amplifier approve {house.campaign} --yes" in told.stderr
    assert "[y/N]" not in told.output
    assert json.loads(house.cli("queue", "list", "--json").stdout) == []


def test_yes_answers_the_question_but_never_a_blocking_finding(house: House) -> None:
    house.text("two", TEXTS["one"])
    told = house.cli("approve", str(house.campaign), "--yes", code=3)
    assert ": error: " in told.stderr
    assert json.loads(house.cli("queue", "list", "--json").stdout) == []


def test_approving_now_in_a_quiet_period_needs_a_reason(house: House) -> None:
    house.write(
        "one", quiet="[{from: 2000-01-01, to: 2099-12-31, why: mourning}]", slots='[{days: [mon], at: "09:00"}]'
    )
    told = house.cli("approve", str(house.campaign), "--now", "--yes", code=4)
    assert "quiet period" in told.stderr
    assert "--because" in told.stderr
    house.cli("approve", str(house.campaign), "--now", "--yes", "--because", "the family asked", "--by", "Ji-woo")
    store = house.store()
    with store.read() as connection:
        seal = connection.exec_driver_sql("SELECT approved_by, because FROM approval").one()
    store.close()
    assert tuple(seal) == ("Ji-woo", "the family asked")


@pytest.mark.filterwarnings("ignore:This process.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("answer", "code", "posts"), (("n", 4, 0), ("y", 0, 7)))
def test_at_a_terminal_it_shows_everything_and_then_asks(house: House, answer: str, code: int, posts: int) -> None:
    shown, ended = at_a_terminal(house, "approve", str(house.campaign), "--now", answer=answer)
    assert ended == code, shown
    question = shown.index("DRY RUN: approve these words for these times?")
    for part in ("They met at a fence, after nine years.", "1/3 · ", "at (Asia/Seoul)", "posts at $", "DRY RUN"):
        assert 0 <= shown.find(part) < question, part
    assert len(json.loads(house.cli("queue", "list", "--json").stdout)) == posts
    assert ("nothing was approved" in shown) == (answer == "n")


# ---------------------------------------------------------------- all the way


def test_from_init_to_export_what_was_shown_is_queued_and_published_to_the_byte(sample: House) -> None:
    file = sample.root / SAMPLE
    text = file.read_text("utf-8").replace("post_gap: 20s ", "post_gap: 0s  ")
    file.write_text(text, "utf-8")
    shown = previewed(sample, file)
    assert sum(map(len, shown.values())) == 30

    told = sample.cli("approve", str(file), "--now", "--yes")
    assert "7 threads queued" in told.stderr
    assert "next: amplifier run --drain" in told.stderr
    assert queued(sample) == shown
    kept = sample.cli("approve", str(file), "--yes")
    assert "7 threads kept" in kept.stderr

    ran = sample.cli("run", "--drain")
    assert ran.stdout.count("DRY RUN  dmz-escape/") == 30
    assert "nothing due left; next: amplifier report" in ran.stderr
    assert in_outbox(sample) == shown
    assert list(in_outbox(sample)) == ["story", "timeline", "qa", "facts", "day", "quote", "act"]

    status = sample.cli("status")
    assert "30 sent" in status.stdout
    assert "next: amplifier report" in status.stderr
    assert "30 of 30 posts out" in sample.cli("report").stdout
    assert sample.cli("collect", "--now").stdout.startswith("0 readings")  # the outbox tells nothing

    log = list(csv.DictReader(io.StringIO(sample.cli("export", "csv", "post_log").stdout, newline="")))
    assert {row["state"] for row in log} == {"sent"}
    by_thread: dict[str, list[str]] = {}
    for row in log:
        by_thread.setdefault(row["thread"], []).append(row["text"])
    assert by_thread == shown
    data: list[dict[str, Any]] = json.loads(sample.cli("export", "json", "post_log").stdout)
    assert [row["remote_id"] for row in data] == [row["remote_id"] for row in log]
    assert all(row["likes"] is None for row in json.loads(sample.cli("export", "json", "campaign_summary").stdout))
    out = sample.root / "log.csv"
    assert "30 rows in" in sample.cli("export", "csv", "post_log", "--out", str(out)).stderr
    assert list(csv.DictReader(io.StringIO(out.read_bytes().decode(), newline=""))) == log


def test_a_simulated_account_is_read_and_its_numbers_are_marked(house: House) -> None:
    house.environment = {"AMPLIFIER_ACCOUNTS__MAIN__NETWORK": "simulated"}
    house.write("two", post_gap="0s")
    house.cli("approve", str(house.campaign), "--now", "--yes")
    assert "SIMULATED  fence/two/main/1@simulated of 2  sent" in house.cli("run", "--drain").stdout
    assert house.cli("collect", "--now").stdout.startswith("2 readings")
    assert "SIMULATED" in house.cli("report").stdout


# ---------------------------------------------------------------- what goes wrong, in words


def test_a_view_a_campaign_or_a_format_that_is_not_there_is_said_with_those_that_are(house: House) -> None:
    assert "views: post_log" in house.cli("export", "csv", "post_lgo", code=2).stderr
    assert "did you mean post_log?" in house.cli("export", "csv", "post_lgo", code=2).stderr
    assert "'csv', 'json'" in house.cli("export", "xml", "post_log", code=2).stderr
    assert "approved" in house.cli("report", "other", code=2).stderr


def test_outside_any_workspace_every_command_says_how_to_make_one(tmp_path: Path) -> None:
    house = House(tmp_path)
    for command in (("status",), ("queue", "list"), ("run", "--once"), ("doctor",), ("check", "a.yaml")):
        told = house.cli(*command, code=78)
        assert "amplifier init" in told.stderr
        assert told.stdout == ""


def test_an_unexpected_mistake_of_ours_shows_no_traceback(house: House) -> None:
    def shown(*options: str) -> Result:
        # a view that the file has lost: nothing a person could cause with our commands
        store = house.store()
        with store.write() as connection:
            connection.exec_driver_sql("DROP VIEW IF EXISTS post_log")
        store.close()
        return house.cli(*options, "queue", "list", code=None)

    told = shown()
    assert told.exit_code not in {0, 2}
    assert "error: " in told.stderr
    assert "Traceback" not in told.output


@pytest.mark.parametrize("listing", (("queue", "list"), ("export", "csv", "post_log")))
def test_a_closed_pipe_ends_quietly(house: House, listing: tuple[str, ...]) -> None:
    house.cli("approve", str(house.campaign), "--now", "--yes")
    running = house.start(*listing)
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    told = running.stderr.read()
    running.wait(timeout=30)
    running.stderr.close()
    assert "Traceback" not in told
    assert "Exception ignored" not in told
    assert "BrokenPipe" not in told


def test_no_color_takes_the_colour_away_and_nothing_else(house: House) -> None:
    def shown(no_color: str | None) -> str:
        arguments = ["-C", str(house.root), "preview", str(house.campaign)]
        return CliRunner(env={"NO_COLOR": no_color}).invoke(main, arguments, color=True).stdout

    assert "\x1b[" in shown(None)
    assert "\x1b" not in shown("1")
    assert click.unstyle(shown(None)) == shown("1")
