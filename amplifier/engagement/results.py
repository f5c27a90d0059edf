"""What a report holds, as frozen values: what the terminal, the page and `--json` show. Pure.

None is "not told", "not read" or "not known" everywhere here, never 0. A rate is interactions per impression.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amplifier.engagement.variants import VariantResult


@dataclass(frozen=True, slots=True)
class PostResult:
    """A post that is out, with its newest reading; `taken_at` None: not read yet."""

    post_id: int
    k: int
    text: str
    url: str | None
    sent_at: str
    taken_at: str | None
    age_seconds: int | None
    gone_at: str | None
    likes: int | None
    reposts: int | None
    replies: int | None
    quotes: int | None
    bookmarks: int | None
    impressions: int | None
    link_clicks: int | None
    profile_clicks: int | None
    engagements: int | None
    interactions: int | None
    rate: float | None
    not_told: str | None
    """Why counts of the newest reading are None, in words."""
    retention: float | None
    """Its impressions as a share of the first post's, both at `retention_age`; None: never told at one age."""
    retention_age: int | None
    """Seconds: the greatest age mark at which both were told."""
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over posts that are out: `value` of the `told` posts among `posts`; None when none was told."""

    value: int | None
    told: int
    posts: int


@dataclass(frozen=True, slots=True)
class Growth:
    """A thread at one age (seconds); None unless every post that is out was told at that age."""

    age_mark: int
    impressions: int | None
    interactions: int | None


@dataclass(frozen=True, slots=True)
class ThreadResult:
    """A thread as it was last approved: how far it is, its posts that are out, and how it grew."""

    thread: str
    account: str
    network: str
    state: str
    n: int
    sent: int
    hook: int | None
    template: str
    reply_to: str | None
    """The remote id that it answers: it is a correction, and left out of every comparison."""
    sent_at: str | None
    """When its first post that is out went out."""
    totals: dict[str, Total]
    growth: tuple[Growth, ...]
    posts: tuple[PostResult, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hooks or templates of a campaign on one network beside each other, all at the campaign's `age_mark`."""

    kind: str
    """hook or template."""
    network: str
    verdict: str
    winner: str | None
    sentence: str
    """The verdict, and why."""
    variants: tuple[VariantResult, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """An account's threads that began in one hour of one weekday, in the campaign's zone."""

    account: str
    network: str
    weekday: int
    """1 is Monday, 7 is Sunday."""
    hour: int
    threads: int
    """Of which every post was told at this age: the sample."""
    left_out: int
    impressions: int | None
    interactions: int | None
    thread_rate: float | None
    """The mean of its threads' rates: each thread counts once."""


@dataclass(frozen=True, slots=True)
class TopPost:
    """One of the posts with the most interactions at the campaign's `age_mark`; the counts are those of that age."""

    post_id: int
    thread: str
    account: str
    k: int
    text: str
    url: str | None
    sent_at: str
    gone_at: str | None
    likes: int
    reposts: int
    replies: int
    quotes: int
    bookmarks: int
    impressions: int | None
    interactions: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class HashtagResult:
    """The posts with one hashtag on one network; a post with two counts for both."""

    hashtag: str
    network: str
    threads: int
    posts: int
    told: int
    impressions: int | None
    interactions: int | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class Money:
    """US dollars; `whole` False: some of it is not known, so it is at least that. None: none of it is known."""

    value: float | None
    whole: bool


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one of something, and whether that is exact, `at most` or `at least`."""

    value: float | None
    bound: str
    """Empty, or ≤ where counts are missing, or ≥ where costs are."""


@dataclass(frozen=True, slots=True)
class DayCost:
    """What one UTC day cost."""

    day: str
    what: str
    """create: publishing posts; read: reading their counts."""
    units: int
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What the campaign cost by the dated price list; in modes dry and simulated: what it would cost."""

    create: Money
    read: Money
    total: Money
    per_interaction: Price
    per_engagement: Price
    per_thousand_impressions: Price
    days: tuple[DayCost, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """An age mark (seconds) that passed without a reading of a post."""

    post_id: int
    thread: str
    account: str
    k: int
    age_mark: int
    why: str
    found_at: str


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """A campaign in one mode."""

    campaign: str
    mode: str
    posts: int
    sent: int
    held: int
    failed: int
    cancelled: int
    gone: int
    totals: dict[str, Total]
    age_mark: int | None
    """The age in seconds at which everything below is compared; None: no reading counts for an age yet."""
    ages: tuple[int, ...]
    """The ages that there are readings for."""
    comparisons: tuple[Comparison, ...]
    slots: tuple[Slot, ...]
    """By rate, the highest first."""
    top: tuple[TopPost, ...]
    hashtags: tuple[HashtagResult, ...]
    cost: Cost
    gaps: tuple[Gap, ...]
    threads: tuple[ThreadResult, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The results in one mode; `other_modes` also hold posts of what was asked for."""

    mode: str
    other_modes: tuple[str, ...]
    since: str | None
    """Only threads that began at this instant or after it; None: all."""
    notes: tuple[str, ...]
    """How the numbers came about, and what they cannot say."""
    campaigns: tuple[CampaignResult, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain dicts and lists; instants are UTC text ending in Z."""
        return asdict(self)
