from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amplifier.content.text.sentences import WINDOW, is_heading, sentence_spans

CASES = [
    ("en", "Mr. Smith met Dr. Lee at 5 p.m. on Monday.| They ran."),
    ("en", "J. K. Rowling wrote it.| George W. Bush read it."),
    ("en", "He joined the U.S. Army base.| He left the U.S.| He ran."),
    ("en", "It cost $3.5 million.| 24 people died.| Born in 1993.| 24 of them."),
    ("en", '"Run!" he said.| "I can\'t."| She ran.'),
    ("en", "He said “stop.”| Then he ran.| (It was cold.)| Then he won."),
    ("en", "Wait... what?| So… he left.| Really?!| Yes."),
    ("en", "Great news! 🎉| Now we go. 👨‍👩‍👧🇰🇷"),
    ("en", "See example.com.| Gen. Park and Lt. Col. Kim spoke, e.g. on Jan. 5, vs. No. 3."),
    ("en", "See https://example.com/a.b?c=1!d.| Then go."),
    ("en", "1. Repost it.\n|2. Reply.\n|So did I.| Then we left."),
    ("en", "A heading\n|He ran. \r\n\r\n| She ran"),
    ("en", "No space.Next one.| See Vol. 2, Ch. 5, approx. 7."),
    ("ko", "그는 2017. 11. 13. 판문점을 넘었다.| 그는 달렸다."),
    ("ko", "2017. 11. 그는 떠났다.| 북한은 3.5배 넓다.| 정말인가?| 그렇다!"),
    ("ko", "“나는 달렸다.”라고 그는 말했다.| \"살고 싶다.\" 라고 했다.| '가자!'며 웃었다."),
    ("ko", "“살았다!”| 고향이 그립다.| 뉴스는 www.example.com에서 보라."),
    ("ja", "彼は走った。|そして倒れた。|本当か？|はい！"),
    ("ja", "「走った。」と彼は言った。|「本当だ。」|彼は笑った。|もう3.5キロだ。"),
    ("zh", "他跑了。|他倒下了！|真的吗？|是的。"),
    ("zh", "“我跑了。”他说。|“真的。”|天亮了。"),
    ("ar", "ركض الجندي نحو الحدود.| هل نجا؟| نعم!| نجا."),
    ("ar", "قال د. أحمد: «اركض.»| ثم سقط."),
    ("es", "El Sr. Kim corrió.| ¿Por qué?| ¡Porque quería vivir!| Fue en EE. UU. el lunes."),
    ("es", "—¡Corre! —dijo él.| La Sra. López y el Dr. Pérez, p. ej. hoy."),
    ("fr", "M. Kim a couru.| Pourquoi ?| « Cours ! » dit-il.| Il est tombé."),
    ("fr", "Mme. Dupont est venue.| En 1953.| Puis 3,5 millions, p. ex. hier."),
    ("de", "Am 13. November 2017 lief er.| Dr. Müller sagte z. B. nein.| Das ist der 3. Versuch."),
    ("de", "Er war 24.| Dann fiel er.| „Lauf!“, sagte er.| Nr. 5 usw. war gut."),
    ("en", "The letter came from the Rev. Adams and Prof. Ito.| It was dated Feb. 29, 2016."),
    ("en", "He was born on Sept. 9.| Nobody knew."),
    ("en", "She works at Widget Inc. in Ohio.| Acme Corp. is next door."),
    ("en", "“Is it far?” she asked.| “No,” he said, “it is not.”"),
    ("en", "He asked, “Why?”| Nobody answered."),
    ("en", "“Wait…” he said.| “I hear something.”"),
    ("en", "About 1.2 million left.| Only 0.5 percent returned.| That was in 1998."),
    ("en", "At 6 a.m. the guards changed.| At 7 p.m. Kim ran."),
    ("en", "It was 5 p.m.| The guards slept."),
    ("en", "He paid No. 5.| No.| He paid nothing."),
    ("en", "Who?| When?| Where?"),
    ("en", "The D.M.Z. is wide.| The U.N. Command said so.| Ask the U.N.| It knows."),
    ("en", "Read Art. 5, para. 2, and pp. 3–7 of the report.| Then write."),
    ("en", "We met Kim Jr. and Lee Sr. in St. Louis.| They left."),
    ("en", "It ended...| Then it began again."),
    ("en", "It ended ... and began again.| Good."),
    ("en", "He said: “They ran. They fell.”| Then silence."),
    ("en", "Five bullets hit him. 😢| He lived! 🙏🏽| Share it. ❤️"),
    ("en", "Why?!!| Because."),
    ("en", "“We ran.”| That is all he said."),
    ("en", "Visit www.example.org/a.html.| Write to a.b@example.org.| Thanks."),
    ("en", "The price is $4.| Pay it."),
    ("en", "I met her in Jan.| She left."),
    ("en", "Dr. J. R. Kim, M.D., spoke.| So did Mrs. Lee."),
    ("en", "Is it Mr. or Ms.?| Neither."),
    ("en", "He ran (see Fig. 3).| She too."),
    ("en", "Version 2.0.1 is out.| Get it."),
    ("en", "“Stop!”| “Why?”| “Because.”"),
    ("ko", "그는 1993. 5. 2.에 태어났다.| 가족은 몰랐다."),
    ("ko", "2017. 11. 13. 오후 3시 11분이었다.| 총성이 들렸다."),
    ("ko", "회의는 2018. 4. 27. 열렸다.| 두 사람이 만났다."),
    ("ko", "“왜 떠났나?”라고 물었다.| 그는 웃었다."),
    ("ko", "“배가 고팠다.”고 그는 말했다.| 모두 들었다."),
    ("ko", "“돌아가지 않겠다.”며 고개를 저었다.| 끝이었다."),
    ("ko", "“가자.” 하고 외쳤다.| 모두 뛰었다."),
    ("ko", "그는 말했다.| “살고 싶었다.”| 침묵이 흘렀다."),
    ("ko", "정말…?| 믿기 어렵다… 그래도 사실이다."),
    ("ko", "약 2.5배다.| 30,000명이 왔다.| 3만 명!"),
    ("ko", "고맙습니다! 🙏| 함께해요. 💙💛"),
    ("ko", "첫째, 먹을 것이 없다.| 둘째, 자유가 없다."),
    ("ko", "김 씨(34)는 말했다.| (사진은 없다.)| 다음은 그의 말이다."),
    ("ko", "U.N.은 조사했다.| 결과는 곧 나온다."),
    ("ko", "‘자유란 무엇인가?’라는 질문이다.| 답은 없다."),
    ("ko", "「길」이라는 책이다.| 『밤』도 있다."),
    ("ja", "彼は一九九三年に生まれた。|2017年11月13日、国境を越えた。"),
    ("ja", "「なぜ？」と聞いた。|「自由のためだ！」と答えた。"),
    ("ja", "彼は言った。|「生きたい。」|それだけだった。"),
    ("ja", "約2.5倍だ。|U.S.の記者が来た。"),
    ("ja", "信じられない……。|でも本当だ。"),
    ("ja", "ありがとう！😊|また明日。"),
    ("ja", "（写真はない。）|次は彼の話だ。"),
    ("ja", "「逃げろ！」|「どこへ？」"),
    ("ja", "『道』という本だ。|読んでほしい。"),
    ("zh", "他于1993年出生。|2017年11月13日，他越过了边界。"),
    ("zh", "“为什么？”她问。|没有人回答。"),
    ("zh", "他说：“我想活下去。”|然后他沉默了。"),
    ("zh", "大约2.5倍。|三万人来了！"),
    ("zh", "真的吗……？|是的。"),
    ("zh", "「我跑了。」他說。|「真的。」|天亮了。"),
    ("zh", "谢谢！🙏|明天见。"),
    ("zh", "（没有照片。）|以下是他的话。"),
    ("ar", "وُلد في 13.11.1993 في الشمال.| ثم هرب."),
    ("ar", "سأل: «لماذا؟»| لم يجب أحد."),
    ("ar", "بلغ العدد 2.5 مليون.| عاد القليل منهم!"),
    ("ar", "لا أعرف… ربما.| من يدري؟"),
    ("ar", "شكرا! 🙏| نلتقي غدا."),
    ("ar", "«هربنا.»| هكذا قال."),
    ("es", "¿Quién es?| ¡Nadie!| Eso dijo."),
    ("es", "«¿Por qué?», preguntó ella.| Nadie respondió."),
    ("es", "Nació el 13 de noviembre de 1993.| Pesaba 3,5 kg."),
    ("es", "La Dra. Ruiz y D. Juan viven en la Av. Central.| Son vecinos."),
    ("es", "Dijo: «Quiero vivir».| Luego calló."),
    ("es", "Llegó a las 5 p. m. en punto.| Era tarde."),
    ("es", "Bueno… no sé.| ¿Y tú?"),
    ("es", "¡Gracias! 🙏| ¿Vienes?"),
    ("es", "Véase la pág. 5, núm. 3, etc. y nada más.| Fin."),
    ("es", "EE. UU. votó en contra.| La ONU también."),
    ("es", "¿De verdad?, dijo.| Sí."),
    ("fr", "Il a dit : « Je veux vivre. »| Puis il s'est tu."),
    ("fr", "« Pourquoi ? » demanda-t-elle.| Personne ne répondit."),
    ("fr", "Qui est-ce ?| Personne !| Vraiment ?"),
    ("fr", "Né le 13 nov. 1993, il a fui.| Il pesait 3,5 kg."),
    ("fr", "M. et Mme Martin et le Dr Petit sont là.| Ils parlent."),
    ("fr", "Voir p. 5, art. 3, etc. dans le texte.| Fin."),
    ("fr", "Peut-être… ou pas.| Qui sait ?"),
    ("fr", "Merci ! 🙏| À demain."),
    ("fr", "C'est vrai ?! | Oui."),
    ("fr", "« C'est fini ! »| Il partit."),
    ("fr", "J.-P. Martin arrive.| Il est tard."),
    ("de", "Er sagte: „Ich will leben.“| Dann schwieg er."),
    ("de", "„Warum?“, fragte sie.| Niemand antwortete."),
    ("de", "Am 3. Mai um 5.30 Uhr kam er.| Es war kalt."),
    ("de", "Prof. Dr. Kim wohnt in der Hauptstr. 5.| Er ist alt."),
    ("de", "Es waren ca. 2,5 Mio. Menschen, d. h. viele.| Wenige kehrten um."),
    ("de", "Siehe S. 5, Abs. 3, bzw. Art. 7 usw. im Text.| Ende."),
    ("de", "Na ja … vielleicht.| Wer weiß?"),
    ("de", "Danke! 🙏| Bis morgen."),
    ("de", "Das 20. Jahrhundert war lang.| Im 21. Jahrhundert auch."),
    ("de", "Der 1. FC spielt u. a. hier.| Komm!"),
    ("de", "»Lauf!«, rief er.| »Schnell.«"),
    ("de", "Kim Il-sung I. war da.| Ludwig XIV. auch."),
    ("es", "Dijo que no.| Luego se fue.| Está en contra.| Nadie más."),
    ("es", "Miraron el mar.| Todo iba bien.| ¿Y después?"),
    ("es", "Fue el 3 de mar. de 1993, según el art. 5.| Fin."),
    ("es", '"Dije que no. Luego reí", contó.| Fin.'),
    ("es", "«Dije que no. Luego reí», contó.| Fin."),
    ("fr", "Le pain est sec.| Il le mange."),
    ("de", "Sie sahen mich.| Dann lief ich.| Das ist Kunst dieser Art.| Sie bleibt."),
    ("de", "Er sagte: »Sie sahen mich. Dann lief ich.«| Ende."),
    ("ja", "「逃げた。2年前だ。」と言った。|2017年だった。"),
    ("zh", "“我跑了。2年了。”他说。|2017年，他到了。"),
    ("ko", "(웃음.)| 그는 계속했다.| (그리고 침묵."),
]


