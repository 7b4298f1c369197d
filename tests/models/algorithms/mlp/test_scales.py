"""The network on hard data in all units: autograd and torch.optim in float64 are referees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from models.algorithms.mlp.learner import MLP
from tests.models.algorithms.mlp.torch_module import module
from tests.models.hard_data import CASES, ORIGINS, SHAPES, UNITS, hard_rows, placed
from tests.models.problems import make_problem, values_problem

BENDS = ("tanh", "relu", "logistic", "identity")


def problems(shape, unit, classes, scaling):
    """Classes and numbers as targets, the numbers in the unit of the rows; near zero and far from it."""
    x, targets = hard_rows(shape, 2 if classes == 0 else classes, 7)
    for origin in ORIGINS:
        rows = placed(x, unit, origin)
        if classes == 0:
            yield values_problem(rows, placed(x[:, 0] + targets, unit, origin), scaling=scaling)
        else:
            yield make_problem(rows, targets, scaling=scaling)


def loss_of(net: torch.nn.Module, state, problem) -> torch.Tensor:
    out = net(torch.tensor(problem.features.copy()))
    if problem.has_values:  # the module speaks in original units; the loss is of standardised ones
        goals = torch.tensor(problem.targets.copy())
        return 0.5 * ((out[:, 0] - goals) / state.target_scale).square().mean()
    return functional.cross_entropy(out, torch.tensor(problem.targets.copy()))


def gradient_of(net: torch.nn.Module, state) -> np.ndarray:
    """Flat, as ours; the last layer's was taken with the target's scale folded in."""
    linears = [layer for layer in net if isinstance(layer, torch.nn.Linear)]
    parts = [(layer.weight.grad.numpy().T, layer.bias.grad.numpy()) for layer in linears]
    weights, bias = parts[-1]
    parts[-1] = (weights * state.target_scale, bias * state.target_scale)
    return np.concatenate([part.ravel() for pair in parts for part in pair])


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize(("shape", "classes"), (*CASES, *((shape, 0) for shape in SHAPES)))
def test_that_loss_and_gradient_are_autograds(shape, unit, scaling, classes):
    for problem in problems(shape, unit, classes, scaling):
        for bend in BENDS:
            learner = MLP(hidden_layer_sizes=(3, 2), activation=bend, batch_size=1000)
            start = learner.start(problem, 3)
            state = next(m.state for m in learner.iterate(start, problem, 3, 0) if m.phase == "backward")
            net = module(learner, start)
            wanted = loss_of(net, start, problem)
            wanted.backward()
            assert state.batch_loss == pytest.approx(float(wanted.detach()), rel=1e-8, abs=1e-12)
            gradient = gradient_of(net, start)
            np.testing.assert_allclose(
                state.gradient, gradient, rtol=1e-7, atol=1e-8 * max(1.0, np.abs(gradient).max())
            )


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize(("shape", "classes"), CASES)
def test_that_a_run_on_standardised_rows_is_torch_optims_in_every_unit(shape, classes, optimizer):
    for unit in UNITS:
        for problem in problems(shape, unit, classes, "standard"):
            if optimizer == "adam" and len(np.unique(problem.features, axis=0)) <= 2:
                continue  # slopes that cancel but for their rounding are whole steps for Adam
            learner = MLP(hidden_layer_sizes=(4,), optimizer=optimizer, learning_rate=0.03, batch_size=1000, tol=0.0)
            state = learner.start(problem, 3)
            net = module(learner, state)
            steps = {
                "sgd": lambda p: torch.optim.SGD(p, lr=0.03),
                "momentum": lambda p: torch.optim.SGD(p, lr=0.03, momentum=0.9),
                "adam": lambda p: torch.optim.Adam(p, lr=0.03),
            }[optimizer](net.parameters())
            for _ in range(60):
                steps.zero_grad()
                loss_of(net, state, problem).backward()
                steps.step()
            ours = learner.advance(state, problem, 3, 0, 60)
            assert ours.done == 60
            shares = torch.softmax(net(torch.tensor(problem.features.copy())), dim=1).detach().numpy()
            np.testing.assert_allclose(learner.predict(ours.state, problem.features), shares, atol=1e-6)
