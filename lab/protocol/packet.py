"""The packet: all that crosses from the worker to the window for one picture. Numpy and plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lab.document.changes import Schedule
from lab.protocol.commands import Frame
from lab.protocol.stage_kinds import StageId
from models.core.findings import Finding
from models.core.marks import Mark
from models.core.moment import Pin
from models.words.text import Said, Text

# idle: at the start, nothing done yet. past: paused before the furthest frame reached. paused: at the furthest.
SessionState = Literal["unready", "idle", "playing", "paused", "past", "finished", "diverged", "failed"]


@dataclass(frozen=True, eq=False)
class Picture:
    """Marks in the plane's original units, ready to paint: all coordinates (m, 2), Fields and Trails evaluated.

    Drawn in the order given. `marks` never hold the data points themselves except where a mark colours them anew
    (K-means); the window and lab/leaving/svg.py draw the dataset under them.
    glow: rows of the dataset that a person has picked out, or that the numbers are about.
    wrong: rows of the dataset that the shown state classifies wrongly. assigned: (n,) cluster of each training row
    or None (then the points are drawn by cluster colours instead of class colours).
    """

    marks: tuple[Mark, ...] = ()
    wrong: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    train_rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    test_rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    glow: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


@dataclass(frozen=True, eq=False)
class Curves:
    """Metrics over the run so far, thinned to at most about 2,000 points each: name -> (k,) float64, nan for gaps."""

    iterations: np.ndarray = field(default_factory=lambda: np.zeros(0))
    series: Mapping[str, np.ndarray] = field(default_factory=dict)
    labels: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Packet:
    """One shown frame and what stands around it.

    version: of the Begin it belongs to; the window drops packets of older versions.
    reached: the furthest iteration computed. end: the iteration at which the run ended, or None.
    settings: in force at the shown frame (all of the learner's, defaults included).
    notice: a sentence that overrides nothing and is shown beside the narration (a lost device, k clamped), or None.
    """

    version: int
    state: SessionState
    frame: Frame = Frame(0, 0)
    moments: int = 1  # how many moments the shown iteration has
    reached: int = 0
    end: int | None = None
    picture: Picture = field(default_factory=Picture)
    place: Said | None = None  # "epoch 2, sample 17/40"
    phase: str = ""
    phase_name: Text | None = None
    narration: Said | None = None
    outcome: Said | None = None
    outcome_kind: str = ""
    notice: Said | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    metric_labels: Mapping[str, Text] = field(default_factory=dict)
    goal: str = ""
    verb: Text | None = None
    curves: Curves = field(default_factory=Curves)
    settings: Mapping[str, Any] = field(default_factory=dict)
    schedule: Schedule = ()
    has_branch: bool = False
    device: str = "cpu"
    path: str = "kernel"
    scaling: str = "none"
    per_epoch: int | None = None
    dwell: float = 1.0  # seconds that this moment stays at normal speed
    rate: float = 0.0  # iterations a second while playing
    abilities: frozenset[str] = frozenset()  # panes that mean something for this algorithm on this data
    # What the panes show, by their ids: a record of pane_records each, none while nobody sees the pane.
    beside: Mapping[str, Any] = field(default_factory=dict)
    stage: StageId = "plane"
    on_stage: Any = None  # what another stage than the plane shows: a record of pane_records
    findings: tuple[Finding, ...] = ()
    pin: Pin = Pin()
    rebuilds: bool = False  # the learner rebuilds at once when its data changes (KNN)
