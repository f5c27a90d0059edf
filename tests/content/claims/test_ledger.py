from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from amplifier.content.article import load_article
from amplifier.content.campaign import load_campaign
from amplifier.content.claims.ledger import ledger_path, load_ledger
from amplifier.content.claims.ledger_model import FORM
from amplifier.content.claims.model import Claim, Kind, Ledger, Source, Status, Wording
from amplifier.content.form import keys_of
from amplifier.errors import FileError, UsageError
from amplifier.model import Campaign, Finding, Level, Place
from tests.support.workspaces import Workspace

REPOSITORY = Path(__file__).parents[3]
ARTICLE = """The fence

Two sisters met at a fence in 1998. “It’s over,” one said. Why?

What came after

A guard looked away for 5 minutes, per a diary of 150 pages. Why? It took her a year.
"""
WHOLE = """\
article: article.txt
sentences:
  - text: Two sisters met at a fence in 1998.
    at: "3:1"
    say: Two sisters met at a fence in 1997.
    claims:
      - id: C01
        quote: "1998"
        at: "3:31"
        kind: date
        status: contradicted
        source:
          title: A diary
          publisher: The Post
          date: 2018-11-19
          link: https://example.org/diary
        checked_by: Ann
        checked_on: 2026-12-01
        note: She was not born then.
  - text: '"It''s over," one said.'
    drop:
    claims:
      - id: C02
        quote: It's over
        kind: quotation
        status: unverified
  - text: A guard looked away for 5 minutes, per a diary of 150 pages.
    claims:
      - {id: C03, quote: 5 minutes, kind: quantity, status: verified, source: {publisher: The Post}, checked_by: Ben}
      - id: C04
        quote: per a diary of
          150 pages
        kind: attribution
        status: disputed
        source:
        checked_by: Ann
        because: both diaries say so
wordings:
  - text: A minute is enough.
    claims: [C03]
    approved_by: Ann
    note: ours
"""


@pytest.fixture
def campaign(tmp_path: Path) -> Campaign:
    workspace = Workspace(tmp_path)
    workspace.article(ARTICLE)
    workspace.template("a.j2", "Hello.")
    return workspace.campaign("template: a.j2")


def load(campaign: Campaign, text: str) -> tuple[Ledger, tuple[Finding, ...]]:
    ledger_path(campaign).write_text(text, "utf-8")
    ledger, findings = load_ledger(campaign, load_article(campaign.article, campaign.workspace, "en"))
    assert ledger is not None
    return ledger, findings


def refusal(campaign: Campaign, text: str) -> list[str]:
    with pytest.raises(FileError) as raised:
        load(campaign, text)
    assert raised.value.message.startswith("campaigns/sample.claims.yaml has ")
    assert raised.value.exit_code == 3
    return told(raised.value.findings)


def told(findings: tuple[Finding, ...]) -> list[str]:
    """`line:column: level: message > hint` of each finding."""
    assert {finding.place.path for finding in findings} <= {"campaigns/sample.claims.yaml"}
    return [f"{f.place.line}:{f.place.column}: {f.level.value}: {f.message} > {f.hint}" for f in findings]


def changed(*pairs: tuple[str, str]) -> str:
    text = WHOLE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    return text


# ---------------------------------------------------------------- what is read


def test_a_whole_ledger_is_read(campaign: Campaign) -> None:
    ledger, findings = load(campaign, WHOLE)
    assert findings == ()
    assert ledger.path == "campaigns/sample.claims.yaml"
    first, second, third = ledger.passages
    assert (first.text, first.say, first.drop) == (
        "Two sisters met at a fence in 1998.",
        "Two sisters met at a fence in 1997.",
        False,
    )
    assert (first.place.line, third.claims[1].place.line) == (3, 30)
    assert first.claims == (
        Claim(
            id="C01",
            quote="1998",
            kind=Kind.DATE,
            status=Status.CONTRADICTED,
            place=Place("campaigns/sample.claims.yaml", 7, 9),
            source=Source("A diary", "The Post", "2018-11-19", "https://example.org/diary"),
            checked_by="Ann",
            checked_on="2026-12-01",
            note="She was not born then.",
        ),
    )
    assert (second.claims[0].status, second.say, second.drop) == (Status.UNVERIFIED, "", False)
    assert (third.claims[0].source, third.claims[0].standing) == (Source(publisher="The Post"), Status.VERIFIED)
    assert third.claims[1].quote == "per a diary of 150 pages"
    assert third.claims[1].excused
    assert ledger.wordings == (
        Wording("A minute is enough.", Place("campaigns/sample.claims.yaml", 39, 5), ("C03",), "Ann", "ours"),
    )


