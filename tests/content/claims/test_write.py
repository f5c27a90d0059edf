from __future__ import annotations

import re
import resource
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amplifier.content.article import load_article
from amplifier.content.claims.changed import changed_text
from amplifier.content.claims.ledger import ledger_path, load_ledger, parse_ledger
from amplifier.content.claims.model import Claim, Kind, Ledger, Passage, Source, Status, Wording
from amplifier.content.claims.write import new_text, update_ledger
from amplifier.errors import ConfigurationError, FileError, UsageError
from amplifier.model import Article, Campaign, Place
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[3]
ARTICLE = """울타리

Two sisters met at a fence in 1998. “It’s over: all of it,” one said. Why? 자매는 #울타리 앞에서 만났다.

A guard looked away for 5 minutes, per a diary of 150 pages. Why? - It took her 😀 a year.
"""
HERE = Place("x", 1, 1)
WRITTEN = """\
# ours
article: article.txt    # the article

sentences:

  # the first sentence
  - text: Two sisters met at a fence in 1998.   # as printed
    at: "3:1"
    claims:
      # the year
      - id: C01
        quote: "1998"
        at: "3:31"
        kind: date
        status: unverified   # for now
        source: {publisher: The Post}
        checked_by:          # nobody yet
        note: >-
          She says so,
          # in her diary

      - id: C02
        quote: 'sisters'
        status: disputed

  # the second sentence
  - text: "“It’s over: all of it,”
      one said."
    claims: [{id: C03, quote: "It's over", kind: quotation}]
# ours too
wordings:
- text: A minute is enough.
  approved_by:   # nobody
# the end
"""


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    workspace = Workspace(tmp_path_factory.mktemp("ws"))
    workspace.article(ARTICLE)
    workspace.template("a.j2", "Hello.")
    return workspace.campaign("template: a.j2")


@pytest.fixture(scope="module")
def article(campaign: Campaign) -> Article:
    return load_article(campaign.article, campaign.workspace, "en")


def read(text: str, campaign: Campaign, article: Article) -> Ledger:
    return parse_ledger(text, campaign, article, [])[0]


def said(ledger: Ledger) -> Ledger:
    """A ledger without what its file and the article make of it."""

    def plain(claim: Claim) -> Claim:
        return replace(claim, place=HERE, void=False)

    return Ledger(
        "",
        tuple(replace(p, place=HERE, start=None, claims=tuple(map(plain, p.claims))) for p in ledger.passages),
        tuple(replace(wording, place=HERE) for wording in ledger.wordings),
    )


def on_claim(name: str, **values: object) -> Callable[[Ledger | None], Ledger]:
    def change(ledger: Ledger | None) -> Ledger:
        assert ledger is not None
        passages = tuple(
            replace(p, claims=tuple(replace(c, **values) if c.id == name else c for c in p.claims))  # type: ignore[arg-type]
            for p in ledger.passages
        )
        return replace(ledger, passages=passages)

    return change


def on_passage(n: int, **values: object) -> Callable[[Ledger | None], Ledger]:
    def change(ledger: Ledger | None) -> Ledger:
        assert ledger is not None
        passages = list(ledger.passages)
        passages[n] = replace(passages[n], **values)  # type: ignore[arg-type]
        return replace(ledger, passages=tuple(passages))

    return change


def rewritten(campaign: Campaign, article: Article, change: Callable[[Ledger | None], Ledger], text: str) -> list[str]:
    """The lines that a change takes from a file and puts into it."""
    old = read(text, campaign, article)
    new = change(old)
    after = changed_text(text, old, new, article)
    assert said(read(after, campaign, article)) == said(new)
    before, now = text.splitlines(), after.splitlines()
    return [f"- {line}" for line in before if line not in now] + [f"+ {line}" for line in now if line not in before]


# ---------------------------------------------------------------- a new file


def test_a_new_file_is_to_be_read_by_people(campaign: Campaign, article: Article) -> None:
    start = article.sentences[3].start
    claim = Claim("C01", "자매", Kind.NAME, Status.UNVERIFIED, HERE)
    text = new_text(
        Ledger("", (Passage("자매는 #울타리 앞에서 만났다.", HERE, (claim,), start=start),)), campaign, article
    )
    assert text == (
        "# yaml-language-server: $schema=claims.schema.json\n"
        "# What the article asserts, and how it stands. A claim is trusted when a person has opened its source and "
        "signed it in\n# checked_by. The easy way: amplifier claims review campaigns/sample.yaml\n"
        "article: article.txt\n"
        "sentences:\n"
        '  - text: "자매는 #울타리 앞에서 만났다."\n'
        '    at: "3:76"\n'
        "    say:\n"
        "    claims:\n"
        "      - id: C01\n"
        "        quote: 자매\n"
        '        at: "3:76"\n'
        "        kind: name\n"
        "        status: unverified\n"
        "        source:\n"
        "          title:\n"
        "          publisher:\n"
        "          date:\n"
        "          link:\n"
        "        checked_by:\n"
        "        checked_on:\n"
        "        note:\n"
    )


