from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier import pages
from tests.support.html import parse

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100">{}</svg>'
MINIMAL = {
    "title": "A campaign",
    "lead": "",
    "mode": "live",
    "banner": "LIVE",
    "made_of": "",
    "other_modes": (),
    "drawing": True,
    "how": "",
    "campaigns": (),
    "notes": (),
    "made": "",
    "ahead": None,
}
text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40)


@given(
    text | st.sampled_from(("<script>alert(1)</script>", "</title><b>", '"><img src=x onerror=alert(1)>', "{{ 7 }}"))
)
def test_a_value_is_text_wherever_it_stands(value: str) -> None:
    plain = parse(pages.render("report.html.j2", MINIMAL | dict.fromkeys(("title", "lead", "made", "ahead"), "x")))
    hostile = parse(pages.render("report.html.j2", MINIMAL | dict.fromkeys(("title", "lead", "made", "ahead"), value)))
    assert hostile.elements == plain.elements
    assert hostile.texts_of("title") == [f"{value} · LIVE"]


def test_a_page_forbids_itself_to_load_and_to_run_anything() -> None:
    page = parse(pages.render("report.html.j2", MINIMAL))
    [policy] = [meta["content"] for meta in page.named("meta") if "http-equiv" in meta]
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert not {"script", "link", "iframe", "object", "embed", "form", "base", "img"} & set(page.elements)


@pytest.mark.parametrize(
    ("address", "kept"),
    (
        ("https://x.com/main/status/1", True),
        ("HTTP://x.com/main/status/1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("https://x.com/ onclick=x", False),
        ("//x.com", False),
        ("", False),
        (None, False),
    ),
)
def test_only_addresses_on_the_web_are_links(address: str | None, kept: bool) -> None:
    assert (pages.link(address) == address) is (kept or address is None)


def test_a_picture_has_a_label_what_it_tells_and_its_own_width_at_most() -> None:
    page = parse(pages.picture(SVG.format('<path d="M0,0h1"/>'), "How <it> grew", "story, 1 & 2"))
    [svg] = page.named("svg")
    assert (svg["role"], svg["aria-label"], svg["width"]) == ("img", "How <it> grew", "300")
    assert not {"style", "height"} & set(svg)
    assert (page.texts_of("title"), page.texts_of("desc")) == (["How <it> grew"], ["story, 1 & 2"])


def test_a_picture_keeps_what_is_drawn_and_nothing_else() -> None:
    drawn = (
        '<g class="x" onclick="a()"><path d="M0,0h1" fill="#0f6b7c" style="fill:url(//x)" aria-label="y"/></g>'
        '<script>alert(1)</script><image href="//x.com"/><foreignObject><b>b</b></foreignObject><g><path d=""/></g>'
        "<text>a &lt; b</text>"
    )
    page = parse(pages.picture(SVG.format(drawn), "label", "told"))
    assert page.elements == ["svg", "title", "desc", "g", "path", "text"]
    assert page.named("path") == [{"d": "M0,0h1", "fill": "#0f6b7c"}]
    assert page.named("g") == [{}]
    assert page.texts_of("text") == ["a < b"]
