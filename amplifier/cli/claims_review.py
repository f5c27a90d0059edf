"""`claims review`: a person says how the claims stand that the posts make, one question after the other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from amplifier.cli.common import at_terminal, by_option, common, counted, locate, say, who
from amplifier.clock import system_now
from amplifier.content import formats
from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.campaign_values import LINK
from amplifier.content.claims.anchor import holds, same, span_of
from amplifier.content.claims.entries import position
from amplifier.content.claims.ledger import load_ledger
from amplifier.content.claims.model import Source, Status
from amplifier.content.claims.review import Answer, answer, approve, drop, own_words, questions, refreshed
from amplifier.content.claims.write import update_ledger
from amplifier.content.draft import load_draft
from amplifier.content.files import FORBIDDEN, shown
from amplifier.content.text.entities import encode_link
from amplifier.errors import FileError, NeedsYes, UsageError
from amplifier.model import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from amplifier.content.claims.model import Claim, Ledger, Passage
    from amplifier.content.claims.review import Own, Question, Traces
    from amplifier.model import Article, Campaign
    from amplifier.settings import Settings

VERDICTS = {
    "v": Status.VERIFIED,
    "d": Status.DISPUTED,
    "w": Status.CONTRADICTED,
    "r": Status.RHETORICAL,
}
KEYS = {
    "v": "verified",
    "d": "disputed",
    "w": "wrong",
    "r": "rhetoric",
    "s": "skip",
    "x": "drop the sentence",
    "q": "quit",
}
NAME_KEYS = {"v": "all verified", "o": "one at a time", "s": "skip", "q": "quit"}
OWN_KEYS = {"a": "approve", "s": "skip", "q": "quit"}


class _Quit(Exception):  # noqa: N818 - a person has had enough; nothing is wrong
    """No more questions."""


@click.command("review")
@click.argument("file", type=click.Path(path_type=Path))
@by_option
@common
def claims_review(file: Path, by: str | None) -> None:
    """Ask you about the claims that the posts of FILE make.

    What good sources contradict comes first. Open the source, then type one letter. Each answer is saved at once under
    your name; leave at any time with q. What somebody has answered is not asked again.
    """
    workspace, settings = locate(file)
    campaign, _ = load_campaign(file, workspace.root)
    article = load_article(campaign.article, workspace.root, campaign.language)
    ledger, _ = load_ledger(campaign, article)
    if ledger is None:
        raise UsageError(f"{file} has no ledger of claims yet", f"amplifier claims scan {file}")
    traces = _traces(campaign, settings)
    asked, names = questions(ledger, traces)
    own = own_words(ledger, traces)
    count = len(asked) + bool(names) + len(own)
    if not count:
        click.echo("nothing to ask: every claim that the posts make has been answered")
        say(f"next: amplifier check {file}")
        return
    if not at_terminal():
        hint = f"type it at a terminal, or edit {ledger.path}: status, checked_by, say"
        raise NeedsYes(f"{counted(count, 'question')} for a person", hint)
    day = system_now().astimezone(ZoneInfo(campaign.schedule.timezone)).date().isoformat()
    interview = _Interview(campaign, article, ledger, who(by), day, count)
    try:
        interview.run(asked, names, own)
        click.echo(f"\ndone: {interview.told()}")
    except (_Quit, KeyboardInterrupt, EOFError, click.Abort):
        click.echo(f"\nleft: {interview.told()}")
    say(f"next: amplifier check {file}")


def _traces(campaign: Campaign, settings: Settings) -> Traces | None:
    """What the posts say; None, and every claim is asked about, while nothing of it is known."""
    if campaign.claims is Policy.OFF:
        say("claims are off in this campaign: every claim of the article is asked about")
        return None
    try:
        draft = load_draft(campaign.path, campaign.workspace, lambda name: settings.account(name).platform)
    except FileError as exc:
        say(f"{exc.message}, so the posts are not known; every claim of the article is asked about")
        return None
    return draft.traces


class _Interview:
    """Asks, and saves each answer."""

    def __init__(self, campaign: Campaign, article: Article, ledger: Ledger, by: str, day: str, count: int) -> None:
        self.campaign, self.article, self.ledger = campaign, article, ledger
        self.by, self.day = by, day
        self.count, self.number, self.answers = count, 0, 0

    def told(self) -> str:
        return f"{counted(self.answers, 'answer')} saved in {self.ledger.path}"

    def run(self, asked: list[Question], names: list[Question], own: list[Own]) -> None:
        for question in asked:
            self._next()
            self._question(question)
        if names:
            self._next()
            self._names(names)
        for words in own:
            self._next()
            self._own(words)

    def _next(self) -> None:
        self.number += 1
        click.echo(click.style(f"\n{self.number} of {self.count}", bold=True))

    def _save(self, change: Callable[[Ledger | None], Ledger]) -> None:
        self.ledger = update_ledger(self.campaign, self.article, change)[1]
        self.answers += 1

    def _question(self, asked: Question) -> None:
        question = refreshed(asked, self.ledger)
        if question is None:  # an answer to another question has settled it
            return
        self._show(question)
        for claim in question.claims:
            now = refreshed(replace(question, claims=(claim,)), self.ledger)
            if now is None:
                continue
            key = _key(KEYS, f"{claim.id}: " if len(question.claims) > 1 else "")
            if key == "x":
                self._save(drop(now.passage))
                return
            if key in VERDICTS:
                self._save(self._written(now, claim, VERDICTS[key]))

    def _written(self, question: Question, claim: Claim, status: Status) -> Callable[[Ledger | None], Ledger]:
        """Ask what belongs to a verdict: the source, the words to use instead, or the reason."""
        source, words, because = Source(), "", ""
        if status is Status.VERIFIED:
            source = _source(claim.source)
        elif status is not Status.RHETORICAL:
            words = self._instead(question.passage, claim if status is Status.CONTRADICTED else None)
        if status is Status.DISPUTED and not (words or question.passage.say):
            because = _line("a reason to let it out as it is (Enter: none)")
        return answer(question, Answer(status, self.by, self.day, source, because), words)

    def _instead(self, passage: Passage, wrong: Claim | None) -> str:
        """Ask for the words to use instead of the sentence; empty for those that are there, or none."""
        quotes = [claim.quote for claim in passage.claims if claim.status is Status.CONTRADICTED or claim == wrong]
        while True:
            words = _line(f"say instead (Enter: {'as it is' if passage.say else 'nothing yet'})")
            still = next((quote for quote in quotes if holds(words, quote)), None)
            if words and same(words) == same(passage.text):
                click.echo("that is the sentence itself")
            elif still:
                click.echo(f"that still says “{still}”")
            else:
                if wrong and not (words or passage.say):
                    click.echo("then the posts that use it stop")
                return words

    def _names(self, asked: list[Question]) -> None:
        found = [question for question in asked if refreshed(question, self.ledger)]
        click.echo("names that nobody has checked:")
        for question in found:
            for claim in question.claims:
                click.echo(f"  {claim.id}  {click.style(claim.quote, bold=True)}  in {', '.join(question.posts)}")
        key = _key(NAME_KEYS)
        if key == "v":
            for question in found:
                now = refreshed(question, self.ledger)
                if now:
                    verdict = Answer(Status.VERIFIED, self.by, self.day)
                    self._save(answer(now, verdict))
        elif key == "o":
            for question in found:
                click.echo()
                self._question(question)

    def _own(self, own: Own) -> None:
        click.echo("your own words, which the article does not have:")
        click.echo(f"  {click.style(own.text, bold=True)}")
        for claim in own.claims:
            _show_claim(claim)
        click.echo(f"  in {', '.join(own.posts)}")
        if _key(OWN_KEYS) == "a":
            self._save(approve(own, self.by))

    def _show(self, question: Question) -> None:
        passage = question.passage
        at = position(self.article, passage.start)
        where = shown(self.article.path, self.campaign.workspace) + (f":{at}" if at else "")
        click.echo(where)
        click.echo(f"  {_marked(passage.text, question.claims)}")
        for claim in question.claims:
            _show_claim(claim)
        if question.posts:
            click.echo(f"  in {', '.join(question.posts)}")
        if passage.say:
            click.echo(f"  goes out instead: {click.style(passage.say, fg='green')}")


def _show_claim(claim: Claim) -> None:
    signed = f"checked by {claim.checked_by}" if claim.checked_by else "not signed"
    click.echo(f"  {claim.id} {claim.kind.value}, {claim.status.value}, {signed}: {claim.quote}")
    if claim.note:
        click.echo(f"      {claim.note}")
    if str(claim.source):
        click.echo(f"      source: {claim.source}")


def _marked(text: str, claims: tuple[Claim, ...]) -> str:
    """The sentence with the words of the claims marked."""
    spans = sorted(span for claim in claims if (span := span_of(claim.quote, text)))
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [text[at:start], click.style(text[start:end], bold=True, underline=True)]
            at = end
    return "".join((*parts, text[at:]))


def _source(has: Source) -> Source:
    """Ask where a person has looked it up; Enter keeps what is there."""
    click.echo("where did you look it up? (Enter: as it is)")
    title, publisher, date = _line("title", has.title), _line("publisher", has.publisher), _line("date", has.date)
    while True:
        link = _line("link", has.link)
        if not link or formats.fits(LINK, link):
            return Source(title, publisher, date, encode_link(link) if link else "")
        click.echo("write it whole, beginning with https://")


def _line(what: str, now: str = "") -> str:
    """One line of text; empty for Enter."""
    typed = click.prompt(f"{what} [{now}]" if now else what, default="", show_default=False)
    return " ".join(FORBIDDEN.sub("", typed).encode("utf-8", "ignore").decode().split())


def _key(keys: Mapping[str, str], label: str = "") -> str:
    """The letter of what is chosen, by the letter or by the word; Enter skips.

    A whole line is read, not a key: what was typed too early is seen, and input methods such as Hangul's need it.
    """
    click.echo(" · ".join(f"{click.style(key, bold=True)} {what}" for key, what in keys.items()))
    words = {what.split()[0]: key for key, what in keys.items()}
    while True:
        typed = _line(f"{label}your answer (Enter: skip)").lower() or "s"
        key = words.get(typed, typed)
        if key == "q":
            raise _Quit
        if key in keys:
            return key
        click.echo(f"type one of {', '.join(keys)}")
