"""The one port: what a network can do, and the values that go through it. Pure.

A network never decides what happens to a post. It says what it heard, as an `Answer`; whatever it does not
recognise is `UNCLEAR`, because a post whose fate is guessed is a post sent twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntFlag, StrEnum
from typing import TYPE_CHECKING, Protocol

from amplifier.clock import system_ticks
from amplifier.errors import AmplifierError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from amplifier.settings import AccountSettings

PUBLIC = ("likes", "reposts", "replies", "quotes", "bookmarks", "impressions")
"""The counts that everybody may see."""
PRIVATE = ("link_clicks", "profile_clicks", "engagements")
"""The counts that a network tells the author alone, and perhaps not for long. `engagements` are counted by the
network's own rule, clicks among them; `interactions` in our views are the five public ones that readers make, added
up."""
METRICS = PUBLIC + PRIVATE
"""The counts of a reading, in the order of every table and listing."""


@dataclass(frozen=True, slots=True)
class Intent:
    """One decided, committed, not yet done post. `text` is exactly what goes over the wire."""

    campaign: str
    thread: str
    account: str
    k: int
    text: str
    parent: str | None
    """The remote id that this post replies to; None for a root."""
    claimed_at: datetime
    anchor: str | None = None
    """The newest own remote id known at the claim: `find` reads what came after it."""
    author: str | None = None
    """The account's own id on the network, if known."""
    duplicate: bool = False
    """The network said that this text is out already: `find` also reads what was posted before the anchor."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The network's word that a post is out."""

    remote_id: str
    url: str | None
    at: datetime | None = None


class Kind(StrEnum):
    """What an answer means for the one post it is about."""

    ACCEPTED = "accepted"  # out; the receipt says where
    REFUSED = "refused"  # this text will never be taken; proven not out
    DUPLICATE = "duplicate"  # refused because the same text is out already: evidence, not proof
    LIMITED = "limited"  # not now; proven not out
    BLOCKED = "blocked"  # the account itself is refused (token, suspension, credits); proven not out
    NOT_SENT = "not sent"  # the connection was never made; proven not out
    UNCLEAR = "unclear"  # anything else: time-out, reset, 5xx, an unreadable success


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from `publish` or `delete`."""

    kind: Kind
    receipt: Receipt | None = None
    detail: str = ""
    """For people; never a secret."""
    until: datetime | None = None
    """With LIMITED: when the network says it will listen again."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a look at the account's own timeline found."""

    readable: bool
    receipts: tuple[Receipt, ...] = ()
    """Own posts since the anchor with this canonical text and this parent, oldest first."""
    detail: str = ""
    until: datetime | None = None
    """When the timeline may be read again, if the network said so."""
    others: tuple[Receipt, ...] = ()
    """Own posts with this text that cannot be this post: with another parent, or from before the anchor. To be
    shown to a person, never to be adopted."""


class Untold(IntFlag):
    """Why counts of a reading are None: one flag for each reason that holds for at least one of them. Stored."""

    NOTHING = 0  # every count was told
    NOT_TOLD = 1  # the network left out what it should have told
    TOO_OLD = 2  # it tells private counts of young posts only
    NOT_VISIBLE = 4  # this account may not see its private counts
    NO_SUCH_COUNT = 8  # the network has no such count
    NOT_IN_FILE = 16  # the file that it was imported from has no such column
    NOT_ASKED = 32  # nobody asked: a reading from before private counts were kept


@dataclass(frozen=True, slots=True)
class Metrics:
    """The counts of one post; None is 'not told', never 0, and `untold` says why."""

    likes: int | None = None
    reposts: int | None = None
    replies: int | None = None
    quotes: int | None = None
    bookmarks: int | None = None
    impressions: int | None = None
    link_clicks: int | None = None
    profile_clicks: int | None = None
    engagements: int | None = None
    untold: Untold = Untold.NOTHING


@dataclass(frozen=True, slots=True)
class Measured:
    """The answer to one request for metrics: ids in neither `metrics` nor `gone` were not told."""

    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    detail: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose token this is."""

    remote_id: str
    handle: str
    followers: int | None = None
    """None: not told."""


class NetworkError(AmplifierError):
    """`whoami` got no identity: `message` says all of it to a person, `answer` is what was heard instead."""

    def __init__(self, message: str, answer: Answer, hint: str = "") -> None:
        super().__init__(message, hint)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Context:
    """What a network may need from where it runs."""

    workspace: Path
    now: Callable[[], datetime]
    http_timeout: float
    """Seconds for one whole request."""
    seed: str = ""
    ticks: Callable[[], float] = system_ticks
    """This machine's own clock, in seconds, that also counts while it sleeps; `now` may be a database server's, which
    may be slow or gone just when a request is on its way."""


class Network(Protocol):
    """A platform as one account sees it. One instance per account and mode, kept for the whole run."""

    def __init__(self, name: str, settings: AccountSettings, context: Context) -> None:
        """`name` is the account's name in campaigns; nothing is sent yet."""

    @property
    def private_within(self) -> timedelta | None:
        """For how long after its creation a post's PRIVATE counts are told; None: they are not, or that never ends.

        A request asks for one set of counts. Whoever asks about younger and about older posts in requests of their own
        loses no private count, and spends no request more than needed.
        """

    def publish(self, intent: Intent) -> Answer:
        """Send one post with one request and no retry. Never raises for what the network does."""

    def find(self, intent: Intent) -> Sighting:
        """Read the account's own posts since the anchor (without one: since the claim less 5 minutes),
        all pages, and return those whose canonical text and parent are the intent's. With `intent.duplicate`
        also read what was posted in the 14 days before, for `others` alone."""

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        """One request for up to 100 ids; a second one only about those that the first could not tell of, or of which it
        could not ask for the same counts (see `private_within`)."""

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:
        """One request for the account's own posts from `oldest` to `newest`, these two among them, at most the 100
        newest: where own posts cost less to read than posts by their ids. `metrics` also tells of posts that are not
        ours; nothing is `gone` here, since a timeline may just not show a post. `author`: the account's own id, if
        known.
        """

    def whoami(self) -> Identity:
        """Ask the network whose token this is. Raises `NetworkError`."""

    def delete(self, remote_id: str) -> Answer:
        """Delete one own post; ACCEPTED also when it was gone already."""
