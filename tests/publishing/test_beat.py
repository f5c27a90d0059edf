from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select, update

from amplifier.errors import ConfigurationError, TryLater
from amplifier.model import Mode, State, Why
from amplifier.networks.port import Answer, Identity, Kind, NetworkError
from amplifier.publishing.settle import expire
from amplifier.store import tables
from tests.support.queue import HTTP_TIMEOUT, LEASE, SETTLE, START, Bench

if TYPE_CHECKING:
    from amplifier.networks.port import Intent, Network


@pytest.fixture
def bench(sqlite_bench: Bench) -> Bench:
    """SQLite alone: what the engines do differently is proved by the queue's, the settle's and the pause's tests."""
    return sqlite_bench


def test_a_beat_tells_what_it_did(bench: Bench) -> None:
    bench.thread(posts=2)
    done = bench.beat()
    assert done is not None
    assert (str(done.address), done.n, done.state, done.url) == (
        "dmz-escape/story/main/1", 2, State.SENT, "https://x.example/status/main-1000",
    )  # fmt: skip
    assert str(done) == "dmz-escape/story/main/1 of 2  sent  https://x.example/status/main-1000"
    assert bench.beat() is None


def test_what_goes_over_the_wire_is_what_was_sealed_and_replies_to_the_one_before(bench: Bench) -> None:
    texts = ["One — “quoted” & <b>", "Two\nlines", "Three"]
    bench.thread(posts=texts, gap=0)
    bench.beats()
    assert [(post.text, post.parent) for post in bench.timeline().posts] == [
        (texts[0], None), (texts[1], "main-1000"), (texts[2], "main-1001"),
    ]  # fmt: skip


# ---------------------------------------------------------------- the check


def test_a_pause_file_stops_every_beat(bench: Bench) -> None:
    bench.thread()
    bench.pause_file = True
    assert bench.beat() is None
    assert bench.count("attempt") == 0


def test_a_pause_file_that_appears_after_the_claim_sends_the_post_back(bench: Bench) -> None:
    bench.thread()
    asked: list[None] = []

    def stopped() -> bool:
        asked.append(None)
        return len(asked) > 1

    done = bench.beat(stopped=stopped)
    assert done is not None
    assert (done.state, bench.timeline().published) == (State.QUEUED, [])
    assert bench.states() == "queued, waiting, waiting"
    assert [post.text for post in bench.timeline().posts] == []
    assert bench.beat() is not None
    assert bench.states() == "sent, queued, waiting"


def test_a_post_sent_back_by_a_pause_file_is_still_resent_only_once(bench: Bench) -> None:
    bench.thread()
    bench.change("story", 1, resent=1)
    answers = iter([False, True])
    bench.beat(stopped=lambda: next(answers))
    assert bench.post("story", 1)["resent"] == 1


@pytest.mark.parametrize("k", (1, 2, 3))
def test_a_text_that_was_changed_is_held_without_any_call(bench: Bench, k: int) -> None:
    bench.thread()
    bench.change("story", k, text="Something nobody approved.")
    done = bench.beat()
    assert done is not None
    assert (done.state, done.why) == (State.HELD, Why.CHANGED)
    assert bench.timeline().published == []
    assert bench.states() == "held: changed after approval, held: earlier post, held: earlier post"


def test_the_first_post_of_an_answer_replies_to_what_it_answers_and_each_next_to_the_one_before(bench: Bench) -> None:
    bench.thread("slip")
    bench.run()
    wrong = bench.timeline().posts[1]
    bench.thread("correction", 2, reply_to=wrong.id)
    bench.run()
    first, second = bench.timeline().posts[3:]
    assert (first.parent, second.parent) == (wrong.id, first.id)


@pytest.mark.parametrize("parent", ("a stranger's", None))
@pytest.mark.parametrize("where", ("post", "thread", "both"))
def test_an_approved_text_never_goes_out_under_another_parent(bench: Bench, where: str, parent: str | None) -> None:
    bench.thread(reply_to="main-7")
    with bench.store.write() as connection:
        if where in {"post", "both"}:
            connection.execute(update(tables.post).where(tables.post.c.k == 1).values(parent_remote_id=parent))
        if where in {"thread", "both"}:
            connection.execute(update(tables.thread).values(reply_to=parent))
    done = bench.beat()
    assert done is not None
    assert (done.state, done.why) == (State.HELD, Why.CHANGED)
    assert bench.timeline().published == []


