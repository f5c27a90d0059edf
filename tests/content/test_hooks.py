from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from amplifier.content.hooks import choose_hook
from amplifier.content.lint import lint
from amplifier.content.save import hand_written
from amplifier.errors import FileError
from amplifier.model import Level, Place
from tests.support.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from amplifier.model import Finding, Thread

TWO = "hooks: [Would you run?, Nobody swims it.]"
ACCOUNTS = ("main", "other", "third", "fourth")


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.template("t.j2", "The template's own.\n---\nSecond.\n---\nThird.")
    return made


def mistakes(space: Workspace, thread: str, numbering: str = "false", accounts: str = "[main]") -> list[str]:
    with pytest.raises(FileError) as caught:
        space.compose(thread, numbering=numbering, accounts=accounts)
    return [str(finding) for finding in caught.value.findings]


def by_hook(space: Workspace, thread: str = "template: t.j2") -> dict[int, Thread]:
    """Threads that are equal but for the account, by the hook they got."""
    threads = space.compose(f"{thread}, {TWO}", accounts=f"[{', '.join(ACCOUNTS)}]")
    found = {thread.hook: thread for thread in threads if thread.hook}
    assert set(found) == {1, 2}, "these accounts are chosen so that chance gives both"
    return found


# ---------------------------------------------------------------- which one


def test_names_alone_choose_and_choose_the_same_for_ever() -> None:
    """Fixed numbers: what was approved under one version must be the same thread under the next."""
    hooks = ("a", "b", "c")
    threads = ("story", "facts", "quote", "act", "qa")
    chosen = [choose_hook(hooks, "dmz-escape", thread, "main") for thread in threads]
    assert chosen == [2, 3, 1, 1, 3]
    assert chosen == [choose_hook(("x", "y", "z"), "dmz-escape", thread, "main") for thread in threads]
    assert choose_hook((), "dmz-escape", "story", "main") is None


@pytest.mark.parametrize("count", (2, 3, 4))
@pytest.mark.parametrize("part", ("campaign", "thread", "account"))
def test_over_many_names_each_hook_is_chosen_as_often(count: int, part: str) -> None:
    names = {"campaign": "c", "thread": "t", "account": "a"}
    total = 2000
    found = Counter(choose_hook(("h",) * count, **{**names, part: f"{names[part]}{n}"}) for n in range(total))
    assert set(found) == set(range(1, count + 1))
    expected = total / count
    chi_squared = sum((times - expected) ** 2 / expected for times in found.values())
    assert chi_squared < 16.3, "one in a thousand with three degrees of freedom"


def test_campaign_thread_and_account_are_told_apart() -> None:
    hooks = ("h",) * 4
    pairs = [(f"a{n}", f"b{n}") for n in range(40)]
    assert [choose_hook(hooks, a, b, "c") for a, b in pairs] != [choose_hook(hooks, b, a, "c") for a, b in pairs]


# ---------------------------------------------------------------- in the thread


def test_the_hook_takes_the_place_of_the_first_post(space: Workspace) -> None:
    threads = by_hook(space)
    assert threads[1].texts == ("Would you run?\n\n#One", "Second.", "Third.\n\n#Two")
    assert threads[2].texts[0] == "Nobody swims it.\n\n#One"
    assert threads[2].posts[0].length == len("Nobody swims it.\n\n#One")


def test_its_origin_is_its_place_in_the_campaign_file(space: Workspace) -> None:
    (thread,) = space.compose("template: t.j2,\n     hooks: [One,\n     Two]")
    assert thread.posts[0].origin == Place("campaigns/sample.yaml", thread.entry.place.line + (thread.hook or 0))
    assert thread.posts[1].origin == Place("templates/t.j2", 3)


def test_a_thread_without_hooks_has_none(space: Workspace) -> None:
    (thread,) = space.compose("template: t.j2")
    assert (thread.hook, thread.texts[0]) == (None, "The template's own.\n\n#One")


def test_a_hook_is_plain_text_never_a_template(space: Workspace) -> None:
    hooks = 'hooks: ["{{ title }} {% if %}", "{{ title }} {% for %}"]'
    (thread,) = space.compose(f"template: t.j2, {hooks}", hashtags="[]")
    assert thread.texts[0] in {"{{ title }} {% if %}", "{{ title }} {% for %}"}


def test_a_hook_is_normalized_and_may_have_an_escaped_line_of_hyphens(space: Workspace) -> None:
    hook = r"Cafe\u0301\n\\---\n%s https://example.com/기사?id=1"
    (thread,) = space.compose(f'template: t.j2, hooks: ["{hook % "Ja"}", "{hook % "No"}"]', hashtags="[]")
    opening, word, link = thread.texts[0].rsplit("\n", 1)[0], *thread.texts[0].rsplit("\n", 1)[1].split()
    assert opening == "Caf\u00e9\n---"
    assert word in {"Ja", "No"}
    assert link == "https://example.com/%EA%B8%B0%EC%82%AC?id=1"


