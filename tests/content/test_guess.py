from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amplifier.content.guess import HASHTAGS, NAME_LENGTH, guess_hashtags, guess_language, guess_name
from amplifier.content.text.entities import hashtag_problem
from amplifier.model import SLUG

ARTICLE = Path(__file__).parents[2] / "campaigns" / "articles" / "dmz-escape.txt"


@pytest.mark.parametrize(
    ("language", "text"),
    (
        ("en", "He ran to the border, and the soldiers who had been his comrades were shooting at him."),
        ("de", "Er lief zur Grenze, und die Soldaten, die mit ihm gedient hatten, schossen auf den Mann."),
        ("es", "Corrió hacia la frontera y los soldados que eran sus compañeros le dispararon por la espalda."),
        ("fr", "Il a couru vers la frontière, et les soldats qui étaient ses camarades ont tiré sur lui."),
        ("pt", "Ele correu para a fronteira e os soldados que eram seus camaradas não pararam de atirar."),
        ("it", "Corse verso il confine e i soldati che erano i suoi compagni gli spararono nella schiena."),
        ("nl", "Hij rende naar de grens en de soldaten die zijn kameraden waren schoten op het doel."),
        ("ko", "그는 국경을 향해 달렸고 동료 병사들이 총을 쏘았다. DMZ를 넘었다."),
        ("ja", "彼は国境に向かって走り、仲間の兵士たちが発砲した。"),
        ("zh", "他向边境跑去,他的战友们向他开枪。"),
        ("ru", "Он бежал к границе, и солдаты, которые были его товарищами, стреляли. Это был выстрел."),
        ("uk", "Він біг до кордону, і солдати, що були його товаришами, стріляли в нього."),
        ("bg", "Той тичаше към границата и войниците, които бяха негови другари, стреляха по мъжа."),
        ("ar", "ركض نحو الحدود وأطلق رفاقه الجنود النار عليه."),
        ("fa", "او به سوی مرز دوید و سربازانی که هم‌رزم او بودند به پایش شلیک کردند؛ گفت چرا."),
        ("ur", "وہ سرحد کی طرف دوڑا اور اس کے ساتھی سپاہیوں نے اس پر گولی چلائی۔ لڑکے بھاگے۔"),
        ("he", "הוא רץ אל הגבול וחבריו החיילים ירו בו."),
        ("el", "Έτρεξε προς τα σύνορα και οι στρατιώτες τον πυροβόλησαν."),
        ("th", "เขาวิ่งไปที่ชายแดนและทหารเพื่อนของเขายิงใส่เขา"),
        ("hi", "वह सीमा की ओर भागा और उसके साथी सैनिकों ने गोली चलाई।"),
        ("ka", "ის საზღვრისკენ გაიქცა და ჯარისკაცებმა ესროლეს."),
        ("en", ""),
        ("en", "12345 ... !!!"),
    ),
)
def test_the_language_is_told_from_script_and_small_words(language: str, text: str) -> None:
    assert guess_language(text) == language


def test_some_foreign_names_do_not_change_the_language() -> None:
    assert guess_language("The soldier 오청성 ran to the border, and the others (조선인민군) shot at him.") == "en"
    assert guess_language("그 병사는 the Joint Security Area를 지나 판문점 공동경비구역에서 달렸고 총에 맞았다") == "ko"


@pytest.mark.parametrize(
    ("title", "stem", "name"),
    (
        ("A Sprint for Freedom", "x", "a-sprint-for-freedom"),
        ("Élan: l’Œuvre d'un été – Größe & Łódź", "x", "elan-loeuvre-dun-ete-grosse-lodz"),
        (None, "DMZ_escape (final) 2", "dmz-escape-final-2"),
        ("판문점", "panmunjom", "panmunjom"),
        ("판문점", "기사", "campaign"),
        ("!!!", "---", "campaign"),
        ("One two three four five six seven eight nine ten", "x", "one-two-three-four-five-six-seven-eight"),
        ("x" * 60, "x", "x" * 40),
    ),
)
def test_a_name_comes_from_the_title_or_else_the_file(title: str | None, stem: str, name: str) -> None:
    assert guess_name(title, stem) == name


@given(st.none() | st.text(), st.text())
def test_a_guessed_name_is_always_a_name(title: str | None, stem: str) -> None:
    name = guess_name(title, stem)
    assert re.fullmatch(SLUG, name)
    assert len(name) <= NAME_LENGTH


def test_hashtags_are_those_the_text_uses_and_then_the_names_it_repeats() -> None:
    assert guess_hashtags(ARTICLE.read_text("utf-8")) == ["NorthKorea", "DMZ", "SouthKorea"]
    assert guess_hashtags("판문점에서 #북한 병사가 달렸다.") == ["북한"]


def test_what_is_named_once_begins_a_sentence_or_is_a_number_is_no_hashtag() -> None:
    assert (
        guess_hashtags("Soldiers ran. Soldiers shot. He saw Seoul in #2017. Oh, he said to Oh. I am I, so am I.") == []
    )


@given(st.text(alphabet="AbC #_-1é판. ,\n") | st.text())
def test_every_guessed_hashtag_is_one(text: str) -> None:
    tags = guess_hashtags(text)
    assert len(tags) <= HASHTAGS
    assert len({tag.lower() for tag in tags}) == len(tags)
    assert not any(hashtag_problem(tag) for tag in tags)


def test_a_very_long_text_is_only_sampled() -> None:
    text = "The soldier ran to the border and the others shot at him near Panmunjom. " * 50_000
    assert guess_language(text) == "en"
    assert guess_hashtags(text) == ["Panmunjom"]
