from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.campaign import load_campaign
from amplifier.content.save import add_answer, hand_written, point_to_text, read_hand_written, with_entry, with_time
from amplifier.content.text.length import measure
from amplifier.errors import UsageError
from amplifier.model import Campaign, Place, Post, Thread, ThreadEntry

REPOSITORY = Path(__file__).parents[2]
HEAD = """\
name: c   # the name
article: a.txt
accounts: [main]
schedule: {timezone: UTC, slots: [{days: [mon], at: 09:30}]}
# the threads
threads:
"""


def thread(*texts: str) -> Thread:
    place = Place("templates/a.j2", 1)
    posts = tuple(Post(k, text, len(text), 280, place) for k, text in enumerate(texts, start=1))
    return Thread("c", "story", "main", "x", posts, ThreadEntry("story", "a.j2", None, None, place))


def read_back(text: str) -> list[str]:
    return [post for _, post in read_hand_written(text)]


def test_posts_are_parted_by_a_line_of_three_hyphens() -> None:
    assert hand_written(thread("One.\n\nTwo.", "Three."), numbering=False) == "One.\n\nTwo.\n---\nThree.\n"


def test_numbering_is_taken_off_where_the_campaign_adds_it_again() -> None:
    numbered = thread("One. 1/2", "Two. 2/2")
    assert hand_written(numbered, numbering=True) == "One.\n---\nTwo.\n"
    assert hand_written(numbered, numbering=False) == "One. 1/2\n---\nTwo. 2/2\n"
    assert hand_written(thread("Odds of 1/1"), numbering=True) == "Odds of 1/1\n"


def test_a_line_in_a_post_that_would_end_it_is_escaped() -> None:
    posts = ("a\n---\nb", "\\---", "--- \nx", "----", "\\\\---")
    written = hand_written(thread(*posts), numbering=False)
    assert written.split("\n").count("---") == len(posts) - 1
    assert read_back(written) == list(posts)


def test_each_post_knows_the_line_it_begins_in() -> None:
    assert read_hand_written("\n\nOne.\n\n--- \n\n \nTwo.\nTwo.\n---\n---\n") == [(3, "One."), (8, "Two.\nTwo.")]
    assert read_hand_written("") == read_hand_written("---\n---\n") == []


def test_only_three_hyphens_alone_end_a_post() -> None:
    text = "a\n—\nb\n***\n ---\nc\n--- d"
    assert read_back(text) == [text]


line = st.text(alphabet="ab-—\\* \t", max_size=6)


@given(st.lists(st.lists(line, min_size=1).map("\n".join).map(str.strip).filter(bool), min_size=1))
def test_what_is_written_reads_back_to_the_same_posts(texts: list[str]) -> None:
    assert read_back(hand_written(thread(*texts), numbering=False)) == texts


# ---------------------------------------------------------------- the campaign's entry


@pytest.mark.parametrize(
    ("threads", "expected"),
    (
        (
            "  - {id: story, template: story.j2}   # the story\n",
            "  - {id: story, text: threads/story.md}   # the story\n",
        ),
        ("  - {template: story.j2}   # it\n", "  - {id: story, text: threads/story.md}   # it\n"),
        ("  - { template: 'story.j2', at: 2026-12-10 09:00 }\n",
         "  - { id: story, text: threads/story.md, at: 2026-12-10 09:00 }\n"),
        ("  - template: story.j2   # it\n", "  - id: story\n    text: threads/story.md   # it\n"),
        ("  - at: 2026-12-10 09:00\n    template: story.j2\n",
         "  - at: 2026-12-10 09:00\n    id: story\n    text: threads/story.md\n"),
        ('  - id: story   # name\n    # why\n    template: "story.j2"\n',
         "  - id: story   # name\n    # why\n    text: threads/story.md\n"),
        ("  - text: threads/story.txt\n", "  - id: story\n    text: threads/story.md\n"),
        ("  [{template: facts.j2}, {template: story.j2}]\n",
         "  [{template: facts.j2}, {id: story, text: threads/story.md}]\n"),
    ),
)  # fmt: skip
def test_only_the_entry_of_the_thread_changes(tmp_path: Path, threads: str, expected: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + threads + "# the end")
    assert point_to_text(path, "story", "threads/story.md") == HEAD + expected + "# the end"


def test_a_repeat_keeps_the_id_it_had(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + "  - template: story.j2\n  - template: story.j2\n")
    changed = point_to_text(path, "story-2", "threads/story-2.md")
    assert changed == HEAD + "  - template: story.j2\n  - id: story-2\n    text: threads/story-2.md\n"


