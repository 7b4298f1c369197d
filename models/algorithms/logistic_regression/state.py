"""The weights of logistic regression on their way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.core.state import State


@dataclass(frozen=True, eq=False)
class LogisticState(State):
    """c units over d columns: one for two classes, else one for each class.

    gradient (c, d + 1), the bias last, and loss are those at the weights before the last update; zero at the start.
    """

    weights: np.ndarray  # (c, d)
    bias: np.ndarray  # (c,)
    gradient: np.ndarray  # (c, d + 1)
    loss: float
    iterations: int
