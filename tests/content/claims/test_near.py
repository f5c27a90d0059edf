from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.claims.near import Near

ARTICLE = (
    "Imagine running for your life across the world’s most militarized border, bullets flying.",
    "A shot at freedom.",
    "Then he sprinted, dodging gunfire from his own comrades.",
    "UN Command video shows South Korean soldiers dragging him to safety.",
    "His courage inspires us to value our own liberties and fight for others’.",
    "Finally, take risks for what you believe.",
    "Share his story to raise awareness, and tell us in the comments: What does freedom mean to you?",
    "The DMZ Escape",
    "What would you write down if you had one day?",
)
NEAR = Near(ARTICLE)
KOREAN = Near(("그는 자유를 찾아 국경을 넘어 남쪽으로 달렸다.", "병사들이 그를 안전한 곳으로 끌어냈다."))
OURS = (
    "One sentence. There is a story behind it.", "Here is what happened.", "And then:", "What do you think?",
    "Which line would you have picked?", "Read the story and reply with yours:", "A story stays when numbers fade.",
    "What would you have done?", "What would you ask?", "What would you say to him, and when?", "What would you do?",
    "Read it to the end, then send it to one person who has never heard it:", "Answering takes a minute.",
    "Reply with one sentence of your own.", "Repost the question, so that the next person has to think about it too.",
    "This is the story to begin with:", "Then ask it at the table tonight.", "Figures are easy to scroll past.",
    "Pick the one that stopped you, and share it with the story behind it:", "An escape makes the news.",
    "Human rights matter.", "Share his story with a friend.", "Behind every figure is a person.",
)  # fmt: skip


@pytest.mark.parametrize("sentence", OURS)
def test_invitations_and_transitions_are_our_own(sentence: str) -> None:
    assert NEAR.nearest(sentence) == ""
    assert not NEAR.shuffles(sentence)


@pytest.mark.parametrize(
    ("sentence", "near"),
    (
        ("A shot at death.", 1),
        ("Finally, avoid risks for what you believe.", 5),
        ("His cowardice inspires us to value our own liberties and fight for others.", 4),
        ("Then he walked, dodging gunfire from his own comrades.", 2),
        ("dodging gunfire from his own comrades, then he sprinted.", 2),
        ("Video shows soldiers dragging him to danger.", 3),
        ("What does freedom mean to you today?", 6),
        ("Take no risks for what you believe.", 5),
        ("What does slavery mean to you?", 6),
        ("What would you write down tomorrow?", 8),
    ),
)
def test_an_altered_sentence_is_told_with_the_one_that_it_alters(sentence: str, near: int) -> None:
    assert NEAR.nearest(sentence) == ARTICLE[near]


def test_words_of_several_sentences_put_together_anew_are_no_words_of_our_own() -> None:
    shuffled = "Soldiers value freedom across the border, and comrades fight bullets to safety."
    assert NEAR.nearest(shuffled) == ""
    assert NEAR.shuffles(shuffled)


def test_a_script_without_spaces_or_with_particles_is_compared_by_pairs() -> None:
    assert KOREAN.nearest("그는 자유를 버리고 국경을 넘어 북쪽으로 달렸다.")
    assert KOREAN.nearest("이 이야기를 친구에게 전해 주세요.") == ""
    chinese = Near(("他在2017年越过边境逃往韩国。",))
    assert chinese.nearest("他从未越过边境逃往韩国。")
    assert chinese.nearest("请把这个故事分享给朋友。") == ""


def test_function_words_are_those_of_the_language() -> None:
    spanish = "¿Qué es lo que dices?"
    assert Near(("Qué es lo que nadie sabe.",), "es").nearest(spanish) == ""
    assert Near(("Qué es lo que nadie sabe.",), "tr").nearest(spanish)


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_compared(text: str) -> None:
    assert NEAR.nearest(text) in {*ARTICLE, ""}
    assert NEAR.shuffles(text) in {True, False}
