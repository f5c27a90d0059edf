"""The statement `{% on "x" %} … {% endon %}`: posts, or parts of them, for some networks only."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from jinja2 import nodes
from jinja2.ext import Extension

from amplifier.networks.limits import LIMITS

if TYPE_CHECKING:
    from jinja2.parser import Parser


class On(Extension):
    """Compiles to a condition on `environment.on` (`rendering.tools.Toolbox.on`, where it is described for staff)."""

    tags = {"on"}  # noqa: RUF012 - as Jinja declares it

    def parse(self, parser: Parser) -> nodes.Node:
        """Read names, body and, after an `else`, what stands there on all other networks."""
        line = next(parser.stream).lineno
        names = [self._name(parser, line)]
        while parser.stream.skip_if("comma"):
            names.append(self._name(parser, line))
        body = parser.parse_statements(("name:else", "name:endon"))
        other = []
        if next(parser.stream).value == "else":
            other = parser.parse_statements(("name:endon",), drop_needle=True)
        here = nodes.EnvironmentAttribute("on")
        called = nodes.Call(here, [nodes.Const(name) for name in names], [], None, None)
        return nodes.If(called, body, [], other, lineno=line)

    @staticmethod
    def _name(parser: Parser, line: int) -> str:
        known = f"the networks are {', '.join(LIMITS)}"
        token = parser.stream.next_if("string")
        if token is None:
            parser.fail(f'write the network in quotation marks, as in {{% on "x" %}}; {known}', line)
        name = str(token.value)
        if name not in LIMITS:
            near = difflib.get_close_matches(name.casefold(), LIMITS, n=1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            parser.fail(f"there is no network {name!r}{meant}; {known}", line)
        return name
