"""Real tweepy over real HTTP against the fake X: every answer of X in the port's words."""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amplifier.errors import ConfigurationError
from amplifier.networks.port import Answer, Context, Identity, Intent, Kind, Network, NetworkError
from amplifier.networks.redact import Redact
from amplifier.networks.x import X
from amplifier.settings import AccountSettings
from tests.fakes import x_faults
from tests.fakes.x_faults import DELETE, ME, POST, READ, TIMELINE, Fault
from tests.fakes.x_server import XServer

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = Path(__file__).parents[3] / "shared" / "recorded"
SHORT = 0.4


def now() -> datetime:
    return datetime.now(UTC)


def intent(text: str = "A post", parent: str | None = None, **more: object) -> Intent:
    made = Intent("dmz", "story", "main", 1, text, parent, now())
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[XServer]:
    with XServer() as server:
        yield server


def connect(server: XServer, timeout: float = 5.0, name: str = "main", **settings: str) -> X:
    return X(name, server.settings(name, **settings), Context(Path("unused"), now, timeout))


@pytest.fixture
def x(server: XServer) -> X:
    return connect(server)


# ---------------------------------------------------------------- publish


def test_a_thread_goes_out_in_order_each_replying_to_the_one_before(server: XServer, x: X) -> None:
    network: Network = x
    parent = None
    for text in ("One & <two> 비무장지대 #NorthKorea", "Two", "Three https://example.org/stories/dmz?a=1&b=2"):
        answer = network.publish(intent(text, parent))
        assert answer.kind is Kind.ACCEPTED
        assert answer.receipt
        assert answer.receipt.url == f"https://x.com/i/web/status/{answer.receipt.remote_id}"
        parent = answer.receipt.remote_id
    first, second, third = server.posts
    assert (first.parent, second.parent, third.parent) == (None, first.id, second.id)
    assert first.text == "One & <two> 비무장지대 #NorthKorea"
    assert server.requests[0].body == {"text": first.text}
    assert server.requests[1].body == {"text": "Two", "reply": {"in_reply_to_tweet_id": first.id}}


def test_the_address_of_a_post_names_the_handle_once_it_is_known(server: XServer, x: X) -> None:
    x.whoami()
    answer = x.publish(intent())
    assert answer.receipt
    assert answer.receipt.url == f"https://x.com/main_on_x/status/{answer.receipt.remote_id}"
    configured = connect(server, handle="@Configured").publish(intent("Another"))
    assert configured.receipt
    assert str(configured.receipt.url).startswith("https://x.com/Configured/status/")


def test_posts_of_one_run_share_a_connection_but_none_that_was_idle(server: XServer) -> None:
    clock = [0.0]
    x = X("main", server.settings("main"), Context(Path("unused"), now, 5, ticks=lambda: clock[0]))
    x.publish(intent("One"))
    clock[0] += 20
    x.publish(intent("Two"))
    clock[0] += 31
    x.publish(intent("Three"))
    ports = [asked.port for asked in server.requests]
    assert ports[0] == ports[1] != ports[2]


