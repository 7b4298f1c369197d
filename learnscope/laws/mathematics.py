"""Laws about the mathematics: the same bits however a run is cut, on every path, and what is told of a state."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import Any

import numpy as np
import pytest

from learnscope.laws.posing import (
    FEW,
    LANGS,
    SEED,
    WHOLE_RUN,
    AnyLearner,
    Scaling,
    end_of,
    for_whom,
    frames,
    posed,
    predicts,
    problem_for,
    same_moments,
)
from learnscope.laws.problems import blobs
from models.core.problem import Rows


def test_that_the_same_seed_gives_the_same_frames(learner: AnyLearner, problem: Rows) -> None:
    again = type(learner)()
    assert same_moments(list(frames(learner, problem)), list(frames(again, problem_for(again, problem.path))))


def test_that_resuming_from_any_iteration_gives_the_same_bits(learner: AnyLearner, problem: Rows) -> None:
    every = list(frames(learner, problem))
    for done, group in itertools.groupby(every, key=lambda frame: frame[0]):
        last = list(group)[-1][1].state
        stored = type(last).from_arrays(last.arrays())
        rest = [frame for frame in every if frame[0] > done]
        assert same_moments(rest, list(frames(learner, problem, FEW - done, state=stored, first=done)))


def test_that_advancing_is_iterating_bit_for_bit(learner: AnyLearner, problem: Rows) -> None:
    state = learner.start(problem, SEED)
    stepped = [state]
    for _, moment in itertools.groupby(list(frames(learner, problem, 30))[1:], key=lambda frame: frame[0]):
        stepped.append(list(moment)[-1][1].state)
    for count in (1, 2, 7, 30):
        advance = learner.advance(state, problem, SEED, 0, count)
        assert advance.done == min(count, len(stepped) - 1)
        assert advance.state.same_as(stepped[advance.done])
        for name, values in advance.scalars.items():
            assert name in learner.metric_names and np.shape(values) == (advance.done,)
    half = learner.advance(state, problem, SEED, 0, 5)
    rest = learner.advance(half.state, problem, SEED, half.done, 30 - half.done)
    assert rest.state.same_as(learner.advance(state, problem, SEED, 0, 30).state)


def test_that_nothing_given_is_modified(learner: Any, problem: Rows) -> None:
    def inputs() -> list[bytes]:
        given = (problem.features, problem.targets, problem.held)
        return [array.tobytes() for array in given if array is not None]

    before_all = inputs()
    seen = []
    for _, moment in frames(learner, problem):
        seen.append((moment.state, {name: array.tobytes() for name, array in moment.state.arrays().items()}))
        list(learner.marks(moment, problem))
        if predicts(learner):
            learner.predict(moment.state, problem.features)
        learner.advance(moment.state, problem, SEED, 3, 5)
    assert inputs() == before_all
    for state, before in seen:
        assert {name: array.tobytes() for name, array in state.arrays().items()} == before
        for field in dataclasses.fields(state):
            value = getattr(state, field.name)
            assert isinstance(value, (np.ndarray, int, float)), field.name
            assert not isinstance(value, np.ndarray) or not value.flags.writeable, field.name


def test_that_a_default_run_ends_and_says_why(learner: AnyLearner, problem: Rows) -> None:
    state, done = end_of(learner, problem)
    outcome = learner.outcome(state, problem)
    assert outcome is not None and outcome.kind in ("converged", "finished", "gave_up")
    assert 0 < done < WHOLE_RUN
    for lang in LANGS:
        assert outcome.said.say(lang)


def test_that_advancing_by_nothing_changes_nothing(learner: AnyLearner, problem: Rows) -> None:
    state = learner.start(problem, SEED)
    advance = learner.advance(state, problem, SEED, 0, 0)
    assert advance.done == 0 and advance.state.same_as(state)


def test_that_every_path_agrees_with_the_kernels(learner: Any, problem: Rows) -> None:
    results = []
    for posed_problem in (problem_for(learner), problem):
        advance = learner.advance(learner.start(posed_problem, SEED), posed_problem, SEED, 0, 30)
        answers = learner.predict(advance.state, posed_problem.features) if predicts(learner) else 0
        results.append((advance, answers))
    (kernel, predicted), (other, predicted_there) = results
    assert kernel.done == other.done
    assert np.allclose(predicted, predicted_there, rtol=1e-3, atol=1e-3)
    for name, array in kernel.state.arrays().items():
        found = other.state.arrays()[name]
        assert array.shape == found.shape and array.dtype == found.dtype
        assert np.allclose(array, found, rtol=1e-3, atol=1e-4), name


@for_whom(predicts)
def test_that_predicting_one_row_is_predicting_it_among_others(learner: Any, problem: Rows) -> None:
    state, _ = end_of(learner, problem)
    places = np.random.default_rng(1).uniform(-3, 3, (40, problem.d))
    together = learner.predict(state, places)
    assert len(together) == 40 and np.isfinite(together).all()
    for i in (0, 17, 39):
        assert np.allclose(learner.predict(state, places[i : i + 1])[0], together[i], rtol=1e-4, atol=1e-7)
    if learner.task_on(problem) in ("classifier", "clusterer"):
        assert np.allclose(together.sum(axis=1), 1)
    if learner.task_on(problem) == "classifier":
        assert together.shape == (40, problem.n_classes)


def test_that_metrics_are_finite_and_named(learner: AnyLearner, problem: Rows) -> None:
    for _, moment in frames(learner, problem):
        metrics = learner.metrics(moment.state, problem)
        assert set(metrics) <= set(learner.metric_names)
        assert all(np.isfinite(value) and isinstance(value, float) for value in metrics.values())
    state, _ = end_of(learner, problem)
    assert learner.goal in learner.metrics(state, problem)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_report_is_plain_json(learner: AnyLearner, scaling: Scaling) -> None:
    features, targets = blobs(((-1.5, -1.0), (1.5, 1.0)), each=20)
    problem = posed(learner, features, targets, scaling=scaling)
    for state in (
        learner.start(problem, SEED),
        learner.advance(learner.start(problem, SEED), problem, SEED, 0, 40).state,
    ):
        report = learner.report(state, problem)
        assert "parameters" in report
        assert json.loads(json.dumps(report, allow_nan=False)) is not None
