"""The arithmetic of the multi-layer perceptron: one function for each phase, and the loop over mini-batches.

All parameters stand in one flat vector, layer after layer: the weights from every input to every unit (in, out), row
by row, as scikit-learn's coefs_, then the biases (out,). `sizes` is (inputs, hidden ..., outputs). The values of
a sample, `acts`, stand in one row in the same order: inputs, then each layer's outputs. `activations` holds one number
for each hidden layer. `frozen` lists the places of the parameters that stay as they are, in ascending order.

Backpropagation: Rumelhart, Hinton, Williams, 1986. Adam: Kingma, Ba, 2015. Momentum as in torch.optim.SGD.
L2 regularisation: Goodfellow, Bengio, Courville, Deep Learning, 2016, section 7.1.1.
The inner loops add along a row of weights, so that the compiler may do several at once without changing a sum's order.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from models.core import draws

IDENTITY, RELU, TANH, LOGISTIC = 0, 1, 2, 3
SOFTMAX, TANH_SQUARED, LINEAR_SQUARED = 0, 1, 2  # what the output layer does, and the loss that belongs to it
SGD, MOMENTUM, ADAM = 0, 1, 2
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

# Places of the whole numbers in `counters`, and how many epochs back the stop rule looks; SINCE is the epoch in which
# a person last changed something by hand, before which it does not look.
STEPS, EPOCH, BATCH, SINCE = 0, 1, 2, 3
PATIENCE = 20


@njit(nogil=True, cache=True, inline="always")  # a tenth faster than as the compiler chooses
def _activate(activation, acts, row, first, units):
    if activation == TANH:
        for i in range(first, first + units):
            acts[row, i] = math.tanh(acts[row, i])
    elif activation == RELU:
        for i in range(first, first + units):
            if acts[row, i] < 0.0:
                acts[row, i] = 0.0
    elif activation == LOGISTIC:
        for i in range(first, first + units):
            acts[row, i] = 1.0 / (1.0 + math.exp(-acts[row, i]))


@njit(nogil=True, cache=True, error_model="numpy")
def forward(params, sizes, activations, output, x, rows, acts):
    """Fill `acts` (batch, values) for the rows of x (n, d): inputs, weighted sums through their activations.

    With softmax the last layer is left as weighted sums; `loss` takes them from there.
    """
    layers = len(sizes) - 1
    for s in range(len(rows)):
        for j in range(sizes[0]):
            acts[s, j] = x[rows[s], j]
        below, weight = 0, 0
        for layer in range(layers):
            inputs, units = sizes[layer], sizes[layer + 1]
            here, bias = below + inputs, weight + inputs * units
            for i in range(units):
                acts[s, here + i] = params[bias + i]
            for j in range(inputs):
                a, first = acts[s, below + j], weight + j * units
                for i in range(units):
                    acts[s, here + i] += a * params[first + i]
            if layer < layers - 1:
                _activate(activations[layer], acts, s, here, units)
            elif output == TANH_SQUARED:
                _activate(TANH, acts, s, here, units)
            below, weight = here, bias + units


@njit(nogil=True, cache=True, error_model="numpy")
def loss(sizes, output, acts, targets, rows, deltas):
    """The mean loss of the mini-batch. The last layer's part of `deltas` (batch, values) receives its derivative with
    respect to the weighted sums of the output layer.

    targets (n,): the number of the class for softmax and cross-entropy, else the value that the output should have;
    squared error is halved, so that its derivative is output - target.
    """
    units, batch = sizes[-1], len(rows)
    here = acts.shape[1] - units
    total = 0.0
    for s in range(batch):
        target = targets[rows[s]]
        if output == SOFTMAX:
            most = acts[s, here]
            for i in range(1, units):
                most = max(most, acts[s, here + i])
            parts = 0.0
            for i in range(units):
                deltas[s, here + i] = math.exp(acts[s, here + i] - most)
                parts += deltas[s, here + i]
            right = here + int(target)
            total += math.log(parts) - (acts[s, right] - most)
            for i in range(here, here + units):
                deltas[s, i] = deltas[s, i] / parts / batch
            deltas[s, right] -= 1.0 / batch
        else:
            out = acts[s, here]
            error = out - target
            total += 0.5 * error * error
            slope = 1.0 - out * out if output == TANH_SQUARED else 1.0
            deltas[s, here] = error * slope / batch
    return total / batch


@njit(nogil=True, cache=True, error_model="numpy")
def penalty(params, sizes, l2):
    """The part of the loss that keeps weights small: l2 / 2 times the sum of their squares. Biases go free."""
    total, place = 0.0, 0
    if l2 != 0.0:
        for layer in range(len(sizes) - 1):
            bias = place + sizes[layer] * sizes[layer + 1]
            for p in range(place, bias):
                total += params[p] * params[p]
            place = bias + sizes[layer + 1]
    return 0.5 * l2 * total


@njit(nogil=True, cache=True, error_model="numpy")
def backward(params, sizes, activations, l2, acts, deltas, batch, gradient):
    """Fill `gradient` (as params) by the chain rule, from the last layer to the first; `deltas` as `loss` left it."""
    gradient[:] = 0.0
    if l2 != 0.0:
        place = 0
        for layer in range(len(sizes) - 1):
            bias = place + sizes[layer] * sizes[layer + 1]
            for p in range(place, bias):
                gradient[p] = l2 * params[p]
            place = bias + sizes[layer + 1]
    for s in range(batch):
        above, end = acts.shape[1], len(params)
        for layer in range(len(sizes) - 2, -1, -1):
            inputs, units = sizes[layer], sizes[layer + 1]
            here = above - units
            below = here - inputs
            bias = end - units
            weight = bias - inputs * units
            for i in range(units):
                gradient[bias + i] += deltas[s, here + i]
            for j in range(inputs):
                a, first = acts[s, below + j], weight + j * units
                for i in range(units):
                    gradient[first + i] += a * deltas[s, here + i]
            if layer > 0:
                activation = activations[layer - 1]
                for j in range(inputs):
                    first, total = weight + j * units, 0.0
                    for i in range(units):
                        total += params[first + i] * deltas[s, here + i]
                    a = acts[s, below + j]
                    if activation == TANH:
                        total *= 1.0 - a * a
                    elif activation == LOGISTIC:
                        total *= a * (1.0 - a)
                    elif activation == RELU and not a > 0.0:
                        total = 0.0
                    deltas[s, below + j] = total
            above, end = here, weight


@njit(nogil=True, cache=True, error_model="numpy")
def update(params, gradient, first_moment, second_moment, frozen, optimizer, learning_rate, momentum, steps):
    """One step of the optimiser, in place; `steps` counts the steps done before this one. What is frozen keeps its
    value and its moments: the step goes from one frozen place to the next."""
    first = 0
    for stretch in range(len(frozen) + 1):
        last = frozen[stretch] if stretch < len(frozen) else len(params)
        step(params, gradient, first_moment, second_moment, first, last, optimizer, learning_rate, momentum, steps)
        first = last + 1


@njit(nogil=True, cache=True, error_model="numpy")
def step(params, gradient, first_moment, second_moment, first, last, optimizer, learning_rate, momentum, steps):
    """The optimiser's rule for the parameters from place `first` up to `last`."""
    if optimizer == SGD:
        for p in range(first, last):
            params[p] -= learning_rate * gradient[p]
    elif optimizer == MOMENTUM:
        for p in range(first, last):
            first_moment[p] = momentum * first_moment[p] + gradient[p]
            params[p] -= learning_rate * first_moment[p]
    else:
        size = learning_rate / (1.0 - BETA1 ** (steps + 1))
        correction = math.sqrt(1.0 - BETA2 ** (steps + 1))
        for p in range(first, last):
            g = gradient[p]
            first_moment[p] = BETA1 * first_moment[p] + (1.0 - BETA1) * g
            second_moment[p] = BETA2 * second_moment[p] + (1.0 - BETA2) * g * g
            params[p] -= size * first_moment[p] / (math.sqrt(second_moment[p]) / correction + EPSILON)


