"""`sql`, as an analyst types it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from amplifier.cli import main
from amplifier.cli.asking import LEAST
from amplifier.engagement.questions import questions
from tests.conftest import new_database
from tests.support.house import House, Stage
from tests.support.terminal import at_a_terminal

ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT MAX(x) FROM c"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    built = House.build(tmp_path_factory.mktemp("asking") / "w")
    stage = Stage.open(built)
    stage.approve(at_once=True)
    stage.run()
    stage.app.close()
    return built


def test_json_is_an_array_with_a_row_a_line(house: House) -> None:
    told = house.cli("sql", "--json", "SELECT thread, k, sent_at, url FROM post_log WHERE k = 1 ORDER BY thread")
    found = json.loads(told.stdout)
    assert [row["thread"] for row in found] == ["one", "three", "two"]
    assert found[0]["sent_at"].endswith("Z")
    assert found[0]["url"] is None
    assert len(told.stdout.splitlines()) == 5
    assert told.stderr == ""
    assert house.cli("sql", "--json", "SELECT k FROM post_log WHERE k > 9").stdout == "[]\n"


def test_json_needs_a_name_for_each_column(house: House) -> None:
    told = house.cli("sql", "--json", "SELECT k, n AS k FROM post_log", code=2)
    assert told.stdout == ""
    assert "two columns are called 'k'" in told.stderr


def test_a_pipe_gets_whole_texts_a_line_a_row(house: House) -> None:
    told = house.cli("sql", "SELECT k, 'a' || char(9, 10, 13) || '\\' AS odd, url, text FROM post_log WHERE k = 3")
    head, line = told.stdout.splitlines()
    assert head == "k\todd\turl\ttext"
    k, odd, url, text = line.split("\t")
    assert (k, odd, url) == ("3", "a\\t\\n\\r\\\\", "")
    assert text.startswith("Then it rained.")


def test_a_terminal_gets_a_table_that_fits(house: House) -> None:
    shown, code = at_a_terminal(
        house, "sql", "SELECT k, thread, url, text FROM post_log ORDER BY thread, k", columns=50
    )
    lines = shown.splitlines()
    assert code == 0
    assert lines[0].split() == ["k", "thread", "url", "text"]
    assert all(len(line) <= 50 for line in lines)
    assert lines[1].startswith("1  one     –    They met at a fence")
    assert lines[1].endswith("…")
    assert lines[-1] == "7 rows"


def test_a_terminal_that_is_too_narrow_gets_the_columns_below_each_other(house: House) -> None:
    shown, _ = at_a_terminal(house, "sql", "SELECT * FROM post_log WHERE k = 3", columns=40)
    assert shown.splitlines()[0] == "row 1"
    assert "  thread            one\n" in shown
    assert "  url               –\n" in shown
    assert LEAST * 4 > 40


def test_the_statement_may_come_from_stdin(house: House) -> None:
    told = CliRunner().invoke(
        main, ["-C", str(house.root), "sql", "-"], input="SELECT COUNT(*) AS posts\nFROM post_log;\n"
    )
    assert (told.exit_code, told.stdout) == (0, "posts\n7\n")


def test_values_are_set_by_name(house: House) -> None:
    sql = "SELECT COUNT(*) AS n FROM post_log WHERE thread = :thread AND k = CAST(:k AS INTEGER)"
    assert house.cli("sql", sql, "--set", "thread=one", "--set", ":k=2").stdout == "n\n1\n"
    assert "the value of :k is not given" in house.cli("sql", sql, "--set", "thread=one", code=2).stderr
    assert "'thread' is not NAME=VALUE" in house.cli("sql", sql, "--set", "thread", code=2).stderr


def test_a_question_is_asked_by_its_name_and_empty_values_have_a_default(house: House) -> None:
    assert len(house.cli("sql", "--question", "log", "--set", "mode=dry").stdout.splitlines()) == 8
    told = house.cli("sql", "--question", "log")
    assert len(told.stdout.splitlines()) == 8, "nothing is live here, and what there is was shown"
    assert "DRY RUN: A dry run goes to the outbox, which tells no numbers.\ncampaign all; another by" in told.stderr
    told = house.cli("sql", "--question", "log", "--set", "mode=live")
    assert (len(told.stdout.splitlines()), told.stderr.partition(":")[0]) == (1, "LIVE")
    assert "there is no mode 'Live'" in house.cli("sql", "--question", "log", "--set", "mode=Live", code=2).stderr
    told = house.cli("sql", "--question", "best", "--set", "age_mark=6h", "--json")
    assert (told.stdout, "age_mark 6h" in told.stderr) == ("[]\n", True)
    assert "'soon' is no age" in house.cli("sql", "--question", "best", "--set", "age_mark=soon", code=2).stderr
    assert "did you mean log?" in house.cli("sql", "--question", "logs", code=2).stderr
    for arguments in ((), ("SELECT 1", "--question", "log")):
        said = house.cli("sql", *arguments, code=2).stderr
        assert all(question.title in said for question in questions())


def test_what_cannot_be_answered_says_why_and_exits_so(house: House) -> None:
    for sql, code, word in (
        ("DELETE FROM post", 2, "only reads"),
        ("WITH x AS (SELECT 1) DELETE FROM post", 2, "only reads"),
        ("SELECT * FORM post", 2, 'near "FORM"'),
        ("SELECT * FROM post_logs", 2, "did you mean post_log?"),
        ("SELECT txt FROM post_log", 2, "did you mean text?"),
    ):
        told = house.cli("sql", sql, code=code)
        assert word in told.stderr
        assert told.stdout == ""
    told = house.cli("sql", "--seconds", "0.2", ENDLESS, code=75)
    assert "took longer than 0.2 s" in told.stderr
    assert "--seconds" in told.stderr


def test_nothing_is_made_where_there_is_no_database(tmp_path: Path) -> None:
    house = House.build(tmp_path / "w")
    (house.root / "amplifier.db").unlink()
    assert "there is no database yet" in house.cli("sql", "SELECT 1", code=78).stderr
    assert not (house.root / "amplifier.db").exists()


def test_a_closed_pipe_ends_it_quietly(house: House) -> None:
    started = house.start("sql", "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c")
    assert started.stdout is not None
    assert started.stderr is not None
    assert started.stdout.readline() == "x\n"
    started.stdout.close()
    assert started.wait(30) != 0
    assert "Traceback" not in started.stderr.read()
    started.stderr.close()


@pytest.mark.postgresql
def test_on_postgresql_it_is_the_same(tmp_path: Path, cluster: str, migrated_database: str) -> None:
    house = House.build(tmp_path / "w")
    (house.root / "amplifier.db").unlink()
    house.environment = {"AMPLIFIER_DATABASE_URL": new_database(cluster, migrated_database)}
    house.cli("approve", str(house.campaign), "--now", "--yes")
    told = house.cli("sql", "--json", "SELECT thread, due_at FROM post_log WHERE thread LIKE '%ne' AND k = 1")
    [row] = json.loads(told.stdout)
    assert row["thread"] == "one"
    assert row["due_at"].endswith("Z")
    assert house.cli("sql", "SELECT k FROM post_log WHERE k > 9").stdout == "k\n"
    assert "only reads" in house.cli("sql", "WITH x AS (SELECT 1) DELETE FROM post", code=2).stderr
    assert "took longer" in house.cli("sql", "--seconds", "0.2", ENDLESS, code=75).stderr


def test_nothing_in_an_answer_commands_the_terminal(house: House) -> None:
    shown, _ = at_a_terminal(
        house, "sql", "SELECT char(27) || '[31mred' || char(155) || char(8238) AS \"x\x1b[2J\"", columns=70
    )
    assert r"\x1b[31mred\x9b\u202e" in shown
    assert "\x1b[31m" not in shown
    assert "\x1b[2J" not in shown


def test_what_is_endless_is_a_text_in_json_and_no_limit(house: House) -> None:
    assert json.loads(house.cli("sql", "SELECT 1e999 AS far, 1.5 AS near", "--json").stdout) == [
        {"far": "inf", "near": 1.5}
    ]
    assert "no number of seconds" in house.cli("sql", "--seconds", "nan", "SELECT 1", code=2).stderr


def test_bytes_that_are_no_text_and_answers_that_are_too_big_are_the_questions_mistake(house: House) -> None:
    assert "not all text" in house.cli("sql", "SELECT '\udcff'", code=2).stderr
    assert "too big" in house.cli("sql", "SELECT zeroblob(3000000000)", code=2).stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this machine")
def test_a_full_disk_is_said_and_is_no_mistake_of_ours(house: House) -> None:
    for words in (("sql", "SELECT 1"), ("export", "csv", "post_log")):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            command = [sys.executable, "-m", "amplifier", "-C", str(house.root), *words]
            done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 1
        assert "cannot be written: No space left on device" in done.stderr
        assert "mistake of Amplifier" not in done.stderr
