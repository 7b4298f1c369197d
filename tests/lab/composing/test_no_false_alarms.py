"""Every algorithm at its defaults on every built-in data set, run to its end and asked all the way: nothing is wrong
there, so nothing may be said."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.optimize import linprog

import models
from lab.composing.diagnosis import diagnose
from lab.data.generators import GENERATORS, generate
from lab.data.tables.files import BUNDLED, bundled_path, read_table, to_dataset
from lab.document.project import Experiment
from lab.protocol.packet import Curves
from lab.running.run import Run

ALGORITHMS = [row.id for row in models.CATALOGUE]
MOST_ITERATIONS = 25_000
# Nothing for a classifier to tell apart: one class alone, or no target. All else starts as it is opened.
WITHOUT_CLASSES = {"tilted", "disc3d", "salary", "salary6", "blood_pressure", "apartment"}


@cache
def data_set(name):
    return generate(name) if name in GENERATORS else to_dataset(read_table(bundled_path(name)))[0]


def no_line_separates(problem) -> bool:
    """A referee: linear programming finds no line for one of the classes against the rest."""
    rows = np.column_stack([problem.features, np.ones(problem.n)])
    for side in [1] if problem.n_classes == 2 else range(problem.n_classes):
        signed = rows * np.where(problem.targets == side, 1.0, -1.0)[:, None]
        free = [(None, None)] * signed.shape[1]
        found = linprog(np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(problem.n), bounds=free)
        if found.status != 0:
            return True
    return False


def a_tie_decides(learner, problem) -> bool:
    """A referee: at the medians, where the question mark stands, the last neighbour and the next one are of different
    classes, at one distance to rounding."""
    distances = np.linalg.norm(problem.features - np.median(problem.features, axis=0), axis=1)
    last, following = np.argsort(distances)[learner.n_neighbors - 1 : learner.n_neighbors + 1]
    is_tie = np.isclose(distances[last], distances[following], rtol=1e-12, atol=0.0)
    return bool(is_tie and problem.targets[last] != problem.targets[following])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", [*GENERATORS, *BUNDLED])
def test_that_a_built_in_example_at_its_defaults_raises_no_alarm(name, algorithm):
    run = Run(data_set(name), Experiment(algorithm))
    can_start = run.learner.task != "classifier" or name not in WITHOUT_CLASSES
    assert (run.learner.unready(run.problem) is None) == can_start
    if not can_start:
        return  # it says why itself
    run.begin()
    iteration, state, step = 0, run.state_after(0), 1
    said: dict[str, int] = {}
    while True:
        iterations, series = run.timeline.curves()
        learner, problem = run.in_force(iteration)
        curves, metrics = Curves(iterations, series), run.metrics(iteration, state)
        for finding in diagnose(learner, state, problem, curves, metrics, iteration):
            said.setdefault(finding.id, iteration)
        if run.has_ended_at(iteration) or iteration >= MOST_ITERATIONS:
            break
        iteration, state = run.advance(iteration, state, step)
        step = max(1, iteration // 7)
    if "inseparable" in said and no_line_separates(run.problem):
        del said["inseparable"]  # it is true: the referee agrees
    if "equally_near" in said and a_tie_decides(run.learner, run.problem):
        del said["equally_near"]  # so is this: a spiral turned by half a circle is the other one
    assert said == {}, f"said at iteration: {said}"
