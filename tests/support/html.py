"""An HTML page as a test reads it: its elements in order, their attributes and texts; broken nesting fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "input", "hr"}


@dataclass
class Page:
    """What `parse` found."""

    elements: list[str] = field(default_factory=list)
    attributes: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Every text with the innermost element that it stands in."""

    rows: list[list[str]] = field(default_factory=list)
    """The rows of all tables, as the texts of their fields."""

    def named(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of this name."""
        return [attributes for each, attributes in self.attributes if each == name]

    def texts_of(self, name: str) -> list[str]:
        """The texts that stand directly in elements of this name."""
        return [text for each, text in self.texts if each == name]

    def text(self) -> str:
        """All that is to be read, without the style sheet."""
        return "\n".join(text for each, text in self.texts if each != "style")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.elements.append(tag)
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        self.page.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.page.rows.append([])
        if tag in {"td", "th"}:
            self.page.rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> ends nothing"
        assert self.open[-1] == tag, f"</{tag}> ends <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            self.page.rows[-1][-1] += data
        if self.open and data.strip():
            self.page.texts.append((self.open[-1], data))


def parse(source: str) -> Page:
    """Read a page, or a part of one."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    assert not reader.open, f"not ended: {reader.open}"
    return reader.page
