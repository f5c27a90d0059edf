"""The templates that ship: on the shipped campaign, and on articles that they were not written for."""

from __future__ import annotations

import json
import re
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amplifier.content.claims.find import find
from amplifier.content.claims.model import GATES, Basis
from amplifier.content.claims.scan import scan
from amplifier.content.draft import Draft, load_draft
from amplifier.content.text.length import measure
from amplifier.content.text.sentences import sentence_spans
from amplifier.model import Level, errors
from amplifier.networks.limits import limits_of
from amplifier.workspace import init_workspace
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from amplifier.model import Thread

REPOSITORY = Path(__file__).parents[2]
NAMES = ("story", "timeline", "qa", "facts", "quote", "call_to_action")
LINK = "https://example.org/stories/dmz-escape"
FEW = ("one.txt", "markdown.md", "korean.txt", "shifts.txt")
"""Articles that every run tries; the others are slow proofs."""
NETWORKS = {"main": "x", "sky": "bluesky", "masto": "mastodon"}
TAGS = "#HumanRights #DMZ"

ARTICLES = {
    "one.txt": "No.",
    "tiny.txt": "A small town has one bridge. It was closed in 2019 and nobody has said when it will open again.\n",
    "paragraphs.txt": "One line here.\n\nAnother line there, and 2 more.\n\nA third line to end it all.\n",
    "block.txt": " ".join(f"Day {n} was cold, and we went on." if n % 3 else "Nobody spoke." for n in range(1, 14)),
    "plain.txt": """Bread

The baker rises before the town does. Nobody thanks her for it; nobody thinks of it at all. The oven is old.

The flour comes by boat when the sea is calm, and when it is not, the town eats potatoes and talks of the weather.

Her daughter wants to leave. Her son wants to stay, but he cannot bake. Who will light the oven when she is gone?

The town will find out what a loaf is worth on the morning when there is none.
""",
    "dated.txt": """The last ferry

A bridge was built, and a way of life went under it.

The gulls
An old rope hangs at the pier. In March 2004 the last ferry left the harbour. Nobody waved. Then the ropes were cut.

The harbour
The harbour lies empty in winter. On 3 May 2004 the bridge was opened. The mayor spoke, and it rained.

The count
Since the first bell, 12,450 ferries had crossed by 2004. No bell rings now, but the gulls still come at noon.
""",
    "chronicle.txt": "The strike\n\nIt began with bread.\n\n"
    + "\n\n".join(f"On {n} May 1931 the miners of pit {n} went home. The bell was rung." for n in range(1, 9)),
    "interview.txt": """The island kitchen

Ines cooked on an island for a summer. Few letters came.

What did you find on the island?
Three pots and a goat.

Who wrote the first letter home?
“My sister did,” Ines says, “in pencil.” It took a month to arrive.

She closes the lid of the pot. The goat waits at the door. Rain sets in, and nobody minds.

The lamp is lit.
""",
    "questions.txt": "Who?\n\nWhy did it happen?\n\nWhat now, and who will pay for it?\n\nWhen?\n",
    "markdown.md": """# The well that came back

The village of Sarn had **no water** for two summers. Then the well came back, and nobody could say why.

## What happened

In 2021 the pump ran dry. People walked 4 km to the river, twice a day.
The school closed at noon.

## What we found

A pipe upstream had been cut. An engineer found it in one afternoon; the council took eleven months to answer.

- The pipe was 30 years old.
- Nobody had a map of it.

## Pictures

## What now

Maps are cheap, thirst is not. Who keeps the map of your water?
""",
    # each sentence but the short ones is longer than a post: templates that take it make the same pieces of it
    "shifts.txt": "\n\n".join(
        f"{head} The men of shift {n} bore {', '.join(f'load {k} of {n + k} loads' for k in range(1, 16))}. It rained."
        for n, head in enumerate(("Dawn.", "Noon came.", "It was dusk.", "At night all slept."), 2)
    ),
    "korean.txt": """바다를 건넌 편지
어머니는 매년 봄이 되면 편지를 썼다. 보낼 주소는 없었다. 편지는 서랍 속에 쌓여 갔다.

첫 번째 편지
1998년 3월, 어머니는 첫 편지를 썼다. 형은 그해 겨울에 강을 건넜다. 그 뒤로 소식이 끊겼다.

서랍 속의 스무 해
편지는 모두 21통이 되었다. 아무도 읽지 않았지만 어머니는 멈추지 않았다. 글씨는 해마다 조금씩 흔들렸다.

다시 만난 목소리
2019년 여름, 전화가 한 통 걸려 왔다. 형의 목소리였다. 어머니는 한참 동안 아무 말도 하지 못했다.

우리에게 남은 질문
헤어진 가족은 지금도 서로의 생사를 모른다. 당신이라면 누구에게 편지를 쓰겠습니까?
""",
    "long.txt": "\n\n".join(
        f"Chapter {n} opens with {' '.join(f'clause {n}.{part}, long and winding,' for part in range(n))} and stops."
        f" It has {n} ends; all are loose."
        for n in range(1, 30)
    ),
}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace(tmp_path_factory.mktemp("any"))
    for path in (REPOSITORY / "templates").glob("*.j2"):
        shutil.copy(path, made.path / "templates")
    return made


