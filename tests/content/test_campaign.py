from __future__ import annotations

import os
import re
import time
from datetime import date, datetime, timedelta
from datetime import time as wall_time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.campaign import load_campaign
from amplifier.errors import FileError
from amplifier.model import READINGS, Level, Quiet, SlotRule

if TYPE_CHECKING:
    from amplifier.model import Campaign

REPOSITORY = Path(__file__).parents[2]
WHOLE = """\
name: escape
article: articles/a.txt
link: https://example.org/story
language: en
hashtags: [NorthKorea, "#HumanRights"]
mentions: ["@un_hrc", hrw]
accounts: [main, second_one]
schedule:
  timezone: Asia/Seoul
  start: 2026-12-01
  slots:
    - {days: [tue, thu], at: "09:30"}
    - {days: [sun], at: 18:00}
  quiet: [{from: 2026-12-24, to: 2026-12-26, why: holidays}]
threads:
  - {id: first, template: story.j2}
  - template: story.j2
  - template: call_to_action.j2
  - {id: day, text: threads/day.md, at: 2026-12-10 09:00}
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "ws"
    for folder in ("campaigns/articles", "campaigns/threads", "templates"):
        (root / folder).mkdir(parents=True)
    (root / "campaigns/articles/a.txt").write_text("He ran.")
    (root / "campaigns/threads/day.md").write_text("He ran.")
    for name in ("story.j2", "facts.j2", "call_to_action.j2"):
        (root / "templates" / name).write_text("text")
    return root


def load(workspace: Path, text: str | bytes) -> Campaign:
    path = workspace / "campaigns" / "c.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_campaign(path, workspace)[0]


def refusal(workspace: Path, text: str | bytes) -> list[str]:
    """`line:column: message > hint` of each finding."""
    with pytest.raises(FileError) as raised:
        load(workspace, text)
    findings = raised.value.findings
    assert raised.value.exit_code == 3
    assert {finding.place.path for finding in findings} == {"campaigns/c.yaml"}
    assert all(finding.hint for finding in findings)
    return [f"{f.place.line}:{f.place.column}: {f.message} > {f.hint}" for f in findings]


def changed(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


# ---------------------------------------------------------------- what is read


def test_a_whole_campaign_is_read(workspace: Path) -> None:
    campaign = load(workspace, WHOLE)
    assert (campaign.name, campaign.title, campaign.language, campaign.numbering) == ("escape", None, "en", False)
    assert campaign.path == workspace / "campaigns/c.yaml"
    assert campaign.article == workspace / "campaigns/articles/a.txt"
    assert campaign.link == "https://example.org/story"
    assert campaign.hashtags == ("NorthKorea", "HumanRights")
    assert campaign.mentions == ("un_hrc", "hrw")
    assert campaign.accounts == ("main", "second_one")
    schedule = campaign.schedule
    assert (schedule.timezone, schedule.start) == ("Asia/Seoul", date(2026, 12, 1))
    assert schedule.slots == (SlotRule((1, 3), wall_time(9, 30)), SlotRule((6,), wall_time(18)))
    assert schedule.quiet == (Quiet(date(2026, 12, 24), date(2026, 12, 26), "holidays"),)
    assert [thread.id for thread in campaign.threads] == ["first", "story", "call-to-action", "day"]
    assert campaign.threads[0].template == "story.j2"
    assert campaign.threads[3].text == workspace / "campaigns/threads/day.md"
    assert campaign.threads[3].at == datetime(2026, 12, 10, 9)  # noqa: DTZ001 - a wall time
    assert str(campaign.threads[3].place) == "campaigns/c.yaml:19:5"


def test_a_campaign_may_ask_for_several_approvals(workspace: Path) -> None:
    assert load(workspace, WHOLE).approvals == 1
    assert load(workspace, changed("language: en", "approvals: 2")).approvals == 2


def test_a_campaign_names_the_ages_at_which_its_posts_are_read(workspace: Path) -> None:
    assert load(workspace, WHOLE).readings == READINGS
    own = load(workspace, changed("language: en", "readings: [3d, 30m, 2h, 120m]")).readings
    assert own == (timedelta(minutes=30), timedelta(hours=2), timedelta(days=3))
    assert load(workspace, changed("language: en", "readings: []")).readings == ()


def test_what_is_not_written_has_the_samples_values(workspace: Path) -> None:
    campaign = load(
        workspace,
        "name: c\narticle: articles/a.txt\naccounts: [main]\n"
        "schedule: {timezone: UTC, slots: [{days: [mon], at: 09:30}]}\nthreads: [{template: facts.j2}]\n",
    )
    schedule = campaign.schedule
    assert (campaign.language, campaign.link, campaign.hashtags, campaign.mentions) == ("en", None, (), ())
    assert (schedule.start, schedule.quiet) == (None, ())
    assert (schedule.thread_gap, schedule.post_gap) == (timedelta(hours=2), timedelta(seconds=20))
    assert schedule.jitter == timedelta(minutes=10)
    assert (schedule.late, schedule.resume_within) == (timedelta(minutes=90), timedelta(hours=6))


def test_bom_and_windows_line_ends_make_no_difference(workspace: Path) -> None:
    plain = load(workspace, WHOLE)
    assert load(workspace, b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode()) == plain


@pytest.mark.parametrize("at", ('"09:30"', "'09:30'", "09:30"))
def test_a_time_of_day_means_the_same_quoted_or_not(workspace: Path, at: str) -> None:
    campaign = load(workspace, changed('"09:30"', at))
    assert campaign.schedule.slots[0].at == wall_time(9, 30)


@pytest.mark.parametrize(
    ("written", "meant"),
    (
        ("0s", timedelta()),
        ("20s", timedelta(seconds=20)),
        ("90m", timedelta(minutes=90)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1h0m5s", timedelta(hours=1, seconds=5)),
    ),
)
def test_durations_are_read(workspace: Path, written: str, meant: timedelta) -> None:
    text = changed("  quiet:", f"  thread_gap: {written}\n  post_gap: {written}\n  jitter: {written}\n  quiet:")
    schedule = load(workspace, text).schedule
    assert (schedule.thread_gap, schedule.post_gap, schedule.jitter) == (meant, meant, meant)


def test_a_link_outside_ascii_is_percent_encoded(workspace: Path) -> None:
    campaign = load(workspace, changed("example.org/story", "example.org/기사?id=1"))
    assert campaign.link == "https://example.org/%EA%B8%B0%EC%82%AC?id=1"


def test_ids_follow_their_files_and_give_way_to_written_ones(workspace: Path) -> None:
    threads = "  - template: story.j2\n  - {id: story, template: facts.j2}\n  - template: story.j2\n"
    campaign = load(workspace, WHOLE[: WHOLE.index("threads:")] + "threads:\n" + threads)
    assert [thread.id for thread in campaign.threads] == ["story-2", "story", "story-3"]


def test_a_past_start_is_no_mistake(workspace: Path) -> None:
    assert load(workspace, changed("2026-12-01", "2020-02-29")).schedule.start == date(2020, 2, 29)


def test_slots_are_needed_only_for_threads_without_a_time(workspace: Path) -> None:
    head = WHOLE[: WHOLE.index("  slots:")]
    fixed = "threads:\n  - {template: story.j2, at: 2026-12-10T09:00}\n"
    assert load(workspace, head + fixed).schedule.slots == ()
    assert load(workspace, head + "  slots: []\n" + fixed).schedule.slots == ()
    (message,) = refusal(workspace, head + fixed + "  - template: facts.j2\n")
    assert message.startswith("9:3: slots are missing")


def test_the_shipped_sample_has_no_mistake_and_no_fixed_date() -> None:
    path = REPOSITORY / "campaigns/dmz-escape.yaml"
    campaign, findings = load_campaign(path, REPOSITORY)
    assert findings == ()
    assert [thread.id for thread in campaign.threads] == ["story", "timeline", "qa", "facts", "day", "quote", "act"]
    assert campaign.hashtags == ("NorthKorea", "HumanRights", "DMZ")
    assert campaign.schedule.start is None
    assert all(thread.at is None for thread in campaign.threads)
    uncommented = [line.strip() for line in path.read_text().splitlines() if "# " not in line]
    assert [line for line in uncommented if line not in {"schedule:", "template: qa.j2"} and line[0] != "-"] == []


# ---------------------------------------------------------------- every mistake at once


def test_a_file_with_ten_mistakes_names_every_one_with_its_line(workspace: Path) -> None:
    text = """\
