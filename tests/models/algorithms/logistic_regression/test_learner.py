"""Logistic regression against scikit-learn and autograd, its numbers computed again, and its promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression as Referee
from sklearn.metrics import log_loss

from models.algorithms.logistic_regression.learner import LogisticRegression
from models.core.abilities import HasLossSurface, HasNetwork
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from models.core.marks import Arrow, Field, Segments
from tests.models.problems import blobs, make_problem
from tests.models.told import numbers_of

TWO = ((-1.5, -1.0), (1.5, 1.0))
THREE = ((-2.0, -1.0), (2.0, 1.5), (0.0, 3.0))
FAR = ((-4.0, -4.0), (4.0, 4.0))


def clouds(centers=TWO, sd=1.3, **more):
    return make_problem(*blobs(centers, each=25, sd=sd), scaling="standard", **more)


def ended(learner, problem, count=1_000_000, seed=7):
    return learner.advance(learner.start(problem, seed), problem, seed, 0, count).state


def shown_moments(learner, problem, iterations=3, pin=None, state=None):
    """Every moment from the start, each with the state settled before its iteration."""
    before = learner.start(problem, 7) if state is None else state
    yield Shown(0, Moment("start", before), before, pin or Pin())
    for done in range(iterations):
        for moment in learner.iterate(before, problem, 7, done):
            yield Shown(done + 1, moment, before, pin or Pin())
        before = moment.state


def probabilities(weights, bias, x):
    """(n, c), written anew: a sigmoid's two, or softmax."""
    z = x @ weights.T + bias
    z = np.column_stack([np.zeros(len(x)), z[:, 0]]) if z.shape[1] == 1 else z
    parts = np.exp(z - z.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def autograd(weights, bias, x, targets, l2):
    """(loss, gradient (c, d + 1)) by torch in float64."""
    w, b = torch.tensor(weights, requires_grad=True), torch.tensor(bias, requires_grad=True)
    z, y = torch.tensor(np.array(x)) @ w.T + b, torch.tensor(np.array(targets))
    if len(bias) == 1:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z[:, 0], y.double())
    else:
        loss = torch.nn.functional.cross_entropy(z, y)
    loss = loss + 0.5 * l2 * (w**2).sum()
    loss.backward()
    return loss.item(), np.column_stack([w.grad.numpy(), b.grad.numpy()])


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize(("centers", "l2"), [(TWO, 0.05), (TWO, 0.0), (THREE, 0.02)])
def test_that_scikit_learn_finds_the_same_weights_under_the_same_penalty(centers, l2, path):
    problem = clouds(centers, path=path)
    state = ended(LogisticRegression(learning_rate=1.0, l2=l2, tol=1e-7, max_iter=20_000), problem)
    strength = {"C": 1.0 / (problem.n * l2)} if l2 else {"C": np.inf}
    referee = Referee(tol=1e-10, max_iter=10_000, **strength).fit(problem.features, problem.targets)
    np.testing.assert_allclose(state.weights, referee.coef_, atol=2e-4)
    differences = state.bias - referee.intercept_
    np.testing.assert_allclose(differences, differences.mean() if len(differences) > 1 else 0.0, atol=2e-4)
    learner = LogisticRegression(l2=l2)
    np.testing.assert_allclose(
        learner.predict(state, problem.features), referee.predict_proba(problem.features), atol=1e-4
    )


@pytest.mark.parametrize("l2", [0.0, 0.3])
@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_loss_and_gradient_are_those_of_autograd_and_the_step_goes_against_it(centers, l2):
    problem, learner = clouds(centers), LogisticRegression(l2=l2)
    before = learner.start(problem, 3)
    for done in range(5):
        *_, judged, sloped, updated = learner.iterate(before, problem, 3, done)
        loss, gradient = autograd(before.weights, before.bias, problem.features, problem.targets, l2)
        assert judged.values["loss"] == pytest.approx(loss, rel=1e-12)
        assert learner.metrics(before, problem)["loss"] == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(sloped.state.gradient, gradient, atol=1e-14)
        np.testing.assert_allclose(updated.state.weights, before.weights - 0.3 * gradient[:, :-1], atol=1e-14)
        np.testing.assert_allclose(updated.state.bias, before.bias - 0.3 * gradient[:, -1], atol=1e-14)
        before = updated.state


