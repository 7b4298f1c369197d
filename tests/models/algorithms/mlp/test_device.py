"""The network on an accelerator, rehearsed on torch's CPU device: autograd, torch.optim and the kernels are referees."""

from __future__ import annotations

import dataclasses
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode

import models
from models.algorithms.mlp import device as mlp_torch
from models.algorithms.mlp import kernels
from models.algorithms.mlp import state as mlp_state
from models.algorithms.mlp.device import Trainer, many_batches_torch
from models.algorithms.mlp.epochs import count_batch, epoch_order, has_ended
from models.algorithms.mlp.epochs_ahead import batches_until_an_end
from models.arithmetic import device_loop
from tests.models.arithmetic.test_device_loop import Rehearsal
from tests.models.problems import make_problem

KINDS = {
    "softmax": (mlp_state.SOFTMAX, 3), "tanh": (mlp_state.TANH_SQUARED, 1), "linear": (mlp_state.LINEAR_SQUARED, 1),
}  # fmt: skip
BENDS = {
    mlp_state.IDENTITY: lambda z: z, mlp_state.RELU: torch.relu, mlp_state.TANH: torch.tanh, mlp_state.LOGISTIC: torch.sigmoid,
}  # fmt: skip
EVERY = (mlp_state.RELU, mlp_state.TANH, mlp_state.LOGISTIC, mlp_state.IDENTITY)
ARRAYS = ("params", "gradient", "first", "second", "counters", "losses")


def exercise(output="softmax", hidden=(4, 3), bends=(mlp_state.TANH,) * 2, optimizer=mlp_state.ADAM, n=43, **more):
    """A network and its data as `many_batches_torch` takes them, `problem` among them."""
    random = np.random.default_rng(11)
    number, values = KINDS[output]
    sizes = np.array([2, *hidden, values])
    x = random.normal(0, 1.5, (n, 2))
    targets = {
        "softmax": random.integers(0, values, n).astype(float), "tanh": random.choice([-1.0, 1.0], n),
        "linear": random.normal(0, 1, n),
    }[output]  # fmt: skip
    count = mlp_state.count_of(sizes)
    made = SimpleNamespace(
        params=random.normal(0, 0.6, count), gradient=np.zeros(count),
        first=np.zeros(0 if optimizer == mlp_state.SGD else count),
        second=np.zeros(count if optimizer == mlp_state.ADAM else 0), frozen=np.zeros(0, dtype=np.int64),
        counters=np.zeros(4, dtype=np.int64), losses=np.zeros(mlp_state.PATIENCE + 2), sizes=sizes,
        problem=make_problem(x, np.arange(n) % 2, path="torch"), targets=targets, order=np.zeros(n, dtype=np.int64),
        batch_size=10, activations=np.array(bends), output=number, l2=0.0, optimizer=optimizer, learning_rate=0.05,
        momentum=0.9, tol=0.0, max_epochs=10**6, seed=5, iteration=0,
    )  # fmt: skip
    vars(made).update(more)
    return made


def trained(start, count, **changed):
    """(what has become of the exercise, losses of the mini-batches); `start` stays as it is."""
    it = SimpleNamespace(**{k: v.copy() if isinstance(v, np.ndarray) else v for k, v in vars(start).items()})
    vars(it).update(changed)
    losses = np.zeros(count)
    done = many_batches_torch(
        it.problem,
        kernels.Network(False, it.sizes, it.activations, it.output, it.l2),
        kernels.Learned(it.params, it.gradient, it.first, it.second, it.frozen),
        kernels.Samples(it.problem.features, it.targets),
        kernels.Batches(it.order, it.batch_size, it.seed, it.iteration),
        kernels.Rule(it.optimizer, it.learning_rate, it.momentum),
        kernels.Progress(it.counters, it.losses, it.tol, it.max_epochs),
        losses,
    )
    it.iteration += done
    return it, losses[:done]


def trainer_of(it) -> Trainer:
    (found,) = (kept for kept in it.problem._tensors.values() if isinstance(kept, Trainer))
    return found


