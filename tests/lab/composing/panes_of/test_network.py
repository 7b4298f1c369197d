"""The network pane and the activation pane: pictures are the units' outputs, deltas are autograd's."""

from __future__ import annotations

import dataclasses
import tracemalloc

import numpy as np
import pytest
import torch

from lab.composing.panes_of.activation import MOST_SUMS, activation_picture
from lab.composing.panes_of.network import MOST_CELLS, NetworkPictures, middle
from lab.protocol.commands import Look
from models.algorithms.linear_regression.learner import LinearRegression
from models.algorithms.logistic_regression.learner import LogisticRegression
from models.algorithms.mlp.learner import MLP
from models.core.abilities import Wiring, activate, slope
from models.core.formula import Shown
from models.core.learner import Moment, Pin
from tests.models.problems import blobs, make_problem

LOOK = Look(-3.0, 5.0, -2.0, 6.0)
TORCH = {
    "identity": lambda z: z, "tanh": torch.tanh, "relu": torch.relu, "logistic": torch.sigmoid,
    "softmax": lambda z: torch.softmax(z, -1),
}  # fmt: skip


class Net:
    """A network that is nothing but its weights; a state is ((weights, biases), ...), one pair a layer."""

    def __init__(self, activations, *, flow="", rows=None, gradients=None, scale=1.0, mean=0.0, half=0.5):
        self.activations, self.flow, self.rows, self.gradients = tuple(activations), flow, rows, gradients
        self.scale, self.mean = scale, mean  # of a value's target inside the network
        self.half = half  # what its squared error is multiplied with

    def wiring(self, moment, problem):
        weights, biases = zip(*moment.state, strict=True)
        outputs = problem.class_names or ("y",)
        return Wiring(
            problem.feature_names, outputs, weights, biases, self.activations,
            gradients=self.gradients, rows=self.rows, flow=self.flow,
        )  # fmt: skip

    def sums(self, state, x):
        found, a = [], x
        for (w, b), name in zip(state, self.activations, strict=True):
            found.append(a @ w.astype(x.dtype) + b.astype(x.dtype))
            a = activate(name, found[-1])
        return tuple(found)

    def output_deltas(self, state, problem, x, targets):
        z, name = self.sums(state, x)[-1], self.activations[-1]
        a = activate(name, z)
        if name == "softmax" or name == "logistic" and a.shape[1] > 1:
            return a - (targets[:, None] == np.arange(a.shape[1]))
        if name == "logistic":
            return a - targets[:, None]
        if name == "tanh":
            return (a - (2.0 * targets[:, None] - 1.0)) * slope(name, z)
        if name == "identity" and problem.has_values:
            return 2.0 * self.half * (a - (targets[:, None] - self.mean) / self.scale)
        return None

    def predict(self, state, x):
        a = activate(self.activations[-1], self.sums(state, x)[-1])
        return a[:, 0] * self.scale + self.mean if a.shape[1] == 1 else a


def drawn(sizes, seed=0):
    random = np.random.default_rng(seed)
    return tuple(
        (random.normal(0, 0.8, (a, b)), random.normal(0, 0.3, b)) for a, b in zip(sizes, sizes[1:], strict=False)
    )


def two_classes(**changes):
    features, targets = blobs(((-2.0, -1.0), (2.0, 1.5)))
    return make_problem(features, targets, **changes)


def at(state, before=None, pin=None):
    return Shown(1, Moment("look", state), before or state, pin or Pin())


def composed(net, state, problem, *, unit_px=20, look=LOOK, **changes):
    return NetworkPictures().picture(net, at(state, **changes), problem, look, unit_px)


def values_of(picture, layer):
    """The bytes of a layer's pictures as values again."""
    name = picture.wiring.activations[layer - 1]
    signed = picture.units[layer - 1].astype(float) - 128
    return middle(name) + signed / 127 * np.asarray(picture.unit_range[layer - 1], dtype=float)[:, None, None]