@njit(nogil=True, cache=True)
def count_batch(counters, losses, batch_loss, batch, n, batches):
    """Book one mini-batch: losses[-1] grows to the mean loss of the running epoch; at its end the row moves up."""
    counters[STEPS] += 1
    counters[BATCH] += 1
    losses[-1] += batch_loss * batch / n
    if counters[BATCH] == batches:
        counters[BATCH] = 0
        counters[EPOCH] += 1
        losses[:-1] = losses[1:].copy()
        losses[-1] = 0.0


@njit(nogil=True, cache=True)
def is_flat(counters, losses, tol):
    """Whether the mean loss fell by less than `tol` over the last PATIENCE epochs, at their best."""
    if counters[BATCH] != 0 or counters[EPOCH] - counters[SINCE] <= PATIENCE:
        return False
    best = losses[1]
    for epoch in range(2, PATIENCE + 1):
        best = min(best, losses[epoch])
    return losses[0] - best < tol


@njit(nogil=True, cache=True)
def has_ended(counters, losses, tol, max_epochs):
    """Whether the epoch that has just ended is the last one."""
    return counters[BATCH] == 0 and (counters[EPOCH] >= max_epochs or is_flat(counters, losses, tol))


@njit(nogil=True, cache=True)
def epoch_order(seed, iteration, counters, order):
    """Fill `order` (n,) with the order of the running epoch, drawn by the number of its first iteration."""
    draws.shuffle(seed, iteration - counters[BATCH], draws.ORDER, order)