def test_a_thread_that_answers_nothing_is_not_made_an_answer_behind_the_queues_back(bench: Bench) -> None:
    bench.thread()
    bench.change("story", 1, parent_remote_id="a stranger's")
    done = bench.beat()
    assert done is not None
    assert done.why is Why.CHANGED


@pytest.mark.parametrize("column", ("network", "account"))
def test_a_post_that_was_moved_elsewhere_is_held_without_any_call(bench: Bench, column: str) -> None:
    bench.thread()
    with bench.store.write() as connection:
        if column == "network":
            connection.execute(update(tables.post).values(network="bluesky"))
        else:
            connection.execute(update(tables.account).values(name="second"))
    done = bench.beat()
    assert done is not None
    assert done.why is Why.CHANGED
    assert not any(timeline.published for timeline in bench.timelines.values())


@pytest.mark.parametrize(
    ("seconds", "goes"), ((LEASE.total_seconds() - HTTP_TIMEOUT, True), (281, False), (9000, False))
)
def test_without_time_for_a_request_nothing_is_sent_and_nothing_written(
    bench: Bench, seconds: float, goes: bool
) -> None:
    """The machine slept between the claim and the call: the lease's expiry decides."""
    bench.thread()
    ticks = iter([0.0, seconds])
    done = bench.beat(ticks=lambda: next(ticks))
    assert done is not None
    assert bool(bench.timeline().published) is goes
    assert done.state is (State.SENT if goes else State.SENDING)
    if not goes:
        row = bench.post("story", 1)
        assert (row["state"], row["lease_until"]) == ("sending", START + LEASE)
        assert bench.events()[-1]["to_state"] == "sending"
        bench.clock.move(seconds=301)
        assert bench.beat() is None
        assert bench.states() == "unknown, waiting, waiting"


def test_a_worker_that_lost_its_lease_while_it_asked_reports_no_success(bench: Bench) -> None:
    bench.thread(posts=1)

    def slow(intent: Intent) -> Answer:
        answer = bench.timeline().accept(intent)
        bench.clock.move(minutes=20)
        bench.beats()  # another worker: expires, looks, adopts
        assert bench.states() == "unknown"
        bench.clock.move(seconds=90)
        bench.beats()
        return answer

    bench.timeline().script.append(slow)
    done = bench.beat()
    assert done is not None
    assert (done.state, bench.states()) == (State.UNKNOWN, "sent")
    assert "lease was lost" in done.detail
    assert len(bench.events("late receipt")) == 1


def test_death_at_the_call_leaves_a_committed_intent_and_no_second_post(bench: Bench) -> None:
    class Killed(BaseException):
        pass

    bench.thread(posts=2, gap=0)

    def dies(intent: Intent) -> Answer:
        bench.timeline().keep(intent)
        raise Killed

    bench.timeline().script.append(dies)
    with pytest.raises(Killed):
        bench.beat()
    assert bench.count("attempt") == 1
    assert bench.states() == "sending, waiting"
    for _ in range(5):
        bench.clock.move(seconds=301)
        bench.beats()
    assert bench.states() == "sent, sent"
    assert len(bench.timeline().posts) == 2


# ---------------------------------------------------------------- whose token


