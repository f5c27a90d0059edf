"""The questions of `claims review`, one after the other: shows a sentence, asks, and saves each answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

import click

from amplifier.cli.claims_ask import (
    CLAIM_KEYS,
    DROPPED_KEYS,
    NAME_KEYS,
    OWN_KEYS,
    VERDICTS,
    ask_instead,
    ask_source,
    choose,
    show_keys,
    text_line,
)
from amplifier.cli.common import counted
from amplifier.content.claims.anchor import span_of
from amplifier.content.claims.answers import Answer, answer, approve, drop, filled, in_turn, undone, use_again
from amplifier.content.claims.entries import position
from amplifier.content.claims.issues import short
from amplifier.content.claims.model import GATES, Source, Status
from amplifier.content.claims.review import Own, Question, refreshed
from amplifier.content.claims.write import update_ledger
from amplifier.content.files import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amplifier.content.claims.answers import Change
    from amplifier.content.claims.model import Claim, Ledger, Passage
    from amplifier.model import Article, Campaign

MEANING = {
    Status.CONTRADICTED: "good sources say it is wrong",
    Status.DISPUTED: "good sources say different things",
}


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Names that nobody has checked: one screen for all."""

    questions: tuple[Question, ...]


Screen: TypeAlias = "Question | Names | Own"


@dataclass(frozen=True, slots=True)
class _Step:
    """One answer to give: about a claim of a question, or about a whole screen."""

    screen: Screen
    claim: Claim | None = None


class Interview:
    """Asks, saves each answer, and takes the last one back when it is told to. `day` is today, as in a ledger."""

    def __init__(self, campaign: Campaign, article: Article, ledger: Ledger, by: str, day: str) -> None:
        self.campaign, self.article, self.ledger = campaign, article, ledger
        self.by, self.day = by, day
        self.steps: list[_Step] = []
        self.screen: Screen | None = None
        self.history: list[tuple[int, Ledger, Ledger]] = []
        self.verified: set[str] = set()
        self.source = Source()

    def told(self) -> str:
        """What has come of it."""
        text = f"{counted(len(self.history), 'answer')} saved in {self.ledger.path}"
        found = [claim for claim in self.ledger.claims if claim.id in self.verified]
        bare = [claim for claim in found if not str(claim.source)]
        return f"{text}; {len(bare)} of {len(found)} verified without a source" if bare else text

    def run(self, screens: Sequence[Screen]) -> None:
        """Ask everything. Raises `Quit` when the person leaves."""
        self.steps = [step for screen in screens for step in _steps(screen)]
        at = 0
        while at < len(self.steps):
            at = self._take(at)

    def _take(self, at: int) -> int:
        """Ask the question of a step; return the step to take next: the same one where no answer came of it."""
        step = self.steps[at]
        if isinstance(step.screen, Names):
            return self._names(at, step.screen)
        if isinstance(step.screen, Own):
            return self._own(at, step.screen)
        now = refreshed(step.screen, self.ledger)
        claim = next((claim for claim in now.claims if step.claim and claim.id == step.claim.id), None) if now else None
        if now is None or claim is None:  # an answer before has dropped the sentence
            return at + 1
        return self._claim(at, now, claim)

    def _claim(self, at: int, question: Question, claim: Claim) -> int:
        keys = DROPPED_KEYS if question.passage.drop else CLAIM_KEYS
        if self._begins(at):
            self._show(question)
            show_keys(keys)
        click.echo(f"\n{claim.id}: the article says “{click.style(claim.quote, bold=True)}”. Does it hold?")
        key = choose(keys)
        if key == "u":
            return self._undo(at)
        if key == "x":
            return self._drop(at, question.passage)
        if key in VERDICTS:
            status = VERDICTS[key]
            if claim.status in GATES and status not in GATES and not _sure(claim, status):
                return at
            change = self._written(replace(question, claims=(claim,)), claim, status)
            self._save(at, change, (claim.id,) if status is Status.VERIFIED else ())
        return at + 1

    def _written(self, question: Question, claim: Claim, status: Status) -> Change:
        """Ask what belongs to a verdict: the source, the words to use instead, or the reason."""
        source, words, because = Source(), "", ""
        if status is Status.VERIFIED:
            source = filled(ask_source(claim.source, self.source, self.day), claim.source)
            if str(source):
                self.source = source
            else:
                click.echo("no source named: readers and colleagues will ask")
        elif status is not Status.RHETORICAL:
            words = ask_instead(question.passage, claim if status is Status.CONTRADICTED else None)
        if status is Status.DISPUTED and not (words or question.passage.say):
            because = text_line("a reason to let it out as it is (Enter: none)")
        return answer(question, Answer(status, self.by, self.day, source, because), words)

    def _drop(self, at: int, passage: Passage) -> int:
        if passage.drop:
            self._save(at, use_again(passage))
            self.screen = None  # and show it anew
            return at
        if click.confirm("never use this sentence?", default=False):
            self._save(at, drop(passage))
            return at + 1
        return at

    def _names(self, at: int, names: Names) -> int:
        found = [now for question in names.questions if (now := refreshed(question, self.ledger))]
        if not found:
            return at + 1
        if self._begins(at):
            click.echo("names that nobody has checked:")
            for question in found:
                for claim in question.claims:
                    click.echo(f"  {claim.id}  {click.style(claim.quote, bold=True)}  in {', '.join(question.posts)}")
            show_keys(NAME_KEYS)
        key = choose(NAME_KEYS)
        if key == "u":
            return self._undo(at)
        if key == "o":
            self.steps[at : at + 1] = [step for question in names.questions for step in _steps(question)]
            return at
        if key == "v":
            claims: dict[Passage, list[Claim]] = {}
            for question in found:
                claims.setdefault(question.passage, []).extend(question.claims)
            verdict = Answer(Status.VERIFIED, self.by, self.day)
            changes = [answer(Question(passage, tuple(some), ()), verdict) for passage, some in claims.items()]
            all_of_them = [claim for some in claims.values() for claim in some]
            self._save(at, in_turn(changes), [claim.id for claim in all_of_them])
            if not all(str(claim.source) for claim in all_of_them):
                click.echo("no source named: readers and colleagues will ask")
        return at + 1

    def _own(self, at: int, own: Own) -> int:
        if self._begins(at):
            click.echo("your own words, which the article does not have:")
            click.echo(f"  {click.style(own.text, bold=True)}")
            _show_claims(own.claims)
            click.echo(f"  in {', '.join(own.posts)}")
            show_keys(OWN_KEYS)
        key = choose(OWN_KEYS)
        if key == "u":
            return self._undo(at)
        if key == "a":
            how = text_line("how do you know? (a link, a document, a person; Enter: nothing)")
            self._save(at, approve(own, self.by, how))
        return at + 1

    def _save(self, at: int, change: Change, verified: Sequence[str] = ()) -> None:
        before, self.ledger = update_ledger(self.campaign, self.article, change)
        self.history.append((at, before or self.ledger, self.ledger))
        self.verified.update(verified)

    def _undo(self, at: int) -> int:
        """Take the last answer back; return its step."""
        if not self.history:
            click.echo("nothing to undo: no answer of this session is saved")
            return at
        before_it, before, after = self.history.pop()
        self.ledger = update_ledger(self.campaign, self.article, undone(before, after))[1]
        stood = {claim.id: claim for claim in before.claims}
        self.verified -= {claim.id for claim in after.claims if stood[claim.id] != claim}
        self.screen = None
        click.echo("taken back: the ledger says again what it said before your last answer")
        return before_it

    def _begins(self, at: int) -> bool:
        """Whether the step begins a screen; if so its heading is shown."""
        screen = self.steps[at].screen
        if screen is self.screen:
            return False
        self.screen = screen
        screens = list(dict.fromkeys(id(step.screen) for step in self.steps))
        click.echo(click.style(f"\n{screens.index(id(screen)) + 1} of {len(screens)}", bold=True))
        return True

    def _show(self, question: Question) -> None:
        passage = question.passage
        at = position(self.article, passage.start)
        where = shown(self.article.path, self.campaign.workspace) + (f":{at}" if at else "")
        click.echo(", in ".join((where, ", ".join(question.posts))) if question.posts else where)
        click.echo(f"  the article says: {_marked(passage.text, question.claims)}")
        if passage.drop:
            click.echo("  never used: a person has dropped the sentence")
        elif passage.say:
            click.echo(f"  goes out instead: {click.style(passage.say, fg='green')}")
        _show_claims(question.claims)


