"""Inside the perceptron: its numbers computed again, its network, weights set by hand, and the surface of mistakes."""

from __future__ import annotations

import numpy as np
import pytest

from models.algorithms.perceptron.learner import Perceptron
from models.core.abilities import HasLossSurface, HasNetwork, activate
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from tests.models.problems import blobs, make_problem
from tests.models.told import numbers_of

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
LECTURE = {"learning_rate": 0.5, "start_weights": (-0.5, 1.0), "start_bias": -0.25, "shuffle": "given"}
TWO = ((-2.0, -2.0), (2.0, 2.0))
THREE = ((-3.0, -1.0), (3.0, 0.0), (0.0, 4.0))


def clouds(centers=TWO, sd=1.5):
    return make_problem(*blobs(centers, each=15, sd=sd))


def shown_moments(learner, problem, iterations=30, pin=None):
    """Every moment from the start, each with the state settled before its iteration."""
    before = learner.start(problem, 7)
    yield Shown(0, Moment("start", before), before, pin or Pin())
    for done in range(iterations):
        for moment in learner.iterate(before, problem, 7, done):
            yield Shown(done + 1, moment, before, pin or Pin())
        before = moment.state


def test_that_the_lectures_first_correction_is_written_as_on_its_slide():
    problem, learner = make_problem(CORNERS, [0, 0, 0, 1]), Perceptron(**LECTURE)
    shown = [s for s in shown_moments(learner, problem, 2) if s.iteration == 2]
    look, update = (numbers_of(learner, s, problem) for s in shown)
    assert look["sum 0"].filled() == r"z = -0.5 \cdot 0 + 1 \cdot 1 + (-0.25) = 0.75"
    assert look["output 0"].filled() == r"\hat{y} = \mathrm{step}(0.75) = 1"
    assert look["error 0"].filled() == r"y - \hat{y} = 0 - 1 = -1"
    assert update["update 0 1"].symbols == r"w_{2} \leftarrow w_{2} + \eta\,(y - \hat{y})\,x_{2}"
    assert update["update 0 1"].filled() == r"w_{2} \leftarrow 1 + 0.5 \cdot (0 - 1) \cdot 1 = 0.5"
    assert update["update 0 -1"].filled() == r"b \leftarrow -0.25 + 0.5 \cdot (0 - 1) = -0.75"


@pytest.mark.parametrize("pin", [Pin(), Pin(weight=(1, 0, 1)), Pin(unit=(1, 0), weight=(1, 0, -1)), Pin(row=3)])
@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_the_numbers_of_every_phase_are_those_of_the_formulas(centers, pin):
    problem, learner = clouds(centers), Perceptron(learning_rate=0.3)
    units, seen = (1 if centers is TWO else 3), set()
    for shown in shown_moments(learner, problem, pin=pin):
        phase, before, after = shown.moment.phase, shown.before, shown.moment.state
        found = numbers_of(learner, shown, problem)
        (row,) = learner.concerned(shown, problem)
        assert row == (after.row if phase != "start" else 3 if pin.row else before.order[0])
        x, own = problem.features[row], problem.targets[row]
        sums = before.weights @ x + before.bias
        targets = np.array([own], float) if units == 1 else (np.arange(units) == own).astype(float)
        errors = targets - (sums >= 0)
        unit = next(int(key.split()[1]) for key in found if key.startswith(("sum", "update")))
        if pin.weight:
            assert unit == 0
        elif units > 1:
            assert unit == own if phase == "start" or errors[own] or not errors.any() else errors[unit] != 0
        if phase in ("start", "look"):
            values = found[f"sum {unit}"].values
            assert found[f"sum {unit}"].is_main and values["z"] == pytest.approx(sums[unit])
            assert [values["w1"], values["w2"], values["b"]] == [*before.weights[unit], before.bias[unit]]
            assert [values["x1"], values["x2"]] == x.tolist()
            assert found[f"output {unit}"].values["output"] == activate("step", sums)[unit]
            assert ("winner" in found) == (units > 1)
            if units > 1:
                totals = [found["winner"].values[f"z{k + 1}"] for k in range(units)]
                np.testing.assert_allclose(totals, sums)
                assert found["winner"].said_values["name"] == problem.class_text(int(sums.argmax()))
        if phase in ("look", "update"):
            values = found[f"error {unit}"].values
            assert values["error"] == errors[unit] == values["target"] - values["output"]
        if phase == "update":
            column = pin.weight[2] if pin.weight else 0
            inputs = np.append(x, 1.0)
            old = np.append(before.weights[unit], before.bias[unit])
            for j in (0, 1, -1):
                formula = found[f"update {unit} {j}"]
                assert formula.values["w"] == old[j] and formula.values["rate"] == 0.3
                assert formula.values["new"] == pytest.approx(old[j] + 0.3 * errors[unit] * inputs[j])
                assert formula.values["new"] == np.append(after.weights[unit], after.bias[unit])[j]
                assert formula.is_main == (j == column)
        seen.add(phase)
    assert seen == set(learner.phases) - {"edited"}


