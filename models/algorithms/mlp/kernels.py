"""The arithmetic of the multi-layer perceptron: one function for each phase, and the loop over mini-batches.

All parameters stand in one flat vector, laid out as models/algorithms/mlp/state.py says. `activations` holds one number for
each hidden layer. `frozen` lists the places of the parameters that stay as they are, in ascending order.

The shape of the loops. What the network computes stands in `acts` (values, columns): a row for every value, inputs
first, then each layer's outputs; a column for every sample. So eight samples lie side by side in memory and are
computed at once (models/arithmetic/lanes.py), also where a layer has one neuron. The columns are filled up to a multiple of
eight with copies of a sample whose share in the loss is 0. A large mini-batch goes through in blocks of 128 samples,
which keeps its values near the processor. The products of matrices, by far the most work, stand in
models/arithmetic/products.py; `by_blas` says who computes them and is the same for a whole run.

Backpropagation: Rumelhart, Hinton, Williams, 1986. Adam: Kingma, Ba, 2015. Momentum as in torch.optim.SGD.
L2 regularisation: Goodfellow, Bengio, Courville, Deep Learning, 2016, section 7.1.1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from models.algorithms.mlp.epochs import count_batch, epoch_order, has_ended
from models.algorithms.mlp.state import (
    BATCH,
    BETA1,
    BETA2,
    EPSILON,
    IDENTITY,
    LINEAR_SQUARED,
    LOGISTIC,
    MOMENTUM,
    SGD,
    SOFTMAX,
    STEPS,
    TANH,
    TANH_SQUARED,
)
from models.arithmetic import fast_math
from models.arithmetic.lanes import (
    WIDTH,
    aligned_zeros,
    fma,
    load,
    load_flat,
    splat,
    square_root,
    store,
    store_flat,
    total,
    where_equal,
    where_less,
)
from models.arithmetic.products import put_gradient, seconds, send_back, weighted_sums

_BLOCK = 128  # samples that go through the network together


# -- what the kernels take: numba compiles them anew for another kind of array or number in a record -------------------


class Network(NamedTuple):
    """What the layers are and how their loss is counted; see above for sizes (layers + 1,) and activations (hidden,)."""

    by_blas: bool  # who computes the products of matrices
    sizes: np.ndarray
    activations: np.ndarray
    output: int
    l2: float


class Learned(NamedTuple):
    """What training changes, in place: parameters, their gradient and the optimiser's moments, flat, the moments empty
    where it has none; and `frozen` (k,), the places that it leaves alone."""

    params: np.ndarray
    gradient: np.ndarray
    first_moment: np.ndarray
    second_moment: np.ndarray
    frozen: np.ndarray


class Rule(NamedTuple):
    """How a gradient becomes an update."""

    optimizer: int
    learning_rate: float
    momentum: float


class Samples(NamedTuple):
    """Rows x (n, d), and what the output should be for each, targets (n,)."""

    x: np.ndarray
    targets: np.ndarray


class Batches(NamedTuple):
    """How epochs are cut into mini-batches: `order` (n,) takes the order of the running epoch, drawn by the seed;
    `iteration` counts the mini-batches done before."""

    order: np.ndarray
    size: int
    seed: int
    iteration: int


class Progress(NamedTuple):
    """How far training has come, changed in place, and where it ends: when the mean loss of an epoch settles by `tol`,
    or after `max_epochs`."""

    counters: np.ndarray
    losses: np.ndarray
    tol: float
    max_epochs: int


class Room(NamedTuple):
    """Arrays to work in: acts and deltas (values, columns), turned (columns, units), goals and shares (columns,)."""

    acts: np.ndarray
    deltas: np.ndarray
    turned: np.ndarray
    goals: np.ndarray
    shares: np.ndarray


@njit(nogil=True, cache=True)
def columns_for(batch):
    """Samples of one block of a mini-batch, filled up to a multiple of eight."""
    return (min(batch, _BLOCK) + WIDTH - 1) // WIDTH * WIDTH


@njit(nogil=True, cache=True)
def room_for(sizes: np.ndarray, batch: int) -> Room:
    """Room for the mini-batches of a network with these sizes."""
    columns = columns_for(batch)
    widest = (sizes.max() + WIDTH - 1) // WIDTH * WIDTH
    acts, deltas = aligned_zeros(sizes.sum(), columns), aligned_zeros(sizes.sum(), columns)
    return Room(acts, deltas, aligned_zeros(columns, widest), np.zeros(columns), np.zeros(columns))


def seconds_for(sizes: np.ndarray, batch: int) -> tuple[float, float]:
    """What the products of matrices of a mini-batch cost, by what was measured once: (ours, by BLAS)."""
    blocks = (batch + _BLOCK - 1) // _BLOCK
    ours, blas = seconds(sizes, int(columns_for(batch)))
    return blocks * ours, blocks * blas


def is_blas_cheaper(sizes: np.ndarray, rows: int) -> bool:
    """Whether BLAS is the cheaper way to ask a network about so many rows; any answer is right."""
    ours, blas = seconds_for(sizes, rows)
    return blas < ours


# -- the phases ------------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, error_model="numpy")
def gather(samples, rows, first, room):
    """The samples rows[first:], as many as there are columns, as the first rows of `acts`; their targets as `goals`; as
    `shares` what each counts in the mean over all rows: nothing for a column that merely fills up."""
    x, targets, acts, goals, shares = samples.x, samples.targets, room.acts, room.goals, room.shares
    for s in range(acts.shape[1]):
        is_real = first + s < len(rows)
        row = rows[first + s] if is_real else rows[first]
        goals[s] = targets[row]
        shares[s] = 1.0 / len(rows) if is_real else 0.0
        for j in range(x.shape[1]):
            acts[j, s] = x[row, j]


@njit(nogil=True, cache=True, error_model="numpy")
def forward(network, params, acts):
    """Fill `acts` from its inputs upwards: weighted sums through their activations.

    With softmax the last layer is left as weighted sums; `loss` takes them from there.
    """
    sizes = network.sizes
    layers = len(sizes) - 1
    below = weight = np.int64(0)  # of a type that stays, or this would be compiled for a constant, too
    for layer in range(layers):
        inputs, units = sizes[layer], sizes[layer + 1]
        here = below + inputs
        weighted_sums(network.by_blas, params, weight, inputs, units, acts, below, here)
        if layer < layers - 1:
            _bend(network.activations[layer], acts, here, here + units)
        elif network.output == TANH_SQUARED:
            _bend(np.int64(TANH), acts, here, here + units)
        below, weight = here, weight + inputs * units + units


@njit(nogil=True, cache=True, error_model="numpy")
def _bend(activation, acts, first, last):
    """The activation function of rows `first` up to `last`, in place."""
    if activation == IDENTITY:
        return
    for i in range(first, last):
        for s in range(0, acts.shape[1], WIDTH):
            z = load(acts, i, s)
            if activation == TANH:
                a = fast_math.tanh(z)
            elif activation == LOGISTIC:
                a = fast_math.logistic(z)
            else:
                a = where_less(z, 0.0, 0.0, z)
            store(acts, i, s, a)


@njit(nogil=True, cache=True, error_model="numpy")
def loss(network, room):
    """What the samples in `acts` add to the mean loss. The last rows of `deltas` receive its derivative with respect to
    the weighted sums of the output layer.

    goals (columns,): the number of the class for softmax and cross-entropy, else the value that the output should have;
    squared error is halved, so that its derivative is output - goal.
    """
    output, units = network.output, network.sizes[-1]
    acts, deltas, goals, shares = room.acts, room.deltas, room.goals, room.shares
    first, mean = acts.shape[0] - units, splat(0.0)
    for s in range(0, acts.shape[1], WIDTH):
        goal, share = load_flat(goals, s), load_flat(shares, s)
        if output == SOFTMAX:
            mean = fma(_cross_entropy(units, acts, first, s, goal, share, deltas), share, mean)
        else:
            out = load(acts, first, s)
            error = out - goal
            mean = fma(0.5 * error * error, share, mean)
            slope = 1.0 - out * out if output == TANH_SQUARED else splat(1.0)
            store(deltas, first, s, error * slope * share)
    return total(mean)


@njit(nogil=True, cache=True, error_model="numpy")
def _cross_entropy(units, acts, first, s, goal, share, deltas):
    """-log of the share that the softmax gives to the right class, for eight samples; their derivatives on the way."""
    most = load(acts, first, s)
    for i in range(1, units):
        z = load(acts, first + i, s)
        most = where_less(most, z, z, most)
    parts, right = splat(0.0), splat(0.0)
    for i in range(units):
        z = load(acts, first + i, s) - most
        right = where_equal(goal, float(i), z, right)
        part = fast_math.exp(z)
        parts += part
        store(deltas, first + i, s, part)
    for i in range(units):
        delta = load(deltas, first + i, s) / parts
        store(deltas, first + i, s, where_equal(goal, float(i), delta - 1.0, delta) * share)
    return fast_math.log(parts) - right


@njit(nogil=True, cache=True, error_model="numpy")
def penalty(network: Network, params: np.ndarray) -> float:
    """The part of the loss that keeps weights small: l2 / 2 times the sum of their squares. Biases go free."""
    sizes, l2 = network.sizes, network.l2
    squares, place = 0.0, 0
    if l2 != 0.0:
        for layer in range(len(sizes) - 1):
            bias = place + sizes[layer] * sizes[layer + 1]
            for p in range(place, bias):
                squares += params[p] * params[p]
            place = bias + sizes[layer + 1]
    return 0.5 * l2 * squares


@njit(nogil=True, cache=True, error_model="numpy")
def backward(network, is_first, params, room, columns, gradient):
    """Fill `gradient` (as params) by the chain rule, from the last layer to the first, or add to it unless `is_first`;
    `room.deltas` as `loss` left it, so many `columns` count."""
    by_blas, sizes, acts, deltas, turned = network.by_blas, network.sizes, room.acts, room.deltas, room.turned
    above, end = acts.shape[0], len(params)
    for layer in range(len(sizes) - 2, -1, -1):
        inputs, units = sizes[layer], sizes[layer + 1]
        here = above - units
        below, weight = here - inputs, end - units - inputs * units
        put_gradient(by_blas, is_first, weight, inputs, units, acts, deltas, below, here, columns, turned, gradient)
        if layer > 0:
            send_back(by_blas, params, weight, inputs, units, deltas, below, here)
            _times_slope(network.activations[layer - 1], acts, deltas, below, here)
        above, end = here, weight


@njit(nogil=True, cache=True, error_model="numpy")
def _times_slope(activation, acts, deltas, first, last):
    """Multiply rows `first` up to `last` of `deltas` by the slope of the activation function, told by its values."""
    if activation == IDENTITY:
        return
    for i in range(first, last):
        for s in range(0, acts.shape[1], WIDTH):
            a, delta = load(acts, i, s), load(deltas, i, s)
            if activation == TANH:
                delta = delta * (1.0 - a * a)
            elif activation == LOGISTIC:
                delta = delta * (a * (1.0 - a))
            else:
                delta = where_less(0.0, a, delta, 0.0)
            store(deltas, i, s, delta)


@njit(nogil=True, cache=True, error_model="numpy")
def loss_and_gradient(network, params, samples, rows, room, gradient):
    """The mean loss of the mini-batch `rows`, the penalty in it, and its gradient (as params), in `gradient`."""
    mean = penalty(network, params)
    columns = room.acts.shape[1]
    for first in range(0, len(rows), columns):
        gather(samples, rows, first, room)
        forward(network, params, room.acts)
        mean += loss(network, room)
        backward(network, first == 0, params, room, min(columns, len(rows) - first), gradient)
    _add_penalty(network, params, gradient)
    return mean


@njit(nogil=True, cache=True, error_model="numpy")
def _add_penalty(network, params, gradient):
    """The penalty's derivative: l2 times each weight."""
    sizes, l2 = network.sizes, network.l2
    if l2 == 0.0:
        return
    place = 0
    for layer in range(len(sizes) - 1):
        bias = place + sizes[layer] * sizes[layer + 1]
        for p in range(place, bias):
            gradient[p] += l2 * params[p]
        place = bias + sizes[layer + 1]


