from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amplifier.errors import ConfigurationError, UsageError
from amplifier.model import Address, Mode
from amplifier.networks.port import Answer, Kind
from amplifier.publishing import manual, withdraw, withdrawn
from amplifier.publishing.withdraw import Cancelled, Deleted, Target
from amplifier.store import meta, tables
from tests.support.queue import DROPPED, LEASE, UNREADABLE, Bench, Timeline, at

if TYPE_CHECKING:
    from collections.abc import Callable

    from amplifier.networks.port import Network

GONE = Answer(Kind.ACCEPTED)
STORY = "dmz-escape/story/main"


class Deletable(Timeline):
    """A network that deletes, and says what `answers` say, by remote id."""

    def __init__(self, name: str, bench: Bench) -> None:
        super().__init__(name, clock=bench.clock)
        self.answers: dict[str, Answer] = {}
        self.asked_to_delete: list[str] = []

    def delete(self, remote_id: str) -> Answer:
        self.asked_to_delete.append(remote_id)
        answer = self.answers.pop(remote_id, GONE)
        if answer.kind is Kind.ACCEPTED:
            self.posts = [post for post in self.posts if post.id != remote_id]
        return answer


@pytest.fixture
def bench(bench: Bench) -> Bench:
    for account in ("main", "second"):
        for mode in Mode:
            bench.timelines[account, mode] = Deletable(account, bench)
    return bench


def network(bench: Bench, mode: Mode = Mode.LIVE, account: str = "main") -> Deletable:
    found = bench.timelines[account, mode]
    assert isinstance(found, Deletable)
    return found


def cancel(bench: Bench, target: str = STORY) -> Cancelled:
    found = Target.parse(target)
    assert found
    return withdraw.cancel(bench.store, found, because="she asked", who="Kim", now=bench.clock.now())


def allow(bench: Bench, target: str = STORY) -> tuple[str, ...]:
    found = Target.parse(target)
    assert found
    return withdraw.allow(bench.store, found, because="she agreed", who="Lee", now=bench.clock.now())


def delete(
    bench: Bench, left: Cancelled, network: Callable[[str, Mode], Network] | None = None
) -> list[tuple[str, str | None]]:
    done: list[Deleted] = list(
        withdraw.delete(
            bench.store, left.out, network=network or bench.timeline, because="she asked", who="Kim", lease=LEASE,
            now=bench.clock.now,
        )
    )  # fmt: skip
    assert all(did.gone == (did.answer is not None and did.answer.kind is Kind.ACCEPTED) for did in done)
    return [(str(did.out.address), did.answer.kind.value if did.answer else None) for did in done]


def addresses(*posts: int, thread: str = "story") -> tuple[str, ...]:
    return tuple(f"dmz-escape/{thread}/main/{k}" for k in posts)


# ---------------------------------------------------------------- what is named


@pytest.mark.parametrize(
    "text", ("dmz-escape", "dmz-escape@dry", STORY, f"{STORY}/2", f"{STORY}@simulated", f"{STORY}/2@dry")
)
def test_what_is_withdrawn_is_written_as_it_was_read(text: str) -> None:
    assert str(Target.parse(text)) == text


@given(st.text(alphabet="abz-/@1. dry", max_size=30))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    found = Target.parse(text)
    assert found is None or str(found) == text.strip().removesuffix("@live")


def test_what_is_not_in_the_queue_is_said(bench: Bench) -> None:
    with pytest.raises(UsageError, match="nothing of dmz-escape in the queue"):
        cancel(bench, "dmz-escape")


@pytest.mark.parametrize("target", ("dmz-escape/story/main", "dmz-escape/story/main/2", "dmz-escape@live"))
def test_a_mode_that_was_forgotten_is_named(bench: Bench, target: str) -> None:
    bench.thread("story", 2, mode=Mode.DRY)
    with pytest.raises(UsageError) as caught:
        cancel(bench, target)
    assert caught.value.hint == f"there is {target.removesuffix('@live')}@dry"
    with pytest.raises(UsageError) as caught:
        cancel(bench, "dmz-escape/facts/main")
    assert caught.value.hint == "`amplifier queue list` shows every address"