@cache  # several tests look at the same threads
def composed(space: Workspace, name: str, link: str | None) -> tuple[Thread, ...]:
    """All templates on one article, on every network. Composing refuses equal posts and posts over the limit."""
    space.article(ARTICLES[name], name)
    keys = {"link": link} if link else {}
    language = "ko" if name == "korean.txt" else "en"
    tags = "[자유, 편지]" if language == "ko" else "[Freedom, Letters]"
    accounts = f"[{', '.join(NETWORKS)}]"
    entries = [f"template: {template}.j2" for template in NAMES]
    return space.compose(
        *entries, networks=NETWORKS, article=name, language=language, hashtags=tags, accounts=accounts, **keys
    )


def said(text: str, language: str) -> list[str]:
    """The sentences of a post, without hashtags, links and enumerators."""
    lines = [re.sub(r"^(?:\d\. |– )", "", line) for line in text.split("\n") if not re.match("#|https:", line)]
    return [line[start:end] for line in lines for start, end in sentence_spans(line, language)]


@pytest.fixture(scope="module")
def shipped_space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return init_workspace(tmp_path_factory.mktemp("shipped") / "workspace").root


@pytest.fixture(scope="module")
def draft(shipped_space: Path) -> Draft:
    """The shipped campaign with its ledger, in a new workspace."""
    return load_draft(shipped_space / "campaigns/dmz-escape.yaml", shipped_space, lambda _: "x")


@pytest.fixture(scope="module")
def shipped(draft: Draft) -> dict[str, Thread]:
    return {thread.id: thread for thread in draft.threads}


def test_each_template_says_in_a_comment_what_it_makes_uses_and_how_to_change_it() -> None:
    paths = sorted((REPOSITORY / "templates").glob("*.j2"))
    assert {path.stem for path in paths} == set(NAMES)
    for path in paths:
        header = re.match(r"\{#(.+?)#\}", path.read_text("utf-8"), re.DOTALL)
        assert header
        assert header[1].strip().startswith(f"{path.stem}:")
        assert "Uses:" in header[1]
        assert "To change it:" in header[1]


# ---------------------------------------------------------------- the shipped campaign


def test_the_shipped_campaign_uses_every_template_and_a_thread_written_by_hand(shipped: dict[str, Thread]) -> None:
    assert list(shipped) == ["story", "timeline", "qa", "facts", "day", "quote", "act"]
    assert {thread.entry.template for thread in shipped.values()} == {None, *(f"{name}.j2" for name in NAMES)}


def test_the_shipped_threads_have_four_or_five_posts_with_the_hashtag_first_and_the_link_last(
    shipped: dict[str, Thread],
) -> None:
    for thread in shipped.values():
        texts = thread.texts
        assert len(texts) in {4, 5}
        assert texts[0].endswith("\n\n#NorthKorea")
        assert texts[-1].endswith(f":\n{LINK}\n\n{TAGS}")
        assert "".join(texts).count(LINK) == 1
        assert "".join(texts).count("#NorthKorea") == 1


def test_every_shipped_post_leaves_room_for_numbers_and_is_not_a_scrap(shipped: dict[str, Thread]) -> None:
    for thread in shipped.values():
        for post in thread.posts:
            assert 60 <= post.length <= 272


def test_no_sentence_stands_in_two_shipped_posts(shipped: dict[str, Thread]) -> None:
    """Nor in one of the first posts that chance did not choose."""
    texts = [text for thread in shipped.values() for text in thread.texts]
    texts += [
        hook for thread in shipped.values() for hook in thread.entry.hooks if not thread.texts[0].startswith(hook)
    ]
    sentences = [sentence for text in texts for sentence in said(text, "en")]
    assert sorted(set(sentences)) == sorted(sentences)


