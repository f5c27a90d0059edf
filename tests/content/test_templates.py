"""The templates that ship: on the sample article, and on articles that they were not written for."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amplifier.content.lint import lint
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from amplifier.model import Thread

REPOSITORY = Path(__file__).parents[2]
NAMES = ("story", "facts", "quote", "call_to_action")
LINK = "https://example.org/stories/dmz-escape"

ARTICLES = {
    "one.txt": "No.",
    "tiny.txt": "A small town has one bridge. It was closed in 2019 and nobody has said when it will open again.\n",
    "paragraphs.txt": "One line here.\n\nAnother line there, and 2 more.\n\nA third line to end it all.\n",
    "markdown.md": """# The well that came back

The village of Sarn had **no water** for two summers. Then the well came back, and nobody could say why.

## What happened

In 2021 the pump ran dry. People walked 4 km to the river, twice a day.
The school closed at noon.

## What we found

A pipe upstream had been cut. An engineer found it in one afternoon; the council took eleven months to answer.

- The pipe was 30 years old.
- Nobody had a map of it.

## What now

Maps are cheap, thirst is not. Who keeps the map of your water?
""",
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


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    for path in (REPOSITORY / "templates").glob("*.j2"):
        shutil.copy(path, made.path / "templates")
    return made


def composed(space: Workspace, **keys: str) -> dict[str, Thread]:
    threads = space.compose(*(f"template: {name}.j2" for name in NAMES), networks=None, only=None, **keys)
    return {thread.id: thread for thread in threads}


@pytest.fixture
def sample(space: Workspace) -> dict[str, Thread]:
    space.article((REPOSITORY / "campaigns/articles/dmz-escape.txt").read_text("utf-8"))
    return composed(space, link=LINK, hashtags="[NorthKorea, HumanRights, DMZ]")


def test_each_template_says_in_a_comment_what_it_makes_uses_and_how_to_change_it() -> None:
    paths = sorted((REPOSITORY / "templates").glob("*.j2"))
    assert {path.stem for path in paths} >= set(NAMES)
    for path in paths:
        header = re.match(r"\{#(.+?)#\}", path.read_text("utf-8"), re.DOTALL)
        assert header
        assert header[1].strip().startswith(f"{path.stem}:")
        assert "Uses:" in header[1]
        assert "To change it:" in header[1]


def test_the_sample_threads_have_four_or_five_posts_with_the_hashtag_first_and_the_link_last(
    sample: dict[str, Thread],
) -> None:
    for thread in sample.values():
        texts = thread.texts
        assert len(texts) in {4, 5}
        assert texts[0].endswith("\n\n#NorthKorea")
        assert texts[-1].endswith(f":\n{LINK}\n\n#HumanRights #DMZ")
        assert "".join(texts).count(LINK) == 1
        assert "".join(texts).count("#NorthKorea") == 1


def test_every_sample_post_leaves_room_for_numbers_and_is_not_a_scrap(sample: dict[str, Thread]) -> None:
    for thread in sample.values():
        for post in thread.posts:
            assert 60 <= post.length <= 272


def test_the_sample_threads_have_no_findings(space: Workspace, sample: dict[str, Thread]) -> None:
    campaign = space.campaign("template: story.j2", hashtags="[NorthKorea, HumanRights, DMZ]")
    assert lint(list(sample.values()), campaign) == []
    assert [thread.findings for thread in sample.values()] == [()] * 4


def test_no_two_sample_threads_end_alike(sample: dict[str, Thread]) -> None:
    assert len({thread.texts[-1] for thread in sample.values()}) == 4


def test_the_sample_hooks_are_the_intended_ones(sample: dict[str, Thread]) -> None:
    hooks = {name: thread.texts[0].split("\n\n")[0] for name, thread in sample.items()}
    assert hooks == {
        "story": "Imagine running for your life across the world’s most militarized border, bullets flying.",
        "facts": "The DMZ is a 2.5-mile-wide no-man’s-land, packed with mines and snipers.",
        "quote": "“Oh ran through bullets; we can at least speak up.”",
        "call-to-action": "What does freedom mean to you?",
    }


@pytest.mark.parametrize("words", ("Oh Hyok-sung", "34-year-old", "3.5 million", "Usain Bolt", "33,000"))
def test_the_choice_of_sentences_passes_over_what_is_known_to_be_wrong(sample: dict[str, Thread], words: str) -> None:
    assert all(words not in text for thread in sample.values() for text in thread.texts)


@pytest.mark.parametrize("name", ARTICLES)
@pytest.mark.parametrize("link", (None, LINK))
def test_any_article_gives_threads_that_can_go_out(space: Workspace, name: str, link: str | None) -> None:
    """Composing also refuses equal posts and posts over the limit."""
    space.article(ARTICLES[name], name)
    keys = {"link": link} if link else {}
    threads = composed(space, article=name, language="ko" if name == "korean.txt" else "en", **keys)
    for thread in threads.values():
        assert 1 <= len(thread.posts) <= 6
        assert not any(text.endswith(":") for text in thread.texts)


def test_a_korean_article_gets_korean_words(space: Workspace) -> None:
    space.article(ARTICLES["korean.txt"])
    threads = composed(space, language="ko", hashtags="[자유]", link=LINK)
    for thread in threads.values():
        for text in thread.texts:
            assert not re.search("[A-Za-z]", text.replace(LINK, ""))
    assert threads["call-to-action"].texts[0].startswith("당신이라면 누구에게 편지를 쓰겠습니까?")
    assert len(threads["story"].posts) == 5


def test_the_posts_know_where_in_the_template_they_begin(sample: dict[str, Thread]) -> None:
    lines = (REPOSITORY / "templates/story.j2").read_text("utf-8").split("\n")
    last = sample["story"].posts[-1].origin
    assert last.path == "templates/story.j2"
    assert "A story stays when numbers fade." in lines[last.line - 1 :][:8]
