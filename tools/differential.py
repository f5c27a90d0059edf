"""Compare our lengths with X's own text library on generated texts: an under-count would lose a post.

python tools/differential.py [TEXTS [SEED]]     # needs node and npm; installs the library below build/
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from differential_texts import Maker

from amplifier.content.text.emoji import SEQUENCE
from amplifier.content.text.entities import hashtags, urls
from amplifier.content.text.length import valid_range, weighted_length

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "differential"
LIBRARY = "twitter-text@3.1.0"
TEXTS, SEED = 10_000, 2026
KINDS = ("under-counts", "over-counts", "longer ranges", "shorter ranges", "other hashtags")
SHOWN = 5
"""Examples of each kind of difference."""


def install() -> None:
    """Install the library, once."""
    if not (FOLDER / "node_modules").is_dir():
        FOLDER.mkdir(parents=True, exist_ok=True)
        options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run(["npm", "install", *options, "--prefix", str(FOLDER), LIBRARY], check=True)


def theirs(texts: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """Weight, valid range (characters of the text in NFC) and hashtags, as X's library says."""
    asked = "".join(f"{json.dumps(text)}\n" for text in texts)
    node = ["node", str(Path(__file__).with_suffix(".cjs")), str(FOLDER)]
    answer = subprocess.run(node, input=asked, capture_output=True, text=True, check=True).stdout
    for text, line in zip(texts, answer.splitlines(), strict=True):
        weight, last, tags = json.loads(line)
        yield weight, kept(text, last), tags


def kept(text: str, last: int) -> int:
    """The library's last valid index as characters of the text in NFC.

    It counts UTF-16 units and adds by how many the text as given is longer than its normal form.
    """
    normal = unicodedata.normalize("NFC", text)
    if normal[:1] in {"", "\ufeff"}:
        return 0  # it cannot say that nothing is valid
    units = last + 1 - (_units(text) - _units(normal))
    return len(normal.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore"))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def compare(texts: Sequence[str]) -> dict[str, list[Any]]:
    """What differs, by kind; each with the text."""
    different: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    for text, (weight, valid, tags) in zip(texts, theirs(texts), strict=True):
        ours = weighted_length(text)
        if ours != weight:
            different["under-counts" if ours < weight else "over-counts"].append((text, ours, weight))
        if valid_range(text) != valid:
            kind = "longer ranges" if valid_range(text) > valid else "shorter ranges"
            different[kind].append((text, valid_range(text), valid))
        if [tag.text for tag in hashtags(text)] != tags:
            different["other hashtags"].append((text, [tag.text for tag in hashtags(text)], tags))
    return different


def main(count: str = str(TEXTS), seed: str = str(SEED)) -> int:
    """Print what differs; 1 when X would count more, keep less or see other hashtags than we say."""
    maker = Maker(random.Random(int(seed)))  # noqa: S311 - chance that can be repeated
    texts = [maker.text() for _ in range(int(count))]
    install()
    different = compare(texts)
    long = sum(weighted_length(text) > 280 for text in texts)
    links, tags = (sum(map(bool, map(find, texts))) for find in (urls, hashtags))
    emoji = sum(bool(SEQUENCE.search(text)) for text in texts)
    print(
        f"{len(texts)} texts, seed {seed}, beside {LIBRARY}: {long} over 280, {links} with links, {tags} with hashtags,"
    )
    print(f"{emoji} with emoji of several characters")
    print(f"equal weights: {len(texts) - len(different['under-counts']) - len(different['over-counts'])}")
    for kind, cases in different.items():
        print(f"{kind}: {len(cases)}")
        for text, ours, library in sorted(cases, key=lambda case: len(case[0]))[:SHOWN]:
            print(f"    ours {ours}, theirs {library}: {text!a}")
    return int(any(different[kind] for kind in ("under-counts", "longer ranges", "other hashtags")))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
