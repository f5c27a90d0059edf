from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.content.article import load_article
from amplifier.content.claims.beside import note_of_other_ledger
from amplifier.content.draft import load_draft
from amplifier.model import Finding, Level, Place
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = """\
article: article.txt
sentences:
  - text: She crossed it at night, in 1998.
    claims:
      - {id: C01, quote: "1998", kind: date, status: contradicted}
      - {id: C02, quote: at night, kind: statement}
"""


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    built = Workspace(tmp_path)
    built.text("t.md", "One")
    return built


def note(space: Workspace, **ledgers: str) -> Finding | None:
    for name, text in ledgers.items():
        (space.path / f"campaigns/{name}.claims.yaml").write_text(text, "utf-8")
    campaign = space.campaign("text: t.md")
    return note_of_other_ledger(campaign, load_article(campaign.article, campaign.workspace, campaign.language))


def test_a_ledger_of_the_same_article_is_named_with_its_doubts(space: Workspace) -> None:
    assert note(space, other=LEDGER) == Finding(
        Level.NOTE,
        "has no ledger of claims, but campaigns/other.claims.yaml has the claims of the same article (1 contradicted)",
        Place("campaigns/sample.yaml"),
        "copy it to campaigns/sample.claims.yaml to use it",
        rule="claims",
    )


@pytest.mark.parametrize("article", ('"article.txt"', "'article.txt'", "article.txt   # the one", "./article.txt"))
def test_the_article_may_be_written_in_any_way(space: Workspace, article: str) -> None:
    found = note(space, other=LEDGER.replace("article.txt", article).replace("contradicted", "unverified"))
    assert found is not None
    assert found.message.endswith("(none in doubt)")


@pytest.mark.parametrize(
    "text",
    (
        LEDGER.replace("article.txt", "other.txt"),
        LEDGER.replace("quote: at night", "quote: at noon"),
        "",
        "sentences: []",
    ),
    ids=("of another article", "with mistakes", "empty", "of no article"),
)
def test_other_ledgers_are_passed_over(space: Workspace, text: str) -> None:
    assert note(space, other=text) is None


def test_of_several_the_one_with_the_most_claims_is_named(space: Workspace) -> None:
    fewer = "".join(line for line in LEDGER.splitlines(keepends=True) if "C02" not in line)
    found = note(space, a=fewer, b=LEDGER, c=fewer)
    assert found is not None
    assert "campaigns/b.claims.yaml" in found.message


def test_it_takes_the_place_of_the_note_about_scan(space: Workspace) -> None:
    (space.path / "campaigns/other.claims.yaml").write_text(LEDGER, "utf-8")

    def told(**keys: str) -> list[str]:
        draft = load_draft(space.campaign("text: t.md", **keys).path, space.path, lambda _: "x")
        return [found.message for found in draft.findings if found.rule == "claims" and not found.post]

    (only,) = told()
    assert "other.claims.yaml" in only
    assert told(claims="off") == []
    (space.path / "campaigns/sample.claims.yaml").write_text(LEDGER, "utf-8")
    assert "other.claims.yaml" not in str(told())
