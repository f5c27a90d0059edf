"""What the fake X knows: accounts, posts, counts, and how it shows them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EPOCH_MS = 1_288_834_974_657
PRIVATE_SECONDS = 30 * 86400
"""For how long after its creation a post's non-public metrics are told."""
PRIVATE = ("impression_count", "url_link_clicks", "user_profile_clicks", "engagements")
NAMES = {
    "likes": "like_count",
    "reposts": "retweet_count",
    "replies": "reply_count",
    "quotes": "quote_count",
    "bookmarks": "bookmark_count",
    "impressions": "impression_count",
    "link_clicks": "url_link_clicks",
    "profile_clicks": "user_profile_clicks",
    "engagements": "engagements",
}
"""X's names of the counts, by ours."""
LINK = re.compile(r"https?://\S*[\w/]|(?<![\w.@/#])(?:[a-z0-9-]+\.)+(?:org|com|net|info)(?:/\S*[\w/])?", re.IGNORECASE)


@dataclass(frozen=True)
class Account:
    """Everything about an account follows from its name, so that any process can know it."""

    name: str

    @property
    def id(self) -> str:
        return str(1000 + int(hashlib.sha256(self.name.encode()).hexdigest()[:10], 16))

    @property
    def handle(self) -> str:
        return f"{self.name}_on_x"

    @property
    def secrets(self) -> dict[str, str]:
        names = ("api_key", "api_secret", "access_token", "access_token_secret")
        return {name: f"{name.replace('_', '')}-{self.name}-canary" for name in names}


@dataclass
class FakePost:
    """`text` is what was sent; `parent` the id that it replies to; `at` Unix seconds."""

    id: str
    account: str
    text: str
    parent: str | None
    at: float
    deleted: bool = False


@dataclass
class State:
    """The posts in the order of their acceptance, kept in a file when there is one."""

    now: Callable[[], float]
    file: Path | None = None
    lag: float = 0.0
    """Seconds until a timeline shows a post."""
    refuse_duplicates: bool = True
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Counts that a test sets; without any they grow with the age."""
    posts: list[FakePost] = field(default_factory=list)
    private_counts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Non-public ones that a test sets; without any they grow, too."""
    blind: set[str] = field(default_factory=set)
    """Accounts that may not see their non-public metrics."""
    untold: set[str] = field(default_factory=set)
    """X's names of counts that are left out wherever they belong, without a word."""
    unshown: set[str] = field(default_factory=set)
    """Posts that no timeline shows, although they are there."""
    keep_refused: bool = False
    """Whether a post whose field is refused is shown without the field, or not at all."""
    followers: dict[str, int] = field(default_factory=dict)
    """Of accounts, by name; without one there are 100."""

    def __post_init__(self) -> None:
        for line in self.file.read_text("utf-8").splitlines() if self.file and self.file.exists() else []:
            self._keep(FakePost(**json.loads(line)))

    def add(self, account: str, text: str, parent: str | None) -> FakePost:
        last = int(self.posts[-1].id) if self.posts else 0
        number = max(last + 1, (int(self.now() * 1000) - EPOCH_MS) << 22)
        return self._write(FakePost(str(number), account, text, parent, self.now()))

    def remove(self, post: FakePost) -> None:
        self._write(FakePost(**{**asdict(post), "deleted": True}))

    def get(self, remote_id: str) -> FakePost | None:
        return next((post for post in reversed(self.posts) if post.id == remote_id and not post.deleted), None)

    def has(self, account: str, text: str) -> bool:
        return any(post.account == account and post.text == text and not post.deleted for post in self.posts)

    def timeline(
        self, account: str, since_id: int, since: float, until_id: int = 0, until: float | None = None
    ) -> list[FakePost]:
        """The newest first, an id counting before a time; what is younger than the lag is not there yet."""
        shown = [
            post
            for post in self.posts
            if post.account == account and not post.deleted and post.at <= self.now() - self.lag
            if post.id not in self.unshown
        ]
        return [
            post
            for post in reversed(shown)
            if int(post.id) > since_id
            and (since_id or post.at >= since)
            and (int(post.id) < until_id if until_id else until is None or post.at <= until)
        ]

    def show(self, post: FakePost, fields: set[str]) -> dict[str, Any]:
        """A post as X shows it: id and text, and what was asked for."""
        text, urls = wrapped(post.text)
        shown: dict[str, Any] = {"id": post.id, "text": text, "edit_history_tweet_ids": [post.id]}
        if "entities" in fields and urls:
            shown["entities"] = {"urls": urls}
        if "referenced_tweets" in fields and post.parent:
            shown["referenced_tweets"] = [{"type": "replied_to", "id": post.parent}]
        if "created_at" in fields:
            shown["created_at"] = stamp(post.at)
        if "public_metrics" in fields:
            shown["public_metrics"] = self._told(self.counts.get(post.id, _grown(self.now() - post.at)))
        if "non_public_metrics" in fields:
            grown = dict.fromkeys(PRIVATE, 10 + int(self.now() - post.at) // 100)
            shown["non_public_metrics"] = self._told(self.private_counts.get(post.id, grown))
        return shown

    def is_old(self, post: FakePost) -> bool:
        """Whether its non-public metrics are told no more: an id says how old a post is."""
        return self.now() * 1000 - ((int(post.id) >> 22) + EPOCH_MS) >= PRIVATE_SECONDS * 1000

    def show_user(self, account: Account, fields: set[str]) -> dict[str, Any]:
        """An account as X shows it."""
        shown: dict[str, Any] = {"id": account.id, "name": account.name, "username": account.handle}
        if "public_metrics" in fields:
            counts = {"followers_count": self.followers.get(account.name, 100), "following_count": 7}
            shown["public_metrics"] = self._told({**counts, "tweet_count": len(self.posts), "listed_count": 0})
        return shown

    def _told(self, counts: dict[str, Any]) -> dict[str, Any]:
        return {name: count for name, count in counts.items() if name not in self.untold}

    def _write(self, post: FakePost) -> FakePost:
        if self.file:
            with self.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(post)) + "\n")
        return self._keep(post)

    def _keep(self, post: FakePost) -> FakePost:
        if post.deleted:
            self.posts = [post if old.id == post.id else old for old in self.posts]
        else:
            self.posts.append(post)
        return post


def wrapped(text: str) -> tuple[str, list[dict[str, Any]]]:
    """X's way with a text: every link becomes a short one, `&`, `<` and `>` are escaped."""
    shown, urls, done = "", [], 0
    for found in LINK.finditer(text):
        shown += _escaped(text[done : found.start()])
        link, done = found[0], found.end()
        expanded = link if "://" in link else f"http://{link}"
        if not urlsplit(expanded).path:
            expanded += "/"
        short = "https://t.co/" + hashlib.sha256(f"{text}{found.start()}".encode()).hexdigest()[:10]
        urls.append(
            {
                "start": len(shown),
                "end": len(shown) + len(short),
                "url": short,
                "expanded_url": expanded,
                "display_url": expanded.partition("://")[2].rstrip("/")[:27],
            }
        )
        shown += short
    return shown + _escaped(text[done:]), urls


def stamp(seconds: float) -> str:

    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _grown(age: float) -> dict[str, int]:
    seen = 100 + int(age)
    names = ("like", "retweet", "reply", "quote", "bookmark")
    return {f"{name}_count": seen // (20 * (place + 1)) for place, name in enumerate(names)} | {
        "impression_count": seen
    }
