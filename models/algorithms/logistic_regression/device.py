"""Logistic regression on an accelerator: the arithmetic of models/algorithms/logistic_regression/kernels.py in tensors that stay where
they are. A step is two products with the matrix of rows and a handful of operations. The loss has no part in it: as in
the kernels it is worked out for the last step of a call alone."""

from __future__ import annotations

import numpy as np
import torch

from models.algorithms.logistic_regression.kernels import Rule
from models.arithmetic import device_loop
from models.core.problem import Rows
from models.families.one_layer import device as one_layer_torch
from models.families.one_layer.device import LOSS, Descent


def many_steps_torch(
    problem: Rows, weights: np.ndarray, bias: np.ndarray, gradient: np.ndarray, rule: Rule, left: int, count: int
) -> tuple[int, float]:
    """Up to `count` steps on the problem's device, host arrays changed in place; (steps done, loss before the last). Ends
    on flat ground or when the `left` iterations that are allowed are done. Raises RuntimeError when the device fails.

    weights (c, d), bias (c,), gradient (c, d + 1).
    """
    if count <= 0:
        return 0, 0.0
    units = len(bias)
    fit = problem.keep(("logistic regression", units), lambda: _Fit(problem, units))
    fit.rows.take(rule.l2, rule.tol)
    fit.descent.begin(np.column_stack([weights, bias]).ravel(), rule.learning_rate, 0.0)
    done = fit.descent.run(fit.loop, min(count, max(1, left)))
    fit.descent.tally[LOSS].copy_(fit.rows.loss(fit.descent.here))
    arrived, slopes, tally = fit.descent.fetch()
    lines = arrived.reshape(units, -1)
    weights[:], bias[:], gradient[:] = lines[:, :-1], lines[:, -1], slopes.reshape(units, -1)
    return done, float(tally[LOSS])


class _Fit:
    """The rows, and what stays on the device beside them. Refers to tensors, not to the problem."""

    def __init__(self, problem: Rows, units: int) -> None:
        device, dtype = torch.device(problem.device), problem.float_type()
        self.rows = _Rows(problem.features, problem.answers, units, device, dtype)
        self.descent = Descent(self.rows.find, units * (problem.d + 1), device, dtype)
        self.loop: device_loop.DeviceLoop = self.descent.loop(device)


class _Rows:
    def __init__(
        self, features: np.ndarray, classes: np.ndarray, units: int, device: torch.device, dtype: torch.dtype
    ) -> None:
        self._x = one_layer_torch.with_ones(features, device, dtype)
        own = classes[:, None] == (np.arange(units) if units > 1 else 1)
        self._wanted = torch.tensor(own, dtype=dtype, device=device)  # (n, c): 1 for a row's own class
        self._sums, self._errors = torch.empty_like(self._wanted), torch.empty_like(self._wanted)
        self._decay = torch.zeros((units, self._x.shape[1]), dtype=dtype, device=device)
        self._pull = torch.empty_like(self._decay)
        self._tol = torch.zeros((), dtype=dtype, device=device)
        self._l2: float | None = None

    def take(self, l2: float, tol: float) -> None:
        self._tol.fill_(float(one_layer_torch.bound_above(np.array(tol), self._tol.dtype)))
        if self._l2 != l2:
            self._decay[:, :-1], self._l2 = l2, l2

    def find(self, at: Descent) -> torch.Tensor:
        """The mean of (p - y) x, and l2 times the weights; whether any of it reaches tol."""
        here, gradient = at.here.view_as(self._decay), at.gradient.view_as(self._decay)
        torch.mm(self._x, here.T, out=self._sums)
        if len(here) == 1:
            torch.sigmoid(self._sums, out=self._errors)
        else:
            torch.softmax(self._sums, 1, out=self._errors)
        self._errors.sub_(self._wanted)
        torch.mul(self._decay, here, out=self._pull)
        torch.addmm(self._pull, self._errors.T, self._x, alpha=1.0 / len(self._x), out=gradient)
        return (gradient.abs().amax() < self._tol).logical_not_()

    def loss(self, here: torch.Tensor) -> torch.Tensor:
        """Mean cross-entropy from the sums, so that it is never infinite, and the L2 penalty: a tensor ()."""
        lines = here.view_as(self._decay)
        sums = self._x @ lines.T
        if len(lines) == 1:
            against = torch.where(self._wanted > 0, -sums, sums)
            losses = torch.nn.functional.softplus(against, threshold=1e9)
        else:
            losses = -(self._wanted * torch.log_softmax(sums, dim=1)).sum(dim=1)
        return losses.mean() + 0.5 * (self._decay * lines.square()).sum()
