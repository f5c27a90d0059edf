"""Keeps credentials and texts that are not out yet away from logs."""

from __future__ import annotations

import logging
import re

LIBRARIES = ("tweepy", "requests_oauthlib", "oauthlib", "urllib3", "requests")
"""Below a warning these log the Authorization header, the token, its signature and the whole body."""
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

    Drops what the libraries below X say under WARNING, and takes headers and tokens out of everything else.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING and record.name.partition(".")[0] in LIBRARIES:
            return False
        said = record.getMessage()
        clean = _SECRET.sub(_starred, said)
        if clean != said:
            record.msg, record.args = clean, ()
        return True


def quiet_libraries() -> None:
    """Let these libraries log warnings and errors only, whatever the root logger lets through."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def _starred(found: re.Match[str]) -> str:
    return (found["name"] or found["scheme"] or found["field"]) + "***"
