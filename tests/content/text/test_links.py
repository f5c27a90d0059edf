from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.text.entities import urls
from amplifier.content.text.length import weighted_length
from amplifier.content.text.links import mend_links

PAGE = "https://example.com/%EA%B8%B0%EC%82%AC"  # /기사


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("https://example.com/기사.", f"{PAGE}."),
        ("https://example.com/기사?! 다음", f"{PAGE}?! 다음"),
        ("(https://example.com/기사)", f"({PAGE})"),
        ("(https://example.com/기사)는 길다", f"({PAGE})는 길다"),
        ("[글](https://example.com/기사), 둘", f"[글]({PAGE}), 둘"),
        ("https://example.com/기사(새 글)", f"{PAGE}(새 글)"),
        ("“https://example.com/기사”라고", f"“{PAGE}”라고"),
        ("https://example.com/기사。次", f"{PAGE}。次"),
        ("https://example.com/기사👇", f"{PAGE}👇"),
        ("https://example.com/👇", "https://example.com/👇"),
        ("example.com/기사 참고", "example.com/%EA%B8%B0%EC%82%AC 참고"),
        (
            "https://ko.wikipedia.org/wiki/북한_(나라)",
            "https://ko.wikipedia.org/wiki/%EB%B6%81%ED%95%9C_(%EB%82%98%EB%9D%BC)",
        ),
        (
            "https://ko.wikipedia.org/wiki/북한_(나라).",
            "https://ko.wikipedia.org/wiki/%EB%B6%81%ED%95%9C_(%EB%82%98%EB%9D%BC).",
        ),
        (
            "(https://ko.wikipedia.org/wiki/북한_(나라))",
            "(https://ko.wikipedia.org/wiki/%EB%B6%81%ED%95%9C_(%EB%82%98%EB%9D%BC))",
        ),
        ("https://example.com/DMZ_(한국)", "https://example.com/DMZ_(%ED%95%9C%EA%B5%AD)"),
        ("https://example.com/2018년/기사", "https://example.com/2018%EB%85%84/%EA%B8%B0%EC%82%AC"),
        ("https://example.com/?q=글&r=1#끝", "https://example.com/?q=%EA%B8%80&r=1#%EB%81%9D"),
        # a query whose key is no ASCII: a network ends the link before the question mark
        ("https://한국.kr/a?질문=답 보라", "https://한국.kr/a?%EC%A7%88%EB%AC%B8=%EB%8B%B5 보라"),
        ("https://example.org/a?질문=답&b=1.", "https://example.org/a?%EC%A7%88%EB%AC%B8=%EB%8B%B5&b=1."),
        ("https://example.org?질문=답", "https://example.org?%EC%A7%88%EB%AC%B8=%EB%8B%B5"),
        ("https://example.org/a?q질문=답", "https://example.org/a?q%EC%A7%88%EB%AC%B8=%EB%8B%B5"),
        ("https://example.org/a?이=답", "https://example.org/a?%EC%9D%B4=%EB%8B%B5"),
        ("https://example.org/a?b=c&질문=답", "https://example.org/a?b=c&%EC%A7%88%EB%AC%B8=%EB%8B%B5"),
        ("https://example.org/a?질문_1[가]=답", "https://example.org/a?%EC%A7%88%EB%AC%B8_1[%EA%B0%80]=%EB%8B%B5"),
        ("https://example.com/?q=이", "https://example.com/?q=%EC%9D%B4"),
        ("https://example.com/이_나라", "https://example.com/%EC%9D%B4_%EB%82%98%EB%9D%BC"),
        # letters beyond ASCII that X takes into a link of itself
        ("https://example.com/café.", "https://example.com/caf%C3%A9."),
        ("https://example.com/история", "https://example.com/%D0%B8%D1%81%D1%82%D0%BE%D1%80%D0%B8%D1%8F"),
        ("https://한국.한국/기사", "https://한국.한국/%EA%B8%B0%EC%82%AC"),
    ),
)
def test_a_link_is_encoded_as_far_as_it_was_meant(text: str, expected: str) -> None:
    assert mend_links(text) == expected
    assert mend_links(expected) == expected


@pytest.mark.parametrize(
    "text",
    (
        "example.com에서 보라",
        "https://example.com/a에서 보라",
        "https://example.com/a에서는, 보라",
        "https://example.com/에서 보라",
        "https://example.com/는.",
        "https://example.com/a은/는",
        "https://example.com/a참고",
        "https://example.com/a(한국어)",
        "https://example.com/a,한국",
        "https://example.com/a?그럼 보라",
        "https://example.com/a?!정말=참",
        "https://example.com/a질문=답",
        "https://example.com한국/기사",
        "한국.한국/기사",
        "https://example.com/a를 보고https://example.com/b",
        "https://example.com/글https://example.com/b",
        "글 *https://example.com/a/*",
        "sub.example.orgια.com/a",
        "no link 기사",
        "https://example.com/a.b?c=d",
    ),
)
def test_the_words_of_the_sentence_are_left(text: str) -> None:
    assert mend_links(text) == text


PARTS = st.sampled_from(
    [
        "https://example.com/",
        "example.org",
        "/",
        "기사",
        "에서",
        "a",
        "1",
        "(",
        ")",
        ".",
        "?q=",
        "_",
        "-",
        "#",
        " ",
        "。",
        "é",
        "😀",
        "%EA",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, max_size=10))
def test_mending_is_done_once_and_loses_no_word(parts: list[str]) -> None:
    text = "".join(parts)
    once = mend_links(text)
    assert mend_links(once) == once
    assert [part for part in once.split() if "%" not in part] == [
        part for part, after in zip(text.split(), once.split(), strict=True) if "%" not in after
    ]


@pytest.mark.parametrize("after", ("", ".", " 다음", ")", "!", "\n", "”"))
@pytest.mark.parametrize("path", ("기사", "a/기사", "북한_(나라)", "기사?id=1", "é", "a-기사", "글#끝"))
def test_a_mended_link_is_one_link_of_weight_23(path: str, after: str) -> None:
    (link,) = urls(mend_links(f"글 https://example.com/{path}{after}"))
    assert link.text.isascii()
    assert weighted_length(link.text) == 23
