"""Keeps credentials and texts that are not out yet away from logs."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LIBRARIES = ("tweepy", "requests_oauthlib", "oauthlib", "urllib3", "requests")
"""Below a warning these log the Authorization header, the token, its signature and the whole body."""
STARS = "***"
_TRACEBACKS = logging.Formatter()
_SECRET = re.compile(
    r"""(?ix)
    (?P<name> authorization ['"]? \s* [:=] \s* b?['"]? ) [^\r\n]*
    | (?P<scheme> \b bearer \s+ ) [\w%.~+/=-]{12,}
    | (?P<field> \b oauth_(?:token|signature|consumer_key|verifier|nonce)\w* ['"]? \s* (?: [:=] | %3D ) \s* ['"]? )
      [^\s'",&}]+
    """
)


class Redact(logging.Filter):
    """Goes on a handler, because a logger's filters do not see what its children log.

    Drops what the libraries below X say under WARNING, and takes headers, tokens and the `secrets` of the settings out
    of everything else, tracebacks too.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING and record.name.partition(".")[0] in LIBRARIES:
            return False
        said = record.getMessage()
        silent = clean(said, self._secrets)
        if silent != said:
            record.msg, record.args = silent, ()
        if record.exc_info:  # a formatter takes the text that is there already
            record.exc_text = clean(_TRACEBACKS.formatException(record.exc_info), self._secrets)
        return True


def clean(said: str, secrets: Iterable[str] = ()) -> str:
    """The same with stars for headers, tokens and these values, wherever the words come from."""
    for secret in sorted(secrets, key=len, reverse=True):  # one may begin another
        said = said.replace(secret, STARS)
    return _SECRET.sub(_starred, said)


def quiet_libraries() -> None:
    """Let these libraries log warnings and errors only, whatever the root logger lets through."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _starred(found: re.Match[str]) -> str:
    return (found["name"] or found["scheme"] or found["field"]) + STARS
