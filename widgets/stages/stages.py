"""The middle of the window: the stage that the shown packet asks for; the others wait, or have never been made."""

from __future__ import annotations

import importlib

from PySide6.QtWidgets import QStackedWidget, QWidget

from lab.protocol.packet import Packet
from lab.protocol.stage_kinds import STAGES, StageId, StageKind
from widgets.kit.tab_order import one_after_another, stops
from widgets.stages.plane.plane_view import PlaneView
from widgets.stages.stage import StageView


def make_stage(kind: StageKind) -> StageView:
    """A new stage of this kind; its modules are imported now."""
    room, _, name = kind.shown.partition(":")
    made: StageView = getattr(importlib.import_module(f"widgets.stages.{room}"), name)()
    return made


class Stages(QStackedWidget):
    """The stages. The plane is there from the beginning, since it is drawn on; each other is made when it is first seen."""

    def __init__(self, plane: PlaneView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plane = plane
        self._made: dict[StageId, StageView] = {"plane": plane}
        self.addWidget(plane)

    @property
    def shown(self) -> StageView:
        """The stage in view."""
        stage = self.currentWidget()
        assert isinstance(stage, StageView)
        return stage

    def view(self, id: StageId) -> StageView:
        """A stage, made now if nobody has seen it yet. Raises KeyError for an unknown one."""
        if id not in self._made:
            view = make_stage({kind.id: kind for kind in STAGES}[id])
            # Where it is seen, which is not where it was made: after the plane.
            before = stops(self._plane)[-1]
            self._made[id] = view
            self.addWidget(view)
            one_after_another((before, *stops(view)))
        return self._made[id]

    def show_packet(self, packet: Packet, glide_ms: int) -> None:
        """Bring the packet's stage into view and show the packet there. A run without a frame leaves the plane to the
        points alone."""
        stage = self.view(packet.stage)
        self.setCurrentWidget(stage)
        stage.glide_ms = glide_ms
        if packet.state in ("unready", "failed"):
            self._plane.clear_packet()
        else:
            stage.show_packet(packet)
