"""The review of claims as a page: one sentence with its evidence, an answer, saved at once under the person's name."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from amplifier.content import formats
from amplifier.content.cards import anchor
from amplifier.content.claims.anchor import same, span_of
from amplifier.content.claims.answers import Answer, answer, approve, drop, filled, is_date, undone, why_not
from amplifier.content.claims.model import GATES, Source, Status
from amplifier.content.claims.review import Own, Question, own_words, questions, why_nothing
from amplifier.content.claims.write import update_ledger, write_scan
from amplifier.content.files import shown
from amplifier.content.text.entities import encode_link
from amplifier.errors import NeedsYes, TryLater, UsageError
from amplifier.model import Policy
from amplifier.studio.desk import at, go

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response

    from amplifier.content.claims.answers import Change
    from amplifier.content.claims.model import Claim
    from amplifier.content.draft import Draft
    from amplifier.studio.desk import Asked, Desk

DOUBTS = (Status.DISPUTED, Status.CONTRADICTED)
VERDICTS = (Status.VERIFIED, Status.DISPUTED, Status.CONTRADICTED, Status.RHETORICAL)
LONG = 6
"""Digits of a number that no ledger has."""
LINK = r"https?://\S+"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to answer: a claim of a sentence, or a sentence of our own."""

    question: Question | None
    claim: Claim | None
    own: Own | None

    @property
    def seen(self) -> str:
        """What a person is asked about, as a digest: an answer is about that, not about what has come in its place."""
        told = (self.question.passage.text, self.claim, self.question.passage.say) if self.question else self.own
        return hashlib.sha256(repr(told).encode()).hexdigest()

    @property
    def marked(self) -> tuple[str, str, str]:
        """The sentence before, in and after the words that are asked about."""
        if self.question is None or self.claim is None:
            return "", "", ""
        text = self.question.passage.text
        start, end = span_of(self.claim.quote, text) or (0, 0)
        return text[:start], text[start:end], text[end:]


def show(desk: Desk, asked: Asked) -> Response:
    """The question at `at`, counted from 1; the worst come first."""
    name = asked.names["campaign"]
    draft = desk.draft(name)
    again = asked.query.get("again", "")
    steps = steps_of(draft, again)
    number = _number(asked, steps)
    return desk.show(
        asked,
        "claims.html.j2",
        campaign=name,
        draft=draft,
        total=len(steps),
        at=number,
        again=again,
        every=draft.ledger.claims if draft.ledger else (),
        threads={thread.id: anchor(thread) for thread in reversed(draft.threads)},
        step=steps[number - 1] if steps else None,
        verdicts=VERDICTS,
        doubted=GATES,
        nothing=why_nothing(draft.ledger, draft.traces) if draft.ledger else "",
        answered=sum(bool(claim.checked_by) for claim in draft.ledger.claims) if draft.ledger else 0,
        undo=(name, asked.person.name) in desk.answers,
    )


def _number(asked: Asked, steps: Sequence[Step]) -> int:
    """Which question is shown, from 1: the one that is asked for; one that was refused is that one again, or none."""
    seen = asked.refused.typed.get("seen") if asked.refused else None
    if asked.refused and seen:
        found = next((n for n, step in enumerate(steps, 1) if step.seen == seen), 0)
        if not found:  # what was typed is about that question, and never about what has come in its place
            raise asked.refused.error
        return found
    given = asked.query.get("at", "1")
    return min(max(int(given), 1), max(len(steps), 1)) if given.isdecimal() and len(given) < LONG else 1


def make_ledger(desk: Desk, asked: Asked) -> Response:
    """Look for claims in the article, for the first time or again: what a person wrote stays."""
    with desk.writing():
        draft = desk.draft(asked.names["campaign"])
        old, new = write_scan(draft.campaign, draft.article)
    desk.tell(asked, "done_scan", claims=len(new.claims), more=len(new.claims) - (len(old.claims) if old else 0))
    return go(_page(asked))


def save(desk: Desk, asked: Asked) -> Response:
    """Write one answer about a claim."""
    with desk.writing():
        draft, step = _asked_about(desk, asked)
        if step.question is None or step.claim is None:
            raise _meanwhile()
        status = asked.field("status")
        if status not in {one.value for one in VERDICTS}:
            raise NeedsYes("an answer is needed", "choose one of the four, or skip the question")
        verdict = Status(status)
        if step.claim.status in GATES and verdict not in GATES and asked.field("sure") != "yes":
            raise NeedsYes(f"{step.claim.id} is doubted: {step.claim.note}", "say that you have looked, or leave it")
        before = step.question.passage.say
        words = _instead(asked.field("say") if "say" in asked.form else before, step, verdict)
        because = asked.field("because")
        if because and because != step.claim.because and verdict is not Status.DISPUTED:
            raise UsageError("a reason goes with disputed", "choose disputed, or leave the reason out")
        day = desk.app.now().astimezone(ZoneInfo(draft.campaign.schedule.timezone)).date().isoformat()
        source = Source() if verdict is Status.RHETORICAL else filled(_source(asked, day), step.claim.source)
        judged = Answer(verdict, asked.person.name, day, source, because)
        asked_about = Question(step.question.passage, (step.claim,), step.question.posts)
        stays = verdict in DOUBTS and not (words or before or because)
        bare = verdict is Status.VERIFIED and not str(source)
        told = "done_open" if stays else "done_bare" if bare else "done_answer"
        return _write(desk, asked, answer(asked_about, judged, words), told)


