from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from amplifier.content.save import hand_written
from amplifier.errors import FileError, UsageError
from amplifier.model import Place
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.model import Thread

LINK = "https://example.org/story"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def mistakes(caught: pytest.ExceptionInfo[FileError]) -> list[str]:
    return [str(finding) for finding in caught.value.findings]


def test_a_thread_is_composed_from_article_template_and_account(space: Workspace) -> None:
    space.template("t.j2", "{{ paragraphs[0] }}\n---\n{{ sections[1].sentences | first }}\n")
    (thread,) = space.compose("template: t.j2", link=LINK)
    assert (thread.campaign, thread.id, thread.account, thread.network) == ("sample", "t", "main", "x")
    assert thread.texts == (
        "The river is wide. Nobody swims it.\n\n#One",
        f"She crossed it at night, in 1998.\n\n{LINK}\n\n#Two",
    )
    assert [post.k for post in thread.posts] == [1, 2]
    assert [post.length for post in thread.posts] == [41, 33 + 2 + 23 + 2 + 4]
    assert {post.limit for post in thread.posts} == {280}
    assert [post.origin for post in thread.posts] == [Place("templates/t.j2", 1), Place("templates/t.j2", 3)]


def test_every_documented_value_reaches_the_template(space: Workspace) -> None:
    space.template(
        "t.j2",
        "{{ title }} {{ link }} {{ hashtags | join }} {{ paragraphs | length }} {{ sentences | length }} "
        "{{ sections[1].heading }} {{ campaign }} {{ language }} {{ account }} {{ network }}",
    )
    keys = {"title": "A title", "accounts": "[other]", "hashtags": "[One]", "link": "https://example.org/a"}
    (thread,) = space.compose("template: t.j2", networks={"other": "bluesky"}, **keys)
    expected = "A title https://example.org/a One 2 5 The crossing sample en other bluesky\n\n#One"
    assert thread.texts == (expected,)


def test_values_that_a_campaign_lacks_are_empty_texts(space: Workspace) -> None:
    space.template("t.j2", "[{{ title }}{{ link }}{{ sections[0].heading }}] {{ hashtags | length }}")
    assert space.compose("template: t.j2", hashtags="[]")[0].texts == ("[] 0",)


def test_there_is_one_thread_for_each_entry_and_account_in_their_order(space: Workspace) -> None:
    space.template("a.j2", "A {{ account }}")
    space.template("b.j2", "B {{ account }}")
    threads = space.compose("template: b.j2", "template: a.j2", accounts="[two, one]", networks={"one": "mastodon"})
    assert [(thread.id, thread.account, thread.network) for thread in threads] == [
        ("b", "two", "x"),
        ("b", "one", "mastodon"),
        ("a", "two", "x"),
        ("a", "one", "mastodon"),
    ]
    assert [thread.posts[0].limit for thread in threads] == [280, 500, 280, 500]


def test_only_one_thread_is_composed_when_it_is_named(space: Workspace) -> None:
    space.template("a.j2", "A")
    space.template("broken.j2", "{{ nothing }}")
    assert [thread.id for thread in space.compose("template: broken.j2", "template: a.j2", only="a")] == ["a"]


def test_an_unknown_thread_names_the_known_ones(space: Workspace) -> None:
    space.template("story.j2", "A")
    with pytest.raises(UsageError, match="has no thread stroy") as caught:
        space.compose("template: story.j2", only="stroy")
    assert caught.value.hint == "did you mean story? the threads are story"


def test_a_thread_written_by_hand_is_literal(space: Workspace) -> None:
    space.text("day.md", "One {{ title }} {% for %}\n---\nTwo\n\\---\nstill two\n")
    (thread,) = space.compose("text: day.md, id: day", hashtags="[]")
    assert thread.texts == ("One {{ title }} {% for %}", "Two\n---\nstill two")
    assert [post.origin for post in thread.posts] == [Place("campaigns/day.md", 1), Place("campaigns/day.md", 3)]


@pytest.mark.parametrize("numbering", ("true", "false"))
def test_a_saved_thread_composes_to_the_same_posts(space: Workspace, numbering: str) -> None:
    space.template("t.j2", "{{ paragraphs[0] }}\n---\n—\n\\---\nMiddle 1/3\n---\n{{ paragraphs[1] }}:\n")
    (thread,) = space.compose("template: t.j2", link=LINK, numbering=numbering)
    space.text("t.md", hand_written(thread, numbering=numbering == "true"))
    (again,) = space.compose("text: t.md, id: t", link=LINK, numbering=numbering)
    assert again.texts == thread.texts


