"""The multi-layer perceptron against autograd and torch.optim, and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.algorithms.mlp import kernels
from models.algorithms.mlp import state as mlp_state
from models.algorithms.mlp.learner import MLP
from models.algorithms.mlp.state import ACTIVATIONS, MLPState
from models.arithmetic import draws
from models.core.params import SettingError
from tests.models.algorithms.mlp.torch_module import module
from tests.models.problems import blobs, make_problem


def xor_cloud(seed: int = 3, n: int = 140, path="kernel"):
    random = np.random.default_rng(seed)
    xy = random.uniform(0.3, 5.0, (n, 2)) * random.choice([-1.0, 1.0], (n, 2)) + random.normal(0, 0.2, (n, 2))
    return make_problem(xy, (xy[:, 0] * xy[:, 1] < 0).astype(int), scaling="standard", path=path)


def prices(seed: int = 2, n: int = 60, path="kernel"):
    random = np.random.default_rng(seed)
    x = random.uniform(-3, 3, (n, 3))
    return make_problem(x, 30_000 + 5_000 * np.sin(x[:, 0]) + 2_000 * x[:, 1] * x[:, 2], scaling="standard", path=path)


def accuracy(learner, state, problem):
    return float(np.mean(learner.predict(state, problem.features).argmax(axis=1) == problem.targets))


def mean_loss(learner, state, network, problem, rows):
    """The referee's loss: torch's own loss functions on its own layers."""
    out = network(torch.tensor(problem.features[rows]))
    if problem.has_values:
        goal = torch.tensor(problem.targets[rows])
        return 0.5 * torch.nn.functional.mse_loss(out[:, 0] / state.target_scale, goal / state.target_scale)
    goal = torch.tensor(problem.targets[rows])
    if learner.loss == "squared":
        return 0.5 * torch.nn.functional.mse_loss(out[:, 0], 2.0 * goal - 1.0)
    return torch.nn.functional.cross_entropy(out, goal)


def flat(tensors, network):
    """Weights (in, out) and biases of a module's tensors in the order of our flat vector."""
    return np.concatenate([(t.T if t.ndim == 2 else t).detach().numpy().ravel() for t in tensors(network)])


SETTINGS = [
    {"activation": "tanh", "hidden_layer_sizes": (4,)},
    {"activation": "relu", "hidden_layer_sizes": (5, 3)},
    {"activation": "logistic", "hidden_layer_sizes": (3, 4, 2), "init": "uniform"},
    {"activation": "identity", "hidden_layer_sizes": (2, 2)},
    {"activation": "tanh", "hidden_layer_sizes": (4, 2), "loss": "squared"},
    {"activation": "relu", "hidden_layer_sizes": (6,) * 8, "loss": "squared"},
    {"activation": ("logistic", "tanh", "relu"), "hidden_layer_sizes": (9, 33, 13)},  # eights, fours and what is left
    {"activation": "tanh", "hidden_layer_sizes": (17, 8), "batch_size": 300},  # more than one block of samples
]


