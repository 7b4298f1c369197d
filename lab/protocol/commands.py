"""Commands: what the window, the command line and the tests ask of a session. Imperative, frozen, plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from lab.data.datasets import Dataset
from lab.document.changes import Change
from lab.document.project import Experiment
from models.core.moment import Pin

StepUnit = Literal["moment", "iteration", "epoch"]


class Frame(NamedTuple):
    """An address in a run: (0, 0) is the start, (i, m) the m-th moment of the i-th iteration."""

    iteration: int
    moment: int = 0


@dataclass(frozen=True)
class Begin:
    """A new run of this experiment on this dataset, shown at its start. `version` comes back in every packet.

    A restart ("KNN's k, its query") is a Begin with `keep_place`: the run is rebuilt and shown at the same frame.
    `keep_schedule`: the changes recorded in the run before live on in place of the experiment's; the session knows them
    best, since the window may not have heard of the last ones yet.
    """

    dataset: Dataset
    experiment: Experiment
    version: int
    keep_place: bool = False
    keep_schedule: bool = False


@dataclass(frozen=True)
class Play:
    """Run on from the shown frame. speed: moments per normal moment (1.0 normal, 0.5 slow), or None for maximum."""

    speed: float | None = 1.0


@dataclass(frozen=True)
class Pause:
    pass


@dataclass(frozen=True)
class Step:
    """n moments, iterations or epochs forward (n > 0) or back (n < 0), then pause."""

    n: int
    unit: StepUnit = "moment"


@dataclass(frozen=True)
class Seek:
    """Show this frame, and pause. A moment of -1 means the iteration's last one."""

    frame: Frame


@dataclass(frozen=True)
class Apply:
    """A live change at the shown frame (Retune, Edit, Move)."""

    change: Change


@dataclass(frozen=True)
class ClearChanges:
    """Forget the recorded changes and go back to the start."""


@dataclass(frozen=True)
class TakeBranch:
    """Exchange this run's schedule and future with the one that the last change in the past cut off."""


@dataclass(frozen=True)
class Look:
    """The part of the plane in view (original units), and the raster's resolution in cells along its longer side.

    width_px, height_px: the plane in device pixels. A frame that stays then becomes as fine as is worth seeing there;
    0 (nobody looks at a screen): exactly `cells`.
    """

    x0: float
    x1: float
    y0: float
    y1: float
    cells: int = 120
    width_px: int = 0
    height_px: int = 0


@dataclass(frozen=True)
class Watch:
    """What is seen beside the plane, and what is pinned: nothing is composed that nobody sees.

    panes: those in view (lab.protocol.pane_kinds.PaneId). unit_px: the side of a neuron's picture on the screen. directions: the seed
    of the random directions of the loss surface.
    """

    panes: frozenset[str] = frozenset()
    pin: Pin = Pin()
    unit_px: int = 40
    directions: int = 0


@dataclass(frozen=True)
class Stop:
    """The end of the session."""


Command = Begin | Play | Pause | Step | Seek | Apply | ClearChanges | TakeBranch | Look | Watch | Stop
