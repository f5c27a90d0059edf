from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.model import State, Why
from amplifier.networks.port import Answer, Kind, Receipt, Sighting
from amplifier.publishing.outcome import (
    LONGEST_RETRY,
    LONGEST_WAIT,
    NO_TWIN,
    RATE_LIMIT_WAIT,
    History,
    Next,
    after_lease,
    after_look,
    after_publish,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
S = timedelta(seconds=90)
ONE, TWO = Receipt("1", "https://x.example/1"), Receipt("2", None)
EMPTY = Sighting(readable=True)
BLIND = Sighting(readable=False, detail="503")

instants = st.integers(-400, 400).map(lambda hours: NOW + timedelta(hours=hours))
maybe = st.none() | instants
spans = st.timedeltas(timedelta(0), timedelta(days=2))
histories = st.builds(
    History,
    k=st.integers(1, 25),
    tries=st.integers(0, 10_000),
    first_tried_at=maybe,
    doubt=st.sampled_from([None, Why.DUPLICATE]),
    unknown_at=maybe,
    looks=st.integers(0, 5),
    look_failed_at=maybe,
    resent=st.integers(0, 2),
    late=spans,
    resume_within=spans,
)
receipts = st.builds(Receipt, st.text(max_size=3), st.none() | st.text(max_size=3), maybe)
answers = st.builds(Answer, st.sampled_from(Kind), st.none() | receipts, st.text(max_size=5), maybe)
sightings = st.builds(Sighting, st.booleans(), st.just(()), st.text(max_size=5), maybe)


def has_one_future(found: Next, now: datetime) -> None:
    match found.state:
        case State.SENT:
            assert found.receipt
            assert found.receipt.remote_id
        case State.QUEUED | State.UNKNOWN:
            assert found.due_at is not None
            assert found.due_at <= now + timedelta(days=8)
        case State.HELD | State.FAILED:
            assert found.why is not None
        case _:
            pytest.fail(f"no answer leads to {found.state}")


@given(answers, histories, instants, spans)
def test_any_answer_has_a_future_and_only_proof_leads_back_to_the_queue(
    answer: Answer, history: History, now: datetime, settle: timedelta
) -> None:
    found = after_publish(answer, history, now, settle)
    has_one_future(found, now)
    assert (found.state is State.QUEUED) <= (answer.kind in {Kind.LIMITED, Kind.NOT_SENT})
    assert (found.state is State.SENT) <= (answer.kind is Kind.ACCEPTED)
    assert found.resent == history.resent or found.state in {State.SENT, State.FAILED}
    assert found.block_account == (answer.kind is Kind.BLOCKED)


@given(sightings, st.lists(receipts.filter(lambda one: one.remote_id), max_size=3), histories, instants, spans)
def test_any_look_has_a_future_and_only_two_empty_ones_lead_back_to_the_queue_once(
    sighting: Sighting, unowned: list[Receipt], history: History, now: datetime, settle: timedelta
) -> None:
    found = after_look(sighting, unowned, history, now, settle)
    has_one_future(found, now)
    if found.state is State.QUEUED:
        assert sighting.readable
        assert not unowned
        assert history.looks >= 1
        assert history.resent == 0
        assert found.resent == 1
    if found.state is State.SENT:
        assert unowned == [found.receipt]
        assert sighting.readable


@given(histories, instants, spans)
def test_a_lost_worker_leaves_a_post_unknown(history: History, now: datetime, settle: timedelta) -> None:
    found = after_lease(history, now, settle)
    assert (found.state, found.due_at, found.unknown_at) == (State.UNKNOWN, now + settle, now)
    assert found.resent == history.resent


@pytest.mark.parametrize("receipt", (None, Receipt("", None)))
def test_an_accepted_post_without_an_id_is_unknown(receipt: Receipt | None) -> None:
    assert after_publish(Answer(Kind.ACCEPTED, receipt), History(1), NOW, S).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("until", "wait", "said"),
    (
        (None, RATE_LIMIT_WAIT, "15 minutes"),
        (NOW, RATE_LIMIT_WAIT, "15 minutes"),
        (NOW - timedelta(hours=1), RATE_LIMIT_WAIT, "15 minutes"),
        (NOW + timedelta(seconds=1), timedelta(seconds=1), ""),
        (NOW + LONGEST_WAIT, LONGEST_WAIT, ""),
        (NOW + timedelta(days=9), LONGEST_WAIT, "24 hours"),
    ),
)
def test_a_rate_limit_waits_as_long_as_told_within_reason_and_the_account_with_it(
    until: datetime | None, wait: timedelta, said: str
) -> None:
    found = after_publish(Answer(Kind.LIMITED, until=until), History(2, tries=3, resent=1), NOW, S)
    assert (found.state, found.due_at, found.account_waits_until) == (State.QUEUED, NOW + wait, NOW + wait)
    assert (found.resent, found.tries) == (1, 0)
    assert said in found.detail


