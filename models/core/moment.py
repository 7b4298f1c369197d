"""What a learner says about a run: its moments, why it ended, what was set by hand and what is picked out.

Plain records, apart from the contract in learner.py: the window's first picture needs them and not pydantic, whose
import costs as much as that of numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from models.core.state import State
from models.words.text import Said, Text

OutcomeKind = Literal["converged", "finished", "gave_up", "diverged"]


@dataclass(frozen=True, eq=False)
class Moment:
    """A state worth looking at within an iteration. `values` fill the phase's narration; all plain values or Texts."""

    phase: str
    state: State
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pin:
    """What a person has picked out, for the numbers and the panes to be about. All by the addresses of
    models/core/abilities.py; None where nothing is picked.

    unit: (layer, unit). weight: (layer, unit, input), input -1 for the bias. row: a row of the dataset. place: a point
    of the plane in original units (K-means says its distances). cell: of the confusion matrix, ("train" or "test",
    actual class, predicted class), by the problem's class numbers.
    """

    unit: tuple[int, int] | None = None
    weight: tuple[int, int, int] | None = None
    row: int | None = None
    place: tuple[float, float] | None = None
    cell: tuple[str, int, int] | None = None


@dataclass(frozen=True)
class Phase:
    """A kind of moment: its short name for the counter, and the sentence that says what happened."""

    name: Text
    narration: Text


@dataclass(frozen=True)
class Outcome:
    """Why a run ended. converged: it reached what it looks for. finished: it did all there is to do (KNN's vote).
    gave_up: a bound was reached. diverged: values stopped being finite (the engine says that one)."""

    kind: OutcomeKind
    said: Said


@dataclass(frozen=True, eq=False)
class Advance:
    """What `advance` brings back: the last state, how many iterations were done (fewer than asked only when an
    outcome came), and what is free for each iteration: name -> (done,) float64."""

    state: State
    done: int
    scalars: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Edit:
    """Something set by hand. A mark's handle carries the new place in the plane, (2,), in original units; the handles
    of models/core/abilities.py carry what they say there."""

    handle: str
    value: tuple[float, ...]