def test_that_many_columns_are_shown_in_part_the_pinned_one_among_them():
    random = np.random.default_rng(1)
    problem, learner = make_problem(random.normal(0, 1, (40, 12)), np.arange(40) % 2), Perceptron()
    for shown in shown_moments(learner, problem, 10, Pin(weight=(1, 0, 10))):
        found = numbers_of(learner, shown, problem)
        if shown.moment.phase == "update":
            assert found["update 0 10"].is_main and "update 0 9" not in found
        else:
            (row,) = learner.concerned(shown, problem)
            total = problem.features[row] @ shown.before.weights[0] + shown.before.bias[0]
            assert found["sum 0"].values["z"] == pytest.approx(total) and r"\cdots" in found["sum 0"].numbers


# -- the network -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_the_network_is_one_layer_of_steps_and_flows_with_the_moments(centers):
    problem, learner = clouds(centers), Perceptron()
    assert isinstance(learner, HasNetwork) and isinstance(learner, HasLossSurface)
    flows = set()
    for shown in shown_moments(learner, problem):
        state, wiring = shown.moment.state, learner.wiring(shown.moment, problem)
        assert wiring.activations == ("step",) and wiring.sizes == (2, len(state.bias))
        assert wiring.output_names == (("B",) if centers is TWO else ("A", "B", "C"))
        assert wiring.gradients is None and wiring.frozen is None
        np.testing.assert_array_equal(wiring.weights[0], state.weights.T)
        flows.add((shown.moment.phase, wiring.flow))
        assert (wiring.rows is None) if shown.moment.phase == "start" else wiring.rows.tolist() == [state.row]
    assert flows == {("start", ""), ("look", "forward"), ("update", "update")}
    for kind in (np.float32, np.float64):
        x = problem.features.astype(kind)
        (sums,) = learner.sums(state, x)
        assert sums.dtype == kind
        np.testing.assert_allclose(sums, x @ state.weights.T + state.bias, atol=1e-4)
        winner = activate("step", sums)[:, 0] if centers is TWO else sums.argmax(axis=1)
        assert (winner == learner.predict(state, x).argmax(axis=1)).all()


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_that_one_weight_or_bias_is_set_by_hand_and_nothing_else_changes():
    problem, learner = clouds(THREE), Perceptron()
    state = learner.advance(learner.start(problem, 7), problem, 7, 0, 10).state
    turned = learner.edit(state, Edit("weight:1:2:1", (4.5,)), problem)
    expected = state.weights.copy()
    expected[2, 1] = 4.5
    np.testing.assert_array_equal(turned.weights, expected)
    lifted = learner.edit(turned, Edit("weight:1:0:-1", (-2.0,)), problem)
    assert lifted.bias.tolist() == [-2.0, *state.bias[1:]] and lifted.position == state.position
    moment = Moment("edited", lifted, {"handle": "weight:1:0:-1"})
    found = numbers_of(learner, Shown(10, moment, state, Pin(unit=(1, 0))), problem)
    assert found["sum 0"].values["b"] == -2.0
    assert learner.phases["edited"].narration.say("ko", moment.values) and list(learner.marks(moment, problem))
    for handle, value in (("weight:1:3:0", (1.0,)), ("weight:0:0:0", (1.0,)), ("weight:1:0:2", (1.0,)),
                          ("weight:1:0:0", (1.0, 2.0)), ("parameters", (1.0,)), ("weight:1:0:0", (np.inf,)),
                          ("weight:1:a:0", (1.0,))):  # fmt: skip
        with pytest.raises(ValueError):
            learner.edit(state, Edit(handle, value), problem)