def test_a_refusal_fails_and_a_blocked_account_holds() -> None:
    assert after_publish(Answer(Kind.REFUSED, detail="too long"), History(1), NOW, S) == Next(
        State.FAILED, Why.REFUSED, "too long"
    )
    blocked = after_publish(Answer(Kind.BLOCKED, detail="402"), History(1, resent=1), NOW, S)
    assert (blocked.state, blocked.why, blocked.block_account, blocked.resent) == (
        State.HELD, Why.BLOCKED, True, 1,
    )  # fmt: skip


def test_a_connection_never_made_is_tried_again_ever_more_slowly() -> None:
    waits = []
    for tries in range(12):
        found = after_publish(Answer(Kind.NOT_SENT), History(1, tries=tries, first_tried_at=NOW), NOW, S)
        assert (found.state, found.tries) == (State.QUEUED, tries + 1)
        assert found.due_at
        waits.append((found.due_at - NOW).total_seconds())
    assert waits[:4] == [15, 30, 60, 120]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_RETRY.total_seconds()


@pytest.mark.parametrize(("k", "patience"), ((1, timedelta(minutes=90)), (2, timedelta(hours=6))))
def test_a_network_out_of_reach_for_too_long_is_told_to_a_person(k: int, patience: timedelta) -> None:
    def after(span: timedelta) -> Next:
        return after_publish(Answer(Kind.NOT_SENT, detail="DNS"), History(k, 9, NOW), NOW + span, S)

    assert after(patience).state is State.QUEUED
    held = after(patience + timedelta(seconds=1))
    assert (held.state, held.why, held.detail) == (State.HELD, Why.UNREACHABLE, "DNS")


def test_the_looks_are_at_s_and_at_three_s() -> None:
    doubt = after_publish(Answer(Kind.UNCLEAR), History(1), NOW, S)
    assert (doubt.state, doubt.due_at, doubt.looks) == (State.UNKNOWN, NOW + S, 0)
    first = after_look(EMPTY, [], History(1, unknown_at=NOW), NOW + S, S)
    assert (first.state, first.due_at, first.looks, first.unknown_at) == (State.UNKNOWN, NOW + 3 * S, 1, NOW)
    second = after_look(EMPTY, [], History(1, unknown_at=NOW, looks=1), NOW + 3 * S, S)
    assert (second.state, second.due_at, second.resent) == (State.QUEUED, NOW + 3 * S, 1)


def test_a_late_first_look_does_not_put_the_second_into_the_past() -> None:
    late = NOW + 10 * S
    assert after_look(EMPTY, [], History(1, unknown_at=NOW), late, S).due_at == late


def test_the_second_time_nothing_is_sent_again() -> None:
    found = after_look(EMPTY, [], History(1, unknown_at=NOW, looks=1, resent=1), NOW, S)
    assert (found.state, found.why, found.resent) == (State.HELD, Why.PERHAPS, 1)


def test_one_match_is_adopted_and_several_are_shown() -> None:
    found = after_look(EMPTY, [ONE], History(1), NOW, S)
    assert (found.state, found.receipt) == (State.SENT, ONE)
    several = after_look(EMPTY, [ONE, TWO], History(1), NOW, S)
    assert (several.state, several.why) == (State.HELD, Why.SEVERAL)
    assert "https://x.example/1 and 2" in several.detail


