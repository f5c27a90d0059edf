from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from amplifier.content.claims.gate import gate
from amplifier.content.claims.model import Basis, Kind, Ledger, Status
from amplifier.model import Finding, Level, Place, Policy, Post, Thread, errors
from tests.support.ledgers import PLACE, article_of, claim, ledger, passage, wording
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.model import Campaign

ARTICLE = article_of(
    (None, "Kim Haneul was 34. She ran 5 miles, per the Red Cross. Guards saw her in 1998. Oslo took 9 people in.")
)
WRONG = claim("C01", "34", Kind.NUMBER, Status.CONTRADICTED, checked_by="", note="31, says her sister.")
FAR = claim("C02", "5 miles", Kind.QUANTITY, Status.DISPUTED)
GIVEN = claim("C03", "per the Red Cross", Kind.ATTRIBUTION)
DATE = claim("C04", "1998", Kind.DATE, checked_by="")
NAME = claim("C05", "Oslo", Kind.NAME, Status.UNVERIFIED)
NAMED = claim("C06", "Kim Haneul", Kind.NAME)
RED = claim("C07", "Red Cross", Kind.NAME)
LEDGER = ledger(
    passage(ARTICLE, "Kim", NAMED, WRONG),
    passage(ARTICLE, "She", FAR, GIVEN, RED),
    passage(ARTICLE, "Guards", DATE),
    passage(ARTICLE, "Oslo", NAME),
    wordings=(wording("She rested for 2 days.", by=""), wording("She rested for 3 days.")),
)
AGE, RAN, SEEN, TAKEN = (sentence.text for sentence in ARTICLE.sentences)


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    space = Workspace(tmp_path)
    space.text("t.md", "One")
    return space.campaign("text: t.md")


def thread(campaign: Campaign, *texts: str, account: str = "main") -> Thread:
    posts = tuple(Post(k, text, len(text), 280, Place("campaigns/t.md", 3 * k - 2)) for k, text in enumerate(texts, 1))
    return Thread("sample", "t", account, "x", posts, campaign.threads[0])


def told(campaign: Campaign, policy: Policy, *texts: str, known: Ledger | None = LEDGER) -> list[Finding]:
    """The findings about one thread."""
    (gated,), _, _ = gate([thread(campaign, *texts)], replace(campaign, claims=policy), ARTICLE, known)
    return list(gated.findings)


# ---------------------------------------------------------------- levels


@pytest.mark.parametrize("policy", (Policy.WARN, Policy.BLOCK))
def test_a_contradicted_claim_outside_its_say_is_an_error_with_evidence_and_the_next_step(
    campaign: Campaign, policy: Policy
) -> None:
    (found,) = told(campaign, policy, AGE)
    assert found == Finding(
        Level.ERROR,
        "says “34”, which is contradicted (C01: 31, says her sister)",
        Place("campaigns/t.md", 1),
        f"write it anew and put that into say: at {PLACE} (amplifier claims review campaigns/sample.yaml asks for it)",
        post="t 1",
        rule="claims",
    )


def test_the_words_to_use_instead_are_told_where_there_are_some(campaign: Campaign) -> None:
    first = replace(LEDGER.passages[0], say="Kim was 31.")
    known = replace(LEDGER, passages=(first, *LEDGER.passages[1:]))
    (found,) = told(campaign, Policy.WARN, AGE, known=known)
    assert found.hint == "say instead: “Kim was 31.”"
    assert errors(told(campaign, Policy.BLOCK, "Kim was 31.", known=known)) == []
    still = replace(known, passages=(replace(first, say="Kim was 34 or so."), *LEDGER.passages[1:]))
    (found,) = told(campaign, Policy.WARN, "Kim was 34 or so.", known=still)
    assert (found.level, found.hint) == (Level.ERROR, f"the words to use instead still have it: mend say: at {PLACE}")


@pytest.mark.parametrize(
    ("sentence", "part", "word"),
    (
        ("It is not true that a guard slept on the wall.", "a guard slept on the wall.", "not"),
        ("A guard slept on the wall, the ministry denied.", "A guard slept on the wall", "denied"),
        ("If the rain comes, a guard sleeps on the wall.", "a guard sleeps on the wall.", "If"),
    ),
)
def test_a_part_without_the_word_that_turns_it_warns_and_the_whole_does_not(
    campaign: Campaign, sentence: str, part: str, word: str
) -> None:
    article = article_of((None, sentence))

    def told_of(text: str) -> list[Finding]:
        (gated,), _, _ = gate([thread(campaign, text)], campaign, article, Ledger("x", ()))
        return [finding for finding in gated.findings if finding.post]

    (found,) = told_of(part)
    assert found.level is Level.WARNING
    assert f"without “{word}”" in found.message
    assert told_of(sentence) == []


