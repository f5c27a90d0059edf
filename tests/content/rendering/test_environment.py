from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from amplifier.content.rendering.environment import Mistake, Posts
from amplifier.errors import FileError
from tests.support.articles import VALUES

if TYPE_CHECKING:
    from pathlib import Path


class Folder:
    """A templates folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, source: str, name: str = "t.j2") -> None:
        (self.path / name).write_text(source, "utf-8")

    def posts(self, **values: object) -> list[tuple[str, str, int]]:
        return Posts(self.path).render("t.j2", {**VALUES, **values})

    def texts(self, source: str, **values: object) -> list[str]:
        self.write(source)
        return [text for text, _, _ in self.posts(**values)]

    def mistake(self, source: str) -> str:
        self.write(source)
        with pytest.raises(Mistake) as caught:
            self.posts()
        return f"{caught.value.template}:{caught.value.line}: {caught.value.message}"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "templates"
    path.mkdir()
    return Folder(path)


def test_a_line_of_three_hyphens_ends_a_post_and_each_post_knows_its_line(folder: Folder) -> None:
    folder.write('{# what this is #}\n{% set a = "x" %}\n\nFirst.\n---\n\nSecond\nline.\n--- \n{{ title }}\n')
    assert folder.posts() == [("First.", "t.j2", 4), ("Second\nline.", "t.j2", 7), ("A title", "t.j2", 10)]


def test_a_line_of_hyphens_inside_article_text_ends_nothing(folder: Folder) -> None:
    assert folder.texts("{{ title }}\n---\nEnd.", title="One\n---\nTwo") == ["One\n---\nTwo", "End."]


def test_an_escaped_line_of_hyphens_is_text(folder: Folder) -> None:
    assert folder.texts("One\n\\---\nTwo") == ["One\n---\nTwo"]


def test_posts_of_an_included_template_name_that_template(folder: Folder) -> None:
    folder.write("Part.\n---\nLast.", "part.j2")
    folder.write("{% include 'part.j2' %}\n---\nEnd.")
    assert folder.posts() == [("Part.", "t.j2", 1), ("Last.", "part.j2", 3), ("End.", "t.j2", 3)]


def test_a_post_from_a_loop_begins_in_the_loop(folder: Folder) -> None:
    folder.write("Start.\n{% for s in sentences %}\n---\n{{ s }}\n{% endfor %}\n---\nEnd.")
    assert [line for _, _, line in folder.posts()] == [1, 4, 4, 4, 7]


def test_conditions_that_leave_a_post_empty_leave_it_out(folder: Folder) -> None:
    assert folder.texts("One.\n---\n{% if false %}Two.{% endif %}\n---\n{{ none }}\n---\nThree.") == ["One.", "Three."]


def test_white_space_that_statements_leave_is_tidied(folder: Folder) -> None:
    assert folder.texts("A  \n\n{% if true %}\n\n\nB\n{% endif %}\n\n\n") == ["A\n\nB"]


def test_templates_extend_import_and_include_each_other(folder: Folder) -> None:
    folder.write("{% block body %}{% endblock %}\n---\nBase end.", "base.j2")
    folder.write("{% macro loud(text) %}{{ text | upper }}!{% endmacro %}", "macros.j2")
    source = "{% extends 'base.j2' %}{% import 'macros.j2' as m %}{% block body %}{{ m.loud('hey') }}{% endblock %}"
    assert folder.texts(source) == ["HEY!", "Base end."]


def test_a_section_is_reached_by_place_and_by_heading(folder: Folder) -> None:
    assert folder.texts("{{ sections[1].sentences[0] }}|{{ section('escape').heading }}") == ["She ran.|The Escape"]


def test_article_text_is_never_template_source(folder: Folder) -> None:
    assert folder.texts("{{ title }}", title="{{ 7 * 7 }}{% for x in y %}") == ["{{ 7 * 7 }}{% for x in y %}"]


def test_nothing_is_escaped_as_for_a_page(folder: Folder) -> None:
    assert folder.texts("{{ title }} & <b>", title="<a> & 'b'") == ["<a> & 'b' & <b>"]


def test_a_template_without_jinja_is_fine(folder: Folder) -> None:
    assert folder.texts("\ufeffJust words.\r\n---\r\nMore — 말.\r\n") == ["Just words.", "More — 말."]


def test_a_compiled_template_keeps_nothing_of_the_thread_before(folder: Folder) -> None:
    """A filter on fixed words must not be computed once for all networks and languages."""
    folder.write("{{ 'Ja.' | quote }}{{ '가나다. 라마바.' | fit(11) }}")
    posts = Posts(folder.path)
    assert posts.render("t.j2", VALUES)[0][0] == "“Ja.”가나다."
    german = {**VALUES, "language": "de", "network": "bluesky"}
    assert posts.render("t.j2", german)[0][0] == "„Ja.“가나다. 라마바."


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("source", "expected"),
    (
        ("Fine.\n---\n{% if %}", "t.j2:3: "),
        ("{{ title\n", "t.j2:1: "),
        ("a\n{{ titel }}", "t.j2:2: there is no 'titel'; did you mean 'title'?; templates know title, "),
        ("{{ paragraphs[7] }}", "t.j2:1: there is no item [7]: the list has 2, counted from [0]"),
        ("{{ sections[0].headin }}", "t.j2:1: there is no 'headin' here; did you mean 'heading'?"),
        ("{{ title.text }}", "t.j2:1: a text has no 'text'"),
        ("{{ secton('x') }}", "t.j2:1: there is no 'secton'; did you mean 'section'?; templates know title, "),
        ("{{ claims }}", "t.j2:1: there is no 'claims'; did you mean 'claim'?; "),
        ("\n{{ title | quot }}", "t.j2:2: there is no filter 'quot'; did you mean 'quote'?"),
        ("{{ title is figur }}", "t.j2:1: there is no test 'figur'; did you mean 'figure'?"),
        ("{{ section('Escap3') }}", "t.j2:1: no section 'Escap3'; "),
        ("{{ sections[1] | since('Nobody') }}", "t.j2:1: since('Nobody'): no sentence there"),
        ("{{ paragraphs }}", "t.j2:1: a list is not a text; take one item, as in paragraphs[0]"),
        ("{{ sections[0] }}", "t.j2:1: a section is not a text; write its .heading"),
        ("\n{{ 1 + 'a' }}", "t.j2:2: cannot be computed: "),
        ("{{ 1 / 0 }}", "t.j2:1: cannot be computed: division by zero"),
        ("{{ sections | hashtag }}", "t.j2:1: a text or a list of texts is needed here"),
        ("{{ sentences | pick }}", "t.j2:1: cannot be computed: pick() missing 1 required"),
        ("{{ '\\x02t.j2:1\\x03\\x04' }}", "t.j2:1: writes U+0004"),
        ("{{ '\\ud800' }}", "t.j2:1: writes U+D800"),
        ("{% macro m() %}{{ m() }}{% endmacro %}\n{{ m() }}", "t.j2:1: calls itself without end"),
        ("a\n{% include 'x.j2' %}", "t.j2:2: there is no template 'x.j2'"),
    ),
)
def test_a_mistake_is_told_with_its_line(folder: Folder, source: str, expected: str) -> None:
    assert folder.mistake(source).startswith(expected)


def test_an_undefined_name_lists_all_that_exists(folder: Folder) -> None:
    assert folder.mistake("{{ titel }}").endswith(", account, network, section() and claim()")


@pytest.mark.parametrize("source", ("{% if true %}\n", "{% for a in [1] %}", "{{ (", "{% macro m() %}", "{{ not "))
def test_what_is_nested_too_deeply_is_said_so(folder: Folder, source: str) -> None:
    inside = {"{% if": "{% endif %}", "{% fo": "{% endfor %}", "{{ (": ")", "{% ma": "{% endmacro %}", "{{ no": ""}
    body = "{{ " + source[3:] * 5000 + "1" if source.startswith("{{") else source * 5000 + "x"
    end = next(close for opening, close in inside.items() if source.startswith(opening)) * 5000
    folder.write(body + end + (" }}" if source.startswith("{{") else ""))
    with pytest.raises(Mistake) as caught:
        folder.posts()
    assert caught.value.message == "has too many blocks or brackets inside one another"
    assert "{% include %}" in caught.value.hint


def test_a_part_that_is_nested_too_deeply_is_named(folder: Folder) -> None:
    folder.write("{% if true %}" * 5000 + "{% endif %}" * 5000, "part.j2")
    assert folder.mistake("{% include 'part.j2' %}") == "part.j2:0: has too many blocks or brackets inside one another"


@pytest.mark.parametrize("name", ("우리 이야기.j2", "my story (1).j2", "été.j2", "story’s.j2"))
def test_a_template_may_have_a_name_in_any_script(folder: Folder, name: str) -> None:
    folder.write("One.\n---\nTwo.", name)
    assert Posts(folder.path).render(name, VALUES) == [("One.", name, 1), ("Two.", name, 3)]
    with pytest.raises(Mistake) as caught:
        Posts(folder.path).render("stroy.j2", VALUES)
    assert caught.value.hint == f"there are {name}"


def test_the_values_of_an_import_without_context_are_explained(folder: Folder) -> None:
    folder.write("{% macro m() %}{{ title }}{% endmacro %}", "words.j2")
    assert "add `with context` to the import" in folder.mistake("{% import 'words.j2' as w %}{{ w.m() }}")


def test_a_mistake_in_an_included_template_is_told_there(folder: Folder) -> None:
    folder.write("fine\n{{ nothing }}", "part.j2")
    assert folder.mistake("{% include 'part.j2' %}").startswith("part.j2:2: there is no 'nothing'")


def test_a_missing_template_names_those_that_exist(folder: Folder) -> None:
    folder.write("x", "story.j2")
    with pytest.raises(Mistake, match=r"did you mean 'story\.j2'"):
        Posts(folder.path).render("stroy.j2", VALUES)


@pytest.mark.parametrize(
    "name",
    (
        "../secret.j2",
        "sub/inner.j2",
        "sub\\\\inner.j2",
        ".hidden.j2",
        "../.env",
        "notes.txt",
        "/etc/hostname",
        "a\\nb.j2",
    ),
)
def test_only_templates_that_lie_in_the_folder_are_loaded(folder: Folder, name: str) -> None:
    (folder.path / "sub").mkdir()
    for path in ("../secret.j2", "sub/inner.j2", "sub\\inner.j2", ".hidden.j2", "../.env", "notes.txt", "a\nb.j2"):
        (folder.path / path).write_text("secret", "utf-8")
    assert "there is no template" in folder.mistake(f"{{% include '{name}' %}}")


def test_a_link_to_a_file_outside_the_workspace_is_refused(folder: Folder, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside.j2"
    outside.write_text("secret", "utf-8")
    (folder.path / "link.j2").symlink_to(outside)
    with pytest.raises(FileError) as caught:
        Posts(folder.path).render("link.j2", VALUES)
    assert "leaves the workspace" in caught.value.findings[0].message


def test_a_link_to_something_that_is_no_template_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOKEN=secret", "utf-8")
    (folder.path / "link.j2").symlink_to(tmp_path / ".env")
    assert "there is no template" in folder.mistake("{% include 'link.j2' %}")


def test_a_pipe_named_like_a_template_does_not_hang(folder: Folder) -> None:
    os.mkfifo(folder.path / "pipe.j2")
    assert "there is no template 'pipe.j2'" in folder.mistake("{% include 'pipe.j2' %}")


@pytest.mark.parametrize(
    "source",
    (
        "{{ ''.__class__.__mro__ }}",
        "{{ section.__globals__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ '{0.__class__.__init__.__globals__}'.format(title) }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ hashtags.append('x') }}",
        "{{ sections[0].update(heading='x') }}",
        "{{ title | attr('__class__') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ sentences | random }}",
    ),
)
def test_a_template_reaches_nothing_but_its_values(folder: Folder, source: str) -> None:
    assert folder.mistake(source).startswith("t.j2:1: ")


def test_a_million_characters_are_too_many(folder: Folder) -> None:
    assert folder.mistake("{{ 'x' * 1000001 }}") == "t.j2:0: writes more than a million characters"
    assert len(folder.texts("{{ 'x' * 1000000 }}")[0]) == 1_000_000


def test_a_template_with_a_character_that_cannot_be_seen_is_refused(folder: Folder) -> None:
    folder.write("A\x01")
    with pytest.raises(FileError) as caught:
        folder.posts()
    assert str(caught.value.findings[0]).startswith("templates/t.j2:1:2: error: has U+0001")


def test_what_was_picked_is_kept_for_each_use_and_for_one_thread_only(folder: Folder) -> None:
    folder.write("{{ sentences | pick(1) | first }}{{ sections[1] | pick(9) | join(' ') }}")
    posts = Posts(folder.path)
    posts.render("t.j2", VALUES)
    assert posts.picked == [["He stayed."], ["He stayed."]]
    folder.write("Nothing.", "other.j2")
    posts.render("other.j2", VALUES)
    assert posts.picked == []
