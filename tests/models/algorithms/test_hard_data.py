"""Perceptron, logistic regression and network on data that is hard on arithmetic: a result or a sentence, never a fault."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from lab.running.engine import Engine
from models.core.formula import Shown
from models.core.moment import Moment
from tests.models.hard_data import SHAPES, hard_rows, placed
from tests.models.problems import make_problem

SETTINGS = {
    "perceptron": st.fixed_dictionaries({"shuffle": st.sampled_from(["once", "given", "each"])}),
    "logistic_regression": st.fixed_dictionaries({"l2": st.sampled_from([0.0, 0.1]), "learning_rate": st.sampled_from([0.3, 100.0])}),
    "mlp": st.fixed_dictionaries({
        "activation": st.sampled_from(["tanh", "relu", "logistic", "identity"]),
        "optimizer": st.sampled_from(["sgd", "momentum", "adam"]),
        "hidden_layer_sizes": st.sampled_from([(4,), (3, 2)]),
        "l2": st.sampled_from([0.0, 0.1]),
        "learning_rate": st.sampled_from([0.03, 10.0]),
    }),
}  # fmt: skip
learners = st.sampled_from(sorted(SETTINGS)).flatmap(
    lambda name: SETTINGS[name].map(lambda chosen: models.load(name)(**chosen))
)
units = st.sampled_from([1e-300, 1e-160, 1e-150, 1e-30, 1e-12, 1e-6, 1.0, 1e6, 1e12, 1e60, 1e150, 1e152, 1e155, 1e300])


def both(said) -> None:
    for lang in ("en", "ko"):
        sentence = said.say(lang)
        assert sentence and not re.search(r"nan|inf\b|e[+-]\d", sentence)


@pytest.mark.filterwarnings("error")
@settings(max_examples=300, deadline=None)
@given(
    learners, st.sampled_from(SHAPES), st.sampled_from([2, 3]), st.integers(1, 3), st.integers(0, 5), units,
    st.sampled_from([0.0, 1e6, -1e9]), st.sampled_from(["none", "standard"]),
)  # fmt: skip
def test_that_every_run_has_finite_numbers_or_a_sentence_that_says_why_not(
    learner, shape, classes, columns, seed, unit, origin, scaling
):
    x, targets = hard_rows(shape, classes, seed, columns)
    with np.errstate(all="ignore"):
        problem = make_problem(placed(x, unit, origin), targets, scaling=scaling, axes=(0, min(1, columns - 1)))
    refused = learner.unready(problem)
    if refused is not None:
        assert unit < 1e-140 or unit > 1e140 or (targets == targets[0]).all()
        both(refused)
        return
    advice = learner.advice(problem)
    if advice is not None:
        both(advice.said)
    start = learner.start(problem, seed)
    assert start.is_finite() and all(np.isfinite(v) for v in learner.metrics(start, problem).values())
    engine = Engine(learner, problem, seed)
    progress = engine.advance(0, start, 120)
    assert progress.state.is_finite()
    if progress.outcome is not None:
        both(progress.outcome.said)
    has_diverged = progress.outcome is not None and progress.outcome.kind == "diverged"
    if not has_diverged:
        assert all(np.isfinite(v) for v in learner.metrics(progress.state, problem).values())
        assert np.isfinite(learner.predict(progress.state, problem.features)).all()
    moments = [Moment("start", start, {}), *learner.iterate(start, problem, seed, 0)]
    for moment in moments:
        for mark in learner.marks(moment, problem):
            for value in vars(mark).values():
                if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                    assert np.isfinite(value).all()
        for formula in learner.formulas(Shown(1, moment, start), problem):
            assert formula.filled()
        if moment.state.is_finite():
            for lang in ("en", "ko"):
                said = learner.phases[moment.phase].narration.say(lang, moment.values)
                assert said and "{" not in said


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_that_numbers_beyond_squares_are_refused_and_the_column_is_named(name):
    x, targets = hard_rows("clouds", 2, 1)
    for unit in (1e160, 1e-160):
        said = models.load(name)().unready(make_problem(x * unit, targets))
        assert "x" in said.say("en") and "x" in said.say("ko")
    assert models.load(name)().unready(make_problem(x * 1e100, targets)) is None


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_that_counts_are_said_with_their_thousands_apart(name):
    """In whatever a moment, a place in the run and a lack say, no four digits stand in a row."""
    x, targets = hard_rows("clouds", 150, 1)
    problem = make_problem(x, targets % 2)
    assert problem.n == 1500
    learner = models.load(name)(start_weights=[0.5] * 1001 if name == "mlp" else [0.5] * 1000)
    said = [learner.unready(problem).say(lang) for lang in ("en", "ko")]
    learner = models.load(name)(**({"batch_size": 1200, "hidden_layer_sizes": (400,)} if name == "mlp" else {}))
    start = learner.start(problem, 1)
    for moment in learner.iterate(start, problem, 1, 0):
        said += [learner.phases[moment.phase].narration.say(lang, moment.values) for lang in ("en", "ko")]
        said += [learner.place(12345, moment, problem).say(lang) for lang in ("en", "ko")]
        for formula in learner.formulas(Shown(1, moment, start), problem):
            said += [formula.said.say(lang, formula.said_values) for lang in ("en", "ko")]
    assert not [sentence for sentence in said if re.search(r"(?<![.\d])\d{4}", sentence)]
    assert any(re.search(r"\d,\d{3}", sentence) for sentence in said)
