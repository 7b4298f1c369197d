"""Lines across the plane and the lengths of weights, in every unit."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from models.families.one_layer.lines import line_in_plane, shares_of_the_longest
from tests.models.problems import make_problem

UNITS = (1e-150, 1e-12, 1.0, 1e12, 1e150)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("origin", [0.0, 1e6])
@pytest.mark.parametrize("columns", [2, 4])
def test_that_two_places_on_the_line_lie_apart_and_on_it(unit, origin, columns):
    random = np.random.default_rng(3)
    problem = make_problem(
        (random.normal(size=(20, columns)) + origin) * unit, np.arange(20) % 2, axes=(columns - 1, 0)
    )
    for size in (1.0, 1.0 / unit, 1e-100 / unit, 1e100 / unit):
        weights = random.normal(size=columns) * size
        bias = float(-weights @ problem.features[3])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ends = line_in_plane(weights, bias, problem)
        for place in ends:
            normal, shown = weights / np.abs(weights).max(), list(problem.axes)
            others = [j for j in range(columns) if j not in shown]
            assert np.array_equal(place[others], problem.held[others])
            terms = np.append(normal * place, bias / np.abs(weights).max())
            assert abs(terms.sum()) <= 1e-9 * np.abs(terms).max()
        apart = np.linalg.norm((ends[1] - ends[0]) / unit)
        assert apart > 0.1 and np.isfinite(apart)


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1.0, 1e170, 1e300])
def test_that_lengths_are_shares_of_the_longest_whatever_the_size(size):
    shares = shares_of_the_longest(np.array([[3.0, 4.0], [0.0, 1.0], [0.0, 0.0]]) * size)
    np.testing.assert_allclose(shares, [1.0, 0.2, 0.0], rtol=1e-12)
    assert not shares_of_the_longest(np.zeros((2, 2))).any()
    assert not shares_of_the_longest(np.array([[np.inf, 1.0], [1.0, 1.0]])).any()
