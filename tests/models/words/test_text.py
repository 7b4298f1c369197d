"""Texts in two languages, and Korean particles that follow the last sound."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.words.text import Said, Text, final_sound, particle

# What people say for what is written: the referee for sounds.
LETTERS = dict(zip(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "에이 비 씨 디 이 에프 지 에이치 아이 제이 케이 엘 엠 엔 오 피 큐 알 에스 티 유 브이 더블유 엑스 와이 제트".split(),
    strict=True,
))  # fmt: skip
DIGITS = dict(zip("0123456789", "영 일 이 삼 사 오 육 칠 팔 구".split(), strict=True))
NUMBERS = {
    "10": "십",
    "20": "이십",
    "100": "백",
    "3000": "삼천",
    "10000": "만",
    "15": "십오",
    "0.5": "영점오",
    "2.50": "이점오영",
}
LAST_RIEUL = "\u11af"


def spoken_end(word: str) -> str:
    """The last letter, taken apart by Unicode: a final consonant or a vowel."""
    return unicodedata.normalize("NFD", word)[-1]


def ends_in_consonant(word: str) -> bool:
    return "\u11a8" <= spoken_end(word) <= "\u11c2"


@pytest.mark.parametrize(("written", "spoken"), [*LETTERS.items(), *DIGITS.items(), *NUMBERS.items()])
def test_that_particles_follow_the_sound_of_letters_and_numbers(written, spoken):
    expected = 0 if not ends_in_consonant(spoken) else 8 if spoken_end(spoken) == LAST_RIEUL else 1
    assert final_sound(written) == expected
    assert final_sound(written.lower()) == expected
    assert final_sound(f"클래스 {written}") == expected


@given(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3))
def test_that_particles_follow_hangul_with_and_without_a_final_consonant(syllable):
    assert particle(syllable, "은/는") == ("은" if ends_in_consonant(syllable) else "는")
    assert particle(syllable, "을/를") == ("을" if ends_in_consonant(syllable) else "를")
    assert particle(syllable, "이/가") == ("이" if ends_in_consonant(syllable) else "가")
    is_open = not ends_in_consonant(syllable) or spoken_end(syllable) == LAST_RIEUL
    assert particle(syllable, "으로/로") == ("로" if is_open else "으로")


@given(st.text(alphabet="가각갈ABLMNR0123456789 .%)]\"'", max_size=12))
def test_that_any_word_gets_one_of_the_two_forms(word):
    assert particle(word, "으로/로") in ("으로", "로")


@pytest.mark.parametrize(("value", "sentence"), [
    ("클래스 B", "클래스 B로 바뀝니다"), ("클래스 R", "클래스 R로 바뀝니다"), ("클래스 M", "클래스 M으로 바뀝니다"),
    (3, "3으로 바뀝니다"), (2, "2로 바뀝니다"), (1, "1로 바뀝니다"), (10, "10으로 바뀝니다"), ("(군집)", "(군집)으로 바뀝니다"),
])  # fmt: skip
def test_that_a_sentence_puts_the_particle_after_its_value(value, sentence):
    assert Text("becomes {value}", "{value:으로/로} 바뀝니다").say("ko", {"value": value}) == sentence


def test_that_a_number_format_and_a_particle_stand_together():
    text = Text("{rate:.2f}", "{rate:.2f|을/를} 씁니다")
    assert text.say("ko", {"rate": 0.126}) == "0.13을 씁니다"
    assert text.say("ko", {"rate": 0.5}) == "0.50을 씁니다"
    assert text.say("ko", {"rate": 0.25}) == "0.25를 씁니다"


def test_that_negative_numbers_have_a_minus_sign_and_words_keep_their_hyphen():
    text = Text("{a:.1f} {b}", "{a:.1f} {b}")
    assert text.say("en", {"a": -1.5, "b": "k-d"}) == "−1.5 k-d"


def test_that_a_text_in_a_text_is_said_in_the_same_language():
    inner = Text("step", "단계")
    outer = Text("one {what}", "{what:을/를} 하나")
    assert outer.say("en", {"what": inner}) == "one step"
    assert outer.say("ko", {"what": inner}) == "단계를 하나"
    assert Said(outer, {"what": inner}).say("ko") == "단계를 하나"


def test_that_a_missing_value_a_missing_language_and_unequal_placeholders_are_errors():
    with pytest.raises(KeyError):
        Text("{a}", "{a}").say("en", {})
    with pytest.raises(ValueError):
        Text("", "말")
    with pytest.raises(ValueError):
        Text("{a}", "{b}").placeholders()
    with pytest.raises(ValueError):
        particle("점", "은")
    assert Text("{a} {b:.2f}", "{b:을/를} {a}").placeholders() == {"a", "b"}
