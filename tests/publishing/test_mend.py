from __future__ import annotations

import pytest

from amplifier.model import Address, State, Why
from amplifier.publishing.mend import mend

FIRST = Address("dmz-escape", "story", "main", 1)
SECOND = Address("dmz-escape", "story", "main", 2)


@pytest.mark.parametrize(
    ("why", "command"),
    (
        (Why.PERHAPS, "amplifier queue resolve dmz-escape/story/main/2 --sent URL, or --not-sent"),
        (Why.SEVERAL, "amplifier queue resolve dmz-escape/story/main/2 --sent URL, or --not-sent"),
        (Why.BUDGET, "raise the account's cap, then amplifier queue retry dmz-escape/story/main/2"),
        (Why.SECOND, "another person: amplifier approve the file of dmz-escape --by NAME"),
        (Why.RESTORED, "nothing: the account's own posts are being read"),
        (Why.REFUSED, "amplifier queue cancel dmz-escape/story/main/2"),
        (Why.CHANGED, "amplifier queue cancel dmz-escape/story/main/2"),
        (Why.EARLIER, "mend the post before it; this one follows by itself"),
        (Why.LATE, "amplifier queue retry dmz-escape/story/main/2, cancel or ack"),
        (Why.INTERRUPTED, "amplifier queue retry dmz-escape/story/main/2, cancel or ack"),
        (Why.UNREACHABLE, "amplifier queue retry dmz-escape/story/main/2, cancel or ack"),
        (Why.DUPLICATE, "amplifier queue retry dmz-escape/story/main/2, cancel or ack"),
        (None, "amplifier queue retry dmz-escape/story/main/2, cancel or ack"),
    ),
)
def test_each_reason_has_its_own_command(why: Why | None, command: str) -> None:
    assert mend(SECOND, State.HELD, why) == command


def test_a_blocked_account_is_looked_at_before_its_post_is_retried() -> None:
    told = mend(SECOND, State.HELD, Why.BLOCKED).split(", ")
    assert told == [
        "amplifier doctor --online",
        "amplifier account unblock main",
        "then amplifier queue retry dmz-escape/story/main/2",
    ]


def test_a_refused_first_post_can_be_written_anew() -> None:
    assert mend(FIRST, State.FAILED, Why.REFUSED) == "mend the text and approve the file again"


@pytest.mark.parametrize("why", (None, Why.DUPLICATE, Why.RESTORED))
def test_an_unknown_post_needs_nobody(why: Why | None) -> None:
    assert mend(FIRST, State.UNKNOWN, why) == "nothing: it is being looked for"
