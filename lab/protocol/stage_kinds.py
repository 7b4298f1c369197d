"""What may stand in the middle of the window: each stage is named here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from models.words.text import Text

StageId = str  # the id of a line in STAGES


@dataclass(frozen=True)
class StageKind:
    """One stage. Both places are "room:Class", imported when they are first needed: `composed` below
    lab/composing/stages_of makes what the stage shows, `packet.on_stage`, or None where this stage is not for the run (""
    for the plane, which is for every run and shows `packet.picture`); `shown` below widgets/stages is the stage itself."""

    id: StageId
    name: Text
    composed: str
    shown: str


# The first that has something to show stands in the middle; the plane always has.
STAGES: tuple[StageKind, ...] = (
    StageKind("space", Text("Space", "공간"), "space:Space", "space.space_view:SpaceView"),
    StageKind("plane", Text("Plane", "평면"), "", "plane.plane_view:PlaneView"),
)
