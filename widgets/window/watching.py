"""What is seen and what is picked out, told to the worker: the panes in view, the pins, the point under the mouse."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Slot

from lab.document.project import Project
from lab.protocol.commands import Watch
from models.core.moment import Pin
from widgets.panes.panes import Panes
from widgets.playing.document import Document
from widgets.playing.player import Player
from widgets.stages.plane.plane_view import PlaneView, is_same_data


class Watching(QObject):
    """Keeps the player's Watch in step with the panes and the plane.

    The row is the plane's: a point picked with the move tool counts before one that the mouse is merely over, and a
    pane can only let it go. Other data lets everything go, and another algorithm all but the point: its neurons are
    others.
    """

    def __init__(self, player: Player, panes: Panes, plane: PlaneView, document: Document, parent: QObject) -> None:
        super().__init__(parent)
        self._player, self._panes, self._plane = player, panes, plane
        self._pin = Pin()
        self._picked = self._pointed = -1
        self._directions = 0
        self.extra: frozenset[str] = frozenset()  # panes that somebody else has in view
        panes.watched_changed.connect(self.tell)
        panes.pin_changed.connect(self.on_pin_changed)
        panes.directions_requested.connect(self.on_directions_requested)
        plane.pointed.connect(self.on_pointed)
        plane.picked.connect(self.on_picked)
        document.changed.connect(self.on_document_changed)
        document.opened.connect(self.on_document_opened)

    @property
    def pin(self) -> Pin:
        """What is picked out, the point on the plane included."""
        row = self._picked if self._picked >= 0 else self._pointed
        return replace(self._pin, row=row if row >= 0 else None)

    @Slot()
    def tell(self) -> None:
        """Post what is watched now, if that is news."""
        seen = self._panes.watched | self.extra
        self._player.watch(Watch(seen, self.pin, self._panes.unit_px, self._directions))

    def watch_also(self, panes: frozenset[str]) -> None:
        """Compose these as well: presentation mode shows numbers without their pane."""
        if panes != self.extra:
            self.extra = panes
            self.tell()

    @Slot(object)
    def on_pin_changed(self, pin: Pin) -> None:
        """A pane pins, or lets go of, what its packet had."""
        self._pin = replace(pin, row=None)
        shown = self._player.packet
        if pin.row is None and shown is not None and shown.pin.row is not None:
            self._plane.forget_pick()
            self._pointed = -1
        self.tell()

    @Slot(int)
    def on_directions_requested(self, seed: int) -> None:
        self._directions = seed
        self.tell()

    @Slot(int)
    def on_pointed(self, row: int) -> None:
        self._pointed = row
        self.tell()

    @Slot(int)
    def on_picked(self, row: int) -> None:
        self._picked = row
        self.tell()

    @Slot(object, object)
    def on_document_changed(self, old: Project, new: Project) -> None:
        before, after = old.experiment, new.experiment
        naming = [param.name for param in self._player.params() if param.renames_units]
        layers = all(before.settings.get(name) == after.settings.get(name) for name in naming)
        if not is_same_data(old.dataset, new.dataset):
            self.let_go()
        elif before.algorithm != after.algorithm or not layers:
            self._pin = Pin()
            self.tell()
        elif old.dataset.n != new.dataset.n:
            self._pointed = -1  # the plane itself forgets what was selected
            self._pin = replace(self._pin, cell=None)
            self.tell()

    @Slot(object)
    def on_document_opened(self, project: Project) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Nothing is picked out any more."""
        self._pin, self._pointed = Pin(), -1
        self._plane.forget_pick()
        self.tell()