@pytest.mark.parametrize("policy", (Policy.WARN, Policy.BLOCK))
def test_words_to_use_instead_are_warned_about_until_what_they_stand_for_is_signed(
    campaign: Campaign, policy: Policy
) -> None:
    def say(**values: Any) -> list[Finding]:
        first = replace(LEDGER.passages[0], say="She was 31.", claims=(NAMED, replace(WRONG, **values)))
        return told(campaign, policy, "She was 31.", known=replace(LEDGER, passages=(first, *LEDGER.passages[1:])))

    (found,) = say()
    assert found.level is Level.WARNING
    assert found.message == "uses the words to say instead of C01 “34”: not signed"
    assert say(checked_by="Kim") == []
    assert len(say(checked_by="Kim", void=True)) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    (
        (RAN, "says “5 miles”, which is disputed (C02)"),
        (SEEN, "says C04 “1998”: not signed"),
        (
            "She ran 6 miles, per the Red Cross.",
            "“She ran 6 miles, per the Red Cross.” is not what the article says; it only",
        ),
        ("She rested for 2 days.", "says in your own words “She rested for 2 days.”: not approved"),
        (TAKEN, "says “9”: not in the ledger yet"),
    ),
)
def test_what_nobody_has_signed_warns_under_warn_and_stops_under_block(
    campaign: Campaign, text: str, words: str
) -> None:
    (warned,) = told(campaign, Policy.WARN, text)
    assert (warned.level, warned.message[: len(words)]) == (Level.WARNING, words)
    stopped = told(campaign, Policy.BLOCK, text)
    assert {found.level for found in stopped} == {Level.ERROR}
    assert words in [found.message[: len(words)] for found in stopped]


@pytest.mark.parametrize("policy", (Policy.WARN, Policy.BLOCK))
def test_what_stands_raises_nothing(campaign: Campaign, policy: Policy) -> None:
    signed = tuple(
        replace(one, claims=tuple(replace(claim, checked_by="Ann", because="both are close") for claim in one.claims))
        for one in LEDGER.passages[1:3]
    )
    known = replace(LEDGER, passages=(LEDGER.passages[0], *signed))
    assert told(campaign, policy, f"{RAN} {SEEN}", "She rested for 3 days. And you?", known=known) == []


def test_a_name_that_nobody_has_checked_does_not_warn_but_stops_under_block(campaign: Campaign) -> None:
    assert "Oslo" not in str(told(campaign, Policy.WARN, TAKEN))
    assert "says C05 “Oslo”: not signed" in [found.message for found in told(campaign, Policy.BLOCK, TAKEN)]


def test_a_reason_needs_a_name(campaign: Campaign) -> None:
    def with_claim(**keys: Any) -> Ledger:
        return replace(LEDGER, passages=(replace(LEDGER.passages[1], claims=(replace(FAR, **keys), GIVEN, RED)),))

    assert told(campaign, Policy.BLOCK, RAN, known=with_claim(because="both are close")) == []
    assert errors(told(campaign, Policy.BLOCK, RAN, known=with_claim(because="both are close", checked_by="")))


def test_a_dropped_sentence_stops_under_block(campaign: Campaign) -> None:
    dropped = ledger(replace(LEDGER.passages[2], drop=True, claims=()))
    assert "uses a sentence that a person has dropped: “Guards saw her in 1998.”" in [
        found.message for found in errors(told(campaign, Policy.BLOCK, SEEN, known=dropped))
    ]
    assert told(campaign, Policy.WARN, SEEN, known=dropped)[0].level is Level.WARNING


def test_a_figure_without_who_gave_it_warns_whatever_the_policy(campaign: Campaign) -> None:
    far = replace(FAR, status=Status.VERIFIED)
    known = ledger(replace(LEDGER.passages[1], claims=(far, GIVEN, RED)))
    for policy in (Policy.WARN, Policy.BLOCK):
        (found,) = told(campaign, policy, "She ran 5 miles", known=known)
        assert (found.level, found.message) == (Level.WARNING, "gives “She ran 5 miles” without “per the Red Cross”")
        assert told(campaign, policy, RAN, known=known) == []
    wrong = ledger(replace(LEDGER.passages[1], claims=(far, replace(GIVEN, status=Status.CONTRADICTED), RED)))
    assert told(campaign, Policy.BLOCK, "She ran 5 miles", known=wrong) == []


