from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.publishing import alert, delivery
from amplifier.publishing.handover import Command
from amplifier.store import beats
from tests.support.alerts import keeper, kept, outbox
from tests.support.queue import START, Clock

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.store.engine import Store

BROKEN = Command("/bin/false")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def say(store: Store, clock: Clock, *details: str) -> None:
    with store.write() as connection:
        for detail in details:
            alert.tell(connection, clock.now(), alert.Kind.BUDGET, detail)


def deliver(store: Store, clock: Clock, command: Command) -> tuple[int, str]:
    return delivery.deliver(store, command, now=clock.now, stopping=lambda: False)


def test_each_message_is_delivered_once_in_order_and_recorded(store: Store, clock: Clock, tmp_path: Path) -> None:
    say(store, clock, "one", "two")
    command = Command(keeper(tmp_path / "told"))
    assert deliver(store, clock, command) == (2, "")
    assert deliver(store, clock, command) == (0, "")
    messages = kept(tmp_path / "told")
    assert [(message["id"], message["at"], message["detail"]) for message in messages] == [
        ("20261201T003000000000-1", "2026-12-01T00:30:00Z", "one"),
        ("20261201T003000000000-2", "2026-12-01T00:30:00Z", "two"),
    ]
    assert [(row["next_at"], row["tries"], row["delivered_at"], row["detail"]) for row in outbox(store)] == [
        (None, 1, START, None)
    ] * 2


