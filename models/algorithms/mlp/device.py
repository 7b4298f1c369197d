"""The multi-layer perceptron on an accelerator: whole runs of mini-batches without a word from the host.

The arithmetic is that of models/algorithms/mlp/kernels.py, written with operations on tensors that stay where they are, so
that blocks of mini-batches can be recorded and launched as a whole (models/arithmetic/device_loop.py). What costs time there
is the number of operations, hardly their size, and this is how they become few:

- A column of ones beside the outputs of every layer: the flat vector of parameters holds the weights of a layer and
  then its biases, which is one matrix (inputs + 1, units). So one product gives the weighted sums, and one product the
  gradient of weights and biases, at its place in the flat vector.
- Features, goals and a 1 stand in one row of `rows`; a block fetches the rows of all its mini-batches at once.
- The last mini-batch of an epoch may be shorter. Its empty places fetch a row of zeros, whose 0 in place of the 1 gives
  them no share in the mean: every mini-batch has the same shape, and the mean is that of the real ones.
- The update takes the flat vectors whole. What is frozen has a 0 in `learns` and its moments are 0 on the device.
- Losses are worked out for a block at once, from the outputs of its mini-batches, and read when an epoch ends that may
  be the last, or when the caller's slice does.

The parameters and moments go up and come down with the settings and losses in one copy each. All of this stays with the
problem, for each kind of network that is trained on it. Rounding differs from the kernels' in the last digits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from models.algorithms.mlp.epochs import has_ended
from models.algorithms.mlp.epochs_ahead import MOST_EPOCHS, Orders, batches_until_an_end, book
from models.algorithms.mlp.kernels import Batches, Learned, Network, Progress, Rule, Samples
from models.algorithms.mlp.state import (
    ADAM,
    BATCH,
    BETA1,
    BETA2,
    EPSILON,
    LOGISTIC,
    MOMENTUM,
    RELU,
    SGD,
    SOFTMAX,
    STEPS,
    TANH,
    TANH_SQUARED,
    count_of,
)
from models.arithmetic import device_loop
from models.core.problem import Rows

_LINE_BYTES = 64  # tensors begin on whole lines, so that a product is computed alike wherever its mini-batch stands
_BLOCK_NUMBERS = 2**22  # the most numbers that a block of mini-batches fetches


def many_batches_torch(
    problem: Rows,
    network: Network,
    learned: Learned,
    samples: Samples,
    batches: Batches,
    rule: Rule,
    progress: Progress,
    batch_losses: np.ndarray,
) -> int:
    """`many_batches` of models/algorithms/mlp/kernels.py on the device of `problem`, whose features the samples are. Host
    arrays are changed in place; how many mini-batches were done before an end. Raises RuntimeError when the device fails.
    """
    if len(batch_losses) == 0:
        return 0
    kind = Kind(
        tuple(int(size) for size in network.sizes), tuple(int(number) for number in network.activations),
        int(network.output), int(batches.size), int(rule.optimizer), bool(network.l2 != 0.0),
    )  # fmt: skip
    counters, losses, tol, max_epochs = progress
    trainer = problem.keep(kind, lambda: Trainer(problem, kind))
    trainer.take_goals(samples.targets)
    trainer.upload(learned, (rule.learning_rate, rule.momentum, counters[STEPS], network.l2))
    orders, in_epoch = trainer.orders, trainer.orders.batches
    done, is_home, is_over = 0, False, False
    while done < len(batch_losses) and not is_over:
        left = len(batch_losses) - done
        sure = batches_until_an_end(counters, losses, tol, max_epochs, in_epoch, MOST_EPOCHS)
        batch = int(counters[BATCH])
        epoch, epochs = orders.bring(batches.seed, batches.iteration + done - batch, -(-(batch + left) // in_epoch))
        place = epoch * in_epoch + batch
        count = min(left, sure, epochs * in_epoch - batch)
        trainer.run(place, count)
        if count < left:
            orders.draw_ahead(batches.seed, left - count)  # while the device works
        is_home = count == left
        batch_losses[done : done + count] = trainer.read(place, count, is_home)
        book(counters, losses, batch_losses[done : done + count], problem.n, batches.size)
        done += count
        is_over = bool(has_ended(counters, losses, tol, max_epochs))
    batches.order[:] = orders.of_place(place + count - 1)
    if not is_home:
        trainer.read(0, 0, True)
    trainer.download(learned)
    return done


# -- what stays on the device ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """What a recorded block depends on. The rest, such as the learning rate, may change from slice to slice."""

    sizes: tuple[int, ...]
    activations: tuple[int, ...]
    output: int
    batch_size: int
    optimizer: int
    has_penalty: bool


class Trainer:
    """The tensors of one kind of network in training, and the loop over them. Refers to tensors, not to the problem."""

    def __init__(self, problem: Rows, kind: Kind) -> None:
        device = torch.device(problem.device)
        tensors = Tensors(problem.features, kind, device, problem.float_type())
        self._tensors, self.orders = tensors, tensors.orders
        self._loop = device_loop.DeviceLoop(
            tensors.work, (tensors.flat, tensors.place), device_loop.recorder_for(device), tensors.lengths
        )
        self._on_host = device_loop.OnHost(tensors.flat)
        self._host = self._on_host.host
        self._goals: np.ndarray | None = None
        self._frozen: np.ndarray | None = None
        self._l2: float | None = None

    @property
    def is_recording(self) -> bool:
        """Whether blocks of mini-batches are launched as graphs."""
        return self._loop.is_recording

    def take_goals(self, targets: np.ndarray) -> None:
        if self._goals is None or not np.array_equal(self._goals, targets):
            self._tensors.take_goals(targets)
            self._goals = targets.copy()

    def upload(self, learned: Learned, settings: Sequence[float]) -> None:
        """Bring parameters and moments up, and the learning rate, momentum, steps done and l2."""
        frozen = learned.frozen
        if self._frozen is None or not np.array_equal(self._frozen, frozen):
            self._tensors.freeze(frozen)
            self._frozen = frozen.copy()
        if self._l2 != settings[3]:
            self._tensors.take_l2(settings[3])
            self._l2 = settings[3]
        parts = self._tensors.parts
        self._host[parts["settings"]] = settings
        self._host[parts["params"]] = learned.params
        for name, moments in (("first", learned.first_moment), ("second", learned.second_moment)):
            self._host[parts[name]] = moments
            if len(moments):
                self._host[parts[name]][frozen] = 0.0
        self._on_host.send(parts["gradient"].start)

    def run(self, place: int, count: int) -> None:
        """Train on `count` mini-batches from `place` of the orders on; returns when they are launched."""
        self._tensors.place.fill_(place)
        self._loop.run(count)

    def read(self, place: int, count: int, with_state: bool) -> np.ndarray:
        """Wait for the device: the losses (count,) of those mini-batches. With the state, the same copy brings
        parameters, moments and gradient home, for `download`."""
        parts = self._tensors.parts
        first = parts["losses"].start + place
        self._on_host.fetch(parts["params"].start if with_state else first, first + count)
        return self._host[first : first + count]

    def download(self, learned: Learned) -> None:
        """Fill its arrays with what `read` has brought; what is frozen stays as it is."""
        arrays = {"params": learned.params, "first": learned.first_moment, "second": learned.second_moment}
        for name, array in arrays.items():
            kept = array[learned.frozen] if len(array) else array
            array[:] = self._host[self._tensors.parts[name]]
            if len(array):
                array[learned.frozen] = kept
        learned.gradient[:] = self._host[self._tensors.parts["gradient"]]


class Tensors:
    """Tensors with fixed places, and `work`, which trains on them."""

    def __init__(self, features: np.ndarray, kind: Kind, device: torch.device, dtype: torch.dtype) -> None:
        self.kind = kind
        self._on: dict[str, Any] = {"dtype": dtype, "device": device}
        self._line = _LINE_BYTES // dtype.itemsize
        n, d = features.shape
        self._d, self._values = d, kind.sizes[-1]
        # A row: d features, the 1, the goals; behind the last one a row of zeros.
        self.rows = torch.zeros((n + 1, self._whole_lines(d + 1 + self._values)), **self._on)
        self.rows[:n, :d] = torch.tensor(features, **self._on)
        self.rows[:n, d] = 1.0
        self.orders = Orders(n, kind.batch_size, device)
        self.place = torch.zeros((), dtype=torch.int64, device=device)

        count = count_of(np.array(kind.sizes))
        self.parts = self._laid_out({
            "settings": 4, "params": count, "first": 0 if kind.optimizer == SGD else count,
            "second": count if kind.optimizer == ADAM else 0, "gradient": count, "losses": len(self.orders.table),
        })  # fmt: skip
        self.flat = torch.zeros(self._whole_lines(self.parts["losses"].stop), **self._on)
        self._params, self._first, self._second, self._gradient = (
            self.flat[self.parts[name]] for name in ("params", "first", "second", "gradient")
        )
        self._learning_rate, self._momentum, self._steps, _ = self.flat[self.parts["settings"]]
        self._losses = self.flat[self.parts["losses"]]
        self._weights, self._slopes = self._matrices(self._params), self._matrices(self._gradient)

        self.lengths = device_loop.lengths_within(_BLOCK_NUMBERS // (kind.batch_size * self.rows.shape[1]))
        longest = self.lengths[0]
        self._turns = torch.arange(longest, device=device)
        self._outs = self._room(longest, kind.batch_size * self._values).view(longest, kind.batch_size, self._values)
        self._penalties = torch.zeros(longest, **self._on)
        self._log_betas = torch.tensor([math.log(BETA1), math.log(BETA2)], **self._on)
        hidden = kind.sizes[1:-1]
        self._acts = [self._with_ones(units) for units in hidden]
        self._deltas = [torch.zeros((kind.batch_size, units), **self._on) for units in (*hidden, self._values)]
        self._scratch = torch.empty(count, **self._on)
        self._learns = torch.ones(count, **self._on)
        self._gains = [self._learns * (1.0 - beta) for beta in (BETA1, BETA2)]
        self._decay = torch.zeros(count, **self._on)

    def _whole_lines(self, numbers: int) -> int:
        return -(-numbers // self._line) * self._line

    def _laid_out(self, lengths: dict[str, int]) -> dict[str, slice]:
        parts, place = {}, 0
        for name, length in lengths.items():
            parts[name] = slice(place, place + length)
            place = self._whole_lines(place + length)
        return parts

    def _room(self, rows: int, columns: int) -> torch.Tensor:
        """(rows, columns), each row on lines of its own."""
        return torch.zeros((rows, self._whole_lines(columns)), **self._on)[:, :columns]

    def _with_ones(self, units: int) -> torch.Tensor:
        acts = self._room(self.kind.batch_size, units + 1)
        acts[:, units] = 1.0
        return acts

    def _matrices(self, flat: torch.Tensor) -> list[torch.Tensor]:
        """Views (inputs + 1, units) of a flat vector, layer after layer; the biases are the last row."""
        views, place = [], 0
        for inputs, units in zip(self.kind.sizes[:-1], self.kind.sizes[1:], strict=True):
            end = place + (inputs + 1) * units
            views.append(flat[place:end].view(inputs + 1, units))
            place = end
        return views

    # -- what the host decides -----------------------------------------------------------------------------------------

    def take_goals(self, targets: np.ndarray) -> None:
        """targets (n,): class numbers for softmax, which become a 1 in the column of the class; else values."""
        classes = np.arange(self._values)
        goals = targets[:, None] == classes if self.kind.output == SOFTMAX else targets[:, None]
        first = self._d + 1
        self.rows[: len(targets), first : first + self._values] = torch.tensor(goals, **self._on)

    def freeze(self, frozen: np.ndarray) -> None:
        self._learns.fill_(1.0)
        self._learns[torch.tensor(frozen, device=self._learns.device)] = 0.0
        for gain, beta in zip(self._gains, (BETA1, BETA2), strict=True):
            torch.mul(self._learns, 1.0 - beta, out=gain)

    def take_l2(self, l2: float) -> None:
        """Weights decay, biases do not."""
        for matrix in self._matrices(self._decay):
            matrix[:-1] = l2

    # -- training: nothing below reads a value -------------------------------------------------------------------------

    def work(self, count: int) -> None:
        """Train on the `count` mini-batches from `place` of the orders on."""
        kind, numbers = self.kind, self.place + self._turns[:count]
        chosen = self.orders.table.index_select(0, numbers).view(-1)
        rows = self.rows.index_select(0, chosen).view(count, kind.batch_size, -1)
        inputs, there = rows[:, :, : self._d + 1], rows[:, :, self._d : self._d + 1]
        goals = rows[:, :, self._d + 1 : self._d + 1 + self._values]
        shares = there / there.sum(dim=1, keepdim=True)
        pulls = -shares * goals
        paces, floors = self._step_sizes(count)
        for turn in range(count):
            self._forward(inputs[turn], self._outs[turn])
            self._output_delta(self._outs[turn], shares[turn], pulls[turn])
            self._backward(inputs[turn])
            if kind.has_penalty:
                self._decay_weights(self._penalties[turn])
            self._update(paces[turn], floors[turn])
        losses = self._batch_losses(self._outs[:count], goals, shares)
        if kind.has_penalty:
            losses += 0.5 * self._penalties[:count]
        self._losses.scatter_(0, numbers, losses)
        self.place.add_(count)
        self._steps.add_(count)

    def _forward(self, inputs: torch.Tensor, out: torch.Tensor) -> None:
        below = inputs
        for layer, acts in enumerate(self._acts):
            values = acts[:, :-1]
            torch.mm(below, self._weights[layer], out=values)
            if self.kind.activations[layer] in _BENDS:
                _BENDS[self.kind.activations[layer]](values)
            below = acts
        torch.mm(below, self._weights[-1], out=out)
        if self.kind.output == TANH_SQUARED:
            out.tanh_()

    def _output_delta(self, out: torch.Tensor, share: torch.Tensor, pull: torch.Tensor) -> None:
        """share * (output - goal), for softmax and for squared error alike; behind a tanh times its slope."""
        delta, values = self._deltas[-1], out
        if self.kind.output == SOFTMAX:
            torch.softmax(out, 1, out=delta)
            values = delta
        torch.addcmul(pull, values, share, out=delta)
        if self.kind.output == TANH_SQUARED:
            torch.ops.aten.tanh_backward.grad_input(delta, out, grad_input=delta)

    def _backward(self, inputs: torch.Tensor) -> None:
        """The chain rule, from the last layer to the first: each gradient goes to its place in the flat vector."""
        for layer in range(len(self._weights) - 1, -1, -1):
            below = self._acts[layer - 1] if layer > 0 else inputs
            torch.mm(below.T, self._deltas[layer], out=self._slopes[layer])
            if layer > 0:
                values, delta = below[:, :-1], self._deltas[layer - 1]
                torch.mm(self._deltas[layer], self._weights[layer][:-1].T, out=delta)
                _times_slope(self.kind.activations[layer - 1], delta, values)

    def _decay_weights(self, penalty: torch.Tensor) -> None:
        """Add l2 * weight to the gradient, and have the sum of l2 * weight^2."""
        torch.mul(self._decay, self._params, out=self._scratch)
        self._gradient.add_(self._scratch)
        torch.dot(self._scratch, self._params, out=penalty)

    def _step_sizes(self, count: int) -> tuple[Sequence[torch.Tensor], Sequence[torch.Tensor]]:
        """How far each of the next `count` updates goes, and for Adam what stands under its fraction beside the root.

        Adam divides both moments by 1 - beta^steps. Its rule, multiplied out, is
        rate sqrt(c2) / c1 * m / (sqrt(v) + epsilon sqrt(c2)); expm1 keeps the digits of c while steps are few.
        """
        if self.kind.optimizer != ADAM:
            pace = self._learns * self._learning_rate if self.kind.optimizer == SGD else self._learning_rate
            return (pace,) * count, (pace,) * count
        steps = self._turns[:count] + (self._steps + 1.0)
        corrections = -torch.expm1(steps[:, None] * self._log_betas)
        roots = corrections[:, 1].sqrt()
        return (self._learning_rate * roots / corrections[:, 0]).unbind(), (EPSILON * roots).unbind()

    def _update(self, pace: torch.Tensor, floor: torch.Tensor) -> None:
        params, gradient, scratch = self._params, self._gradient, self._scratch
        if self.kind.optimizer == SGD:
            params.addcmul_(gradient, pace, value=-1.0)
        elif self.kind.optimizer == MOMENTUM:
            self._first.mul_(self._momentum).addcmul_(gradient, self._learns)
            params.addcmul_(self._first, pace, value=-1.0)
        else:
            self._first.lerp_(gradient, self._gains[0])
            torch.mul(gradient, gradient, out=scratch)
            self._second.lerp_(scratch, self._gains[1])
            torch.sqrt(self._second, out=scratch)
            scratch.add_(floor)
            torch.div(self._first, scratch, out=scratch)
            params.addcmul_(scratch, pace, value=-1.0)

    def _batch_losses(self, outs: torch.Tensor, goals: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
        """The mean loss of each mini-batch, (count,), from what its outputs were."""
        if self.kind.output == SOFTMAX:
            parts = outs.log_softmax(dim=2) * goals * -shares
        else:
            parts = 0.5 * shares * (outs - goals).square()
        return parts.flatten(1).sum(dim=1)


_BENDS = {RELU: torch.relu_, TANH: torch.tanh_, LOGISTIC: torch.sigmoid_}


def _times_slope(activation: int, delta: torch.Tensor, values: torch.Tensor) -> None:
    """Multiply `delta` in place by the slope of the activation function, told by its values; one operation, the one that
    autograd uses."""
    if activation == TANH:
        torch.ops.aten.tanh_backward.grad_input(delta, values, grad_input=delta)
    elif activation == LOGISTIC:
        torch.ops.aten.sigmoid_backward.grad_input(delta, values, grad_input=delta)
    elif activation == RELU:
        torch.ops.aten.threshold_backward.grad_input(delta, values, 0.0, grad_input=delta)
