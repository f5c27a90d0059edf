"""The words of Amplifier as frozen values. Pure: no files, no clock, no network.

One word for one thing, the same in YAML, on the command line, in Python and in SQL. Instants are aware
`datetime` values in UTC; durations are `timedelta`; positions are character offsets into `Article.source`.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime, time
    from pathlib import Path

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
"""Names of campaigns and threads: lower-case words joined by single hyphens."""
ACCOUNT_NAME = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
"""Names of accounts: they are part of environment variables, where `__` separates levels."""

NUMBER = r"[1-9][0-9]{0,8}"
"""The number of a post in its thread, as it is written in addresses."""


class Mode(StrEnum):
    """Where a post goes; fixed on the row at approval and never changed."""

    LIVE = "live"
    DRY = "dry"
    SIMULATED = "simulated"

    @property
    def banner(self) -> str:
        """What every screen says about the mode."""
        return {"live": "LIVE", "dry": "DRY RUN", "simulated": "SIMULATED"}[self.value]


class State(StrEnum):
    """Where a post is in its life (docs/design.md, "The queue and its promises")."""

    WAITING = "waiting"  # an earlier post of its thread is not out yet
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"  # perhaps out; resolved by looking
    HELD = "held"  # waits for a person
    FAILED = "failed"  # refused by the network, proven not out
    CANCELLED = "cancelled"


class Why(StrEnum):
    """Why a post is held, failed or cancelled: the stable first words of `why` in every listing."""

    CHANGED = "changed after approval"
    EARLIER = "earlier post"
    PERHAPS = "perhaps sent"
    SEVERAL = "perhaps sent: several match"
    DUPLICATE = "a stranger's duplicate"
    BLOCKED = "account blocked"
    LATE = "late"
    INTERRUPTED = "interrupted"
    UNREACHABLE = "network unreachable"
    REFUSED = "refused"
    BUDGET = "over budget"
    SECOND = "second approval"
    RESTORED = "database restored"
    BY_PERSON = "by a person"
    REPLACED = "replaced by a newer approval"
    GONE = "gone from the campaign file"


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """A post's (or, with `k` 0, a thread's) address: `dmz-escape/story/main/2@dry`."""

    campaign: str
    thread: str
    account: str
    k: int = 0
    mode: Mode = Mode.LIVE

    def __str__(self) -> str:
        number = f"/{self.k}" if self.k else ""
        mode = "" if self.mode is Mode.LIVE else f"@{self.mode.value}"
        return f"{self.campaign}/{self.thread}/{self.account}{number}{mode}"

    @classmethod
    def parse(cls, text: str) -> Address | None:
        """Read an address as written by `str`; None when it is not one."""
        found = re.fullmatch(
            rf"({SLUG})/({SLUG})/({ACCOUNT_NAME})(?:/({NUMBER}))?(?:@(live|dry|simulated))?", text.strip()
        )
        if not found:
            return None
        campaign, thread, account, k, mode = found.groups()
        return cls(campaign, thread, account, int(k or 0), Mode(mode or "live"))


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: a file and, counted from 1, line and column (0: the whole file)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.path, *(str(n) for n in (self.line, self.column) if n)])


class Level(StrEnum):
    """How much a finding matters: an error stops, a warning is shown, a note explains."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something worth telling about a file or a post: what, where, and the next step."""

    level: Level
    message: str
    place: Place
    hint: str = ""
    post: str = ""
    """Thread and number, `story 2`, when the finding is about one post."""
    rule: str = ""
    """The family of rules it comes from, where that matters: `claims` findings can be overridden by a named person."""

    def __str__(self) -> str:
        about = f"post {self.post}: " if self.post else ""
        tail = f"\n    {self.hint}" if self.hint else ""
        return f"{self.place}: {self.level.value}: {about}{self.message}{tail}"


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Only those that stop."""
    return [finding for finding in findings if finding.level is Level.ERROR]


# ---------------------------------------------------------------- what to say


@dataclass(frozen=True, slots=True)
class Sentence:
    """`source[start:end] == text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line or block of lines between blank lines; `text` has its line breaks folded to spaces."""

    text: str
    start: int
    end: int
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; the part before the first heading has `heading` None."""

    heading: str | None
    paragraphs: tuple[Paragraph, ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences of the section, in order."""
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph.sentences)


@dataclass(frozen=True, slots=True)
class Omission:
    """A part of the source that is not article text (a cut teaser, page furniture), and why."""

    text: str
    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Article:
    """The source text: sections, paragraphs and sentences with their positions in `source`."""

    path: Path
    source: str
    title: str | None
    sections: tuple[Section, ...]
    omissions: tuple[Omission, ...] = ()

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """All paragraphs in order, headings not among them."""
        return tuple(paragraph for section in self.sections for paragraph in section.paragraphs)

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """All sentences in order."""
        return tuple(sentence for section in self.sections for sentence in section.sentences)


@dataclass(frozen=True, slots=True)
class SlotRule:
    """On these days (0 is Monday) at this wall time."""

    days: tuple[int, ...]
    at: time


@dataclass(frozen=True, slots=True)
class Quiet:
    """Days, both included, on which nothing starts."""

    first: date
    last: date
    why: str


READINGS = (
    timedelta(minutes=15),
    *(timedelta(hours=hours) for hours in (1, 6, 24)),
    *(timedelta(days=days) for days in (3, 7, 30)),
)
"""The ages at which a post is read unless its campaign says otherwise, youngest first."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When threads may start; wall times are in `timezone` (an IANA name)."""

    timezone: str
    slots: tuple[SlotRule, ...]
    start: date | None
    thread_gap: timedelta
    post_gap: timedelta
    jitter: timedelta
    quiet: tuple[Quiet, ...]
    late: timedelta
    resume_within: timedelta


class Policy(StrEnum):
    """What the claims gate does with its findings."""

    OFF = "off"  # nothing is traced
    WARN = "warn"  # what good sources contradict stops an approval; everything else is a warning
    BLOCK = "block"  # so does everything that nobody has signed


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One entry under `threads:`: exactly one of `template` (a name) and `text` (a file) is set."""

    id: str
    template: str | None
    text: Path | None
    at: datetime | None
    """A fixed start as a naive wall time in the schedule's zone."""
    place: Place
    hooks: tuple[str, ...] = ()
    """Alternative first posts, none or 2 to 4; which one a thread gets is seeded by its address."""
    hook_places: tuple[Place, ...] = ()
    """Where each of them stands."""
    reply_to: Address | None = None
    """The published post that the first post answers: a correction."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A named intention in one file, read and found free of mistakes. Paths are absolute."""

    path: Path
    workspace: Path
    name: str
    title: str | None
    article: Path
    link: str | None
    language: str
    hashtags: tuple[str, ...]
    """Without their `#`."""
    mentions: tuple[str, ...]
    """Without their `@`."""
    accounts: tuple[str, ...]
    numbering: bool
    schedule: Schedule
    threads: tuple[ThreadEntry, ...]
    claims: Policy
    approvals: int = 1
    """How many people have to approve each thread, each under another name."""
    readings: tuple[timedelta, ...] = READINGS
    """The ages at which its posts are read, youngest first."""
    utm: bool = False
    """Whether links to the site of `link` say which post they stand in."""