name: DMZ Escape
article: articles/b.txt
titel: Escape
link: example.org
hashtags: [human-rights, DMZ]
accounts: main
schedule:
  timezone: Asia/Soul
  slots:
    - {days: [tue, thr], at: "9:30"}
threads:
  - {template: stroy.j2}
  - {id: x, template: story.j2, text: threads/day.md}
"""
    messages = refusal(workspace, text)
    assert [re.match(r"\d+:\d+", message)[0] for message in messages] == [  # type: ignore[index]
        "1:7", "2:10", "3:1", "4:7", "5:12", "6:11", "8:13", "10:20", "10:30", "12:16", "13:5",
    ]  # fmt: skip
    assert messages[1] == "2:10: article: articles/b.txt does not exist > did you mean 'a.txt'?"
    assert messages[2] == "3:1: unknown key 'titel' > did you mean 'title'?"
    assert messages[6] == "8:13: timezone: 'Asia/Soul' is no time zone > did you mean Asia/Seoul?"
    assert messages[7] == "10:20: days: 'thr' is no day > did you mean thu?"
    assert messages[9] == "12:16: there is no template stroy.j2 > did you mean story.j2?"


def test_ten_mistakes_of_yaml_itself_and_of_values_are_told_together(workspace: Path) -> None:
    text = """\
