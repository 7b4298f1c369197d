"""What the panes beside the plane show, as plain records: composed in the worker, only while a pane is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from models.core.abilities import Wiring
from models.core.formula import Formula, Tensor
from models.words.text import Said, Text


@dataclass(frozen=True, eq=False)
class NetworkPicture:
    """A network at the shown moment, with what flows through it.

    sums and outputs: of the sample looked at, one (units,) for each layer after the inputs (before and after its
    activation); inputs (d,) its features in the learner's units, originals (d,) in original ones. sample: its row in
    the dataset, or None for the means over the mini-batch. deltas: derivative of the loss by each unit's weighted sum,
    for the same sample, or None outside the backward pass. units[l - 1] (units, h, w) uint8: every unit's
    own picture of the plane, rows from the bottom up, 0 its least value over the picture's scale, 128 zero, 255 its
    most; unit_range[l - 1] (units,): the value that 255 stands for; strengths[l - 1] (h, w) float32: the sum of
    |byte - 128| over all units of the layer. Empty tuples where the plane cannot show them.
    steps: at an update, by how much each weight and bias moved, (inputs + 1, units) a layer, the last row the biases;
    else None. class_ids: numbers of the classes in the dataset, which decide the colours of the outputs; () without.
    target: of the sample: its class number, its value in original units, or None.
    """

    wiring: Wiring
    inputs: np.ndarray
    originals: np.ndarray
    sums: tuple[np.ndarray, ...]
    outputs: tuple[np.ndarray, ...]
    sample: int | None = None
    deltas: tuple[np.ndarray, ...] | None = None
    units: tuple[np.ndarray, ...] = ()
    unit_range: tuple[np.ndarray, ...] = ()
    strengths: tuple[np.ndarray, ...] = ()
    input_units: tuple[np.ndarray, ...] = ()  # each (h, w) uint8: the inputs' own pictures
    steps: tuple[np.ndarray, ...] | None = None
    class_ids: tuple[int, ...] = ()
    target: float | None = None


@dataclass(frozen=True, eq=False)
class Numbers:
    """This step in numbers. `tensors` is the parameter table; `device` where the values live; note: a sentence about
    what the formulas are about ("the first sample of the mini-batch"), or None."""

    formulas: tuple[Formula, ...] = ()
    tensors: tuple[Tensor, ...] = ()
    device: str = "cpu"
    note: Said | None = None


@dataclass(frozen=True, eq=False)
class ClassScores:
    """One confusion matrix: counts (c, c), rows actual, columns predicted; and what follows from it, (c,) each.

    A score whose denominator is zero is nan. accuracy: the share of the diagonal.
    """

    counts: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    accuracy: float


@dataclass(frozen=True, eq=False)
class Scoreboard:
    """The matrix pane: class scores for train and test; or figures for numbers and clusters.

    kind "classes": `classes` {"train": ..., "test": ...}, the latter only with test data. kind "values": `figures`
    {"train": {"r2", "mae", "rmse"}, "test": ...}. kind "clusters": {"train": {"inertia", "silhouette", ...}}; sizes
    (k,): how many points each cluster has. names and ids: of the classes, ids decide colours.
    """

    kind: Literal["classes", "values", "clusters"]
    names: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()
    classes: Mapping[str, ClassScores] = field(default_factory=dict)
    figures: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    labels: Mapping[str, Text] = field(default_factory=dict)
    sizes: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class LossPicture:
    """The loss over two directions in parameter space: vector(a, b) = origin + a * u + b * v.

    levels (h, w) over extent (a0, a1, b0, b1), rows from the bottom up, nan where it is not finite. path (t, 2): where
    the run has been, oldest first, here (2,) last. names: of the axes; is_exact: the two are all the parameters there
    are (else the rest is held, or the path is only near this plane). contours: the levels at which lines are drawn,
    with lines[i] polylines (m, 2) of contours[i]. rows: how many training rows the levels were computed from (`loss` is
    from all of them), or None for all. can_be_put: whether the state may be put at another place of the picture by
    hand: not with so many parameters that a project could not hold them.
    """

    origin: np.ndarray
    u: np.ndarray
    v: np.ndarray
    extent: tuple[float, float, float, float]
    levels: np.ndarray
    contours: np.ndarray
    lines: tuple[tuple[np.ndarray, ...], ...]
    path: np.ndarray
    here: np.ndarray
    loss: float
    names: tuple[Text, Text]
    is_exact: bool
    rows: int | None = None
    can_be_put: bool = True


@dataclass(frozen=True, eq=False)
class ActivationPicture:
    """The activation of a unit's layer: function and derivative are models.core.abilities's; sums (m,) are the weighted
    sums of `unit` (layer, unit) over the training rows (at most some hundred of them, evenly taken), here the sum of
    the sample looked at, or None. name: an Activation."""

    name: str
    unit: tuple[int, int]
    sums: np.ndarray
    here: float | None = None


@dataclass(frozen=True, eq=False)
class SpacePicture:
    """Three columns in space, original units: points (n, 3) with groups (n,) class ids or None; the fitted plane.

    mean (3,); axes (2, 3): unit directions in original units that span the plane, or None before there are any (zeros
    in the second while only the first is known);
    shadows (n, 3): every point's foot on that plane, or None before the projection; kept: share of variance.
    """

    names: tuple[str, str, str]
    points: np.ndarray
    groups: np.ndarray | None
    mean: np.ndarray | None = None
    axes: np.ndarray | None = None
    shadows: np.ndarray | None = None
    kept: float | None = None