def test_a_message_that_is_not_taken_is_tried_again_later_under_the_same_id(
    sqlite_store: Store, clock: Clock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    say(sqlite_store, clock, "one", "two")
    waits = []
    for _ in range(5):
        assert deliver(sqlite_store, clock, BROKEN) == (0, "it ended with exit code 1")
        (first, second) = outbox(sqlite_store)
        assert second["tries"] == 0, "a receiver in trouble is not asked for the others too"
        waits.append((first["next_at"] - clock.now()).total_seconds())
        sqlite_store_only(sqlite_store, second["id"])
        clock.move(seconds=waits[-1])
    assert waits == [30, 60, 120, 240, 480]
    assert first["detail"] == "it ended with exit code 1"
    assert "the alert command did not take a message: it ended with exit code 1" in caplog.text
    assert deliver(sqlite_store, clock, Command(keeper(tmp_path / "told"))) == (1, "")
    assert kept(tmp_path / "told")[0]["id"] == "20261201T003000000000-1"


def sqlite_store_only(store: Store, later: int) -> None:
    """Put the other message out of the way."""
    with store.write() as connection:
        connection.exec_driver_sql(f"UPDATE alert SET next_at = '2027-01-01T00:00:00.000000Z' WHERE id = {later}")


def test_it_is_given_up_a_day_after_it_was_written(sqlite_store: Store, clock: Clock) -> None:
    say(sqlite_store, clock, "one")
    for _ in range(100):
        deliver(sqlite_store, clock, BROKEN)
        (row,) = outbox(sqlite_store)
        if row["next_at"] is None:
            break
        assert row["next_at"] - clock.now() <= delivery.LONGEST_RETRY
        clock.at = row["next_at"]
    assert timedelta(hours=22) < clock.now() - START <= delivery.KEPT
    assert row["detail"] == f"given up after {row['tries']} tries: it ended with exit code 1"
    assert row["delivered_at"] is None
    assert row["tries"] < 40


def test_a_message_that_is_being_handed_over_is_nobody_elses(store: Store, clock: Clock) -> None:
    say(store, clock, "one", "two")
    first = delivery.take(store, clock.now())
    second = delivery.take(store, clock.now())
    assert first is not None
    assert second is not None
    assert first.alert_id != second.alert_id
    assert delivery.take(store, clock.now()) is None
    clock.move(seconds=31)  # whoever took it did not come back
    again = delivery.take(store, clock.now())
    assert again is not None
    assert (again.alert_id, again.tries, again.content["id"]) == (first.alert_id, 2, first.content["id"])
    delivery.settle(store, first, "", clock.now())  # too late: it is another process's now
    assert outbox(store)[0]["delivered_at"] is None
    delivery.settle(store, again, "", clock.now())
    assert outbox(store)[0]["delivered_at"] == clock.now()


def test_two_processes_never_both_send(store: Store, clock: Clock, tmp_path: Path) -> None:
    say(store, clock, *"abcdefgh")
    gate = threading.Barrier(2)

    def work() -> None:
        gate.wait()
        for _ in range(8):
            deliver(store, clock, Command(keeper(tmp_path / "told")))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(message["detail"] for message in kept(tmp_path / "told")) == list("abcdefgh")


def test_the_loser_of_the_race_for_a_message_has_nothing(sqlite_store: Store, clock: Clock) -> None:
    """The other process takes it between our reading and our writing."""
    say(sqlite_store, clock, "one")
    taken: list[Any] = []

    class Late:
        def read(self) -> Any:
            return sqlite_store.read()

        def write(self) -> Any:
            taken.append(delivery.take(sqlite_store, clock.now()))
            return sqlite_store.write()

    assert delivery.take(Late(), clock.now()) is None  # type: ignore[arg-type]
    assert taken[0] is not None


def test_a_stop_ends_a_round_between_two_messages(sqlite_store: Store, clock: Clock, tmp_path: Path) -> None:
    say(sqlite_store, clock, "one", "two")
    command = Command(keeper(tmp_path / "told"))
    done = delivery.deliver(
        sqlite_store, command, now=clock.now, stopping=lambda: outbox(sqlite_store)[0]["delivered_at"] is not None
    )
    assert done == (1, "")
    assert len(kept(tmp_path / "told")) == 1


# ---------------------------------------------------------------- nobody there to take them


def test_what_was_written_while_there_was_no_command_never_floods_out(store: Store, clock: Clock) -> None:
    say(store, clock, *"abc")
    clock.move(minutes=1)
    delivery.arrive(store, "host/daemon", clock.now())
    assert [(row["next_at"], row["detail"]) for row in outbox(store)] == [(None, "no alert command was set")] * 3
    say(store, clock, "d")
    delivery.arrive(store, "host/daemon", clock.now())
    assert outbox(store)[3]["next_at"] == clock.now()


def test_a_runner_without_a_command_leaves_messages_to_one_that_has_it(sqlite_store: Store, clock: Clock) -> None:
    delivery.arrive(sqlite_store, "other/daemon", clock.now())
    clock.move(hours=23)
    say(sqlite_store, clock, "one")
    assert delivery.set_aside(sqlite_store, clock.now()) == 0
    clock.move(hours=2)  # and that one was not seen for a day
    assert delivery.set_aside(sqlite_store, clock.now()) == 1
    assert delivery.set_aside(sqlite_store, clock.now()) == 0


def test_a_runner_with_a_command_says_so_once_an_hour(sqlite_store: Store, clock: Clock) -> None:
    for minutes, seen in ((0, 0), (59, 0), (2, 61)):
        clock.move(minutes=minutes)
        delivery.arrive(sqlite_store, "host/once", clock.now())
        assert beats.last(sqlite_store, delivery.BEAT) == START + timedelta(minutes=seen)


# ---------------------------------------------------------------- what is known of them


def test_a_message_is_tried_in_vain_after_a_quarter_of_an_hour(sqlite_store: Store, clock: Clock) -> None:
    say(sqlite_store, clock, "one")
    clock.move(minutes=20)
    assert not delivery.in_vain(sqlite_store, clock.now()), "nobody has tried it yet"
    deliver(sqlite_store, clock, BROKEN)
    assert delivery.in_vain(sqlite_store, clock.now())
    clock.at = START + timedelta(minutes=15)
    assert not delivery.in_vain(sqlite_store, clock.now())


def test_the_list_shows_the_newest_first(sqlite_store: Store, clock: Clock) -> None:
    say(sqlite_store, clock, *"abc")
    assert [row["content"]["detail"] for row in delivery.listing(sqlite_store)] == ["c", "b", "a"]
    assert [row["content"]["detail"] for row in delivery.listing(sqlite_store, 1)] == ["c"]
