"""What may not stand in a log, whoever logs it."""

from __future__ import annotations

import logging
import sys

import pytest

from amplifier.networks.redact import LIBRARIES, Redact, clean, quiet_libraries


def record(name: str, level: int, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, level, __file__, 1, message, args, None)


@pytest.mark.parametrize("name", (*LIBRARIES, *(f"{name}.child" for name in LIBRARIES)))
def test_libraries_say_nothing_under_a_warning(name: str) -> None:
    assert not Redact().filter(record(name, logging.DEBUG, "Body: {'text': 'unsent'}"))
    assert not Redact().filter(record(name, logging.INFO, "anything"))
    assert Redact().filter(record(name, logging.WARNING, "Connection pool is full"))


def test_others_with_a_similar_name_are_heard() -> None:
    assert Redact().filter(record("tweepyish", logging.DEBUG, "hello"))
    assert Redact().filter(record("amplifier.networks.x", logging.DEBUG, "hello"))


@pytest.mark.parametrize(
    ("message", "clean"),
    (
        ("Authorization: OAuth oauth_token='s3cret', x", "Authorization: ***"),
        ("{'Authorization': b'OAuth s3cret'}", "{'Authorization': b'***"),
        ("sent Bearer AAAAs3cret%2Fs3cret, done", "sent Bearer ***, done"),
        ('oauth_token="s3cret", k', 'oauth_token="***", k'),
        ("oauth_token_secret=s3cret&x=1", "oauth_token_secret=***&x=1"),
        ("base oauth_token%3Ds3cret%26", "base oauth_token%3D***"),
        ("the bearer of bad news", "the bearer of bad news"),
    ),
)
def test_headers_and_tokens_are_starred_in_any_record(message: str, clean: str) -> None:
    for said in (record("any", logging.ERROR, message), record("any", logging.ERROR, "%s", message)):
        assert Redact().filter(said)
        assert said.getMessage() == clean


def test_the_secrets_of_the_settings_are_starred_wherever_they_come_from() -> None:
    said = record("any", logging.ERROR, "no %s, no %s", "hush", "hush-hush")
    assert Redact(["hush", "hush-hush"]).filter(said)
    assert said.getMessage() == "no ***, no ***"
    assert clean("oauth_token=abc and hush", ["hush"]) == "oauth_token=*** and ***"


def test_a_traceback_is_cleaned_too() -> None:
    said = record("any", logging.ERROR, "it broke")
    try:
        int("hush oauth_token=s3cret")
    except ValueError:
        said.exc_info = sys.exc_info()
    assert Redact(["hush"]).filter(said)
    shown = logging.Formatter().format(said)
    assert "Traceback" in shown
    assert "with base 10: '*** oauth_token=***'" in shown
    assert "s3cret" not in shown


def test_what_holds_no_secret_is_left_as_it_is() -> None:
    said = record("any", logging.INFO, "%s posts", 3)
    assert Redact().filter(said)
    assert (said.msg, said.args) == ("%s posts", (3,))


def test_quiet_libraries_log_warnings_only() -> None:
    before = {name: logging.getLogger(name).level for name in LIBRARIES}
    try:
        quiet_libraries()
        for name in LIBRARIES:
            assert not logging.getLogger(f"{name}.child").isEnabledFor(logging.INFO)
            assert logging.getLogger(f"{name}.child").isEnabledFor(logging.WARNING)
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