# ---------------------------------------------------------------- cancelling


def test_a_thread_that_has_not_begun_is_cancelled_whole(bench: Bench) -> None:
    bench.thread()
    left = cancel(bench)
    assert left == Cancelled(addresses(1, 2, 3), (), (), (), ())
    assert bench.states() == "cancelled: by a person, cancelled: earlier post, cancelled: earlier post"
    assert bench.post("story", 1)["detail"] == "withdrawn: she asked"
    (event,) = bench.events("withdraw")
    assert (event["who"], event["why"]) == ("Kim", "she asked")
    assert cancel(bench).cancelled == ()
    bench.run()
    assert bench.sent == []


def test_a_campaign_is_withdrawn_in_every_account_and_mode_and_others_stay(bench: Bench) -> None:
    bench.thread("one", 1)
    bench.thread("two", 1, mode=Mode.DRY)
    bench.thread("three", 1, account="second")
    bench.thread("one", 1, campaign="river")
    assert set(cancel(bench, "dmz-escape").cancelled) == {
        "dmz-escape/one/main/1", "dmz-escape/two/main/1@dry", "dmz-escape/three/second/1",
    }  # fmt: skip
    bench.run()
    assert bench.sent == ["Post 1 of one, river."]


def test_a_campaign_is_withdrawn_in_one_mode_alone(bench: Bench) -> None:
    bench.thread("one", 1)
    bench.thread("one", 1, mode=Mode.DRY)
    assert cancel(bench, "dmz-escape@dry").cancelled == ("dmz-escape/one/main/1@dry",)
    bench.run()
    assert len(bench.sent) == 1


def test_a_post_is_withdrawn_with_those_that_follow_it(bench: Bench) -> None:
    bench.thread(gap=0)
    assert cancel(bench, f"{STORY}/2").cancelled == addresses(2, 3)
    bench.run()
    assert bench.states() == "sent, cancelled: by a person, cancelled: earlier post"


def test_what_is_held_or_failed_is_cancelled_too(bench: Bench) -> None:
    bench.thread("held", 2)
    bench.thread("failed", 1)
    bench.change("held", 1, state="held", why="late")
    bench.change("held", 2, state="held", why="earlier post")
    bench.change("failed", 1, state="failed", why="refused")
    assert len(cancel(bench, "dmz-escape").cancelled) == 3


def test_a_begun_thread_is_stopped_and_what_is_out_is_listed_last_first(bench: Bench) -> None:
    bench.thread(gap=60)
    bench.beat()
    bench.clock.move(seconds=60)
    bench.beat()
    left = cancel(bench)
    assert left.cancelled == addresses(3)
    assert tuple(str(out.address) for out in left.out) == addresses(2, 1)
    assert bench.account()["open_thread_id"] is None


def test_what_may_be_out_is_named_and_its_thread_is_left_for_later(bench: Bench) -> None:
    bench.thread("other", 1, gap=0)
    bench.thread(gap=0)
    bench.timeline().script.extend([bench.timeline().accept, bench.timeline().accept, DROPPED])
    bench.beats()
    assert bench.states() == "sent, unknown, waiting"
    left = cancel(bench, "dmz-escape")
    assert left.settling == addresses(2)
    assert left.cancelled == addresses(3)
    assert [str(out.address) for out in left.out] == ["dmz-escape/other/main/1"]
    assert tuple(str(out.address) for out in left.later) == addresses(1)


@pytest.mark.parametrize("target", (STORY, "dmz-escape", "dmz-escape@live"))
def test_a_post_in_doubt_that_is_not_out_does_not_go_out_any_more(bench: Bench, target: str) -> None:
    bench.thread(gap=0)
    bench.timeline().script.append(DROPPED)
    bench.beats()
    cancel(bench, target)
    bench.run()
    assert bench.states() == "cancelled: by a person, cancelled: by a person, cancelled: earlier post"
    assert bench.post("story", 1)["detail"] == "was withdrawn by Kim on 2026-12-01: she asked"
    assert bench.sent == []


