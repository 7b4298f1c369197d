"""The axes of a problem: its mean and covariance, the first guess at a component, and the exact components.

The turns that are watched work on the covariance, whose rounding is a share of the whole variance: directions with
less variance than that are lost in it. The exact axes therefore come from the rows themselves, by the singular value
decomposition of the centred matrix (G. Golub, W. Kahan, 1965), or from that of its triangle, R in X = QR.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.algorithms.pca import kernels
from models.algorithms.pca.state import TURNING, PCAState
from models.arithmetic import draws
from models.core.problem import Rows

Floats = NDArray[np.float64]

EPS = float(np.finfo(np.float64).eps)
SAME = 16.0 * EPS  # deviations closer than this share of the largest are the same: rounding tells them apart
SHORT = 1e-6  # an axis that leans less than this towards the directions it may take says nothing about which to take
AT_ONCE = 2e7  # multiplications in a triangle up to which it is made whatever the data are: a tenth of a second
WELL_APART = 1e-2  # variances, as a share of the largest, down to which the covariance keeps their digits


class Exact(NamedTuple):
    """The principal axes of a problem: directions (r, d), orthonormal rows, by falling deviations (r,), the roots of
    the variances. r is the smaller one of n and d. A deviation below `rounding` cannot be told from none."""

    directions: Floats
    deviations: Floats
    rounding: float


# -- moments -----------------------------------------------------------------------------------------------------------


def moments(problem: Rows) -> tuple[Floats, Floats]:
    """The mean (d,) and the covariance (d, d), divided by n - 1, of the training rows.

    Made where the data lies, once. The turns that follow work on these d x d numbers alone and stay on the host.
    """
    features, n = problem.features, problem.n

    def on_host() -> tuple[Floats, Floats]:
        return _as_covariance(*kernels.moments(features), n)

    if problem.path != "torch":
        return problem.keep("moments", on_host)
    from models.algorithms.pca.device import moments_on_device

    return problem.keep("moments", lambda: _as_covariance(*moments_on_device(problem), n))


def _as_covariance(mean: Floats, scatter: Floats, n: int) -> tuple[Floats, Floats]:
    return mean, (scatter + scatter.T) / (2.0 * max(n - 1, 1))


def informed(state: PCAState, problem: Rows) -> PCAState:
    """The state with its mean and covariance, also before the run has come to them."""
    if state.stage >= TURNING:
        return state
    mean, covariance = moments(problem)
    return state.replace(mean=mean, covariance=covariance)


# -- exact axes --------------------------------------------------------------------------------------------------------


def exact_axes(problem: Rows, k: int) -> Exact:
    """The exact axes of a problem of which the first k are wanted: from the rows, with the same bits on every path.

    Where the rows are many and the covariance keeps the digits of all that is wanted, its eigenvectors are taken.
    """
    features = problem.features

    def make() -> Exact:
        n, d = features.shape
        if float(n) * d * d > AT_ONCE:
            found = _of_covariance(_as_covariance(*kernels.moments(features), n)[1], min(n, d))
            if found.deviations[k - 1] ** 2 >= WELL_APART * found.deviations[0] ** 2:
                return found
        return _of_rows(features)

    return problem.keep(("exact axes", k), make)


def _of_rows(features: Floats) -> Exact:
    n, d = features.shape
    # A power of two, which rounds nothing: LAPACK's products then neither overflow nor vanish.
    reach = float(np.abs(features - features[0]).max())
    unit = math.ldexp(1.0, math.frexp(reach)[1])
    rows_at_once = max(kernels.ROWS_AT_ONCE, 4 * d)
    blocks = [slice(first, first + rows_at_once) for first in range(0, n, rows_at_once)]
    # Seen from the first row, so that data far from the origin keeps its digits.
    middle = sum(((features[block] - features[0]) / unit).sum(axis=0) for block in blocks) / n
    triangle = np.zeros((0, d))
    for block in blocks:
        whole = np.vstack([triangle, (features[block] - features[0]) / unit - middle])
        triangle = np.asarray(np.linalg.qr(whole, mode="r")) if len(whole) > d else whole
    _, values, directions = np.linalg.svd(triangle, full_matrices=False)
    deviations = values * (unit / math.sqrt(max(n - 1, 1)))
    return Exact(directions, deviations, max(n, d) * EPS * float(deviations[0]))


def _of_covariance(covariance: Floats, r: int) -> Exact:
    unit = math.ldexp(1.0, math.frexp(float(np.trace(covariance)))[1])
    values, vectors = np.linalg.eigh(covariance / unit)
    deviations = np.sqrt(np.maximum(values[::-1][:r], 0.0)) * math.sqrt(unit)
    return Exact(np.ascontiguousarray(vectors.T[::-1][:r]), deviations, 1e-7 * float(deviations[0]))


def exact_axis(exact: Exact, known: Floats, axis: Floats) -> tuple[Floats, float]:
    """The exact direction of largest variance at right angles to the `known` components (c, d), and the deviation
    along it. Of directions with the same variance that one to which `axis` (d,) is nearest."""
    directions, deviations, _ = exact
    deviation, same = float(deviations[len(known)]), SAME * float(deviations[0])
    is_same = np.abs(deviations - deviation) <= same
    if deviation <= same:  # nothing is left: any direction beside those of variance will do
        others = directions[~is_same]
        found = axis - others.T @ (others @ axis)
    else:
        found = directions[is_same].T @ (directions[is_same] @ axis)
    found = beside(found, known)
    if length(found) < SHORT:
        free = [beside(direction, known) for direction in directions[is_same]]
        found = max(free, key=length)
        found = found if found @ axis >= 0 else -found
    found = beside(found / length(found), known)
    found = found / length(found)
    return found, length((directions[is_same] @ found) * deviations[is_same])


def beside(vector: Floats, known: Floats) -> Floats:
    """What of a vector (d,) is at right angles to orthonormal rows (c, d); twice, since once leaves rounding behind."""
    for _ in range(2):
        vector = vector - known.T @ (known @ vector)
    return vector


def length(vector: Floats) -> float:
    """The length of a vector (d,), of numbers whose squares cannot be held too."""
    return math.hypot(*vector.tolist())


def with_fixed_sign(axis: Floats) -> Floats:
    """The axis or its opposite, so that the largest entry (the first of entries as good as equal) is positive."""
    size = np.abs(axis)
    largest = int(np.argmax(size >= size.max() * (1 - 1e-9)))
    return np.ascontiguousarray(axis if axis[largest] > 0 else -axis)


# -- guesses -----------------------------------------------------------------------------------------------------------


def start_axis(exact: Exact, known: Floats, seed: int) -> Floats:
    """A first guess 60 to 80 degrees away from the answer, towards a side drawn from the seed, (d,)."""
    number, d = known.shape
    answer = with_fixed_sign(exact_axis(exact, known, np.zeros(d))[0])
    if number + 1 >= d:
        return answer
    side = np.array([draws.normal(seed, number, draws.START, j) for j in range(d)])
    side = beside(side, np.vstack([known, answer]))
    if length(side) < 1e-9:
        return answer
    angle = math.radians(60.0 + 20.0 * draws.uniform(seed, number, draws.EXTRA, 0))
    return math.cos(angle) * answer + math.sin(angle) * side / length(side)
