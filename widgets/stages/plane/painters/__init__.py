"""One table: mark type -> painter. A painter owns the graphics items of one mark and updates them in place."""

from __future__ import annotations

from typing import Protocol

from models.core.marks import Arrow, Bars, Field, Mark, Note, Path, Points, Segments, Trail
from widgets.stages.plane.painters.field import FieldPainter
from widgets.stages.plane.painters.lines import ArrowPainter, PathPainter, SegmentsPainter, TrailPainter
from widgets.stages.plane.painters.overlays import BarsPainter, NotePainter
from widgets.stages.plane.painters.points import PointsPainter
from widgets.stages.plane.painters.stage import Stage


class Painter(Protocol):
    """Draws one mark. Made with the stage and a small number that keeps marks in the order given."""

    def __init__(self, stage: Stage, layer: float) -> None: ...

    def paint(self, mark: Mark) -> None:
        """Show this mark, in place of the one before."""

    def rescale(self) -> None:
        """The view moved or changed its size: redo what is measured in pixels."""

    def remove(self) -> None:
        """Take everything off the plane."""


# Ellipses come as Paths: lab/composing/picture.py evaluates them, since in original units they may be stretched.
PAINTERS: dict[type[Mark], type[Painter]] = {
    Arrow: ArrowPainter,
    Bars: BarsPainter,
    Field: FieldPainter,
    Note: NotePainter,
    Path: PathPainter,
    Points: PointsPainter,
    Segments: SegmentsPainter,
    Trail: TrailPainter,
}
