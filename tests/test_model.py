from __future__ import annotations

import hashlib
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from amplifier.model import (
    Address,
    Finding,
    Level,
    Mode,
    Paragraph,
    Place,
    Section,
    Sentence,
    content_hash,
    errors,
)

WORDS = st.lists(st.text("abz09", min_size=1, max_size=3), min_size=1, max_size=3)
SLUGS = WORDS.map("-".join)
ACCOUNTS = WORDS.map(lambda words: "a" + "_".join(words))
TEXTS = st.lists(st.text(max_size=20), min_size=1, max_size=4)


@given(SLUGS, SLUGS, ACCOUNTS, st.integers(0, 99), st.sampled_from(Mode))
def test_an_address_reads_back_as_it_was_written(campaign: str, thread: str, account: str, k: int, mode: Mode) -> None:
    address = Address(campaign, thread, account, k, mode)
    assert Address.parse(str(address)) == address
    assert Address.parse(f"  {address}\n") == address


def test_addresses_are_written_as_the_documentation_says() -> None:
    assert str(Address("dmz-escape", "story", "main", 2)) == "dmz-escape/story/main/2"
    assert str(Address("dmz-escape", "story", "main", 2, Mode.DRY)) == "dmz-escape/story/main/2@dry"
    assert str(Address("dmz-escape", "story", "main", mode=Mode.SIMULATED)) == "dmz-escape/story/main@simulated"
    assert Address.parse("a/b/c/1@live") == Address("a", "b", "c", 1)


@pytest.mark.parametrize(
    "text", ("", "a", "a/b", "a/b/c/0", "a/b/c/01", "a/b/c/-1", "a/b/c/x", "a/b/c/1@wet", "A/b/c", "a/b/C", "a--b/c/d",
             "a/b/c__d", "a/b/_c", "a/b/1c", "-a/b/c", "a/b/c/1/2", "a/b/c/1@dry@dry", "a b/c/d", "a/b/c\n/1")
)  # fmt: skip
def test_what_is_no_address_is_none(text: str) -> None:
    assert Address.parse(text) is None


@given(TEXTS, TEXTS)
@example(["a", "b"], ["ab"])
@example(["a\nb"], ["a", "b"])
@example(['a","b'], ["a", "b"])
@example(["é"], ["e\u0301"])
def test_the_seal_tells_any_two_texts_and_their_borders_apart(one: list[str], other: list[str]) -> None:
    same = content_hash("x", "main", "live", one) == content_hash("x", "main", "live", other)
    assert same == (one == other)


@given(TEXTS)
def test_the_seal_tells_network_account_mode_and_order_apart(texts: list[str]) -> None:
    turned = [*texts[1:], texts[0]]
    variants = {
        content_hash(network, account, mode, posts)
        for network in ("x", "y")
        for account in ("main", "second")
        for mode in Mode
        for posts in {tuple(texts), tuple(turned)}
    }
    assert len(variants) == 12 * len({tuple(texts), tuple(turned)})


def test_the_seal_tells_what_is_answered_and_is_as_it_was_where_nothing_is() -> None:
    seals = {content_hash("x", "main", "live", ["a", "b"], parent) for parent in (None, "", "7", "8")}
    assert len(seals) == 3
    assert content_hash("x", "main", "live", ["a", "b"], None) == content_hash("x", "main", "live", ["a", "b"])


def test_the_seal_is_stable_over_versions_and_takes_any_text() -> None:
    sealed = '["x","main","dry",["Ein Wort – 한","b"]]'
    assert content_hash("x", "main", Mode.DRY, ["Ein Wort – 한", "b"]) == hashlib.sha256(sealed.encode()).hexdigest()
    assert content_hash("x", "main", "dry", iter(["\ud800"]))  # half a character: sealed, not a crash


def test_places_show_only_what_is_known() -> None:
    assert [str(Place("a.yaml", *rest)) for rest in ((), (3,), (3, 7))] == ["a.yaml", "a.yaml:3", "a.yaml:3:7"]


def test_a_finding_says_where_how_bad_what_and_what_next() -> None:
    finding = Finding(Level.WARNING, "too long", Place("a.yaml", 3), "cut it", post="story 2")
    assert str(finding) == "a.yaml:3: warning: post story 2: too long\n    cut it"
    stops = Finding(Level.ERROR, "no", Place("a.yaml"))
    assert errors([finding, stops, Finding(Level.NOTE, "so", Place("a.yaml"))]) == [stops]


def test_each_mode_has_a_banner_of_its_own() -> None:
    banners = [mode.banner for mode in Mode]
    assert sorted(banners) == ["DRY RUN", "LIVE", "SIMULATED"]
    assert all(one not in other for one, other in combinations(banners, 2))


def test_a_section_gives_its_sentences_in_order() -> None:
    first, second = Sentence("A.", 0, 2), Sentence("B.", 4, 6)
    section = Section(None, (Paragraph("A.", 0, 2, (first,)), Paragraph("B.", 4, 6, (second,))))
    assert section.sentences == (first, second)
