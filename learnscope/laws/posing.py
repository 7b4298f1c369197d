"""What the laws are asked about: which algorithms, on which problems and paths, and the frames of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

import numpy as np
import pytest

import models
from learnscope.laws.problems import blobs, make_problem
from models.core.abilities import HasNetwork, HasPrediction
from models.core.formula import Shown
from models.core.learner import Edit, Learner, Moment, Pin
from models.core.marks import Points
from models.core.problem import NumericPath, Rows
from models.core.state import State
from models.words.text import Lang

AnyLearner = Learner[Any, Any]
Scaling = Literal["none", "standard"]
Law = TypeVar("Law", bound=Callable[..., None])

SEED = 7
FEW = 12  # iterations that are looked at one by one
WHOLE_RUN = 200_000  # iterations within which every default run has ended
LANGS: tuple[Lang, ...] = ("en", "ko")
NOTHING = Pin()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A law about a problem is kept on every numeric path that an algorithm has, the others by every algorithm; a law
    `for_whom` a condition holds, by those alone."""
    ids = getattr(metafunc.config, "learnscope_ids", None) or [row.id for row in models.CATALOGUE]
    holds = getattr(metafunc.function, "holds", lambda learner: True)
    if {"learner", "problem", "many"} & set(metafunc.fixturenames):
        learners = [made for made in (models.load(id)() for id in ids) if holds(made)]
        if {"problem", "many"} & set(metafunc.fixturenames):
            pairs = [(learner.id, path) for learner in learners for path in paths_of(learner)]
            metafunc.parametrize(("learner", "path"), pairs, indirect=["learner"])
        else:
            metafunc.parametrize("learner", [learner.id for learner in learners], indirect=True)
    elif "module" in metafunc.fixturenames:
        metafunc.parametrize("module", [models.row(id).module for id in ids])


def for_whom(holds: Callable[[AnyLearner], bool]) -> Callable[[Law], Law]:
    """Marks a law that only some algorithms can keep."""

    def mark(law: Law) -> Law:
        law.holds = holds  # type: ignore[attr-defined]
        return law

    return mark


def has_network(learner: AnyLearner) -> bool:
    return isinstance(learner, HasNetwork)


def predicts(learner: AnyLearner) -> bool:
    return isinstance(learner, HasPrediction)


def can_freeze(learner: AnyLearner) -> bool:
    if not isinstance(learner, HasNetwork):
        return False
    problem = problem_for(learner)
    return learner.wiring(Moment("start", learner.start(problem, SEED)), problem).frozen is not None


@pytest.fixture
def learner(request: pytest.FixtureRequest) -> AnyLearner:
    return models.load(request.param)()


def paths_of(learner: AnyLearner) -> tuple[NumericPath, ...]:
    """Its paths on the CPU, and torch's, which is the one of accelerators."""
    return (*learner.costs(problem_for(learner)), "torch")


def posed(learner: AnyLearner, features: np.ndarray, classes: np.ndarray, **options: Any) -> Rows:
    """A problem of these rows as the laboratory poses it: who predicts numbers predicts the second of two columns from
    the first, or of more columns their sum."""
    if learner.task != "regressor":
        return make_problem(features, classes, **options)
    if features.shape[1] == 2:
        return make_problem(features[:, :1], features[:, 1].astype(float), **options | {"axes": (0, -1)})
    return make_problem(features, features.sum(axis=1), **options)


def problem_for(learner: AnyLearner, path: NumericPath = "kernel") -> Rows:
    """Two overlapping clouds, scaled as the learner likes it."""
    features, classes = blobs(((-1.5, -1.0), (1.5, 1.0)), each=30, sd=1.1)
    return posed(learner, features, classes, scaling=learner.default_scaling, path=path)


@pytest.fixture
def problem(learner: AnyLearner, path: NumericPath) -> Rows:
    return problem_for(learner, path)


def frames(
    learner: AnyLearner,
    problem: Rows,
    iterations: int = FEW,
    seed: int = SEED,
    state: State | None = None,
    first: int = 0,
) -> Iterator[tuple[int, Moment]]:
    """(iteration of the frame, moment) from the start, or from a state after `first` iterations, up to the outcome."""
    if state is None:
        state = learner.start(problem, seed)
        yield 0, Moment("start", state)
    for done in range(first, first + iterations):
        if learner.outcome(state, problem) is not None:
            return
        for moment in learner.iterate(state, problem, seed, done):
            state = moment.state
            yield done + 1, moment


def end_of(learner: AnyLearner, problem: Rows) -> tuple[State, int]:
    """(last state, iterations done) of a whole run."""
    advance = learner.advance(learner.start(problem, SEED), problem, SEED, 0, WHOLE_RUN)
    return advance.state, advance.done


def handles_at(learner: AnyLearner, problem: Rows, moment: Moment) -> Iterator[str]:
    """What can be dragged at a moment; marks that stand for a setting are left out."""
    settings = {param.name for param in learner.params()}
    for mark in learner.marks(moment, problem):
        if mark.handle is not None and mark.handle not in settings:
            yield f"{mark.handle}:0" if isinstance(mark, Points) else mark.handle


def handles(learner: AnyLearner, problem: Rows) -> list[str]:
    """What can be dragged in the first few frames, each once."""
    return sorted({h for _, moment in frames(learner, problem, 4) for h in handles_at(learner, problem, moment)})


def edited_frames(learner: AnyLearner, problem: Rows) -> Iterator[Moment]:
    """The moment after dragging each handle of the first few frames."""
    for _, moment in frames(learner, problem, 4):
        for handle in handles_at(learner, problem, moment):
            yield Moment("edited", learner.edit(moment.state, Edit(handle, (0.25, -0.75)), problem))


def without_numbers(problem: Rows) -> Rows:
    """The same sizes and names, and no number behind them."""
    targets = None if problem.targets is None else np.broadcast_to(problem.targets.dtype.type(0), problem.n)
    return dataclasses.replace(problem, features=np.broadcast_to(0.0, (problem.n, problem.d)), targets=targets)


def same_moments(one: list[tuple[int, Moment]], other: list[tuple[int, Moment]]) -> bool:
    return len(one) == len(other) and all(
        a_at == b_at and a.phase == b.phase and dict(a.values) == dict(b.values) and a.state.same_as(b.state)
        for (a_at, a), (b_at, b) in zip(one, other, strict=True)
    )


def shown_frames(learner: AnyLearner, problem: Rows, pin: Pin = NOTHING) -> Iterator[Shown]:
    """What the numbers are asked about: every frame of the first iterations."""
    before = after = learner.start(problem, SEED)
    last = 0
    for iteration, moment in frames(learner, problem):
        if iteration != last:
            before, last = after, iteration
        after = moment.state
        yield Shown(iteration, moment, before if iteration else moment.state, pin)
