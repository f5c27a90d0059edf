"""What the fake X answers to requests that are signed and hit by no fault."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.x_faults import PROBLEMS, duplicate, problem
from tests.fakes.x_state import PRIVATE

if TYPE_CHECKING:
    from tests.fakes.x_state import Account, FakePost, State

Query = dict[str, list[str]]
POST_FIELDS = {"created_at", "entities", "public_metrics", "non_public_metrics", "referenced_tweets", "author_id"}
POST_FIELDS |= {"text", "id"}
USER_FIELDS = {"public_metrics", "created_at", "id", "name", "username"}
KNOWN = {
    "users": {
        "since_id",
        "start_time",
        "until_id",
        "end_time",
        "max_results",
        "pagination_token",
        "exclude",
        "tweet.fields",
    },
    "tweets": {"ids", "tweet.fields"},
    "me": {"user.fields"},
}
"""Query parameters that X knows here; any other is refused."""


class Refused(Exception):  # noqa: N818 - an answer, not an error
    """An answer that is no success."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def answer_to(
    state: State, account: Account, method: str, path: str, query: Query, body: Any
) -> tuple[int, dict[str, Any]]:
    """Do what is asked; raises `Refused`."""
    match method, path.strip("/").split("/"):
        case "POST", ["2", "tweets"]:
            return 201, {"data": _create(state, account, body)}
        case "GET", ["2", "users", "me"]:
            _check(query, "me")
            fields = set(query.get("user.fields", ["id"])[0].split(","))
            if fields - USER_FIELDS:
                raise _invalid("user.fields", f"{sorted(fields - USER_FIELDS)} are no fields")
            return 200, {"data": state.show_user(account, fields)}
        case "GET", ["2", "users", user, "tweets"]:
            if user != account.id:
                raise Refused(403, problem(403, "Forbidden", "Not your timeline."))
            return 200, _timeline(state, account, query)
        case "GET", ["2", "tweets"]:
            return 200, _read(state, account, query)
        case "DELETE", ["2", "tweets", remote_id]:
            return 200, _delete(state, account, remote_id)
    raise Refused(404, problem(404, "Not Found", "Not Found"))


def _create(state: State, account: Account, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or not body.keys() <= {"text", "reply"} or not str(body.get("text") or "").strip():
        raise _invalid("text", "[$.text] is missing or unknown keys are present")
    text, parent = body["text"], body.get("reply", {}).get("in_reply_to_tweet_id")
    if parent is not None and state.get(parent) is None:
        raise _invalid("reply.in_reply_to_tweet_id", "the post to reply to does not exist")
    if state.refuse_duplicates and state.has(account.name, text):
        raise Refused(403, duplicate().body)
    return state.show(state.add(account.name, text, parent), set())


def _timeline(state: State, account: Account, query: Query) -> dict[str, Any]:
    fields = _check(query, "users")
    size = int(query.get("max_results", ["10"])[0])
    if not 5 <= size <= 100:
        raise _invalid("max_results", f"[{size}] is not between 5 and 100")
    start, end = (
        datetime.fromisoformat(query[name][0]).timestamp() if name in query else None
        for name in ("start_time", "end_time")
    )
    first, last = int(query.get("since_id", ["0"])[0]), int(query.get("until_id", ["0"])[0])
    if set(query.get("exclude", ["retweets"])[0].split(",")) - {"replies", "retweets"}:
        raise _invalid("exclude", "only replies and retweets can be left out")
    posts = state.timeline(account.name, first, start or 0.0, last, end)
    if "non_public_metrics" in fields:  # X adjusts the timeline to what it tells them of
        posts = [post for post in posts if not state.is_old(post)]
    begin = int(query.get("pagination_token", ["page0"])[0].removeprefix("page"))
    page = posts[begin : begin + size]
    meta: dict[str, Any] = {"result_count": len(page)}
    if begin + size < len(posts):
        meta["next_token"] = f"page{begin + size}"
    data, errors = _shown(state, account, page, fields, "id")
    meta["result_count"] = len(data)
    return {**({"data": data} if data else {}), **({"errors": errors} if errors else {}), "meta": meta}


def _read(state: State, account: Account, query: Query) -> dict[str, Any]:
    fields = _check(query, "tweets")
    ids = query.get("ids", [""])[0].split(",")
    if not 1 <= len(ids) <= 100 or not all(remote_id.isdigit() for remote_id in ids):
        raise _invalid("ids", f"[{','.join(ids)}] is not a list of 1 to 100 ids")
    found = [post for remote_id in ids if (post := state.get(remote_id))]
    there = {post.id for post in found}
    answer: dict[str, Any] = {}
    data, errors = _shown(state, account, found, fields, "ids")
    if data:
        answer["data"] = data
    if errors := errors + [_not_found(remote_id) for remote_id in ids if remote_id not in there]:
        answer["errors"] = errors
    return answer


def _shown(
    state: State, account: Account, posts: list[FakePost], fields: set[str], parameter: str
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """The posts as X shows them to this account, and its errors about fields that it does not show."""
    data, errors = [], []
    for post in posts:
        strange = post.account != account.name or account.name in state.blind or state.is_old(post)
        if "non_public_metrics" not in fields or not strange:
            data.append(state.show(post, fields))
            continue
        errors += [not_authorized(post.id, f"non_public_metrics.{name}", parameter) for name in PRIVATE]
        if state.keep_refused:
            data.append(state.show(post, fields - {"non_public_metrics"}))
    return data, errors


def _delete(state: State, account: Account, remote_id: str) -> dict[str, Any]:
    post: FakePost | None = state.get(remote_id)
    if post is None:
        raise Refused(404, problem(404, "Not Found", f"Could not find tweet with id: [{remote_id}]."))
    if post.account != account.name:
        raise Refused(403, problem(403, "Forbidden", "You are not authorized to delete this Tweet."))
    state.remove(post)
    return {"data": {"deleted": True}}


def _check(query: Query, what: str) -> set[str]:
    """The fields that are asked for, after refusing what X does not know."""
    for name in query.keys() - KNOWN[what]:
        raise _invalid(name, f"The query parameter [{name}] is not one of {sorted(KNOWN[what])}")
    fields = set(query.get("tweet.fields", ["id"])[0].split(","))
    if fields - POST_FIELDS:
        raise _invalid("tweet.fields", f"{sorted(fields - POST_FIELDS)} are no fields")
    return fields


def _invalid(parameter: str, message: str) -> Refused:
    errors = [{"parameters": {parameter: []}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return Refused(400, problem(400, "Invalid Request", detail, PROBLEMS + "invalid-request", errors=errors))


def not_authorized(remote_id: str, field: str, parameter: str = "ids") -> dict[str, str]:
    """X's error about one field of one post."""
    return {
        "resource_type": "tweet",
        "field": field,
        "parameter": parameter,
        "resource_id": remote_id,
        "title": "Field Authorization Error",
        "section": "data",
        "detail": f"Sorry, you are not authorized to access '{field}' on the Tweet with {parameter} : [{remote_id}].",
        "value": remote_id,
        "type": PROBLEMS + "not-authorized-for-field",
    }


def _not_found(remote_id: str) -> dict[str, str]:
    return {
        "value": remote_id,
        "resource_id": remote_id,
        "parameter": "ids",
        "resource_type": "tweet",
        "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{remote_id}].",
        "type": PROBLEMS + "resource-not-found",
    }
