"""The three products of a layer, ours and by BLAS, against numpy; and the choice between the two."""

from __future__ import annotations

import numpy as np
import pytest

from lab.data.generators import generate
from lab.document.project import Experiment
from lab.running.problems import problem_for
from lab.running.run import Run
from models.algorithms.mlp.learner import MLP
from models.arithmetic import products
from models.arithmetic.lanes import aligned_zeros

SHAPES = [(2, 1, 8), (1, 9, 16), (4, 4, 24), (5, 8, 8), (13, 17, 40), (64, 31, 128)]


@pytest.mark.parametrize("by_blas", [False, True])
@pytest.mark.parametrize("inputs, units, columns", SHAPES)
def test_that_products_are_those_of_numpy(inputs, units, columns, by_blas):
    random = np.random.default_rng(inputs * units)
    before, below, weight = 3, 2, 5  # rows and numbers of other layers, which stay as they are
    params = random.normal(size=weight + inputs * units + units + 4)
    acts, deltas = (aligned_zeros(below + inputs + units + 1, columns) for _ in range(2))
    acts[:], deltas[:] = random.normal(size=acts.shape), random.normal(size=deltas.shape)
    here, samples = below + inputs, columns - before
    deltas[:, samples:] = 0.0  # the columns that fill up
    weights, bias = params[weight:][: inputs * units].reshape(inputs, units), params[weight + inputs * units :][:units]
    a, d = acts[below:here].copy(), deltas[here : here + units].copy()
    sums, back, gradient = acts.copy(), deltas.copy(), random.normal(size=len(params))
    first = gradient.copy()
    products.weighted_sums(by_blas, params, weight, inputs, units, sums, below, here)
    products.send_back(by_blas, params, weight, inputs, units, back, below, here)
    turned = aligned_zeros(columns, (units + 7) // 8 * 8)
    layer = (weight, inputs, units, acts, deltas, below, here, samples, turned)
    products.put_gradient(by_blas, False, *layer, gradient)
    expected = acts.copy()
    expected[here : here + units] = weights.T @ a + bias[:, None]
    np.testing.assert_allclose(sums, expected, rtol=1e-12, atol=1e-12)
    expected = deltas.copy()
    expected[below:here] = weights @ d
    np.testing.assert_allclose(back, expected, rtol=1e-12, atol=1e-12)
    whole = np.concatenate([(a @ d.T).ravel(), d.sum(axis=1)])
    first[weight : weight + len(whole)] += whole
    np.testing.assert_allclose(gradient, first, rtol=1e-12, atol=1e-12)
    products.put_gradient(by_blas, True, *layer, gradient)
    first[weight : weight + len(whole)] = whole
    np.testing.assert_allclose(gradient, first, rtol=1e-12, atol=1e-12)


def path_of(hidden: tuple[int, ...], batch: int = 32) -> str:
    data = generate("circles", n=250)
    settings = {"hidden_layer_sizes": hidden, "batch_size": batch}
    return Run(data, Experiment("mlp", settings)).path


def test_that_small_networks_are_computed_here_and_wide_ones_by_blas():
    assert path_of((4, 2), 10) == path_of((8,) * 6, 10) == "kernel"
    assert path_of((256, 256)) == path_of((512,) * 8) == "blas"


def test_that_the_path_is_the_one_that_the_figures_call_cheaper_and_a_given_one_is_kept():
    learner, data = MLP(hidden_layer_sizes=(256, 256)), generate("circles", n=250)
    experiment = Experiment("mlp", {})
    problem = problem_for(data, experiment, learner)
    costs = learner.costs(problem)
    assert problem.path == min(costs, key=costs.get) and set(costs) == {"kernel", "blas"}
    assert all(seconds > 0 for seconds in costs.values())
    assert problem_for(data, experiment, learner, "kernel").path == "kernel"