@pytest.mark.parametrize("name", ["identity", "relu", "tanh", "logistic"])
def test_that_every_unit_is_drawn_as_its_output_over_the_view(name):
    problem, state = two_classes(scaling="standard"), drawn((2, 5, 3, 2))
    picture = composed(Net((name, name, "softmax")), state, problem)
    xs = LOOK.x0 + (np.arange(20) + 0.5) / 20 * (LOOK.x1 - LOOK.x0)
    ys = LOOK.y0 + (np.arange(20) + 0.5) / 20 * (LOOK.y1 - LOOK.y0)
    for row, column in ((0, 0), (0, 19), (19, 0), (7, 13)):
        place = torch.tensor(problem.scaler.transform(np.array([[xs[column], ys[row]]])))
        for layer, (w, b) in enumerate(state, start=1):
            place = TORCH[picture.wiring.activations[layer - 1]](place @ torch.tensor(w) + torch.tensor(b))
            one_step = np.asarray(picture.unit_range[layer - 1]) / 127
            assert np.all(np.abs(values_of(picture, layer)[:, row, column] - place[0].numpy()) <= 0.52 * one_step)


def test_that_zero_is_the_middle_byte_and_a_bounded_unit_stands_on_its_whole_scale():
    state = ((np.array([[0.0, 0.1], [0.0, 0.0]]), np.zeros(2)),)
    for name, most in (("tanh", 1.0), ("logistic", 0.5)):
        picture = composed(Net((name,)), state, two_classes())
        assert np.all(picture.units[0][0] == 128)
        assert picture.unit_range[0].tolist() == [most, most]
        assert picture.units[0][1].max() < 250


def test_that_an_unbounded_unit_reaches_the_end_of_its_scale():
    picture = composed(Net(("identity",)), ((np.array([[-3.0], [0.0]]), np.zeros(1)),), two_classes())
    assert picture.units[0].min() == 1
    assert picture.unit_range[0][0] == pytest.approx(3.0 * (5.0 - 8.0 / 40), rel=1e-6)


def test_that_the_inputs_have_pictures_and_held_columns_have_one_colour():
    features = np.random.default_rng(0).normal(3.0, 2.0, (30, 4))
    problem = make_problem(features, np.arange(30) % 2, scaling="standard", axes=(2, 0))
    state = drawn((4, 3, 2))
    picture = composed(Net(("tanh", "softmax")), state, problem, look=Look(0.0, 6.0, 0.0, 6.0))
    across, up = picture.input_units[2].astype(int), picture.input_units[0].astype(int)
    assert np.all(np.diff(across, axis=1) > 0) and np.all(np.diff(across, axis=0) == 0)
    assert np.all(np.diff(up, axis=0) > 0) and np.all(np.diff(up, axis=1) == 0)
    assert all(len(np.unique(picture.input_units[held])) == 1 for held in (1, 3))
    middle_cell = problem.held.copy()
    middle_cell[[2, 0]] = (np.array([3.15, 3.15]) - problem.scaler.mean[[2, 0]]) / problem.scaler.scale[[2, 0]]
    expected = np.tanh(middle_cell @ state[0][0] + state[0][1])
    assert np.abs(values_of(picture, 1)[:, 10, 10] - expected).max() < 0.01


def test_that_a_plane_with_the_target_as_its_height_has_no_pictures_of_units():
    problem = make_problem(np.arange(8.0)[:, None], np.arange(8.0) * 2, axes=(0, -1))
    picture = composed(Net(("identity",)), drawn((1, 1)), problem)
    assert picture.units == () and picture.input_units == ()
    assert len(picture.outputs[0]) == 1


def test_that_an_algorithm_without_a_network_has_no_picture_of_one():
    assert NetworkPictures().picture(object(), at(None), two_classes(), LOOK, 20) is None
    assert activation_picture(object(), at(None), two_classes()) is None


