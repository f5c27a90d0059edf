"""Jinja2 for posts: a closed environment, templates from one folder, and errors that say the line."""

from __future__ import annotations

import difflib
import re
import traceback
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import TemplateAssertionError
from jinja2.utils import missing

from amplifier.content.files import FORBIDDEN, read_text
from amplifier.content.rendering.blocks import On
from amplifier.content.rendering.sandbox import Sandbox
from amplifier.content.rendering.tools import VALUES, MisuseError, Toolbox
from amplifier.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

NAME = re.compile(r"[^./\\][^/\\]*\.j2")
"""A template's name, in any script: no folder in it, no dot in front."""
BREAK = "---"
ESCAPED = re.compile(r"\\+---[ \t]*")
"""A `---` line of the text itself is written with a backslash before it, as in threads written by hand."""
MARKER = re.compile("\x02([^\x02\x03]+):([0-9]+)\x03")
"""Stands for a `---` line of a template: name and line of what comes after it. Control characters, which files may
not have (`FORBIDDEN`), so that no article text can end a post."""
LEAD = re.compile(r"(?:\s|\{#.*?#\}|\{%[-+]?(?!\s*include).*?%\})*", re.DOTALL)
"""What stands before the first text of a post: white space, comments, statements that write nothing."""
LONGEST = 1_000_000
"""Characters of one thread."""
SURROGATES = re.compile("[\ud800-\udfff]")
FUNCTIONS = tuple(Toolbox().functions)


class Mistake(Exception):  # noqa: N818 - it is a finding on its way to the parent
    """What is wrong in which template, at which line (0: the whole file), and the next step."""

    def __init__(self, template: str, line: int, message: str, hint: str) -> None:
        super().__init__(message)
        self.template = template
        self.line = line
        self.message = message
        self.hint = hint


class Unknown(StrictUndefined):
    """An undefined name that says what exists when it is used."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        name, holder = self._undefined_name, self._undefined_obj
        if holder is missing:
            if name in VALUES:
                return f"{name!r} does not reach an imported file by itself: add `with context` to the import"
            known = f"{', '.join(VALUES)}, {' and '.join(f'{tool}()' for tool in FUNCTIONS)}"
            return f"there is no {name!r}{_meant(str(name), (*VALUES, *FUNCTIONS))}; templates know {known}"
        if isinstance(holder, list) and isinstance(name, int):
            return f"there is no item [{name}]: the list has {len(holder)}, counted from [0]"
        if isinstance(holder, dict):
            return f"there is no {name!r} here{_meant(str(name), holder)}; there are {', '.join(map(str, holder))}"
        return f"a {_kind(holder)} has no {name!r}"


class Folder(BaseLoader):
    """Loads `*.j2` that lie directly in the templates folder, and nothing else."""

    def __init__(self, templates: Path) -> None:
        self._templates = templates
        self.starts: dict[str, int] = {}
        """The line where each loaded template's first text stands."""

    def get_source(self, environment: object, template: str) -> tuple[str, str, None]:  # noqa: ARG002
        """Return the source with its `---` lines marked. Raises `FileError`, `TemplateNotFound`."""
        path = self._templates / template
        if not _is_name(template) or not path.is_file() or path.resolve().suffix != ".j2":
            raise TemplateNotFound(template)
        source = read_text(path, self._templates.parent)
        self.starts[template] = _first_line(source, 0)
        return _mark(source, template), template, None

    def list_templates(self) -> list[str]:
        """Return the names a template may have."""
        return sorted(path.name for path in self._templates.glob("*.j2") if _is_name(path.name))


