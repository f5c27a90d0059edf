from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.article import load_article
from amplifier.content.claims.find import find, known_names
from amplifier.content.claims.model import Kind

REPOSITORY = Path(__file__).parents[3]
SEED = REPOSITORY.parent / "shared/claims_seed.json"
MEASURED = {Kind.NUMBER, Kind.QUANTITY, Kind.AGE, Kind.DATE}
SEED_KINDS = {
    "name": {Kind.NAME},
    "age": {Kind.AGE},
    "number": MEASURED,
    "date": {Kind.DATE},
    "attribution": {Kind.ATTRIBUTION},
    "quote": {Kind.QUOTATION},
}


def listed(text: str, language: str = "en", names: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    return [(mention.kind.value, mention.words, mention.key) for mention in find(text, language, names)]


def article_sentences() -> list[str]:
    found = load_article(REPOSITORY / "campaigns/articles/dmz-escape.txt", REPOSITORY, "en")
    return [" ".join(sentence.text.split()) for sentence in found.sentences]


# ---------------------------------------------------------------- the user's article


def test_everything_checkable_in_the_users_article_is_found_and_nothing_else() -> None:
    sentences = article_sentences()
    names = known_names(sentences, "en")
    found = [mention for sentence in sentences for mention in find(sentence, "en", names)]
    assert [(mention.kind.value, mention.words) for mention in found if mention.kind is not Kind.NAME] == [
        ("date", "2017"),
        ("age", "34-year-old"),
        ("number", "3.5 million"),
        ("date", "1990s"),
        ("attribution", "per UN estimates"),
        ("date", "November 2017"),
        ("quotation", "“a real-life action movie.”"),
        ("quantity", "2.5-mile-wide"),
        ("quantity", "150 yards"),
        ("number", "five"),
        ("attribution", "UN Command video shows"),
        ("attribution", "per CNN"),
        ("number", "one"),
        ("date", "1953"),
        ("number", "33,000"),
        ("attribution", "per 2024 data"),
        ("date", "2024"),
        ("attribution", "per NK News"),
        ("number", "120,000"),
        ("attribution", "says HRW"),
    ]
    assert {mention.key for mention in found if mention.kind is Kind.NAME} == {
        "north korea",
        "south korea",
        "dmz",
        "demilitarized zone",
        "usain bolt",
        "oh hyok sung",
        "oh",
        "un",
        "un command",
        "cnn",
        "nk news",
        "hrw",
    }


@pytest.mark.skipif(not SEED.exists(), reason="the evidence for the article lies beside the repository")
def test_the_claims_of_the_evidence_are_found_but_for_statements() -> None:
    names = known_names(article_sentences(), "en")
    touched = 0
    for claim in json.loads(SEED.read_text(encoding="utf-8")):
        sentence = next(text for text in article_sentences() if claim["span"] in text)
        start = sentence.index(claim["span"])
        end = start + len(claim["span"])
        kinds = {mention.kind for mention in find(sentence, "en", names) if mention.start < end > start < mention.end}
        touched += bool(kinds)
        if claim["kind"] in SEED_KINDS:
            assert kinds & SEED_KINDS[claim["kind"]], claim["span"]
    assert touched >= 20


# ---------------------------------------------------------------- what stands in what


def test_what_says_more_wins_over_what_says_less() -> None:
    text = "On 13 November 2017 a 24-year-old ran 2000 m, 5 percent of 2000 in 2017."
    assert [words for _, words, _ in listed(text)] == [
        "13 November 2017",
        "24-year-old",
        "2000 m",
        "5 percent",
        "2000",
        "2017",
    ]


def test_an_attribution_and_a_quotation_overlap_what_stands_in_them() -> None:
    assert listed("It was “five, in Seoul,” per CNN.") == [
        ("quotation", "“five, in Seoul,”", "five in seoul"),
        ("number", "five", "5"),
        ("name", "Seoul", "seoul"),
        ("attribution", "per CNN", "cnn"),
        ("name", "CNN", "cnn"),
    ]


def test_a_month_and_a_capital_number_are_no_names() -> None:
    assert listed("For Three November days") == [("number", "Three", "3"), ("date", "November", "--11")]


def test_links_hashtags_and_accounts_hold_no_mentions() -> None:
    assert listed("See https://example.com/North5 and example.org/Kim with @HRW_5 #NorthKorea #DMZ2017 #5years") == []


@pytest.mark.parametrize("language", ("en", "en-GB", "EN", "en_US"))
def test_a_language_is_read_by_its_primary_code(language: str) -> None:
    assert listed("five", language) == [("number", "five", "5")]


def test_a_language_without_words_here_is_read_for_digits_names_and_quotations() -> None:
    assert listed("W 2017 roku Kim Il-sung: “tak” (120).", "pl") == [
        ("date", "2017", "2017"),
        ("name", "Kim Il-sung", "kim il sung"),
        ("quotation", "“tak”", "tak"),
        ("number", "120", "120"),
    ]


def test_a_korean_sentence_is_read_whole() -> None:
    text = "2017년 11월 13일 스물네 살 오청성 씨는 판문점에서 다섯 발을 맞았다고 유엔에 따르면 전해졌다."
    assert listed(text, "ko", ("판문점", "유엔")) == [
        ("date", "2017년 11월 13일", "2017-11-13"),
        ("age", "스물네 살", "24 year"),
        ("name", "오청성", "오청성"),
        ("name", "판문점", "판문점"),
        ("number", "다섯 발", "5"),
        ("attribution", "유엔에 따르면", "유엔"),
        ("name", "유엔", "유엔"),
    ]


@pytest.mark.parametrize(
    "text",
    (
        "Would you have run? Pass it on to a friend.",
        "Freedom is worth everything. Remember him.",
        "Why it matters: Freedom. Tell us what you think!",
        "First, the ditch. Then, the line. Last, the rescue.",
        "Let’s talk. That’s it. It’s over. Don’t look away. We’re here.",
        "– Reply with one sentence of your own.\n– Repost the question.",
        "One voice. One day, one life. Answer in one word.",
        "a real-life action movie",
        "THIS MATTERS",
    ),
)
def test_the_organisations_own_voice_has_nothing_to_check(text: str) -> None:
    assert listed(text) == []


@pytest.mark.parametrize(
    "text",
    (
        "이 이야기를 한 사람에게 전해 주세요. 당신이라면 어떻게 했을까요?",
        "답글에 한 문장으로 답해 주세요. 왜 중요할까요?",
        "이제 시작입니다. 일은 이렇게 시작됐습니다. 천천히 읽어 주세요.",
    ),
)
def test_a_korean_voice_has_nothing_to_check(text: str) -> None:
    assert listed(text, "ko") == []


# ---------------------------------------------------------------- names of an article


def test_names_within_sentences_make_known_those_at_a_beginning() -> None:
    sentences = ["Oh ran.", "Later Oh hid.", "Starving North Koreans fled North Korea.", "Freedom came."]
    assert known_names(sentences, "en") == {"Oh", "North Koreans", "North Korea"}


def test_names_that_a_person_wrote_down_are_known() -> None:
    assert known_names(["Panmunjom slept."], "en", ["Panmunjom"]) == {"Panmunjom"}
    assert known_names(["그는 판문점에서 잤다."], "ko", ["판문점"]) == {"판문점"}


# ---------------------------------------------------------------- for all texts

WORDS = """Kim Oh’s North Korea the The five 5 3.5 million , . ? “ ” ‘ ’ " — - per says CNN 2017 November May 13 years
old mile $ % #Tag @name example.com 다섯 발 350만 명 2017년 오청성 씨 에 따르면 三十 歳 one of at least and hundred"""
PIECES = st.sampled_from([*WORDS.split(), "\n", "\u00a0"])
TEXTS = st.lists(PIECES, max_size=25).map(" ".join) | st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60)
LANGUAGES = st.sampled_from(["en", "ko", "ja", "zh", "ar", "es", "fr", "de", "xx"])