def test_that_two_classes_have_one_sigmoid_and_three_a_softmax():
    for centers, units in ((TWO, 1), (THREE, 3)):
        problem, learner = clouds(centers), LogisticRegression()
        state = learner.start(problem, 1)
        assert state.weights.shape == (units, 2)
        expected = probabilities(state.weights, state.bias, problem.features)
        np.testing.assert_allclose(learner.predict(state, problem.features), expected, atol=1e-12)


@pytest.mark.parametrize("centers", [TWO, THREE])
@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_advancing_is_stepping_bit_for_bit_from_anywhere(centers, path):
    problem, learner = clouds(centers, path=path), LogisticRegression(l2=0.01, tol=0.0)
    states = [learner.start(problem, 5)]
    for iteration in range(40):
        *_, last = learner.iterate(states[-1], problem, 5, iteration)
        states.append(last.state)
    for first, count in ((0, 40), (0, 1), (7, 20), (39, 1)):
        advanced = learner.advance(states[first], problem, 5, first, count)
        assert advanced.done == count and advanced.state.same_as(states[first + count])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_the_start_is_right_for_at_most_half_of_the_points(centers, seed):
    problem, learner = clouds(centers), LogisticRegression()
    state = learner.start(problem, seed)
    assert (learner.predict(state, problem.features).argmax(axis=1) == problem.targets).mean() <= 0.5


def test_that_given_start_weights_are_taken_and_a_wrong_number_of_them_is_said():
    problem = clouds(THREE)
    state = LogisticRegression(start_weights=(1, 2, 3, 4, 5, 6), start_bias=0.5).start(problem, 1)
    assert state.weights.tolist() == [[1, 2], [3, 4], [5, 6]] and state.bias.tolist() == [0.5] * 3
    said = LogisticRegression(start_weights=(1.0, 2.0)).unready(problem)
    assert "6 numbers" in said.say("en") and "6개" in said.say("ko")


def test_that_classes_that_overlap_converge_and_flat_ground_is_really_reached():
    problem, learner = clouds(sd=2.0), LogisticRegression(tol=1e-4)
    state = ended(learner, problem)
    outcome = learner.outcome(state, problem)
    assert outcome.kind == "converged" and 0 < state.iterations < 1000
    _, gradient = autograd(state.weights, state.bias, problem.features, problem.targets, 0.0)
    assert np.abs(gradient).max() < 1e-4


def test_that_classes_that_a_line_separates_end_with_the_reason_that_weights_grow_for_ever():
    problem = clouds(FAR, sd=0.7)
    lengths = []
    for learner in (LogisticRegression(), LogisticRegression(tol=0.0), LogisticRegression(tol=0.0, max_iter=5000)):
        state = ended(learner, problem)
        lengths.append(np.linalg.norm(state.weights))
        outcome = learner.outcome(state, problem)
        assert outcome.kind == ("finished" if learner.tol else "gave_up")
        assert "for ever" in outcome.said.say("en") and "L2 규제" in outcome.said.say("ko")
    assert lengths[0] < lengths[1] < lengths[2]
    held = LogisticRegression(l2=0.1)
    assert held.outcome(ended(held, problem), problem).kind == "converged"


def test_that_too_few_updates_are_given_up_and_said():
    problem, learner = clouds(sd=2.0), LogisticRegression(max_iter=5, tol=0.0)
    advanced = learner.advance(learner.start(problem, 1), problem, 1, 0, 100)
    assert advanced.done == 5
    outcome = learner.outcome(advanced.state, problem)
    assert outcome.kind == "gave_up" and "had not settled" in outcome.said.say("en")


@pytest.mark.parametrize(
    ("centers", "sd", "settings"), [(TWO, 1.3, {}), (FAR, 0.5, {}), (THREE, 0.9, {}), (FAR, 0.5, {"tol": 0.0})]
)
def test_that_a_run_takes_a_class_ten_to_forty_seconds(centers, sd, settings):
    problem, learner = clouds(centers, sd), LogisticRegression(**settings)
    seconds, state, iteration = 0.0, learner.start(problem, 7), 0
    while learner.outcome(state, problem) is None:
        iteration += 1
        for moment in learner.iterate(state, problem, 7, iteration - 1):
            seconds += learner.dwell(iteration, moment, problem)
            state = moment.state
    assert 10 <= seconds <= 40


