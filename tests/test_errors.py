from __future__ import annotations

import pytest

from amplifier import errors
from amplifier.model import Finding, Level, Place

CODES = {
    "AmplifierError": 1,
    "UsageError": 2,
    "FileError": 3,
    "NeedsYes": 4,
    "AccountBlocked": 5,
    "TryLater": 75,
    "ConfigurationError": 78,
}


def test_every_error_has_the_exit_code_of_the_documentation() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    family = [kind for kind in kinds if issubclass(kind, errors.AmplifierError)]
    assert family == kinds
    assert {kind.__name__: kind.exit_code for kind in family} == CODES


@pytest.mark.parametrize("name", tuple(CODES))
def test_an_error_says_what_happened_and_then_the_next_step(name: str) -> None:
    kind = getattr(errors, name)
    more: list[list[Finding]] = [[]] if name == "FileError" else []
    assert str(kind("it broke", *more)) == "it broke"
    hinted = kind("it broke", *more, hint="mend it")
    assert (str(hinted), hinted.message, hinted.hint) == ("it broke\n  mend it", "it broke", "mend it")


def test_a_file_error_carries_every_finding() -> None:
    found = [Finding(Level.ERROR, "no", Place("a.yaml", line)) for line in (1, 2)]
    assert errors.FileError("two mistakes", found).findings == tuple(found)
