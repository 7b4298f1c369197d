"""The activation pane: which function a unit's layer has, and where the weighted sums of the data lie on it."""

from __future__ import annotations

import numpy as np

from lab.composing.beside import Asked
from lab.composing.panes_of.network import sample_of
from lab.protocol.pane_records import ActivationPicture
from models.core.abilities import HasNetwork
from models.core.formula import Shown
from models.core.learner import Learner, Pin
from models.core.problem import Rows

MOST_SUMS = 300


class ActivationPictures:
    """The activation pane."""

    def fits(self, learner: Learner, problem: Rows) -> bool:
        return isinstance(learner, HasNetwork)

    def record(self, asked: Asked) -> ActivationPicture | None:
        return activation_picture(asked.learner, asked.shown, asked.problem)


def activation_picture(learner: Learner, shown: Shown, problem: Rows) -> ActivationPicture | None:
    """The activation of the pinned unit (of a pinned weight: the unit that it leads to; else the first of the first
    layer) with its weighted sums over at most `MOST_SUMS` training rows, evenly taken. None without a network."""
    if not isinstance(learner, HasNetwork):
        return None
    with np.errstate(all="ignore"):
        wiring = learner.wiring(shown.moment, problem)
        layer, unit = _unit(shown.pin, wiring.sizes)
        row, x, _ = sample_of(wiring, shown, problem)
        some = np.unique(np.linspace(0, problem.n - 1, min(problem.n, MOST_SUMS)).astype(np.int64))
        rows = np.concatenate([x[None, :], problem.features[some]])
        sums = learner.sums(shown.moment.state, rows)[layer - 1][:, unit]
    return ActivationPicture(
        name=wiring.activations[layer - 1],
        unit=(layer, unit),
        sums=sums[1:],
        here=float(sums[0]) if row is not None else None,
    )


def _unit(pin: Pin, sizes: tuple[int, ...]) -> tuple[int, int]:
    pinned = pin.unit if pin.unit is not None else pin.weight[:2] if pin.weight is not None else None
    if pinned is not None and 1 <= pinned[0] < len(sizes) and 0 <= pinned[1] < sizes[pinned[0]]:
        return pinned
    return 1, 0
