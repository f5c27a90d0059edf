"""The fake itself: a lenient fake would prove nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from requests.utils import to_native_string
from requests_oauthlib import OAuth1

from amplifier.networks.port import Answer, Context, Intent, Kind
from amplifier.networks.x import X
from amplifier.settings import AccountSettings, load_settings
from tests.fakes import x_faults
from tests.fakes.x_answers import answer_to
from tests.fakes.x_oauth import authorization_of, is_signed
from tests.fakes.x_server import XServer
from tests.fakes.x_state import PRIVATE, PRIVATE_SECONDS, Account, wrapped

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def test_a_signature_is_right_for_exactly_one_request_and_its_secrets() -> None:
    auth = OAuth1("key", "api secret", "token", "token secret")
    query = "ids=1%2C2&q=a%20b%2B&empty="
    signed = requests.Request("GET", f"https://api.twitter.com/2/tweets?{query}", auth=auth).prepare()
    given = authorization_of(to_native_string(signed.headers["Authorization"]))  # type: ignore[no-untyped-call]
    assert is_signed("GET", "/2/tweets", query, given, "api secret", "token secret")
    assert not is_signed("GET", "/2/tweets", query, given, "api secret", "another")
    assert not is_signed("GET", "/2/tweets", query, given, "another", "token secret")
    assert not is_signed("POST", "/2/tweets", query, given, "api secret", "token secret")
    assert not is_signed("GET", "/2/users", query, given, "api secret", "token secret")
    assert not is_signed("GET", "/2/tweets", "ids=1", given, "api secret", "token secret")
    assert not is_signed("GET", "/2/tweets", query, {**given, "oauth_nonce": "x"}, "api secret", "token secret")
    assert not is_signed("GET", "/2/tweets", query, {}, "api secret", "token secret")


def test_an_unsigned_request_and_a_repeated_one_are_refused() -> None:
    with XServer() as server, requests.Session() as session:
        assert session.get(f"{server.url}/2/users/me").status_code == 401
        secrets = server.account("main").secrets
        auth = OAuth1(*secrets.values())
        signed = requests.Request("GET", "https://api.twitter.com/2/users/me", auth=auth).prepare()
        signed.url = f"{server.url}/2/users/me"
        assert [session.send(signed).status_code for _ in range(2)] == [200, 401]
        assert [asked.account for asked in server.requests] == [None, "main", None]


def test_unknown_parameters_fields_and_keys_are_refused() -> None:
    with XServer() as server:
        settings = server.settings("main")
        x = X("main", settings, Context(Path("unused"), lambda: NOW, 5))
        client = x._client

        def status(route: str, params: dict[str, str]) -> int | None:
            heard = x._ask(lambda: client.request("GET", route, params=params, user_auth=True))
            return getattr(heard, "status", None)

        timeline = f"/2/users/{server.account('main').id}/tweets"
        assert status("/2/tweets", {"ids": "1"}) == 200
        assert status("/2/tweets", {"ids": "1", "post.fields": "public_metrics"}) == 400
        assert status("/2/tweets", {"ids": "1", "tweet.fields": "secrets"}) == 400
        assert status("/2/tweets", {"ids": ",".join(map(str, range(101)))}) == 400
        assert status(timeline, {"max_results": "4"}) == 400
        assert status(timeline, {"exclude": "posts"}) == 400
        assert status("/2/users/1/tweets", {}) == 403
        assert status("/2/users/me", {"user.fields": "public_metrics"}) == 200
        assert status("/2/users/me", {"user.fields": "secrets"}) == 400
        assert status("/2/users/me", {"tweet.fields": "public_metrics"}) == 400
        heard = x._ask(lambda: client.create_tweet(text="A post", quote_tweet_id="1"))
        assert getattr(heard, "status", None) == 400


def test_a_process_of_its_own_keeps_its_posts_and_takes_faults(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.x_server", "--port", "0", "--state", str(tmp_path / "x.jsonl")]
    ids: list[str] = []
    for run in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
            assert process.stdout
            url = process.stdout.readline().strip()
            settings = AccountSettings.model_validate({**Account("main").secrets, "base_url": url})
            x = X("main", settings, Context(tmp_path, lambda: NOW, 5))
            with requests.Session() as session:
                session.post(f"{url}/fake/script", data=json.dumps([asdict(x_faults.duplicate())]))
                assert x.publish(Intent("dmz", "story", "main", 1, "A", None, NOW)).kind is Kind.DUPLICATE
                answer = x.publish(Intent("dmz", "story", "main", 1, f"Run {run}", None, NOW))
                assert answer.receipt
                ids.append(answer.receipt.remote_id)
                assert [post["id"] for post in session.get(f"{url}/fake").json()["posts"]] == ids
            os.kill(process.pid, signal.SIGTERM)
        assert process.returncode == 0
    assert int(ids[0]) < int(ids[1])


def test_the_credentials_are_an_environment(tmp_path: Path) -> None:
    with XServer() as server:
        environ = {**server.credentials("main"), "AMPLIFIER_LIVE": "1"}
        settings = load_settings(tmp_path, environ)
        assert settings.mode_of("main") == "live"
        assert settings.account("main") == server.settings("main")


@pytest.mark.parametrize(
    ("text", "shown", "expanded"),
    (
        ("a & b <c>", "a &amp; b &lt;c&gt;", []),
        ("Read example.org.", "Read https://t.co/X.", ["http://example.org/"]),
        ("https://example.org/a?b=1&c=2 & d", "https://t.co/X &amp; d", ["https://example.org/a?b=1&c=2"]),
    ),
)
def test_texts_come_back_as_x_shows_them(text: str, shown: str, expanded: list[str]) -> None:
    made, urls = wrapped(text)
    for url in urls:
        assert made[url["start"] : url["end"]] == url["url"]
        made = made.replace(url["url"], "https://t.co/X")
    assert made == shown
    assert [url["expanded_url"] for url in urls] == expanded


def test_counts_grow_with_the_age() -> None:
    clock = [1_800_000_000.0]
    state = XServer(now=lambda: clock[0])
    with state as server:
        post = server.state.add("main", "A post", None)
        young = server.state.show(post, {"public_metrics"})["public_metrics"]
        clock[0] += 3600
        old = server.state.show(post, {"public_metrics"})["public_metrics"]
    assert all(old[name] > young[name] for name in young)


def test_private_counts_are_told_of_own_posts_for_thirty_days_and_refused_by_field() -> None:
    clock = [1_800_000_000.0]
    with XServer(now=lambda: clock[0]) as server:
        main, state = server.account("main"), server.state
        mine, theirs = state.add("main", "Mine", None), state.add("other", "Theirs", None)
        query = {"ids": [f"{mine.id},{theirs.id}"], "tweet.fields": ["public_metrics,non_public_metrics"]}
        timeline = f"/2/users/{main.id}/tweets"

        def told(path: str) -> tuple[list[str], set[tuple[str, str]]]:
            found = {**query} if path == "/2/tweets" else {"tweet.fields": query["tweet.fields"]}
            _, body = answer_to(state, main, "GET", path, found, None)
            data = [item["id"] for item in body.get("data", []) if "non_public_metrics" in item]
            return data, {(error["resource_id"], error["field"]) for error in body.get("errors", [])}

        refused = {f"non_public_metrics.{name}" for name in PRIVATE}
        clock[0] += PRIVATE_SECONDS - 1
        assert told("/2/tweets") == ([mine.id], {(theirs.id, field) for field in refused})
        assert told(timeline) == ([mine.id], set())
        state.blind.add("main")
        assert told(timeline) == ([], {(mine.id, field) for field in refused})
        state.blind.clear()
        clock[0] += 1
        assert told("/2/tweets") == ([], {(post.id, field) for post in (mine, theirs) for field in refused})
        assert told(timeline) == ([], set())


def published(server: XServer, *faults: x_faults.Fault, timeout: float = 5) -> Answer:
    server.script(*faults)
    x = X("main", server.settings("main"), Context(Path("unused"), lambda: datetime.now(UTC), timeout))
    return x.publish(Intent("dmz", "story", "main", 1, "A post", None, NOW))


@pytest.mark.parametrize("store", (True, False))
def test_a_reset_breaks_the_connection_with_or_without_the_post(store: bool) -> None:
    with XServer() as server:
        answer = published(server, x_faults.reset(store=store))
        assert (answer.kind, answer.detail) == (Kind.UNCLEAR, "the answer from 127.0.0.1 broke off: ConnectionError")
        assert len(server.posts) == store


def test_a_late_post_is_accepted_after_the_client_has_gone() -> None:
    with XServer() as server:
        answer = published(server, x_faults.late(0.4), timeout=0.2)
        assert answer.kind is Kind.UNCLEAR
        assert server.posts == []
        deadline = time.monotonic() + 5
        while not server.posts and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [post.text for post in server.posts] == ["A post"]


def test_an_echo_repeats_the_credentials_of_whoever_asked() -> None:
    with XServer() as server:
        server.script(x_faults.echo())
        auth = OAuth1(*server.account("main").secrets.values())
        signed = requests.Request("POST", "https://api.twitter.com/2/tweets", auth=auth, json={"text": "A"}).prepare()
        signed.url = f"{server.url}/2/tweets"
        with requests.Session() as session:
            told = session.send(signed)
        assert told.status_code == 403
        assert all(secret in told.text for secret in server.account("main").secrets.values())


def test_a_reset_header_may_be_said_as_seconds_from_now() -> None:
    with XServer() as server:
        answer = published(server, x_faults.rate_limited(headers={"x-rate-limit-reset": "+60"}))
        assert answer.until is not None
        assert 55 < (answer.until - datetime.now(UTC)).total_seconds() <= 60


def test_a_watcher_sees_three_moments_of_a_request_and_two_where_no_answer_comes() -> None:
    seen: list[tuple[str, int]] = []
    with XServer() as server:
        server.watch = lambda moment, _asked: seen.append((moment, len(server.posts)))
        published(server)
        published(server, x_faults.drop())
        assert server.scripted(x_faults.POST) == []
    assert seen == [("heard", 0), ("done", 1), ("answered", 1), ("heard", 1), ("done", 1)]


def test_the_same_text_twice_is_accepted_where_the_check_is_off() -> None:
    with XServer(duplicates=False) as server:
        assert [published(server).kind for _ in range(2)] == [Kind.ACCEPTED] * 2
        assert len(server.posts) == 2


def test_what_a_person_deletes_is_gone() -> None:
    with XServer() as server:
        answer = published(server)
        assert answer.receipt
        server.delete(answer.receipt.remote_id)
        assert server.posts == []
        assert published(server).kind is Kind.ACCEPTED
