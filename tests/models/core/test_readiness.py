"""What cannot be squared is refused in words, and what can is taken."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import models
from models.core.readiness import beyond_squares
from tests.models.problems import make_problem, values_problem

SHAPE = np.array([[0.0, 1.0], [1.0, -0.5], [2.5, 0.3], [3.0, 2.0], [-4.0, 1.0]])


def problem_in(unit_of_x, unit_of_y, scaling="none", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, of deviations that cannot be held
        return make_problem(SHAPE * [unit_of_x, unit_of_y], scaling=scaling, **options)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_which_units_can_be_squared(scaling):
    for unit in (1e-140, 1e-12, 1.0, 1e12, 1e140):
        assert beyond_squares(problem_in(unit, unit, scaling)) is None
    for unit in (1e155, 1e200, 1e300):
        assert "x" in beyond_squares(problem_in(unit, 1.0, scaling)).say("en")
        assert "y" in beyond_squares(problem_in(1.0, unit, scaling)).say("ko")
    assert beyond_squares(problem_in(1e-160, 1e-160, scaling)) is not None


def test_that_a_column_too_small_beside_others_counts_only_where_each_must_be_squared():
    problem = problem_in(1e-160, 1.0)
    assert beyond_squares(problem) is None
    assert "x" in beyond_squares(problem, each_column=True).say("en")


def test_that_a_constant_column_is_no_small_one_and_no_rows_are_none():
    assert beyond_squares(make_problem(np.full((4, 2), 1e-160)), each_column=True) is None
    assert beyond_squares(make_problem(np.zeros((0, 2)))) is None


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("id", ["kmeans", "linear_regression"])
def test_that_learners_of_squares_refuse_and_say_the_column(id, scaling):
    learner = models.load(id)()
    for unit in (1e160, 1e-160):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            x = SHAPE * unit
            good = values_problem(SHAPE, SHAPE[:, 0], scaling=scaling)
            bad = values_problem(x, SHAPE[:, 0], scaling=scaling)
        assert learner.unready(good) is None
        said = learner.unready(bad)
        assert "x" in said.say("en") and "x" in said.say("ko")
        learner.advice(bad)  # asked for as well, and must not fail


def test_that_targets_that_cannot_be_squared_are_refused_by_their_name():
    learner = models.load("linear_regression")()
    for unit in (1e200, 1e-170):
        assert "class" in learner.unready(values_problem(SHAPE, unit * SHAPE[:, 1])).say("en")


def test_that_a_starting_place_too_far_to_measure_is_refused():
    learner = models.load("kmeans").with_settings({"n_clusters": 1, "start_centers": (1e200, 0.0)})
    assert learner.unready(make_problem(SHAPE)) is not None