def test_the_first_live_post_asks_whose_token_it_is_and_later_ones_do_not(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.beats()
    assert bench.timeline().asked == 1
    assert (bench.account()["remote_id"], bench.account()["handle"]) == ("id-of-main", "main")
    assert bench.timeline().looked == []


@pytest.mark.parametrize("mode", (Mode.DRY, Mode.SIMULATED))
def test_nobody_asks_in_a_dry_run(bench: Bench, mode: Mode) -> None:
    bench.thread(mode=mode)
    bench.handles["main"] = "another"
    bench.beats()
    assert bench.timeline(mode=mode).asked == 0
    assert bench.states(mode=mode).startswith("sent")


def test_a_handle_in_the_settings_is_checked_once_per_process(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.handles["main"] = "MAIN"
    bench.beats()
    assert bench.timeline().asked == 1
    bench.thread("facts", 1)
    bench.beat(verified=set())
    assert bench.timeline().asked == 2


def test_a_token_of_another_account_sends_nothing_and_blocks(bench: Bench) -> None:
    bench.thread()
    bench.handles["main"] = "ours"
    bench.timeline().identity = Identity("9", "theirs")
    done = bench.beat()
    assert done is not None
    assert (done.state, done.why) == (State.HELD, Why.BLOCKED)
    assert "@theirs, the settings say @ours" in done.detail
    assert bench.timeline().published == []
    assert (bench.account()["blocked_at"], bench.account()["remote_id"]) == (START, None)


def test_a_token_of_another_account_than_the_one_that_has_published_blocks_also_without_a_handle(bench: Bench) -> None:
    """A replaced token in mid-thread: the rest would go out under another name."""
    bench.thread(gap=0)
    assert bench.beat() is not None
    bench.timeline().identity = Identity("9", "theirs")
    done = bench.beat(verified=set())
    assert done is not None
    assert (done.state, done.why) == (State.HELD, Why.BLOCKED)
    assert done.detail.startswith("the token belongs to @theirs (9), and main has published as id-of-main: take the")
    assert len(bench.timeline().published) == 1
    assert bench.account()["remote_id"] == "id-of-main"


def test_who_sets_the_handle_of_another_account_says_that_it_is_that_one_now(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.beat()
    bench.timeline().identity = Identity("9", "theirs")
    bench.handles["main"] = "theirs"
    assert [done.state for done in (bench.beat(verified=set()), bench.beat()) if done] == [State.SENT] * 2
    assert bench.account()["remote_id"] == "9"


@pytest.mark.parametrize("kind", list(Kind))
def test_a_question_that_is_not_answered_never_puts_a_post_in_doubt(bench: Bench, kind: Kind) -> None:
    until = START + timedelta(minutes=3)
    bench.thread()
    bench.timeline().identity = NetworkError("no identity", Answer(kind, detail="whoami", until=until))
    done = bench.beat()
    assert done is not None
    assert bench.timeline().published == []
    wanted = {Kind.BLOCKED: "held: account blocked", Kind.LIMITED: "queued"}.get(kind, "queued")
    assert bench.states().split(", ")[0] == wanted
    assert (bench.account()["wait_until"] == until) is (kind is Kind.LIMITED)
    assert bench.post("story", 1)["tries"] == (0 if kind in {Kind.BLOCKED, Kind.LIMITED} else 1)


def test_an_account_that_cannot_be_opened_is_blocked_and_the_others_go_on(bench: Bench) -> None:
    bench.thread()
    bench.thread("theirs", 1, account="second")

    def network(name: str, mode: Mode) -> Network:
        if name == "main":
            raise ConfigurationError("account main: no network is called 'x2'", "installed are: x")
        return bench.timeline(name, mode)

    first, second = bench.beat(network=network), bench.beat(network=network)
    assert first is not None
    assert second is not None
    assert (first.why, first.detail) == (Why.BLOCKED, "account main: no network is called 'x2'")
    assert (second.address.account, second.state) == ("second", State.SENT)


# ---------------------------------------------------------------- cost


def test_a_post_costs_two_commits(bench: Bench) -> None:
    bench.thread("first", 1)
    bench.beats()  # the account is known from now on
    bench.thread(posts=3, gap=0)
    commits: list[None] = []
    written: list[int] = []

    def wrote(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE")):
            written.append(len(commits))

    def committed(_: Any) -> None:
        commits.append(None)

    event.listen(bench.store.engine, "before_cursor_execute", wrote)
    event.listen(bench.store.engine, "commit", committed)
    bench.beats()
    event.remove(bench.store.engine, "before_cursor_execute", wrote)
    event.remove(bench.store.engine, "commit", committed)
    assert bench.states() == "sent, sent, sent"
    assert len(set(written)) == 6


def test_expiry_that_finds_nothing_writes_nothing(bench: Bench) -> None:
    bench.thread()
    commits: list[None] = []
    event.listen(bench.store.engine, "commit", lambda _: commits.append(None))
    assert expire(bench.store, START, SETTLE, "w") == 0
    assert commits == []


# ---------------------------------------------------------------- what can go wrong around the call


def test_a_stop_that_comes_after_the_claim_sends_the_post_back(bench: Bench) -> None:
    bench.thread(posts=1)
    done = bench.beat(leaving=lambda: True)
    assert done is not None
    assert (done.state, bench.states(), bench.timeline().published) == (State.QUEUED, "queued", [])


def test_the_parent_of_a_later_post_is_proved_too(bench: Bench) -> None:
    bench.thread(posts=2, gap=0)
    bench.beat()
    bench.change("story", 2, parent_remote_id="a stranger's")
    done = bench.beat()
    assert done is not None
    assert (done.state, done.why) == (State.HELD, Why.CHANGED)
    assert len(bench.timeline().published) == 1


def test_a_network_whose_code_fails_leaves_the_post_in_doubt_and_says_so(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(intent: Intent) -> Answer:
        bench.timeline().keep(intent)
        raise KeyError(intent.text)

    bench.thread(posts=1)
    bench.timeline().script.append(broken)
    done = bench.beat()
    assert done is not None
    assert (done.state, done.detail) == (State.UNKNOWN, "the network's code failed: KeyError")
    assert "sending dmz-escape/story/main/1" in caplog.text
    bench.run()
    assert (bench.states(), len(bench.timeline().posts)) == ("sent", 1)


def test_a_receipt_that_cannot_be_written_is_in_the_log_and_found_by_the_look(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.thread(posts=1)
    gone: list[None] = []

    def answered(intent: Intent) -> Answer:
        gone.append(None)
        return bench.timeline().accept(intent)

    def now() -> Any:
        if gone:
            raise TryLater("the database is locked by another program")
        return bench.clock.now()

    bench.timeline().script.append(answered)
    with pytest.raises(TryLater):
        bench.beat(now=now)
    assert "dmz-escape/story/main/1 is out as" in caplog.text
    assert "main-1000" in caplog.text
    assert bench.states() == "sending"
    bench.run()
    assert (bench.states(), len(bench.timeline().posts)) == ("sent", 1)


def test_a_database_that_is_gone_after_a_refusal_loses_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.thread(posts=1)
    gone: list[None] = []

    def limited(_: Intent) -> Answer:
        gone.append(None)
        return Answer(Kind.LIMITED)

    def now() -> Any:
        if gone:
            raise TryLater("the database is locked by another program")
        return bench.clock.now()

    bench.timeline().script.append(limited)
    with pytest.raises(TryLater):
        bench.beat(now=now)
    assert "is out as" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "states"),
    (
        (Kind.BLOCKED, "sent, held: account blocked, held: earlier post"),
        (Kind.REFUSED, "sent, failed: refused, held: earlier post"),
    ),
)
def test_a_thread_that_stands_still_half_out_is_told_once_with_what_is_out(
    bench: Bench, kind: Kind, states: str
) -> None:
    bench.thread(gap=0)
    bench.timeline().script.extend([bench.timeline().accept, Answer(kind, detail="HTTP 403")])
    (_, done) = bench.beats()
    assert done.detail == "HTTP 403; out already: https://x.example/status/main-1000"
    assert bench.states() == states
    (content,) = messages(bench)
    assert content["live"] == ["https://x.example/status/main-1000"]


def test_a_later_post_that_is_held_before_it_is_claimed_says_what_is_out_too(bench: Bench) -> None:
    bench.thread(gap=0)
    bench.beat()
    with bench.store.write() as connection:
        connection.execute(update(tables.thread).values(hash="another"))
    done = bench.beat()
    assert done is not None
    assert done.detail == "there is no approval of this content; out already: https://x.example/status/main-1000"


def messages(bench: Bench) -> list[dict[str, Any]]:
    with bench.store.read() as connection:
        return [json.loads(content) for content in connection.execute(select(tables.alert.c.content)).scalars()]
