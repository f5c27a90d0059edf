"""The people whom the settings name for the studio, each with a role. Pure."""

from __future__ import annotations

from amplifier.errors import ConfigurationError
from amplifier.studio.doors import Person, Role

EXAMPLE = "AMPLIFIER_STUDIO_PEOPLE=Kim: approver, Lee: editor, Park: viewer"


def people(setting: str | None, me: str) -> tuple[Person, ...]:
    """Those whom the setting names; without it whoever starts the studio, who may approve.

    Raises `ConfigurationError` for what is no list of names and roles, or names somebody twice.
    """
    if not setting or not setting.strip():
        return (Person(me, Role.APPROVER),)
    found: dict[str, Person] = {}
    for part in setting.split(","):
        name, _, role = (" ".join(piece.split()) for piece in part.partition(":"))
        if not name or not name.isprintable() or role.upper() not in Role.__members__:
            raise ConfigurationError(
                f"AMPLIFIER_STUDIO_PEOPLE: {part.strip()!r} is no name with viewer, editor or approver",
                f"write it so: {EXAMPLE}",
            )
        if name.casefold() in found:
            raise ConfigurationError(f"AMPLIFIER_STUDIO_PEOPLE names {name} twice", "leave one out")
        found[name.casefold()] = Person(name, Role[role.upper()])
    return tuple(found.values())
