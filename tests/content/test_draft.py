from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.content.draft import load_draft
from amplifier.model import Level, errors
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.content.draft import Draft

LEDGER = """\
article: article.txt
sentences:
  - text: The river is wide.
    say: The river is 90 m wide.
  - text: Nobody swims it.
    drop: true
  - text: Why?
    say: |-
      Why would anyone?
      For her children.
  - text: She crossed it at night, in 1998.
    claims:
      - {id: C01, quote: "1998", kind: date, status: contradicted}
"""


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def load(space: Workspace, *threads: str, only: str | None = None, **keys: str) -> Draft:
    return load_draft(space.campaign(*threads, **keys).path, space.path, lambda _: "x", only)


def test_templates_see_sentences_as_the_ledger_says_them(space: Workspace) -> None:
    (space.path / "campaigns/sample.claims.yaml").write_text(LEDGER, "utf-8")
    space.template("t.j2", "{{ paragraphs[0] }}\n---\n{{ sentences[2] }}\n---\n{{ sections[1].paragraphs[0] }}")
    draft = load(space, "template: t.j2", hashtags="[]")
    assert draft.threads[0].texts == (
        "The river is 90 m wide.",
        "Why would anyone? For her children.",
        "She crossed it at night, in 1998. Why would anyone? For her children. Her children were there.",
    )
    assert draft.ledger is not None
    assert [one.settled for one in draft.traces["t", "main", 1]] == [False]


def test_a_paragraph_of_which_nothing_is_left_is_not_there(space: Workspace) -> None:
    ledger = "article: article.txt\nsentences:\n" + "".join(
        f"  - {{text: {text}, drop: true}}\n" for text in ("The river is wide.", "Nobody swims it.")
    )
    (space.path / "campaigns/sample.claims.yaml").write_text(ledger, "utf-8")
    space.template("t.j2", "{{ paragraphs | length }} {{ paragraphs[0] | first }} {{ sections | length }}")
    (thread,) = load(space, "template: t.j2", hashtags="[]").threads
    assert thread.texts == ("1 She crossed it at night, in 1998. 2",)


def test_findings_stand_at_their_threads_and_once_in_all(space: Workspace) -> None:
    (space.path / "campaigns/sample.claims.yaml").write_text(LEDGER, "utf-8")
    space.text("a.md", "She crossed it at night, in 1998. @somebody")
    space.text("b.md", "Her children were there.")
    draft = load(space, "text: a.md", "text: b.md", accounts="[one, two]", hashtags="[]")
    assert [(thread.id, thread.account, len(errors(thread.findings))) for thread in draft.threads] == [
        ("a", "one", 3),
        ("a", "two", 3),
        ("b", "one", 1),
        ("b", "two", 1),
    ]
    # the date that is contradicted, a name that is not agreed, and the same text on two accounts of one network
    assert {found.rule for found in errors(draft.threads[0].findings)} == {"claims", ""}
    assert len({*draft.findings}) == len(draft.findings)
    assert {*draft.findings} >= {found for thread in draft.threads for found in thread.findings}
    assert any("names @somebody" in found.message for found in draft.threads[0].findings)
    assert not any("names @somebody" in found.message for found in draft.threads[2].findings)


def test_a_template_without_mistakes_is_composed_without_a_ledger(space: Workspace) -> None:
    space.template("t.j2", "{{ sentences[0] }}")
    draft = load(space, "template: t.j2")
    assert draft.ledger is None
    assert [found.message for found in draft.findings if found.level is Level.NOTE and found.rule == "claims"]
    assert draft.threads[0].texts[0].startswith("The river is wide.")


def test_claims_off_traces_nothing_but_says_are_used(space: Workspace) -> None:
    (space.path / "campaigns/sample.claims.yaml").write_text(LEDGER, "utf-8")
    space.template("t.j2", "{{ sentences | join(' ') }}")
    draft = load(space, "template: t.j2", claims="off")
    assert draft.traces == {}
    assert "90 m" in draft.threads[0].texts[0]
    assert not errors(draft.findings)