def test_off_traces_nothing(campaign: Campaign) -> None:
    threads, notes, traces = gate([thread(campaign, AGE)], replace(campaign, claims=Policy.OFF), ARTICLE, LEDGER)
    assert (threads[0].findings, notes, traces) == ((), (), {})


@pytest.mark.parametrize("policy", (Policy.WARN, Policy.BLOCK))
def test_without_a_ledger_only_what_rests_on_nothing_warns(campaign: Campaign, policy: Policy) -> None:
    texts = (f"{AGE} {RAN}", "She ran 6 miles. Kim was 35. And you?")
    (found,) = told(campaign, policy, *texts, known=None)
    assert (found.level, found.post) == (Level.WARNING, "t 2")
    assert "“She ran 6 miles.”, “Kim was 35.”" in found.message
    assert "amplifier claims scan campaigns/sample.yaml" in found.hint


# ---------------------------------------------------------------- how it is told


def test_under_warn_a_post_has_one_warning_that_names_all(campaign: Campaign) -> None:
    text = f"{RAN} {SEEN} She rested for 2 days. She ate 7 pies. {AGE}"
    error, warning = told(campaign, Policy.WARN, text)
    assert error.level is Level.ERROR
    assert warning.message == (
        "says C02 “5 miles”: disputed; says “She ate 7 pies.”: not what the article says; "
        "says in your own words “She rested for 2 days.”: not approved; says C04 “1998”: not signed"
    )
    assert warning.hint == "open the sources, then: amplifier claims review campaigns/sample.yaml"


def test_findings_come_after_those_that_a_thread_has(campaign: Campaign) -> None:
    before = Finding(Level.NOTE, "first", Place("a"))
    (gated,), _, _ = gate(
        [replace(thread(campaign, AGE), findings=(before,))], replace(campaign, claims=Policy.WARN), ARTICLE, LEDGER
    )
    assert gated.findings[0] is before
    assert len(gated.findings) == 2


def test_a_long_sentence_is_cut_in_a_message(campaign: Campaign) -> None:
    (found,) = told(campaign, Policy.WARN, "It is 9 below " + "and cold " * 40)
    assert len(found.message) < 250


def test_what_was_traced_is_kept_by_post(campaign: Campaign) -> None:
    two = [thread(campaign, "And you? 1/2", f"{SEEN} 2/2"), thread(campaign, "Me?", account="other")]
    _, _, traces = gate(two, replace(campaign, claims=Policy.WARN), ARTICLE, LEDGER)
    assert {key: [one.basis for one in traced] for key, traced in traces.items()} == {
        ("t", "main", 1): [Basis.VOICE],
        ("t", "main", 2): [Basis.ARTICLE],
        ("t", "other", 1): [Basis.VOICE],
    }


def test_one_note_sums_up(campaign: Campaign) -> None:
    on = replace(campaign, claims=Policy.WARN)
    _, notes, _ = gate([thread(campaign, RAN, SEEN)], on, ARTICLE, LEDGER)
    (note,) = notes
    assert note.level is Level.NOTE
    assert note.message == (
        "the posts make 4 of 7 claims: 2 verified · 1 disputed · 1 not signed; no post makes the other 3"
    )
    said = replace(LEDGER, passages=(replace(LEDGER.passages[0], say="Kim Haneul was 31."), *LEDGER.passages[1:]))
    _, (note,), _ = gate([thread(campaign, "Kim Haneul was 31.")], on, ARTICLE, said)
    assert "1 contradicted, reworded" in note.message
    _, (note,), _ = gate([thread(campaign, RAN)], on, ARTICLE, None)
    assert note.message.startswith("has no ledger of claims")
    assert "amplifier claims scan campaigns/sample.yaml" in note.hint


def test_the_summary_counts_nothing_that_is_not_there(campaign: Campaign) -> None:
    on = replace(campaign, claims=Policy.WARN)

    def note(text: str, known: Ledger) -> Finding:
        return gate([thread(campaign, text)], on, ARTICLE, known)[1][0]

    all_made = note(SEEN, ledger(LEDGER.passages[2]))
    assert all_made.message == "the posts make 1 of 1 claims: 1 not signed"
    assert note("And you?", LEDGER).message == "the posts make none of 7 claims"
    assert note("And you?", LEDGER).hint == "amplifier claims list campaigns/sample.yaml lists all"
    assert note("And you?", ledger()).message == "the ledger has no claims"