@pytest.mark.parametrize(("language", "marked"), CASES)
def test_sentences_end_where_a_reader_says(language: str, marked: str) -> None:
    expected = [part.strip() for part in marked.split("|")]
    text = marked.replace("|", "")
    assert [text[start:end] for start, end in sentence_spans(text, language)] == expected


@pytest.mark.parametrize("language", ("xx", "", "EN", "en-US", "pt_BR", "zz-ZZ", "\0", "한국어"))
def test_an_unknown_language_is_read_like_english(language: str) -> None:
    text = "One is here now. Two is there now."
    assert sentence_spans(text, language) == [(0, 16), (17, 34)]


def test_regional_codes_have_the_rules_of_their_language() -> None:
    text = "“나는 달렸다.”라고 그는 말했다."
    assert sentence_spans(text, "ko-KR") == sentence_spans(text, "ko_KR") == [(0, len(text))]


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("aB1 .!?…\n\r“”\"'()。！「」と한고😀🇰🇷\u200d\ufe0f\u0301,3\u2028\x1c"), max_size=30),
    st.sampled_from(["en", "ko", "ja", "zh", "ar", "es", "fr", "de"]),
)
def test_no_character_is_lost_or_taken_twice(text: str, language: str) -> None:
    spans = sentence_spans(text, language)
    done = 0
    for start, end in spans:
        assert not text[done:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        assert len(text[start:end].splitlines()) == 1
        done = end
    assert not text[done:].strip()


@pytest.mark.parametrize(("language", "marked"), [case for case in CASES if "\n" not in case[1]])
def test_a_long_line_is_cut_like_a_short_one(language: str, marked: str) -> None:
    """Long lines are read in windows."""
    blank = "" if language in {"ja", "zh"} else " "
    filler = {"ko": "그는 서쪽으로 달렸다.", "ja": "彼は西へ走った。", "zh": "他向西跑了。"}.get(
        language, "Kim 22 xyz wxq."
    )
    many = WINDOW // len(filler) + 20
    parts = [filler] * many + [part.strip() for part in marked.split("|")]
    text = f"{filler}{blank}" * many + marked.replace("|", "")
    assert [text[start:end] for start, end in sentence_spans(text, language)] == parts


@pytest.mark.parametrize("offset", range(0, 240, 40))
def test_a_quotation_of_several_sentences_stays_whole_where_a_window_ends(offset: int) -> None:
    quotation = "「" + "西へ走った。" * 35 + "」"
    before = WINDOW - 220 + offset
    text = "あ" * (before - 1) + "。" + quotation + "と言った。" + "彼は走った。" * 20
    ends = [before, before + len(quotation) + 5]
    assert [end for _, end in sentence_spans(text, "ja")][:2] == ends


@pytest.mark.parametrize("length", (WINDOW // 2, WINDOW, 3 * WINDOW, 5 * WINDOW))
def test_sentences_longer_than_a_window_are_found_too(length: int) -> None:
    sentence = "Kim " + "ran " * (length // 4) + "on."
    text = " ".join([sentence] * 5 + ["He ran."] * 3)
    assert [text[start:end] for start, end in sentence_spans(text, "en")] == [sentence] * 5 + ["He ran."] * 3


@pytest.mark.parametrize(
    ("language", "part"),
    (
        ("en", "He ran. "),
        ("en", "“A. "),
        ("ko", "2017. 11. 13. "),
        ("zh", "他跑了。"),
        ("zh", "（没有。）他"),
        ("zh", "“他跑了。2017"),
        ("ja", "「走った。2年"),
        ("en", "1. "),
        ("en", "😀. "),
    ),
)
def test_a_huge_line_is_read_in_time_that_grows_with_its_length(language: str, part: str) -> None:
    """Four times the text takes four times as long; 16 times when each sentence looks at all of the line again."""

    def seconds(length: int) -> float:
        text = (part * length)[:length]
        started = process_time()
        sentence_spans(text, language)
        return process_time() - started

    long = seconds(100_000)
    assert long < 1 or long < 10 * min(seconds(25_000) for _ in range(3))


@pytest.mark.parametrize(
    "line",
    ("The Decision to Flee", "  What We Learn ", "판문점을 넘다", "Life After Defection (2018)", "COMMENTS", "가" * 40),
)
def test_a_short_line_without_a_final_stop_is_a_heading(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    (
        "",
        "   ",
        "It got stuck.",
        "Why?",
        "He said “stop.”",
        "Three things:",
        "走った。",
        "A line that goes on and on until it is far too long for anyone to take it for a heading",
        "가" * 41,
        "- a point",
        "• a point",
        "1. a point",
        "#NorthKorea #DMZ",
        "@hrw and others",
        "https://example.com/story",
        "Read more at example.com today",
        "“A quotation”",
        "2017",
        "***",
        "Two\nlines",
    ),
)
def test_other_lines_are_no_headings(line: str) -> None:
    assert not is_heading(line)
