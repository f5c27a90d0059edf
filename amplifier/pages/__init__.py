"""HTML pages from the Jinja2 templates in this folder, each one file that loads nothing from anywhere.

Whatever comes in as a value is text and is escaped; only what `picture` has cleaned is markup. A page's own policy
forbids it to load, to run and to send anything, so that a post's text can do nothing in it either.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Mapping

SVG = "http://www.w3.org/2000/svg"
DRAWN = frozenset({"svg", "g", "path", "line", "rect", "circle", "text", "tspan", "title", "desc"})
"""The elements of a picture; anything else is left out, with what is in it."""
WRITTEN = frozenset(
    (
        *("d", "x", "y", "x1", "x2", "y1", "y2", "r", "cx", "cy", "width", "height", "viewBox", "transform"),
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap"),
        *("stroke-linejoin", "opacity", "text-anchor", "font-size", "font-weight"),
    )
)
"""Their attributes; none can refer to anything."""
LINK = re.compile(r"https?://\S+", re.IGNORECASE)


def render(template: str, values: Mapping[str, Any]) -> str:
    """The page that a template of this folder makes of the values, all of them escaped."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["link"] = link
    return environment


def link(address: str | None) -> str | None:
    """An address that a browser may be sent to, or None: a network's answer is no reason to run a script."""
    return address if address and LINK.fullmatch(address) else None


@dataclass(frozen=True, slots=True)
class Script:
    """A script of this folder as it stands in a page, and the source that the page's policy allows: this one alone."""

    text: Markup
    allowed: str


def script(name: str) -> Script:
    """One of the scripts of this folder. Whoever changes a page cannot make it run anything else."""
    text = (Path(__file__).parent / name).read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(Markup(text), f"sha256-{digest}")  # noqa: S704 - our own file


def picture(svg: str, label: str, told: str) -> Markup:
    """A drawing as it may stand in a page: known elements and attributes only, with a label and what it tells.

    It takes the width that it is given, and its own at most.
    """
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    _clean(root)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("width", f"{float(root.attrib['width']):.0f}")
    del root.attrib["height"]  # it follows from the width
    for name, text in (("desc", told), ("title", label)):
        element = ET.Element(f"{{{SVG}}}{name}")
        element.text = text
        root.insert(0, element)
    ET.register_namespace("", SVG)
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - cleaned, and written by an XML writer


def _clean(element: ET.Element) -> None:
    for name in [name for name in element.attrib if name not in WRITTEN]:
        del element.attrib[name]
    for child in list(element):
        tag = child.tag.removeprefix(f"{{{SVG}}}")
        empty = tag in {"g", "path"} and not len(child) and not child.get("d")
        if tag not in DRAWN or empty:
            element.remove(child)
        else:
            _clean(child)
            if tag == "g" and not len(child):
                element.remove(child)
