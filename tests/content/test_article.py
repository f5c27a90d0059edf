from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.article import load_article
from amplifier.content.markdown import plain_text
from amplifier.errors import FileError

if TYPE_CHECKING:
    from amplifier.model import Article

REPOSITORY = Path(__file__).parents[2]


def article(folder: Path, text: str, name: str = "a.txt", language: str = "en") -> Article:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return load_article(path, folder, language)


def outline(found: Article) -> list[tuple[str | None, list[str]]]:
    return [(section.heading, [paragraph.text for paragraph in section.paragraphs]) for section in found.sections]


def left_out(found: Article) -> list[tuple[str, str]]:
    return [(str(omission.place), omission.text) for omission in found.omissions]


def assert_positions_hold(found: Article) -> None:
    for sentence in found.sentences:
        assert found.source[sentence.start : sentence.end] == sentence.text
        assert sentence.text == sentence.text.strip() != ""
    for paragraph in found.paragraphs:
        words = found.source[paragraph.start : paragraph.end].split()
        assert paragraph.text.split() == words
        assert "\n" not in paragraph.text
        assert [word for sentence in paragraph.sentences for word in sentence.text.split()] == words


# ---------------------------------------------------------------- the user's article


@pytest.fixture
def escape() -> Article:
    return load_article(REPOSITORY / "campaigns/articles/dmz-escape.txt", REPOSITORY, "en")


def test_the_users_article_loses_its_cut_teaser_and_the_word_of_the_page(escape: Article) -> None:
    teaser, furniture = escape.omissions
    assert teaser.text.endswith("bolting thro")
    assert (teaser.place.line, teaser.place.column) == (1, 1)
    assert "teaser" in teaser.why
    assert (furniture.text, furniture.place.line) == ("COMMENTS", 13)
    assert "page" in furniture.why
    assert "COMMENTS" not in [section.heading for section in escape.sections]
    assert escape.paragraphs[0].text.startswith("Imagine running for your life")


def test_the_users_article_has_its_sections_and_sentences(escape: Article) -> None:
    assert escape.title is None
    assert [(section.heading, len(section.sentences)) for section in escape.sections] == [
        (None, 5),
        ("The Decision to Flee", 8),
        ("The DMZ Escape", 5),
        ("Life After Defection", 5),
        ("What We Learn", 6),
        ("A Sprint for Freedom", 3),
    ]
    assert escape.sections[1].sentences[2].text == "In November 2017, Oh decided to run."
    assert_positions_hold(escape)


# ---------------------------------------------------------------- plain text


def test_the_first_short_line_without_a_stop_is_the_title(tmp_path: Path) -> None:
    found = article(tmp_path, "A Run\n\nHe ran. He lived.\nThe Camp\nIt is large.\n")
    assert found.title == "A Run"
    assert outline(found) == [(None, ["He ran. He lived."]), ("The Camp", ["It is large."])]
    assert [sentence.text for sentence in found.sentences] == ["He ran.", "He lived.", "It is large."]


def test_a_first_line_that_is_a_sentence_is_no_title(tmp_path: Path) -> None:
    assert article(tmp_path, "He ran.\nHe lived.\n").title is None


def test_lines_that_an_editor_wrapped_are_one_paragraph_up_to_the_blank_line(tmp_path: Path) -> None:
    found = article(tmp_path, "The Run\n\nHe ran over\nthe line. Then\nhe fell.\n\nAfterwards\n\nHe lived.\n")
    assert found.title == "The Run"
    assert outline(found) == [(None, ["He ran over the line. Then he fell."]), ("Afterwards", ["He lived."])]
    assert [sentence.text for sentence in found.sentences] == ["He ran over\nthe line.", "Then\nhe fell.", "He lived."]
    assert_positions_hold(found)


def test_one_long_line_means_that_lines_are_not_wrapped(tmp_path: Path) -> None:
    heading = "A heading that goes on for rather longer than anybody would expect a heading to go on for"
    found = article(tmp_path, f"First text.\n{heading}\n{'He ran and ran. ' * 10}\nLast text.\n")
    assert len(found.paragraphs) == 4