def test_each_passage_knows_its_sentence_whatever_its_quotation_marks(campaign: Campaign) -> None:
    ledger, _ = load(campaign, WHOLE)
    article = load_article(campaign.article, campaign.workspace, "en")
    found = [next(s.text for s in article.sentences if s.start == passage.start) for passage in ledger.passages]
    assert [sentence[:10] for sentence in found] == ["Two sister", "“It’s over", "A guard lo"]


def test_without_a_file_there_is_no_ledger(campaign: Campaign) -> None:
    article = load_article(campaign.article, campaign.workspace, "en")
    assert load_ledger(campaign, article) == (None, ())


def test_a_link_to_nowhere_is_a_mistake_and_no_missing_ledger(campaign: Campaign) -> None:
    ledger_path(campaign).symlink_to("gone.yaml")
    with pytest.raises(FileError, match="has one mistake"):
        load_ledger(campaign, load_article(campaign.article, campaign.workspace, "en"))


def test_empty_values_are_not_filled_in_yet(campaign: Campaign) -> None:
    text = "article: article.txt\nsentences:\n  - text: Why?\n    at:\n    say:\n    drop:\n    claims:\n"
    text += "      - id: a-1\n        quote: Why\n"
    text += "".join(
        f"        {key}:\n" for key in keys_of(FORM.parts["sentences", "claims"]) if key not in {"id", "quote"}
    )
    ledger, findings = load(campaign, text + "wordings:\n")
    (claim,) = ledger.claims
    assert (findings, claim.kind, claim.status, claim.source) == ((), Kind.STATEMENT, Status.UNVERIFIED, Source())
    assert (ledger.passages[0].say, ledger.passages[0].drop, ledger.wordings) == ("", False, ())
    assert load(campaign, "article: article.txt\nsentences:\n")[0] == Ledger("campaigns/sample.claims.yaml", ())


def test_equal_sentences_are_anchored_in_their_order(campaign: Campaign) -> None:
    text = "article: article.txt\nsentences:\n  - text: Why?\n  - text: Why?\n"
    ledger, findings = load(campaign, text)
    source = load_article(campaign.article, campaign.workspace, "en").source
    assert [passage.start for passage in ledger.passages] == [source.index("Why?"), source.rindex("Why?")]
    assert findings == ()


def test_windows_line_ends_and_a_bom_make_no_difference(campaign: Campaign) -> None:
    plain = load(campaign, WHOLE)
    assert load(campaign, "\ufeff" + WHOLE.replace("\n", "\r\n")) == plain


# ---------------------------------------------------------------- what is said about it


def test_trust_without_a_name_is_told_in_one_line(campaign: Campaign) -> None:
    text = changed((", checked_by: Ben", ""), ("status: unverified", "status: rhetorical"))
    ledger, findings = load(campaign, text)
    assert told(findings) == [
        (
            "26:17: warning: C02, C03 are not signed: nobody is named in checked_by"
            " > open the sources and sign: amplifier claims review campaigns/sample.yaml"
        )
    ]
    assert [claim.standing for claim in ledger.claims[1:3]] == [Status.UNVERIFIED, Status.UNVERIFIED]


def test_many_names_are_cut_short(campaign: Campaign) -> None:
    claims = "".join(f"      - {{id: C{n}, quote: Why, status: verified}}\n" for n in range(12))
    _, findings = load(campaign, f"article: article.txt\nsentences:\n  - text: Why?\n    claims:\n{claims}")
    assert [finding.message for finding in findings] == [
        "C0, C1, C2, C3, C4, C5, C6, C7 and 4 more are not signed: nobody is named in checked_by"
    ]


def test_a_sentence_that_the_article_has_no_more_is_told_and_its_claims_are_void(campaign: Campaign) -> None:
    text = changed(("for 5 minutes, per", "for 5 long minutes, per"), ("quote: 5 minutes", "quote: 5 long"))
    ledger, findings = load(campaign, text)
    assert told(findings) == [
        (
            "27:11: warning: the article does not have this sentence any more"
            " > carry their claims over: amplifier claims scan campaigns/sample.yaml"
        )
    ]
    assert [claim.void for claim in ledger.claims] == [False, False, True, True]
    assert ledger.passages[2].start is None
    assert ledger.claims[2].standing is Status.UNVERIFIED
    _, findings = load(campaign, text.replace("a fence in 1998.", "the fence in 1998."))
    assert [finding.message for finding in findings] == ["the article does not have 2 sentences any more: lines 3, 27"]