def loss_by_autograd(it, layers, rows):
    """The mean loss of some rows with weights and biases that torch follows; the penalty is not in it."""
    a, goal = torch.tensor(it.problem.features[rows]), torch.tensor(it.targets[rows])
    for (weights, bias), number in zip(layers[:-1], it.activations, strict=True):
        a = BENDS[int(number)](functional.linear(a, weights.T, bias))
    z = functional.linear(a, layers[-1][0].T, layers[-1][1])
    if it.output == mlp_state.SOFTMAX:
        return functional.cross_entropy(z, goal.long())
    out = torch.tanh(z[:, 0]) if it.output == mlp_state.TANH_SQUARED else z[:, 0]
    return 0.5 * functional.mse_loss(out, goal)


def followed(it):
    """Weights (in, out) and biases as leaves for autograd, and how to write their values down flat."""
    layers = [
        tuple(torch.tensor(part.copy(), requires_grad=True) for part in layer)
        for layer in mlp_state.layers_of(it.params, it.sizes)
    ]
    return layers, lambda of: np.concatenate([of(part).detach().numpy().ravel() for pair in layers for part in pair])


def rows_of(it, iteration):
    """The rows of a mini-batch, by the order that every path shuffles into."""
    batches = -(-it.problem.n // it.batch_size)
    epoch, batch = divmod(iteration, batches)
    order = np.zeros(it.problem.n, dtype=np.int64)
    epoch_order(it.seed, epoch * batches, np.zeros(4, dtype=np.int64), order)
    return order[batch * it.batch_size : (batch + 1) * it.batch_size]


# -- the arithmetic ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("l2", [0.0, 0.07])
@pytest.mark.parametrize("bends", [(bend, bend) for bend in EVERY] + [(mlp_state.RELU, mlp_state.LOGISTIC)])
@pytest.mark.parametrize("output", KINDS)
def test_that_the_gradient_is_autograds(output, bends, l2):
    start = exercise(output, bends=bends, l2=l2, optimizer=mlp_state.SGD)
    after, losses = trained(start, 1)
    layers, flat = followed(start)
    mean = loss_by_autograd(start, layers, rows_of(start, 0))
    whole = mean + 0.5 * l2 * sum(weights.square().sum() for weights, _ in layers)
    whole.backward()
    np.testing.assert_allclose(after.gradient, flat(lambda part: part.grad), rtol=1e-12, atol=1e-15)
    assert losses[0] == pytest.approx(float(whole.detach()), rel=1e-13)


@pytest.mark.parametrize("hidden", [(1,), (7,) * 8, (33, 17)])
def test_that_the_gradient_is_autograds_for_other_shapes(hidden):
    start = exercise(hidden=hidden, bends=(mlp_state.TANH,) * len(hidden), optimizer=mlp_state.SGD)
    layers, flat = followed(start)
    loss_by_autograd(start, layers, rows_of(start, 0)).backward()
    np.testing.assert_allclose(trained(start, 1)[0].gradient, flat(lambda p: p.grad), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("optimizer", [mlp_state.SGD, mlp_state.MOMENTUM, mlp_state.ADAM])
@pytest.mark.parametrize("output", KINDS)
def test_that_many_steps_are_those_of_torch_optim_with_short_last_mini_batches(output, optimizer, l2):
    start = exercise(output, optimizer=optimizer, l2=l2)  # 43 rows: mini-batches of 10, 10, 10, 10 and 3
    after, losses = trained(start, 120)
    layers, flat = followed(start)
    groups = [
        {"params": [weights for weights, _ in layers], "weight_decay": l2},
        {"params": [bias for _, bias in layers], "weight_decay": 0.0},
    ]
    referee = {
        mlp_state.SGD: lambda: torch.optim.SGD(groups, lr=0.05),
        mlp_state.MOMENTUM: lambda: torch.optim.SGD(groups, lr=0.05, momentum=0.9),
        mlp_state.ADAM: lambda: torch.optim.Adam(groups, lr=0.05),
    }[optimizer]()
    wanted, epoch = [], 0.0
    for iteration in range(120):
        rows = rows_of(start, iteration)
        assert len(rows) == (3 if iteration % 5 == 4 else 10)
        referee.zero_grad()
        mean = loss_by_autograd(start, layers, rows)
        penalty = 0.5 * l2 * sum(float(weights.detach().square().sum()) for weights, _ in layers)
        wanted.append(float(mean.detach()) + penalty)
        epoch += wanted[-1] * len(rows) / 43 if iteration >= 115 else 0.0
        mean.backward()
        referee.step()
    np.testing.assert_allclose(after.params, flat(lambda part: part), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(losses, wanted, rtol=1e-9)
    assert after.counters.tolist() == [120, 24, 0, 0]
    assert after.losses[mlp_state.PATIENCE] == pytest.approx(epoch, rel=1e-9) and after.losses[-1] == 0.0


def test_that_a_mini_batch_of_one_row_has_the_mean_of_one_row():
    start = exercise(n=11, optimizer=mlp_state.SGD)
    before, _ = trained(start, 1)
    after, losses = trained(before, 1)
    layers, flat = followed(before)
    mean = loss_by_autograd(before, layers, rows_of(start, 1))
    mean.backward()
    assert len(rows_of(start, 1)) == 1 and losses[0] == pytest.approx(float(mean.detach()), rel=1e-13)
    np.testing.assert_allclose(after.gradient, flat(lambda part: part.grad), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("optimizer", [mlp_state.SGD, mlp_state.MOMENTUM, mlp_state.ADAM])
def test_that_what_is_frozen_keeps_its_value_and_moments_and_all_else_learns_as_the_kernels_do(optimizer):
    warm, _ = trained(exercise(optimizer=optimizer), 30)
    frozen = np.array([0, 5, len(warm.params) - 1])
    after, _ = trained(warm, 30, frozen=frozen)
    for name in ("params", "first", "second"):
        now, before = getattr(after, name), getattr(warm, name)
        if len(now):
            assert now[frozen].tobytes() == before[frozen].tobytes()
            assert (np.delete(now, frozen) != np.delete(before, frozen)).all()
    assert (after.gradient[frozen] != 0).all()
    by_hand = warm.params.copy()
    moments = [warm.first.copy(), warm.second.copy()]
    gradient = np.zeros_like(by_hand)
    it = SimpleNamespace(**vars(warm))
    for iteration in range(30, 60):
        it.params = by_hand
        layers, flat = followed(it)
        loss_by_autograd(it, layers, rows_of(it, iteration)).backward()
        gradient[:] = flat(lambda part: part.grad)
        learned = kernels.Learned(by_hand, gradient, *moments, frozen)
        kernels.update(learned, kernels.Rule(optimizer, 0.05, 0.9), iteration)
    np.testing.assert_allclose(after.params, by_hand, rtol=1e-9, atol=1e-12)
    freed, _ = trained(after, 30, frozen=frozen[:0])
    assert (freed.params[frozen] != after.params[frozen]).all()


def test_that_a_network_at_odds_with_its_numbers_says_so_in_its_loss():
    start = exercise("linear", bends=(mlp_state.IDENTITY,) * 2, optimizer=mlp_state.SGD, learning_rate=1e6)
    after, losses = trained(start, 60)
    assert len(losses) == 60 and not np.isfinite(losses[-1]) and not np.isfinite(after.params).all()


# -- through the learner -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "chosen",
    [
        {"loss": "cross_entropy", "optimizer": "adam"},
        {"loss": "squared", "optimizer": "momentum", "l2": 0.01},
        {"activation": ("relu", "logistic"), "hidden_layer_sizes": (6, 5), "optimizer": "sgd", "learning_rate": 0.2},
    ],
)
def test_that_a_whole_run_is_the_kernels_run(chosen):
    random = np.random.default_rng(4)
    x = random.normal(0, 1, (57, 2))
    learner, ends = models.load("mlp")(max_epochs=90, tol=1e-3, **chosen), []
    for path in ("kernel", "torch"):
        problem = make_problem(x, (x[:, 0] * x[:, 1] > 0).astype(int), path=path)
        advance = learner.advance(learner.start(problem, 3), problem, 3, 0, 10_000)
        ends.append((advance, learner.outcome(advance.state, problem)))
    (kernel, outcome), (device, outcome_there) = ends
    assert kernel.done == device.done and outcome.kind == outcome_there.kind
    assert kernel.state.rows.tolist() == device.state.rows.tolist()
    np.testing.assert_allclose(kernel.state.params, device.state.params, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(kernel.scalars["batch_loss"], device.scalars["batch_loss"], rtol=1e-6, atol=1e-9)


# -- the end, and slices -------------------------------------------------------------------------------------------------


def test_that_a_run_that_settles_ends_with_that_epoch_in_the_middle_of_a_slice():
    start = exercise(tol=0.01, learning_rate=0.02)
    after, losses = trained(start, 3000)
    assert 100 < len(losses) < 3000 and len(losses) % 5 == 0
    assert has_ended(after.counters, after.losses, 0.01, 10**6)
    one_less, _ = trained(start, len(losses) - 1)
    assert not has_ended(one_less.counters, one_less.losses, 0.01, 10**6)
    shuffled = np.zeros(43, dtype=np.int64)
    epoch_order(5, len(losses) - 5, np.zeros(4, dtype=np.int64), shuffled)
    assert after.order.tolist() == shuffled.tolist()


def test_that_the_last_epoch_allowed_is_the_last():
    after, losses = trained(exercise(max_epochs=7), 1000)
    assert len(losses) == 35 and after.counters[mlp_state.EPOCH] == 7


def test_that_nothing_asked_is_nothing_done():
    start = exercise()
    after, losses = trained(start, 0)
    assert len(losses) == 0 and all(getattr(after, name).tobytes() == getattr(start, name).tobytes() for name in ARRAYS)


@pytest.mark.parametrize(
    "shape",
    [
        {}, {"optimizer": mlp_state.SGD, "batch_size": 7}, {"optimizer": mlp_state.MOMENTUM, "l2": 0.02, "batch_size": 43},
        {"output": "tanh", "batch_size": 1}, {"output": "linear", "hidden": (33, 17), "batch_size": 16, "tol": 0.05},
    ],
)  # fmt: skip
def test_that_slices_of_any_size_give_the_same_bits(shape):
    start = exercise(**shape)
    whole, losses = trained(start, 170)
    for sizes in ([1] * 170, [3, 61, 7, 70, 29], [169, 1]):
        it, found = start, []
        for size in sizes:
            it, some = trained(it, size)
            found += some.tolist()
            if len(found) >= len(losses):
                break
        assert found == losses.tolist()
        assert all(getattr(it, name).tobytes() == getattr(whole, name).tobytes() for name in (*ARRAYS, "order"))


def test_that_going_back_and_another_seed_are_not_confused_with_what_stands_on_the_device():
    start = exercise()
    first, losses = trained(start, 90)
    trained(first, 33)
    trained(start, 40, seed=6)
    again, same = trained(start, 90)
    assert same.tolist() == losses.tolist() and again.params.tobytes() == first.params.tobytes()
    fresh, wanted = trained(exercise(), 90, seed=6)
    _, found = trained(start, 90, seed=6)
    assert found.tolist() == wanted.tolist() != losses.tolist()


def test_that_other_targets_are_noticed():
    start = exercise()
    trained(start, 5)
    others = start.targets[::-1].copy()
    fresh = exercise(targets=others)
    assert trained(start, 20, targets=others)[1].tolist() == trained(fresh, 20)[1].tolist()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.5, 0.9, float("nan")]), min_size=22, max_size=22),
    st.lists(st.sampled_from([0.05, 0.1, 0.2, 0.3, 0.5, 0.9, float("nan")]), min_size=40, max_size=40),
    st.integers(0, 60),
    st.integers(0, 30),
    st.sampled_from([0.0, 0.05, 0.15]),
    st.integers(1, 80),
)
def test_that_no_run_ends_before_it_is_looked_at(known, coming, epoch, since, tol, max_epochs):
    batches, losses = 3, np.array(known)
    counters = np.array([0, epoch, 1, min(since, epoch)])
    epochs = (batches_until_an_end(counters, losses, tol, max(max_epochs, epoch + 1), batches, 32) + 1) // batches
    assert 1 <= epochs <= 32
    for number in range(epochs):
        counters[mlp_state.BATCH] = batches - 1
        losses[-1] = 0.0
        count_batch(counters, losses, coming[number], 1, 1, batches)
        if number < epochs - 1:
            assert not has_ended(counters, losses, tol, max(max_epochs, epoch + 1))


