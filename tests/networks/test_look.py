"""When two texts are the same."""

from __future__ import annotations

from amplifier.networks.look import canonical


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert canonical("Chos\u006f\u0306n") == canonical("Chos\u014fn")


def test_only_white_space_at_the_ends_is_ignored() -> None:
    assert canonical("\n A  post\n\nof two \n") == "A  post\n\nof two"


def test_case_and_signs_are_kept() -> None:
    assert canonical("A & B") != canonical("a & b")