def test_that_enormous_sums_stay_finite():
    problem = clouds()
    learner = LogisticRegression(start_weights=(900.0, 900.0), learning_rate=1000.0)
    for moment in learner.iterate(learner.start(problem, 1), problem, 1, 0):
        assert moment.state.is_finite()
    assert np.isfinite(learner.predict(moment.state, problem.features)).all()


def test_that_original_units_give_the_same_probabilities():
    features, targets = blobs(TWO, each=20, sd=1.3)
    features = features * [10.0, 0.1] + [500.0, 3.0]
    problem, learner = make_problem(features, targets, scaling="standard"), LogisticRegression()
    state = ended(learner, problem)
    report = learner.report(state, problem)["parameters"]
    again = probabilities(np.array(report["weights"]), np.array(report["bias"]), features)
    np.testing.assert_allclose(again, learner.predict(state, problem.features), atol=1e-9)


# -- what people see ---------------------------------------------------------------------------------------------------


def test_that_the_threshold_line_is_named_and_stands_where_the_probability_is_one_half():
    problem, learner = clouds(), LogisticRegression()
    state = ended(learner, problem, 5)
    marks = {mark.key: mark for mark in learner.marks(Moment("update", state), problem)}
    line, arrow = marks["line"], marks["weights 0"]
    assert isinstance(line, Segments) and line.labels == ("p = 0.5",) and line.extend
    on_it = np.concatenate([line.starts, line.ends])
    np.testing.assert_allclose(learner.predict(state, on_it), 0.5, atol=1e-12)
    assert isinstance(arrow, Arrow) and arrow.kind == "normal" and arrow.direction.tolist() == state.weights[0].tolist()
    assert isinstance(marks["surface"], Field) and not marks["surface"].contour


def test_that_three_classes_show_their_boundary_and_an_arrow_each():
    problem, learner = clouds(THREE), LogisticRegression()
    marks = {m.key: m for m in learner.marks(Moment("start", learner.start(problem, 1)), problem)}
    assert marks["surface"].contour and {"weights 0", "weights 1", "weights 2"} < set(marks)