def test_that_a_falling_loss_is_read_once_in_many_epochs():
    falling = np.linspace(2.0, 1.0, mlp_state.PATIENCE + 2)
    assert batches_until_an_end(np.array([0, 50, 2, 0]), falling, 1e-3, 10**6, 5, 32) >= 18 * 5
    flat = np.full(mlp_state.PATIENCE + 2, 0.5)
    assert batches_until_an_end(np.array([0, 50, 2, 0]), flat, 1e-3, 10**6, 5, 32) == 3
    assert batches_until_an_end(np.array([0, 3, 0, 0]), flat, 1e-3, 10**6, 5, 32) == 18 * 5


# -- launches and copies -------------------------------------------------------------------------------------------------


class Reads(TorchDispatchMode):
    """Refuses what waits for a value of the device, as a capture does; counts copies."""

    def __init__(self) -> None:
        super().__init__()
        self.copies = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        assert name not in ("_local_scalar_dense", "item", "nonzero", "masked_select", "unique", "equal"), name
        self.copies += name in ("copy_", "_to_copy", "clone")
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", [mlp_state.SGD, mlp_state.MOMENTUM, mlp_state.ADAM])
@pytest.mark.parametrize("output", KINDS)
def test_that_a_block_reads_no_value_and_copies_nothing(output, optimizer, l2):
    start = exercise(output, bends=(mlp_state.RELU, mlp_state.LOGISTIC), optimizer=optimizer, l2=l2)
    trained(start, 1)
    network = trainer_of(start)._tensors
    network.place.fill_(0)
    with Reads() as reads:
        network.work(4)
    assert reads.copies == 0


