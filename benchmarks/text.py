"""Length and splitting: how fast, and how good beside the usual way (whole sentences, packed greedily).

python -m benchmarks.text
"""

from __future__ import annotations

import statistics
import time
from math import ceil
from pathlib import Path

from amplifier.content.text.length import weighted_length
from amplifier.content.text.sentences import sentence_spans
from amplifier.content.text.split import ORPHAN_FILL, Room, split

ROOT = Path(__file__).parents[1]
LIMIT = 272
"""280 less the room of a numbering such as ` 12/12`."""
POST = (
    "On 13 November 2017 a North Korean soldier drove a military jeep towards the border with South Korea.\n\n"
    "It got stuck.\n\nSo he ran. Read the story: https://example.org/stories/dmz-escape\n\n#NorthKorea #HumanRights"
)


def greedy(text: str, language: str) -> list[str]:
    """Pack sentences until the next does not fit; one that no post holds begins a post and is cut at words."""
    posts: list[str] = [""]
    for start, end in sentence_spans(text, language):
        sentence = text[start:end]
        whole = weighted_length(sentence) <= LIMIT
        if not whole:
            posts.append("")
        for part in [sentence] if whole else sentence.split():
            if weighted_length(f"{posts[-1]} {part}") <= LIMIT + (not posts[-1]):
                posts[-1] = f"{posts[-1]} {part}".lstrip()
            else:
                posts.append(part)
    return [post for post in posts if post]


def sentences_cut(text: str, language: str, posts: list[str]) -> int:
    """How many sentences stand in no post as a whole."""
    flat = [" ".join(post.split()) for post in posts]
    sentences = (" ".join(text[start:end].split()) for start, end in sentence_spans(text, language))
    return sum(not any(sentence in post for post in flat) for sentence in sentences)


def row(name: str, text: str, language: str, posts: list[str], seconds: float) -> str:
    """One line of the table."""
    weights = [weighted_length(post) for post in posts]
    spread = statistics.pstdev(weights) / statistics.mean(weights)
    orphans = sum(weight < LIMIT * ORPHAN_FILL for weight in weights)
    bound = ceil(weighted_length(text) / LIMIT)
    cut = sentences_cut(text, language, posts)
    return f"{name:<24}{len(posts):>6}{bound:>7}{cut:>6}{orphans:>9}{spread:>8.3f}{len(posts) / seconds:>10.0f}"


def run() -> None:
    """Print both tables."""
    weighted_length(POST)
    rounds = 5_000
    started = time.perf_counter()
    for _ in range(rounds):
        weighted_length(POST)
    print(f"weighted_length, warm: {(time.perf_counter() - started) / rounds * 1e6:.1f} us a post\n")

    print(f"{'':<24}{'posts':>6}{'bound':>7}{'cut':>6}{'orphans':>9}{'CV':>8}{'posts/s':>10}")
    texts = [("dmz-escape", "en", (ROOT / "campaigns" / "articles" / "dmz-escape.txt").read_text(encoding="utf-8"))]
    for name, language, text in texts:
        for way in ("ours", "greedy"):
            started = time.perf_counter()
            posts = split(text, language, Room(LIMIT), weighted_length) if way == "ours" else greedy(text, language)
            print(row(f"{name}, {way}", text, language, posts, time.perf_counter() - started))


if __name__ == "__main__":
    run()
