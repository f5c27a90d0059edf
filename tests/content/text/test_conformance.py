"""X's own conformance cases, read from beside the repository where they are."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from amplifier.content.text import entities
from amplifier.content.text.length import valid_range, weighted_length

FOLDER = Path(__file__).parents[4] / "shared" / "conformance"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="X's conformance cases do not stand beside the repository (../shared/conformance)"
)


@cache
def load(file: str) -> Any:
    return YAML(typ="safe").load(FOLDER / file)["tests"]


def cases(file: str, *groups: str) -> list[Any]:
    if not FOLDER.is_dir():
        return []
    tests = load(file)
    return [
        pytest.param(case["text"], case["expected"], id=f"{group}: {case['description']}"[:100])
        for group in groups
        for case in tests[group]
    ]


def spans(found: list[entities.Entity]) -> list[list[int]]:
    return [[entity.start, entity.end] for entity in found]


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "expected"),
    cases("validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"),
)
def test_weighted_length_is_the_official_one(text: str, expected: dict[str, Any]) -> None:
    assert weighted_length(text) == expected["weightedLength"]


@pytest.mark.parametrize(
    ("text", "expected"),
    cases("validate.yml", "WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest"),
)
def test_the_valid_range_is_the_official_one(text: str, expected: dict[str, Any]) -> None:
    """The official one counts UTF-16 units of the text as given, and names the last."""
    normal = unicodedata.normalize("NFC", text)
    shorter = units(text) - units(normal)
    assert units(normal[: valid_range(text)]) + shorter == expected["validRangeEnd"] + 1
    assert units(text) == expected["displayRangeEnd"] + 1
    assert (valid_range(text) == len(normal)) == expected["valid"]


def test_every_top_level_domain_is_known() -> None:
    domains = [case.values for case in cases("tlds.yml", "country", "generic")]
    assert len(domains) > 1500
    assert [([url.text for url in entities.urls(text)], text) for text, _ in domains] == [
        (expected, text) for text, expected in domains
    ]


@pytest.mark.parametrize(("text", "expected"), cases("extract.yml", "urls", "tco_urls_with_params"))
def test_urls_are_extracted(text: str, expected: list[str]) -> None:
    assert [url.text for url in entities.urls(text)] == expected
    assert entities.has_url(text) == bool(expected)


@pytest.mark.parametrize(
    ("text", "expected"), cases("extract.yml", "urls_with_indices", "urls_with_directional_markers")
)
def test_urls_are_found_where_they_stand(text: str, expected: list[dict[str, Any]]) -> None:
    found = entities.urls(text)
    assert [url.text for url in found] == [case["url"] for case in expected]
    assert spans(found) == [case["indices"] for case in expected]


@pytest.mark.parametrize(("text", "expected"), cases("extract.yml", "hashtags", "hashtags_from_astral"))
def test_hashtags_are_extracted(text: str, expected: list[str]) -> None:
    assert [tag.text for tag in entities.hashtags(text)] == expected


@pytest.mark.parametrize(("text", "expected"), cases("extract.yml", "hashtags_with_indices"))
def test_hashtags_are_found_where_they_stand(text: str, expected: list[dict[str, Any]]) -> None:
    found = entities.hashtags(text)
    assert [tag.text for tag in found] == [case["hashtag"] for case in expected]
    assert spans(found) == [case["indices"] for case in expected]


@pytest.mark.parametrize(("text", "expected"), cases("validate.yml", "hashtags"))
def test_hashtags_are_judged(text: str, expected: bool) -> None:
    assert (entities.hashtag_problem(text) is None) == expected


@pytest.mark.parametrize(("text", "expected"), cases("extract.yml", "mentions"))
def test_mentions_are_extracted(text: str, expected: list[str]) -> None:
    assert [mention.text for mention in entities.mentions(text)] == expected


@pytest.mark.parametrize(("text", "expected"), cases("extract.yml", "mentions_with_indices"))
def test_mentions_are_found_where_they_stand(text: str, expected: list[dict[str, Any]]) -> None:
    found = entities.mentions(text)
    assert [mention.text for mention in found] == [case["screen_name"] for case in expected]
    assert spans(found) == [case["indices"] for case in expected]