@njit(nogil=True, cache=True, error_model="numpy")
def many_batches(
    params, gradient, first_moment, second_moment, frozen, counters, losses, sizes, x, targets, order, batch_size,
    activations, output, l2, optimizer, learning_rate, momentum, tol, max_epochs, seed, iteration, batch_losses,
):  # fmt: skip
    """As many mini-batches as `batch_losses` has places, arrays changed in place; how many were done before an end."""
    n = len(order)
    batches = (n + batch_size - 1) // batch_size
    acts = np.empty((batch_size, sizes.sum()))
    deltas = np.empty_like(acts)
    for done in range(len(batch_losses)):
        if done == 0 or counters[BATCH] == 0:
            epoch_order(seed, iteration + done, counters, order)
        first = counters[BATCH] * batch_size
        rows = order[first : min(first + batch_size, n)]
        forward(params, sizes, activations, output, x, rows, acts)
        batch_losses[done] = loss(sizes, output, acts, targets, rows, deltas) + penalty(params, sizes, l2)
        backward(params, sizes, activations, l2, acts, deltas, len(rows), gradient)
        update(
            params, gradient, first_moment, second_moment, frozen, optimizer, learning_rate, momentum, counters[STEPS]
        )  # fmt: skip
        count_batch(counters, losses, batch_losses[done], len(rows), n, batches)
        if has_ended(counters, losses, tol, max_epochs):
            return done + 1
    return len(batch_losses)


@njit(nogil=True, cache=True, error_model="numpy")
def losses_at(vectors, sizes, activations, output, l2, x, targets, found):
    """Fill `found` (m,) with the loss over all rows of x (n, d) of a network with each of the parameters (m, p)."""
    n = len(x)
    block = min(n, 256)  # rows at a time, so that a wide network's values stay near the processor
    acts = np.empty((block, sizes.sum()))
    deltas = np.empty_like(acts)
    order = np.arange(n)
    for m in range(len(vectors)):
        total = 0.0
        for first in range(0, n, block):
            rows = order[first : min(first + block, n)]
            forward(vectors[m], sizes, activations, output, x, rows, acts)
            total += loss(sizes, output, acts, targets, rows, deltas) * len(rows)
        found[m] = total / n + penalty(vectors[m], sizes, l2)


def count_of(sizes):
    """How many parameters a network has."""
    return int((sizes[:-1] * sizes[1:] + sizes[1:]).sum())


def place_of(sizes, layer, unit, below):
    """The place in the flat vector of the weight from unit `below` of the layer below to `unit` of `layer` >= 1 (-1: of
    its bias). Raises ValueError for an address that the network does not have."""
    if not (1 <= layer < len(sizes) and 0 <= unit < sizes[layer] and -1 <= below < sizes[layer - 1]):
        raise ValueError(f"there is no weight {layer}:{unit}:{below}")
    inputs, units = int(sizes[layer - 1]), int(sizes[layer])
    return count_of(sizes[:layer]) + (below if below >= 0 else inputs) * units + unit


# -- the same by torch, for accelerators ----------------------------------------------------------------------------


def layers_of(params, sizes):
    """Views (weights (in, out), bias (out,)) of a flat vector, numpy or torch, layer after layer."""
    views, place = [], 0
    for inputs, units in zip(sizes[:-1], sizes[1:], strict=True):
        end = place + inputs * units
        views.append((params[place:end].reshape(inputs, units), params[end : end + units]))
        place = end + units
    return views