def test_that_many_units_have_coarser_pictures_within_the_budget():
    state = drawn((2, *[64] * 8, 2))
    picture = composed(Net(["tanh"] * 8 + ["softmax"]), state, two_classes(), unit_px=100)
    assert sum(units.size for units in picture.units) <= MOST_CELLS
    assert picture.units[0].shape[0] == 64 and picture.units[0].shape[1] > 30


def test_that_a_wide_network_has_coarser_pictures_and_no_hundreds_of_megabytes():
    state = drawn((2, *[512] * 4, 2))
    learner, problem = Net(["tanh"] * 4 + ["softmax"]), two_classes()
    tracemalloc.start()
    picture = composed(learner, state, problem, unit_px=100)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 30 <= picture.units[0].shape[1] < 100 and used < 60e6


def test_that_the_strength_of_a_layer_is_how_far_its_pictures_are_from_their_middles():
    picture = composed(Net(["tanh", "softmax"]), drawn((2, 20, 2)), two_classes(), unit_px=20)
    for units, strength in zip(picture.units, picture.strengths, strict=True):
        assert np.array_equal(strength, np.abs(units.astype(int) - 128).sum(axis=0))


def test_that_values_beyond_all_bounds_still_make_a_picture():
    for wrong in (np.nan, np.inf, 1e300):
        state = ((np.array([[wrong, 1.0], [1.0, 1.0]]), np.zeros(2)), (np.ones((2, 1)), np.zeros(1)))
        picture = composed(Net(("relu", "identity")), state, two_classes())
        assert picture.units[0].shape == (2, 20, 20)
        assert values_of(picture, 1)[1, 19, 19] > 0  # the sound unit keeps its picture
        assert np.isfinite(picture.unit_range[0]).all()


def test_that_the_same_weights_are_drawn_once_and_changed_ones_anew():
    pictures, net, problem, state = NetworkPictures(), Net(("tanh", "softmax")), two_classes(), drawn((2, 3, 2))
    first = pictures.picture(net, at(state), problem, LOOK, 20)
    copied = tuple((w.copy(), b.copy()) for w, b in state)
    assert pictures.picture(net, at(copied), problem, LOOK, 20).units[0] is first.units[0]
    copied[1][1][0] += 0.5
    anew = pictures.picture(net, at(copied), problem, LOOK, 20)
    assert np.array_equal(anew.units[0], first.units[0]) and not np.array_equal(anew.units[1], first.units[1])
    assert pictures.picture(net, at(copied), problem, Look(0.0, 1.0, 0.0, 1.0), 20).units[0] is not anew.units[0]


# -- the sample -------------------------------------------------------------------------------------------------------


def with_test_rows(problem):
    """The last ten rows as test rows, and dataset rows that are not the indices."""
    return dataclasses.replace(
        problem,
        features=problem.features[:-10], targets=problem.targets[:-10], rows=np.arange(len(problem.features) - 10) + 100,
        test_features=problem.features[-10:], test_targets=problem.targets[-10:], test_rows=np.arange(10) + 500,
    )  # fmt: skip


@pytest.mark.parametrize(
    "pinned, batch, expected",
    [(107, (3, 4), 107), (503, (3, 4), 503), (None, (3, 4), 103), (None, None, 100), (9, (5,), 105)],
)
def test_that_the_sample_is_the_pinned_row_or_the_first_that_the_moment_is_about(pinned, batch, expected):
    whole = two_classes(scaling="standard")
    problem, state = with_test_rows(whole), drawn((2, 3, 2))
    net = Net(("tanh", "softmax"), rows=None if batch is None else np.array(batch))
    picture = composed(net, state, problem, pin=Pin(row=pinned))
    place = expected - 100 if expected < 500 else len(whole.features) - 10 + expected - 500
    assert picture.sample == expected
    assert np.array_equal(picture.inputs, whole.features[place])
    assert np.allclose(picture.originals, whole.scaler.inverse(whole.features)[place])
    assert picture.target == whole.targets[place]
    z = whole.features[place] @ state[0][0] + state[0][1]
    assert np.allclose(picture.sums[0], z) and np.allclose(picture.outputs[0], np.tanh(z))
    assert picture.outputs[1].sum() == pytest.approx(1.0)


