from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from amplifier.publishing.handover import SECONDS, Command, hand_over, speak
from tests.support.alerts import keeper, kept, python

MESSAGE: dict[str, Any] = {
    "id": "1", "kind": "held", "post": "dmz-escape/story/main/2", "mode": "live", "live": ["https://x.example/1"],
    "detail": "late: by “an hour”", "next": "amplifier queue retry dmz-escape/story/main/2",
    "or": ["amplifier queue cancel dmz-escape/story/main/2"],
}  # fmt: skip


def test_the_command_gets_the_message_as_json_with_words_to_pass_on(tmp_path: Path) -> None:
    assert hand_over(Command(keeper(tmp_path / "told")), MESSAGE) == ""
    (message,) = kept(tmp_path / "told")
    assert message == MESSAGE | {
        "title": "Amplifier · LIVE · held · dmz-escape/story/main/2",
        "text": (
            "late: by “an hour”\n\nOut already:\nhttps://x.example/1\n\n"
            "Next: amplifier queue retry dmz-escape/story/main/2\nor: amplifier queue cancel dmz-escape/story/main/2"
        ),
    }


def test_words_need_neither_a_post_nor_a_mode() -> None:
    said = speak({"kind": "missed beat", "detail": "nothing ran", "posts": ["a/b/c/1", "and 3 more"], "next": "look"})
    assert said["title"] == "Amplifier · missed beat"
    assert said["text"] == "nothing ran\n\nPosts:\na/b/c/1\nand 3 more\n\nNext: look"
    assert speak({"kind": "budget", "account": "main", "mode": "dry", "detail": "d", "next": "n"})["title"] == (
        "Amplifier · DRY RUN · budget · main"
    )


def test_no_shell_reads_the_command_and_it_runs_in_its_folder(tmp_path: Path) -> None:
    command = python("import sys; open('told.txt', 'w').write(repr(sys.argv[1:]))") + " $HOME `id` ; touch x | cat"
    assert hand_over(Command(command, tmp_path), MESSAGE) == ""
    assert (tmp_path / "told.txt").read_text() == repr(["$HOME", "`id`", ";", "touch", "x", "|", "cat"])
    assert list(tmp_path.iterdir()) == [tmp_path / "told.txt"]


def test_it_knows_only_the_environment_that_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMPLIFIER_ACCOUNTS__MAIN__API_KEY", "canary")
    command = python("import os; open('told.txt', 'w').write(repr(sorted(os.environ.items())))")
    assert hand_over(Command(command, tmp_path, {"PATH": "/bin"}), MESSAGE) == ""
    told = (tmp_path / "told.txt").read_text()
    assert "canary" not in told
    assert "('PATH', '/bin')" in told


def test_a_secret_that_a_network_repeats_does_not_get_out(tmp_path: Path) -> None:
    secrets = ("canary-key", 'canary"quoted')
    leaking = {
        "kind": "held",
        "detail": 'no: canary-key, canary"quoted',
        "live": ["https://x/canary-key"],
        "n": 1,
        "next": "n",
    }
    assert hand_over(Command(keeper(tmp_path / "told"), secrets=secrets), leaking) == ""
    assert "canary" not in (tmp_path / "told").read_text("utf-8")
    (message,) = kept(tmp_path / "told")
    assert (message["detail"], message["live"], message["n"]) == ("no: ***, ***", ["https://x/***"], 1)


def test_it_has_ten_seconds_and_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    assert SECONDS == 10
    pid = tmp_path / "pid"
    code = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid)); time.sleep(60)"
    )
    begun = time.monotonic()
    assert hand_over(Command(python(code), seconds=1), MESSAGE) == "it did not end within 1 seconds"
    assert time.monotonic() - begun < 5
    deadline = time.monotonic() + 5
    while _runs(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(int(pid.read_text()))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"


def test_a_run_that_stops_does_not_wait_for_it() -> None:
    begun = time.monotonic()
    said = hand_over(Command(python("import time; time.sleep(60)")), MESSAGE, lambda: time.monotonic() - begun > 0.2)
    assert said == "it was stopped with the run"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("line", "said"),
    (
        ("/no/such/program --token canary", "it cannot be run: No such file or directory"),
        ("/", "it cannot be run: Permission denied"),
        ("an 'open quote", "it cannot be run: it is empty, or a quotation mark is not closed"),
        ("\0", "it cannot be run: it is empty, or a quotation mark is not closed"),
        ("  ", "it cannot be run: it is empty, or a quotation mark is not closed"),
        (python("raise SystemExit(3)"), "it ended with exit code 3"),
        (python("import os; os.kill(os.getpid(), 9)"), "it ended with exit code -9"),
    ),
)
def test_what_goes_wrong_is_said_without_the_command(line: str, said: str) -> None:
    assert hand_over(Command(line), MESSAGE) == said


def test_a_program_that_does_not_read_is_no_trouble() -> None:
    assert hand_over(Command(python("pass")), MESSAGE | {"detail": "x" * 300_000}) == ""


def test_a_long_message_arrives_whole(tmp_path: Path) -> None:
    slow = python(
        "import sys, time; time.sleep(0.3); data = sys.stdin.buffer.read();"
        f"open({str(tmp_path / 'told')!r}, 'wb').write(data)"
    )
    assert hand_over(Command(slow), MESSAGE | {"detail": "é" * 300_000}) == ""
    assert len(json.loads((tmp_path / "told").read_bytes())["detail"]) == 300_000


@pytest.mark.parametrize("aloud", (False, True))
def test_what_it_prints_is_shown_only_when_asked_for(capfd: pytest.CaptureFixture[str], aloud: bool) -> None:
    hand_over(Command(python("print('said', flush=True)")), MESSAGE, aloud=aloud)
    assert ("said" in capfd.readouterr().out) is aloud