def drop_sentence(desk: Desk, asked: Asked) -> Response:
    """Never use this sentence, nor the words instead of it."""
    with desk.writing():
        step = _asked_about(desk, asked)[1]
        if step.question is None:
            raise _meanwhile()
        return _write(desk, asked, drop(step.question.passage), "done_drop")


def stand_for(desk: Desk, asked: Asked) -> Response:
    """Approve a sentence of our own as it stands."""
    with desk.writing():
        step = _asked_about(desk, asked)[1]
        if step.own is None:
            raise _meanwhile()
        return _write(desk, asked, approve(step.own, asked.person.name, asked.field("how")), "done_stand")


def undo(desk: Desk, asked: Asked) -> Response:
    """Take this person's last answer back."""
    key = asked.names["campaign"], asked.person.name
    with desk.writing():
        if key not in desk.answers:
            raise UsageError("there is no answer of yours to take back", "the ledger's file has them all")
        draft = desk.draft(asked.names["campaign"])
        update_ledger(draft.campaign, draft.article, undone(*desk.answers[key]))
        del desk.answers[key]
    desk.tell(asked, "done_undo")
    return go(_page(asked))


def _asked_about(desk: Desk, asked: Asked) -> tuple[Draft, Step]:
    """The draft, and the question as the person has seen it. Raises `TryLater` where it is no longer that."""
    draft = desk.draft(asked.names["campaign"])
    step = next((one for one in steps_of(draft, asked.field("again")) if one.seen == asked.field("seen")), None)
    if step is None:
        raise _meanwhile()
    return draft, step


def _meanwhile() -> TryLater:
    return TryLater("somebody has answered or changed this meanwhile", "look at the question again")


def _write(desk: Desk, asked: Asked, change: Change, told: str) -> Response:
    draft = desk.draft(asked.names["campaign"])
    before, after = update_ledger(draft.campaign, draft.article, change)
    desk.answers[asked.names["campaign"], asked.person.name] = (before or after, after)
    desk.tell(asked, told, by=asked.person.name)
    return go(_page(asked))


def _page(asked: Asked) -> str:
    number = asked.field("at")
    return at(asked, f"/claims?at={number}" if number.isdecimal() else "/claims")


def steps_of(draft: Draft, again: str = "") -> list[Step]:
    """The questions that are open, the worst first; or the one about a claim, whatever was answered."""
    if draft.ledger is None:
        return []
    traces = None if draft.campaign.claims is Policy.OFF else draft.traces
    if again:
        found, _ = questions(draft.ledger, traces, {again})
        return [Step(question, claim, None) for question in found for claim in question.claims]
    found, names = questions(draft.ledger, traces)
    told = [Step(question, claim, None) for question in (*found, *names) for claim in question.claims]
    return [*told, *(Step(None, None, own) for own in own_words(draft.ledger, traces))]


def _instead(words: str, step: Step, verdict: Status) -> str:
    """The words to use instead, if they are new. Raises `UsageError` for what is none, or still says what is wrong."""
    if step.question is None or step.claim is None or same(words) == same(step.question.passage.say):
        return ""
    if not words and verdict in DOUBTS:
        raise UsageError("the words to use instead are gone", "write others, or choose never to use the sentence")
    if not words:
        return ""
    if verdict not in DOUBTS:
        raise UsageError("other words go with disputed or contradicted", "choose one of them, or leave the words alone")
    passage = step.question.passage
    wrong = [one.quote for one in passage.claims if one.status is Status.CONTRADICTED]
    if verdict is Status.CONTRADICTED:
        wrong.append(step.claim.quote)
    refused = why_not(words, passage.text, wrong)
    if refused:
        raise UsageError(refused, "write other words, or leave the field empty")
    return words


@dataclass(frozen=True, slots=True)
class Way:
    """What stands where a hint names the commands for claims: the page that does the same."""

    href: str
    commands: re.Pattern[str]
    elsewhere: re.Pattern[str]
    """What only a terminal has."""

    def around(self, hint: str) -> list[str]:
        """A hint cut where the link to the page is to stand."""
        return self.commands.split(self.elsewhere.sub("", hint))


def way(asked: Asked, draft: Draft) -> Way:
    """The way to a campaign's claims."""
    file = re.escape(shown(draft.campaign.path, draft.campaign.workspace))
    review = f"amplifier claims review {file}"
    does = "asks for your name(?: and writes the sentence under wordings: in [^;]*)?|asks for it"
    does += "|goes through those that the posts make"
    does += "|writes one from the article|looks for what can be checked in the article"
    pattern = rf"(?:type: )?(?:amplifier claims scan {file}(?:, then: {review})?|{review})(?: (?:{does}))?"
    listed = rf"(?:; )?amplifier claims list {file} lists all"
    return Way(at(asked, "/claims"), re.compile(pattern), re.compile(listed))


def _source(asked: Asked, today: str) -> Source:
    date, link = asked.field("date"), asked.field("link")
    if date and not is_date(date, today):
        raise UsageError(f"{date!r} is no day that has come", "write 2018, 2018-11 or 2018-11-19")
    if link and not formats.fits(LINK, link):
        raise UsageError(f"{link!r} is no link", "write it whole, beginning with https://")
    return Source(asked.field("title"), asked.field("publisher"), date, encode_link(link) if link else "")
