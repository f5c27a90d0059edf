"""What files of staff are made of: parts with keys, and values of one pattern or of a few words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from amplifier.content import formats

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.json_schema import JsonSchemaValue


class Part(BaseModel):
    """What all parts have in common: no unknown keys, no silent conversion."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: which part stands where, and how its mistakes are worded."""

    parts: Mapping[tuple[str, ...], type[Part]]
    """List positions left out; `()` is the file itself."""
    choices: Mapping[str, tuple[str, tuple[str, ...]]]
    """Of each key that takes one of a few words: what such a word is called, and the words."""
    empty: bool
    """Whether an optional key may stand without a value: not filled in yet."""


def keys_of(part: type[Part]) -> list[str]:
    """Return the keys of a part as they are written in the file."""
    return [field.alias or name for name, field in part.model_fields.items()]


def mistake(message: str, hint: str) -> PydanticCustomError:
    """Return what a validator raises: what is wrong with the value, and the next step."""
    return PydanticCustomError("amplifier", "{message}", {"message": message, "hint": hint})


@dataclass(frozen=True, slots=True)
class Written:
    """Text of one pattern; the JSON Schema carries the same pattern, so that editors accept the same."""

    pattern: str
    what: str
    hint: str

    def check(self, value: str) -> str:
        if not formats.fits(self.pattern, value):
            raise mistake(f"{value!r} is {self.what}", self.hint)
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}