def test_bom_and_windows_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    whole = "\ufeff" + (HEAD + "  - template: story.j2\n").replace("\n", "\r\n")
    path.write_bytes(whole.encode())
    changed = point_to_text(path, "story", "threads/story.md")
    assert changed == whole.replace("template: story.j2", "id: story\r\n    text: threads/story.md")


def test_a_path_that_yaml_would_misread_is_quoted(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + "  - {template: story.j2}\n")
    assert '{id: story, text: "threads/my story, 1.md"}' in point_to_text(path, "story", "threads/my story, 1.md")


def test_an_unknown_thread_is_told_with_the_nearest(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + "  - {template: story.j2}\n")
    with pytest.raises(UsageError, match="did you mean story"):
        point_to_text(path, "stroy", "threads/story.md")


ENTRY = {"id": "fix", "text": "threads/fix.md", "reply_to": "c/story/main/2"}
ADDED = "- {id: fix, text: threads/fix.md, reply_to: c/story/main/2}"


@pytest.mark.parametrize(
    ("threads", "expected"),
    (
        ("  - {template: a.j2}   # it\n", f"  - {{template: a.j2}}   # it\n  {ADDED}\n"),
        ("- {template: a.j2}\n", f"- {{template: a.j2}}\n{ADDED}\n"),
        ("  - {template: a.j2}", f"  - {{template: a.j2}}\n  {ADDED}"),
        ("    - template: a.j2\n      id: a\n    # none\n\n    - text: b.md\n\n# end\nlink: https://a.b\n",
         f"    - template: a.j2\n      id: a\n    # none\n\n    - text: b.md\n    {ADDED}\n\n# end\nlink: https://a.b\n"),
        ("  - {id: a,\n     template: a.j2\n    }\nlink: https://a.b\n",
         f"  - {{id: a,\n     template: a.j2\n    }}\n  {ADDED}\nlink: https://a.b\n"),
    ),
)  # fmt: skip
def test_one_more_entry_stands_at_the_end_of_the_threads_and_all_else_stays(
    tmp_path: Path, threads: str, expected: str
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + threads)
    assert with_entry(path, ENTRY) == HEAD + expected


