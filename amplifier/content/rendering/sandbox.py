"""Jinja2's sandbox, closed further: what is no text never becomes one, and what is nested too deeply is said so."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, TemplateSyntaxError, Undefined, nodes, pass_context, pass_eval_context
from jinja2.compiler import CodeGenerator
from jinja2.filters import make_attrgetter
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from amplifier.content.rendering.tools import MisuseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from jinja2.compiler import Frame

ABSENT = {"globals": ("lipsum",), "filters": ("random", "pprint", "tojson", "xmlattr")}
"""Jinja's own that give something else each time (what was approved must be what goes out), or that write for
programs, not for readers."""
TO_TEXT = (
    "capitalize", "center", "e", "escape", "forceescape", "format", "indent", "lower", "replace", "safe", "string",
    "striptags", "title", "trim", "truncate", "upper", "urlencode", "urlize", "wordcount", "wordwrap",
)  # fmt: skip
"""Jinja's filters that take anything for a text: a list as Python writes it, too."""
FROM_JINJA = (Context, EvalContext, Environment)


def printable(value: Any) -> Any:
    """Return what a text is made of: a text, a number, nothing for none. Raises `MisuseError` for all else."""
    if value is None:
        return ""
    if isinstance(value, (str, int, float, Undefined)) and not isinstance(value, bool):
        return value  # an undefined name says so itself when it is printed
    raise MisuseError(_refusal(value))


def _refusal(value: object) -> str:
    if isinstance(value, bool):
        return "yes or no (true, false) is not a text; ask for it in {% if … %}"
    if isinstance(value, dict):
        if "heading" in value:
            return "a section is not a text; write its .heading, .paragraphs[0] or .sentences[0]"
        return f"several values are not a text; take one of them: {', '.join(map(str, value))}"
    if callable(value):
        return 'a function is not a text; call it, as in section("Escape")'
    return 'a list is not a text; take one item, as in paragraphs[0], or join them: sentences | join(" ")'


@pass_context
def _finalize(_: Context, value: Any) -> Any:
    """What `{{ … }}` prints. That it asks for the context keeps Jinja from computing filters on fixed words when
    compiling, where they would keep the language and network of the first thread."""
    return printable(value)


@pass_eval_context
def join(context: EvalContext, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
    """Jinja's `join`, of printable items only."""
    if attribute is not None:
        value = map(make_attrgetter(context.environment, attribute), value)
    return str(printable(d)).join(str(printable(item)) for item in value)


class _Code(CodeGenerator):
    """Looks at each part of `a ~ b` before it is made a text."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - the visitor's naming
        look = nodes.EnvironmentAttribute("printable")
        parts: list[nodes.Expr] = [nodes.Call(look, [part], [], None, None) for part in node.nodes]
        super().visit_Concat(nodes.Concat(parts), frame)


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of posts: plain text, nothing computed when compiling, no list or section inside a text."""

    code_generator_class = _Code
    intercepted_binops = frozenset({"%"})
    printable = staticmethod(printable)

    def __init__(self, **options: Any) -> None:
        super().__init__(
            autoescape=False,  # posts are plain text, not HTML
            auto_reload=False,
            optimized=False,  # as `_finalize`: nothing is computed when compiling
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_finalize,
            **options,
        )
        for name in ABSENT["globals"]:
            del self.globals[name]
        for name in ABSENT["filters"]:
            del self.filters[name]
        self.filters |= {name: _looking(self.filters[name], switches=name != "format") for name in TO_TEXT}
        self.filters["join"] = join

    def compile(self, source: Any, name: str | None = None, *rest: Any, **options: Any) -> Any:
        """Compile as Jinja does; raises `TemplateSyntaxError` also for what Python cannot nest so deeply."""
        try:
            return super().compile(source, name, *rest, **options)
        except (RecursionError, SyntaxError):
            message = "has too many blocks or brackets inside one another"
            raise TemplateSyntaxError(message, 0, name) from None

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Look at what `%` puts into a text."""
        if isinstance(left, str):
            right = tuple(map(printable, right)) if isinstance(right, tuple) else printable(right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Look at what `"…".format(…)` puts into a text."""
        tool = super().wrap_str_format(value)
        return _looking(tool) if tool else None


def _looking(tool: Callable[..., Any], *, switches: bool = False) -> Callable[..., Any]:
    """A function to text that refuses what is no text, wherever among its arguments.

    With `switches` those behind the first may be yes or no, as the `true` of `truncate(20, true)`.
    """

    @wraps(tool)  # also what it wants from Jinja before its own arguments
    def looking(*args: Any, **named: Any) -> Any:
        start = 1 if args and isinstance(args[0], FROM_JINJA) else 0
        value, rest = args[start : start + 1], args[start + 1 :]
        look = _unless_switch if switches else printable
        looked = {name: look(given) for name, given in named.items()}
        return tool(*args[:start], *map(printable, value), *map(look, rest), **looked)

    return looking


def _unless_switch(value: Any) -> Any:
    return value if isinstance(value, bool) else printable(value)