def test_a_file_is_written_once_whole_and_a_second_time_only_when_it_changes(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.template("a.j2", "Hello.")
    own = workspace.campaign("template: a.j2")
    of = load_article(own.article, tmp_path, "en")
    first = Ledger("", (Passage("Why?", HERE, (), start=of.source.index("Why?")),))
    assert update_ledger(own, of, lambda old: first) == (None, first)
    ledger_path(own).chmod(0o640)
    begun = ledger_path(own).stat()
    old, _ = update_ledger(own, of, lambda old: old or first)
    assert ledger_path(own).stat() == begun
    assert said(old or first) == said(first)
    update_ledger(own, of, on_passage(0, say="No."))
    assert stat.S_IMODE(ledger_path(own).stat().st_mode) == 0o640
    assert "say: No.\n" in ledger_path(own).read_text()
    assert [path.name for path in ledger_path(own).parent.glob(".*")] == []


# ---------------------------------------------------------------- changes to what a person wrote


def test_nothing_changes_when_nothing_is_changed(campaign: Campaign, article: Article) -> None:
    ledger = read(WRITTEN, campaign, article)
    assert changed_text(WRITTEN, ledger, ledger, article) == WRITTEN
    shipped = (REPOSITORY / "campaigns/dmz-escape.claims.yaml").read_text("utf-8")
    other = replace(campaign, name="dmz-escape", article=REPOSITORY / "campaigns/articles/dmz-escape.txt")
    of = load_article(other.article, REPOSITORY, "en")
    assert changed_text(shipped, read(shipped, other, of), read(shipped, other, of), of) == shipped


@pytest.mark.parametrize(
    ("change", "expected"),
    (
        (
            on_claim("C01", status=Status.VERIFIED),
            ["-         status: unverified   # for now", "+         status: verified   # for now"],
        ),
        (
            on_claim("C01", checked_by="Ann: Lee", checked_on="2026-12-01"),
            [
                "-         checked_by:          # nobody yet",
                '+         checked_by: "Ann: Lee"          # nobody yet',
                "+         checked_on: 2026-12-01",
            ],
        ),
        (
            on_claim("C01", note="No."),
            [
                "-         note: >-",
                "-           She says so,",
                "-           # in her diary",
                "+         note: No.",
            ],
        ),
        (
            on_claim("C01", note=""),
            ["-         note: >-", "-           She says so,", "-           # in her diary", "+         note:"],
        ),
        (
            on_claim("C02", checked_by="Ann", because="no: #1"),
            ["+         checked_by: Ann", '+         because: "no: #1"'],
        ),
        (
            on_claim("C01", source=Source("A", "The Post", "2018", "https://example.org/a#b")),
            [
                "-         source: {publisher: The Post}",
                "+         source:",
                "+           title: A",
                "+           publisher: The Post",
                '+           date: "2018"',
                "+           link: https://example.org/a#b",
            ],
        ),
        (on_passage(0, say="Two met."), ["+     say: Two met."]),
        (on_passage(1, drop=True), ["+     drop: true"]),
        (
            on_passage(1, text="“It’s over,” one said.", start=None),
            [
                '-   - text: "“It’s over: all of it,”',
                '-       one said."',
                '+   - text: "“It’s over,” one said."',
            ],
        ),
        (
            on_claim("C03", status=Status.VERIFIED),
            [
                '-     claims: [{id: C03, quote: "It\'s over", kind: quotation}]',
                "+       - id: C03",
                "+         quote: It's over",
                '+         at: "3:38"',
                "+         kind: quotation",
                "+         status: verified",
                "+         source:",
                *(f"+           {key}:" for key in ("title", "publisher", "date", "link")),
                "+         checked_by:",
                "+         checked_on:",
                "+         note:",
            ],
        ),
    ),
)  # fmt: skip
def test_only_what_is_changed_is_written(
    campaign: Campaign, article: Article, change: Callable[[Ledger | None], Ledger], expected: list[str]
) -> None:
    assert rewritten(campaign, article, change, WRITTEN) == expected


def test_a_wording_is_approved_in_its_place_and_another_added_at_the_end(campaign: Campaign, article: Article) -> None:
    old = read(WRITTEN, campaign, article)
    first = replace(old.wordings[0], approved_by="Ann")
    second = Wording("Ours: 2 words.", HERE, ("C01", "C02"), "Ben")
    text = changed_text(WRITTEN, old, replace(old, wordings=(first, second)), article)
    assert text.endswith(
        "wordings:\n- text: A minute is enough.\n  approved_by: Ann   # nobody\n"
        '- text: "Ours: 2 words."\n  claims: [C01, C02]\n  approved_by: Ben\n  note:\n# the end\n'
    )


def test_positions_follow_the_article_where_the_file_has_them(campaign: Campaign, article: Article) -> None:
    text = WRITTEN.replace('"3:1"', '"9:9"').replace('"3:31"', '"9:39"')
    lines = rewritten(campaign, article, lambda old: old or Ledger("", ()), text)
    assert lines == ['-     at: "9:9"', '-         at: "9:39"', '+     at: "3:1"', '+         at: "3:31"']


def test_comments_go_with_what_they_stand_above(campaign: Campaign, article: Article) -> None:
    old = read(WRITTEN, campaign, article)
    added = Passage("Why?", HERE, (), start=article.source.index("Why?"))
    text = changed_text(WRITTEN, old, replace(old, passages=(old.passages[1], added, old.passages[0])), article)
    order = [line.strip() for line in text.splitlines() if re.match(r" *(# |- text| *- id)", line)]
    assert order == [
        "# ours",
        "# the first sentence",  # above the list: about the list
        "# the second sentence",
        '- text: "“It’s over: all of it,”',
        "- text: Why?",
        "- text: Two sisters met at a fence in 1998.   # as printed",
        "# the year",
        "- id: C01",
        "# in her diary",
        "- id: C02",
        "# ours too",
        "- text: A minute is enough.",
        "# the end",
    ]
    assert said(read(text, campaign, article)).passages[2] == said(old).passages[0]
    gone = changed_text(WRITTEN, old, replace(old, passages=(old.passages[0],)), article)
    assert "# the second sentence" not in gone
    assert "# the year\n      - id: C01\n" in gone
    assert gone.startswith("# ours\narticle: article.txt    # the article\n\nsentences:\n\n  # the first sentence\n")


def test_a_claim_keeps_its_comments_when_it_moves_to_another_sentence(campaign: Campaign, article: Article) -> None:
    old = read(WRITTEN, campaign, article)
    first, second = old.passages
    moved = replace(first.claims[0], quote="over", status=Status.VERIFIED)
    passages = (replace(first, claims=first.claims[1:]), replace(second, claims=(*second.claims, moved)))
    text = changed_text(WRITTEN, old, replace(old, passages=passages), article)
    assert said(read(text, campaign, article)).passages == said(replace(old, passages=passages)).passages
    assert "        status: verified   # for now\n" in text


def test_windows_line_ends_a_bom_and_a_link_stay(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.article(ARTICLE)
    workspace.template("a.j2", "Hello.")
    own = workspace.campaign("template: a.j2")
    real = tmp_path / "real.yaml"
    real.write_bytes(("\ufeff" + WRITTEN.replace("\n", "\r\n")).encode())
    ledger_path(own).symlink_to(real)
    update_ledger(own, load_article(own.article, tmp_path, "en"), on_claim("C01", checked_by="Ann"))
    assert ledger_path(own).is_symlink()
    expected = WRITTEN.replace("checked_by:          # nobody yet", "checked_by: Ann          # nobody yet")
    assert real.read_bytes() == ("\ufeff" + expected.replace("\n", "\r\n")).encode()


# ---------------------------------------------------------------- what is not written


def written_file(tmp_path: Path, text: str) -> tuple[Campaign, Article]:
    workspace = Workspace(tmp_path)
    workspace.article(ARTICLE)
    workspace.template("a.j2", "Hello.")
    own = workspace.campaign("template: a.j2")
    ledger_path(own).write_text(text, "utf-8")
    return own, load_article(own.article, tmp_path, "en")


def test_a_file_with_mistakes_is_not_written(tmp_path: Path) -> None:
    own, of = written_file(tmp_path, WRITTEN + "more: true\n")
    with pytest.raises(FileError, match="one mistake"):
        update_ledger(own, of, on_claim("C01", checked_by="Ann"))
    assert ledger_path(own).read_text("utf-8") == WRITTEN + "more: true\n"


def test_a_change_that_would_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    own, of = written_file(tmp_path, WRITTEN)
    with pytest.raises(UsageError) as raised:
        update_ledger(own, of, on_claim("C01", quote="1789"))
    assert raised.value.message == "campaigns/sample.claims.yaml is left as it is: the change does not fit into it"
    assert "quote: “1789” does not stand in the sentence" in raised.value.hint
    braces = "{article: article.txt, sentences: [{text: Why?}]}\n"
    ledger_path(own).write_text(braces, "utf-8")
    with pytest.raises(UsageError, match="left as it is"):
        update_ledger(own, of, on_passage(0, say="No."))
    assert ledger_path(own).read_text("utf-8") == braces


def test_a_disk_that_takes_nothing_is_said_and_the_ledger_stays(tmp_path: Path) -> None:
    own, of = written_file(tmp_path, WRITTEN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(ConfigurationError, match=r"cannot write .*: File too large"):
            update_ledger(own, of, on_claim("C01", checked_by="Ann"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert ledger_path(own).read_text("utf-8") == WRITTEN
    assert sorted(path.name for path in ledger_path(own).parent.iterdir() if path.name.startswith(".")) == []


# ---------------------------------------------------------------- whatever a person writes

line = st.text(
    st.characters(
        exclude_categories=["Cc", "Cs"], exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    ),
    max_size=12,
).map(lambda text: " ".join(text.split()))
tricky = st.sampled_from(
    [
        "",
        "yes",
        "null",
        "- a",
        "a: b",
        "a #b",
        "#a",
        "'a",
        '"',
        "\\",
        "1998",
        "1.5",
        "a:",
        "@x",
        "2026-12-01",
        "한국 😀",
        "`",
        "%",
        "[a]",
        "{",
        "a\u2028b",
        "\ufeff",
        "!x",
        "&a",
        "*a",
        "? a",
        "|",
        ">-",
        "~",
        "A – b, c",
    ]
)
words = line | tricky.map(lambda text: " ".join(text.split()))
QUOTES = {
    0: ("Two sisters", "1998"),
    1: ("It's over", "all of it,”"),
    2: ("Why",),
    3: ("자매", "#울타리"),
    4: ("5 minutes", "150"),
    6: ("😀", "a year"),
}


@st.composite
def ledgers(draw: st.DrawFn, article: Article) -> Ledger:
    passages = []
    ids = iter(draw(st.permutations([f"C{n:02}" for n in range(20)])))
    for n in draw(st.lists(st.sampled_from(sorted(QUOTES)), unique=True, max_size=4)):
        sentence = article.sentences[n]
        claims = tuple(
            Claim(
                id=next(ids),
                quote=draw(st.sampled_from(QUOTES[n])),
                kind=draw(st.sampled_from(Kind)),
                status=draw(st.sampled_from(Status)),
                place=HERE,
                source=Source(draw(words), draw(words), draw(words), draw(st.sampled_from(["", "https://a.org/#b"]))),
                checked_by=draw(words),
                checked_on=draw(st.sampled_from(["", "2026-12-01"])),
                because=draw(words),
                note=draw(words),
            )
            for _ in range(draw(st.integers(0, 3)))
        )
        drop = draw(st.booleans())
        passages.append(Passage(sentence.text, HERE, claims, "" if drop else draw(words), drop, sentence.start))
    known = [claim.id for passage in passages for claim in passage.claims]
    wordings = tuple(
        Wording(
            text,
            HERE,
            tuple(draw(st.lists(st.sampled_from(known), max_size=2))) if known else (),
            draw(words),
            draw(words),
        )
        for text in draw(st.lists(words.filter(bool), unique=True, max_size=2))
    )
    return Ledger("", passages=tuple(passages), wordings=wordings)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_written_reads_back_the_same(campaign: Campaign, article: Article, data: st.DataObject) -> None:
    first, second = data.draw(ledgers(article)), data.draw(ledgers(article))
    text = new_text(first, campaign, article)
    read_back = read(text, campaign, article)
    assert said(read_back) == said(first)
    changed = changed_text(text, read_back, second, article)
    assert said(read(changed, campaign, article)) == said(second)
    own = read(WRITTEN, campaign, article)
    assert said(read(changed_text(WRITTEN, own, second, article), campaign, article)) == said(second)


def test_an_unreadable_ledger_is_no_missing_one(tmp_path: Path) -> None:
    own, of = written_file(tmp_path, "")
    with pytest.raises(FileError):
        load_ledger(own, of)
    with pytest.raises(FileError):
        update_ledger(own, of, lambda old: Ledger("", ()))
