"""What a person types in `claims review`: letters, words to use instead, sources. Asks until it makes sense."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from amplifier.content import formats
from amplifier.content.campaign_values import LINK
from amplifier.content.claims.answers import agrees, is_date, still_says, why_not
from amplifier.content.claims.model import Source, Status
from amplifier.content.files import FORBIDDEN
from amplifier.content.text.entities import encode_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from amplifier.content.claims.model import Claim, Passage

VERDICTS = {
    "v": Status.VERIFIED,
    "d": Status.DISPUTED,
    "w": Status.CONTRADICTED,
    "r": Status.RHETORICAL,
}
SKIP = ("skip", "nothing is written; you are asked again next time")
ALWAYS = {
    "u": ("undo", "takes back your last answer of this session, and asks again"),
    "q": ("quit", "leaves; what you have answered is saved"),
    "?": ("explain", "what the letters mean"),
}
CLAIM_KEYS = {
    "v": ("verified", "you have opened a source and it says so; posts may say it"),
    "d": ("disputed", "good sources say different things; posts are warned until there are words instead, or a reason"),
    "w": ("wrong", "good sources say it is wrong (contradicted); posts that say it stop until there are words instead"),
    "r": ("rhetorical", "a figure of speech, no fact; posts may say it"),
    "s": SKIP,
    "x": ("drop the sentence", "no template uses the sentence any more, nor words instead of it"),
    **ALWAYS,
}
DROPPED_KEYS = CLAIM_KEYS | {"x": ("take the sentence back", "it was dropped; templates may use it again")}
NAME_KEYS = {
    "v": ("all verified", "you have looked up each of them, and they are written so"),
    "o": ("one at a time", "asks about each, with its source"),
    "s": SKIP,
    **ALWAYS,
}
OWN_KEYS = {
    "a": ("approve", "you stand for it as it is written here"),
    "s": SKIP,
    **ALWAYS,
}
OTHER_WORDS = {"h": "?", "help": "?", "contradicted": "w", "rhetoric": "r"}


class Quit(Exception):  # noqa: N818 - a person has had enough; nothing is wrong
    """No more questions."""


def show_keys(keys: Mapping[str, tuple[str, str]]) -> None:
    """Print one line with the letters."""
    click.echo(" · ".join(f"{click.style(key, bold=True)} {what}" for key, (what, _) in keys.items()))


def choose(keys: Mapping[str, tuple[str, str]]) -> str:
    """The letter of what is chosen, by the letter or by the word; Enter skips.

    A whole line is read, not a key: what was typed too early is seen, and input methods such as Hangul's need it.
    Raises `Quit`.
    """
    words = OTHER_WORDS | {what.split()[0]: key for key, (what, _) in keys.items()}
    while True:
        typed = _typed("your answer (Enter: skip)").lower() or "s"
        key = words.get(typed, typed)
        if key == "q":
            raise Quit
        if key == "?":
            for letter, (what, meaning) in keys.items():
                click.echo(f"  {click.style(letter, bold=True)}  {what}: {meaning}")
        elif key in keys:
            return key
        else:
            click.echo(f"type one of {', '.join(keys)}")


def text_line(what: str, now: str = "") -> str:
    """A line of text; empty for Enter. A single letter is asked about again: it was meant for another question."""
    while True:
        typed = _typed(f"{what} [{now}]" if now else what)
        if len(typed) != 1:
            return typed
        click.echo(f"“{typed}” alone says nothing; Enter goes on, Ctrl+C leaves")


def ask_source(has: Source, before: Source, today: str) -> Source:
    """Ask where a person has looked it up; what stays empty is as in `has`. `before` was named for another claim.

    That one is offered unless the claim has a source of its own which says something else.
    """
    if str(before) and agrees(has, before) and click.confirm(f"same source as before ({before})?", default=True):
        return before
    click.echo("where did you look it up? (Enter: as it is)")
    title, publisher = text_line("title", has.title), text_line("publisher", has.publisher)
    date = _date(has.date, today)
    while True:
        link = text_line("link", has.link)
        if not link or formats.fits(LINK, link):
            return Source(title, publisher, date, encode_link(link) if link else "")
        click.echo("write it whole, beginning with https://")


def ask_instead(passage: Passage, wrong: Claim | None) -> str:
    """Ask for the words to use instead of the sentence; empty for those that are there, or none.

    `wrong` is the claim that has just been called wrong, if it has.
    """
    quotes = [claim.quote for claim in passage.claims if claim.status is Status.CONTRADICTED or claim == wrong]
    bad = still_says(passage.say, quotes)
    if bad:
        click.echo(f"these words go out instead, and still say “{bad}”: “{passage.say}”")
    elif passage.say:
        click.echo(f"these words go out instead: “{passage.say}”")
    while True:
        words = text_line(
            "say instead (Enter: they may)" if passage.say and not bad else "say instead (Enter: nothing)"
        )
        if not words:
            if wrong and (bad or not passage.say):
                click.echo("then the posts that use it stop")
            return ""
        refused = why_not(words, passage.text, quotes)
        if refused:
            click.echo(refused)
        else:
            click.echo(f"  goes out instead: {click.style(words, fg='green')}")
            if click.confirm("so?", default=True):
                return words


def _date(now: str, today: str) -> str:
    """Ask when a source was published; what is no date is kept when Enter follows, if it has a figure in it."""
    kept = ""
    while True:
        typed = text_line("date", kept or now)
        if not typed:
            return kept
        if is_date(typed, today):
            return typed
        kept = typed if any(letter.isdigit() for letter in typed) else ""
        click.echo(f"“{typed}” is no date such as 2018, 2018-11 or 2018-11-19{' (Enter: keep it)' if kept else ''}")


def _typed(what: str) -> str:
    """One line as it can stand in a file; empty for Enter."""
    typed = click.prompt(what, default="", show_default=False)
    return " ".join(FORBIDDEN.sub("", typed).encode("utf-8", "ignore").decode().split())
