"""Changes: what a person does to a running experiment. Recorded in the schedule, so that a replay repeats them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.core.moment import Edit


@dataclass(frozen=True)
class Retune:
    """A live hyper-parameter set to a new value; takes effect at the next iteration."""

    name: str
    value: Any


@dataclass(frozen=True)
class Move:
    """The run goes on on another device, from the next iteration."""

    device: str


Change = Retune | Edit | Move
# (iteration, change): iteration counts the iterations done before the change takes effect.
Schedule = tuple[tuple[int, Change], ...]
