"""Every visible sentence, in English and in Korean, with particles that follow the last sound.

A template inserts values as `{name}` or `{name:.2f}`. In Korean a particle is written in the
format part, the form after a consonant first: `{name:은/는}`, `{name:을/를}`, `{name:으로/로}`;
with a number format before a bar: `{k:d|은/는}`. The inserted value and its particle appear together.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, get_args

from models.words.numbers import by_spec

Lang = Literal["en", "ko"]

_HANGUL_FIRST, _HANGUL_LAST, _FINALS = 0xAC00, 0xD7A3, 28
_RIEUL = 8
# The final sound of what people say aloud for a digit or a Latin letter: 0 none, 8 rieul, 1 another consonant.
_DIGIT_SOUND = dict(zip("0123456789", (1, 8, 0, 1, 0, 0, 1, 8, 8, 0), strict=True))
_LETTER_SOUND = {letter: 0 for letter in "abcdefghijklmnopqrstuvwxyz"} | {"l": 8, "r": 8, "m": 1, "n": 1}
_SYMBOL_SOUND = {"%": 0, "°": 0} | dict.fromkeys("⁰¹²³⁴⁵⁶⁷⁸⁹", 1)  # 제곱, 승


def final_sound(word: str) -> int:
    """The sound a word ends in, as Korean reads it: 0 a vowel, 8 the consonant ㄹ, 1 any other consonant.

    Closing brackets and quotation marks are skipped. An empty or unreadable word counts as a vowel.
    """
    for char in reversed(word.rstrip(" )]}\"'”’»")):
        code = ord(char)
        if _HANGUL_FIRST <= code <= _HANGUL_LAST:
            final = (code - _HANGUL_FIRST) % _FINALS
            return final if final in (0, _RIEUL) else 1
        if char in _DIGIT_SOUND:
            return _zeros_sound(word) if char == "0" else _DIGIT_SOUND[char]
        if char.lower() in _LETTER_SOUND:
            return _LETTER_SOUND[char.lower()]
        return _SYMBOL_SOUND.get(char, 0)
    return 0


def _zeros_sound(word: str) -> int:
    """A number that ends in zeros ends in 영, 십, 백, 천 or 만: each closes with a consonant; 억 and 조 follow."""
    digits = word.rstrip(" )]}\"'”’»")
    zeros = len(digits) - len(digits.rstrip("0"))
    is_fraction = "." in digits
    return 0 if zeros >= 12 and not is_fraction else 1


def particle(word: str, pair: str) -> str:
    """The right one of a pair such as "은/는" or "으로/로" after `word`.

    Raises ValueError when `pair` is not two forms with a slash.
    """
    after_consonant, slash, after_vowel = pair.partition("/")
    if not slash:
        raise ValueError(f"a particle pair looks like 은/는, not {pair!r}")
    sound = final_sound(word)
    if after_consonant.startswith("으") and sound == _RIEUL:
        return after_vowel
    return after_consonant if sound else after_vowel


class _Formatter(string.Formatter):
    def __init__(self, lang: Lang) -> None:
        self._lang = lang

    def format_field(self, value: Any, format_spec: str) -> str:
        number_format, bar, pair = format_spec.partition("|")
        if not bar and "/" in format_spec:
            number_format, pair = "", format_spec
        if isinstance(value, Text):
            shown = value.say(self._lang)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            shown = by_spec(value, number_format)
        else:
            shown = format(value, number_format)
        return shown + (particle(shown, pair) if pair else "")


_FORMATTERS: dict[Lang, _Formatter] = {lang: _Formatter(lang) for lang in get_args(Lang)}


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[tuple[str, str | None, str], ...] | None:
    """(words, placeholder after them or None, its format), read once for each template; None for one that only the
    formatter itself can read."""
    found = tuple(string.Formatter().parse(template))
    if any(
        name is not None and (not name.isidentifier() or turned or "{" in (spec or ""))
        for _, name, spec, turned in found
    ):
        return None
    return tuple((words, name, spec or "") for words, name, spec, _ in found)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or word in both languages. Both are templates with the same placeholders."""

    en: str
    ko: str

    def __post_init__(self) -> None:
        if not self.en or not self.ko:
            raise ValueError("a Text needs both languages")

    def say(self, lang: Lang, values: Mapping[str, Any] | None = None) -> str:
        """The sentence in `lang` with `values` put in; a value that is a Text is said in the same language.

        Raises KeyError for a placeholder without a value.
        """
        template = self.ko if lang == "ko" else self.en
        formatter, pieces = _FORMATTERS[lang], _pieces(template)
        if pieces is None:
            return formatter.vformat(template, (), values or {})
        return "".join(
            words if name is None else words + formatter.format_field((values or {})[name], spec)
            for words, name, spec in pieces
        )

    def placeholders(self) -> frozenset[str]:
        """Names that the templates need. Raises ValueError when the two languages differ."""
        names = [
            frozenset(field for _, field, _, _ in string.Formatter().parse(t) if field) for t in (self.en, self.ko)
        ]
        if names[0] != names[1]:
            raise ValueError(f"placeholders differ between the languages: {self.en!r} / {self.ko!r}")
        return names[0]


@dataclass(frozen=True, slots=True)
class Said:
    """A Text with its values: a whole sentence, ready to be said in either language."""

    text: Text
    values: Mapping[str, Any]

    def say(self, lang: Lang) -> str:
        return self.text.say(lang, self.values)