# -- the backward pass -------------------------------------------------------------------------------------------------


def by_autograd(net, state, x, loss_of):
    """dL/dz of every layer for one sample, and dL/dw, by torch in float64."""
    a, sums = torch.tensor(x), []
    for (w, b), name in zip(state, net.activations, strict=True):
        z = a @ torch.tensor(w) + torch.tensor(b)
        z.requires_grad_() if not z.requires_grad else z.retain_grad()
        sums.append(z)
        a = TORCH[name](z)
    loss_of(a, sums[-1]).backward()
    return [z.grad.numpy() for z in sums]


CASES = {
    "softmax": (("tanh", "relu", "softmax"), 2, lambda a, z, t: -torch.log(a[int(t)])),
    "logistic": (("logistic", "tanh", "logistic"), 1, lambda a, z, t: -torch.log(a[0] if t else 1 - a[0])),
    "tanh": (("tanh", "identity", "tanh"), 1, lambda a, z, t: 0.5 * (a[0] - (2 * t - 1)) ** 2),
}


@pytest.mark.parametrize("flow", ["backward", "update"])
@pytest.mark.parametrize("case", CASES)
def test_that_the_deltas_of_a_classifier_are_autograds(case, flow):
    activations, outputs, loss = CASES[case]
    problem, before, after = two_classes(), drawn((2, 4, 3, outputs)), drawn((2, 4, 3, outputs), seed=9)
    net = Net(activations, flow=flow, rows=np.array([25, 3]))
    shown = before if flow == "backward" else after
    picture = composed(net, shown, problem, before=before)
    target = float(problem.targets[25])
    expected = by_autograd(net, before, problem.features[25], lambda a, z: loss(a, z, target))
    for mine, theirs in zip(picture.deltas, expected, strict=True):
        assert np.allclose(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "half, scale, mean, penalty", [(0.5, 1.0, 0.0, 0.0), (1.0, 3.0, -2.0, 0.0), (0.5, 2.5, 4.0, 0.3)]
)
def test_that_the_deltas_of_a_value_are_autograds_whatever_constant_the_loss_has(half, scale, mean, penalty):
    features, _ = blobs()
    problem = make_problem(features, features[:, 0] * 1.5 - features[:, 1] + 4)
    before, rows = drawn((2, 3, 1)), np.array([4, 8, 15, 16])
    activations = ("tanh", "identity")

    def loss(a, row):
        return half * (a[..., 0] - (problem.targets[row] - mean) / scale) ** 2

    # The learner's own gradient of its mini-batch, a penalty on the weights included.
    w, b = (torch.tensor(part, requires_grad=True) for part in before[1])
    hidden = torch.tanh(torch.tensor(features[rows]) @ torch.tensor(before[0][0]) + torch.tensor(before[0][1]))
    out = hidden @ w + b
    total = sum(loss(out[i], row) for i, row in enumerate(rows)) / len(rows) + penalty * (w**2).sum() / 2
    total.backward()
    gradient = np.concatenate([w.grad.numpy(), b.grad.numpy()[None, :]])
    net = Net(
        activations,
        flow="backward",
        rows=rows,
        gradients=(np.zeros((3, 3)), gradient),
        scale=scale,
        mean=mean,
        half=half,
    )
    picture = composed(net, before, problem, before=before)
    expected = by_autograd(net, before, features[4], lambda a, z: loss(a, 4))
    for mine, theirs in zip(picture.deltas, expected, strict=True):
        assert np.allclose(mine, theirs, rtol=1e-5, atol=1e-9)


def values():
    features, _ = blobs()
    return make_problem(features, features[:, 0] * 1.5 - features[:, 1] ** 2, scaling="standard")