def test_a_say_that_still_has_what_is_contradicted_is_a_warning(campaign: Campaign) -> None:
    _, findings = load(campaign, changed(("in 1997.", "in 1998, or so.")))
    assert told(findings) == [
        (
            "5:10: warning: say: still has “1998”, which claim C01 calls contradicted"
            " > say it without these words, or look at the claim again"
        )
    ]
    assert load(campaign, changed(("in 1997.", "in 19981.")))[1] == ()


def test_a_reason_without_a_name_is_a_warning(campaign: Campaign) -> None:
    text = changed(("checked_by: Ann\n        because", "because"))
    ledger, findings = load(campaign, text)
    assert [finding.message for finding in findings] == ["because: the reason of C04 counts only with a name"]
    assert not ledger.claims[3].excused


def test_the_article_of_another_campaign_is_a_warning(campaign: Campaign) -> None:
    _, findings = load(campaign, changed(("article: article.txt", "article: other.txt")))
    assert told(findings) == [
        (
            "1:10: warning: article: other.txt is not the article of campaigns/sample.yaml"
            " > the claims are looked up in article.txt; write that here"
        )
    ]
    assert load(campaign, changed(("article: article.txt", "article: ./article.txt")))[1] == ()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("pairs", "expected"),
    (
        ([("checked_by: Ann", "chekced_by: Ann")],
         "17:9: error: unknown key 'chekced_by' > did you mean 'checked_by'?"),
        ([('at: "3:1"', "publisher: x")], "4:5: error: unknown key 'publisher' > it belongs under source:"),
        ([("status: contradicted", "status: contradict")], ("11:17: error: status: 'contradict' is no status"
         " > did you mean contradicted?")),
        ([("kind: date", "kind: thing")], ("10:15: error: kind: 'thing' is no kind of claim > write one of number,"
         " quantity, age, date, quotation, name, attribution, statement")),
        ([('quote: "1998"', 'quote: "1997"')], ("8:16: error: quote: “1997” does not stand in the sentence"
         " > copy the words from the sentence, without leaving any out")),
        ([('quote: "1998"', "quote: sisters at")], ("8:16: error: quote: “sisters at” does not stand in the sentence"
         " > copy the words from the sentence, without leaving any out")),
        ([('quote: "1998"', "quote: 1998")], ("8:16: error: quote: must be text, not a number"
         ' > write it in quotes: "1998"')),
        ([('quote: "1998"', "quote:")], "8:9: error: quote: is empty > write a value"),
        ([("id: C02", "id: C01")], ("23:13: error: id 'C01' stands twice; the first is in line 7"
         " > choose another id for one of them")),
        ([("id: C02", "id: 2nd")], ("23:13: error: id: '2nd' is no id"
         " > write letters, digits, _ and - after a letter: C04, famine-figure")),
        ([("      - id: C02\n        quote", "      - quote")], ("23:9: error: key 'id' is missing"
         " > add it: Name of the claim, unique in the file; keep it: C04.")),
        ([("checked_on: 2026-12-01", "checked_on: 1.12.2026")], ("18:21: error: checked_on: '1.12.2026' is no day"
         " > write year-month-day such as 2026-12-01")),
        ([("link: https://example.org/diary", "link: example.org")], ("16:17: error: link: 'example.org' is no web"
         " address > write it whole, beginning with https://")),
        ([("in 1997.", "in  1998.")],
         "5:10: error: say: is the sentence itself > write other words, or delete the key"),
        ([("    claims:\n      - id: C01", "    drop: true\n    claims:\n      - id: C01")],
         "5:10: error: say: the sentence is dropped, so nothing is said > delete say or drop"),
        ([("claims: [C03]", "claims: [c3]")], "40:14: error: claims: there is no claim c3 > did you mean C03?"),
        ([("claims: [C03]", "claims: [famine]")], ("40:14: error: claims: there is no claim famine"
         " > write the id of a claim in this file")),
        ([("'\"It''s over,\" one said.'", "Two sisters met at a fence in 1998."), ("It's over", "sisters")],
         ("20:11: error: the sentence stands twice; the first is in line 3"
         " > put the claims together under one of them, and delete the other")),
        ([("drop:", "drop: yes")], ("21:11: error: drop: must be true or false, not text"
         " > write true or false, without quotes")),
        ([('at: "3:1"', "at: top")], "4:9: error: at: 'top' is no place > write line and column in quotes: \"4:1\""),
        ([("article: article.txt\n", "")], ("1:1: error: key 'article' is missing"
         " > add it: The article, relative to this file; the same as in the campaign.")),
    ),
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_the_next_step(
    campaign: Campaign, pairs: list[tuple[str, str]], expected: str
) -> None:
    assert expected in refusal(campaign, changed(*pairs))