# -- inside ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pin", [Pin(), Pin(row=13), Pin(row=13, weight=(1, 0, 1)), Pin(weight=(1, 0, -1))])
@pytest.mark.parametrize("l2", [0.0, 0.2])
@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_the_numbers_of_every_phase_are_those_of_the_formulas(centers, l2, pin):
    problem, learner = clouds(centers), LogisticRegression(l2=l2)
    x, targets, n = problem.features, problem.targets, problem.n
    row = pin.row or 0
    units = 1 if centers is TWO else 3
    unit = pin.weight[1] if pin.weight else (0 if units == 1 else targets[row])
    column = pin.weight[2] if pin.weight else 0
    seen = set()
    for shown in shown_moments(learner, problem, pin=pin):
        state, before, phase = shown.moment.state, shown.before, shown.moment.phase
        weights, bias = before.weights, before.bias
        found = numbers_of(learner, shown, problem)
        assert learner.concerned(shown, problem).tolist() == [row]
        p = probabilities(weights, bias, x)
        own = p[np.arange(n), targets]
        mine = p[:, 1] if units == 1 else p[:, unit]
        errors = mine - (targets == (1 if units == 1 else unit))
        loss, gradient = autograd(weights, bias, x, targets, l2)
        if phase in ("start", "forward"):
            sums = found[f"sum {unit}"].values
            assert sums["z"] == pytest.approx(weights[unit] @ x[row] + bias[unit])
            assert [sums["w1"], sums["w2"], sums["b"]] == [*weights[unit], bias[unit]]
            assert [sums["x1"], sums["x2"]] == x[row].tolist()
            assert found["probability"].is_main and found["probability"].values["p"] == pytest.approx(mine[row])
            if units > 1:
                totals = [found["probability"].values[f"z{k + 1}"] for k in range(units)]
                np.testing.assert_allclose(totals, weights @ x[row] + bias)
        elif phase == "loss":
            one, whole = found["sample loss"].values, found["loss"].values
            assert one["loss"] == pytest.approx(-np.log(own[row]))
            assert one["p"] == pytest.approx(mine[row] if units == 1 else own[row])
            assert whole["total"] == pytest.approx(-np.log(own).sum()) and whole["n"] == n
            assert whole["loss"] == pytest.approx(loss)
            if l2:
                assert whole["l2"] == l2 and whole["squares"] == pytest.approx((weights**2).sum())
                assert whole["total"] / n + l2 / 2 * whole["squares"] == pytest.approx(loss)
        elif phase == "gradient":
            one, whole = found["sample gradient"].values, found["gradient"].values
            inputs = np.ones(n) if column == -1 else x[:, column]
            assert one["p"] == pytest.approx(mine[row]) and one["part"] == pytest.approx(errors[row] * inputs[row])
            assert one["p"] - one["y"] == pytest.approx(errors[row])
            assert column == -1 or one["x"] == inputs[row]
            assert whole["total"] == pytest.approx((errors * inputs).sum())
            assert whole["slope"] == pytest.approx(gradient[unit, column])
            assert ("l2" in whole) == (l2 > 0 and column != -1)
            if "l2" in whole:
                assert whole["total"] / n + whole["l2"] * whole["w"] == pytest.approx(whole["slope"])
        else:
            new = np.append(weights[unit], bias[unit]) - 0.3 * gradient[unit]
            old = np.append(weights[unit], bias[unit])
            for j in (0, 1, -1):
                values = found[f"update {unit} {j}"].values
                assert values["w"] == old[j] and values["rate"] == 0.3
                assert values["slope"] == pytest.approx(gradient[unit, j]) and values["new"] == pytest.approx(new[j])
                assert found[f"update {unit} {j}"].is_main == (j == column)
            np.testing.assert_allclose(np.append(state.weights[unit], state.bias[unit]), new)
        seen.add(phase)
    assert seen == set(learner.phases) - {"edited"}


def test_that_scikit_learns_log_loss_is_the_loss_in_numbers():
    problem, learner = clouds(THREE), LogisticRegression()
    shown = [s for s in shown_moments(learner, problem, 1) if s.moment.phase == "loss"][0]
    p = probabilities(shown.before.weights, shown.before.bias, problem.features)
    assert numbers_of(learner, shown, problem)["loss"].values["loss"] == pytest.approx(log_loss(problem.targets, p))


def test_that_many_columns_are_shown_in_part_and_the_sum_is_whole():
    random = np.random.default_rng(1)
    x, targets = random.normal(0, 1, (40, 12)), np.arange(40) % 2
    problem, learner = make_problem(x, targets), LogisticRegression()
    pin = Pin(weight=(1, 0, 10))
    for shown in shown_moments(learner, problem, 1, pin):
        found = numbers_of(learner, shown, problem)
        if shown.moment.phase == "forward":
            values = found["sum 0"].values
            assert values["z"] == pytest.approx(x[0] @ shown.before.weights[0] + shown.before.bias[0])
            assert {"w12", "x12"} < set(values) and "w7" not in values and r"\cdots" in found["sum 0"].numbers
        if shown.moment.phase == "update":
            assert found["update 0 10"].is_main


@pytest.mark.parametrize(("centers", "activation"), [(TWO, "logistic"), (THREE, "softmax")])
def test_that_the_network_is_one_layer_and_its_gradients_are_autograds(centers, activation):
    problem, learner = clouds(centers), LogisticRegression()
    assert isinstance(learner, HasNetwork) and isinstance(learner, HasLossSurface)
    flows = []
    for shown in shown_moments(learner, problem, 1):
        state, wiring = shown.moment.state, learner.wiring(shown.moment, problem)
        flows.append(wiring.flow)
        assert wiring.sizes == (2, len(state.bias)) and wiring.activations == (activation,) and wiring.frozen is None
        assert len(wiring.output_names) == len(state.bias)
        np.testing.assert_array_equal(wiring.weights[0], state.weights.T)
        x = problem.features.astype(np.float32)
        (sums,) = learner.sums(state, x)
        assert sums.dtype == np.float32
        np.testing.assert_allclose(sums, x @ state.weights.T + state.bias, atol=1e-5)
        if wiring.flow in ("backward", "update"):
            _, gradient = autograd(shown.before.weights, shown.before.bias, problem.features, problem.targets, 0.0)
            np.testing.assert_allclose(wiring.gradients[0], gradient.T, atol=1e-14)
        else:
            assert wiring.gradients is None
    assert flows == ["", "forward", "loss", "backward", "update"]