@pytest.mark.parametrize(
    "learner, problem",
    [
        (MLP(activation="relu", batch_size=7), two_classes(scaling="standard")),
        (MLP(loss="squared"), two_classes(scaling="standard")),
        (MLP(hidden_layer_sizes=(3, 2)), values()),
        (LinearRegression(), values()),
        (LogisticRegression(), two_classes(scaling="standard")),
        (LogisticRegression(), make_problem(*blobs(), scaling="standard")),
    ],
)
def test_that_the_samples_of_a_batch_add_up_to_the_learners_own_gradient(learner, problem):
    state, pictures, seen = learner.start(problem, 7), NetworkPictures(), 0
    for iteration in range(3):
        for moment in learner.iterate(state, problem, 7, iteration):
            wiring = learner.wiring(moment, problem)
            if wiring.flow != "backward":
                continue
            means = [np.zeros_like(gradient) for gradient in wiring.gradients]
            for row in wiring.rows:
                shown = Shown(iteration + 1, moment, state, Pin(row=int(problem.rows[row])))
                picture = pictures.picture(learner, shown, problem, LOOK, 10)
                before = [picture.inputs, *picture.outputs[:-1]]
                for mean, a, delta in zip(means, before, picture.deltas, strict=True):
                    mean += np.outer(np.append(a, 1.0), delta) / len(wiring.rows)
            for mean, gradient in zip(means, wiring.gradients, strict=True):
                assert np.allclose(mean, gradient, rtol=1e-9, atol=1e-12)
            seen += 1
        state = moment.state
    assert seen == 3


def test_that_nothing_is_said_of_a_loss_that_is_not_known():
    problem = two_classes()
    assert composed(Net(("step",), flow="update"), drawn((2, 1)), problem).deltas is None
    assert composed(Net(("identity",), flow="backward"), drawn((2, 1)), problem).deltas is None
    assert composed(Net(("tanh", "softmax"), flow="forward"), drawn((2, 3, 2)), problem).deltas is None


def test_that_an_update_says_by_how_much_every_weight_moved():
    before, after = drawn((2, 3, 2)), drawn((2, 3, 2), seed=4)
    picture = composed(Net(("tanh", "softmax"), flow="update"), after, two_classes(), before=before)
    for step, (w, b), (v, c) in zip(picture.steps, after, before, strict=True):
        assert np.array_equal(step[:-1], w - v) and np.array_equal(step[-1], b - c)
    assert composed(Net(("tanh", "softmax"), flow="forward"), after, two_classes(), before=before).steps is None


# -- the activation pane -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pin, unit",
    [
        (Pin(), (1, 0)),
        (Pin(unit=(2, 1)), (2, 1)),
        (Pin(weight=(1, 2, -1)), (1, 2)),
        (Pin(unit=(7, 0)), (1, 0)),
        (Pin(unit=(0, 1)), (1, 0)),
    ],
)
def test_that_the_activation_pane_shows_the_pinned_units_weighted_sums(pin, unit):
    problem, state = two_classes(), drawn((2, 3, 2))
    picture = activation_picture(Net(("tanh", "softmax"), rows=np.array([7])), at(state, pin=pin), problem)
    hidden = problem.features @ state[0][0] + state[0][1]
    sums = (hidden, np.tanh(hidden) @ state[1][0] + state[1][1])[unit[0] - 1][:, unit[1]]
    assert picture.unit == unit and picture.name == ("tanh", "softmax")[unit[0] - 1]
    assert np.allclose(picture.sums, sums) and picture.here == pytest.approx(sums[7])


def test_that_a_large_dataset_gives_some_hundred_sums_from_its_whole_length():
    features = np.linspace(-1, 1, 5000)[:, None].repeat(2, axis=1)
    problem = make_problem(features, np.arange(5000) % 2)
    picture = activation_picture(Net(("identity",)), at(((np.array([[1.0], [0.0]]), np.zeros(1)),)), problem)
    assert len(picture.sums) == MOST_SUMS and picture.sums[0] == -1.0 and picture.sums[-1] == 1.0
