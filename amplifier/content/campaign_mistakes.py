"""Turn what pydantic says about a campaign file into findings that staff can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from amplifier.content.campaign_model import PARTS, CampaignPart, Part, keys_of
from amplifier.content.campaign_values import Written
from amplifier.content.files import FORBIDDEN, error, nearest
from amplifier.content.formats import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from amplifier.content.yaml_file import Loc, YamlFile
    from amplifier.model import Finding


EMPTY = "write a value, or delete the key"
ESCAPED = "write it without a backslash code for a control character"


def mistakes(file: YamlFile) -> list[Finding]:
    """Return what is wrong with the file's values, each taken for itself."""
    try:
        CampaignPart.model_validate(file.data)
        details: list[ErrorDetails] = []
    except ValidationError as exc:
        details = exc.errors(include_url=False)
    unknown = {found["loc"] for found in details if found["type"] == "extra_forbidden"}
    meant = {_meant(loc) for loc in unknown}
    wrong = [
        (found["loc"], _finding(found, file))
        for found in details
        if found["loc"] in unknown or (found["input"] is not None and found["loc"] not in meant)
    ]
    for loc, value in _leaves(file.data, ()):
        if value is None and loc not in unknown:
            wrong.append((loc, error(file.place(loc), f"{_subject(loc)}is empty", EMPTY)))
        elif isinstance(value, str) and FORBIDDEN.search(value):  # as "\u202e": escapes are read by YAML, not before
            wrong.append((loc, error(file.place(loc), f"{_subject(loc)}has a character that cannot be seen", ESCAPED)))
    return [finding for loc, finding in wrong if not file.is_spoiled(loc)]


def _meant(loc: Loc) -> Loc | None:
    """Return where the key would stand that an unknown one was most likely meant to be."""
    near = nearest(str(loc[-1]), keys_of(_part(loc[:-1])))
    return (*loc[:-1], near) if near else None


def _leaves(value: Any, loc: Loc) -> Iterator[tuple[Loc, Any]]:
    """Every value that is neither list nor mapping."""
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(item, (*loc, key))
    else:
        yield loc, value


def _finding(found: ErrorDetails, file: YamlFile) -> Finding:
    loc, kind = found["loc"], found["type"]
    if kind == "extra_forbidden":
        return error(file.keys[loc], f"unknown key {loc[-1]!r}", _key_hint(str(loc[-1]), loc[:-1]))
    if kind == "missing":
        field = next(field for name, field in _part(loc[:-1]).model_fields.items() if (field.alias or name) == loc[-1])
        return error(file.place(loc[:-1]), f"key {loc[-1]!r} is missing", f"add it: {field.description}")
    message, hint = _words(kind, found, loc)
    return error(file.place(loc), f"{_subject(loc)}{message}", hint)


def _words(kind: str, found: ErrorDetails, loc: Loc) -> tuple[str, str]:
    value, context = found["input"], found.get("ctx", {})
    if kind == "amplifier":
        return context["message"], context["hint"]
    if kind == "literal_error" and loc[-1] == "claims":
        return f"{value!r} is no policy", "write off, warn or block"
    if kind == "literal_error":
        near = nearest(str(value), DAYS)
        return f"{value!r} is no day", f"did you mean {near}?" if near else f"the days are {', '.join(DAYS)}"
    if loc[-1] == "hooks" and kind in {"too_short", "too_long"}:
        return f"has {len(value)}", "write 2 to 4 alternative first posts, or none"
    if kind in {"too_short", "string_too_short"}:
        return "is empty", EMPTY
    if kind == "string_type":
        return f"must be text, not {_kind(value)}", _text_hint(value, loc)
    if kind == "list_type":
        return f"must be a list, not {_kind(value)}", f"write [{value}]" if isinstance(value, str) else "write [a, b]"
    if kind == "bool_type":
        return f"must be true or false, not {_kind(value)}", "write true or false, without quotes"
    if kind in {"model_type", "model_attributes_type"}:
        return f"must have keys, not {_kind(value)}", f"the keys here are: {', '.join(keys_of(_part(loc)))}"
    return found["msg"], "compare it with the shipped campaign"


def _text_hint(value: Any, loc: Loc) -> str:
    field = _part(loc[:-1]).model_fields.get(str(loc[-1]))
    written = next((kind for kind in field.metadata if isinstance(kind, Written)), None) if field else None
    if written:
        return written.hint
    return f'write it in quotes: "{value}"' if isinstance(value, (int, float)) else "write one text"


def _subject(loc: Loc) -> str:
    names = [part for part in loc if isinstance(part, str)]
    return f"{names[-1]}: " if names else ""


def _part(loc: Loc) -> type[Part]:
    return PARTS[tuple(part for part in loc if isinstance(part, str))]


def _key_hint(key: str, loc: Loc) -> str:
    keys = keys_of(_part(loc))
    near = nearest(key, keys)
    if near:
        return f"did you mean {near!r}?"
    for where, part in PARTS.items():
        if key in keys_of(part):
            return f"it belongs under {where[-1]}:" if where else "it belongs at the left margin, under no other key"
    return f"the keys here are: {', '.join(keys)}"


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "keys"}
    return names.get(type(value), "this")
