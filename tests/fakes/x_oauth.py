"""Checks an OAuth 1 signature as X does: written anew, so that it does not share a mistake with the client."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNED_HOST = "https://api.twitter.com"
"""tweepy signs for this host, wherever the request goes in the end."""


def authorization_of(header: str | None) -> dict[str, str]:
    """The parameters of an `Authorization: OAuth …` header."""
    if not header or not header.startswith("OAuth "):
        return {}
    return {unquote(key): unquote(value) for key, value in re.findall(r'(\w+)="([^"]*)"', header)}


def is_signed(
    method: str, path: str, query: str, parameters: Mapping[str, str], api_secret: str, token_secret: str
) -> bool:
    """Whether `parameters` hold the HMAC-SHA1 signature of this request; a JSON body is not part of it."""
    signed = [(key, value) for key, value in parameters.items() if key not in {"oauth_signature", "realm"}]
    pairs = sorted((_escape(key), _escape(value)) for key, value in [*signed, *parse_qsl(query, True)])
    normal = "&".join(f"{key}={value}" for key, value in pairs)
    base = "&".join(_escape(part) for part in (method.upper(), SIGNED_HOST + path, normal))
    key = f"{_escape(api_secret)}&{_escape(token_secret)}"
    signature = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha1).digest()).decode()
    return hmac.compare_digest(signature, parameters.get("oauth_signature", ""))


def _escape(text: str) -> str:
    return quote(text, safe="-._~")
