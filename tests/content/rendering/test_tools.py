from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from amplifier.content.rendering import tools
from amplifier.content.rendering.environment import Posts
from tests.support.articles import VALUES

if TYPE_CHECKING:
    from pathlib import Path

BOX = tools.Toolbox()
TOOLS = {**BOX.functions, **BOX.filters, **BOX.tests, **BOX.blocks}


@pytest.mark.parametrize("name", TOOLS)
def test_the_example_of_each_tool_gives_what_it_says(name: str, tmp_path: Path) -> None:
    example = re.search(r"Example: `(.+)` gives\s+`(.+)`", TOOLS[name].__doc__ or "")
    assert example, "every tool is shown to staff with one example"
    (tmp_path / "t.j2").write_text(example[1], "utf-8")
    assert [text for text, _, _ in Posts(tmp_path).render("t.j2", VALUES)] == [example[2]]


def box(**values: str) -> tools.Toolbox:
    made = tools.Toolbox()
    made.values = {**VALUES, **values}
    return made


def test_a_list_where_a_text_is_needed_says_how_to_take_one() -> None:
    with pytest.raises(
        tools.MisuseError, match=r"this is a list: take one item, as in sentences \| pick\(1\) \| first"
    ):
        box().quote(["She ran."])  # type: ignore[arg-type]


def test_tools_on_nothing_give_nothing() -> None:
    tool = box()
    assert [tool.first([]), tool.last([]), tool.shortest([]), tool.fit([], 9), tool.lines([])] == [""] * 5
    assert tool.fit("", 9) == ""


def test_fit_takes_at_least_one_sentence_and_never_a_part_of_one() -> None:
    assert box().fit("A rather long sentence. Two.", 5) == "A rather long sentence."


def test_fit_counts_as_the_network_does() -> None:
    assert box().fit("가나다. 라마바.", 11) == "가나다."
    assert box(network="bluesky").fit("가나다. 라마바.", 11) == "가나다. 라마바."


def test_sentences_join_without_a_space_where_the_language_has_none() -> None:
    assert box(language="ja").fit(["行った。", "見た。"], 99) == "行った。見た。"
    assert box(language="ja").lines(["行った。", "見た。"]) == "行った。見た。"


def test_lines_keeps_short_sentences_beside_the_one_before() -> None:
    long = "This sentence is long enough to stand on its own line, is it not?"
    assert box().lines(["Go. ", "Why?", long, "Yes."][1:]) == f"Why?\n\n{long} Yes."
    assert box().lines([f"{long} And more of it after that.", "Yes."]).count("\n\n") == 1


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    (
        ('"It’s fine."', "en", "“It’s fine.”"),
        ("He said “no” twice.", "en", "“He said ‘no’ twice.”"),
        ("“No” and “yes”", "en", "“‘No’ and ‘yes’”"),
        ("Ja.", "de", "„Ja.“"),
        ("はい。", "ja", "「はい。」"),
        ("네.", "ko", "“네.”"),
    ),
)
def test_quote_uses_the_marks_of_the_language_once(text: str, language: str, expected: str) -> None:
    assert box(language=language).quote(text) == expected


def test_hashtag_keeps_a_single_word_as_it_is() -> None:
    assert box().hashtag(["#freedom", "North Korea", "북한 인권"]) == "#freedom #NorthKorea #북한인권"


def test_a_section_that_does_not_exist_lists_the_headings() -> None:
    with pytest.raises(tools.MisuseError, match=r"did you mean 'The Escape'\? The headings are: The Escape"):
        box().section("The Escpae")


def test_a_claim_that_cannot_be_used_says_why() -> None:
    with pytest.raises(tools.MisuseError, match=r"^claim 'C01' cannot be used: she walked$"):
        box().claim("C01")


def test_an_unknown_claim_names_the_nearest_and_all() -> None:
    with pytest.raises(tools.MisuseError, match=r"^no claim 'c2'; did you mean 'C02'\? The claims are: C01, C02$"):
        box().claim("c2")
    with pytest.raises(tools.MisuseError, match=r"^no claim 'name'\. The claims are: C01, C02$"):
        box().claim("name")


def test_without_a_ledger_a_claim_says_how_to_get_one_and_nothing_stands_badly() -> None:
    bare = tools.Toolbox()
    bare.values = {key: value for key, value in VALUES.items() if key not in {"claims", "standings"}}
    with pytest.raises(tools.MisuseError, match=r"no claim 'C01': there are none yet; amplifier claims scan FILE"):
        bare.claim("C01")
    assert bare.pick(VALUES["sentences"], 3) == VALUES["sentences"]


@pytest.mark.parametrize("text", (VALUES["sections"][1], "She ran. He stayed.", ["She ran.", "He stayed."]))
def test_pick_takes_from_a_section_a_text_or_a_list_but_nothing_in_doubt(text: tools.Texts) -> None:
    assert box().pick(text, 2) == ["He stayed."]


def test_pick_takes_no_paragraph_with_a_sentence_in_doubt() -> None:
    assert box().pick(["She ran. He stayed.", "He stayed. Then it was 1998."], 2) == ["He stayed. Then it was 1998."]


def test_pick_counts_as_the_network_does() -> None:
    """On X a Hangul syllable counts twice: the longer one is too long there, the shorter one too short elsewhere."""
    short, long = "짧은 문장 하나가 여기에 서 있다.", " ".join(["긴 문장이다"] * 18)
    assert box(language="ko").pick([short, long], 1) == [short]
    assert box(language="ko", network="mastodon").pick([short, long], 1) == [long]


@pytest.mark.parametrize("n", (0, -1, "two", 1.5, True, None))
def test_pick_wants_to_know_how_many(n: object) -> None:
    with pytest.raises(tools.MisuseError, match=r"say how many sentences, as in pick\(3\)"):
        box().pick("One.", n)


@pytest.mark.parametrize(
    "written", ("quote", "url", "figure", "question", "has", "within", "alone", "dated", "quotation")
)
def test_a_tool_for_one_text_says_so_to_a_section(written: str) -> None:
    tool = {**box().filters, **box().tests}[written]
    more: dict[str, list[object]] = {"has": ["ran"], "within": [5]}
    with pytest.raises(tools.MisuseError, match=r"a text is needed here, such as paragraphs\[0\]"):
        tool(VALUES["sections"][1], *more.get(written, []))
