"""Two directions in parameter space: which ones, and where the states of a run lie along them."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np

from models.core.abilities import HasNetwork
from models.core.learner import Moment
from models.core.problem import Rows
from models.core.state import State
from models.words.text import Text


@dataclasses.dataclass(frozen=True, eq=False)
class Plane:
    """Two directions u and v (p,) through `base` (p,). names (2,): of the axes. pair: the two parameters that are the
    axes, or None where the directions are random. is_exact: there are no other parameters."""

    u: np.ndarray
    v: np.ndarray
    base: np.ndarray
    names: tuple[Text, Text]
    is_exact: bool
    pair: tuple[int, int] | None = None

    @cached_property
    def _to_places(self) -> tuple[np.ndarray, np.ndarray]:
        """The inverse of the directions' products (2, 2), and those of the base with them (2,)."""
        products = np.array([[self.u @ self.u, self.u @ self.v], [self.u @ self.v, self.v @ self.v]])
        return np.linalg.inv(products), np.array([self.u @ self.base, self.v @ self.base])

    @cached_property
    def single(self) -> tuple[np.ndarray, np.ndarray]:
        """u and v as float32."""
        return self.u.astype(np.float32), self.v.astype(np.float32)

    def along(self, vector: np.ndarray) -> np.ndarray:
        """A vector's nearest point of the plane, by least squares: (p,) -> (2,). The same bits for the same vector."""
        if self.pair is not None:
            return vector[list(self.pair)]
        inverse, at_base = self._to_places
        return inverse @ (np.array([self.u @ vector, self.v @ vector]) - at_base)

    def origin(self, vector: np.ndarray) -> np.ndarray:
        """What is left of a vector (p,) when its way along both directions is taken away."""
        place = self.along(vector)
        left = vector - place[0] * self.u
        left -= place[1] * self.v
        if self.pair is not None:
            left[list(self.pair)] = 0.0
        return left

    def vectors32(self, origin: np.ndarray, places: np.ndarray, room: np.ndarray) -> np.ndarray:
        """The parameters at places (m, 2): (m, p) float32, for an origin (p,) float32. They lie in `room` (2, m or
        more, p) float32: new memory for every few of them would cost more than the sums."""
        (u, v), places = self.single, places.astype(np.float32)
        found, aside = room[:, : len(places)]
        np.multiply(places[:, :1], u, out=found)
        np.multiply(places[:, 1:], v, out=aside)
        found += aside
        found += origin
        return found


def random_directions(vector: np.ndarray, sizes: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two random directions (p,), in each layer as long as the vector is there; a layer of zeros counts as length 1.

    sizes: how many of the p parameters each layer has, in order.
    """
    drawn = np.random.default_rng(seed).normal(size=(2, len(vector)))
    first = 0
    for size in sizes:
        layer = slice(first, first + size)
        length = float(np.linalg.norm(vector[layer])) or 1.0
        drawn[:, layer] *= length / np.linalg.norm(drawn[:, layer], axis=1, keepdims=True)
        first += size
    return drawn[0], drawn[1]


def layer_sizes(learner: Any, state: State, problem: Rows, count: int) -> tuple[int, ...]:
    """How many parameters each layer of a network has; one layer of all `count` where there is no network."""
    if isinstance(learner, HasNetwork):
        wiring = learner.wiring(Moment("start", state), problem)
        sizes = tuple(w.size + b.size for w, b in zip(wiring.weights, wiring.biases, strict=True))
        if sum(sizes) == count:
            return sizes
    return (count,)