@pytest.mark.parametrize("path", ["kernel", "blas"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", ["two", "three", "numbers"])
def test_that_gradients_are_those_of_autograd(settings, kind, path):
    n = 300 if "batch_size" in settings else 60
    if kind == "three":
        settings = {**settings, "loss": "cross_entropy"}
        problem = make_problem(*blobs(each=n // 3), scaling="standard", path=path)
    else:
        problem = xor_cloud(n=n, path=path) if kind == "two" else prices(n=n, path=path)
    learner = MLP(**settings)
    state = learner.start(problem, 4)
    state = learner.advance(state, problem, 4, 0, 8).state  # away from the symmetric start
    moments = {moment.phase: moment for moment in learner.iterate(state, problem, 4, 8)}
    network = module(learner, state)
    value = mean_loss(learner, state, network, problem, moments["forward"].state.rows)
    value.backward()
    expected = flat(lambda net: [p.grad for p in net.parameters()], network)
    if problem.has_values:  # the module's last layer is in original units: its own gradient is smaller by the scale
        outputs = state.sizes[-2] + 1
        expected[-outputs:] *= state.target_scale
    assert moments["loss"].values["batch_loss"] == pytest.approx(value.item(), rel=1e-10)
    np.testing.assert_allclose(moments["backward"].state.gradient, expected, rtol=1e-10, atol=1e-12)
    assert np.abs(expected).max() > 0


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_that_fifty_steps_are_those_of_torch_optim(optimizer):
    problem, learner = xor_cloud(), MLP(optimizer=optimizer, hidden_layer_sizes=(4, 3), learning_rate=0.05)
    start = learner.start(problem, 9)
    network = module(learner, start)
    made = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    }[optimizer](network.parameters())
    order = np.empty(problem.n, dtype=np.int64)
    for iteration in range(50):
        place = iteration % 14
        if place == 0:
            draws.shuffle(9, iteration, draws.ORDER, order)
        made.zero_grad()
        mean_loss(learner, start, network, problem, order[10 * place : 10 * place + 10]).backward()
        made.step()
    ours = learner.advance(start, problem, 9, 0, 50)
    np.testing.assert_allclose(ours.state.params, flat(lambda net: net.parameters(), network), rtol=1e-8, atol=1e-10)
    assert ours.done == 50 and np.abs(ours.state.params - start.params).max() > 0.05


@pytest.mark.parametrize(
    "settings", [{"optimizer": "momentum"}, {"optimizer": "adam"}, {"loss": "squared", "optimizer": "sgd"}]
)
def test_that_two_thousand_iterations_advance_as_they_step_bit_for_bit(settings):
    problem, learner = xor_cloud(n=137), MLP(hidden_layer_sizes=(4, 2), learning_rate=0.01, tol=0.0, **settings)
    states, losses = [learner.start(problem, 5)], []
    for iteration in range(2000):
        *_, last = learner.iterate(states[-1], problem, 5, iteration)
        states.append(last.state)
        losses.append(last.values["batch_loss"])
    for first, count in ((0, 2000), (0, 1), (3, 700), (14, 14), (1000, 13), (1999, 1)):
        resumed = MLPState.from_arrays(states[first].arrays())
        advanced = learner.advance(resumed, problem, 5, first, count)
        assert advanced.done == count and advanced.state.same_as(states[first + count])
        assert advanced.scalars["batch_loss"].tolist() == losses[first : first + count]


def test_that_the_phases_called_one_by_one_give_the_loops_bits():
    problem, learner = xor_cloud(n=137), MLP(hidden_layer_sizes=(4, 2), learning_rate=0.01)
    start = learner.start(problem, 5)
    params, first, second = (a.copy() for a in (start.params, start.first_moment, start.second_moment))
    sizes, order, gradient = start.sizes.copy(), np.empty(137, dtype=np.int64), np.zeros_like(params)
    room, samples = kernels.room_for(sizes, 10), kernels.Samples(problem.features, problem.targets.astype(np.float64))
    network = kernels.Network(False, sizes, np.array([ACTIVATIONS["tanh"]] * 2), mlp_state.SOFTMAX, 0.0)
    learned = kernels.Learned(params, gradient, first, second, np.zeros(0, dtype=np.int64))
    for iteration in range(2000):
        place = iteration % 14
        if place == 0:
            draws.shuffle(5, iteration, draws.ORDER, order)
        rows = order[10 * place : 10 * place + 10]
        kernels.gather(samples, rows, 0, room)
        kernels.forward(network, params, room.acts)
        kernels.loss(network, room)
        kernels.backward(network, True, params, room, len(rows), gradient)
        kernels.update(learned, kernels.Rule(mlp_state.ADAM, 0.01, 0.9), iteration)
    assert learner.advance(start, problem, 5, 0, 2000).state.params.tobytes() == params.tobytes()


def test_that_states_are_read_only_and_never_changed():
    problem, learner = xor_cloud(), MLP()
    start = learner.start(problem, 5)
    before = {name: array.tobytes() for name, array in start.arrays().items()}
    moments = list(learner.iterate(start, problem, 5, 0))
    learner.advance(start, problem, 5, 0, 300)
    assert before == {name: array.tobytes() for name, array in start.arrays().items()}
    for moment in moments:
        assert not any(a.flags.writeable for a in vars(moment.state).values() if isinstance(a, np.ndarray))
    assert [moment.phase for moment in moments] == ["forward", "loss", "backward", "update"]
    assert all(moment.state.params.tobytes() == start.params.tobytes() for moment in moments[:-1])


@pytest.mark.parametrize("kind", ["softmax", "tanh", "numbers"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_that_torch_learns_the_same_network(kind, optimizer):
    states = []
    for path in ("kernel", "torch"):
        problem = prices(path=path) if kind == "numbers" else xor_cloud(n=63, path=path)
        loss = "squared" if kind == "tanh" else "cross_entropy"
        learner = MLP(optimizer=optimizer, loss=loss, hidden_layer_sizes=(4, 3))
        advanced = learner.advance(learner.start(problem, 5), problem, 5, 0, 45)
        states.append(advanced.state)
        *_, last = learner.iterate(advanced.state, problem, 5, 45)
        states.append(last.state)
    for ours, theirs in ((states[0], states[2]), (states[1], states[3])):
        np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-7)
        assert ours.counters.tolist() == theirs.counters.tolist() and ours.rows.tolist() == theirs.rows.tolist()


def test_that_stepping_by_torch_gives_the_bits_of_advancing_by_torch():
    problem, learner = xor_cloud(n=63, path="torch"), MLP()
    state = start = learner.start(problem, 5)
    for iteration in range(40):
        *_, last = learner.iterate(state, problem, 5, iteration)
        state = last.state
    assert learner.advance(start, problem, 5, 0, 40).state.same_as(state)


def test_that_the_default_network_learns_the_exclusive_or_cloud_while_a_class_watches():
    needed = []
    for seed in range(1, 6):
        problem, learner = xor_cloud(seed), MLP()
        state = learner.start(problem, seed)
        assert accuracy(learner, state, problem) < 0.85
        for done in range(0, 400, 5):
            if accuracy(learner, state, problem) >= 0.9:
                break
            state = learner.advance(state, problem, seed, done, 5).state
        needed.append(done)
    assert sum(30 <= batches <= 260 for batches in needed) >= 4, needed


def test_that_identity_layers_stay_one_straight_boundary_at_any_depth():
    problem, learner = xor_cloud(), MLP(activation="identity", hidden_layer_sizes=(4, 4, 4))
    state = learner.advance(learner.start(problem, 2), problem, 2, 0, 500).state
    random = np.random.default_rng(1)
    ends = random.normal(0, 3, (2, 200, 2))
    odds = [np.log(shares[:, 1] / shares[:, 0]) for shares in map(lambda x: learner.predict(state, x), ends)]
    middle = learner.predict(state, ends.mean(axis=0))
    np.testing.assert_allclose(np.log(middle[:, 1] / middle[:, 0]), (odds[0] + odds[1]) / 2, atol=1e-6)
    assert accuracy(learner, state, problem) < 0.8


def test_that_numbers_are_learned_in_their_own_units():
    problem, learner = prices(), MLP(hidden_layer_sizes=(8,))
    start = learner.start(problem, 3)
    state = learner.advance(start, problem, 3, 0, 600).state
    assert learner.task_on(problem) == "regressor" and learner.predict(state, problem.features).shape == (60,)
    assert learner.metrics(state, problem)["loss"] < 0.2 * learner.metrics(start, problem)["loss"]
    errors = learner.predict(state, problem.features) - problem.targets
    assert np.mean(errors**2) < 0.2 * problem.targets.var()
    half_squared = 0.5 * np.mean((errors / problem.targets.std()) ** 2)
    assert learner.metrics(state, problem)["loss"] == pytest.approx(half_squared)


@pytest.mark.parametrize("kind", ["softmax", "tanh", "numbers"])
def test_that_module_report_and_predict_agree(kind):
    problem = prices() if kind == "numbers" else xor_cloud()
    learner = MLP(hidden_layer_sizes=(4, 3), loss="squared" if kind == "tanh" else "cross_entropy")
    state = learner.advance(learner.start(problem, 3), problem, 3, 0, 60).state
    predicted = learner.predict(state, problem.features)
    with torch.no_grad():
        out = module(learner, state)(torch.tensor(problem.features))
    shares = {
        "softmax": lambda: out.softmax(dim=1).numpy(),
        "tanh": lambda: np.stack([(1 - out[:, 0]) / 2, (1 + out[:, 0]) / 2], axis=1),
        "numbers": lambda: out[:, 0].numpy(),
    }[kind]()
    np.testing.assert_allclose(predicted, shares, rtol=1e-9, atol=1e-12)
    a = problem.scaler.inverse(problem.features)
    layers = learner.report(state, problem)["parameters"]["layers"]
    for number, layer in enumerate(layers):
        a = a @ np.array(layer["weights"]).T + layer["bias"]
        a = np.tanh(a) if number < len(layers) - 1 else a
    a = np.tanh(a) if kind == "tanh" else a
    np.testing.assert_allclose(a, out.numpy(), rtol=1e-6)


def test_that_predicting_a_row_does_not_depend_on_its_neighbours():
    problem, learner = xor_cloud(), MLP(hidden_layer_sizes=(64, 64))
    state = learner.advance(learner.start(problem, 3), problem, 3, 0, 20).state
    many = np.random.default_rng(0).normal(0, 2, (20_000, 2))
    whole = learner.predict(state, many)
    np.testing.assert_allclose(whole.sum(axis=1), 1.0)
    for row in (0, 8191, 8192, 19_999):
        np.testing.assert_allclose(learner.predict(state, many[row : row + 1])[0], whole[row], rtol=1e-4)


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_a_huge_learning_rate_diverges_without_an_exception(path):
    problem = prices(path=path)
    learner = MLP(activation="identity", optimizer="sgd", learning_rate=1000.0)
    advanced = learner.advance(learner.start(problem, 1), problem, 1, 0, 400)
    assert not advanced.state.is_finite() and advanced.done == 400
    assert np.isnan(learner.predict(advanced.state, problem.features)).all()
    for moment in learner.iterate(advanced.state, problem, 1, 400):
        learner.phases[moment.phase].narration.say("ko", moment.values)


def test_that_a_network_that_settles_on_one_answer_for_everything_is_not_called_done():
    problem = make_problem(*blobs(((-2.0, -2.0), (2.0, 2.0)), each=20), scaling="standard")
    learner = MLP(loss="squared", optimizer="sgd", learning_rate=1000.0)
    advanced = learner.advance(learner.start(problem, 3), problem, 3, 0, 10_000)
    answers = learner.predict(advanced.state, problem.features).argmax(axis=1)
    outcome = learner.outcome(advanced.state, problem)
    assert (answers == problem.targets).sum() <= 20, "the case must be one that learned nothing"
    assert outcome.kind == "gave_up" and "smaller learning rate" in outcome.said.say("en")


def test_that_the_run_stops_when_the_loss_has_settled_and_says_so():
    problem = make_problem(*blobs(((-2.0, -2.0), (2.0, 2.0)), each=20), scaling="standard")
    learner = MLP(tol=1e-3)
    advanced = learner.advance(learner.start(problem, 1), problem, 1, 0, 10_000)
    assert advanced.done % 4 == 0 and 20 * 4 < advanced.done < 2000
    outcome = learner.outcome(advanced.state, problem)
    assert outcome.kind == "converged" and "20" in outcome.said.say("ko")
    losses = advanced.scalars["batch_loss"].reshape(-1, 4).mean(axis=1)
    np.testing.assert_allclose(advanced.state.losses[:-1], losses[-21:], rtol=1e-9)
    falls = [losses[end - 21] - losses[end - 20 : end].min() for end in range(21, len(losses) + 1)]
    assert falls[-1] < 1e-3 and min(falls[:-1]) >= 1e-3  # the referee: the first such epoch


def test_that_the_most_epochs_end_the_run():
    problem, learner = xor_cloud(), MLP(max_epochs=3, batch_size=9)
    advanced = learner.advance(learner.start(problem, 1), problem, 1, 0, 10_000)
    assert advanced.done == 3 * 16 == 3 * learner.iterations_per_epoch(problem)
    assert learner.outcome(advanced.state, problem).kind == "gave_up"


def test_that_every_epoch_sees_every_row_once_in_an_order_of_its_own():
    problem, learner = xor_cloud(n=33), MLP()
    state, epochs = learner.start(problem, 1), []
    for iteration in range(8):
        *_, last = learner.iterate(state, problem, 1, iteration)
        state = last.state
        epochs.append(state.rows)
    first, second = np.concatenate(epochs[:4]), np.concatenate(epochs[4:])
    assert sorted(first) == sorted(second) == list(range(33)) and first.tolist() != second.tolist()
    assert [len(rows) for rows in epochs[:4]] == [10, 10, 10, 3]


def test_that_every_moment_is_told_in_both_languages_and_in_its_place():
    problem, learner = xor_cloud(), MLP()
    state = learner.advance(learner.start(problem, 1), problem, 1, 0, 32).state
    moments = {moment.phase: moment for moment in learner.iterate(state, problem, 1, 32)}
    assert learner.place(33, moments["loss"], problem).say("en") == "epoch 3, mini-batch 5/14"
    said = {phase: learner.phases[phase].narration.say("ko", m.values) for phase, m in moments.items()}
    assert "층 2-4-2를" in said["forward"] and "22개" in said["update"]
    focus = {
        phase: [m for m in learner.marks(moment, problem) if m.emphasis == "focus"] for phase, moment in moments.items()
    }
    assert focus["forward"][0].rows.tolist() == moments["update"].state.rows.tolist()
    assert not focus["loss"] and not focus["update"]
    assert sum(learner.dwell(1, moment, problem) for moment in moments.values()) == 4.0
    assert sum(learner.dwell(33, moment, problem) for moment in moments.values()) == pytest.approx(1 / 20)


def test_that_start_weights_follow_their_rule():
    problem = xor_cloud()
    for init, limit, bias_value in (("glorot", np.sqrt(6 / 66), 0.0), ("uniform", 0.5, 0.1)):
        learner = MLP(hidden_layer_sizes=(64,), init=init)
        (weights, bias), _ = mlp_state.layers_of(learner.start(problem, 1).params, (2, 64, 2))
        assert 0.9 * limit < np.abs(weights).max() <= limit and np.all(bias == bias_value)
    same, other = learner.start(problem, 1), learner.start(problem, 2)
    assert same.same_as(learner.start(problem, 1)) and not same.same_as(other)


def test_that_what_is_missing_is_said():
    corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert "at least 2" in MLP().unready(make_problem([[0.0, 0.0]], [0])).say("en")
    assert "none" in MLP().unready(make_problem(corners)).say("en")
    assert "class A" in MLP().unready(make_problem(corners, [0, 0, 0, 0])).say("en")
    assert "교차 엔트로피" in MLP(loss="squared").unready(make_problem(corners, [0, 1, 2, 0])).say("ko")
    assert MLP(loss="squared").unready(make_problem(corners, [0.5, 1.0, 2.0, 0.1])) is None


@pytest.mark.parametrize("sizes", ["", "0", "513", "4,4,4,4,4,4,4,4,4", "2.5"])
def test_that_layers_outside_the_bounds_are_refused_with_a_sentence(sizes):
    with pytest.raises(SettingError, match="hidden_layer_sizes"):
        MLP.with_settings({"hidden_layer_sizes": sizes})
    assert MLP.with_settings({"hidden_layer_sizes": "4,2"}).hidden_layer_sizes == (4, 2)


@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_a_run_without_a_tolerance_goes_on_while_the_loss_rises(path):
    problem = xor_cloud(n=40, path=path)
    learner = MLP(tol=0.0, max_epochs=300, learning_rate=1.0, hidden_layer_sizes=(8, 8))
    ended = learner.advance(learner.start(problem, 3), problem, 3, 0, 10_000)
    losses = ended.scalars["batch_loss"].reshape(-1, 4).mean(axis=1)
    assert ended.done == 300 * 4 and learner.outcome(ended.state, problem).kind == "gave_up"
    assert any(losses[i] <= losses[i + 1 : i + 21].min() for i in range(len(losses) - 21)), "it rose, and it went on"


@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_that_a_network_asked_about_no_rows_answers_with_none(precision):
    problem, learner = xor_cloud(n=20), MLP()
    predicted = learner.predict(learner.start(problem, 1), np.zeros((0, 2), dtype=precision))
    assert predicted.shape == (0, 2)