@pytest.mark.parametrize(
    "threads", ("  [{template: a.j2}]\n", "  [\n  {template: a.j2},\n  ]\n", "  - {template: a.j2,\n id: a}\n")
)
def test_a_list_that_cannot_be_added_to_safely_is_left_alone(tmp_path: Path, threads: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(HEAD + threads)
    assert with_entry(path, ENTRY) is None


def test_an_entry_is_added_with_the_files_own_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    whole = "\ufeff" + (HEAD + "  - template: a.j2\n").replace("\n", "\r\n")
    path.write_bytes(whole.encode())
    assert with_entry(path, ENTRY) == f"{whole}  {ADDED}\r\n"


def campaign_in(folder: Path, threads: str) -> Campaign:
    (folder / "campaigns").mkdir()
    (folder / "templates").mkdir()
    (folder / "templates/a.j2").write_text("He ran.")
    (folder / "campaigns/a.txt").write_text("He ran.")
    (folder / "campaigns/c.yaml").write_text(HEAD + threads)
    return load_campaign(folder / "campaigns/c.yaml", folder)[0]


def test_an_answer_is_written_and_named_under_an_id_of_its_own(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, "  - {id: correct-a-2, template: a.j2}\n")
    for name in ("correct-a-2-2", "correct-a-2-3"):
        found, path, by_hand = add_answer(campaign, "correct-a-2", ["We erred.", "---"], "c/a/main/2")
        assert (found, path, by_hand) == (name, tmp_path / f"campaigns/threads/{name}.md", "")
        assert read_back(path.read_text("utf-8")) == ["We erred.", "---"]
    *_, last = load_campaign(campaign.path, tmp_path)[0].threads
    assert (last.id, last.text, str(last.reply_to)) == (name, path, "c/a/main/2")
    assert not list((tmp_path / "campaigns").glob(".*"))


def test_an_answer_that_cannot_be_named_safely_is_written_and_its_entry_told(tmp_path: Path) -> None:
    campaign = campaign_in(tmp_path, "  [{template: a.j2}]\n")
    before = campaign.path.read_bytes()
    _, path, by_hand = add_answer(campaign, "correct-a-2", ["We erred."], "1c/a/main/2")
    assert by_hand == '{id: correct-a-2, text: threads/correct-a-2.md, reply_to: "1c/a/main/2"}'
    assert (campaign.path.read_bytes(), path.read_text()) == (before, "We erred.\n")


def test_the_shipped_sample_still_loads_with_the_same_ids(tmp_path: Path) -> None:
    for name in ("campaigns/articles", "campaigns/threads", "templates"):
        (tmp_path / name).mkdir(parents=True)
    sample = REPOSITORY / "campaigns/dmz-escape.yaml"
    for name in ("story", "timeline", "qa", "facts", "quote", "call_to_action"):
        (tmp_path / f"templates/{name}.j2").write_text("x")
    for name in ("articles/dmz-escape.txt", "threads/day.md", "threads/story.md"):
        (tmp_path / "campaigns" / name).write_text("He ran.")
    copy = tmp_path / "campaigns/dmz-escape.yaml"
    copy.write_text(point_to_text(sample, "story", "threads/story.md"))
    before, after = load_campaign(sample, REPOSITORY)[0], load_campaign(copy, tmp_path)[0]
    assert [entry.id for entry in after.threads] == [entry.id for entry in before.threads]
    assert after.threads[0].text == tmp_path / "campaigns/threads/story.md"
    assert after.threads[1] == before.threads[1]
    changed = [
        new for old, new in zip(sample.read_text().split("\n"), copy.read_text().split("\n"), strict=True) if old != new
    ]
    assert len(changed) == 1


def test_the_shipped_thread_fits_with_numbering_and_says_each_thing_once() -> None:
    texts = read_back((REPOSITORY / "campaigns/threads/day.md").read_text("utf-8"))
    assert 4 <= len(texts) <= 5
    assert len(set(texts)) == len(texts)
    assert all(measure(text, "weighted") <= 272 for text in texts)
    # what the evidence contradicts or leaves open
    assert not any(word in " ".join(texts) for word in ("Hyok-sung", "34", "stole", "sniper", "3.5", "33,000", "yards"))


# ---------------------------------------------------------------- a thread's own time

TOP = """name: fence
article: articles/fence.txt
accounts: [main]
schedule: {timezone: Asia/Seoul, slots: [{days: [tue], at: "09:30"}]}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    (
        ("- {id: one, template: t.j2}", "- {id: one, template: t.j2, at: 2026-12-10 09:00}"),
        ("- {template: t.j2, id: one}  # first", "- {template: t.j2, at: 2026-12-10 09:00, id: one}  # first"),
        ("- {id: one, at: 2026-12-01 10:00, template: t.j2}", "- {id: one, at: 2026-12-10 09:00, template: t.j2}"),
        ('- {id: one, template: t.j2, at: "2026-12-01 10:00"}', "- {id: one, template: t.j2, at: 2026-12-10 09:00}"),
        ("- id: one\n    template: t.j2\n", "- id: one\n    template: t.j2\n    at: 2026-12-10 09:00\n"),
        (
            "- id: one  # the first\n    at: 2026-12-01 10:00  # fixed\n    template: t.j2",
            "- id: one  # the first\n    at: 2026-12-10 09:00  # fixed\n    template: t.j2",
        ),
        ("- text: threads/one.md", "- text: threads/one.md\n    at: 2026-12-10 09:00"),
    ),
)
@pytest.mark.parametrize("ends", ("\n", "\r\n"))
def test_a_thread_gets_a_time_and_the_rest_stays_as_it_is(tmp_path: Path, before: str, after: str, ends: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(f"{TOP}threads:\n  {before}\n  - {{id: two, template: t.j2}}\n".replace("\n", ends).encode())
    wanted = f"{TOP}threads:\n  {after}\n  - {{id: two, template: t.j2}}\n".replace("\n", ends)
    assert with_time(path, "one", "2026-12-10 09:00") == wanted


@pytest.mark.parametrize(
    ("before", "after"),
    (
        ("- {id: one, template: t.j2, at: 2026-12-01 10:00}", "- {id: one, template: t.j2}"),
        ("- {id: one, at: 2026-12-01 10:00, template: t.j2}", "- {id: one, template: t.j2}"),
        ("- id: one\n    template: t.j2\n    at: 2026-12-01 10:00", "- id: one\n    template: t.j2"),
        ("- {id: one, template: t.j2}", "- {id: one, template: t.j2}"),
    ),
)
def test_and_loses_it_again(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{TOP}threads:\n  {before}\n", "utf-8")
    assert with_time(path, "one", None) == f"{TOP}threads:\n  {after}\n"


def test_a_time_for_no_thread_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"{TOP}threads:\n  - {{id: one, template: t.j2}}\n", "utf-8")
    with pytest.raises(UsageError, match="has no thread two"):
        with_time(path, "two", "2026-12-10 09:00")
