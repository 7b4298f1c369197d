"""Laws about seeing inside: the network and the loss surface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learnscope.laws.posing import SEED, can_freeze, for_whom, has_network, shown_frames
from models.core.abilities import HasLossSurface, activate
from models.core.learner import Edit, Moment
from models.core.problem import Rows


@for_whom(has_network)
def test_that_a_network_predicts_what_its_last_layer_says(learner: Any, problem: Rows) -> None:
    places = np.random.default_rng(1).uniform(-2, 2, (9, problem.d))
    for shown in shown_frames(learner, problem):
        wiring, state = learner.wiring(shown.moment, problem), shown.moment.state
        assert wiring.sizes[0] == problem.d == len(wiring.input_names)
        assert len(wiring.output_names) == wiring.sizes[-1]
        a = places
        for weights, bias, name, z in zip(
            wiring.weights, wiring.biases, wiring.activations, learner.sums(state, places), strict=True
        ):
            assert np.allclose(z, a @ weights + bias)
            a = activate(name, z)
        predicted = learner.predict(state, places)
        if wiring.activations[-1] == "softmax":
            assert np.allclose(a, predicted)
        elif wiring.activations[-1] == "logistic" and predicted.ndim == 2:
            assert np.allclose(a[:, 0], predicted[:, 1])
        sums = learner.sums(state, places.astype(np.float32))
        assert all(z.dtype == np.float32 for z in sums)


@for_whom(has_network)
def test_that_a_weight_set_by_hand_is_set_and_the_run_goes_on(learner: Any, problem: Rows) -> None:
    state = learner.advance(learner.start(problem, SEED), problem, SEED, 0, 3).state
    for unit_input in (0, -1):
        edited = learner.edit(state, Edit(f"weight:1:0:{unit_input}", (0.625,)), problem)
        wiring = learner.wiring(Moment("edited", edited), problem)
        value = wiring.biases[0][0] if unit_input < 0 else wiring.weights[0][unit_input, 0]
        assert value == pytest.approx(0.625)
        assert learner.advance(edited, problem, SEED, 3, 2).state.is_finite()
    with pytest.raises(ValueError):
        learner.edit(state, Edit("weight:9:0:0", (1.0,)), problem)


@for_whom(can_freeze)
def test_that_a_frozen_weight_stays_where_it_is(learner: Any, problem: Rows) -> None:
    state = learner.advance(learner.start(problem, SEED), problem, SEED, 0, 3).state
    before = learner.wiring(Moment("start", state), problem)
    frozen = learner.edit(state, Edit("freeze:1:0:1", (1.0,)), problem)
    after = learner.wiring(Moment("start", learner.advance(frozen, problem, SEED, 3, 9).state), problem)
    assert after.frozen[0][1, 0] and after.frozen[0].sum() == 1
    assert after.weights[0][1, 0] == before.weights[0][1, 0] and after.weights[0][0, 0] != before.weights[0][0, 0]
    freed = learner.edit(frozen, Edit("freeze:1:0:1", (0.0,)), problem)
    moved = learner.wiring(Moment("start", learner.advance(freed, problem, SEED, 3, 9).state), problem)
    assert moved.weights[0][1, 0] != before.weights[0][1, 0]


@for_whom(lambda learner: isinstance(learner, HasLossSurface))
def test_that_the_loss_surface_is_the_loss_where_the_run_stands(learner: Any, problem: Rows) -> None:
    for shown in shown_frames(learner, problem):
        state = shown.moment.state
        here = learner.parameters(state)
        losses = learner.losses(state, problem, np.stack([here, here + 0.1]))
        assert losses[0] == pytest.approx(learner.metrics(state, problem)[learner.goal], rel=1e-9, abs=1e-12)
        moved = learner.edit(state, Edit("parameters", tuple(here + 0.1)), problem)
        assert np.allclose(learner.parameters(moved), here + 0.1)
        assert learner.metrics(moved, problem)[learner.goal] == pytest.approx(losses[1], rel=1e-9, abs=1e-12)