def test_the_shipped_first_posts_are_the_intended_ones(shipped: dict[str, Thread]) -> None:
    hooks = {name: thread.texts[0].split("\n\n")[0] for name, thread in shipped.items()}
    assert hooks.pop("qa") in shipped["qa"].entry.hooks
    assert hooks == {
        "story": "Imagine running for your life across a border while your own side shoots at you.",
        "timeline": "The DMZ between the Koreas is a no-man’s-land 2.5 miles (4 km) wide, and mined.",
        "facts": "Oh Chong-song, a soldier, got out of North Korea in 2017. By the estimate of a UN inquiry of 2014, "
        "between 80,000 and 120,000 people were held in its prison camps.",
        "day": "13 November 2017 was a Monday. For Oh Chong-song, a soldier from North Korea, it became the day he "
        "got out.",
        "quote": "A soldier ran through bullets; we can at least speak up.",
        "act": "What does freedom mean to you?",
    }


def test_a_shipped_story_names_the_soldier_as_the_sources_do(shipped: dict[str, Thread]) -> None:
    assert shipped["story"].texts[1].startswith("Oh Chong-song was 24 years old, ")


def test_each_shipped_thread_names_him_in_its_first_or_second_post(shipped: dict[str, Thread]) -> None:
    for thread in shipped.values():
        assert "Oh Chong-song" in "".join(thread.texts[:2])
        assert not re.search(r"\bOh\b(?! Chong-song)", "".join(thread.texts))


def test_the_shipped_timeline_goes_from_the_jeep_to_the_doctors(shipped: dict[str, Thread]) -> None:
    steps = shipped["timeline"].texts[1:-1]
    told = "\n".join(steps)
    places = [told.index(words) for words in ("November 2017", "jeep", "ran", "shots", "dragging", "Doctors")]
    assert places == sorted(places)
    assert [step[:3] for step in steps] == ["1. ", "2. ", "3. "]


def test_the_shipped_answers_fit_their_questions(shipped: dict[str, Thread]) -> None:
    answers = dict(text.split("\n\n", 1) for text in shipped["qa"].texts[1:-1])
    assert answers["What should one know first?"].startswith("Oh Chong-song, ")
    assert ", but " in answers["Is it as simple as that?"]


def test_no_shipped_thread_puts_quotation_marks_around_words_that_nobody_said(shipped: dict[str, Thread]) -> None:
    assert not any(re.search('[“”"„«]', text) for thread in shipped.values() for text in thread.texts)


@pytest.mark.parametrize(
    "words",
    (
        "Hyok-sung", "34-year", "most militarized", "dissent means death", "UN estimates", "3.5 million died", "stole",
        "movie", "snipers", "150 yards", "CNN", "1953", "33,000", "NK News", "families", "HRW", "jails", "Usain Bolt",
    ),
)  # fmt: skip
def test_no_shipped_post_says_what_is_known_to_be_wrong_or_doubtful(shipped: dict[str, Thread], words: str) -> None:
    assert all(words not in text for thread in shipped.values() for text in thread.texts)


def test_nothing_stops_the_shipped_campaign_and_only_claims_want_a_second_look(draft: Draft) -> None:
    assert errors(draft.findings) == []
    warnings = [finding for finding in draft.findings if finding.level is Level.WARNING]
    assert [finding for finding in warnings if finding.rule != "claims" and "checked_by" not in finding.message] == []


def test_every_shipped_sentence_rests_on_the_article_a_say_or_a_wording_or_is_voice(draft: Draft) -> None:
    rests = {
        sentence.text: (thread, sentence.basis) for (thread, *_), traced in draft.traces.items() for sentence in traced
    }
    assert {text for text, (_, basis) in rests.items() if basis is Basis.NOTHING} == set()
    assert {thread for thread, basis in rests.values() if basis in {Basis.UNSIGNED, Basis.WORDING}} == {"day"}


def test_every_doubt_about_what_the_shipped_posts_say_is_answered_by_a_say(draft: Draft) -> None:
    doubted = [one for traced in draft.traces.values() for one in traced if {c.status for c in one.claims} & GATES]
    assert {claim.id for one in doubted for claim in one.claims} >= {"C04", "C05", "C07", "C08", "C10", "C23", "C28"}
    assert all(one.settled for one in doubted)


def test_as_written_the_gate_stops_name_age_and_the_source_of_the_famine_figure(shipped_space: Path) -> None:
    """What the ledger's words to use instead are there for: without them the same templates are stopped."""
    bare = shipped_space.parent / "bare"
    shutil.copytree(shipped_space, bare)
    path = bare / "campaigns/dmz-escape.claims.yaml"
    path.write_text(re.sub(r"\n    say: [^\n]+", "", path.read_text("utf-8")), "utf-8")
    stopped = errors(load_draft(bare / "campaigns/dmz-escape.yaml", bare, lambda _: "x").findings)
    told = " ".join(finding.message for finding in stopped)
    assert {finding.rule for finding in stopped} == {"claims"}
    assert "Oh Hyok-sung" in told
    assert "34-year-old" in told
    assert "per UN estimates" in told


