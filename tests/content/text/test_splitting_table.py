"""What the splitting table of `make bench` claims, so that it cannot go stale unnoticed."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from amplifier.content.text.units import Cutter
from benchmarks.splitting import LIMIT, WAYS, Figures, Source, greedy, judge, sources, total

TEXTS = sources()
USUAL = ("greedy", "greedy, filling")
JUDGED = ("posts", "cut", "stranded", "orphans")


@cache
def figures(way: str, source: Source) -> Figures:
    return judge(source, WAYS[way](source))


def in_total(way: str) -> Figures:
    return total([figures(way, source) for source in TEXTS])


def test_there_are_the_article_and_ten_long_texts_in_many_languages() -> None:
    assert len(TEXTS) == 11
    assert {source.language for source in TEXTS} >= {"en", "ko", "ja", "zh", "ar", "es", "de"}
    assert all(len(source.text) > 1_500 for source in TEXTS)


@pytest.mark.parametrize("source", TEXTS, ids=lambda source: source.name)
def test_ours_is_no_worse_than_greedy_on_any_text(source: Source) -> None:
    mine = figures("ours", source)
    assert max(mine.weights) <= LIMIT
    assert mine.cut == mine.unavoidable
    assert mine.stranded == 0
    for way in USUAL:
        usual = figures(way, source)
        assert all(getattr(mine, name) <= getattr(usual, name) for name in JUDGED), way


@pytest.mark.parametrize("way", USUAL)
def test_ours_is_more_even_and_strands_no_heading_in_total(way: str) -> None:
    assert in_total("ours").spread < in_total(way).spread - 0.03
    assert in_total("ours").stranded < in_total(way).stranded


def test_ours_has_fewer_orphans_and_fewer_posts_than_greedy_in_total() -> None:
    assert in_total("ours").orphans < in_total("greedy").orphans
    assert in_total("ours").posts < in_total("greedy").posts


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("source", TEXTS, ids=lambda source: source.name)
def test_each_way_is_judged_on_a_whole_split_within_the_limit(way: str, source: Source) -> None:
    done = 0
    for start, end in WAYS[way](source):
        assert not source.text[done:start].strip()
        assert source.weight(start, end) <= LIMIT
        done = end
    assert done == len(source.text)


def test_greedy_ends_a_post_only_where_the_next_sentence_does_not_fit() -> None:
    for source in TEXTS:
        sentences = {unit.start: unit.end for unit in Cutter(source.text, source.language).sentences()}
        for (start, _), (begin, _) in pairwise(greedy(source)):
            if begin in sentences:
                heavy = source.weight(begin, sentences[begin]) > LIMIT
                assert heavy or source.weight(start, sentences[begin]) > LIMIT