@njit(nogil=True, cache=True, error_model="numpy")
def update(learned, rule, steps):
    """One step of the optimiser, in place; `steps` counts the steps done before this one. What is frozen keeps its
    value and its moments: the step goes from one frozen place to the next."""
    frozen = learned.frozen
    first: int | np.int64 = np.int64(0)
    for stretch in range(len(frozen) + 1):
        last = frozen[stretch] if stretch < len(frozen) else len(learned.params)
        _step(learned, first, last, rule, steps)
        first = last + 1


@njit(nogil=True, cache=True, error_model="numpy")
def _step(learned, first, last, rule, steps):
    """The optimiser's rule for the parameters from place `first` up to `last`: eight at once, then those left over."""
    params, gradient, first_moment, second_moment, _ = learned
    optimizer, learning_rate, momentum = rule
    whole = first + (last - first) // WIDTH * WIDTH
    if optimizer == SGD:
        for p in range(first, whole, WIDTH):
            store_flat(params, p, load_flat(params, p) - learning_rate * load_flat(gradient, p))
        for p in range(whole, last):
            params[p] -= learning_rate * gradient[p]
    elif optimizer == MOMENTUM:
        for p in range(first, whole, WIDTH):
            m = momentum * load_flat(first_moment, p) + load_flat(gradient, p)
            store_flat(first_moment, p, m)
            store_flat(params, p, load_flat(params, p) - learning_rate * m)
        for p in range(whole, last):
            first_moment[p] = momentum * first_moment[p] + gradient[p]
            params[p] -= learning_rate * first_moment[p]
    else:
        size = learning_rate / (1.0 - BETA1 ** (steps + 1))
        correction = math.sqrt(1.0 - BETA2 ** (steps + 1))
        for p in range(first, whole, WIDTH):
            g = load_flat(gradient, p)
            m = BETA1 * load_flat(first_moment, p) + (1.0 - BETA1) * g
            v = BETA2 * load_flat(second_moment, p) + (1.0 - BETA2) * g * g
            store_flat(first_moment, p, m)
            store_flat(second_moment, p, v)
            store_flat(params, p, load_flat(params, p) - size * m / (square_root(v) / correction + EPSILON))
        for p in range(whole, last):
            g = gradient[p]
            first_moment[p] = BETA1 * first_moment[p] + (1.0 - BETA1) * g
            second_moment[p] = BETA2 * second_moment[p] + (1.0 - BETA2) * g * g
            params[p] -= size * first_moment[p] / (math.sqrt(second_moment[p]) / correction + EPSILON)