# ---------------------------------------------------------------- the shipped ledger


def test_the_shipped_ledger_is_signed_by_nobody_and_names_no_link(draft: Draft) -> None:
    assert draft.ledger
    signed = {(claim.source.link, claim.checked_by, claim.checked_on, claim.because) for claim in draft.ledger.claims}
    assert signed == {("", "", "", "")}
    assert {wording.approved_by for wording in draft.ledger.wordings} == {""}


def test_the_shipped_ledger_stands_on_the_article_and_another_scan_changes_nothing(draft: Draft) -> None:
    assert draft.ledger
    assert all(passage.start is not None for passage in draft.ledger.passages)
    assert scan(draft.article, "en", draft.ledger, draft.campaign.hashtags) == draft.ledger


def test_the_shipped_ledger_has_the_claims_and_statuses_of_the_evidence(draft: Draft) -> None:
    seed = REPOSITORY.parent / "shared/claims_seed.json"
    if not seed.exists():
        pytest.skip("the evidence that the ledger was filled from is not part of the repository")
    assert draft.ledger
    stand = {claim.id: claim.status.value for claim in draft.ledger.claims}
    for claim in json.loads(seed.read_text("utf-8")):
        assert stand.pop(claim["id"]) == claim["status"]
    assert set(stand.values()) == {"unverified"}


def test_the_words_to_use_instead_are_no_longer_than_a_post_holds(draft: Draft) -> None:
    assert draft.ledger
    assert max(measure(passage.say, "weighted") for passage in draft.ledger.passages) <= 200


# ---------------------------------------------------------------- any article


@pytest.mark.parametrize(
    ("name", "link"),
    (
        *(pytest.param(name, LINK, marks=() if name in FEW else pytest.mark.slow) for name in ARTICLES),
        ("one.txt", None),
        *(pytest.param(name, None, marks=pytest.mark.slow) for name in ("plain.txt", "korean.txt")),
    ),
)
def test_any_article_gives_threads_that_can_go_out(space: Workspace, name: str, link: str | None) -> None:
    threads = composed(space, name, link)
    assert len(threads) == len(NAMES) * len(NETWORKS)
    first, second = ("#자유", "#편지") if name == "korean.txt" else ("#Freedom", "#Letters")
    for thread in threads:
        assert 2 <= len(thread.posts) <= 7, thread.id
        limits = limits_of(thread.network)
        assert all(measure(text, limits.count) <= limits.length for text in thread.texts)
        assert thread.texts[0].endswith(f"\n\n{first}")
        assert thread.texts[-1].endswith(f"\n\n{second}")
        joined = "\n".join(thread.texts)
        assert (joined.count(first), joined.count(second)) == (1, 1)
        assert joined.count(LINK) == bool(link)
        assert not link or f":\n{LINK}\n" in thread.texts[-1]
        assert not any(re.search(r":\s*(?:#|$)", text) for text in thread.texts)


@pytest.mark.parametrize(
    "name", tuple(pytest.param(name, marks=() if name in FEW else pytest.mark.slow) for name in ARTICLES)
)
def test_no_two_threads_of_an_article_begin_or_end_alike(space: Workspace, name: str) -> None:
    threads = [thread for thread in composed(space, name, LINK) if thread.network == "x"]
    assert len({thread.texts[0] for thread in threads}) == len(NAMES)
    assert len({thread.texts[-1] for thread in threads}) == len(NAMES)


@pytest.mark.parametrize("name", ("one.txt", "markdown.md", "korean.txt"))
def test_what_a_template_says_itself_asserts_nothing_that_can_be_checked(space: Workspace, name: str) -> None:
    """No number, name, date, quotation or attribution: so that no sentence of a template ever needs an approval."""
    language = "ko" if name == "korean.txt" else "en"
    voices = {
        sentence
        for thread in composed(space, name, LINK)
        for text in thread.texts
        for sentence in said(text, language)
        if sentence.strip("“”") not in ARTICLES[name].replace("**", "")
    }
    assert len(voices) >= 2 * len(NAMES)
    assert {sentence: found for sentence in voices if (found := find(sentence, language))} == {}