def test_blank_lines_of_spaces_and_windows_line_ends_make_no_difference(tmp_path: Path) -> None:
    plain = article(tmp_path, "Title\n\nHe ran.\n\nHe lived.\n")
    (tmp_path / "b.txt").write_bytes(b"\xef\xbb\xbfTitle\r\n  \t\r\nHe ran.\r\n\r\n\r\n  He lived.  \r\n")
    windows = load_article(tmp_path / "b.txt", tmp_path, "en")
    assert (windows.title, outline(windows)) == (plain.title, outline(plain))
    assert_positions_hold(windows)


# ---------------------------------------------------------------- what is left out


@pytest.mark.parametrize(
    "teaser",
    (
        "He had planned to cross the bor",
        "He had planned to cross the…",
        "He had planned to cross the ...",
        "He had planned to cross the border at dawn, before the guards changed, and nobody was to kno",
    ),
)
def test_a_first_line_that_the_next_repeats_is_a_teaser(tmp_path: Path, teaser: str) -> None:
    body = "He had planned to cross the border at dawn, before the guards changed, and nobody was to know. He ran."
    found = article(tmp_path, f"{teaser}\n{body}\n")
    assert left_out(found) == [("a.txt:1:1", teaser)]
    assert outline(found) == [(None, [body])]


def test_a_teaser_below_the_title_is_found_too(tmp_path: Path) -> None:
    found = article(tmp_path, "A Run\nHe had planned to cross the bor\nHe had planned to cross the border. He ran.\n")
    assert found.title == "A Run"
    assert left_out(found) == [("a.txt:2:1", "He had planned to cross the bor")]


@pytest.mark.parametrize("title", ("North Korea", "Escape from North Korea in winter"))
def test_a_title_that_the_text_begins_with_is_no_teaser(tmp_path: Path, title: str) -> None:
    found = article(tmp_path, f"{title}\n{title} and what came of it. He ran.\n")
    assert found.title == title
    assert found.omissions == ()


def test_a_short_title_that_the_text_begins_with_within_a_word_is_no_teaser(tmp_path: Path) -> None:
    assert article(tmp_path, "North Korea\nNorth Koreans ran. He ran.\n").title == "North Korea"


def test_two_equal_lines_are_no_teaser(tmp_path: Path) -> None:
    line = "He had planned to cross the border at dawn."
    assert article(tmp_path, f"{line}\n{line}\n").omissions == ()


@pytest.mark.parametrize("word", ("COMMENTS", "SHARE", "ADVERTISEMENT", "RELATED", "READ MORE", "COMMENTS (12)"))
def test_words_of_the_page_at_the_end_are_left_out(tmp_path: Path, word: str) -> None:
    found = article(tmp_path, f"He ran.\n\n{word}\nSHARE\n")
    assert left_out(found) == [("a.txt:3:1", word), ("a.txt:4:1", "SHARE")]
    assert outline(found) == [(None, ["He ran."])]


@pytest.mark.parametrize("text", ("COMMENTS\nHe ran.\n", "He ran.\nComments\n", "He ran.\nCOMMENTS ARE OPEN\n"))
def test_the_same_words_elsewhere_or_otherwise_stay(tmp_path: Path, text: str) -> None:
    assert article(tmp_path, text).omissions == ()


@pytest.mark.parametrize("text", ("Only a Title\n", "COMMENTS\n", "# \n"))
def test_an_article_without_a_sentence_is_an_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(FileError, match=r"a\.md has one mistake") as raised:
        article(tmp_path, f"# {text}", "a.md")
    assert raised.value.findings[0].message == "has no text to make posts of"


@pytest.mark.parametrize("name", ("a.docx", "a.html", "a"))
def test_other_formats_are_told_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError) as raised:
        article(tmp_path, "He ran.", name)
    (finding,) = raised.value.findings
    assert finding.message.endswith("not .txt or .md")
    assert "plain text" in finding.hint


# ---------------------------------------------------------------- Markdown


def test_markdown_headings_make_title_and_sections(tmp_path: Path) -> None:
    text = "# The Run #\n\nHe ran.\nHe fell.\n\n## The *Line*\n\nHe crossed.\n\n### Deeper\nHe lived.\n"
    found = article(tmp_path, text, "a.md")
    assert found.title == "The Run"
    assert outline(found) == [
        (None, ["He ran. He fell."]),
        ("The Line", ["He crossed."]),
        ("Deeper", ["He lived."]),
    ]
    assert_positions_hold(found)


