"""A list or a section never becomes a text as Python writes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from amplifier.content.rendering.environment import Mistake, Posts
from amplifier.content.rendering.sandbox import Sandbox
from tests.support.articles import VALUES

if TYPE_CHECKING:
    from pathlib import Path

RAW = re.compile(r"\['|\{'|', '|<\w+ |\bNone\b|\bTrue\b|\bFalse\b|object at|#39;|%27")
"""How Python writes lists, dicts, generators, functions and the like."""
LIST = "a list is not a text; take one item"
SECTION = "a section is not a text; write its .heading"


def rendered(folder: Path, source: str) -> str:
    """The text, or the mistake."""
    (folder / "t.j2").write_text(source, "utf-8")
    try:
        return "|".join(text for text, _, _ in Posts(folder).render("t.j2", VALUES))
    except Mistake as mistake:
        return f"{mistake.line}: {mistake}"


@pytest.mark.parametrize(
    ("written", "expected"),
    (
        ("sentences", LIST),
        ("sentences ~ ''", LIST),
        ("'' ~ sentences", LIST),
        ("'a' ~ 1 ~ (sentences | select('figure'))", LIST),
        ("sections[0] ~ ''", SECTION),
        ("(sections | map(attribute='heading')) ~ ''", LIST),
        ("'%s' % sentences", LIST),
        ("'%s' % sections[0]", SECTION),
        ("'%s %s' % (title, sentences)", LIST),
        ("'%(heading)s' % sections[1]", SECTION),
        ("'%s' | format(sentences)", LIST),
        ("'%(a)s' | format(a=sentences)", LIST),
        ("'{}'.format(sentences)", LIST),
        ("'{a}'.format(a=sections[0])", SECTION),
        ("'{heading}'.format_map(sections[1])", SECTION),
        ("sections | join", SECTION),
        ("sections | join(', ')", SECTION),
        ("sections | join(', ', attribute='sentences')", LIST),
        ("[sentences] | join", LIST),
        ("sentences | join(sentences)", LIST),
        ("sentences | string", LIST),
        ("sections | map('string') | join", SECTION),
        ("sections[0] | upper", SECTION),
        ("title | replace('A', sentences)", LIST),
        ("title | truncate(3, end=sentences)", LIST),
        ("'%s' | format(true)", "yes or no"),
        ("'{} {}'.format('a', true)", "yes or no"),
        ("true | upper", "yes or no"),
        ("dict(a=1, b=2)", "several values are not a text; take one of them: a, b"),
        ("section", "a function is not a text; call it"),
        ("title.upper", "a function is not a text; call it"),
        ("1 == 1", "yes or no (true, false) is not a text; ask for it in {% if … %}"),
        ("'a' ~ ('a' in title)", "yes or no"),
        ("sentences | tojson", "there is no filter 'tojson'"),
        ("titel ~ 'a'", "there is no 'titel'"),
        ("'%s' % titel", "there is no 'titel'"),
        ("[titel] | join", "there is no 'titel'"),
    ),
)
def test_what_is_no_text_is_refused_wherever_it_would_become_one(tmp_path: Path, written: str, expected: str) -> None:
    assert rendered(tmp_path, f"a\n{{{{ {written} }}}}").startswith(f"2: {expected}")


@pytest.mark.parametrize(
    ("written", "expected"),
    (
        ("title ~ ' ' ~ 3 ~ none ~ 1.5", "A title 31.5"),
        ("'%s, %s%s' % (title, 3, none)", "A title, 3"),
        ("'%s!' % title", "A title!"),
        ("7 % 4", "3"),
        ("'{} {n}'.format(title, n=2)", "A title 2"),
        ("'%s %d' | format(title, 2)", "A title 2"),
        ("sections | join('/', attribute='heading')", "/The Escape"),
        ("sections | map(attribute='heading') | join('/')", "/The Escape"),
        ("[1, none, 'a'] | join('-')", "1--a"),
        ("title | join('.')", "A. .t.i.t.l.e"),
        ("none | upper", ""),
        ("title | truncate(3, true, leeway=0, end='…')", "A …"),
        ("title | replace('A', 'The') | upper | center(11) | trim", "THE TITLE"),
        ("sentences | map('upper') | join(' ')", "SHE RAN. HE STAYED. THEN IT WAS 1998."),
    ),
)
def test_texts_and_numbers_are_put_together_as_ever(tmp_path: Path, written: str, expected: str) -> None:
    assert rendered(tmp_path, f"{{{{ {written} }}}}") == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(Sandbox().filters))
def test_no_filter_of_jinja_writes_a_value_as_python_does(tmp_path: Path, name: str) -> None:
    for value in ("sentences", "sections", "sections[1]", "(sentences | select)", "section", "true"):
        for arguments in ("", "('a')", "(2)"):
            for end in ("", " ~ ''", " | join"):
                told = rendered(tmp_path, f"{{{{ {value} | {name}{arguments}{end} }}}}")
                assert told.startswith("1: ") or not RAW.search(told), told


def test_conditions_and_loops_take_lists_and_yes_or_no(tmp_path: Path) -> None:
    source = "{% if sentences and 'a' != title %}{% for s in sentences[:1] %}{{ s }}{% endfor %}{% endif %}"
    assert rendered(tmp_path, source) == "She ran."
