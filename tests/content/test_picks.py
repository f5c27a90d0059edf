from __future__ import annotations

from amplifier.content.picks import picked_notes, shares
from amplifier.model import Place, Post


def post(k: int, text: str, line: int = 1) -> Post:
    return Post(k, text, len(text), 280, Place("templates/t.j2", line))


def test_each_text_gets_the_picked_sentences_that_stand_in_it() -> None:
    texts = ["“She ran.” And then?", "Nothing.", "HE\nSTAYED; she ran."]
    assert shares(texts, [["She ran.", "He stayed."]]) == [("She ran.",), (), ("She ran.", "He stayed.")]


def test_words_are_compared_whole() -> None:
    assert shares(["The cat ran.", "At ran."], [["at ran."]]) == [(), ("at ran.",)]


def test_a_pick_of_which_one_sentence_is_used_says_nothing_of_the_others() -> None:
    assert shares(["One. She ran."], [["She ran.", "He stayed."]]) == [("She ran.",)]


def test_a_pick_that_left_no_sentence_whole_is_told_at_the_first_text() -> None:
    assert shares(["Start.", "She."], [["She ran."], ["Start."], []]) == [("She ran.", "Start."), ()]
    assert shares([], [["She ran."]]) == []


def test_a_note_stands_at_the_post_with_the_sentence() -> None:
    posts = [post(1, "She ran."), post(2, "He stayed.", 3), post(3, "It rained.", 3)]
    notes = list(picked_notes("story", posts, [("She ran.",), ("It rained.",), ("It rained.",)]))
    assert [(note.post, note.place.line, note.level.value) for note in notes] == [
        ("story 1", 1, "note"),
        ("story 3", 3, "note"),
    ]
    assert notes[1].message == "“It rained.” was picked by its score, not by a person"
    assert notes[1].hint.startswith("read it before you approve")


def test_a_sentence_that_was_cut_is_told_once_at_the_first_post_of_its_text() -> None:
    posts = [post(1, "Start."), post(2, "She", 3), post(3, "ran.", 3)]
    (note,) = picked_notes("story", posts, [(), ("She ran.",), ("She ran.",)])
    assert (note.post, note.message.endswith("not by a person, and is changed or cut here")) == ("story 2", True)


def test_a_long_sentence_is_shown_in_part() -> None:
    (note,) = picked_notes("story", [post(1, "a" * 200)], [("a" * 200,)])
    assert note.message.startswith(f"“{'a' * 99}…” was")
