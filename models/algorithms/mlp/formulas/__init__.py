"""The multi-layer perceptron in numbers: the formulas of each phase, with the values of one sample and one weight.

Letters: x are the inputs, z^(l) the weighted sums of layer l, a^(l) its outputs, p the shares of the classes or y-hat
the one output, delta^(l) the derivative of one sample's loss L_s by z^(l). Backpropagation: Rumelhart, Hinton, Williams,
1986. The sums are computed again here by numpy, apart from the kernels that train; only what a person sees comes
from here.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from models.algorithms.mlp.formulas.backward import backward
from models.algorithms.mlp.formulas.forward import forward, loss, start
from models.algorithms.mlp.formulas.inside import Inside
from models.algorithms.mlp.formulas.update import edited, update
from models.core.formula import Formula

__all__ = ("Inside", "formulas")


def formulas(inside: Inside) -> Iterable[Formula]:
    """The formulas of the moment's phase."""
    makers = {"start": start, "forward": forward, "loss": loss, "backward": backward, "update": update}
    with np.errstate(all="ignore"):
        return tuple(makers.get(inside.phase, edited)(inside))