def test_a_korean_article_gets_korean_words(space: Workspace) -> None:
    threads = composed(space, "korean.txt", LINK)
    for thread in threads:
        for text in thread.texts:
            assert not re.search("[A-Za-z]", text.replace(LINK, ""))
    begun = {thread.id: thread.texts[0] for thread in threads}
    assert begun["call-to-action"].startswith("당신이라면 누구에게 편지를 쓰겠습니까?")


def one_thread(space: Workspace, article: str, name: str) -> Thread:
    return next(thread for thread in composed(space, article, None) if (thread.id, thread.network) == (name, "x"))


def test_an_article_without_figures_gives_facts_in_words(space: Workspace) -> None:
    facts = one_thread(space, "plain.txt", "facts")
    assert len(facts.posts) == 4
    assert all(finding.level is Level.NOTE for finding in facts.findings)
    assert "figure" not in "".join(facts.texts)
    assert facts.texts[-1].startswith("Behind every short sentence is a longer story.")


def test_facts_put_the_sentence_with_the_most_digits_first_then_follow_the_article(space: Workspace) -> None:
    texts = one_thread(space, "dated.txt", "facts").texts
    assert texts[0].startswith("Since the first bell, 12,450 ferries")
    assert texts[1].endswith("In March 2004 the last ferry left the harbour.")
    assert texts[-1].startswith("Behind every figure is a person.")


def test_a_timeline_tells_from_the_first_date_on_and_keeps_the_order(space: Workspace) -> None:
    texts = one_thread(space, "dated.txt", "timeline").texts
    assert texts[0].startswith("The harbour lies empty in winter.\n\nThis is how it went")
    assert texts[1].startswith(
        "1. In March 2004 the last ferry left the harbour. Nobody waved. Then the ropes were cut."
    )
    assert "An old rope" not in "".join(texts)


def test_a_timeline_of_many_dates_keeps_to_them(space: Workspace) -> None:
    texts = one_thread(space, "chronicle.txt", "timeline").texts
    assert [text.split("\n")[0] for text in texts[1:-1]] == [
        f"{n - 2}. On {n} May 1931 the miners of pit {n} went home." for n in (3, 4, 5)
    ]


def test_a_timeline_without_dates_promises_no_order_of_events(space: Workspace) -> None:
    texts = one_thread(space, "plain.txt", "timeline").texts
    assert "No hurry here: one thing at a time." in texts[0]
    assert "how it went" not in "".join(texts)


def test_an_article_that_asks_and_answers_is_taken_at_its_word(space: Workspace) -> None:
    texts = one_thread(space, "interview.txt", "qa").texts
    assert texts[1:-1] == (
        "– What did you find on the island?\n– Three pots and a goat.",
        "– Who wrote the first letter home?\n– “My sister did,” Ines says, “in pencil.”",
    )


def test_questions_of_ours_have_answers_without_figures(space: Workspace) -> None:
    texts = one_thread(space, "plain.txt", "qa").texts
    assert texts[1].startswith("What should one know first?\n\n")
    assert len(texts) > 2
    assert "Short answers" not in "".join(one_thread(space, "questions.txt", "qa").texts)


def test_a_real_quotation_is_taken_with_its_speaker_and_no_marks_are_added(space: Workspace) -> None:
    assert one_thread(space, "interview.txt", "quote").texts[0].startswith("“My sister did,” Ines says, “in pencil.”")
    for name in ("plain.txt", "markdown.md", "long.txt"):
        assert not re.search("[“”]", "".join(one_thread(space, name, "quote").texts))


def test_a_quoted_line_stands_between_what_comes_before_and_after_it(space: Workspace) -> None:
    texts = one_thread(space, "plain.txt", "quote").texts
    assert texts[0].startswith("Nobody thanks her for it; nobody thinks of it at all.")
    assert texts[1] == "Where it comes from:\n\nThe baker rises before the town does."
    assert not any(text.startswith("Where it leads:") and "baker" in text for text in texts)


def test_only_a_question_that_ends_the_article_is_asked_of_readers(space: Workspace) -> None:
    assert one_thread(space, "interview.txt", "call-to-action").texts[0].startswith("What do you make of this?")
    assert one_thread(space, "markdown.md", "call-to-action").texts[0].startswith("Who keeps the map of your water?")


def test_the_posts_know_where_in_the_template_they_begin(shipped: dict[str, Thread]) -> None:
    lines = (REPOSITORY / "templates/story.j2").read_text("utf-8").split("\n")
    last = shipped["story"].posts[-1].origin
    assert last.path == "templates/story.j2"
    assert "The story does not end here." in lines[last.line - 1 :][:8]