def test_that_a_slice_is_one_copy_up_and_one_down_beside_new_orders():
    start, _ = trained(exercise(), 10)
    with Reads() as reads:
        _, losses = trained(start, 85)
    assert len(losses) == 85 and reads.copies == 3
    with Reads() as reads:
        trained(start, 40)
    assert reads.copies == 2


@pytest.fixture
def graphs(monkeypatch):
    """Stand-ins for CUDA graphs, in the order in which they were asked for."""
    made = []

    def recorder(device):
        made.append(Rehearsal())
        return made[-1]

    monkeypatch.setattr(device_loop, "recorder_for", recorder)
    return made


def test_that_recorded_blocks_give_the_same_bits_in_few_launches(graphs, monkeypatch):
    recorded, losses = trained(exercise(), 500)
    assert len(graphs) == 1 and graphs[0].recorded <= 4
    assert graphs[0].launched <= 500 // 64 + 40
    monkeypatch.undo()
    plain, same = trained(exercise(), 500)
    assert losses.tolist() == same.tolist() and recorded.params.tobytes() == plain.params.tobytes()


def test_that_an_epoch_takes_a_handful_of_launches(graphs):
    it = exercise(n=250)
    for epochs in range(1, 5):
        it, _ = trained(it, 25)
        assert graphs[0].launched == 4 * epochs


