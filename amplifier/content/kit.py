"""The share kit: one page that supporters use by their own hand, the QR code and the texts beside it, and all as a ZIP.

The page loads nothing and sends nothing; it holds no token and no address of ours but the link.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import segno

from amplifier import pages
from amplifier.content.share import Wording, wordings
from amplifier.errors import FileError, UsageError
from amplifier.model import errors
from amplifier.pages.words import speaking
from amplifier.whole import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from amplifier.content.draft import Draft
    from amplifier.settings import AccountSettings


NAMES = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}
PAGE, QR, TEXTS, ZIP = "index.html", "qr.svg", "texts.txt", "share-kit.zip"
BEGAN = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP, the earliest that it knows: the same kit is the same file."""


def kit(draft: Draft, who: str) -> dict[str, bytes]:
    """The files of the kit, by name. `who` wrote it.

    Raises `FileError` where errors stand beside every first post, and `UsageError` where there is no thread to share.
    """
    found = wordings(draft)
    if not found:
        stopped = errors(draft.findings)
        if stopped:
            raise FileError("no first post may be shared as it stands", stopped, "mend what is listed, then try again")
        raise UsageError(f"{draft.campaign.name} has no thread that supporters could begin with", "add one to threads:")
    files = {PAGE: page(draft, found, who).encode(), TEXTS: _texts(found).encode()}
    if draft.campaign.link:
        files[QR] = _qr(draft.campaign.link).encode()
    return files | {ZIP: _zip(files)}


def who_wrote(draft: Draft, account: Callable[[str], AccountSettings], named: str | None) -> str:
    """Who stands behind the words: the name given, else the handles of the campaign's accounts.

    Raises `UsageError` for a name without letters, or where there is neither.
    """
    if named is not None:
        name = " ".join(named.split())
        if not name.isprintable() or not any(map(str.isalnum, name)):
            raise UsageError(f"{named!r} is no name", "write who stands behind the words")
        return name
    found = (account(name).handle for name in draft.campaign.accounts)
    handles = dict.fromkeys(f"@{handle.removeprefix('@')}" for handle in found if handle)
    if not handles:
        raise UsageError(
            "who wrote it has to stand on the page, and no account of the campaign has a handle",
            'name it: --from "Our Voices"',
        )
    return ", ".join(handles)


def write_kit(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files into a folder, each whole. Raises `ConfigurationError` where that cannot be."""
    for name, content in files.items():
        with whole(folder / name) as half:
            half.write_bytes(content)


def page(draft: Draft, found: Sequence[Wording], who: str) -> str:
    """The page, in the article's language where its words are there, else in English."""
    campaign = draft.campaign
    language, say = speaking(campaign.language)
    return pages.render(
        "share.html.j2",
        {
            "language": language,
            "article_language": campaign.language,
            "say": say,
            "title": campaign.title or draft.article.title or campaign.name,
            "who": who,
            "wordings": found,
            "names": NAMES,
            "link": campaign.link,
            "qr": pages.picture(_qr(campaign.link), say("share_qr", link=campaign.link), "") if campaign.link else None,
            "script": pages.script("copy.js"),
        },
    )


def _texts(found: Sequence[Wording]) -> str:
    return "\n\n---\n\n".join(wording.text for wording in found) + "\n"


def _qr(link: str) -> str:
    """An SVG with the quiet zone that readers need; error correction M: a scratch does not matter."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(out, kind="svg", scale=8, border=4, xmldecl=False, light="#fff")
    return out.getvalue().decode()


def _zip(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(f"share-kit/{name}", BEGAN)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()