def torch_gradient(params, sizes, activations, output, l2, x, targets):
    """The mean loss of the rows x (batch, d) and its gradient with respect to the flat tensor `params`, by autograd."""
    import torch
    from torch.nn import functional

    bends = {IDENTITY: lambda z: z, RELU: torch.relu, TANH: torch.tanh, LOGISTIC: torch.sigmoid}
    leaf = params.detach().requires_grad_(True)
    a = x
    layers = layers_of(leaf, sizes)
    for number, (weights, bias) in enumerate(layers):
        z = a @ weights + bias
        a = bends[int(activations[number])](z) if number < len(layers) - 1 else z
    if output == SOFTMAX:
        mean = functional.cross_entropy(a, targets.long())
    else:
        out = torch.tanh(a[:, 0]) if output == TANH_SQUARED else a[:, 0]
        mean = 0.5 * ((out - targets) ** 2).mean()
    if l2 != 0.0:
        mean = mean + 0.5 * l2 * sum((weights**2).sum() for weights, _ in layers)
    (gradient,) = torch.autograd.grad(mean, leaf)
    return mean.detach(), gradient


def torch_update(params, gradient, first_moment, second_moment, frozen, optimizer, learning_rate, momentum, steps):
    """`update` on tensors, in place."""
    learned = [t for t in (params, first_moment, second_moment) if len(frozen) and len(t)]
    kept = [t[frozen] for t in learned]
    if optimizer == SGD:
        params -= learning_rate * gradient
    elif optimizer == MOMENTUM:
        first_moment.mul_(momentum).add_(gradient)
        params -= learning_rate * first_moment
    else:
        first_moment.mul_(BETA1).add_(gradient, alpha=1.0 - BETA1)
        second_moment.mul_(BETA2).addcmul_(gradient, gradient, value=1.0 - BETA2)
        size = learning_rate / (1.0 - BETA1 ** (steps + 1))
        correction = math.sqrt(1.0 - BETA2 ** (steps + 1))
        params -= size * first_moment / (second_moment.sqrt() / correction + EPSILON)
    for tensor, values in zip(learned, kept, strict=True):
        tensor[frozen] = values


def many_batches_torch(
    params, gradient, first_moment, second_moment, frozen, counters, losses, sizes, x, targets, order, batch_size,
    activations, output, l2, optimizer, learning_rate, momentum, tol, max_epochs, seed, iteration, batch_losses,
):  # fmt: skip
    """`many_batches` with x (n, d) a tensor on a device: what learns goes there and comes back at the end.

    Losses are read once an epoch, so that the device is not waited for at every mini-batch.
    """
    import torch

    on_device = {"dtype": x.dtype, "device": x.device}
    weights, first, second = (torch.tensor(a, **on_device) for a in (params, first_moment, second_moment))
    wanted, fixed = torch.tensor(targets, **on_device), torch.tensor(frozen, device=x.device)
    n, slope = len(order), torch.tensor(gradient, **on_device)
    batches = (n + batch_size - 1) // batch_size
    done, unread = 0, []
    while done < len(batch_losses):
        if done == 0 or counters[BATCH] == 0:
            epoch_order(seed, iteration + done, counters, order)
            shuffled = torch.tensor(order, device=x.device)
        start = (int(counters[BATCH]) + len(unread)) * batch_size
        rows = shuffled[start : start + batch_size]
        mean, slope = torch_gradient(weights, sizes, activations, output, l2, x[rows], wanted[rows])
        steps = int(counters[STEPS]) + len(unread)
        torch_update(weights, slope, first, second, fixed, optimizer, learning_rate, momentum, steps)
        unread.append(mean)
        if counters[BATCH] + len(unread) < batches and done + len(unread) < len(batch_losses):
            continue
        for value in torch.stack(unread).cpu().numpy():
            batch = min(batch_size, n - int(counters[BATCH]) * batch_size)
            batch_losses[done] = value
            count_batch(counters, losses, float(value), batch, n, batches)
            done += 1
        unread.clear()
        if has_ended(counters, losses, tol, max_epochs):
            break
    for host, tensor in zip(
        (params, gradient, first_moment, second_moment), (weights, slope, first, second), strict=True
    ):
        host[:] = tensor.cpu().numpy()
    return done