def test_all_mistakes_come_at_once_in_the_order_of_the_lines(campaign: Campaign) -> None:
    text = changed(
        ("status: contradicted", "status: wrong"),
        ("kind: quotation", "kind: quote"),
        ("quote: 5 minutes", "quote: 6 minutes"),
        ("approved_by", "aproved_by"),
    )
    lines = [int(line.split(":")[0]) for line in refusal(campaign, text)]
    assert lines == sorted(lines) == [11, 25, 29, 41]


@pytest.mark.parametrize(
    "text",
    ("", "hello", "- a", "article: [", "sentences: {}\narticle: a", "article: a\nsentences: [a, [], {}]",
     ("article: {}\nsentences:\n  - text: []\n    claims: a\n    say: 5\n  - claims: [1, {id: [], quote: {}}]\n"
     "wordings: [{claims: {}}, {claims: [1, []]}]")),
)  # fmt: skip
def test_whatever_the_file_says_it_is_refused_in_words(campaign: Campaign, text: str) -> None:
    assert refusal(campaign, text)


def test_a_huge_file_is_refused_at_once(campaign: Campaign) -> None:
    assert refusal(campaign, "# " + "a" * 500_000) == [
        "0:0: error: is larger than 0.5 MB > name a text file; an article has some thousand words"
    ]


def test_a_ledger_of_forty_claims_is_read_at_once(campaign: Campaign) -> None:
    claims = "".join(
        f"      - id: C{n}\n        quote: Why\n        at: '3:1'\n        kind: name\n        status: unverified\n"
        "        source:\n          title:\n          publisher:\n          date:\n          link:\n"
        "        checked_by:\n        checked_on:\n        note: A sentence about what was found, and where.\n"
        for n in range(40)
    )
    text = f"article: article.txt\nsentences:\n  - text: Why?\n    claims:\n{claims}"
    article = load_article(campaign.article, campaign.workspace, "en")
    load(campaign, text)
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        load_ledger(campaign, article)
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.5


# ---------------------------------------------------------------- beside the campaign


def test_a_ledger_is_no_campaign(campaign: Campaign) -> None:
    load(campaign, WHOLE)
    with pytest.raises(UsageError) as raised:
        load_campaign(ledger_path(campaign), campaign.workspace)
    assert str(raised.value) == (
        "campaigns/sample.claims.yaml is a ledger of claims, not a campaign\n  name its campaign: campaigns/sample.yaml"
    )


def test_a_ledger_is_no_namesake_of_its_campaign(campaign: Campaign) -> None:
    ledger_path(campaign).write_text("name: sample\n")
    (campaign.path.parent / "other.yaml").write_text("name: sample\n")
    _, findings = load_campaign(campaign.path, campaign.workspace)
    assert [finding.message for finding in findings if finding.level is Level.WARNING] == [
        "name: campaigns/other.yaml has the same name sample"
    ]


def test_the_shipped_ledger_has_no_mistake_and_names_nobody(tmp_path: Path) -> None:
    campaign, _ = load_campaign(REPOSITORY / "campaigns/dmz-escape.yaml", REPOSITORY)
    article = load_article(campaign.article, REPOSITORY, campaign.language)
    ledger, _ = load_ledger(campaign, article)
    assert ledger is not None
    assert all(passage.start is not None for passage in ledger.passages)
    assert not any(claim.checked_by or claim.checked_on or claim.source.link for claim in ledger.claims)
    assert not any(wording.approved_by for wording in ledger.wordings)
    text = ledger_path(campaign).read_text("utf-8")
    assert re.search(r"a person must open the source", text)
