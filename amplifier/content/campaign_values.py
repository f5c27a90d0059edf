"""The kinds of single values in a campaign file: what fits, and what is said when it does not."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field

from amplifier.content import formats
from amplifier.content.files import nearest
from amplifier.content.form import Written, mistake
from amplifier.content.text.entities import encode_link, hashtag_problem
from amplifier.model import ACCOUNT_NAME, SLUG

LANGUAGE = "^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"
MENTION = "^@?[A-Za-z0-9_]+(?:[.@-][A-Za-z0-9_]+)*$"
MOST_APPROVALS = 5
"""More names than that are a committee: agree outside, then approve."""
LINK = "^[hH][tT][tT][pP][sS]?://[^\\s/?#]+\\S*$"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(value, sorted(available_timezones()))
        hint = f"did you mean {near}?" if near else "write a name such as Asia/Seoul, Europe/Berlin or UTC"
        raise mistake(f"{value!r} is no time zone", hint) from None
    return value


def _hashtag(value: str) -> str:
    problem = hashtag_problem(value)
    if problem:
        raise mistake(problem, "write letters, digits and _ only, at least one letter")
    return value[1:] if value[0] in "#＃" else value


def distinct(values: list[str]) -> list[str]:
    """Refuse a value that stands twice in a list, in whatever case."""
    for n, value in enumerate(values):
        if value.lower() in {earlier.lower() for earlier in values[:n]}:
            raise mistake(f"{value!r} stands twice in the list", "delete one")
    return values


def _people(value: int) -> int:
    if not 1 <= value <= MOST_APPROVALS:
        raise mistake(f"{value} is no number of people", f"write a number from 1 to {MOST_APPROVALS}")
    return value


def _no_at(value: str) -> str:
    return value.removeprefix("@")


Duration = Annotated[
    str, Written(formats.DURATION, "no duration", "write hours, minutes, seconds such as 2h, 90m, 1h30m, 20s or 0s")
]
Positive = Annotated[
    str, Written(formats.POSITIVE, "no duration above zero", "write hours, minutes, seconds such as 90m or 6h")
]
Age = Annotated[str, Written(formats.AGE, "no age", "write minutes, hours or days such as 15m, 6h or 3d")]
Date = Annotated[str, Written(formats.DATE, "no day", "write year-month-day such as 2026-12-01")]
Time = Annotated[str, Written(formats.TIME, "no time of day", 'write hours and minutes such as "09:30"')]
Moment = Annotated[
    str,
    Written(formats.MOMENT, "no day and time", "write 2026-12-10 09:00, in the schedule's time zone, without offset"),
]
Slug = Annotated[
    str,
    Written(f"^{SLUG}$", "no name", "write lower-case letters a-z and digits, joined by single hyphens: dmz-escape"),
]
Account = Annotated[
    str,
    Written(f"^{ACCOUNT_NAME}$", "no account name", "write letters a-z and digits, joined by single _: main"),
]
Language = Annotated[str, Written(LANGUAGE, "no language code", "write a code such as en, de or ko")]
Mention = Annotated[
    str, Written(MENTION, "no account to mention", "write its handle, without @"), AfterValidator(_no_at)
]
Link = Annotated[
    str, Written(LINK, "no web address", "write it whole, beginning with https://"), AfterValidator(encode_link)
]
PostAddress = Annotated[
    str,
    Written(
        f"^{SLUG}/{SLUG}/{ACCOUNT_NAME}/[1-9][0-9]*(?:@(?:live|dry|simulated))?$",
        "no post",
        "write a post's address as `amplifier queue list` shows it: dmz-escape/story/main/2",
    ),
]
Zone = Annotated[str, AfterValidator(_zone)]
Hashtag = Annotated[str, AfterValidator(_hashtag)]
Filled = Annotated[str, Field(min_length=1)]
Approvals = Annotated[int, Field(json_schema_extra={"minimum": 1, "maximum": MOST_APPROVALS}), AfterValidator(_people)]
