"""One account on X, through tweepy: asks, and says what it heard in the port's words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
import tweepy

from amplifier.errors import ConfigurationError
from amplifier.networks import x_answers, x_counts, x_posts
from amplifier.networks.look import LOOK_BACK, TWINS_BACK
from amplifier.networks.port import Answer, Identity, Kind, Measured, NetworkError, Receipt, Sighting
from amplifier.networks.redact import quiet_libraries
from amplifier.networks.x_answers import Reply
from amplifier.networks.x_counts import FIELDS, MOST_IDS
from amplifier.networks.x_readings import Readings
from amplifier.networks.x_wire import HOSTS, NoAnswerError, NotSentError, Wire
from amplifier.settings import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from amplifier.networks.port import Context, Intent
    from amplifier.settings import AccountSettings


class X:
    """Implements the port with one `tweepy.Client`, kept for the whole run and safe to use from two threads.

    tweepy's own reading of answers is not used: it raises whatever it stumbles over. Every answer is read
    from the raw response instead, and an exception only tells what the wire knows.
    """

    def __init__(self, name: str, settings: AccountSettings, context: Context) -> None:
        """Raises `ConfigurationError` without all four credentials; nothing is sent yet."""
        if not settings.has_credentials:
            prefix = f"AMPLIFIER_ACCOUNTS__{name.upper()}__"
            raise ConfigurationError(
                f"account {name} has no credentials for X",
                "set " + ", ".join(prefix + secret.upper() for secret in SECRETS),
            )
        quiet_libraries()
        self._name = name
        self._now = context.now
        self._ticks = context.ticks
        self._timeout = context.http_timeout
        self._secrets = tuple(getattr(settings, secret).get_secret_value() for secret in SECRETS)
        self._host = (urlsplit(settings.base_url or HOSTS[0]).hostname) or "X"
        self._handle = settings.handle
        self._identity: Identity | None = None
        self._readings = Readings(self._get, context.now)
        self._wire = Wire(settings.base_url, context.http_timeout, context.ticks)
        self._client = tweepy.Client(
            **dict(zip(("consumer_key", "consumer_secret", *SECRETS[2:]), self._secrets, strict=True)),
            return_type=requests.Response,
            wait_on_rate_limit=False,
        )
        session = self._client.session
        session.adapters.clear()
        session.max_redirects = 0
        for host in HOSTS:
            session.mount(host, self._wire)

    def publish(self, intent: Intent) -> Answer:
        """One request, no retry, and no opinion about what comes back."""
        heard = self._ask(
            lambda: self._client.create_tweet(text=intent.text, in_reply_to_tweet_id=intent.parent, user_auth=True)
        )
        if isinstance(heard, Answer):
            return heard
        if heard.status in {200, 201}:  # without asking a clock that may be a database's: this must not fail
            return x_answers.published(heard, self._url)
        return self._clean(x_answers.refusal(heard, self._now()))

    def find(self, intent: Intent) -> Sighting:
        """Read the own timeline from the anchor on, every page.

        Not readable when any page is not, or when a post differs from the intent only in a link that X does
        not unwrap: then nobody can say whether it is ours.
        """
        deadline = self._ticks() + 2 * self._timeout
        try:
            author = intent.author or (self._identity or self.whoami()).remote_id
        except NetworkError as exc:
            return Sighting(readable=False, detail=exc.message, until=exc.answer.until)
        since = {"since_id": intent.anchor} if intent.anchor else {"start_time": _instant(_begin(intent))}
        items = self._timeline(author, since, deadline)
        if isinstance(items, Answer):
            return Sighting(readable=False, detail=items.detail, until=items.until)
        verdicts = [(item, x_posts.same_text(item, intent.text)) for item in items]
        near = [(item, same) for item, same in verdicts if x_posts.parent_of(item) == intent.parent]
        found = [item for item, same in near if same]
        if not found and any(same is None for _, same in near):
            return Sighting(readable=False, detail="a post differs only in a link that X does not unwrap")
        others = [item for item, same in verdicts if same and item not in found]
        before = self._before(author, intent, deadline) if intent.duplicate else []
        if isinstance(before, Answer):  # for a person's eyes only: all that may be this post was read
            detail = f"what was posted before could not be read: {before.detail}"
            return Sighting(True, self._receipts(found), detail, others=self._receipts(others))
        # a link that X does not unwrap may be the same one, and this is what X calls a duplicate
        others += [item for item in before if x_posts.same_text(item, intent.text) is not False]
        return Sighting(True, self._receipts(found), others=self._receipts(others))

    def _before(self, author: str, intent: Intent, deadline: float) -> list[Mapping[str, Any]] | Answer:
        """Own posts up to the anchor, and it, of the last 14 days before the claim."""
        # an id more: nobody says whether X counts the last one in
        end = {"until_id": str(int(intent.anchor) + 1)} if intent.anchor else {"end_time": _instant(_begin(intent))}
        return self._timeline(author, {"start_time": _instant(intent.claimed_at - TWINS_BACK), **end}, deadline)

    @property
    def private_within(self) -> timedelta:
        """What X says, less a margin."""
        return x_counts.PRIVATE_WITHIN

    def metrics(self, remote_ids: Sequence[str]) -> Measured:
        """The counts of up to 100 posts, the private ones where X may tell them; raises `ValueError` for more."""
        if len(remote_ids) > MOST_IDS:
            raise ValueError(f"{len(remote_ids)} ids: X takes at most {MOST_IDS} in one request")
        return self._readings.by_ids(remote_ids)

    def timeline_metrics(self, oldest: str, newest: str, author: str | None = None) -> Measured:
        """The counts of own posts; of what other people wrote and this account reposted, none."""
        try:
            author = author or (self._identity or self.whoami()).remote_id
        except NetworkError as exc:
            return Measured(detail=exc.message, until=exc.answer.until)
        measured = self._readings.by_timeline(author, oldest, newest)
        return replace(measured, detail=self._without_secrets(measured.detail))

    def whoami(self) -> Identity:
        """Ask X, also how many follow; kept for the addresses of posts and for looks without a known author."""
        heard = self._ask(lambda: self._client.get_me(user_auth=True, user_fields=["public_metrics"]))
        if isinstance(heard, Reply) and heard.status == 200 and isinstance(heard.data, dict):
            remote_id, handle = heard.data.get("id"), heard.data.get("username")
            if x_answers.is_id(remote_id) and isinstance(handle, str) and handle:
                self._identity = Identity(remote_id, handle, x_counts.followers(heard.data))
                return self._identity
            heard = Answer(Kind.UNCLEAR, detail="HTTP 200 without an id and a handle")
        answer = heard if isinstance(heard, Answer) else self._clean(x_answers.refusal(heard, self._now()))
        hints = {
            Kind.BLOCKED: "check the four credentials, the app's write permission and the machine's clock",
            Kind.LIMITED: "try again later",
            Kind.NOT_SENT: "check the connection, and the proxy if there is one",
        }
        raise NetworkError(
            f"account {self._name}: X did not say whose token this is: {answer.detail}",
            answer,
            hints.get(answer.kind, "try again in a few minutes"),
        )

    def delete(self, remote_id: str) -> Answer:
        """Delete one own post; ACCEPTED also when X says that it is not there."""
        heard = self._ask(lambda: self._client.delete_tweet(remote_id, user_auth=True))
        if isinstance(heard, Answer):
            return heard
        receipt = Receipt(remote_id, self._url(remote_id))
        return self._clean(x_answers.deleted(heard, receipt, self._now()))

    def _receipts(self, items: Iterable[Mapping[str, Any]]) -> tuple[Receipt, ...]:
        """Where these posts are, each once, oldest first."""
        by_id = {int(item["id"]): item for item in items}
        return tuple(
            Receipt(item["id"], self._url(item["id"]), x_posts.created(item)) for _, item in sorted(by_id.items())
        )

    def _timeline(self, author: str, span: Mapping[str, str], deadline: float) -> list[Mapping[str, Any]] | Answer:
        """All own posts of a span, or why they are not known; no page is asked for after the deadline."""
        params = {"max_results": str(MOST_IDS), FIELDS: "created_at,entities,referenced_tweets", **span}
        items: dict[str, Mapping[str, Any]] = {}
        tokens: set[str] = set()
        while True:
            heard = self._get(f"/2/users/{author}/tweets", params)
            if isinstance(heard, Answer):
                return heard
            page, meta = heard.data, heard.body.get("meta") if isinstance(heard.body, dict) else None
            if page is None and isinstance(meta, dict) and meta.get("result_count") == 0:
                page = []
            whole = isinstance(page, list) and all(map(x_posts.is_post, page)) and not heard.errors
            if not (whole and isinstance(meta, dict)):
                return Answer(Kind.UNCLEAR, detail="the timeline is not readable, or only in part")
            items |= {item["id"]: item for item in page}
            token = meta.get("next_token")
            if token is None:
                return list(items.values())
            if not isinstance(token, str) or token in tokens:
                return Answer(Kind.UNCLEAR, detail="the timeline's pages do not end")
            if self._ticks() > deadline:  # a look that outlives its lease is thrown away, and taken again without end
                return Answer(Kind.UNCLEAR, detail="the timeline is too long to be read in time")
            tokens.add(token)
            params["pagination_token"] = token

    def _get(self, route: str, params: Mapping[str, str]) -> Reply | Answer:
        """A reading: a 200, or the answer that was heard instead."""
        heard = self._ask(lambda: self._client.request("GET", route, params=params, user_auth=True))
        if isinstance(heard, Answer) or heard.status == 200:
            return heard
        return self._clean(x_answers.refusal(heard, self._now()))

    def _ask(self, call: Callable[[], Any]) -> Reply | Answer:
        """Make one request; what stands in the way of an answer becomes NOT_SENT or UNCLEAR, never an exception."""
        self._wire.take()
        failure: Exception | None = None
        try:
            call()
        except Exception as exc:  # noqa: BLE001 - tweepy raises whatever it stumbles over in an error's body
            failure = exc
        response = self._wire.take()
        if response is not None:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(response.status_code, headers, x_answers.parse(response.content))
        if isinstance(failure, NotSentError):
            return Answer(Kind.NOT_SENT, detail=f"no connection to {self._host}: {_reason(failure)}")
        if isinstance(failure, requests.Timeout):
            return Answer(Kind.UNCLEAR, detail=f"no answer from {self._host} within {self._timeout:g} s")
        return Answer(Kind.UNCLEAR, detail=f"the answer from {self._host} broke off: {type(failure).__name__}")

    def _url(self, remote_id: str) -> str:
        handle = self._handle or (self._identity.handle if self._identity else "i/web")
        return f"https://x.com/{handle}/status/{remote_id}"

    def _clean(self, answer: Answer) -> Answer:
        return replace(answer, detail=self._without_secrets(answer.detail))

    def _without_secrets(self, detail: str) -> str:
        """X's words come from outside: should they ever hold a secret of ours, it ends here."""
        for secret in self._secrets:
            detail = detail.replace(secret, "***")
        return detail


def _begin(intent: Intent) -> datetime:
    return intent.claimed_at - LOOK_BACK


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _reason(failure: BaseException) -> str:
    """The plainest word for why a connection failed: the system's own, from as deep as it goes."""
    reason = "time is over" if isinstance(failure.__cause__, NoAnswerError) else type(failure.__cause__).__name__
    seen: set[int] = set()
    link: BaseException | None = failure
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        if isinstance(link, OSError) and link.strerror:
            reason = link.strerror
        link = link.__cause__ or link.__context__
    return reason