def test_a_post_in_doubt_that_is_out_is_adopted_and_can_be_deleted_then(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.timeline().script.append(bench.timeline().lose)
    bench.beats()
    cancel(bench)
    bench.run()
    assert bench.states() == "sent, cancelled: by a person, cancelled: earlier post"
    assert delete(bench, cancel(bench)) == [(addresses(1)[0], "accepted")]
    assert bench.sent == []


def test_what_is_perhaps_sent_waits_for_a_person_and_what_else_is_out_can_go(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.timeline().script.extend([bench.timeline().accept, DROPPED])
    bench.timeline().sightings.extend([UNREADABLE] * 50)
    bench.run()
    assert bench.states() == "sent, held: perhaps sent, held: earlier post"
    left = cancel(bench)
    assert (left.perhaps, left.cancelled) == (addresses(2), addresses(3))
    assert tuple(str(out.address) for out in left.out) == addresses(1)
    manual.resolve_not_sent(bench.store, at("story/2"), why="I looked", who="Kim", now=bench.clock.now())
    bench.run()
    assert bench.states() == "sent, cancelled: by a person, cancelled: by a person"
    assert len(bench.sent) == 1


# ---------------------------------------------------------------- no way back but one


def test_what_was_withdrawn_is_not_retried_until_somebody_allows_it(bench: Bench) -> None:
    bench.thread(posts=1)
    cancel(bench)
    with pytest.raises(UsageError, match="was withdrawn by Kim on 2026-12-01: she asked") as caught:
        manual.retry(bench.store, at("story/1"), why="again", who="Lee", now=bench.clock.now())
    assert f"amplifier withdraw {STORY} --undo" in caught.value.hint
    allow(bench)
    assert bench.events("withdraw undone")[0]["who"] == "Lee"
    manual.retry(bench.store, at("story/1"), why="again", who="Lee", now=bench.clock.now())
    bench.run()
    assert bench.states() == "sent"


def test_posts_before_the_one_that_was_withdrawn_may_be_retried(bench: Bench) -> None:
    bench.thread()
    cancel(bench, f"{STORY}/2")
    manual.cancel(bench.store, at("story/1"), why="wait", who="Kim", now=bench.clock.now())
    manual.retry(bench.store, at("story/1"), why="now", who="Kim", now=bench.clock.now())
    with pytest.raises(UsageError, match="was withdrawn"):
        manual.retry(bench.store, at("story/2"), why="now", who="Kim", now=bench.clock.now())


def test_withdrawing_more_widens_the_mark_and_withdrawing_less_does_not_narrow_it(bench: Bench) -> None:
    bench.thread()
    for target, first in ((f"{STORY}/3", 3), (f"{STORY}/2", 2), (STORY, 1), (f"{STORY}/3", 1)):
        cancel(bench, target)
        with bench.store.read() as connection:
            assert withdrawn.marks(connection, "dmz-escape")[withdrawn.key_of(at("story"))].first == first


def test_a_campaign_that_is_withdrawn_as_a_whole_is_allowed_as_a_whole(bench: Bench) -> None:
    bench.thread("one", 1)
    bench.thread("two", 1, mode=Mode.DRY)
    cancel(bench, "dmz-escape")
    for part in ("dmz-escape/one/main", "dmz-escape@dry"):
        with pytest.raises(UsageError, match="dmz-escape is withdrawn as a whole") as caught:
            allow(bench, part)
        assert "amplifier withdraw dmz-escape --undo" in caught.value.hint
    with pytest.raises(UsageError, match="was withdrawn") as caught:
        manual.retry(bench.store, at("one/1"), why="now", who="Kim", now=bench.clock.now())
    assert "amplifier withdraw dmz-escape --undo" in caught.value.hint
    allow(bench, "dmz-escape")
    with bench.store.read() as connection:
        assert withdrawn.marks(connection, "dmz-escape") == {}
    with pytest.raises(UsageError, match="dmz-escape is not withdrawn"):
        allow(bench, "dmz-escape")


def test_the_marks_of_one_mode_are_taken_back_alone(bench: Bench) -> None:
    bench.thread("one", 1)
    bench.thread("one", 1, mode=Mode.DRY)
    cancel(bench, "dmz-escape/one/main")
    cancel(bench, "dmz-escape@dry")
    with pytest.raises(UsageError, match="dmz-escape@dry is withdrawn as a whole"):
        allow(bench, "dmz-escape/one/main@dry")
    allow(bench, "dmz-escape@dry")
    with bench.store.read() as connection:
        assert list(withdrawn.marks(connection, "dmz-escape")) == [withdrawn.key_of(at("one"))]


def retry(bench: Bench, address: str) -> str:
    return manual.retry(bench.store, at(address), why="again", who="Lee", now=bench.clock.now())


@pytest.mark.parametrize("campaign_first", (True, False))
@pytest.mark.parametrize("campaign", ("dmz-escape", "dmz-escape@live"))
def test_what_was_withdrawn_on_its_own_stays_so_when_its_campaign_is_allowed_again(
    bench: Bench, campaign: str, campaign_first: bool
) -> None:
    bench.thread("one", 2)
    bench.thread("two", 3)
    bench.thread("three", 1)
    own = ("dmz-escape/one/main", "dmz-escape/two/main/2")
    for target in (campaign, *own) if campaign_first else (*own, campaign):
        cancel(bench, target)
    assert allow(bench, campaign) == ("dmz-escape/one/main", "dmz-escape/two/main")
    retry(bench, "three/1")
    if not campaign_first:
        retry(bench, "two/1")
    for address, thread in (("one/1", "one"), ("two/2", "two")):
        with pytest.raises(UsageError, match="was withdrawn by Kim") as caught:
            retry(bench, address)
        assert f"amplifier withdraw dmz-escape/{thread}/main --undo" in caught.value.hint
    allow(bench, "dmz-escape/one/main")
    retry(bench, "one/1")


def test_one_mode_that_was_withdrawn_on_its_own_stays_so_when_all_modes_are_allowed_again(bench: Bench) -> None:
    bench.thread("one", 1)
    bench.thread("one", 1, mode=Mode.DRY)
    cancel(bench, "dmz-escape@dry")
    cancel(bench, "dmz-escape")
    assert allow(bench, "dmz-escape") == ("dmz-escape@dry",)
    retry(bench, "one/1")
    with bench.store.read() as connection:
        assert list(withdrawn.marks(connection, "dmz-escape")) == ["withdrawn:dmz-escape@dry"]


def test_allowing_a_campaign_that_is_not_withdrawn_itself_allows_none_of_its_threads(bench: Bench) -> None:
    bench.thread("one", 1)
    cancel(bench, "dmz-escape/one/main")
    for campaign in ("dmz-escape", "dmz-escape@live"):
        with pytest.raises(UsageError, match=f"{campaign} is not withdrawn") as caught:
            allow(bench, campaign)
        assert caught.value.hint == "withdrawn on its own is dmz-escape/one/main: name that"
    allow(bench, "dmz-escape/one/main")


def test_a_campaign_that_was_withdrawn_by_a_version_of_before_is_allowed_with_the_marks_that_it_made(
    bench: Bench,
) -> None:
    """Those said nothing of where they came from: but they were made in the same moment, by the same person."""
    bench.thread("one", 1)
    bench.thread("two", 1)
    whole = {"who": "Kim", "at": "2026-12-01T00:30:00.000000Z", "because": "she asked", "first": 1}
    of_one = whole | {"at": "2026-11-30T00:30:00.000000Z"}
    before = {"": whole, "/two/main@live": whole, "/one/main@live": of_one}
    with bench.store.write() as connection:
        for tail, value in before.items():
            meta.put(connection, f"withdrawn:dmz-escape{tail}", json.dumps(value))
    assert bench.beats() == []
    assert bench.states("one") == bench.states("two") == "cancelled: by a person"
    assert allow(bench, "dmz-escape") == ("dmz-escape/one/main",)
    retry(bench, "two/1")
    with pytest.raises(UsageError, match="was withdrawn by Kim on 2026-11-30"):
        retry(bench, "one/1")


def test_a_campaign_whose_name_begins_like_another_s_is_another(bench: Bench) -> None:
    for campaign in ("dmz", "dmz-escape"):
        bench.thread("one", 1, campaign=campaign)
    cancel(bench, "dmz")
    with bench.store.read() as connection:
        assert withdrawn.marks(connection, "dmz-escape") == {}
        address = Address("dmz", "one", "main")
        assert withdrawn.mark_of(withdrawn.marks(connection, "dmz"), address)


# ---------------------------------------------------------------- deleting


def test_each_deletion_is_an_intent_a_request_and_an_event(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.run()
    before = [bench.post("story", k) for k in (1, 2, 3)]
    left = cancel(bench)
    assert [status for _, status in delete(bench, left)] == ["accepted"] * 3
    assert network(bench).asked_to_delete == [row["remote_id"] for row in reversed(before)]
    for k, was in enumerate(before, 1):
        row = bench.post("story", k)
        assert (row["state"], row["remote_id"]) == ("sent", was["remote_id"])
        assert (row["deleted_at"], row["reading_due_at"]) == (bench.clock.now(), None)
        assert row["epoch"] == was["epoch"] + 1
    with bench.store.read() as connection:
        wanted = select(tables.attempt).where(tables.attempt.c.kind == "delete")
        tries = connection.execute(wanted).mappings().all()
    assert [(row["worker"], row["lease_until"] - row["at"]) for row in tries] == [("Kim", LEASE)] * 3
    assert [event["kind"] for event in bench.events()][-6:] == ["deleting", "deleted"] * 3
    assert cancel(bench).out == ()


def test_a_crash_in_the_call_leaves_the_intent_and_the_same_again_deletes(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.run()

    class CrashError(Exception):
        pass

    def crash(_: str, __: Mode) -> Network:
        raise CrashError

    with pytest.raises(CrashError):
        delete(bench, cancel(bench), crash)
    assert [event["kind"] for event in bench.events()][-1] == "deleting"
    assert bench.post("story", 1)["deleted_at"] is None
    assert delete(bench, cancel(bench)) == [(addresses(1)[0], "accepted")]


def test_an_unclear_answer_is_kept_and_can_be_asked_again(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.run()
    network(bench).answers = {"main-1002": Answer(Kind.UNCLEAR, detail="timed out")}
    assert [status for _, status in delete(bench, cancel(bench))] == ["unclear", "accepted", "accepted"]
    assert bench.events("not deleted")[0]["why"] == "unclear: timed out"
    assert bench.post("story", 3)["deleted_at"] is None
    assert bench.post("story", 3)["reading_due_at"] is not None
    assert delete(bench, cancel(bench)) == [(addresses(3)[0], "accepted")]


@pytest.mark.parametrize("kind", (Kind.LIMITED, Kind.BLOCKED, Kind.NOT_SENT))
def test_an_answer_for_the_whole_account_ends_its_deletions_and_no_others(bench: Bench, kind: Kind) -> None:
    bench.thread(posts=2, gap=0)
    bench.thread("other", 1, account="second")
    bench.run()
    until = bench.clock.now() + timedelta(minutes=9)
    network(bench).answers = {"main-1001": Answer(kind, detail="no", until=until)}
    assert delete(bench, cancel(bench, "dmz-escape")) == [
        (addresses(2)[0], kind.value), (addresses(1)[0], None), ("dmz-escape/other/second/1", "accepted"),
    ]  # fmt: skip
    assert bench.account()["wait_until"] is None  # publishing has limits of its own


def test_an_account_without_settings_is_said_and_the_others_go_on(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.thread("other", 1, account="second")
    bench.run()

    def some(account: str, mode: Mode) -> Network:
        if account == "main":
            raise ConfigurationError("account main has no credentials for X")
        return bench.timeline(account, mode)

    assert [status for _, status in delete(bench, cancel(bench, "dmz-escape"), some)] == ["blocked", "accepted"]


def test_two_people_who_delete_at_once_ask_once_for_what_is_gone(bench: Bench) -> None:
    bench.thread(posts=1)
    bench.run()
    first, second = cancel(bench), cancel(bench)
    assert delete(bench, first) == [(addresses(1)[0], "accepted")]
    assert delete(bench, second) == []
    assert len(network(bench).asked_to_delete) == 1