TRANSLATIONS = {
    "duplicate": (x_faults.duplicate(), Kind.DUPLICATE, "duplicate content"),
    "duplicate, old code": (
        x_faults.answer(403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}),
        Kind.DUPLICATE,
        "duplicate",
    ),
    "suspended": (x_faults.suspended(), Kind.BLOCKED, "suspended"),
    "locked": (x_faults.locked(), Kind.BLOCKED, "locked"),
    "app may not write": (x_faults.app_may_not_write(), Kind.BLOCKED, "app permissions"),
    "unauthorized": (x_faults.unauthorized(), Kind.BLOCKED, "token"),
    "unauthorized with an odd body": (x_faults.answer(401, {"errors": None}), Kind.BLOCKED, "401"),
    "no credits": (x_faults.no_credits(), Kind.BLOCKED, "credits"),
    "no credits without a body": (x_faults.answer(402, ""), Kind.BLOCKED, "credits"),
    "reply refused": (x_faults.reply_refused(), Kind.REFUSED, "not been mentioned"),
    "not permitted": (
        x_faults.answer(403, x_faults.problem(403, "Forbidden", "You are not permitted to perform this action.")),
        Kind.REFUSED,
        "not permitted",
    ),
    "you have been blocked": (
        x_faults.answer(403, x_faults.problem(403, "Forbidden", "You have been blocked from replying.")),
        Kind.REFUSED,
        "blocked from",
    ),
    "bad request": (x_faults.answer(400, x_faults.problem(400, "Invalid Request", "Too long")), Kind.REFUSED, "long"),
    "not found": (x_faults.answer(404, x_faults.problem(404, "Not Found", "Not Found")), Kind.REFUSED, "404"),
    "unprocessable": (x_faults.answer(422, {"errors": [{"message": "No"}]}), Kind.REFUSED, "No"),
    "limited": (x_faults.rate_limited(), Kind.LIMITED, "rate limit"),
    "limited with an odd body": (x_faults.answer(429, {"detail": None}), Kind.LIMITED, "429"),
    "limited with a reset that is no number": (
        x_faults.rate_limited(headers={"x-rate-limit-reset": "soon"}),
        Kind.LIMITED,
        "429",
    ),
    "403 in HTML": (x_faults.answer(403, "<html>Attention required</html>"), Kind.UNCLEAR, "403"),
    "403 that says nothing": (x_faults.answer(403, {"errors": None}), Kind.UNCLEAR, "403"),
    "403 with a list": (x_faults.answer(403, [1, 2]), Kind.UNCLEAR, "403"),
    "400 with odd errors": (x_faults.answer(400, {"errors": [None, 7, "x"]}), Kind.UNCLEAR, "400"),
    "400 with odd codes": (x_faults.answer(400, {"title": "Bad", "code": [1], "type": {}}), Kind.REFUSED, "Bad"),
    "409": (x_faults.answer(409, x_faults.problem(409, "Conflict", "Conflict")), Kind.UNCLEAR, "409"),
    "500": (x_faults.server_error(500), Kind.UNCLEAR, "500"),
    "503 in JSON": (x_faults.server_error(503), Kind.UNCLEAR, "503"),
    "503 in HTML": (x_faults.server_error(503, html=True), Kind.UNCLEAR, "503"),
    "dropped": (x_faults.drop(), Kind.UNCLEAR, "broke off"),
    "redirected": (
        x_faults.answer(307, "", headers={"Location": "http://127.0.0.1:9/2/tweets"}),
        Kind.UNCLEAR,
        "307",
    ),
    "list body": (x_faults.answer(201, []), Kind.UNCLEAR, "without a readable id"),
    "null errors": (x_faults.answer(201, {"errors": None}), Kind.UNCLEAR, "without a readable id"),
    "null data": (x_faults.answer(201, {"data": None}), Kind.UNCLEAR, "without a readable id"),
    "id of another kind": (x_faults.answer(201, {"data": {"id": 17}}), Kind.UNCLEAR, "without a readable id"),
    "no id": (x_faults.answer(201, {"data": {"text": "A post"}}), Kind.UNCLEAR, "without a readable id"),
    "HTML success": (x_faults.answer(200, "<html>Log in to this Wi-Fi</html>"), Kind.UNCLEAR, "200"),
    "accepted": (x_faults.answer(202, {"data": {"id": "17"}}), Kind.UNCLEAR, "202"),
}


@pytest.mark.parametrize("case", TRANSLATIONS)
def test_every_answer_to_a_post_is_translated_after_one_request(server: XServer, x: X, case: str) -> None:
    fault, kind, words = TRANSLATIONS[case]
    server.script(fault)
    answer = x.publish(intent())
    assert (answer.kind, answer.receipt, answer.until) == (kind, None, None)
    assert words in answer.detail
    assert len(server.requests) == 1
    assert x.publish(intent("The next one")).kind is Kind.ACCEPTED


