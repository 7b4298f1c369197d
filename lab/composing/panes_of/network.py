"""The network pane: every unit's own picture of the plane, and what flows through the network for one sample.

A unit's picture is its output over the view, quantised: byte 128 is the middle of its activation, 255 the middle plus
`unit_range`. The middle is 0 where outputs have a sign, and 0.5 where they are shares of 1 (sigmoid, step, softmax),
so that the middle colour always means "neither". Outputs that are bounded (tanh, sigmoid, step, softmax) stand on
their whole scale at every moment: a unit that says little looks pale. Others stand on the largest value in the view.
"""

from __future__ import annotations

import numpy as np

from lab.composing.beside import Asked
from lab.protocol.commands import Look
from lab.protocol.pane_records import NetworkPicture
from models.core.abilities import SHARES, Activation, HasNetwork, Wiring, activate, middle, slope
from models.core.formula import Shown
from models.core.learner import Learner, Moment
from models.core.problem import Rows

MOST_PX = 100  # cells along the side of a unit's picture
MOST_CELLS = 3_000_000  # of all pictures together: a thousand of 54 x 54; more units have coarser ones
_WORK = 2e9  # parameters times cells of a picture, for the layers that run through all of them: about 60 ms
_LEAST_PX = 8


class NetworkPictures:
    """Composes the network pane of one run. Keeps the last pictures, since many moments share one network."""

    def __init__(self) -> None:
        self._drawn: tuple[tuple, Wiring, tuple] | None = None
        self._ground: tuple[tuple, np.ndarray, tuple[np.ndarray, ...]] | None = None

    def fits(self, learner: Learner, problem: Rows) -> bool:
        return isinstance(learner, HasNetwork)

    def record(self, asked: Asked) -> NetworkPicture | None:
        return self.picture(asked.learner, asked.shown, asked.problem, asked.look, asked.watch.unit_px)

    def picture(self, learner: Learner, shown: Shown, problem: Rows, look: Look, unit_px: int) -> NetworkPicture | None:
        """The network at a shown moment with pictures about `unit_px` cells a side, or None without a network."""
        if not isinstance(learner, HasNetwork):
            return None
        with np.errstate(all="ignore"):
            wiring = learner.wiring(shown.moment, problem)
            row, x, target = sample_of(wiring, shown, problem)
            sums, outputs = _flow(learner, wiring, shown.moment.state, x)
            deltas = steps = None
            if wiring.flow in ("backward", "update"):
                before = learner.wiring(Moment(shown.moment.phase, shown.before), problem)
                deltas = _deltas(learner, before, shown, problem, x, target)
                if wiring.flow == "update" and before.sizes == wiring.sizes:
                    steps = tuple(
                        _step(*pair)
                        for pair in zip(wiring.weights, before.weights, wiring.biases, before.biases, strict=True)
                    )
            units, ranges, strengths, inputs = self._pictures(wiring, problem, look, unit_px)
        return NetworkPicture(
            wiring=wiring,
            inputs=x,
            originals=problem.scaler.inverse(x),
            sums=sums,
            outputs=outputs,
            sample=row,
            deltas=deltas,
            units=units,
            unit_range=ranges,
            strengths=strengths,
            input_units=inputs,
            steps=steps,
            class_ids=tuple(problem.class_ids),
            target=target,
        )

    def _pictures(self, wiring: Wiring, problem: Rows, look: Look, unit_px: int) -> tuple[tuple, ...]:
        """(units, unit_range, strengths, input_units) of a NetworkPicture; empty where the plane's height is no
        feature."""
        if problem.shows_target or wiring.sizes[0] != problem.d:
            return (), (), (), ()
        side = _side(unit_px, wiring)
        key = (look.x0, look.x1, look.y0, look.y1, side)
        if self._drawn is not None and self._drawn[0] == key and _is_same(self._drawn[1], wiring):
            return self._drawn[2]
        if self._ground is None or self._ground[0] != key:
            self._ground = (key, *_ground(problem, look, side))
        _, a, inputs = self._ground
        units, ranges, strengths = [], [], []
        for weights, bias, name in zip(wiring.weights, wiring.biases, wiring.activations, strict=True):
            # Units first, (units, cells): a row of `a` is then a whole picture, as it is drawn.
            z = weights.T.astype(np.float32) @ a
            z += bias.astype(np.float32)[:, None]
            a = activate("softmax", z.T).T if name == "softmax" else activate(name, z)
            bytes_, most = _quantised(a, name)
            units.append(bytes_.reshape(-1, side, side))
            ranges.append(most)
            strengths.append(_strength(units[-1]))
        self._drawn = (key, wiring, (tuple(units), tuple(ranges), tuple(strengths), inputs))
        return self._drawn[2]


def sample_of(wiring: Wiring, shown: Shown, problem: Rows) -> tuple[int | None, np.ndarray, float | None]:
    """The sample that the panes look at: (its row in the dataset, its features (d,) in the learner's units, its target).

    The pinned row where it is one of the training or test rows, else the first row that the moment is about, else the
    first training row; the held values and no row where there is none.
    """
    for rows, features, targets in (
        (problem.rows, problem.features, problem.targets),
        (problem.test_rows, problem.test_features, problem.test_targets),
    ):
        found = np.flatnonzero(rows == shown.pin.row) if shown.pin.row is not None else ()
        if len(found):
            return _sample(found[0], rows, features, targets)
    if not problem.n:
        return None, problem.held, None
    first = int(wiring.rows[0]) if wiring.rows is not None and len(wiring.rows) else 0
    return _sample(first, problem.rows, problem.features, problem.targets)


