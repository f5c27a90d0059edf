from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import pytest

from amplifier.errors import ConfigurationError
from amplifier.studio.doors import WINDOW, WRONG, Doors, Person, Role, same
from amplifier.studio.people import people

KIM, LEE = Person("Kim", Role.APPROVER), Person("Lee", Role.VIEWER)


def doors(at: list[float]) -> Doors:
    numbers = count(1)
    return Doors(lambda: at[0], lambda: f"chance-{next(numbers)}")


def test_a_code_opens_once_and_for_whom_it_is() -> None:
    here = doors([0.0])
    codes = here.invite([KIM, LEE])
    assert len(set(codes.values())) == 2
    key = here.enter(codes[LEE])
    session = here.session(key)
    assert session is not None
    assert (session.person, session.person.may(Role.VIEWER), session.person.may(Role.EDITOR)) == (LEE, True, False)
    assert here.enter(codes[LEE]) is None
    other = here.session(here.enter(codes[KIM]))
    assert other is not None
    assert other.token != session.token
    assert here.session(None) is here.session("") is here.session("chance-9") is here.session(codes[KIM]) is None


def test_after_ten_wrong_codes_in_a_minute_the_right_one_waits_too() -> None:
    at = [0.0]
    here = doors(at)
    code = here.invite([KIM])[KIM]
    for _ in range(WRONG):
        assert here.enter("wrong") is None
    assert here.enter(code) is None
    at[0] += WINDOW - 1
    assert here.enter(code) is None
    at[0] += 1
    assert here.enter(code) is not None


class Slow(dict[str, Person]):
    """Codes that take a moment to look up, and count how often."""

    looked = 0

    def pop(self, *arguments: Any) -> Any:
        self.looked += 1
        time.sleep(0.01)
        return super().pop(*arguments)


def test_codes_that_come_all_at_once_are_looked_at_one_by_one() -> None:
    codes = Slow()
    here = Doors(lambda: 0.0, _codes=codes)
    with ThreadPoolExecutor(30) as pool:
        assert set(pool.map(lambda n: here.enter(f"wrong {n}"), range(60))) == {None}
    assert codes.looked == WRONG


def test_a_code_and_a_token_are_made_by_chance() -> None:
    here = Doors(lambda: 0.0)
    made = {here.invite([KIM])[KIM] for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 43, "32 bytes"


def test_a_token_is_compared_whole() -> None:
    assert same("한", "한")
    assert not same("tok", "token")
    assert not same("", "token")
    assert not same(None, "token")
    assert not same("\ud800", "token"), "a form may name an encoding that makes half signs"


def test_people_are_named_with_their_roles_or_it_is_who_starts_it() -> None:
    assert people(None, "me") == people("  ", "me") == (Person("me", Role.APPROVER),)
    assert people("Kim: approver, Lee Min :viewer", "me") == (KIM, Person("Lee Min", Role.VIEWER))


@pytest.mark.parametrize(
    "setting", ("Kim", "Kim: boss", ": editor", "Kim: editor,", "K\x1b: editor", "Kim: editor, kim: viewer")
)
def test_what_names_nobody_or_somebody_twice_is_refused(setting: str) -> None:
    with pytest.raises(ConfigurationError, match="AMPLIFIER_STUDIO_PEOPLE"):
        people(setting, "me")
