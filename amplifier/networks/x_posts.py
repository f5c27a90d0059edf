"""Recognises our own posts in what X shows of them: links wrapped, signs escaped. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from amplifier.networks.look import canonical
from amplifier.networks.x_answers import is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SHORT = re.compile(r"(https?://t\.co/\w+)")
_ADDRESS = re.compile(r".*?/status(?:es)?/([0-9]{1,19})(?=/|$)")
"""A post's address, up to its id: behind it may stand /photo/1, /analytics, or what was searched for."""
_HOST = re.compile(r"(?:www\.|mobile\.)?(?:x|twitter)\.com")
"""Where posts of X are read."""
_IN_LINKS = "/?#&=:;,+@!$'()*~%"
"""What stands in links as it is, besides letters and digits."""


def is_post(item: object) -> bool:
    """Whether this is a post that can be compared at all."""
    return isinstance(item, dict) and is_id(item.get("id")) and isinstance(item.get("text"), str)


def same_text(item: Mapping[str, Any], text: str) -> bool | None:
    """Whether X made this post of `text`; None when only the rest of a link leaves that open.

    X replaces every link by a short one, writes `&` as `&amp;`, and may write the link that stands behind a
    short one differently: with a scheme, with another case of the host, with or without a slash at the end.
    A link that it does not unwrap, or that differs after the host, is neither a yes nor a no.
    """
    wanted = canonical(text)
    links = _links(item)
    shown = {canonical(item["text"]), canonical(_unescaped(item["text"]))}
    if any(re.fullmatch(_pattern(version, links, _spellings), wanted) for version in shown):
        return True
    return None if any(re.fullmatch(_pattern(version, links, _same_host), wanted) for version in shown) else False


def parent_of(item: Mapping[str, Any]) -> str | None:
    """The id of the post that this one replies to; None for no reply."""
    references = item.get("referenced_tweets")
    for reference in references if isinstance(references, list) else []:
        if isinstance(reference, dict) and reference.get("type") == "replied_to":
            return str(reference.get("id"))
    return None


def named(address: str) -> tuple[str, str | None] | None:
    """Which post a person means: its id, and its address without what stands behind the id. None: no post of X.

    They write an address as a browser shows it, or the bare id.
    """
    given = address.strip()
    if is_id(given):
        return given, None
    try:
        parts = urlsplit(given if "://" in given else f"https://{given}")
        host = parts.hostname or ""
    except ValueError:
        return None
    found = _ADDRESS.match(parts.path)
    if found is None or parts.scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        return None
    return found[1], f"{parts.scheme}://{host}{found[0]}" if "://" in given else None


def created(item: Mapping[str, Any]) -> datetime | None:
    """When X says that it was posted, in UTC."""
    try:
        at = datetime.fromisoformat(str(item.get("created_at")))
    except ValueError:
        return None
    return at if at.tzinfo else None


def _unescaped(text: str) -> str:
    """Exactly what X escapes; a text that itself says `&amp;` comes back as `&amp;amp;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _links(item: Mapping[str, Any]) -> dict[str, str]:
    entities = item.get("entities")
    urls = entities.get("urls") if isinstance(entities, dict) else None
    return {
        url["url"]: url["expanded_url"]
        for url in (urls if isinstance(urls, list) else [])
        if isinstance(url, dict) and isinstance(url.get("url"), str) and isinstance(url.get("expanded_url"), str)
    }


def _pattern(shown: str, links: Mapping[str, str], meaning: Callable[[str | None], str]) -> str:
    """The texts that X would show like this; `meaning` makes a pattern of the link behind a short one."""
    parts = _SHORT.split(shown)
    return "".join(meaning(links.get(part)) if place % 2 else re.escape(part) for place, part in enumerate(parts))


def _spellings(link: str | None) -> str:
    """The ways in which a link may stand in our text; an unknown one in none."""
    if link is None:
        return r"(?!)"
    parts = urlsplit(canonical(link))
    rest = parts._replace(scheme="", netloc="").geturl().rstrip("/")
    plain = unquote(rest)
    rests = "|".join(re.escape(version) for version in dict.fromkeys((rest, plain, quote(plain, safe=_IN_LINKS))))
    return rf"{_host(parts.netloc)}(?:{rests})/?"


def _same_host(link: str | None) -> str:
    return rf"{_host(urlsplit(link).netloc)}\S*" if link else r"\S+"


def _host(host: str) -> str:
    """A host in any case, in ASCII or in its own letters, with a scheme or without one."""
    hosts = "|".join(re.escape(version) for version in dict.fromkeys((host, _in_letters(host))))
    return rf"(?i:(?:https?://)?(?:{hosts}))"


def _in_letters(host: str) -> str:
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host