def _sample(i: int, rows, features, targets) -> tuple[int, np.ndarray, float | None]:
    return int(rows[i]), features[i], None if targets is None else float(targets[i])


def _step(weights: np.ndarray, old: np.ndarray, biases: np.ndarray, old_biases: np.ndarray) -> np.ndarray:
    """By how much the weights and biases of a layer moved, (inputs + 1, units)."""
    step = np.empty((len(weights) + 1, weights.shape[1]))
    np.subtract(weights, old, out=step[:-1])
    np.subtract(biases, old_biases, out=step[-1])
    return step


def _flow(learner, wiring: Wiring, state, x: np.ndarray) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Weighted sums and outputs of every layer for one sample (d,): (units,) each."""
    sums = learner.sums(state, x[None, :])
    outputs = tuple(activate(name, z)[0] for name, z in zip(wiring.activations, sums, strict=True))
    return tuple(z[0] for z in sums), outputs


# -- the backward pass of one sample ---------------------------------------------------------------------------------


def _deltas(learner: HasNetwork, before: Wiring, shown: Shown, problem: Rows, x, target):
    """dL/dz of every unit for one sample, by the chain rule from the outputs back (Rumelhart, Hinton, Williams 1986),
    at the weights that the gradient was taken at; None where the loss is not known."""
    if target is None or "step" in before.activations or "softmax" in before.activations[:-1]:
        return None
    sums, _ = _flow(learner, before, shown.before, x)
    last = learner.output_deltas(shown.before, problem, x[None, :], np.array([target]))
    if last is None:
        return None
    deltas = [last[0]]
    for layer in range(len(sums) - 1, 0, -1):
        back = before.weights[layer] @ deltas[0]
        deltas.insert(0, back * slope(before.activations[layer - 1], sums[layer - 1]))
    return tuple(deltas)


# -- rasters -----------------------------------------------------------------------------------------------------------


def _side(unit_px: int, wiring: Wiring) -> int:
    """Cells along a picture's side: as drawn, within bounds, and coarser where there are very many units or weights."""
    units, parameters = sum(wiring.sizes[1:]), sum(weights.size for weights in wiring.weights)
    affordable = min(MOST_CELLS / max(units, 1), _WORK / max(parameters, 1))
    return max(_LEAST_PX, min(int(unit_px), MOST_PX, int(affordable**0.5)))


def _strength(pictures: np.ndarray) -> np.ndarray:
    """How far all pictures (units, h, w) of a layer together are from their middles: the sum of |byte - 128|, (h, w)."""
    signed = (pictures ^ np.uint8(128)).view(np.int8)  # byte 0 does not occur, so that each has its opposite
    return np.abs(signed).sum(axis=0, dtype=np.float32)


def _ground(problem: Rows, look: Look, side: int) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """The inputs over a raster of the view, rows from the bottom up, as (d, cells) float32; and their own pictures.

    Columns that the plane does not show are held: their picture is one colour, and costs no memory.
    """
    share = (np.arange(side) + 0.5) / side
    xs, ys = look.x0 + share * (look.x1 - look.x0), look.y0 + share * (look.y1 - look.y0)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    flat = problem.from_plane(problem.scale_plane(grid)).T.astype(np.float32)
    pictures = []
    for column in range(problem.d):
        if column in problem.axes:
            pictures.append(_quantised(flat[column : column + 1], "identity")[0].reshape(side, side))
        else:
            # A third of the scale for each unit: three deviations of a standardised column are its end.
            one = np.full((1, 1), 128 + np.clip(np.rint(problem.held[column] * 127 / 3), -127, 127), dtype=np.uint8)
            pictures.append(np.broadcast_to(one, (side, side)))
    return np.ascontiguousarray(flat), tuple(pictures)


def _quantised(values: np.ndarray, name: Activation) -> tuple[np.ndarray, np.ndarray]:
    """Values (units, cells) as bytes round the middle of their activation, and what 255 stands for beyond it (units,)."""
    if name in SHARES or name == "tanh":
        most = np.full(len(values), 0.5 if name in SHARES else 1.0, dtype=np.float32)
    else:
        most = np.maximum(values.max(axis=1), -values.min(axis=1))
        if not np.isfinite(most).all():
            finite = np.where(np.isfinite(values), np.abs(values), 0.0).max(axis=1)
            most = np.where(np.isfinite(most), most, finite)
        most = np.where(most > 0.0, most, 1.0).astype(np.float32)
    scaled = values - np.float32(middle(name)) if middle(name) else values
    scaled = scaled * (np.float32(127.0) / most)[:, None]
    scaled += np.float32(128.5)
    if not np.isfinite(scaled.sum()):
        scaled = np.nan_to_num(scaled, nan=128.5, posinf=255.0, neginf=1.0)
    np.clip(scaled, 1.0, 255.0, out=scaled)
    return scaled.astype(np.uint8), most


def _is_same(one: Wiring, other: Wiring) -> bool:
    """Whether two wirings compute the same function, bit for bit."""
    if one is other:
        return True
    return one.activations == other.activations and all(
        np.array_equal(a, b) for a, b in zip((*one.weights, *one.biases), (*other.weights, *other.biases), strict=True)
    )
