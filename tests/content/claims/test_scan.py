from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.article import load_article
from amplifier.content.claims.model import Claim, Kind, Ledger, Passage, Status, Wording
from amplifier.content.claims.scan import scan
from amplifier.model import Article, Paragraph, Place, Section, Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

REPOSITORY = Path(__file__).parents[3]
HERE = Place("a.claims.yaml", 3, 5)
OPENING = "Oh Hyok-sung, a 34-year-old soldier, left North Korea."


def article(*sentences: str) -> Article:
    """An article of one paragraph, each sentence a line."""
    found, source = [], ""
    for text in sentences:
        found.append(Sentence(text, len(source), len(source) + len(text)))
        source += text + "\n"
    paragraph = Paragraph(" ".join(sentences), 0, len(source), tuple(found))
    return Article(Path("a.txt"), source, None, (Section(None, (paragraph,)),))


def claim(id_: str, quote: str, kind: Kind = Kind.STATEMENT, status: Status = Status.UNVERIFIED) -> Claim:
    return Claim(id_, quote, kind, status, HERE)


def ledger(*passages: Passage, wordings: Sequence[Wording] = ()) -> Ledger:
    return Ledger("a.claims.yaml", passages, tuple(wordings))


def listed(found: Ledger) -> list[tuple[str, str, str]]:
    return [(claim.id, claim.kind.value, claim.quote) for claim in found.claims]


# ---------------------------------------------------------------- a new ledger


def test_the_users_article_has_its_claims_in_order() -> None:
    found = load_article(REPOSITORY / "campaigns/articles/dmz-escape.txt", REPOSITORY, "en")
    made = scan(found, "en", exempt=["NorthKorea", "HumanRights"])
    assert listed(made) == [
        ("C01", "date", "2017"),
        ("C02", "name", "DMZ"),
        ("C03", "name", "South Korea"),
        ("C04", "name", "Usain Bolt"),
        ("C05", "name", "Oh Hyok-sung"),
        ("C06", "age", "34-year-old"),
        ("C07", "number", "3.5 million"),
        ("C08", "date", "1990s"),
        ("C09", "attribution", "per UN estimates"),
        ("C10", "date", "November 2017"),
        ("C11", "name", "Demilitarized Zone"),
        ("C12", "quotation", "“a real-life action movie.”"),
        ("C13", "quantity", "2.5-mile-wide"),
        ("C14", "quantity", "150 yards"),
        ("C15", "number", "five"),
        ("C16", "attribution", "UN Command video shows"),
        ("C17", "attribution", "per CNN"),
        ("C18", "number", "one"),
        ("C19", "date", "1953"),
        ("C20", "number", "33,000"),
        ("C21", "attribution", "per 2024 data"),
        ("C22", "attribution", "per NK News"),
        ("C23", "number", "120,000"),
        ("C24", "attribution", "says HRW"),
    ]
    assert all(claim.status is Status.UNVERIFIED for claim in made.claims)
    starts = [passage.start for passage in made.passages]
    assert starts == sorted(start for start in starts if start is not None)
    for passage in made.passages:
        sentence = next(sentence for sentence in found.sentences if sentence.start == passage.start)
        assert passage.text == sentence.text
        assert all(claim.quote in passage.text for claim in passage.claims)
    assert scan(found, "en", made, ["NorthKorea", "HumanRights"]) == made


def test_a_sentence_without_claims_has_no_passage() -> None:
    assert scan(article("Freedom is worth it.", "Why?"), "en") == Ledger("", ())


def test_new_entries_stand_in_the_file_of_the_ledger() -> None:
    made = scan(article("He ran 5 miles."), "en", ledger())
    assert made.path == "a.claims.yaml"
    assert {made.passages[0].place, made.claims[0].place} == {Place("a.claims.yaml")}