def test_a_duplicate_is_evidence_to_look_for_and_never_sent_again() -> None:
    doubt = after_publish(Answer(Kind.DUPLICATE, detail="403"), History(2), NOW, S)
    assert (doubt.state, doubt.why) == (State.UNKNOWN, Why.DUPLICATE)
    again = History(2, doubt=Why.DUPLICATE, unknown_at=NOW)
    first = after_look(EMPTY, [], again, NOW + S, S)
    assert (first.state, first.why) == (State.UNKNOWN, Why.DUPLICATE)
    second = after_look(EMPTY, [], History(2, doubt=Why.DUPLICATE, unknown_at=NOW, looks=1), NOW + 3 * S, S)
    assert (second.state, second.why) == (State.HELD, Why.DUPLICATE)
    after_a_resend = History(2, doubt=Why.DUPLICATE, unknown_at=NOW, looks=1, resent=1)
    assert after_look(EMPTY, [], after_a_resend, NOW + 3 * S, S).why is Why.PERHAPS
    assert after_look(EMPTY, [ONE], again, NOW + S, S).state is State.SENT


@pytest.mark.parametrize(
    ("settle", "deadline"),
    ((S, timedelta(minutes=15)), (timedelta(minutes=5), timedelta(minutes=20)), (timedelta(0), timedelta(minutes=15))),
)
def test_a_timeline_that_cannot_be_read_is_given_up_at_the_deadline(settle: timedelta, deadline: timedelta) -> None:
    now, history, looks = NOW, History(1, unknown_at=NOW, looks=1), 0
    while True:
        found = after_look(BLIND, [], history, now, settle)
        looks += 1
        assert looks < 100
        if found.state is State.HELD:
            break
        assert (found.looks, found.look_failed_at) == (1, NOW)
        assert found.due_at
        assert found.due_at > now
        now = found.due_at
        history = History(1, unknown_at=NOW, looks=1, look_failed_at=found.look_failed_at)
    assert now == NOW + deadline
    assert found.why is Why.PERHAPS


def test_a_timeline_that_may_not_be_read_before_an_hour_is_still_given_up_in_time() -> None:
    limited = Sighting(readable=False, until=NOW + timedelta(hours=1))
    assert after_look(limited, [], History(1, unknown_at=NOW), NOW, S).due_at == NOW + timedelta(minutes=15)
    soon = Sighting(readable=False, until=NOW + timedelta(minutes=8))
    assert after_look(soon, [], History(1, unknown_at=NOW), NOW, S).due_at == NOW + timedelta(minutes=8)


def test_a_look_that_can_be_read_ends_the_count_of_those_that_could_not() -> None:
    found = after_look(EMPTY, [], History(1, unknown_at=NOW, look_failed_at=NOW), NOW + S, S)
    assert found.look_failed_at is None


def test_a_duplicate_that_is_not_ours_is_shown_beside_what_it_was_taken_for() -> None:
    history = History(2, doubt=Why.DUPLICATE, unknown_at=NOW, looks=1)
    held = after_look(EMPTY, [], history, NOW + 3 * S, S, twins="ours, theirs")
    assert (held.why, held.detail) == (Why.DUPLICATE, "the network refuses it as a duplicate; ours, theirs")
    assert after_look(EMPTY, [], history, NOW + 3 * S, S).detail == NO_TWIN
    in_part = Sighting(readable=True, detail="what was posted before could not be read: 503")
    assert after_look(in_part, [], history, NOW + 3 * S, S).detail.endswith("could not be read: 503")


def test_what_was_doubted_twice_is_shown_with_its_twins_too() -> None:
    history = History(2, doubt=Why.DUPLICATE, unknown_at=NOW, looks=1, resent=1)
    held = after_look(EMPTY, [], history, NOW + 3 * S, S, twins="ours, theirs")
    assert (held.why, held.detail) == (
        Why.PERHAPS, "looked twice after each of two tries, and did not find it; ours, theirs",
    )  # fmt: skip


@given(sightings, st.lists(receipts.filter(lambda one: one.remote_id), max_size=3), histories, instants, spans)
def test_other_posts_with_the_same_text_change_nothing_but_the_words(
    sighting: Sighting, unowned: list[Receipt], history: History, now: datetime, settle: timedelta
) -> None:
    plain = after_look(sighting, unowned, history, now, settle)
    assert replace(after_look(sighting, unowned, history, now, settle, twins="x"), detail=plain.detail) == plain
