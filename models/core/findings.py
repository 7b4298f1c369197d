"""What is recognised in a run: a sentence, and the one click that mends it where there is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from models.words.text import Lang, Said, Text


@dataclass(frozen=True, eq=False)
class Remedy:
    """One click that mends what a finding says. kind "setting": set `name` to `value`; "scaling": standardise;
    "seed": another start; "algorithm": pick the algorithm `value`; label: what the button says."""

    kind: Literal["setting", "scaling", "seed", "algorithm"]
    label: Text
    name: str = ""
    value: Any = None
    label_values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Finding:
    """Something recognised in a run, in one sentence, with a remedy where there is one. id: "diverging", ...

    An algorithm's `advice` and its `findings` are of this kind, and so is what the laboratory recognises for all of
    them alike. "unscaled" is the id of an advice about columns whose ranges differ.
    """

    id: str
    said: Said
    remedy: Remedy | None = None

    def say(self, lang: Lang) -> str:
        """The sentence."""
        return self.said.say(lang)


ANOTHER_START = Remedy("seed", Text("Another start", "다른 시작"))
STANDARDISE = Remedy("scaling", Text("Standardise", "표준화"), value="standard")
_FEWER = Text("K = {k}", "K = {k}")


def unscaled(words: Text, ruling: Mapping[str, Any] | None) -> Finding | None:
    """That the ranges of columns differ (`models.core.readiness.ruling_column`), in the algorithm's own words."""
    return None if ruling is None else Finding("unscaled", Said(words, dict(ruling)), STANDARDISE)


def fewer(words: Text, name: str, asked: int, there: int) -> Finding:
    """That the setting `name` asks for more (`k`) than there is (`n`); as many as there are is the remedy."""
    remedy = Remedy("setting", _FEWER, name, there, {"k": there}) if there >= 1 else None
    return Finding("k_too_large", Said(words, {"k": asked, "n": there}), remedy)