@settings(max_examples=60)
@given(TEXTS, LANGUAGES)
def test_mentions_are_words_of_the_text_in_order(text: str, language: str) -> None:
    found = find(text, language, ("Oh Kim", "판문점"))
    for mention in found:
        assert text[mention.start : mention.end] == mention.words
        assert mention.words == mention.words.strip() != ""
        assert mention.key
    assert found == sorted(found, key=lambda mention: (mention.start, -mention.end, mention.kind))
    for kinds in (MEASURED, {Kind.NAME}, {Kind.QUOTATION}, {Kind.ATTRIBUTION}):
        spans = [(mention.start, mention.end) for mention in found if mention.kind in kinds]
        assert all(left[1] <= right[0] for left, right in itertools.pairwise(spans))


@settings(max_examples=30)
@given(st.lists(TEXTS, max_size=4))
def test_known_names_are_closed(texts: list[str]) -> None:
    names = known_names(texts, "en")
    again = {mention.words for text in texts for mention in find(text, "en", names) if mention.kind is Kind.NAME}
    assert again <= names
    assert known_names(texts, "en", names) == names


@pytest.mark.parametrize("piece", ("a", "A ", '"', "“", "1,", "1", "one ", "한 ", "三", "per ", "A-", ", said ", "에 "))
def test_a_hostile_text_takes_no_long_time(piece: str) -> None:
    begun = time.process_time()
    for language in ("en", "ko", "ja"):
        find(piece * 1500, language)
    assert time.process_time() - begun < 3


def test_a_sentence_is_read_in_a_millisecond() -> None:
    sentence = "Oh recovered in South Korea, where 33,000 North Korean defectors live, per 2024 data."
    times = []
    for _ in range(50):
        begun = time.process_time()
        find(sentence, "en", ("Oh",))
        times.append(time.process_time() - begun)
    assert min(times) < 0.001