def test_that_a_finished_run_that_is_spoiled_by_hand_goes_on_and_finds_a_line_again():
    problem, learner = make_problem(CORNERS, [0, 0, 0, 1]), Perceptron(**LECTURE)
    done = learner.advance(learner.start(problem, 7), problem, 7, 0, 1000)
    assert learner.outcome(done.state, problem).kind == "converged"
    spoiled = learner.edit(done.state, Edit("weight:1:0:0", (-3.0,)), problem)
    assert learner.outcome(spoiled, problem) is None
    again = learner.advance(spoiled, problem, 7, done.done, 1000)
    assert learner.outcome(again.state, problem).kind == "converged"
    assert learner.metrics(again.state, problem)["mistakes"] == 0


def test_that_an_epoch_in_which_a_hand_helped_does_not_pass_for_one_without_a_mistake():
    problem, learner = make_problem(CORNERS, [0, 0, 0, 1]), Perceptron(**LECTURE)
    state = learner.advance(learner.start(problem, 7), problem, 7, 0, 1).state
    helped = learner.edit(state, Edit("parameters", (0.5, 0.5, -0.75)), problem)
    rest = learner.advance(helped, problem, 7, 1, 3).state
    assert rest.epoch == 1 and learner.outcome(rest, problem) is None
    assert learner.outcome(learner.advance(rest, problem, 7, 4, 4).state, problem).kind == "converged"


def test_that_a_known_cycle_is_forgotten_when_the_weights_are_set_by_hand():
    problem, learner = make_problem(CORNERS, [0, 1, 1, 0]), Perceptron(**LECTURE, max_epochs=1000)
    state = learner.advance(learner.start(problem, 7), problem, 7, 0, 200).state
    assert state.cycle > 0
    moved = learner.edit(state, Edit("parameters", (7.0, -3.0, 1.0)), problem)
    assert moved.cycle == 0
    assert learner.advance(moved, problem, 7, 200, 400).state.cycle > 0


# -- the surface of mistakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("centers", [TWO, THREE])
def test_that_the_surface_counts_the_mistakes_at_every_place(centers):
    problem, learner = clouds(centers), Perceptron()
    for shown in shown_moments(learner, problem, 20):
        state = shown.moment.state
        here = learner.parameters(state)
        assert learner.losses(state, problem, here[None, :])[0] == learner.metrics(state, problem)["mistakes"]
    vectors = here + np.random.default_rng(0).normal(0, 1, (50, len(here)))
    counted = learner.losses(state, problem, vectors)
    assert len(set(counted.tolist())) > 3
    for vector, mistakes in zip(vectors, counted, strict=True):
        weights, bias = vector[: -len(state.bias)].reshape(-1, 2), vector[-len(state.bias) :]
        sums = problem.features @ weights.T + bias
        winner = sums[:, 0] >= 0 if centers is TWO else sums.argmax(axis=1)
        assert mistakes == np.count_nonzero(winner != problem.targets)
        put = learner.edit(state, Edit("parameters", tuple(vector.tolist())), problem)
        assert learner.metrics(put, problem)["mistakes"] == mistakes


def test_that_two_weights_stand_on_the_axes_and_the_bias_is_said_to_be_held():
    learner = Perceptron()
    (first, one), (second, two) = learner.free_pair(learner.start(clouds(), 1))
    assert (first, second) == (0, 1) and "held" in one.en and "고정" in two.ko
    assert learner.free_pair(learner.start(clouds(THREE), 1)) is None


def test_that_the_parameter_table_holds_weight_and_bias():
    problem, learner = clouds(THREE), Perceptron()
    state = learner.start(problem, 1)
    rows = {tensor.name: tensor.values for tensor in learner.tensors(state)}
    np.testing.assert_array_equal(rows["weight"], state.weights)
    np.testing.assert_array_equal(rows["bias"], state.bias)