def test_the_only_post_of_a_thread_can_be_a_hook(space: Workspace) -> None:
    space.template("one.j2", "Only.")
    (thread,) = space.compose(f"template: one.j2, {TWO}", link="https://example.org/a")
    assert len(thread.posts) == 1
    assert thread.texts[0].endswith("https://example.org/a\n\n#One #Two")


def test_a_saved_thread_with_hooks_composes_to_the_same_posts(space: Workspace) -> None:
    (thread,) = space.compose(f"template: t.j2, {TWO}")
    space.text("t.md", hand_written(thread, numbering=False))
    (again,) = space.compose(f"text: t.md, id: t, {TWO}")
    assert (again.texts, again.hook) == (thread.texts, thread.hook)


def test_hooks_take_the_place_of_a_hand_written_first_post_and_say_so(space: Workspace) -> None:
    space.text("t.md", "\nMy own beginning.\n---\nSecond.")
    for thread in by_hook(space, "text: t.md").values():
        assert "My own beginning." not in "".join(thread.texts)
        (note,) = thread.findings
        assert (note.level, str(note.place)) == (Level.NOTE, "campaigns/t.md:2")
        assert note.message.startswith("this first post is not used: the hooks")
    space.text("t.md", "Nobody swims it.\n---\nSecond.")
    assert [thread.findings for thread in by_hook(space, "text: t.md").values()] == [(), ()]


# ---------------------------------------------------------------- each could go out


def test_a_hook_that_is_too_long_is_a_mistake_also_when_it_is_not_chosen(space: Workspace) -> None:
    (thread,) = space.compose(f"template: t.j2, {TWO}")
    for number in (1, 2):
        hooks = ["Short."] * 2
        hooks[number - 1] = "x" * 300
        (told,) = mistakes(space, f"template: t.j2, hooks: [{', '.join(hooks)}]")
        assert f": error: post t 1: hook {number} is 300 long, 20 over the limit of x" in told
        assert told.startswith(f"campaigns/sample.yaml:9:{30 if number == 1 else 38}: ")
    assert thread.hook in {1, 2}


@pytest.mark.slow
def test_a_hook_needs_room_for_what_joins_it(space: Workspace) -> None:
    exact = "x" * (280 - len("\n\n#One"))
    assert space.compose(f"template: t.j2, hooks: [{exact}, Short.]")
    (told,) = mistakes(space, f"template: t.j2, hooks: [{exact}y, Short.]")
    assert "hook 1 does not fit into one post of x with the hashtags, link and number that join it" in told
    (told,) = mistakes(space, f"template: t.j2, hooks: [{exact}, Short.]", numbering="true")
    assert "hook 1 does not fit" in told


@pytest.mark.slow
def test_a_hook_is_never_split_into_two_posts(space: Workspace) -> None:
    sentence = "This is a sentence of some length that says little but fills a line. "
    for hooks in (f"[{sentence * 4}, Short.]", f"[Short., {sentence * 4}]"):
        (told,) = mistakes(space, f"template: t.j2, hooks: {hooks}")
        assert "does not fit into one post" in told or "over the limit" in told
    assert space.compose(f"template: t.j2, hooks: [{sentence * 4}, Short.]", networks={"main": "mastodon"})


def test_each_network_has_its_own_limit(space: Workspace) -> None:
    long = "x" * 290
    (told,) = mistakes(space, f"template: t.j2, hooks: [{long}, Short.]", accounts="[main, other]")
    assert "10 over the limit of x" in told


@pytest.mark.parametrize(
    ("hook", "expected"), (('"One.\\n---\\nTwo."', "hook 1 ends a post with a line ---"), ('"  "', "hook 1 is empty"))
)
def test_a_hook_is_one_post(space: Workspace, hook: str, expected: str) -> None:
    (told,) = mistakes(space, f"template: t.j2, hooks: [{hook}, Short.]")
    assert expected in told


def test_the_hooks_that_are_not_chosen_are_linted_too(space: Workspace) -> None:
    hooks = 'hooks: ["Ask @first #Other", "Ask @second https://example.com/a"]'
    campaign = space.campaign(f"template: t.j2, {hooks}")
    (thread,) = space.compose(f"template: t.j2, {hooks}")

    def names(findings: list[Finding] | tuple[Finding, ...]) -> list[str]:
        return [finding.message for finding in findings if "names @" in finding.message]

    chosen, other = ("first", "second") if thread.hook == 1 else ("second", "first")
    number = 2 if thread.hook == 1 else 1
    assert names(thread.findings) == [f"with hook {number}: names @{other}, which is not among the campaign's mentions"]
    assert names(lint([thread], campaign)) == [f"names @{chosen}, which is not among the campaign's mentions"]
    assert {finding.place.line for finding in thread.findings} == {8}
    assert len(thread.findings) == 2
