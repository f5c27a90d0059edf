from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.content.rendering.environment import Mistake, Posts
from amplifier.networks.limits import LIMITS
from tests.support.articles import VALUES

if TYPE_CHECKING:
    from pathlib import Path


def posts(folder: Path, source: str, network: str = "x") -> list[tuple[str, int]]:
    (folder / "t.j2").write_text(source, "utf-8")
    return [(text, line) for text, _, line in Posts(folder).render("t.j2", {**VALUES, "network": network})]


def texts(folder: Path, source: str) -> dict[str, list[str]]:
    return {network: [text for text, _ in posts(folder, source, network)] for network in LIMITS}


def test_a_block_is_for_the_networks_it_names(tmp_path: Path) -> None:
    source = 'All.{% on "x" %} X.{% endon %}{% on "bluesky", "mastodon" %} Not X.{% endon %}'
    assert texts(tmp_path, source) == {"x": ["All. X."], "bluesky": ["All. Not X."], "mastodon": ["All. Not X."]}


def test_else_is_for_the_other_networks(tmp_path: Path) -> None:
    source = "{% on 'mastodon' %}Long.{% else %}Short.{% endon %}"
    assert texts(tmp_path, source) == {"x": ["Short."], "bluesky": ["Short."], "mastodon": ["Long."]}


def test_a_break_inside_a_block_ends_a_post_there_only(tmp_path: Path) -> None:
    source = 'One.\n{% on "bluesky" %}\n---\nTwo,\nfor one network.\n{% endon %}\n---\nThree.\n'
    assert posts(tmp_path, source, "x") == [("One.", 1), ("Three.", 8)]
    assert posts(tmp_path, source, "bluesky") == [("One.", 1), ("Two,\nfor one network.", 4), ("Three.", 8)]


def test_the_lines_of_a_block_leave_no_empty_lines(tmp_path: Path) -> None:
    assert posts(tmp_path, 'A\n{% on "x" %}\nB\n{% endon %}\nC') == [("A\nB\nC", 1)]


def test_blocks_stand_in_loops_conditions_macros_and_one_another(tmp_path: Path) -> None:
    source = (
        "{% macro m(text) %}{% on 'x' %}{{ text }}{% endon %}{% endmacro %}"
        "{% for s in sentences %}\n{% on 'x', 'bluesky' %}\n{% if not loop.last %}\n---\n{{ loop.index }}"
        "{% on 'x' %} {{ m(s) }}{% endon %}\n{% endif %}\n{% endon %}\n{% endfor %}"
    )
    expected = {"x": ["1 She ran.", "2 He stayed."], "bluesky": ["1", "2"], "mastodon": []}
    assert texts(tmp_path, source) == expected


def test_an_imported_macro_needs_no_context_for_it(tmp_path: Path) -> None:
    (tmp_path / "m.j2").write_text(
        "{% macro m() %}{% on 'bluesky' %}B{% else %}other{% endon %}{% endmacro %}", "utf-8"
    )
    source = "{% import 'm.j2' as words %}{{ words.m() }}"
    assert texts(tmp_path, source) == {"x": ["other"], "bluesky": ["B"], "mastodon": ["other"]}


def test_a_compiled_template_asks_for_the_network_of_each_thread(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{% on 'x' %}X{% else %}other{% endon %}", "utf-8")
    renderer = Posts(tmp_path)
    found = [renderer.render("t.j2", {**VALUES, "network": network})[0][0] for network in ("x", "bluesky", "x")]
    assert found == ["X", "other", "X"]


@pytest.mark.parametrize(
    ("source", "expected"),
    (
        ("{% on 'twitter' %}A{% endon %}", "there is no network 'twitter'; the networks are x, bluesky, mastodon"),
        ("{% on 'x', 'Blusky' %}A{% endon %}", "there is no network 'Blusky'; did you mean 'bluesky'?; the networks"),
        ("{% on 'X' %}A{% endon %}", "there is no network 'X'; did you mean 'x'?"),
        ("{% on x %}A{% endon %}", "write the network in quotation marks"),
        ("{% on %}A{% endon %}", "write the network in quotation marks"),
        ("{% on 'x', %}A{% endon %}", "write the network in quotation marks"),
        ("{% on 'x' 'mastodon' %}A{% endon %}", "expected token"),
        ("{% on 'x' %}A", "Unexpected end of template. Jinja was looking for the following tags: 'else' or 'endon'"),
        ("{% endon %}", "Encountered unknown tag 'endon'"),
        ("{% on 'x' %}{% else %}{% else %}{% endon %}", "Encountered unknown tag 'else'"),
    ),
)
def test_a_mistake_in_a_block_is_told_with_its_line(tmp_path: Path, source: str, expected: str) -> None:
    (tmp_path / "t.j2").write_text(f"Fine.\n{source}", "utf-8")
    with pytest.raises(Mistake) as caught:
        Posts(tmp_path).render("t.j2", VALUES)
    assert caught.value.line == 2
    assert caught.value.message.startswith(expected)


def test_a_network_that_does_not_exist_is_a_mistake_also_where_it_is_not_reached(tmp_path: Path) -> None:
    (tmp_path / "t.j2").write_text("{% if false %}{% on 'nowhere' %}A{% endon %}{% endif %}", "utf-8")
    with pytest.raises(Mistake, match="there is no network 'nowhere'"):
        Posts(tmp_path).render("t.j2", VALUES)
