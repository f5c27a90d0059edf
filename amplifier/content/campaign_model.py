"""What a campaign file may say: its keys, their kinds and defaults, as pydantic models.

The models know one value at a time; what one value means for another (an `at` for the zone, one id for the next)
is checked in `campaign_checks.py`. Descriptions are what editors show while staff write.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from amplifier.content.campaign_values import (
    Account,
    Age,
    Approvals,
    Date,
    Duration,
    Filled,
    Hashtag,
    Language,
    Link,
    Mention,
    Moment,
    Positive,
    PostAddress,
    Slug,
    Time,
    Zone,
    distinct,
)
from amplifier.content.form import Form, Part
from amplifier.content.formats import DAYS
from amplifier.model import Policy

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ClaimsPolicy = Literal["off", "warn", "block"]


class SlotPart(Part):
    """On these days at this time a thread may start."""

    days: list[Day] = Field(min_length=1, description="Days of the week: mon, tue, wed, thu, fri, sat, sun.")
    at: Time = Field(description='Time of day in the schedule\'s time zone: "09:30".')


class QuietPart(Part):
    """Days, both included, on which no thread starts."""

    first: Date = Field(alias="from", description="First quiet day: 2026-12-24.")
    last: Date = Field(alias="to", description="Last quiet day: 2026-12-26.")
    why: str = Field("", description="The reason, shown in the plan.")


class SchedulePart(Part):
    """When threads may start."""

    timezone: Zone = Field(description="Time zone of all times in this file: Asia/Seoul, Europe/Berlin, UTC.")
    start: Date | None = Field(None, description="First day a thread may start; default: the day of approval.")
    slots: list[SlotPart] = Field(
        default_factory=list, description="Days and times at which a thread may start; each thread takes the next one."
    )
    thread_gap: Duration = Field(
        "2h", description="Least time between the starts of two threads of one account, also across campaigns."
    )
    post_gap: Duration = Field("20s", description="Time between the posts of a thread.")
    jitter: Duration = Field("10m", description="Each start moves by 0 up to this much, the same at every run.")
    quiet: list[QuietPart] = Field(default_factory=list, description="Periods in which no thread starts.")
    late: Positive = Field(
        "90m", description="A thread missed by more than this is held for a person; longer than your cron interval."
    )
    resume_within: Positive = Field(
        "6h", description="A begun thread interrupted for longer than this is held for a person."
    )


class ThreadPart(Part):
    """One thread: a template that writes it, or a text written by hand; exactly one of the two."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["template"]}, {"required": ["text"]}]})

    id: Slug | None = Field(
        None, description="Name of the thread, unique in the campaign; default: the name of its template or text."
    )
    template: Filled | None = Field(None, description="A template from the templates folder: story.j2.")
    text: Filled | None = Field(
        None, description="A thread written by hand, beside this file; a line --- ends a post: threads/day.md."
    )
    at: Moment | None = Field(None, description="A fixed start, in the schedule's time zone: 2026-12-10 09:00.")
    hooks: Annotated[list[Filled], AfterValidator(distinct)] | None = Field(
        None,
        min_length=2,
        max_length=4,
        description="2 to 4 alternative first posts; chance chooses, once and for all.",
    )
    reply_to: PostAddress | None = Field(
        None, description="A published post that the first post answers, as a correction does: dmz-escape/story/main/2."
    )


class CampaignPart(Part):
    """A campaign: an article, who says it, when, and in which threads."""

    name: Slug = Field(description="Name of the campaign, unique in the workspace: dmz-escape.")
    title: Filled | None = Field(None, description="Title of the article, where the article itself has none.")
    article: Filled = Field(description="The article, .txt or .md, relative to this file.")
    link: Link | None = Field(None, description="Web address of the article; stands once, in the last post.")
    language: Language = Field("en", description="Language of the article: en, de, ko.")
    hashtags: Annotated[list[Hashtag], AfterValidator(distinct)] = Field(
        default_factory=list,
        description="With or without #. The first stands in every thread's first post, the rest in the last.",
    )
    mentions: Annotated[list[Mention], AfterValidator(distinct)] = Field(
        default_factory=list, description="Accounts that the posts may name."
    )
    accounts: Annotated[list[Account], AfterValidator(distinct)] = Field(
        min_length=1, description="The accounts that publish, as they are named in .env."
    )
    numbering: bool = Field(default=False, description="Whether posts end in their number: 2/5.")
    utm: bool = Field(
        default=False,
        description="Whether links to the link's site name the post they stand in, for your web statistics.",
    )
    claims: ClaimsPolicy = Field(
        "warn", description="What stops an approval: wrong claims (warn), unsigned ones too (block), nothing (off)."
    )
    approvals: Approvals = Field(
        1, description="How many people have to approve each thread, each under another name: 1 to 5."
    )
    readings: Annotated[list[Age], AfterValidator(distinct)] | None = Field(
        None,
        max_length=20,
        description="Ages at which the counts of each post are read; default: 15m, 1h, 6h, 24h, 3d, 7d, 30d.",
    )
    schedule: SchedulePart = Field(description="When threads may start.")
    threads: list[ThreadPart] = Field(min_length=1, description="The threads, in the order they go out.")


PARTS: dict[tuple[str, ...], type[Part]] = {
    (): CampaignPart,
    ("schedule",): SchedulePart,
    ("schedule", "slots"): SlotPart,
    ("schedule", "quiet"): QuietPart,
    ("threads",): ThreadPart,
}
"""Which part stands where, list positions left out."""

FORM = Form(
    parts=PARTS,
    choices={"days": ("day", DAYS), "claims": ("policy", tuple(policy.value for policy in Policy))},
    empty=False,
)
"""How the mistakes of a campaign file are found and worded."""