def _steps(screen: Screen) -> list[_Step]:
    if isinstance(screen, Question):
        return [_Step(screen, claim) for claim in screen.claims]
    return [_Step(screen)]


def _sure(claim: Claim, status: Status) -> bool:
    """Whether a person means to overrule a doubt."""
    if claim.note:
        click.echo(f"the note says: {short(claim.note)}")
    else:
        click.echo(f"the ledger says {claim.status.value}: {MEANING[claim.status]}")
    return click.confirm(f"really {status.value}?", default=False)


def _show_claims(claims: Sequence[Claim]) -> None:
    explained: set[Status] = set()
    for claim in claims:
        meaning = MEANING.get(claim.status, "") if claim.status not in explained else ""
        explained.add(claim.status)
        status = f"{claim.status.value} ({meaning})" if meaning else claim.status.value
        signed = f"checked by {claim.checked_by}" if claim.checked_by else "not signed"
        click.echo(f"  {claim.id} {claim.kind.value} “{claim.quote}”: {status}, {signed}")
        if claim.note:
            click.echo(f"      {claim.note}")
        if str(claim.source):
            click.echo(f"      source: {claim.source}")


def _marked(text: str, claims: Sequence[Claim]) -> str:
    """The sentence with the words of the claims marked."""
    spans = sorted(span for claim in claims if (span := span_of(claim.quote, text)))
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [text[at:start], click.style(text[start:end], bold=True, underline=True)]
            at = end
    return "".join((*parts, text[at:]))