def test_the_hints_of_several_read_as_one_sentence_that_ends_with_the_commands(campaign: Campaign) -> None:
    known = ledger(
        replace(LEDGER.passages[1], claims=(replace(FAR, checked_by="", status=Status.VERIFIED), GIVEN, RED)),
        LEDGER.passages[3],
    )
    (found,) = told(campaign, Policy.WARN, f"{TAKEN} She ran 5 miles", known=known)
    assert found.message == (
        "says “9”: not in the ledger yet; says C02 “5 miles”: not signed; leaves out “per the Red Cross”"
    )
    assert found.hint == (
        "say where the figure comes from, and type: amplifier claims scan campaigns/sample.yaml, "
        "then: amplifier claims review campaigns/sample.yaml"
    )


def test_a_claim_is_named_once_though_a_post_both_makes_it_and_uses_other_words(campaign: Campaign) -> None:
    said = replace(LEDGER.passages[2], say="Guards saw her then. It was 1998.")
    known = replace(LEDGER, passages=(*LEDGER.passages[:2], said, LEDGER.passages[3]))
    (found,) = told(campaign, Policy.WARN, said.say, known=known)
    assert found.message == "says C04 “1998”: not signed"
    (found,) = told(campaign, Policy.WARN, "Guards saw her then.", known=known)
    assert found.message == "uses the words to say instead of C04 “1998”: not signed"


def test_an_approved_sentence_with_a_word_changed_is_told_as_such(campaign: Campaign) -> None:
    (found,) = told(campaign, Policy.WARN, "She rested for 4 days.")
    assert found.message == (
        "“She rested for 4 days.” is not what was approved: you changed an approved sentence (“She rested for 3 days.”)"
    )
    unsigned = replace(LEDGER, wordings=LEDGER.wordings[:1])
    (found,) = told(campaign, Policy.WARN, "She rested for 4 days.", known=unsigned)
    assert "it only resembles “She rested for 2 days.”" in found.message


def test_a_fact_of_our_own_is_answered_by_review_first_and_by_hand_second(campaign: Campaign) -> None:
    review, path = "amplifier claims review campaigns/sample.yaml", LEDGER.path
    (nothing,) = told(campaign, Policy.WARN, "She ate 7 pies.")
    assert nothing.hint == (
        "use the article's own words; or stand for yours: "
        f"{review} asks for your name and writes the sentence under wordings: in {path}"
    )
    (two,) = told(campaign, Policy.WARN, "She ate 7 pies. She drank 8 teas.")
    assert two.hint == nothing.hint
    (unsigned,) = told(campaign, Policy.WARN, "She rested for 2 days.")
    assert unsigned.hint == f"{review} asks for your name; or put it into approved_by: at {PLACE}"


def test_a_signature_for_a_sentence_that_has_changed_is_told_as_none(campaign: Campaign) -> None:
    void = ledger(replace(LEDGER.passages[2], claims=(replace(DATE, checked_by="Ann", void=True),)))
    assert [found.message for found in told(campaign, Policy.WARN, SEEN, known=void)] == [
        "says C04 “1998”: not signed, since its sentence has changed"
    ]


@pytest.mark.parametrize("policy", (Policy.WARN, Policy.BLOCK))
def test_who_signs_a_sentence_stands_for_the_names_in_it_but_not_for_the_claims_that_it_lists(
    campaign: Campaign, policy: Policy
) -> None:
    def findings(*ids: str, by: str = "Ann") -> list[str]:
        known = replace(LEDGER, wordings=(wording("Oslo is 9 hours away.", *ids, by=by),))
        return [found.message for found in told(campaign, policy, "Oslo is 9 hours away.", known=known)]

    assert findings() == []
    assert findings("C04") == ["says C04 “1998”: not signed"]
    assert ("says C05 “Oslo”: not signed" in findings(by="")) is (policy is Policy.BLOCK)
    doubted = replace(LEDGER.passages[3], claims=(replace(NAME, status=Status.DISPUTED),))
    known = ledger(doubted, wordings=(wording("Oslo is 9 hours away."),))
    (found,) = told(campaign, policy, "Oslo is 9 hours away.", known=known)
    assert "which is disputed" in found.message


def test_a_part_of_the_campaign_is_not_summed_up(campaign: Campaign) -> None:
    more = replace(campaign, claims=Policy.WARN, threads=(*campaign.threads, replace(campaign.threads[0], id="u")))
    assert gate([thread(campaign, RAN)], more, ARTICLE, LEDGER)[1] == ()