# -- the loop --------------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, error_model="numpy")
def many_batches(
    network: Network,
    learned: Learned,
    samples: Samples,
    batches: Batches,
    rule: Rule,
    progress: Progress,
    batch_losses: np.ndarray,
) -> int:
    """As many mini-batches as `batch_losses` has places, arrays changed in place; how many were done before an end."""
    order, counters, losses = batches.order, progress.counters, progress.losses
    n, size = len(order), batches.size
    in_epoch = (n + size - 1) // size
    room = room_for(network.sizes, size)
    for done in range(len(batch_losses)):
        if done == 0 or counters[BATCH] == 0:
            epoch_order(batches.seed, batches.iteration + done, counters, order)
        first = counters[BATCH] * size
        rows = order[first : min(first + size, n)]
        batch_losses[done] = loss_and_gradient(network, learned.params, samples, rows, room, learned.gradient)
        update(learned, rule, counters[STEPS])
        count_batch(counters, losses, batch_losses[done], len(rows), n, in_epoch)
        if has_ended(counters, losses, progress.tol, progress.max_epochs):
            return done + 1
    return len(batch_losses)


# -- a network asked -------------------------------------------------------------------------------------------------


@njit(nogil=True, cache=True, error_model="numpy")
def losses_at(network: Network, vectors: np.ndarray, samples: Samples, found: np.ndarray) -> None:
    """Fill `found` (m,) with the loss over all samples of a network with each of the parameters (m, p)."""
    n = len(samples.x)
    room, order = room_for(network.sizes, n), np.arange(n)
    for m in range(len(vectors)):
        found[m] = penalty(network, vectors[m])
        for first in range(0, n, room.acts.shape[1]):
            gather(samples, order, first, room)
            forward(network, vectors[m], room.acts)
            found[m] += loss(network, room)


@njit(nogil=True, cache=True, error_model="numpy")
def output_sums(network: Network, params: np.ndarray, x: np.ndarray, found: np.ndarray) -> None:
    """Fill `found` (n, outputs) with the weighted sums of the output layer, nothing done to them, for rows x (n, d)."""
    n, outputs = len(x), network.sizes[-1]
    if n == 0:
        return
    as_sums = Network(network.by_blas, network.sizes, network.activations, int(LINEAR_SQUARED), network.l2)
    room, samples, order = room_for(network.sizes, n), Samples(x, np.zeros(n)), np.arange(n)
    acts, last = room.acts, room.acts.shape[0] - outputs
    for first in range(0, n, acts.shape[1]):
        gather(samples, order, first, room)
        forward(as_sums, params, acts)
        for s in range(min(acts.shape[1], n - first)):
            for i in range(outputs):
                found[first + s, i] = acts[last + i, s]