def test_underlined_headings_count_and_rules_do_not(tmp_path: Path) -> None:
    found = article(tmp_path, "The Run\n=======\n\nHe ran.\n\n---\n\nThe Line\n--------\nHe crossed.\n\n***\n", "a.md")
    assert found.title == "The Run"
    assert outline(found) == [(None, ["He ran."]), ("The Line", ["He crossed."])]


def test_a_short_line_of_markdown_is_a_paragraph_not_a_heading(tmp_path: Path) -> None:
    assert outline(article(tmp_path, "He ran.\n\nAnd lived\n", "a.md")) == [(None, ["He ran.", "And lived"])]


def test_marks_are_taken_out_and_words_and_lines_stay(tmp_path: Path) -> None:
    text = (
        "He **ran *fast* over** the _line_, `now`, ~~not~~ 2 * 3 * 4 snake_case_name \\*so\\*.\n\n"
        "> He said:\n> it was cold.\n\n- one thing\n  goes on\n- two\n\n1. First.\n2) Second.\n"
    )
    found = article(tmp_path, text, "a.md")
    assert [paragraph.text for paragraph in found.paragraphs] == [
        "He ran fast over the line, now, not 2 * 3 * 4 snake_case_name *so*.",
        "He said: it was cold.",
        "one thing goes on",
        "two",
        "First.",
        "Second.",
    ]
    assert found.source.count("\n") == text.count("\n")
    assert_positions_hold(found)


def test_links_keep_their_words_and_their_addresses_are_told(tmp_path: Path) -> None:
    text = 'He ran.\n\nSee [the film](https://example.org/a_(b) "Film") and [more][1] or <https://example.org>.\n\n'
    found = article(tmp_path, text + "[1]: https://example.org/more\n", "a.md")
    assert found.paragraphs[1].text == "See the film and more or https://example.org."
    assert left_out(found) == [
        ("a.md:3:16", "https://example.org/a_(b)"),
        ("a.md:5:1", "[1]: https://example.org/more"),
    ]


def test_what_is_no_text_is_left_out_and_told(tmp_path: Path) -> None:
    text = (
        "---\ntitle: The Run\ndate: 2017\n---\n# The Run\n\nHe ran.\n\n![A jeep](jeep.jpg)\n\n<!-- check\nthis -->\n\n"
        "```\ncode.\n```\n\n| a | b |\n|---|---|\n\nHe lived.\n"
    )
    found = article(tmp_path, text, "a.md")
    assert found.title == "The Run"
    assert outline(found) == [(None, ["He ran.", "He lived."])]
    assert [(omission.place.line, omission.why.split()[-4:]) for omission in found.omissions] == [
        (1, ["is", "not", "article", "text"]),
        (9, ["picture;", "posts", "are", "text"]),
        (11, ["is", "not", "article", "text"]),
        (14, ["is", "not", "article", "text"]),
        (18, ["is", "not", "article", "text"]),
    ]
    assert found.paragraphs[1].sentences[0].text == "He lived."
    assert found.source.split("\n")[20] == "He lived."


def test_a_rule_at_the_top_is_no_front_matter(tmp_path: Path) -> None:
    assert outline(article(tmp_path, "---\n\nHe ran.\n\n---\n\nHe lived.\n", "a.md")) == [
        (None, ["He ran.", "He lived."])
    ]


@given(
    st.lists(st.sampled_from(("He ran.", "A Title", "", "he fell, and", "- one", "> q", "# H", "**b** c", "COMMENTS")))
)
def test_positions_hold_for_any_mixture_of_lines(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in ("any.txt", "any.md"):
        try:
            found = article(folder, "\n".join(["He began.", *lines]), name)
        except FileError:
            continue
        assert_positions_hold(found)


@pytest.mark.parametrize(
    "unit", ("<!-- ", "**a ", "_a ", "[a](", "[", "![", "> ", "- ", "~~~\n", "```\n", "| a\n", "  ", "***", "\\", "`a")
)
def test_no_markdown_takes_long(unit: str) -> None:
    began = time.process_time()
    plain_text("He ran.\n" + unit * (200_000 // len(unit)), "a.md")
    assert time.process_time() - began < 5