name: &n escape
article: articles/a.txt
link: !!str https://example.org
hashtags: [#NorthKorea, DMZ, #HumanRights]
mentions: [@hrw]
accounts: *n
schedule:
\ttimezone: Nowhere
  slots:
    - {days: [xyz], at: 09:30}
threads:
  - template: story.j2
    template: facts.j2
  - {template: story.j2, id: \u202ea}
---
name: another
"""
    messages = refusal(workspace, text)
    starts = [message.split(" > ")[0] for message in messages]
    assert starts == [
        "1:7: has the anchor &n",
        "3:7: has the tag !!str",
        "4:12: #NorthKorea without quotes is a comment to YAML",
        "4:30: #HumanRights without quotes is a comment to YAML",
        "5:12: @hrw without quotes cannot stand in YAML",
        "6:11: is an alias (*)",
        "8:1: a tab indents the line",
        "8:12: timezone: 'Nowhere' is no time zone",
        "10:15: days: 'xyz' is no day",
        "13:5: key 'template' stands twice; the first is in line 12",
        "14:30: has U+202E (RIGHT-TO-LEFT OVERRIDE), which cannot be seen",
        "14:30: id: '\ufffda' is no name",
        "15:1: begins a second document",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    (
        ("name: escape", "name: 2017", "1:7: name: must be text, not a number > write lower-case letters"),
        ("name: escape", "name: Escape_1", "1:7: name: 'Escape_1' is no name"),
        ("name: escape", "name:", "1:1: name: is empty"),
        ("name: escape\n", "", "1:1: key 'name' is missing > add it: Name of the campaign"),
        ("name: escape", "nmae: escape", "1:1: unknown key 'nmae' > did you mean 'name'?"),
        ("name: escape", "name: escape\npost_gap: 2s", "2:1: unknown key 'post_gap' > it belongs under schedule:"),
        ("name: escape", "name: escape\nxyzzy: 2s", "2:1: unknown key 'xyzzy' > the keys here are: name, title"),
        ("name: escape", "name: escape\nname: other", "2:1: key 'name' stands twice; the first is in line 1"),
        ("link: https", "link: ftp", "3:7: link: 'ftp://example.org/story' is no web address"),
        ("language: en", "language: English", "4:11: language: 'English' is no language code"),
        ("[NorthKorea,", "[#NorthKorea,", '5:12: #NorthKorea without quotes is a comment to YAML > write "#North'),
        ('hashtags: [NorthKorea, "#HumanRights"]', "hashtags: #NorthKorea", "5:11: #NorthKorea without quotes is a"),
        ('hashtags: [NorthKorea, "#HumanRights"]', "hashtags:\n  - #NorthKorea", "6:5: #NorthKorea without quotes is"),
        ("[NorthKorea,", "[humanrights,", "5:11: hashtags: 'HumanRights' stands twice"),
        ("[NorthKorea,", '["2024",', "5:12: hashtags: #2024 is no hashtag"),
        ("[NorthKorea,", "[human-rights,", "5:12: hashtags: only #human would be the hashtag"),
        ('"@un_hrc"', "@un_hrc", '6:12: @un_hrc without quotes cannot stand in YAML > write "@un_hrc" in quotes'),
        ('"@un_hrc"', '"a b"', "6:12: mentions: 'a b' is no account to mention"),
        ("[main, second_one]", "main", "7:11: accounts: must be a list, not text > write [main]"),
        ("[main, second_one]", "[]", "7:11: accounts: is empty"),
        ("[main, second_one]", "[Main]", "7:12: accounts: 'Main' is no account name"),
        ("[main, second_one]", "[a__b]", "7:12: accounts: 'a__b' is no account name"),
        ("[main, second_one]", "[main, main]", "7:11: accounts: 'main' stands twice"),
        ("language: en", "numbering: yes", "4:12: numbering: must be true or false, not text"),
        ("language: en", "utm: yes", "4:6: utm: must be true or false, not text"),
        ("language: en", "approvals: 0", "4:12: approvals: 0 is no number of people > write a number from 1 to 5"),
        ("language: en", "approvals: 6", "4:12: approvals: 6 is no number of people > write a number from 1 to 5"),
        ("language: en", 'approvals: "2"', "4:12: approvals: must be a whole number, not text > write a number"),
        ("language: en", "approvals: true", "4:12: approvals: must be a whole number, not true or false"),
        ("language: en", "approvals: 1.5", "4:12: approvals: must be a whole number, not a number"),
        ("language: en", "approvals:", "4:1: approvals: is empty"),
        ("language: en", "readings: 1h", "4:11: readings: must be a list, not text > write [1h]"),
        ("language: en", 'readings: "[1h]"', "4:11: readings: must be a list, not text > write [1h], without quotes"),
        (
            "language: en",
            f"readings: [{', '.join(f'{hours}h' for hours in range(1, 22))}]",
            "4:11: readings: has 21; 20 are the most > leave 1 out",
        ),
        ("language: en", "readings: [1h, soon]", "4:16: readings: 'soon' is no age > write minutes, hours or days"),
        ("language: en", "readings: [0m]", "4:12: readings: '0m' is no age"),
        ("language: en", "readings: [1h30m]", "4:12: readings: '1h30m' is no age"),
        ("language: en", "readings: [1h, 1h]", "4:11: readings: '1h' stands twice"),
        ("language: en", 'title: "a\\u202eb"', "4:8: title: has a character that cannot be seen"),
        ("Asia/Seoul", "KST", "9:13: timezone: 'KST' is no time zone"),
        ("Asia/Seoul", "Asia", "9:13: timezone: 'Asia' is no time zone"),
        ("Asia/Seoul", "../Seoul", "9:13: timezone: '../Seoul' is no time zone"),
        ("start: 2026-12-01", "start: 2026-02-29", "10:10: start: '2026-02-29' is no day"),
        ("start: 2026-12-01", "start: 1.12.2026", "10:10: start: '1.12.2026' is no day"),
        ("start: 2026-12-01", "start: tomorrow", "10:10: start: 'tomorrow' is no day"),
        ("[tue, thu]", "tue", "12:14: days: must be a list, not text > write [tue]"),
        ("[tue, thu]", "[]", "12:14: days: is empty"),
        ("[tue, thu]", "[Tuesday]", "12:15: days: 'Tuesday' is no day"),
        ("18:00", "24:00", "13:25: at: '24:00' is no time of day"),
        ("18:00", "6pm", "13:25: at: '6pm' is no time of day"),
        ("{days: [sun], at: 18:00}", "sun", "13:7: slots: must have keys, not text > the keys here are: days, at"),
        ("  quiet:", "  jitter: 10\n  quiet:", "14:11: jitter: must be text, not a number > write hours, minutes"),
        ("  quiet:", "  jitter: 2 hours\n  quiet:", "14:11: jitter: '2 hours' is no duration"),
        ("  quiet:", '  jitter: ""\n  quiet:', "14:11: jitter: '' is no duration"),
        ("  quiet:", "  jitter: 5m1h\n  quiet:", "14:11: jitter: '5m1h' is no duration"),
        ("  quiet:", "  late: 0s\n  quiet:", "14:9: late: '0s' is no duration above zero"),
        ("  quiet:", "  resume_within: 0h0m\n  quiet:", "14:18: resume_within: '0h0m' is no duration above zero"),
        ("from: 2026-12-24", "from: 2026-12-27", "14:11: quiet: ends (2026-12-26) before it begins (2026-12-27)"),
        ("from: 2026-12-24, ", "", "14:11: key 'from' is missing"),
        ("id: first", "id: First", "16:10: id: 'First' is no name"),
        ("id: first", "id: day", "19:10: id 'day' stands twice; the first is in line 16"),
        ("id: first", "id: ", "16:6: id: is empty"),
        ("{id: first, template: story.j2}", "story.j2", "16:5: threads: must have keys, not text"),
        ("{id: first, template: story.j2}", "{id: first}", "16:5: the thread has neither template nor text"),
        ("{id: first, template: story.j2}", "{tempalte: story.j2}", "16:6: unknown key 'tempalte' > did you mean"),
        ("{id: first, ", "{text: threads/day.md, ", "16:5: the thread has both template and text"),
        ("first, template: story.j2", "first, template: ../templates/story.j2", "16:27: there is no template ../temp"),
        ("first, template: story.j2", "first, template: day.md", "16:27: there is no template day.md > a thread"),
        ("first, template: story.j2", "first, text: story.j2", "16:23: text: story.j2 does not exist > did you"),
        ("threads/day.md", "../../outside.md", "19:21: text: ../../outside.md leaves the workspace"),
        ("threads/day.md", "threads", "19:21: text: threads is a folder"),
        ("articles/a.txt", "../../outside.txt", "2:10: article: ../../outside.txt leaves the workspace"),
        ("articles/a.txt", "/etc/passwd", "2:10: article: /etc/passwd leaves the workspace"),
        ("articles/a.txt", "threads/x.txt", "2:10: article: threads/x.txt does not exist"),
        ("articles/a.txt", "c.yaml", "2:10: article: c.yaml is neither .txt nor .md"),
        ("articles/a.txt", '"a\\0.txt"', "2:10: article: a\x00.txt cannot be read"),
        ("2026-12-10 09:00", "2026-12-10", "19:41: at: '2026-12-10' is no day and time"),
        ("2026-12-10 09:00", "2026-12-10 09:00+09:00", "19:41: at: '2026-12-10 09:00+09:00' is no day and time"),
    ),
)  # fmt: skip
def test_each_mistake_is_told_with_its_place_and_the_next_step(
    workspace: Path, old: str, new: str, expected: str
) -> None:
    messages = refusal(workspace, changed(old, new))
    assert [message for message in messages if message.startswith(expected)], messages


def test_one_mistake_is_told_once(workspace: Path) -> None:
    for old, new in (
        ("name: escape", "nmae: escape"),
        ("name: escape", "name: escape\nxyzzy:"),
        ('hashtags: [NorthKorea, "#HumanRights"]', "hashtags: [NorthKorea\nnumbering: true  #as before"),
        ("template: story.j2}", "tempalte: story.j2}"),
        ('hashtags: [NorthKorea, "#HumanRights"]', "hashtags: #NorthKorea"),
        ("accounts: [main, second_one]", "accounts: *all"),
        ("  start: 2026-12-01", "  start: "),
        ("name: escape", "name: escape\nname: escape"),
    ):
        assert len(refusal(workspace, changed(old, new))) == 1, new


def test_a_file_whose_name_makes_no_id_needs_a_written_one(workspace: Path) -> None:
    (workspace / "templates/_.j2").write_text("text")
    (message,) = refusal(workspace, changed("template: call_to_action.j2", "template: _.j2"))
    assert message.startswith("18:5: _.j2 makes no name for the thread > add an id")
    load(workspace, changed("- template: call_to_action.j2", "- {id: act, template: _.j2}"))


def test_a_link_out_of_the_workspace_is_no_way_out(workspace: Path) -> None:
    (workspace.parent / "secret.txt").write_text("secret")
    (workspace / "campaigns/articles/link.txt").symlink_to(workspace.parent / "secret.txt")
    (workspace / "templates/link.j2").symlink_to(workspace.parent / "secret.txt")
    (article,) = refusal(workspace, changed("articles/a.txt", "articles/link.txt"))
    assert article.startswith("2:10: article: articles/link.txt leaves the workspace")
    (template,) = refusal(workspace, changed("template: story.j2", "template: link.j2"))
    assert "there is no template link.j2" in template


def test_a_pipe_is_neither_article_nor_template_nor_campaign(workspace: Path) -> None:
    os.mkfifo(workspace / "campaigns/pipe.txt")
    os.mkfifo(workspace / "templates/pipe.j2")
    text = changed("articles/a.txt", "pipe.txt").replace("template: story.j2", "template: pipe.j2", 1)
    article, template = refusal(workspace, text)
    assert "article: pipe.txt is not a regular file" in article
    assert "there is no template pipe.j2" in template
    with pytest.raises(FileError):
        load_campaign(workspace / "campaigns/pipe.txt", workspace)


# ---------------------------------------------------------------- times that a clock change makes odd


def test_a_time_that_the_clock_skips_is_an_error_with_the_time_to_write(workspace: Path) -> None:
    text = changed("Asia/Seoul", "Europe/Berlin").replace("2026-12-10 09:00", "2026-03-29 02:30")
    (message,) = refusal(workspace, text)
    assert message.startswith("19:41: at: 2026-03-29 02:30 does not exist in Europe/Berlin")
    assert "write 2026-03-29 03:30" in message


def test_a_time_that_happens_twice_is_a_note_with_the_first(workspace: Path) -> None:
    text = changed("Asia/Seoul", "Europe/Berlin").replace("2026-12-10 09:00", "2026-10-25 02:30")
    path = workspace / "campaigns/c.yaml"
    path.write_text(text)
    campaign, (note,) = load_campaign(path, workspace)
    assert note.level is Level.NOTE
    assert "happens twice in Europe/Berlin" in note.message
    assert note.hint == "it is 2026-10-25 00:30 UTC"
    assert (note.place.line, note.place.column) == (19, 41)
    assert campaign.threads[3].at == datetime(2026, 10, 25, 2, 30)  # noqa: DTZ001 - a wall time


# ---------------------------------------------------------------- files that are no campaign


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("", "0:0: is empty"),
        ("# only a comment\n", "1:1: is no campaign"),
        ("- a\n- b\n", "1:1: is no campaign"),
        ("just text", "1:1: is no campaign"),
        ("name: [a, b\nlink: c\n", "1:7: a list or mapping is not closed"),
        ("name: a: b\n", "1:8: a colon stands where none can be"),
        ("name: a\nlink\nlanguage: en\n", "2:1: the line is no 'key: value'"),
        ('name: "a\n', "1:7: a quotation is never closed"),
        ("name: `a`\n", "1:7: begins with a character that means something else"),
        ("name: a\n  link: b\n", "2:7: a colon stands where none can be"),
        ("a:\n  b: 1\n c: 2\n", "3:2: the indentation does not fit"),
        ('name: "\\q"\n', "1:9: a backslash in double quotes"),
        ("? [a]\n: b\n", "1:3: is no key"),
        ("[" * 50_000, "1:13: is nested deeper than 12 levels"),
        ("{a: " * 20_000, "1:49: is nested deeper than 12 levels"),
        ("name: \x00\n", "1:7: has U+0000 (NUL)"),
        (b"name: \xe9\n", "1:7: is not UTF-8: byte 0xE9"),
        ("name: a\n" * 20_000, "0:0: is larger than 0.1 MB"),
    ),
)  # fmt: skip
def test_a_file_that_is_no_campaign_is_told_why(workspace: Path, text: str | bytes, expected: str) -> None:
    messages = refusal(workspace, text)
    assert [message for message in messages if message.startswith(expected)], messages


def test_a_bomb_of_aliases_is_refused_at_once(workspace: Path) -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    began = time.perf_counter()
    assert any("is an alias" in message for message in refusal(workspace, bomb))
    assert time.perf_counter() - began < 2


def test_a_list_of_hashtags_over_lines_may_have_comments(workspace: Path) -> None:
    tags = 'hashtags: [NorthKorea, # the country, see #dmz\n  "#HumanRights"] #all of them'
    assert load(workspace, changed('hashtags: [NorthKorea, "#HumanRights"]', tags)).hashtags == (
        "NorthKorea",
        "HumanRights",
    )


@given(st.data())
def test_no_cut_or_change_of_a_file_gets_past_as_anything_but_a_told_mistake(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    root = tmp_path_factory.getbasetemp()
    start = data.draw(st.integers(0, len(WHOLE)))
    end = data.draw(st.integers(start, min(len(WHOLE), start + 30)))
    put = data.draw(st.text(alphabet="abc:-#[]{}\"'\n\t &*!|>@%0\\,?", max_size=8))
    path = root / "c.yaml"
    path.write_text(WHOLE[:start] + put + WHOLE[end:], encoding="utf-8")
    with pytest.raises(FileError):  # its article is not there, whatever else the file says
        load_campaign(path, root)


@pytest.mark.parametrize("name", ("../.env", "../.env.txt", "c.yaml", "threads/link.md"))
def test_a_thread_comes_from_a_text_file_and_never_from_settings(workspace: Path, name: str) -> None:
    for settings in (".env", ".env.txt"):
        (workspace / settings).write_text("AMPLIFIER_ACCOUNTS__MAIN__API_KEY=canary")
    (workspace / "campaigns/threads").mkdir(exist_ok=True)
    (workspace / "campaigns/threads/link.md").symlink_to(workspace / ".env")
    text = f"{WHOLE.rstrip()}\n  - {{id: leak, text: {name}}}\n"
    (finding,) = refusal(workspace, text)
    assert "is neither .txt nor .md" in finding
    assert "canary" not in finding


def test_another_file_of_the_same_name_is_pointed_out(workspace: Path) -> None:
    (workspace / "campaigns/copy.yaml").write_text(WHOLE)
    (workspace / "campaigns/c.yaml").write_text(WHOLE)
    _, findings = load_campaign(workspace / "campaigns/c.yaml", workspace)
    (finding,) = (found for found in findings if "same name" in found.message)
    assert finding.level is Level.WARNING
    assert "campaigns/copy.yaml" in finding.message


@pytest.mark.parametrize(
    ("link", "place", "expected"),
    (
        ("", "2:6", "utm: true does nothing without a link"),
        ("https://example.org/?utm_source=us&UTM_CONTENT=top", "4:7", "link: has utm_source, utm_content of its own"),
        ("https://example.org/?utm_medium=social", "", ""),
    ),
)
def test_tags_that_cannot_be_added_are_pointed_out(workspace: Path, link: str, place: str, expected: str) -> None:
    text = changed("link: https://example.org/story\n", f"link: {link}\n" if link else "").replace(
        "\n", "\nutm: true\n", 1
    )
    (workspace / "campaigns/c.yaml").write_text(text)
    campaign, findings = load_campaign(workspace / "campaigns/c.yaml", workspace)
    told = [found for found in findings if "utm" in found.message]
    assert campaign.utm
    assert [(found.level, str(found.place)) for found in told] == (
        [(Level.WARNING, f"campaigns/c.yaml:{place}")] if place else []
    )
    assert all(expected in found.message for found in told)


def answering(more: str) -> str:
    """The whole campaign with one more thread, in its last line."""
    return f"{WHOLE.rstrip()}\n  - {{id: fix, template: story.j2, {more}}}\n"


def test_a_thread_may_answer_a_post_of_one_of_its_accounts(workspace: Path) -> None:
    entry = load(workspace, answering("reply_to: other/story/second_one/2")).threads[-1]
    assert str(entry.reply_to) == "other/story/second_one/2"


def test_an_account_answers_only_its_own_posts(workspace: Path) -> None:
    (finding,) = refusal(workspace, answering("reply_to: other/story/third/2"))
    assert "reply_to: third is not among the accounts of this campaign" in finding


def test_an_answer_has_no_time_of_its_own(workspace: Path) -> None:
    (finding,) = refusal(workspace, answering("at: 2026-12-10 09:00, reply_to: other/story/main/2"))
    assert "has both at and reply_to" in finding


def test_an_answer_needs_no_slot(workspace: Path) -> None:
    lines = [line for line in WHOLE.splitlines() if not line.lstrip().startswith(("slots:", "- {days"))]
    head = "\n".join(lines[: lines.index("threads:") + 1])
    assert load(workspace, f"{head}\n  - {{id: fix, template: story.j2, reply_to: other/story/main/2}}\n").threads
    (finding,) = refusal(workspace, f"{head}\n  - {{id: fix, template: story.j2}}\n")
    assert "slots are missing" in finding


def test_a_hook_with_a_colon_is_told_to_be_put_in_quotes(workspace: Path) -> None:
    text = answering("at: 2026-12-10 09:00").rstrip()[:-1] + ", hooks: [What would you risk: all?, Two.]}\n"
    (finding,) = refusal(workspace, text)
    assert 'a colon makes a key: put the whole text in quotes, "What would you risk: all?"' in finding
