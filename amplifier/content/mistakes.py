"""Turn what pydantic says about a file of staff into findings that they can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from amplifier.content.files import FORBIDDEN, error, nearest
from amplifier.content.form import Form, Part, Written, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from amplifier.content.yaml_file import Loc, YamlFile
    from amplifier.model import Finding


EMPTY = "write a value, or delete the key"
NEEDED = "write a value"
ESCAPED = "write it without a backslash code for a control character"


def mistakes(file: YamlFile, form: Form) -> list[Finding]:
    """Return what is wrong with the file's values, each taken for itself."""
    return _Mistakes(file, form).all()


class _Mistakes:
    """The mistakes of one file."""

    def __init__(self, file: YamlFile, form: Form) -> None:
        self.file = file
        self.form = form

    def all(self) -> list[Finding]:
        try:
            self.form.parts[()].model_validate(self.file.data)
            details: list[ErrorDetails] = []
        except ValidationError as exc:
            details = exc.errors(include_url=False)
        unknown = {found["loc"] for found in details if found["type"] == "extra_forbidden"}
        meant = {self._meant(loc) for loc in unknown}
        wrong = [
            (found["loc"], self._finding(found))
            for found in details
            if found["loc"] in unknown or (found["input"] is not None and found["loc"] not in meant)
        ]
        needed = {found["loc"] for found in details if found["input"] is None} - unknown
        for loc, value in _leaves(self.file.data, ()):
            place = self.file.place(loc)
            if value is None and loc not in unknown and (loc in needed or not self.form.empty):
                wrong.append((loc, error(place, f"{_subject(loc)}is empty", NEEDED if self.form.empty else EMPTY)))
            elif isinstance(value, str) and FORBIDDEN.search(value):  # as "\u202e": YAML reads escapes, not before
                wrong.append((loc, error(place, f"{_subject(loc)}has a character that cannot be seen", ESCAPED)))
        return [finding for loc, finding in wrong if not self.file.is_spoiled(loc)]

    def _meant(self, loc: Loc) -> Loc | None:
        """Return where the key would stand that an unknown one was most likely meant to be."""
        near = nearest(str(loc[-1]), keys_of(self._part(loc[:-1])))
        return (*loc[:-1], near) if near else None

    def _finding(self, found: ErrorDetails) -> Finding:
        loc, kind = found["loc"], found["type"]
        if kind == "extra_forbidden":
            return error(self.file.keys[loc], f"unknown key {loc[-1]!r}", self._key_hint(str(loc[-1]), loc[:-1]))
        if kind == "missing":
            hint = f"add it: {self._field(loc).description}"
            return error(self.file.place(loc[:-1]), f"key {loc[-1]!r} is missing", hint)
        message, hint = self._words(kind, found, loc)
        return error(self.file.place(loc), f"{_subject(loc)}{message}", hint)

    def _words(self, kind: str, found: ErrorDetails, loc: Loc) -> tuple[str, str]:
        value, context = found["input"], found.get("ctx", {})
        if kind == "amplifier":
            return context["message"], context["hint"]
        if kind == "literal_error":
            return self._no_choice(value, loc)
        if kind in {"too_short", "too_long"} and value:
            return self._number(len(value), context.get("max_length"), loc)
        if kind in {"too_short", "string_too_short"}:
            return "is empty", EMPTY
        if kind == "string_type":
            return f"must be text, not {_kind(value)}", self._text_hint(value, loc)
        if kind == "list_type":
            return f"must be a list, not {_kind(value)}", _list_hint(value)
        if kind == "bool_type":
            return f"must be true or false, not {_kind(value)}", "write true or false, without quotes"
        if kind == "int_type":
            return f"must be a whole number, not {_kind(value)}", "write a number, without quotes"
        if kind in {"model_type", "model_attributes_type"}:
            return f"must have keys, not {_kind(value)}", f"the keys here are: {', '.join(keys_of(self._part(loc)))}"
        return found["msg"], "compare it with the shipped file"

    def _number(self, has: int, most: int | None, loc: Loc) -> tuple[str, str]:
        """Too few, or more than the most."""
        if most is None:
            return f"has {has}", f"write {self._field(loc).description}"
        return f"has {has}; {most} are the most", f"leave {has - most} out"

    def _no_choice(self, value: Any, loc: Loc) -> tuple[str, str]:
        what, words = self.form.choices[next(part for part in reversed(loc) if isinstance(part, str))]
        near = nearest(str(value), words)
        return f"{value!r} is no {what}", f"did you mean {near}?" if near else f"write one of {', '.join(words)}"

    def _text_hint(self, value: Any, loc: Loc) -> str:
        kinds = self._field(loc).metadata if isinstance(loc[-1], str) else []
        written = next((kind for kind in kinds if isinstance(kind, Written)), None)
        if written:
            return written.hint
        if isinstance(value, dict) and len(value) == 1:
            (key, rest), *_ = value.items()
            return f'a colon makes a key: put the whole text in quotes, "{key}: {rest or ""}"'
        return f'write it in quotes: "{value}"' if isinstance(value, (int, float)) else "write one text"

    def _field(self, loc: Loc) -> FieldInfo:
        """Return the field that the last key of `loc` names."""
        fields = self._part(loc[:-1]).model_fields.items()
        return next(field for name, field in fields if (field.alias or name) == loc[-1])

    def _part(self, loc: Loc) -> type[Part]:
        return self.form.parts[tuple(part for part in loc if isinstance(part, str))]

    def _key_hint(self, key: str, loc: Loc) -> str:
        keys = keys_of(self._part(loc))
        near = nearest(key, keys)
        if near:
            return f"did you mean {near!r}?"
        for where, part in self.form.parts.items():
            if key in keys_of(part):
                return (
                    f"it belongs under {where[-1]}:" if where else "it belongs at the left margin, under no other key"
                )
        return f"the keys here are: {', '.join(keys)}"


def _list_hint(value: Any) -> str:
    if not isinstance(value, str):
        return "write [a, b]"
    return f"write {value}, without quotes" if value.startswith("[") else f"write [{value}]"


def _leaves(value: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    """Every value that is neither list nor mapping."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*loc, key))
    else:
        yield loc, value


def _subject(loc: Loc) -> str:
    names = [part for part in loc if isinstance(part, str)]
    return f"{names[-1]}: " if names else ""


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "keys"}
    return names.get(type(value), "this")
