"""The multi-layer perceptron seen from inside: every number that is shown, against torch's autograd in float64."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from models.algorithms.mlp import state as mlp_state
from models.algorithms.mlp.learner import MLP
from models.core.abilities import HasLossSurface, HasNetwork, activate
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from models.core.params import SettingError
from tests.models.algorithms.mlp.torch_module import module
from tests.models.problems import blobs, make_problem

BENDS = {"identity": lambda z: z, "relu": torch.relu, "tanh": torch.tanh, "logistic": torch.sigmoid}
OUTPUTS = ("softmax", "tanh", "numbers")


def problem_of(output: str, n: int = 42, path="kernel"):
    random = np.random.default_rng(5)
    x = random.normal(0, 2, (n, 3))
    if output == "numbers":
        return make_problem(x, 300 + 40 * np.sin(x[:, 0]) + 20 * x[:, 1] * x[:, 2], scaling="standard", path=path)
    classes = (x[:, 0] * x[:, 1] > 0).astype(int) + (x[:, 2] > 1.5) * (1 if output == "softmax" else 0)
    return make_problem(x, classes, scaling="standard", path=path)


def learner_of(output: str, **settings) -> MLP:
    loss = {"loss": "squared"} if output == "tanh" else {}
    return MLP.with_settings({"hidden_layer_sizes": (4, 3), "batch_size": 5, **loss, **settings})


class Referee:
    """The same network by torch in float64, one sample at a time: values, losses and gradients by autograd."""

    def __init__(self, learner: MLP, state, problem) -> None:
        self.learner, self.state, self.problem = learner, state, problem
        sizes, place = [int(size) for size in state.sizes], 0
        self.weights, self.biases = [], []
        for inputs, units in zip(sizes[:-1], sizes[1:], strict=True):
            w = torch.tensor(state.params[place : place + inputs * units].reshape(inputs, units), requires_grad=True)
            place += inputs * units
            self.weights.append(w)
            self.biases.append(torch.tensor(state.params[place : place + units], requires_grad=True))
            place += units

    def sample(self, row: int):
        """Inputs and outputs of every layer, the weighted sums, and the loss of one training row."""
        given = self.learner.activation
        names = [given] * (len(self.weights) - 1) if isinstance(given, str) else list(given)
        a, sums, outs = torch.tensor(self.problem.features[row]), [], []
        for number, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            outs.append(a)
            z = a @ w + b
            z.retain_grad()
            sums.append(z)
            a = BENDS[names[number]](z) if number < len(names) else z
        target = self.problem.targets[row]
        if self.problem.has_values:
            goal = (target - self.problem.targets.mean()) / self.problem.targets.std()
            return sums, [*outs, a], 0.5 * (a[0] - goal) ** 2
        if self.learner.loss == "squared":
            return sums, [*outs, torch.tanh(a)], 0.5 * (torch.tanh(a[0]) - (1.0 if target else -1.0)) ** 2
        return sums, [*outs, a.softmax(0)], torch.nn.functional.cross_entropy(a[None], torch.tensor([int(target)]))

    def penalty(self):
        return 0.5 * self.learner.l2 * sum((w**2).sum() for w in self.weights)

    def gradient(self, address) -> float:
        layer, unit, below = address
        tensor = self.biases[layer - 1].grad[unit] if below < 0 else self.weights[layer - 1].grad[below, unit]
        return float(tensor)


def moments_of(learner: MLP, problem, after: int = 6, seed: int = 3):
    state = learner.advance(learner.start(problem, seed), problem, seed, 0, after).state
    return state, {moment.phase: moment for moment in learner.iterate(state, problem, seed, after)}


def formulas_of(learner: MLP, moment: Moment, before, problem, pin=Pin()):  # noqa: B008
    found = list(learner.formulas(Shown(9, moment, before, pin), problem))
    assert sum(formula.is_main for formula in found) == 1
    assert len({formula.key for formula in found}) == len(found)
    for formula in found:
        shown = formula.filled()
        assert "<" not in shown.replace(r"\le", "") and set(formula.places()) <= set(formula.values)
        assert all(isinstance(value, float) for value in formula.values.values())
        for text in (formula.said.say("en", formula.said_values), formula.said.say("ko", formula.said_values)):
            assert text and "{" not in text
        assert not any("가" <= char <= "힣" for char in formula.symbols + shown)
    return {formula.key: formula.values for formula in found}


ARCHITECTURES = [
    {"hidden_layer_sizes": (2,), "activation": "logistic"},
    {"hidden_layer_sizes": (4, 3), "activation": ("relu", "tanh"), "l2": 0.03},
    {"hidden_layer_sizes": (6, 5, 7), "activation": ("logistic", "identity", "tanh")},
]


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("settings", ARCHITECTURES, ids=lambda settings: str(settings["hidden_layer_sizes"]))
def test_that_every_number_of_a_step_is_that_of_autograd_for_weights_in_every_layer(settings, output):
    problem, learner = problem_of(output), learner_of(output, **settings)
    before, moments = moments_of(learner, problem)
    rows, referee = moments["forward"].state.rows, Referee(learner, before, problem)
    pinned = int(rows[2])
    mean = sum(referee.sample(int(row))[2] for row in rows) / len(rows) + referee.penalty()
    mean.backward()
    sizes = before.sizes
    for layer in range(1, len(sizes)):
        for below in (-1, 0, int(sizes[layer - 1]) - 1):
            address = (layer, int(sizes[layer]) - 1, below)
            expected = referee.gradient(address)
            pin = Pin(weight=address, row=pinned)
            about = {p: formulas_of(learner, m, before, problem, pin) for p, m in moments.items()}
            own = Referee(learner, before, problem)
            sums, outs, loss = own.sample(pinned)
            loss.backward()
            unit = address[1]
            # forward: the whole weighted sum and what the activation makes of it
            assert about["forward"]["sum"]["z"] == pytest.approx(float(sums[layer - 1][unit].detach()), rel=1e-9)
            activation = about["forward"]["activation"]
            assert activation.get("a", activation.get("p")) == pytest.approx(outs[layer][unit].item(), rel=1e-9)
            # loss: of the sample, and the mean with the penalty
            assert about["loss"]["sample_loss"]["loss"] == pytest.approx(loss.item(), rel=1e-9)
            assert about["loss"]["batch_loss"]["loss"] == pytest.approx(mean.item(), rel=1e-9)
            # backward: the delta, the sample's gradient by the chain rule, and the mini-batch's
            backward, delta = about["backward"], float(sums[layer - 1].grad[unit])
            assert backward["sample_gradient"]["delta"] == pytest.approx(delta, rel=1e-9, abs=1e-14)
            if layer < len(sizes) - 1:
                assert backward["delta"]["delta"] == pytest.approx(delta, rel=1e-9, abs=1e-14)
                shown = [key for key in backward["delta"] if key.startswith("d") and key[1:].isdigit()]
                assert [backward["delta"][key] for key in shown] == pytest.approx(
                    [float(sums[layer].grad[int(key[1:])]) for key in shown], rel=1e-9, abs=1e-14
                )
            product = backward["sample_gradient"].get("g", delta)
            assert product == pytest.approx(own.gradient(address), rel=1e-9, abs=1e-14)
            assert backward["gradient"]["gradient"] == pytest.approx(expected, rel=1e-9, abs=1e-14)
            assert about["update"]["update"]["new"] == moments["update"].state.params[
                mlp_state.place_of(sizes, *address)
            ]  # fmt: skip


def test_that_the_written_sums_add_up_to_what_is_written_behind_them():
    problem, learner = problem_of("softmax"), learner_of("softmax", l2=0.05)
    before, moments = moments_of(learner, problem)
    for address in ((1, 2, 1), (2, 0, 3), (3, 1, 2), (3, 0, 0)):
        about = {p: formulas_of(learner, m, before, problem, Pin(weight=address)) for p, m in moments.items()}
        values = about["forward"]["sum"]
        count = int(before.sizes[address[0] - 1])
        assert sum(values[f"w{j}"] * values[f"a{j}"] for j in range(count)) + values["b"] == pytest.approx(values["z"])
        share = about["loss"]["share"]
        right = int(problem.targets[moments["loss"].state.rows[0]])
        powers = np.exp([share[f"z{k}"] for k in range(3)])
        assert share["p"] == pytest.approx(powers[right] / powers.sum())
        assert about["loss"]["sample_loss"]["loss"] == pytest.approx(-np.log(share["p"]))
        gradient = about["backward"]["gradient"]
        assert gradient["lambda"] == 0.05 and gradient["count"] == 5
        if address[0] < 3:
            delta = about["backward"]["delta"]
            units = int(before.sizes[address[0] + 1])
            total = sum(delta[f"w{k}"] * delta[f"d{k}"] for k in range(units))
            assert delta["slope"] * total == pytest.approx(delta["delta"])


def test_that_long_sums_show_dots_and_the_pinned_term_and_still_come_to_the_whole():
    problem, learner = problem_of("softmax"), learner_of("softmax", hidden_layer_sizes=(12, 3))
    before, moments = moments_of(learner, problem)
    shown = list(learner.formulas(Shown(9, moments["forward"], before, Pin(weight=(2, 1, 7))), problem))
    (total,) = (formula for formula in shown if formula.key == "sum")
    assert total.numbers.count(r"\cdots") == 2 and total.symbols.count(r"\cdots") == 2
    assert {"w0", "w7", "w11"} <= set(total.values) and "w5" not in total.values
    row = moments["forward"].state.rows[0]
    z = learner.sums(before, problem.features[row : row + 1])[1][0, 1]
    assert total.values["z"] == pytest.approx(z, rel=1e-12)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_that_the_update_shown_is_the_step_of_torch_optim(optimizer):
    problem = problem_of("tanh")
    learner = learner_of("tanh", optimizer=optimizer, learning_rate=0.05, momentum=0.8, activation="logistic", l2=0.01)
    start = learner.start(problem, 3)
    referee = Referee(learner, start, problem)
    tensors = [*referee.weights, *referee.biases]
    made = {
        "sgd": lambda: torch.optim.SGD(tensors, lr=0.05),
        "momentum": lambda: torch.optim.SGD(tensors, lr=0.05, momentum=0.8),
        "adam": lambda: torch.optim.Adam(tensors, lr=0.05),
    }[optimizer]()
    state, address = start, (2, 1, 3)
    for iteration in range(12):
        moments = list(learner.iterate(state, problem, 3, iteration))
        rows = moments[0].state.rows
        about = formulas_of(learner, moments[-1], state, problem, Pin(weight=address))
        made.zero_grad()
        old = float(referee.weights[1][3, 1].detach())
        (sum(referee.sample(int(row))[2] for row in rows) / len(rows) + referee.penalty()).backward()
        made.step()
        assert about["update"]["w"] == pytest.approx(old, rel=1e-9)
        assert about["update"]["g"] == pytest.approx(float(referee.weights[1].grad[3, 1]), rel=1e-8)
        new = float(referee.weights[1][3, 1].detach())
        assert about["update"]["new"] == pytest.approx(new, rel=1e-9)
        values = about["update"]
        moved = made.state[referee.weights[1]]
        if optimizer == "sgd":
            assert values["w"] - values["rate"] * values["g"] == pytest.approx(new, rel=1e-9)
        elif optimizer == "momentum":
            assert about["velocity"]["v"] == pytest.approx(float(moved["momentum_buffer"][3, 1]), rel=1e-8)
            velocity = about["velocity"]
            assert velocity["mu"] * velocity["old"] + velocity["g"] == pytest.approx(velocity["v"], rel=1e-9)
            assert values["w"] - values["rate"] * values["v"] == pytest.approx(new, rel=1e-9)
        else:
            assert about["moment_m"]["m"] == pytest.approx(float(moved["exp_avg"][3, 1]), rel=1e-8)
            assert about["moment_v"]["v"] == pytest.approx(float(moved["exp_avg_sq"][3, 1]), rel=1e-8)
            assert about["corrected_m"]["t"] == about["corrected_v"]["t"] == iteration + 1
            assert about["corrected_m"]["hat"] == pytest.approx(values["m_hat"])
            step = values["rate"] * values["m_hat"] / (np.sqrt(values["v_hat"]) + values["epsilon"])
            assert values["w"] - step == pytest.approx(new, rel=1e-9)
        state = moments[-1].state


def test_that_the_start_counts_the_parameters_and_says_the_range_of_a_weight():
    problem = make_problem(np.random.default_rng(1).normal(0, 1, (30, 4)), np.arange(30) % 3)
    learner = MLP(hidden_layer_sizes=(5, 6), activation="logistic")
    start = learner.start(problem, 2)
    values = formulas_of(learner, Moment("start", start), start, problem, Pin(weight=(2, 3, 1)))
    assert values["count"]["count"] == 82
    assert sum(parameter.numel() for parameter in module(learner, start).parameters()) == 82
    assert values["start"]["limit"] == pytest.approx(np.sqrt(6 / 11)) and abs(values["start"]["w"]) <= np.sqrt(6 / 11)
    assert len(learner.concerned(Shown(0, Moment("start", start), start), problem)) == 0


def test_that_the_numbers_are_about_the_first_of_the_mini_batch_or_about_the_pinned_row():
    problem, learner = problem_of("softmax"), learner_of("softmax")
    before, moments = moments_of(learner, problem)
    rows = moments["loss"].state.rows
    assert learner.concerned(Shown(9, moments["loss"], before), problem).tolist() == [rows[0]]
    outside = next(row for row in range(problem.n) if row not in rows)
    shown = Shown(9, moments["loss"], before, Pin(row=int(problem.rows[outside])))
    assert learner.concerned(shown, problem).tolist() == [outside]
    values = {formula.key: formula.values for formula in learner.formulas(shown, problem)}
    assert values["sample_loss"]["loss"] == pytest.approx(
        Referee(learner, before, problem).sample(outside)[2].item(), rel=1e-9
    )


@pytest.mark.parametrize(
    "pin", [Pin(unit=(9, 9)), Pin(weight=(1, 77, 0)), Pin(row=10_000), Pin(unit=(0, 2)), Pin(unit=(3, 1))]
)
def test_that_pins_of_another_network_are_left_aside(pin):
    problem, learner = problem_of("softmax"), learner_of("softmax")
    before, moments = moments_of(learner, problem)
    for moment in [Moment("start", learner.start(problem, 3)), *moments.values()]:
        formulas_of(learner, moment, before, problem, pin)


# -- network, loss surface, table ------------------------------------------------------------------------------------


@pytest.mark.parametrize("output", OUTPUTS)
def test_that_the_wiring_is_the_network_and_its_sums_lead_to_what_is_predicted(output):
    problem, learner = problem_of(output), learner_of(output, activation=("relu", "logistic"))
    before, moments = moments_of(learner, problem)
    assert isinstance(learner, HasNetwork) and isinstance(learner, HasLossSurface)
    wiring = learner.wiring(moments["backward"], problem)
    last = {"softmax": "softmax", "tanh": "tanh", "numbers": "identity"}[output]
    assert wiring.activations == ("relu", "logistic", last) and wiring.sizes == tuple(before.sizes)
    assert wiring.flow == "backward" and wiring.rows.tolist() == moments["update"].state.rows.tolist()
    names = {"softmax": ("A", "B", "C"), "tanh": ("B",), "numbers": ("class",)}[output]
    assert wiring.output_names == names and wiring.input_names == ("x", "y", "z")
    referee = Referee(learner, before, problem)
    (sum(referee.sample(int(row))[2] for row in wiring.rows) / len(wiring.rows)).backward()
    for block, w, b in zip(wiring.gradients, referee.weights, referee.biases, strict=True):
        np.testing.assert_allclose(block, np.vstack([w.grad, b.grad]), rtol=1e-9, atol=1e-13)
    sums, a = learner.sums(before, problem.features), problem.features
    for z, weights, bias, name in zip(sums, wiring.weights, wiring.biases, wiring.activations, strict=True):
        np.testing.assert_allclose(z, a @ weights + bias, rtol=1e-12)
        a = activate(name, z)
    predicted = learner.predict(before, problem.features)
    if output == "softmax":
        np.testing.assert_allclose(a, predicted, rtol=1e-9)
    elif output == "tanh":
        np.testing.assert_allclose((a[:, 0] + 1) / 2, predicted[:, 1], rtol=1e-9)
    else:
        np.testing.assert_allclose(a[:, 0] * before.target_scale + before.target_mean, predicted, rtol=1e-9)
    small = learner.sums(before, problem.features.astype(np.float32))
    assert all(z.dtype == np.float32 for z in small)
    np.testing.assert_allclose(small[-1], sums[-1], rtol=1e-3, atol=1e-4)


def test_that_there_is_no_gradient_before_the_first_backward_pass():
    problem, learner = problem_of("softmax"), learner_of("softmax")
    start = learner.start(problem, 3)
    first = {moment.phase: moment for moment in learner.iterate(start, problem, 3, 0)}
    assert learner.wiring(Moment("start", start), problem).gradients is None
    assert learner.wiring(first["loss"], problem).gradients is None
    assert learner.wiring(first["backward"], problem).gradients is not None
    assert learner.wiring(Moment("start", start), problem).rows is None


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("l2", [0.0, 0.07])
def test_that_the_loss_surface_is_the_training_loss_at_any_parameters(output, l2):
    problem, learner = problem_of(output, n=300), learner_of(output, activation=("tanh", "relu"), l2=l2)
    state, _ = moments_of(learner, problem)
    random = np.random.default_rng(0)
    vectors = learner.parameters(state) + random.normal(0, 0.5, (6, len(state.params))) * (np.arange(6)[:, None] > 0)
    found = learner.losses(state, problem, vectors)
    assert found[0] == pytest.approx(learner.metrics(state, problem)["loss"], rel=1e-12)
    for vector, loss in zip(vectors, found, strict=True):
        moved = learner.edit(state, Edit("parameters", tuple(vector)), problem)
        assert moved.params.tolist() == vector.tolist()
        referee = Referee(learner, moved, problem)
        mean = sum(referee.sample(row)[2].item() for row in range(problem.n)) / problem.n
        mean += referee.penalty().item() if l2 else 0.0
        assert loss == pytest.approx(mean, rel=1e-9)
    assert learner.free_pair(state) is None


def test_that_the_parameter_table_is_what_pytorch_prints():
    problem, learner = problem_of("softmax"), learner_of("softmax", activation=("relu", "identity"))
    state, _ = moments_of(learner, problem)
    table = {tensor.name: tensor.values for tensor in learner.tensors(state)}
    expected = module(learner, state).state_dict()
    assert list(table) == list(expected) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]
    for name, values in table.items():
        np.testing.assert_array_equal(values, expected[name].numpy())
        assert not values.flags.writeable


# -- changes by hand -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_that_what_is_fixed_stays_and_what_is_freed_moves_again(optimizer, path):
    problem = problem_of("softmax", path=path)
    learner = learner_of("softmax", optimizer=optimizer, l2=0.01)
    state = learner.advance(learner.start(problem, 3), problem, 3, 0, 9).state
    for handle in ("freeze:2:1:3", "freeze:1:0:-1", "freeze:1:0:0", "freeze:3:2:2", "freeze:1:0:0"):
        state = learner.edit(state, Edit(handle, (1.0,)), problem)
    places = [mlp_state.place_of(state.sizes, *address) for address in ((1, 0, 0), (1, 0, -1), (2, 1, 3), (3, 2, 2))]
    assert state.frozen.tolist() == sorted(places)
    later = learner.advance(state, problem, 3, 9, 30).state
    free = np.setdiff1d(np.arange(len(state.params)), places)
    for name in ("params", "first_moment", "second_moment"):
        was, now = getattr(state, name), getattr(later, name)
        if len(was):
            assert (was[places] == now[places]).all() and (was[free] != now[free]).all(), name
    assert (later.gradient[places] != 0).all(), "the slope there is still shown"
    stepped = state
    for iteration in range(9, 39):
        *_, last = learner.iterate(stepped, problem, 3, iteration)
        stepped = last.state
    assert stepped.same_as(later)
    wiring = learner.wiring(Moment("update", later), problem)
    assert wiring.frozen[0][0, 0] and wiring.frozen[0][-1, 0] and wiring.frozen[1][3, 1] and wiring.frozen[2][2, 2]
    assert sum(int(block.sum()) for block in wiring.frozen) == 4
    freed = learner.edit(later, Edit("freeze:1:0:0", (0.0,)), problem)
    moved = learner.advance(freed, problem, 3, 39, 3).state
    assert moved.params[places[0]] != later.params[places[0]] and moved.params[places[1]] == later.params[places[1]]


def test_that_a_frozen_network_learns_as_torch_learns_it():
    ends = []
    for path in ("kernel", "torch"):
        problem, learner = problem_of("tanh", path=path), learner_of("tanh", l2=0.02, activation=("relu", "logistic"))
        state = learner.edit(learner.start(problem, 3), Edit("freeze:1:2:1", (1.0,)), problem)
        state = learner.edit(state, Edit("weight:2:0:0", (0.75,)), problem)
        ends.append(learner.advance(state, problem, 3, 0, 40).state)
    np.testing.assert_allclose(ends[0].params, ends[1].params, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(ends[0].losses, ends[1].losses, rtol=1e-7)


def test_that_a_weight_set_by_hand_is_the_one_named_and_the_numbers_say_so():
    problem, learner = problem_of("softmax"), learner_of("softmax")
    state, _ = moments_of(learner, problem)
    edit = Edit("weight:2:1:3", (1.25,))
    after = learner.edit(state, edit, problem)
    assert np.flatnonzero(after.params != state.params).tolist() == [mlp_state.place_of(state.sizes, 2, 1, 3)]
    assert mlp_state.layers_of(after.params, after.sizes)[1][0][3, 1] == 1.25
    moment = Moment("edited", after, {"handle": edit.handle})
    about = formulas_of(learner, moment, state, problem, Pin(weight=(1, 0, 0)))
    assert about["weight"]["w"] == 1.25
    assert about["loss"]["loss"] == pytest.approx(learner.metrics(after, problem)["loss"])
    assert learner.wiring(moment, problem).rows is None and list(learner.marks(moment, problem))
    fixed = learner.edit(after, Edit("freeze:2:1:3", (1.0,)), problem)
    update = list(learner.iterate(fixed, problem, 3, 8))[-1]
    about = formulas_of(learner, update, fixed, problem, Pin(weight=(2, 1, 3)))
    assert about["update"] == {"w": 1.25}
    for handle in ("freeze:2:1:3", "parameters", ""):
        formulas_of(learner, Moment("edited", fixed, {"handle": handle}), state, problem)


@pytest.mark.parametrize("edit", [
    Edit("weight:0:0:0", (1.0,)), Edit("weight:4:0:0", (1.0,)), Edit("weight:1:4:0", (1.0,)),
    Edit("weight:1:0:3", (1.0,)), Edit("weight:1:0:-2", (1.0,)), Edit("weight:1:0", (1.0,)),
    Edit("weight:1:x:0", (1.0,)), Edit("weight:1:0:0", (1.0, 2.0)), Edit("weight:1:0:0", (float("nan"),)),
    Edit("parameters", (1.0, 2.0)), Edit("axis", (1.0, 2.0)),
])  # fmt: skip
def test_that_changes_that_cannot_be_are_refused(edit):
    problem, learner = problem_of("softmax"), learner_of("softmax")
    state = learner.start(problem, 3)
    with pytest.raises(ValueError):
        learner.edit(state, edit, problem)


def test_that_a_run_that_had_settled_goes_on_after_a_change_by_hand():
    problem = make_problem(*blobs(((-2.0, -2.0), (2.0, 2.0)), each=20), scaling="standard")
    learner = MLP(tol=1e-3)
    ended = learner.advance(learner.start(problem, 1), problem, 1, 0, 10_000)
    assert learner.outcome(ended.state, problem).kind == "converged"
    changed = learner.edit(ended.state, Edit("weight:1:0:0", (-3.0,)), problem)
    assert learner.outcome(changed, problem) is None
    again = learner.advance(changed, problem, 1, ended.done, 10_000)
    assert again.done >= 21 * 4 and learner.outcome(again.state, problem).kind == "converged"


# -- activation for each layer, L2, a start by hand ------------------------------------------------------------------


def test_that_activations_come_as_one_word_or_one_for_each_layer():
    taken = {given: MLP.with_settings({"activation": given, "hidden_layer_sizes": "3,3,3"}) for given in (
        "relu", "relu,tanh", "relu, tanh,logistic", ("identity",), ("relu", "relu"),
    )}  # fmt: skip
    assert [learner.activation for learner in taken.values()] == [
        "relu", ("relu", "tanh"), ("relu", "tanh", "logistic"), "identity", "relu",
    ]  # fmt: skip
    assert taken["relu,tanh"].activations == ("relu", "tanh", "tanh")
    assert MLP(activation=("relu", "tanh", "logistic")).activations == ("relu",)
    said = taken["relu,tanh"].advice(problem_of("softmax"))
    assert "2" in said.say("en") and "3" in said.say("ko")
    assert taken["relu, tanh,logistic"].advice(problem_of("softmax")) is None
    for learner in taken.values():
        assert MLP.with_settings(json.loads(learner.model_dump_json())) == learner
    for wrong in ("sigmoid", "relu,", "relu,,bent", ",".join(["relu"] * 9), (), ("relu", 3), 7):
        if wrong == "relu,":
            assert MLP.with_settings({"activation": wrong}).activation == "relu"
            continue
        with pytest.raises(SettingError) as caught:
            MLP.with_settings({"activation": wrong})
        assert "logistic" in caught.value.text.say("ko", caught.value.values)
    (param,) = (param for param in MLP.params() if param.name == "activation")
    assert param.kind == "choices" and param.for_each == "hidden_layer_sizes" and not param.optional


def test_that_layers_bend_each_in_its_own_way_as_in_pytorchs_module():
    problem = problem_of("softmax")
    learner = learner_of("softmax", hidden_layer_sizes=(4, 3, 5), activation=("relu", "logistic", "identity"))
    state, _ = moments_of(learner, problem)
    network = module(learner, state)
    assert [type(layer).__name__ for layer in network] == [
        "Linear", "ReLU", "Linear", "Sigmoid", "Linear", "Identity", "Linear",
    ]  # fmt: skip
    with torch.no_grad():
        shares = network(torch.tensor(problem.features)).softmax(dim=1).numpy()
    np.testing.assert_allclose(learner.predict(state, problem.features), shares, rtol=1e-10)
    report = learner.report(state, problem)
    assert report["activations"] == ["relu", "logistic", "identity", "softmax"] and report["l2"] == 0.0


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_l2_is_weight_decay_on_the_weights_alone(path):
    problem = problem_of("tanh", path=path)
    learner = learner_of("tanh", optimizer="sgd", learning_rate=0.1, l2=0.2)
    start = learner.start(problem, 3)
    referee = Referee(learner, start, problem)
    groups = [{"params": referee.weights, "weight_decay": 0.2}, {"params": referee.biases}]
    made, state = torch.optim.SGD(groups, lr=0.1), start
    for iteration in range(15):
        *_, last = learner.iterate(state, problem, 3, iteration)
        made.zero_grad()
        data_loss = sum(referee.sample(int(row))[2] for row in last.state.rows) / len(last.state.rows)
        assert last.state.batch_loss == pytest.approx((data_loss + referee.penalty()).item(), rel=1e-9)
        data_loss.backward()
        made.step()
        state = last.state
    for (weights, bias), w, b in zip(
        mlp_state.layers_of(state.params, state.sizes), referee.weights, referee.biases, strict=True
    ):
        np.testing.assert_allclose(weights, w.detach().numpy(), rtol=1e-8, atol=1e-12)
        np.testing.assert_allclose(bias, b.detach().numpy(), rtol=1e-8, atol=1e-12)


def test_that_the_training_loss_has_its_penalty_named_beside_it():
    problem = problem_of("softmax")
    plain, held = learner_of("softmax"), learner_of("softmax", l2=0.05)
    state = plain.start(problem, 3)
    without, with_penalty = plain.metrics(state, problem), held.metrics(state, problem)
    weights = [w for w, _ in mlp_state.layers_of(state.params, state.sizes)]
    assert with_penalty["penalty"] == pytest.approx(0.025 * sum((w**2).sum() for w in weights), rel=1e-12)
    assert with_penalty["loss"] == pytest.approx(without["loss"] + with_penalty["penalty"])
    assert set(without) == {"loss"} and set(with_penalty) <= set(MLP.metric_names)
    ends = [learner.advance(state, problem, 3, 0, 400).state for learner in (plain, held)]
    sizes = [sum((w**2).sum() for w, _ in mlp_state.layers_of(end.params, end.sizes)) for end in ends]
    assert sizes[1] < 0.5 * sizes[0]


def test_that_a_start_given_by_hand_is_taken_and_its_length_is_asked_for():
    problem = make_problem([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1])
    given = (0.5, -0.5, 1.0, 0.5, 0.0, -1.0, 1.0, -0.5, 0.5)
    learner = MLP(hidden_layer_sizes=(2,), loss="squared", start_weights=given)
    start = learner.start(problem, 1)
    assert learner.unready(problem) is None and start.params.tolist() == list(given)
    weights, bias = mlp_state.layers_of(start.params, start.sizes)[0]
    assert weights.tolist() == [[0.5, -0.5], [1.0, 0.5]] and bias.tolist() == [0.0, -1.0]
    said = learner.changed(hidden_layer_sizes=(3,)).unready(problem)
    assert "13" in said.say("en") and "9" in said.say("ko")
    assert formulas_of(learner, Moment("start", start), start, problem)["start"] == {"w": 0.5}


@pytest.mark.parametrize(
    ("output", "words"), [("tanh", "직선 하나"), ("softmax", "모두 직선"), ("numbers", "선형 회귀")]
)
def test_that_identity_everywhere_is_said_to_stay_straight_and_nothing_else_is(output, words):
    problem = problem_of(output)
    for activation, is_said in (("identity", True), (("identity", "tanh"), False), ("relu", False)):
        learner = learner_of(output, activation=activation)
        _, moments = moments_of(learner, problem)
        narration = learner.phases["forward"].narration
        told = narration.say("ko", moments["forward"].values)
        assert (words in told) == is_said
        assert ("weighted sum" in narration.say("en", moments["forward"].values)) == is_said