def test_the_links_of_a_campaign_that_asks_for_it_say_which_post_they_stand_in(space: Workspace) -> None:
    space.text("day.md", "Start at https://example.org/start#top.\n---\nSee https://other.org/a and end:")
    one, two = space.compose(
        "text: day.md", link=LINK, utm="true", accounts="[main, far]", networks={"far": "mastodon"}, hashtags="[]"
    )
    assert one.texts == (
        "Start at https://example.org/start?utm_source=x&utm_campaign=sample&utm_content=day-1#top.",
        f"See https://other.org/a and end:\n{LINK}?utm_source=x&utm_campaign=sample&utm_content=day-2",
    )
    assert two.texts == tuple(text.replace("utm_source=x", "utm_source=mastodon") for text in one.texts)
    plain, _ = space.compose("text: day.md", link=LINK, accounts="[main, far]", hashtags="[]")
    assert [post.length for post in plain.posts] == [post.length for post in one.posts]
    assert not any("utm" in text for text in plain.texts)


def test_without_a_link_of_the_campaign_no_site_is_its_own(space: Workspace) -> None:
    space.text("day.md", "Start at https://example.org/start.")
    (thread,) = space.compose("text: day.md", utm="true", hashtags="[]")
    assert thread.texts == ("Start at https://example.org/start.",)


def test_an_answer_is_tagged_as_what_it_is(space: Workspace) -> None:
    space.text("fix.md", "It was ten: https://example.org/a")
    (thread,) = space.compose("text: fix.md, reply_to: sample/day/main/1", link=LINK, utm="true")
    assert thread.texts == ("It was ten: https://example.org/a?utm_source=x&utm_campaign=sample&utm_content=fix-1",)


@pytest.mark.parametrize("numbering", ("true", "false"))
def test_a_saved_thread_has_no_tags_and_gets_those_of_its_posts_again(space: Workspace, numbering: str) -> None:
    space.template("t.j2", "Read {{ link }} now.\n---\nThen https://example.org/b?c=d#e\n---\n{{ paragraphs[1] }}")

    def composed(thread: str) -> Thread:
        return space.compose(thread, link=LINK, utm="true", numbering=numbering)[0]

    thread = composed("template: t.j2")
    saved = hand_written(thread, numbering=numbering == "true", utm=True)
    assert "utm" not in saved
    space.text("t.md", saved)
    assert composed("text: t.md, id: t").texts == thread.texts
    space.text("t.md", f"A post more.\n---\n{saved}")
    assert "utm_content=t-2 now" in composed("text: t.md, id: t").texts[1]


def test_a_link_copied_from_a_post_with_its_tag_is_the_campaigns_link(space: Workspace) -> None:
    copied = f"{LINK}?utm_source=x&utm_campaign=other&utm_content=day-1"
    space.text("t.md", f"Read {copied}")
    assert space.compose("text: t.md", link=LINK, utm="true", hashtags="[]")[0].texts == (f"Read {copied}",)


def test_posts_that_differ_in_their_tags_alone_are_equal(space: Workspace) -> None:
    space.text("t.md", f"Read it: {LINK}\n---\nMiddle.\n---\nRead it: {LINK}")
    with pytest.raises(FileError) as caught:
        space.compose("text: t.md", link=LINK, utm="true", hashtags="[]")
    assert "post t 3: equals post t 1 (campaigns/t.md:1) on the account main" in mistakes(caught)[0]


def test_texts_are_normalized_and_links_encoded(space: Workspace) -> None:
    space.text("t.md", "Cafe\u0301 https://example.com/기사?id=1 end")
    (thread,) = space.compose("text: t.md", hashtags="[]")
    assert thread.texts == ("Caf\u00e9 https://example.com/%EA%B8%B0%EC%82%AC?id=1 end",)
    assert thread.posts[0].length == 4 + 1 + 23 + 4


def test_a_long_text_is_split_at_sentences_and_keeps_its_origin(space: Workspace) -> None:
    sentence = "This is a sentence of some length that says little but fills a line."
    space.text("t.md", "Start.\n---\n" + " ".join([sentence] * 3 + ["Another one."] * 6))
    (thread,) = space.compose("text: t.md")
    assert [post.origin.line for post in thread.posts] == [1, 3, 3]
    assert all(post.length <= 280 for post in thread.posts)
    assert all(post.text.split("\n\n")[0].endswith(".") for post in thread.posts)


def test_a_post_is_written_for_some_networks_only(space: Workspace) -> None:
    space.template("t.j2", 'One.\n{% on "mastodon" %}\n---\nTwo.\n{% endon %}\n---\nThree.')
    threads = space.compose("template: t.j2", accounts="[one, two]", networks={"two": "mastodon"}, hashtags="[]")
    assert [thread.texts for thread in threads] == [("One.", "Three."), ("One.", "Two.", "Three.")]
    assert [post.origin.line for post in threads[1].posts] == [1, 4, 7]


def test_what_a_template_picked_is_noted_at_its_post(space: Workspace) -> None:
    space.template("t.j2", "Start.\n---\n{{ sections[1] | pick(1) | first | upper }}")
    (thread,) = space.compose("template: t.j2")
    (note,) = thread.findings
    assert str(note).startswith("templates/t.j2:3: note: post t 2: “She crossed it at night, in 1998.” was picked by")


def test_what_was_picked_for_one_thread_is_not_noted_at_another(space: Workspace) -> None:
    space.template("a.j2", "{{ sections[1] | pick(1) | first }}")
    space.template("b.j2", "{{ sections[1].sentences[0] }} B.")
    first, second = space.compose("template: a.j2", "template: b.j2")
    assert len(first.findings) == 1
    assert second.findings == ()