def test_that_a_live_change_needs_no_new_recording(graphs):
    it, _ = trained(exercise(l2=0.01), 85)
    recorded = graphs[0].recorded
    for change in ({"learning_rate": 0.2}, {"l2": 0.3}, {"momentum": 0.5}, {"frozen": np.array([1, 2])}):
        changed, losses = trained(it, 85, **change)
        vars(it).update(change)
        fresh, wanted = trained(it, 85, problem=exercise().problem)
        assert losses.tolist() == wanted.tolist() and changed.params.tobytes() == fresh.params.tobytes()
        it = changed
    assert graphs[0].recorded == recorded


def test_that_a_recording_that_fails_changes_no_result(monkeypatch):
    plain, losses = trained(exercise(), 200)
    monkeypatch.setattr(device_loop, "recorder_for", lambda device: Rehearsal(fails_at=1))
    failed, same = trained(start := exercise(), 200)
    assert losses.tolist() == same.tolist() and failed.params.tobytes() == plain.params.tobytes()
    assert not trainer_of(start).is_recording


def test_that_what_stands_on_the_device_goes_with_the_problem():
    start = exercise()
    trained(start, 20)
    gone = [weakref.ref(trainer_of(start)), weakref.ref(trainer_of(start)._tensors), weakref.ref(start.problem)]
    del start
    assert [ref() for ref in gone] == [None] * 3