@dataclass(frozen=True, slots=True)
class Post:
    """One text within the network's limits. `k` counts from 1."""

    k: int
    text: str
    length: int
    """As the network counts, of at most `limit`."""
    limit: int
    origin: Place
    """The template or text file, and the line where the post begins in it."""


@dataclass(frozen=True, slots=True)
class Thread:
    """Ordered posts for one account; each replies to the one before."""

    campaign: str
    id: str
    account: str
    network: str
    posts: tuple[Post, ...]
    entry: ThreadEntry
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    """All that is worth knowing about its posts; an error among them stops an approval."""
    hook: int | None = None
    """Which of the entry's hooks is its first post, counted from 1; None without hooks."""

    @property
    def texts(self) -> tuple[str, ...]:
        """The exact texts to be published, in order."""
        return tuple(post.text for post in self.posts)


def content_hash(network: str, account: str, mode: str, texts: Iterable[str], reply_to: str | None = None) -> str:
    """Seal what goes out: SHA-256 over network, account, mode, the ordered texts, and what the first one answers.

    `reply_to` is a remote id; without one it leaves no trace in the hash. Times are not in it: a person approves
    words; when they go out is recorded beside the seal.
    """
    what = [network, account, str(mode), list(texts), *([reply_to] if reply_to else [])]
    sealed = json.dumps(what, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(sealed.encode("utf-8", "surrogatepass")).hexdigest()
