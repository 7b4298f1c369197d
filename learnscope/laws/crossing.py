"""Laws at a size at which kernels cross a block, a part and a thread: two parts of rows and one row more."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from learnscope.laws.posing import SEED, AnyLearner, for_whom, posed, predicts
from learnscope.laws.problems import blobs
from models.arithmetic import side_by_side
from models.arithmetic.blocks import BLOCK, PART
from models.core.problem import NumericPath, Rows
from models.core.state import State

MANY = 2 * PART + 1
STEPS = 3  # iterations


@cache
def _points() -> tuple[np.ndarray, np.ndarray]:
    features, classes = blobs(((-1.5, -1.0), (1.5, 1.0)), each=-(-MANY // 2), sd=1.1)
    mixed = np.random.default_rng(4).permutation(len(features))[:MANY]
    return features[mixed], classes[mixed]


@pytest.fixture
def many(learner: AnyLearner, path: NumericPath) -> Rows:
    """The problem of the other laws, with rows for two parts and one more."""
    return posed(learner, *_points(), scaling=learner.default_scaling, path=path)


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets work be shared among so many threads however few the rows are."""
    before = side_by_side.threads()
    monkeypatch.setattr(side_by_side, "FEWEST_ROWS", 0)
    yield side_by_side.use_threads
    side_by_side.use_threads(before)


def stepped(learner: AnyLearner, problem: Rows, state: State) -> State:
    """The state after the moments of a few iterations."""
    for done in range(STEPS):
        if learner.outcome(state, problem) is not None:
            break
        for moment in learner.iterate(state, problem, SEED, done):
            state = moment.state
    return state


def test_that_many_rows_are_advanced_as_they_are_iterated_and_in_slices_alike(learner: AnyLearner, many: Rows) -> None:
    start = learner.start(many, SEED)
    whole = learner.advance(start, many, SEED, 0, STEPS)
    assert whole.state.same_as(stepped(learner, many, start))
    first = learner.advance(start, many, SEED, 0, 1)
    assert learner.advance(first.state, many, SEED, first.done, whole.done - first.done).state.same_as(whole.state)


def test_that_many_rows_give_the_same_bits_on_one_thread_and_on_two(
    learner: AnyLearner, many: Rows, shared: Any
) -> None:
    found = []
    for threads in (1, 2):
        shared(threads)
        start = learner.start(many, SEED)
        state = learner.advance(start, many, SEED, 0, STEPS).state
        found.append((start, state, learner.metrics(state, many)))
    (start, state, metrics), (again, other, others) = found
    assert start.same_as(again) and state.same_as(other) and metrics == others


@for_whom(predicts)
def test_that_many_rows_are_predicted_together_as_in_pieces(learner: Any, many: Rows, shared: Any) -> None:
    state = learner.advance(learner.start(many, SEED), many, SEED, 0, STEPS).state
    shared(1)
    # torch has no parts of its own, and neighbours are dear on it.
    rows = many.features if many.path != "torch" else np.ascontiguousarray(many.features[: 2 * BLOCK + 1])
    piece = len(rows) // 4 - 1
    together = learner.predict(state, rows)
    apart = np.concatenate(
        [learner.predict(state, rows[first : first + piece]) for first in range(0, len(rows), piece)]
    )
    assert np.allclose(together, apart, rtol=1e-9, atol=1e-12)
    shared(2)
    assert np.array_equal(learner.predict(state, rows), together)