def test_that_a_weight_set_by_hand_is_there_and_learning_goes_on_from_it():
    problem, learner = clouds(THREE), LogisticRegression()
    state = ended(learner, problem, 10)
    turned = learner.edit(state, Edit("weight:1:2:0", (4.0,)), problem)
    assert turned.weights[2, 0] == 4.0 and turned.weights[1, 0] == state.weights[1, 0]
    lifted = learner.edit(turned, Edit("weight:1:1:-1", (-3.0,)), problem)
    assert lifted.bias[1] == -3.0 and state.bias[1] != -3.0
    loss, gradient = autograd(lifted.weights, lifted.bias, problem.features, problem.targets, 0.0)
    np.testing.assert_allclose(lifted.gradient, gradient, atol=1e-14)
    assert lifted.loss == pytest.approx(loss)
    shown = Shown(10, Moment("edited", lifted, {"handle": "weight:1:1:-1"}), state)
    assert numbers_of(learner, shown, problem)["sum 0"].values["b"] == lifted.bias[0]
    assert learner.advance(lifted, problem, 7, 10, 5).done == 5
    for handle, value in (("weight:1:3:0", (1.0,)), ("weight:2:0:0", (1.0,)), ("weight:1:0:2", (1.0,)),
                          ("parameters", (1.0,)), ("weight:1:0:0", (np.nan,))):  # fmt: skip
        with pytest.raises(ValueError):
            learner.edit(state, Edit(handle, value), problem)


def test_that_a_run_that_had_ended_goes_on_after_an_edit_unless_the_new_place_is_flat_too():
    problem, learner = clouds(sd=2.0), LogisticRegression(tol=1e-3)
    state = ended(learner, problem)
    assert learner.outcome(state, problem) is not None
    moved = learner.edit(state, Edit("parameters", (-2.0, -2.0, 1.0)), problem)
    assert learner.outcome(moved, problem) is None
    back = learner.edit(moved, Edit("parameters", tuple(learner.parameters(state).tolist())), problem)
    assert learner.outcome(back, problem).kind == "converged"


@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_the_loss_surface_is_the_loss_at_every_place(centers):
    problem, learner = clouds(centers), LogisticRegression(l2=0.1)
    state = ended(learner, problem, 5)
    here = learner.parameters(state)
    vectors = here + np.random.default_rng(0).normal(0, 2, (20, len(here)))
    losses = learner.losses(state, problem, np.concatenate([here[None, :], vectors]))
    assert losses[0] == learner.metrics(state, problem)["loss"]
    units = len(state.bias)
    for vector, loss in zip(vectors, losses[1:], strict=True):
        weights, bias = vector[:-units].reshape(units, -1), vector[-units:]
        assert loss == pytest.approx(autograd(weights, bias, problem.features, problem.targets, 0.1)[0])
        put = learner.edit(state, Edit("parameters", tuple(vector.tolist())), problem)
        np.testing.assert_array_equal(learner.parameters(put), vector)


def test_that_two_weights_stand_on_the_axes_and_the_bias_is_said_to_be_held():
    (first, one), (second, two) = LogisticRegression().free_pair(LogisticRegression().start(clouds(), 1))
    assert (first, second) == (0, 1) and "held" in one.en and "고정" in two.ko
    assert LogisticRegression().free_pair(LogisticRegression().start(clouds(THREE), 1)) is None


def test_that_the_parameter_table_has_the_names_of_torch():
    problem, learner = clouds(THREE), LogisticRegression()
    state = learner.start(problem, 1)
    rows = {tensor.name: tensor.values for tensor in learner.tensors(state)}
    linear = torch.nn.Linear(2, 3)
    assert {name: tuple(p.shape) for name, p in linear.named_parameters()} == {n: v.shape for n, v in rows.items()}
