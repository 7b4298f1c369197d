"""This step in numbers: formulas with the values of one moment put in, and the tables of what was learned.

A formula is LaTeX in letters (`symbols`) and the same with numbers in it (`numbers`). `numbers` is a template:
`<name>` stands for values["name"] as it is written for people, `<(name)>` for the same in brackets when it is
negative (behind a sign or a dot); what stands before a power gets them when it needs them. No Hangul inside LaTeX: the words stand in `said`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.core.moment import Moment, Pin
from models.core.state import State
from models.words.numbers import latex
from models.words.text import Text

_PLACE = re.compile(r"<(\()?([a-z_A-Z0-9]+)\)?>")


@dataclass(frozen=True, eq=False)
class Formula:
    """One formula of a moment.

    key: identity across frames, unique in a moment. said: what it is, in a few words, filled from said_values.
    values: every number that `numbers` shows, by name, unrounded. is_main: the one formula that presentation mode
    shows of this moment (exactly one of a moment is).
    """

    key: str
    said: Text
    symbols: str
    numbers: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    said_values: Mapping[str, Any] = field(default_factory=dict)
    is_main: bool = False

    def filled(self) -> str:
        """`numbers` with its values in place: LaTeX. Raises KeyError for a place without a value."""

        def put(match: re.Match[str]) -> str:
            shown = latex(float(self.values[match[2]]))
            is_raised = self.numbers[match.end() : match.end() + 1] == "^"
            needs_brackets = shown.startswith("-") and (match[1] or is_raised) or is_raised and "10^" in shown
            return rf"({shown})" if needs_brackets else shown

        return _PLACE.sub(put, self.numbers)

    def places(self) -> tuple[str, ...]:
        """Names of the values that `numbers` shows, in order."""
        return tuple(name for _, name in _PLACE.findall(self.numbers))


@dataclass(frozen=True, eq=False)
class Tensor:
    """One row of the parameter table: a name such as "0.weight" and its values, of any shape, read-only."""

    name: str
    values: np.ndarray


@dataclass(frozen=True, eq=False)
class Shown:
    """What the numbers are about: a moment of iteration `iteration` (0 for the start), the state `before` settled
    before that iteration (the moment's own at the start), and what a person has pinned."""

    iteration: int
    moment: Moment
    before: State
    pin: Pin = Pin()
