from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.text.sentences import is_heading, sentence_spans

CASES = [
    ("en", "Mr. Smith met Dr. Lee at 5 p.m. on Monday.| They ran."),
    ("en", "J. K. Rowling wrote it.| George W. Bush read it."),
    ("en", "He joined the U.S. Army base.| He left the U.S.| He ran."),
    ("en", "It cost $3.5 million.| 24 people died.| Born in 1993.| 24 of them."),
    ("en", '"Run!" he said.| "I can\'t."| She ran.'),
    ("en", "He said “stop.”| Then he ran.| (It was cold.)| Then he won."),
    ("en", "Wait... what?| So… he left.| Really?!| Yes."),
    ("en", "Great news! 🎉| Now we go. 👨‍👩‍👧🇰🇷"),
    ("en", "See example.com.| Gen. Park and Lt. Col. Kim spoke, e.g. on Jan. 5, vs. No. 3."),
    ("en", "See https://example.com/a.b?c=1!d.| Then go."),
    ("en", "1. Repost it.\n|2. Reply.\n|So did I.| Then we left."),
    ("en", "A heading\n|He ran. \r\n\r\n| She ran"),
    ("en", "No space.Next one.| See Vol. 2, Ch. 5, approx. 7."),
    ("ko", "그는 2017. 11. 13. 판문점을 넘었다.| 그는 달렸다."),
    ("ko", "2017. 11. 그는 떠났다.| 북한은 3.5배 넓다.| 정말인가?| 그렇다!"),
    ("ko", "“나는 달렸다.”라고 그는 말했다.| \"살고 싶다.\" 라고 했다.| '가자!'며 웃었다."),
    ("ko", "“살았다!”| 고향이 그립다.| 뉴스는 www.example.com에서 보라."),
    ("ja", "彼は走った。|そして倒れた。|本当か？|はい！"),
    ("ja", "「走った。」と彼は言った。|「本当だ。」|彼は笑った。|もう3.5キロだ。"),
    ("zh", "他跑了。|他倒下了！|真的吗？|是的。"),
    ("zh", "“我跑了。”他说。|“真的。”|天亮了。"),
    ("ar", "ركض الجندي نحو الحدود.| هل نجا؟| نعم!| نجا."),
    ("ar", "قال د. أحمد: «اركض.»| ثم سقط."),
    ("es", "El Sr. Kim corrió.| ¿Por qué?| ¡Porque quería vivir!| Fue en EE. UU. el lunes."),
    ("es", "—¡Corre! —dijo él.| La Sra. López y el Dr. Pérez, p. ej. hoy."),
    ("fr", "M. Kim a couru.| Pourquoi ?| « Cours ! » dit-il.| Il est tombé."),
    ("fr", "Mme. Dupont est venue.| En 1953.| Puis 3,5 millions, p. ex. hier."),
    ("de", "Am 13. November 2017 lief er.| Dr. Müller sagte z. B. nein.| Das ist der 3. Versuch."),
    ("de", "Er war 24.| Dann fiel er.| „Lauf!“, sagte er.| Nr. 5 usw. war gut."),
]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_sentences_end_where_a_reader_says(language: str, marked: str) -> None:
    expected = [part.strip() for part in marked.split("|")]
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in sentence_spans(text, language)] == expected


@pytest.mark.parametrize("language", ("xx", "", "EN", "en-US", "pt_BR", "zz-ZZ", "\0", "한국어"))
def test_an_unknown_language_is_read_like_english(language: str) -> None:
    text = "One is here now. Two is there now."
    assert sentence_spans(text, language) == [(0, 16), (17, 34)]


def test_regional_codes_have_the_rules_of_their_language() -> None:
    text = "“나는 달렸다.”라고 그는 말했다."
    assert sentence_spans(text, "ko-KR") == sentence_spans(text, "ko_KR") == [(0, len(text))]


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("aB1 .!?…\n\r“”\"'()。！「」と한고😀🇰🇷\u200d\ufe0f\u0301,3\u2028\x1c"), max_size=30),
    st.sampled_from(["en", "ko", "ja", "zh", "ar", "es", "fr", "de"]),
)
def test_no_character_is_lost_or_taken_twice(text: str, language: str) -> None:
    spans = sentence_spans(text, language)
    done = 0
    for start, end in spans:
        assert not text[done:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        assert len(text[start:end].splitlines()) == 1
        done = end
    assert not text[done:].strip()


@pytest.mark.parametrize(
    "line",
    ("The Decision to Flee", "  What We Learn ", "판문점을 넘다", "Life After Defection (2018)", "COMMENTS", "가" * 40),
)
def test_a_short_line_without_a_final_stop_is_a_heading(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    (
        "",
        "   ",
        "It got stuck.",
        "Why?",
        "He said “stop.”",
        "Three things:",
        "走った。",
        "A line that goes on and on until it is far too long for anyone to take it for a heading",
        "가" * 41,
        "- a point",
        "• a point",
        "1. a point",
        "#NorthKorea #DMZ",
        "@hrw and others",
        "https://example.com/story",
        "Read more at example.com today",
        "“A quotation”",
        "2017",
        "***",
        "Two\nlines",
    ),
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert not is_heading(line)
