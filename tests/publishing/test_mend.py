from __future__ import annotations

import pytest

from amplifier.model import Address, State, Why
from amplifier.publishing.mend import mend, steps
from tests.support.docs import wrong_call

FIRST = Address("dmz-escape", "story", "main", 1)
SECOND = Address("dmz-escape", "story", "main", 2)


RETRY, CANCEL, ACK = (f"amplifier queue {what} {SECOND}" for what in ("retry", "cancel", "ack"))
RESOLVE = f"amplifier queue resolve {SECOND}"


@pytest.mark.parametrize(
    ("why", "lines"),
    (
        (Why.PERHAPS, ["first: look at the account", f"{RESOLVE} --sent URL", f"or: {RESOLVE} --not-sent"]),
        (Why.SEVERAL, ["first: look at the account", f"{RESOLVE} --sent URL", f"or: {RESOLVE} --not-sent"]),
        (Why.BUDGET, ["first: raise the account's cap", RETRY, f"or: {CANCEL}"]),
        (Why.SECOND, ["first: ask another person; FILE is that of dmz-escape", "amplifier approve FILE --by NAME"]),
        (Why.RESTORED, ["nothing: the account's own posts are being read"]),
        (Why.REFUSED, [CANCEL]),
        (Why.CHANGED, [CANCEL]),
        (Why.EARLIER, ["nothing: it follows by itself when the post before it is mended"]),
        (Why.LATE, [RETRY, f"or: {CANCEL}", f"or: {ACK}"]),
        (Why.INTERRUPTED, [RETRY, f"or: {CANCEL}", f"or: {ACK}"]),
        (Why.UNREACHABLE, [RETRY, f"or: {CANCEL}", f"or: {ACK}"]),
        (Why.DUPLICATE, [RETRY, f"or: {CANCEL}", f"or: {ACK}"]),
        (None, [RETRY, f"or: {CANCEL}", f"or: {ACK}"]),
    ),
)
def test_each_reason_has_its_own_command_and_each_line_one_command(why: Why | None, lines: list[str]) -> None:
    assert steps(mend(SECOND, State.HELD, why).data) == lines


def test_a_blocked_account_is_looked_at_before_its_post_is_retried() -> None:
    found = mend(SECOND, State.HELD, Why.BLOCKED)
    assert found.data == {"next": "amplifier doctor --online", "then": ["amplifier account unblock main", RETRY]}
    assert steps(found.data, "next: ") == [
        "next: amplifier doctor --online",
        "then: amplifier account unblock main",
        f"then: {RETRY}",
    ]


def test_a_refused_first_post_can_be_written_anew() -> None:
    assert steps(mend(FIRST, State.FAILED, Why.REFUSED).data) == [
        "first: mend the text; FILE is that of dmz-escape",
        "amplifier approve FILE",
    ]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("why", (None, *Why))
@pytest.mark.parametrize("address", (FIRST, SECOND))
def test_every_command_is_one_that_the_command_line_takes(address: Address, state: State, why: Why | None) -> None:
    found = mend(address, state, why)
    commands = [command for command in (found.command, *found.then, *found.instead) if "nothing: " not in command]
    assert [wrong_call(command.split()[1:]) for command in commands] == [None] * len(commands)
    assert all(command.startswith("amplifier ") and "," not in command for command in commands)


@pytest.mark.parametrize("why", (None, Why.DUPLICATE, Why.RESTORED))
def test_an_unknown_post_needs_nobody(why: Why | None) -> None:
    assert mend(FIRST, State.UNKNOWN, why).data == {"next": "nothing: it is being looked for"}