def test_a_line_break_within_a_sentence_is_a_blank_in_the_ledger(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    lines = (
        "A title\n\nHe ran in November\n2017 and he was then shot at least\nfive times before he came over the line.\n"
    )
    path.write_text(lines, encoding="utf-8")
    made = scan(load_article(path, tmp_path, "en"), "en")
    assert [claim.quote for claim in made.claims] == ["November 2017", "five"]
    assert "\n" not in made.passages[0].text


def test_a_name_is_claimed_once_and_its_parts_are_not() -> None:
    made = scan(
        article(OPENING, "Later Oh ran from North Korea.", "A North Korean post.", "He met Kim, Oh and Kim."), "en"
    )
    assert [claim.quote for claim in made.claims if claim.kind is Kind.NAME] == ["Oh Hyok-sung", "North Korea", "Kim"]


def test_a_longer_name_than_the_claimed_one_is_claimed_too() -> None:
    made = scan(article("Later Oh ran.", "Then Oh Hyok-sung hid."), "en")
    assert [claim.quote for claim in made.claims] == ["Oh", "Oh Hyok-sung"]


def test_exempt_names_are_not_claimed() -> None:
    text = article("He left North Korea and South Korea, a North Korean.")
    quotes = [claim.quote for claim in scan(text, "en", exempt=["#NorthKorea"]).claims]
    assert quotes == ["South Korea"]
    assert scan(article("그는 북한을 떠났다."), "ko", exempt=["북한"]).claims == ()


def test_the_same_words_twice_in_a_sentence_are_one_claim() -> None:
    assert listed(scan(article("He had five of five.", "She had five."), "en")) == [
        ("C01", "number", "five"),
        ("C02", "number", "five"),
    ]


def test_what_stands_in_an_attribution_or_a_quotation_is_no_claim_of_its_own() -> None:
    assert listed(scan(article("It was “five, in Seoul,” per CNN."), "en")) == [
        ("C01", "quotation", "“five, in Seoul,”"),
        ("C02", "attribution", "per CNN"),
    ]


# ---------------------------------------------------------------- what a person wrote


def test_what_a_person_wrote_stays_and_makes_no_new_claim() -> None:
    text = "In 2017 Oh ran 150 yards to Seoul."
    written = (
        replace(claim("mine", "ran 150 yards", status=Status.DISPUTED), note="A note.", checked_by="Kim Field"),
        claim("C07", "to Seoul", status=Status.CONTRADICTED),
    )
    words = Wording("He ran.", HERE, ("C11",), "Kim Field")
    old = ledger(Passage(text, HERE, written, "He ran.", start=0), wordings=[words])
    made = scan(article(text), "en", old)
    assert made.passages[0].claims[2:] == written
    assert listed(made)[:2] == [("C12", "date", "2017"), ("C13", "name", "Oh")]
    assert (made.passages[0].say, made.passages[0].place, made.wordings) == ("He ran.", HERE, (words,))


def test_new_claims_stand_between_the_old_ones_as_in_the_sentence() -> None:
    text = "Then 5 men and 6 women and 7 goats ran."
    old = ledger(Passage(text, HERE, (claim("b", "7 goats"), claim("a", "6 women"))))
    assert [claim.quote for claim in scan(article(text), "en", old).claims] == ["5", "7 goats", "6 women"]


def test_an_old_quote_covers_only_whole_words() -> None:
    text = "He ran 15 yards with 5."
    old = ledger(Passage(text, HERE, (claim("a", "5"),)))
    assert [claim.quote for claim in scan(article(text), "en", old).claims] == ["15 yards", "5"]


def test_an_old_quote_does_not_cover_what_follows_it_without_a_blank() -> None:
    text = "五発三人。"
    old = ledger(Passage(text, HERE, (claim("a", "五発"),)))
    assert [claim.quote for claim in scan(article(text), "ja", old).claims] == ["五発", "三人"]


def test_passages_without_claims_stay() -> None:
    text = "Why not?"
    for passage in (Passage(text, HERE, (), "Why?"), Passage(text, HERE, (), drop=True)):
        assert scan(article(text), "en", ledger(passage)).passages == (replace(passage, start=0),)


def test_a_name_written_by_a_person_is_claimed_wherever_it_stands() -> None:
    first, second = "그는 판문점에서 달렸다.", "판문점은 조용했다."
    old = ledger(Passage(first, HERE, (claim("C01", "판문점", Kind.NAME),), start=0))
    assert listed(scan(article(first, second), "ko", old)) == [("C01", "name", "판문점")]


def test_ids_are_never_given_twice() -> None:
    old = ledger(Passage("He ran.", HERE, (claim("C99", "ran"), claim("x1", "He"))))
    assert [claim.id for claim in scan(article("He ran.", "It was 5.", "It was 6."), "en", old).claims] == [
        "C99",
        "x1",
        "C100",
        "C101",
    ]


# ---------------------------------------------------------------- a changed article


def test_what_stands_nowhere_any_more_is_kept_at_the_end() -> None:
    gone = Passage("This is gone: all 8 of it.", HERE, (claim("C05", "8", Kind.NUMBER),), "Gone.", start=0)
    made = scan(article("He ran 5 miles."), "en", ledger(gone))
    assert made.passages[1] == replace(gone, start=None)
    assert listed(made) == [("C06", "quantity", "5 miles"), ("C05", "number", "8")]


def test_a_changed_sentence_keeps_its_claims_and_gets_new_ones() -> None:
    old = scan(article(OPENING), "en")
    changed = OPENING.replace("34", "24")
    made = scan(article(changed), "en", old)
    assert [(passage.text, [claim.id for claim in passage.claims]) for passage in made.passages] == [
        (changed, ["C01", "C04", "C03"]),
        (OPENING, ["C02"]),
    ]


def test_a_name_whose_sentence_is_gone_goes_where_it_stands_now() -> None:
    signed = replace(claim("C02", "DMZ", Kind.NAME, Status.VERIFIED), checked_by="Kim Field")
    wrong = claim("C03", "Oh Hyok-sung", Kind.NAME, Status.CONTRADICTED)
    about = claim("C01", "all about")
    gone = Passage("It was all about the DMZ and Oh Hyok-sung.", HERE, (about, signed, wrong), start=0)
    old = ledger(gone)
    made = scan(article("A border runs there, the DMZ.", "They asked, and Oh Hyok-sung said nothing."), "en", old)
    assert [(claim.id, claim.status, claim.checked_by) for claim in made.claims[:3]] == [
        ("C02", Status.UNVERIFIED, ""),
        ("C04", Status.UNVERIFIED, ""),
        ("C03", Status.CONTRADICTED, ""),
    ]
    assert [claim.kind for claim in made.claims[:3]] == [Kind.NAME, Kind.ATTRIBUTION, Kind.NAME]
    assert made.passages[2:] == (replace(gone, claims=(about,), start=None),)


def test_a_repeated_sentence_has_a_passage_for_each() -> None:
    text = "It was 5 again."
    made = scan(article(text, "No.", text), "en")
    assert [passage.start for passage in made.passages] == [0, len(text) + 5]
    assert scan(article(text, "No.", text), "en", made) == made


# ---------------------------------------------------------------- for all articles

WORDS = """Oh Kim Oh’s Hyok-sung North Korea Korean the The five one of at least 5 150 yards 2017 in November years old
34 per CNN says said “no” “yes soldier ran and , shot #Tag 350만 명 다섯 발 30여 Panmunjom 1990s %"""
SENTENCES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=9).map(lambda words: " ".join(words) + ".")
ARTICLES = st.lists(SENTENCES, min_size=1, max_size=5)
LANGUAGES = st.sampled_from(["en", "ko"])


