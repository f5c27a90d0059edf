"""What the claims ledger has to say about finished threads: findings by the campaign's policy. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from amplifier.content.claims.correction import frame, without_form
from amplifier.content.claims.issues import Judge, Sort, stands
from amplifier.content.claims.model import Basis, Kind
from amplifier.content.claims.trace import Tracer
from amplifier.content.files import shown
from amplifier.model import Finding, Level, Place, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from amplifier.content.claims.model import Ledger, Traced
    from amplifier.model import Article, Campaign, Post, Thread

PostKey = tuple[str, str, int]
"""Thread, account and number of a post."""
RULE = "claims"
"""`Finding.rule` of all that comes from here."""


STOPS = {
    None: frozenset[Sort](),
    Policy.OFF: frozenset[Sort](),
    Policy.WARN: frozenset({Sort.CONTRADICTED}),
    Policy.BLOCK: frozenset(Sort) - {Sort.LEFT_OUT, Sort.UNSAID},
}
"""What stops an approval; without a ledger (None) nothing does."""


def gate(
    threads: Sequence[Thread], campaign: Campaign, article: Article, ledger: Ledger | None
) -> tuple[tuple[Thread, ...], tuple[Finding, ...], Mapping[PostKey, tuple[Traced, ...]]]:
    """Return the threads with their findings about claims, those about the campaign, and what was traced.

    Findings that stop an approval are errors. Nothing is traced where the campaign says `claims: off`.
    """
    if campaign.claims is Policy.OFF:
        return tuple(threads), (), {}
    tracer = Tracer(article, ledger, campaign.language, campaign.hashtags)
    file = shown(campaign.path, campaign.workspace)
    judge = Judge(ledger, file)
    traces: dict[PostKey, tuple[Traced, ...]] = {}
    gated: list[Thread] = []
    for thread in threads:
        findings: list[Finding] = []
        for post in thread.posts:
            # a correction quotes what was wrong; whatever else it says is gated like any other words
            traced = tracer.trace(_own_words(post.text, thread, ledger, tracer), f"{post.k}/{len(thread.posts)}")
            traces[thread.id, thread.account, post.k] = traced
            findings += _findings(judge, traced, thread, post, campaign.claims if ledger else None)
        gated.append(replace(thread, findings=(*thread.findings, *findings)))
    whole = {thread.id for thread in threads} == {entry.id for entry in campaign.threads}
    notes = (_note(traces, ledger, file),) if whole or ledger is None else ()
    return tuple(gated), notes, traces


def _own_words(text: str, thread: Thread, ledger: Ledger | None, tracer: Tracer) -> str:
    """A post without the form of a correction, which may say again what was wrong, but nothing that is in no claim."""
    if ledger is None or thread.entry.reply_to is None:
        return text
    quoted = [text[start:end] for start, end in frame(text, ledger) if "“" in text[start:end]]
    unknown = [mention for words in quoted for one in tracer.trace(words) for mention in one.untraced]
    return text if any(mention.kind is not Kind.QUOTATION for mention in unknown) else without_form(text, ledger)


def _findings(
    judge: Judge, traced: Iterable[Traced], thread: Thread, post: Post, policy: Policy | None
) -> Iterator[Finding]:
    """Return the findings about one post; `policy` is None where there is no ledger to go by."""
    sentences = [one for one in traced if policy or one.basis is Basis.NOTHING]
    found = {issue.message: issue for one in sentences for issue in judge.issues(one)}.values()  # each once
    told = {issue.item for issue in found if issue.sort is not Sort.UNSAID}
    issues = [issue for issue in found if issue.sort is not Sort.UNSAID or issue.item not in told]
    stops = STOPS[policy]
    for issue in issues:
        if issue.sort in stops:
            yield _finding(Level.ERROR, issue.message, issue.hint, thread, post)
    rest = [issue for issue in issues if issue.sort not in stops and not issue.name]
    if rest:
        yield _finding(Level.WARNING, *judge.summed(rest), thread, post)


def _finding(level: Level, message: str, hint: str, thread: Thread, post: Post) -> Finding:
    return Finding(level, message, post.origin, hint, post=f"{thread.id} {post.k}", rule=RULE)


def _note(traces: Mapping[PostKey, Sequence[Traced]], ledger: Ledger | None, file: str) -> Finding:
    """One line that sums up."""
    if ledger is None:
        message = "has no ledger of claims: nothing tells which facts of the article stand"
        hint = f"amplifier claims scan {file} writes one from the article"
        return Finding(Level.NOTE, message, Place(file), hint, rule=RULE)
    if not ledger.claims:
        hint = f"amplifier claims scan {file} looks for what can be checked in the article"
        return Finding(Level.NOTE, "the ledger has no claims", Place(ledger.path), hint, rule=RULE)
    made = {claim.id: (claim, one.settled) for traced in traces.values() for one in traced for claim in one.claims}
    counts = Counter(stands(claim, settled=settled) for claim, settled in made.values())
    told = " · ".join(f"{count} {standing}" for standing, count in counts.most_common())
    unused = len(ledger.claims) - len(made)
    message = f"the posts make {len(made) or 'none'} of {len(ledger.claims)} claims"
    if made:
        message += f": {told}" + (f"; no post makes the other {unused}" if unused else "")
    goes = f"amplifier claims review {file} goes through those that the posts make; " if made else ""
    return Finding(Level.NOTE, message, Place(ledger.path), f"{goes}amplifier claims list {file} lists all", rule=RULE)