def test_that_another_kind_of_network_has_tensors_of_its_own():
    start = exercise()
    trained(start, 3)
    trained(start, 3, batch_size=20)
    assert sum(isinstance(kept, Trainer) for kept in start.problem._tensors.values()) == 2


def test_that_large_mini_batches_are_recorded_in_short_blocks():
    start = exercise(n=9000, batch_size=9000)
    trained(start, 2)
    network = trainer_of(start)._tensors
    numbers = network.lengths[0] * start.batch_size * network.rows.shape[1]
    assert network.lengths[-1] == 1 and numbers <= mlp_torch._BLOCK_NUMBERS


# -- on a real device ----------------------------------------------------------------------------------------------------


@pytest.fixture
def accelerator():
    if not torch.accelerator.is_available():
        pytest.skip("no accelerator on this computer")
    return f"{torch.accelerator.current_accelerator().type}:0"


def on(device: str, start):
    start.problem = dataclasses.replace(start.problem, device=device, _tensors={})
    return start


@pytest.mark.gpu
@pytest.mark.parametrize("l2", [0.0, 0.01])
@pytest.mark.parametrize("optimizer", [mlp_state.SGD, mlp_state.MOMENTUM, mlp_state.ADAM])
@pytest.mark.parametrize("output", KINDS)
def test_that_an_accelerator_learns_what_the_cpu_learns(accelerator, output, optimizer, l2):
    host, losses = trained(exercise(output, optimizer=optimizer, l2=l2, learning_rate=0.01), 120)
    there, found = trained(on(accelerator, exercise(output, optimizer=optimizer, l2=l2, learning_rate=0.01)), 120)
    np.testing.assert_allclose(there.params, host.params, rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(found, losses, rtol=2e-3, atol=1e-5)
    assert there.counters.tolist() == host.counters.tolist() and there.order.tolist() == host.order.tolist()


@pytest.mark.gpu
def test_that_an_accelerator_does_not_mind_slices(accelerator):
    start = on(accelerator, exercise())
    whole, losses = trained(start, 170)
    it, found = start, []
    for size in (1, 2, 61, 7, 70, 29):
        it, some = trained(it, size)
        found += some.tolist()
    np.testing.assert_allclose(it.params, whole.params, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found, losses, rtol=1e-5)


@pytest.mark.gpu
@pytest.mark.parametrize("hidden", [(4, 2), (256, 256)])
def test_that_cuda_records_and_that_the_recording_is_what_runs_without(accelerator, hidden, monkeypatch):
    if not accelerator.startswith("cuda"):
        pytest.skip("no graphs on this device")
    recorded, losses = trained(start := on(accelerator, exercise(hidden=hidden)), 300)
    assert trainer_of(start).is_recording
    monkeypatch.setattr(device_loop, "recorder_for", lambda device: None)
    plain, wanted = trained(other := on(accelerator, exercise(hidden=hidden)), 300)
    assert not trainer_of(other).is_recording
    np.testing.assert_allclose(recorded.params, plain.params, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)