@settings(max_examples=40)
@given(ARTICLES, LANGUAGES)
def test_to_scan_again_changes_nothing(sentences: list[str], language: str) -> None:
    made = scan(article(*sentences), language)
    assert scan(article(*sentences), language, made) == made


@settings(max_examples=40)
@given(ARTICLES, ARTICLES, st.data())
def test_nothing_a_person_wrote_is_lost_when_the_article_changes(
    before: list[str], after: list[str], data: st.DataObject
) -> None:
    statuses = st.sampled_from(list(Status))
    old = scan(article(*before), "en")
    old = replace(
        old,
        passages=tuple(
            replace(
                passage,
                say=data.draw(st.sampled_from(["", "Words to use instead."])),
                claims=tuple(
                    replace(claim, status=data.draw(statuses), note=f"note {claim.id}", checked_by="Kim Field")
                    for claim in passage.claims
                ),
            )
            for passage in old.passages
        ),
    )
    changed = article(*after)
    made = scan(changed, "en", old)
    now = {claim.id: claim for claim in made.claims}
    assert len(now) == len(made.claims)
    for claim_ in old.claims:
        assert now[claim_.id].note.startswith(claim_.note)
        if claim_.status in {Status.CONTRADICTED, Status.DISPUTED}:
            assert now[claim_.id].status is claim_.status
    said = sum(bool(passage.say) for passage in old.passages)
    remembered = sum("Words to use instead." in claim.note for claim in made.claims)
    assert sum(bool(passage.say) for passage in made.passages) + remembered == said
    anchored = [passage for passage in made.passages if passage.start is not None]
    assert made.passages[: len(anchored)] == tuple(anchored)
    for passage in anchored:
        assert any(sentence.start == passage.start and sentence.text == passage.text for sentence in changed.sentences)
    assert scan(changed, "en", made) == made


@pytest.mark.parametrize("number", (60,))
def test_a_wholly_rewritten_article_is_compared_soon_enough(number: int) -> None:
    before = [f"The old sentence {n} tells of {n} men who ran from word{n} to word{n + 1}." for n in range(number)]
    after = [f"A new sentence {n} is about {n} women and how they hid in place{n}." for n in range(number)]
    made = scan(article(*after), "en", scan(article(*before), "en"))
    assert len({claim.id for claim in made.claims}) == len(made.claims) >= number * 2