STORED = {
    "dropped after it was stored": x_faults.drop(store=True),
    "503 after it was stored": x_faults.server_error(store=True),
    "torn connection": x_faults.truncated(),
    "torn JSON": x_faults.broken_json(),
    "empty 201": x_faults.empty(),
    "silence": x_faults.hang(20, store=True),
    "one byte at a time": x_faults.trickle(20),
}


@pytest.mark.parametrize("case", STORED)
def test_a_post_whose_answer_is_lost_is_unclear_sent_once_and_found_by_a_look(server: XServer, case: str) -> None:
    x = connect(server, timeout=SHORT)
    anchor = server.state.add("main", "Before", None)
    server.script(STORED[case])
    sent = intent("Lost & found: https://example.org/stories/dmz", anchor=anchor.id)
    began = time.monotonic()
    assert x.publish(sent).kind is Kind.UNCLEAR
    assert time.monotonic() - began < SHORT + 0.5
    assert len(server.asked(POST)) == 1
    sighting = x.find(sent)
    assert sighting.readable
    assert [receipt.remote_id for receipt in sighting.receipts] == [server.posts[1].id]


def test_a_request_that_ran_out_of_time_leaves_no_thread_behind(server: XServer) -> None:
    server.script(x_faults.hang(20), x_faults.trickle(20))
    x = connect(server, timeout=SHORT)
    for text in ("One", "Two"):
        assert x.publish(intent(text)).detail == "no answer from 127.0.0.1 within 0.4 s"
    deadline = time.monotonic() + 2
    while any(thread.name == "x request" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nothing_listening_is_not_sent() -> None:
    with XServer() as server:
        x = connect(server)
    answer = x.publish(intent())
    assert answer.kind is Kind.NOT_SENT
    assert answer.detail == "no connection to 127.0.0.1: Connection refused"


def test_a_wrong_signature_is_blocked(server: XServer) -> None:
    wrong = server.settings("main").model_copy(update={"access_token_secret": server.settings("b").access_token_secret})
    answer = X("main", wrong, Context(Path("unused"), now, 5)).publish(intent())
    assert answer.kind is Kind.BLOCKED
    assert server.posts == []


def test_an_unknown_parent_is_refused(x: X) -> None:
    answer = x.publish(intent(parent="17"))
    assert answer.kind is Kind.REFUSED
    assert "does not exist" in answer.detail


def test_the_second_of_two_equal_posts_is_a_duplicate(x: X) -> None:
    assert x.publish(intent()).kind is Kind.ACCEPTED
    assert x.publish(intent()).kind is Kind.DUPLICATE


def test_without_credentials_there_is_no_x() -> None:
    with pytest.raises(ConfigurationError, match="account main has no credentials") as caught:
        X("main", AccountSettings.model_validate({}), Context(Path("unused"), now, 5))
    assert "AMPLIFIER_ACCOUNTS__MAIN__ACCESS_TOKEN_SECRET" in caught.value.hint


def test_nothing_but_this_machines_own_clock_is_asked_between_the_check_and_the_receipt(server: XServer) -> None:
    """`now` may be a database server's: one that hangs would let the lease run out unseen, one that is gone would lose
    the receipt."""

    def gone() -> datetime:
        raise TimeoutError("the database server does not answer")

    answer = X("main", server.settings("main"), Context(Path("unused"), gone, 5)).publish(intent())
    assert answer.kind is Kind.ACCEPTED


# ---------------------------------------------------------------- find


def found(x: X, wanted: Intent) -> list[str]:
    sighting = x.find(wanted)
    assert sighting.readable, sighting.detail
    return [receipt.remote_id for receipt in sighting.receipts]


def test_a_look_gives_id_address_and_time_oldest_first(server: XServer, x: X) -> None:
    server.state.refuse_duplicates = False
    one, two = (server.state.add("main", "A post", None) for _ in range(2))
    x.whoami()
    sighting = x.find(intent())
    assert [receipt.remote_id for receipt in sighting.receipts] == [one.id, two.id]
    assert sighting.receipts[0].url == f"https://x.com/main_on_x/status/{one.id}"
    at = sighting.receipts[0].at
    assert at
    assert abs(at.timestamp() - one.at) <= 1


def test_a_look_begins_after_the_anchor(server: XServer, x: X) -> None:
    before, after = server.state.add("main", "A post", None), server.state.add("main", "A post", None)
    assert found(x, intent(anchor=before.id)) == [after.id]
    assert server.asked(TIMELINE)[0].query["since_id"] == [before.id]


def test_without_an_anchor_a_look_begins_five_minutes_before_the_claim(server: XServer, x: X) -> None:
    post = server.state.add("main", "A post", None)
    assert found(x, intent(claimed_at=now() + timedelta(minutes=4))) == [post.id]
    assert found(x, intent(claimed_at=now() + timedelta(minutes=6))) == []


def test_a_look_only_counts_the_same_parent_text_and_account(server: XServer, x: X) -> None:
    root = server.state.add("main", "Root", None)
    reply = server.state.add("main", "A post", root.id)
    server.state.add("main", "A post, but another", root.id)
    server.state.add("other", "A post", root.id)
    assert found(x, intent(parent=root.id)) == [reply.id]
    assert found(x, intent()) == []
    assert found(x, intent(parent=reply.id)) == []


def test_a_look_reads_every_page(server: XServer, x: X) -> None:
    wanted = server.state.add("main", "The oldest", None)
    for number in range(230):
        server.state.add("main", f"Later {number}", None)
    assert found(x, intent("The oldest")) == [wanted.id]
    assert len(server.asked(TIMELINE)) == 3


def test_a_look_asks_whose_token_it_is_once(server: XServer, x: X) -> None:
    post = server.state.add("main", "A post", None)
    assert found(x, intent()) == found(x, intent()) == [post.id]
    assert len(server.asked(ME)) == 1
    other = connect(server)
    assert found(other, intent(author=server.account("main").id)) == [post.id]
    assert len(server.asked(ME)) == 1


def test_a_look_sees_nothing_before_the_timeline_does(server: XServer, x: X) -> None:
    server.state.lag = 60
    server.state.add("main", "A post", None)
    assert found(x, intent()) == []
    server.state.lag = 0
    assert len(found(x, intent())) == 1


UNREADABLE = {
    "limited": x_faults.rate_limited(TIMELINE),
    "unauthorized": x_faults.unauthorized(TIMELINE),
    "503": x_faults.server_error(on=TIMELINE),
    "dropped": x_faults.drop(TIMELINE),
    "cut": Fault("cut", TIMELINE, store=True),
    "empty": x_faults.answer(200, "", TIMELINE),
    "list": x_faults.answer(200, [], TIMELINE),
    "no meta": x_faults.answer(200, {"data": []}, TIMELINE),
    "neither data nor a count": x_faults.answer(200, {"meta": {}}, TIMELINE),
    "only errors": x_faults.answer(200, {"errors": [{"title": "Authorization Error"}]}, TIMELINE),
    "errors beside a count": x_faults.answer(
        200, {"errors": [{"title": "Authorization Error"}], "meta": {"result_count": 0}}, TIMELINE
    ),
    "posts without text": x_faults.answer(200, {"data": [{"id": "1"}], "meta": {"result_count": 1}}, TIMELINE),
    "pages without end": x_faults.answer(
        200, {"data": [], "meta": {"result_count": 0, "next_token": "page0"}}, TIMELINE
    ),
    "identity": x_faults.server_error(on=ME),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_a_timeline_that_is_not_read_in_whole_is_not_readable(server: XServer, x: X, case: str) -> None:
    server.state.add("main", "A post", None)
    server.script(UNREADABLE[case], UNREADABLE[case])
    sighting = x.find(intent())
    assert not sighting.readable
    assert sighting.receipts == ()
    assert sighting.detail


def test_a_second_page_that_fails_makes_the_look_unreadable(server: XServer, x: X) -> None:
    for number in range(101):
        server.state.add("main", f"Post {number}", None)
    server.script(x_faults.passed(TIMELINE), x_faults.server_error(on=TIMELINE))
    assert not x.find(intent("Post 100")).readable


def test_a_limited_look_says_when_the_timeline_may_be_read_again(server: XServer, x: X) -> None:
    reset = int(time.time()) + 600
    server.script(x_faults.rate_limited(TIMELINE, {"x-rate-limit-reset": str(reset)}))
    assert x.find(intent()).until == datetime.fromtimestamp(reset, UTC)


def test_a_post_whose_link_is_not_unwrapped_is_neither_found_nor_missing(server: XServer, x: X) -> None:
    item = {"id": "99", "text": "Read https://t.co/abcdefghij"}
    server.script(x_faults.answer(200, {"data": [item], "meta": {"result_count": 1}}, TIMELINE))
    assert not x.find(intent("Read https://example.org/a")).readable


def test_a_post_that_is_found_counts_beside_one_that_is_not_clear(server: XServer, x: X) -> None:
    items = [{"id": "99", "text": "Read https://t.co/abcdefghij"}, {"id": "98", "text": "Read https://example.org/a"}]
    server.script(x_faults.answer(200, {"data": items, "meta": {"result_count": 2}}, TIMELINE))
    assert found(x, intent("Read https://example.org/a")) == ["98"]


# ---------------------------------------------------------------- what X calls a duplicate


def twins(x: X, wanted: Intent) -> list[str]:
    """Other posts with this text, none of which is taken for this one."""
    sighting = x.find(wanted)
    assert sighting.readable, sighting.detail
    assert sighting.receipts == ()
    return [other.remote_id for other in sighting.others]


@pytest.mark.parametrize("anchored", (True, False))
def test_a_duplicate_is_looked_for_in_the_fortnight_before_the_claim_too(anchored: bool) -> None:
    """The anchor itself may be it."""
    begun = time.time()
    days = [-20.0]
    with XServer(now=lambda: begun + days[-1] * 86400) as server:
        x, made = connect(server), []
        for day in (-20, -13, -1):
            days.append(day)
            made.append(server.state.add("main", "Read what she wrote: https://example.org/a&b", None))
        days.append(0)
        anchor = made[-1].id if anchored else None
        wanted = intent(made[0].text, anchor=anchor, duplicate=True)
        assert twins(x, wanted) == [made[1].id, made[2].id]
        assert x.find(wanted).others[0].url == f"https://x.com/main_on_x/status/{made[1].id}"
        assert twins(x, replace(wanted, duplicate=False)) == []


def test_a_twin_after_the_anchor_with_another_parent_is_shown_in_any_case(server: XServer, x: X) -> None:
    root = server.state.add("main", "Root", None)
    twin = server.state.add("main", "A post", root.id)
    assert twins(x, intent()) == twins(x, intent(duplicate=True)) == [twin.id]


def test_a_twin_whose_link_is_not_unwrapped_is_shown_and_makes_nothing_unreadable(server: XServer, x: X) -> None:
    item = {"id": "99", "text": "Read https://t.co/abcdefghij"}
    before = x_faults.answer(200, {"data": [item], "meta": {"result_count": 1}}, TIMELINE)
    server.script(x_faults.passed(TIMELINE), before)
    assert twins(x, intent("Read https://example.org/a", anchor="100", duplicate=True)) == ["99"]


def test_a_fortnight_that_cannot_be_read_takes_nothing_from_the_look(server: XServer, x: X) -> None:
    post = server.state.add("main", "A post", None)
    server.script(x_faults.passed(TIMELINE), x_faults.rate_limited(on=TIMELINE))
    sighting = x.find(intent(duplicate=True))
    assert [found.remote_id for found in sighting.receipts] == [post.id]
    assert sighting.detail.startswith("what was posted before could not be read: HTTP 429")


def test_a_timeline_that_is_longer_than_there_is_time_is_not_readable(server: XServer) -> None:
    """A look that outlives its lease would be thrown away, and taken again without end."""
    for number in range(230):
        server.state.add("main", f"Later {number}", None)

    def ticks() -> float:
        return 3.0 * len(server.requests)

    sighting = X("main", server.settings("main"), Context(Path("unused"), now, 2.0, ticks=ticks)).find(intent())
    assert (sighting.readable, sighting.detail) == (False, "the timeline is too long to be read in time")


# ---------------------------------------------------------------- whoami, delete


def test_whoami_says_whose_token_it_is_and_how_many_follow(server: XServer, x: X) -> None:
    server.state.followers["main"] = 1234
    assert x.whoami() == Identity(server.account("main").id, "main_on_x", 1234)
    assert server.asked(ME)[0].query == {"user.fields": ["public_metrics"]}


@pytest.mark.parametrize("counts", (None, {}, [], {"followers_count": None}, {"followers_count": "7"}))
def test_followers_that_are_not_told_are_none_and_the_account_is_known(server: XServer, x: X, counts: object) -> None:
    user = {"id": "1", "username": "main_on_x", "public_metrics": counts}
    server.script(x_faults.answer(200, {"data": user}, ME))
    assert x.whoami() == Identity("1", "main_on_x", None)


@pytest.mark.parametrize(
    ("fault", "kind"),
    (
        (x_faults.unauthorized(ME), Kind.BLOCKED),
        (x_faults.no_credits(ME), Kind.BLOCKED),
        (x_faults.rate_limited(ME), Kind.LIMITED),
        (x_faults.server_error(on=ME), Kind.UNCLEAR),
        (x_faults.answer(200, {"data": {"id": "1"}}, ME), Kind.UNCLEAR),
        (x_faults.answer(200, [], ME), Kind.UNCLEAR),
    ),
)
def test_whoami_without_an_identity_raises_what_was_heard(server: XServer, x: X, fault: Fault, kind: Kind) -> None:
    server.script(fault)
    with pytest.raises(NetworkError, match="account main") as caught:
        x.whoami()
    assert caught.value.answer.kind is kind
    assert caught.value.hint


def test_a_post_is_deleted_once_and_then_gone(server: XServer, x: X) -> None:
    post = server.state.add("main", "A post", None)
    assert x.delete(post.id).kind is Kind.ACCEPTED
    assert server.posts == []
    again = x.delete(post.id)
    assert (again.kind, again.detail) == (Kind.ACCEPTED, "it was gone already")


@pytest.mark.parametrize(
    ("fault", "kind"),
    (
        (x_faults.answer(404, "<html>Not here</html>", DELETE), Kind.UNCLEAR),
        (x_faults.answer(200, {"data": {"deleted": False}}, DELETE), Kind.UNCLEAR),
        (x_faults.answer(200, {}, DELETE), Kind.UNCLEAR),
        (x_faults.server_error(on=DELETE), Kind.UNCLEAR),
        (x_faults.unauthorized(DELETE), Kind.BLOCKED),
        (x_faults.rate_limited(DELETE), Kind.LIMITED),
    ),
)
def test_a_deletion_that_is_not_confirmed_is_not_accepted(server: XServer, x: X, fault: Fault, kind: Kind) -> None:
    server.script(fault)
    assert x.delete("17").kind is kind


def test_a_deletion_without_an_answer_is_what_the_wire_knows() -> None:
    with XServer() as gone:
        x = connect(gone)
    assert x.delete("17").kind is Kind.NOT_SENT


def test_another_accounts_post_is_not_deleted(server: XServer, x: X) -> None:
    post = server.state.add("other", "Not ours", None)
    assert x.delete(post.id).kind is Kind.REFUSED
    assert server.posts == [post]


# ---------------------------------------------------------------- two threads, and secrets


def test_two_threads_share_one_network_and_never_mix_up_their_answers(server: XServer, x: X) -> None:
    post = server.state.add("main", "Measured", None)
    seen: list[bool] = []

    def measure() -> None:
        seen.extend(set(x.metrics([post.id]).metrics) == {post.id} for _ in range(20))

    thread = threading.Thread(target=measure)
    thread.start()
    answers = [x.publish(intent(f"Post {number}")) for number in range(20)]
    thread.join()
    assert all(seen)
    assert [answer.receipt.remote_id for answer in answers if answer.receipt] == [post.id for post in server.posts[1:]]


@pytest.mark.parametrize("guard", ("levels", "filter"))
def test_no_secret_and_no_text_reaches_a_log_a_detail_or_a_repr(
    server: XServer, guard: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(f"{record.name}: {self.format(record)}")

    x = connect(server, timeout=SHORT)
    handler = Keep()
    names = ("tweepy", "tweepy.client", "requests_oauthlib", "oauthlib", "urllib3", "requests")
    before = {name: logging.getLogger(name).level for name in ("", *names)}
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    if guard == "filter":
        handler.addFilter(Redact())
        for name in names:
            logging.getLogger(name).setLevel(logging.DEBUG)
    secrets = list(server.account("main").secrets.values())
    echo = x_faults.problem(403, "Forbidden", "bad token " + " ".join(secrets))
    server.script(x_faults.passed(), x_faults.answer(403, echo), x_faults.drop(), x_faults.hang(20))
    try:
        answers = [x.publish(intent(f"unsent canary {number}")) for number in range(4)]
        server.script(x_faults.answer(400, echo, ME), x_faults.answer(400, echo, TIMELINE))
        with pytest.raises(NetworkError) as caught:
            x.whoami()
        x.whoami()
        sighting = x.find(intent("unsent canary 5"))
        measured = x.metrics(["17"])
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
    logged = "\n".join(said)
    assert "amplifier.networks.x_wire: POST /2/tweets: HTTP 201" in logged
    shown = "\n".join((logged, repr(x), repr(answers), str(caught.value), repr(sighting), repr(measured)))
    shown += "".join(capsys.readouterr())
    for canary in (*secrets, "unsent canary", "OAuth oauth_", "oauth_signature"):
        assert canary not in shown
    assert "***" in answers[1].detail


# ---------------------------------------------------------------- what X really answered once


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded answers are not part of this checkout")
def test_recorded_answers_are_understood(server: XServer, x: X) -> None:
    def body(name: str, place: int = 0) -> dict[str, object]:
        recorded: list[dict[str, dict[str, object]]] = json.loads((RECORDED / name).read_text("utf-8"))
        return recorded[place]["body"]

    server.script(
        x_faults.answer(201, body("create_and_delete_tweet.json")),
        x_faults.answer(200, body("create_and_delete_tweet.json", 1), DELETE),
        x_faults.answer(200, body("get_me.json"), ME),
        x_faults.answer(200, body("get_users_tweets.json"), TIMELINE),
        x_faults.answer(200, {"meta": {"result_count": 0}}, TIMELINE),
        x_faults.answer(200, body("get_tweets.json"), READ),
    )
    created: Answer = x.publish(intent())
    assert created.receipt
    assert created.receipt.remote_id == "1456012973835788293"
    assert x.delete(created.receipt.remote_id).kind is Kind.ACCEPTED
    assert x.whoami().handle == "TweepyDev"
    known = (
        "if you see an edited Tweet it's because we're testing the edit button\n\nthis is happening and you'll be okay"
    )
    assert found(x, intent(known)) == ["1565318587736285184"]
    assert list(x.metrics(["1293593516040269825"]).metrics) == ["1293593516040269825"]
