"""Linear regression by gradient descent on an accelerator: the arithmetic of models/algorithms/linear_regression/kernels.py in tensors
that stay where they are. A step is two products with the matrix of rows and a few operations on single numbers."""

from __future__ import annotations

import numpy as np
import torch

from models.algorithms.linear_regression.kernels import GROWTH
from models.algorithms.linear_regression.state import LEAST, LOSS, STEPS
from models.arithmetic import device_loop
from models.core.problem import Rows
from models.families.one_layer import device as one_layer_torch
from models.families.one_layer.device import Descent


def many_steps_torch(
    coef: np.ndarray,
    intercept: np.ndarray,
    gradient: np.ndarray,
    losses: np.ndarray,
    counters: np.ndarray,
    problem: Rows,
    learning_rate: float,
    bounds: np.ndarray,
    spread: float,
    max_iter: int,
    count: int,
) -> int:
    """Up to `count` steps of gradient descent on the problem's device, host arrays changed in place; how many were done
    before an end: level ground, a growing loss, or `max_iter` steps in all. Raises RuntimeError when the device fails.

    coef (d,), intercept (1,), gradient (d + 1,), losses (2,), counters (2,); bounds (d + 1,): what counts as level.
    """
    if count <= 0:
        return 0
    fit = problem.keep("linear regression", lambda: _Fit(problem))
    fit.take_bounds(bounds, spread)
    least = losses[LEAST] if counters[STEPS] > 0 else np.inf
    fit.descent.begin(np.append(coef, intercept), learning_rate, least)
    done = fit.descent.run(fit.loop, min(count, max(1, max_iter - int(counters[STEPS]))))
    arrived, gradient[:], tally = fit.descent.fetch()
    coef[:], intercept[0] = arrived[:-1], arrived[-1]
    losses[LOSS], losses[LEAST] = tally[one_layer_torch.LOSS], tally[one_layer_torch.LEAST]
    counters[STEPS] += done
    return done


class _Fit:
    """The rows, and what stays on the device beside them. Refers to tensors, not to the problem."""

    def __init__(self, problem: Rows) -> None:
        device, dtype = torch.device(problem.device), problem.float_type()
        assert problem.targets is not None
        self._rows = _Rows(problem.features, problem.targets, device, dtype)
        self.descent = Descent(self._rows.find, problem.d + 1, device, dtype)
        self.loop: device_loop.DeviceLoop = self.descent.loop(device)

    def take_bounds(self, bounds: np.ndarray, spread: float) -> None:
        self._rows.take_bounds(bounds, spread)


class _Rows:
    def __init__(self, features: np.ndarray, targets: np.ndarray, device: torch.device, dtype: torch.dtype) -> None:
        self._x = one_layer_torch.with_ones(features, device, dtype)
        self._y = torch.tensor(targets.astype(np.float64), dtype=dtype, device=device)
        self._residuals = torch.empty_like(self._y)
        self._bounds = torch.zeros(self._x.shape[1] + 1, dtype=dtype, device=device)  # the last: for the loss
        self._known: np.ndarray | None = None

    def take_bounds(self, bounds: np.ndarray, spread: float) -> None:
        wanted = one_layer_torch.bound_below(np.append(bounds, spread * spread), self._bounds.dtype)
        if self._known is None or not np.array_equal(self._known, wanted):
            self._bounds.copy_(torch.from_numpy(wanted))
            self._known = wanted

    def find(self, at: Descent) -> torch.Tensor:
        """Residuals y - y_hat, their mean square, and its gradient -2/n sum(e x); whether neither all of the gradient is
        level nor the loss far above its least."""
        n, loss, least = len(self._y), at.tally[one_layer_torch.LOSS], at.tally[one_layer_torch.LEAST]
        torch.addmv(self._y, self._x, at.here, alpha=-1.0, out=self._residuals)
        torch.addmv(at.gradient, self._x.T, self._residuals, beta=0.0, alpha=-2.0 / n, out=at.gradient)
        torch.dot(self._residuals, self._residuals, out=loss)
        loss.div_(n)
        torch.fmin(least, loss, out=least)
        is_level = (at.gradient.abs() <= self._bounds[:-1]).all()
        is_growing = loss > torch.maximum(GROWTH * least, self._bounds[-1])
        return (is_level | is_growing).logical_not_()