class Posts:
    """Renders templates into posts; compiled templates are kept."""

    def __init__(self, templates: Path) -> None:
        self._tools = Toolbox()
        self._folder = Folder(templates)
        self._jinja = Sandbox(loader=self._folder, undefined=Unknown, extensions=[On])
        self._jinja.globals.update(self._tools.functions)
        self._jinja.filters.update(self._tools.filters)
        self._jinja.tests.update(self._tools.tests)
        self._jinja.extend(**self._tools.blocks)

    def render(self, name: str, values: Mapping[str, Any]) -> list[tuple[str, str, int]]:
        """Return the posts as text, template and line, without empty ones. Raises `Mistake`, `FileError`.

        Templates see the values that `VALUES` describes; the tools read the others too. `picked` has afterwards what
        the template took by `pick`, a list for each time.
        """
        self._tools.values, self._tools.picked = values, []
        try:
            text = self._jinja.get_template(name).render({key: values[key] for key in VALUES})
        except TemplateNotFound as exc:
            raise self._not_found(name, exc) from None
        except TemplateSyntaxError as exc:
            hint = "see the line; every {{ needs a }}, every {% if %} an {% endif %}"
            if not exc.lineno:
                hint = "make templates of its parts, and {% include %} them"
            raise Mistake(exc.name or name, exc.lineno, self._syntax(exc), hint) from None
        except FileError:
            raise
        except Exception as exc:  # noqa: BLE001 - a template may raise anything
            raise self._failure(name, exc) from None
        if len(text) > LONGEST:
            hint = "look for a loop that repeats its text; a post has some 280 characters"
            raise Mistake(name, 0, "writes more than a million characters", hint)
        return list(self._blocks(text, name))

    @property
    def picked(self) -> list[list[str]]:
        """What the template rendered last took by `pick`."""
        return self._tools.picked

    def _blocks(self, text: str, name: str) -> Iterator[tuple[str, str, int]]:
        parts = [name, str(self._folder.starts[name]), *MARKER.split(text)]
        for template, line, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            found = FORBIDDEN.search(body) or SURROGATES.search(body)
            if found:
                message = f"writes U+{ord(found[0]):04X}, a character that cannot be seen"
                raise Mistake(template, int(line), message, "delete it from the template")
            post = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", body)).strip()
            if post:
                yield post, template, int(line)

    def _not_found(self, name: str, exc: TemplateNotFound) -> Mistake:
        names = self._folder.list_templates()
        wanted = str(exc.name or name)
        message = f"there is no template {wanted!r} in the templates folder{_meant(wanted, names)}"
        hint = f"there are {', '.join(names)}" if names else "put a file such as story.j2 there"
        template, line = self._where(name, exc)
        return Mistake(template, line, message, hint)

    def _syntax(self, exc: TemplateSyntaxError) -> str:
        message = exc.message or "cannot be read"
        unknown = re.fullmatch(r"No (filter|test) named '(\w+)'\.?.*", message)
        if not isinstance(exc, TemplateAssertionError) or not unknown:
            return message
        kind, name = unknown.groups()
        every = self._jinja.filters if kind == "filter" else self._jinja.tests
        ours = self._tools.filters if kind == "filter" else self._tools.tests
        return f"there is no {kind} {name!r}{_meant(name, every)}; ours are {', '.join(ours)}, beside Jinja's own"

    def _failure(self, name: str, exc: Exception) -> Mistake:
        template, line = self._where(name, exc)
        if isinstance(exc, MemoryError):
            return Mistake(template, line, "needs too much memory", "look for a text that is repeated very often")
        if isinstance(exc, RecursionError):
            return Mistake(template, line, "calls itself without end", "look for a macro or include that uses itself")
        hint = "docs/reference.md, “What templates see”, lists values and filters with examples"
        ours = isinstance(exc, MisuseError) or type(exc).__module__.startswith("jinja2")
        reason = str(exc).removeprefix(f"{Toolbox.__name__}.")
        return Mistake(template, line, reason if ours else f"cannot be computed: {reason}", hint)

    def _where(self, name: str, exc: Exception) -> tuple[str, int]:
        """Return the innermost template line of an error; Jinja puts template frames into the traceback."""
        places = [
            (frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(exc.__traceback__)
            if frame.f_code.co_filename in self._folder.starts
        ]
        return places[-1] if places else (name, 0)


def _mark(source: str, template: str) -> str:
    lines = source.split("\n")
    offset = 0
    for index, line in enumerate(lines):
        offset += len(line) + 1
        if line.rstrip() == BREAK:
            lines[index] = f"\x02{template}:{_first_line(source, offset)}\x03"
        elif ESCAPED.fullmatch(line):
            lines[index] = line[1:]
    return "\n".join(lines)


def _first_line(source: str, start: int) -> int:
    lead = LEAD.match(source, start)
    end = lead.end() if lead else start
    return source.count("\n", 0, end) + 1


def _is_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and name.isprintable()


def _kind(value: object) -> str:
    return {str: "text", list: "list", int: "number", float: "number"}.get(type(value), type(value).__name__)


def _meant(word: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