# ---------------------------------------------------------------- what goes wrong


def test_all_mistakes_of_all_threads_are_told_at_once(space: Workspace) -> None:
    space.template("a.j2", "ok\n{{ nothing }}")
    space.template("b.j2", "{% if %}")
    space.template("c.j2", "{# only a comment #}")
    space.text("d.md", "fine\x01")
    with pytest.raises(FileError, match=r"the threads of campaigns/sample.yaml have 4 mistakes") as caught:
        space.compose("template: a.j2", "template: b.j2", "template: c.j2", "text: d.md", accounts="[one, two]")
    told = mistakes(caught)
    places = ("templates/a.j2:2: ", "templates/b.j2:1: ", "templates/c.j2: ", "campaigns/d.md:1:5: ")
    assert [line.startswith(place) for line, place in zip(told, places, strict=True)] == [True] * 4
    assert "makes no post" in told[2]


def test_a_text_that_cannot_be_split_is_an_error_at_its_place(space: Workspace) -> None:
    space.text("t.md", f"Fine.\n---\n#{'a' * 300}")
    with pytest.raises(FileError) as caught:
        space.compose("text: t.md")
    (only,) = mistakes(caught)
    assert only.startswith("campaigns/t.md:3: error: post t 2: is 306 long, 26 over the limit, and cannot be split")
    assert only.endswith(f"; beyond the limit: “{'a' * 21} #Two”")


def test_an_own_hashtag_is_kept_apart_from_a_korean_particle(space: Workspace) -> None:
    space.text("t.md", "#북한은 멀다. #인권의 날.")
    (thread,) = space.compose("text: t.md", hashtags="[북한]")
    assert thread.texts == ("#북한 은 멀다. #인권의 날.",)


def test_hashtags_that_leave_no_room_are_an_error(space: Workspace) -> None:
    tags = ", ".join(letter * 70 for letter in "abcdef")
    space.text("t.md", "Fine.\n---\nEnd.")
    with pytest.raises(FileError, match="mistake"):
        space.compose("text: t.md", hashtags=f"[{tags}]")


def test_more_than_25_posts_are_an_error(space: Workspace) -> None:
    space.text("t.md", "\n---\n".join(f"Post number {number}." for number in range(26)))
    with pytest.raises(FileError) as caught:
        space.compose("text: t.md")
    assert "the thread t has 26 posts; 25 are the most" in mistakes(caught)[0]
    space.text("t.md", "\n---\n".join(f"Post number {number}." for number in range(25)))
    assert len(space.compose("text: t.md")[0].posts) == 25


def test_a_book_in_one_post_is_refused_before_it_is_split(space: Workspace) -> None:
    space.text("t.md", "x" * 400_000)
    with pytest.raises(FileError) as caught:
        space.compose("text: t.md")
    assert "a post of 400000 characters is more than 25 posts can hold" in mistakes(caught)[0]


def test_two_equal_posts_on_one_account_are_an_error_that_shows_both(space: Workspace) -> None:
    space.text("a.md", "Start a.\n---\nRead it  and share.\n---\nEnd a.")
    space.text("b.md", "Start b.\n---\nRead it and Share.\n---\nEnd b.")
    with pytest.raises(FileError) as caught:
        space.compose("text: a.md", "text: b.md")
    (only,) = mistakes(caught)
    assert only.startswith("campaigns/b.md:3: error: post b 2: equals post a 2 (campaigns/a.md:3) on the account main")
    assert "“Read it and Share.”" in only


def test_equal_posts_on_two_accounts_are_left_to_the_linter(space: Workspace) -> None:
    space.text("a.md", "Start.\n---\nEnd.")
    assert len(space.compose("text: a.md", accounts="[one, two]")) == 2


@pytest.mark.parametrize("line", ("—", "***", "___", "--", "-----", "* * *", "–"))
def test_a_line_that_looks_like_a_break_gets_a_hint(space: Workspace, line: str) -> None:
    space.text("t.md", f"One.\n---\nTwo.\n{line}\nThree.")
    (thread,) = space.compose("text: t.md")
    (hint,) = thread.findings
    assert str(hint).startswith(f"campaigns/t.md:3: note: the line {line} stands in the post as text")


def test_dashes_inside_a_line_get_no_hint(space: Workspace) -> None:
    space.text("t.md", "One — two *** three\n\n- a list\n* another")
    assert space.compose("text: t.md")[0].findings == ()


def test_an_answer_is_composed_for_the_account_that_it_answers_and_nothing_is_added_to_it(space: Workspace) -> None:
    space.text("t.md", "We erred.\n---\nIt was so.")
    whole, *others = space.compose(
        "text: t.md, reply_to: sample/story/two/1", accounts="[one, two]", link="https://a.example/b", numbering="true"
    )
    assert others == []
    assert (whole.account, whole.texts) == ("two", ("We erred. 1/2", "It was so. 2/2"))
