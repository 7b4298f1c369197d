"""What every pane is: a view of the shown packet that costs nothing while it is hidden, with the wishes a pane may have."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from lab.protocol.packet import Packet
from lab.protocol.pane_kinds import PaneId
from widgets.kit.calm_controls import Island, QuietLabel
from widgets.kit.language import language
from widgets.kit.letters import scale_letters
from widgets.kit.theme import theme


class Pane(QWidget):
    """The base of the panes. A pane draws itself in `refresh`, from `packet` and `record`, and nowhere else: that is called
    for each packet while the pane is in view (while a run plays every `LEAST_S` seconds at most), and when it comes into
    view. `redraw` is called when language, theme or the size of the letters changed: what was kept as drawn is no more.

    The row of panes listens to all of these signals; a pane sends those that it has a use for.
    pin_changed(Pin): something else is picked out. edit_requested(handle, value): something is set by hand.
    seek_requested(iteration). directions_requested(seed): other directions for the loss surface.
    unit_px_changed(size): pictures of neurons are drawn at another size, in device pixels.
    """

    pin_changed = Signal(object)
    edit_requested = Signal(str, object)
    seek_requested = Signal(int)
    directions_requested = Signal(int)
    unit_px_changed = Signal(int)

    id: ClassVar[PaneId]
    LEAST_S: ClassVar[float] = 0.0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.glide_ms = 0  # how long a moment's change may take on the screen
        self.packet: Packet | None = None
        self.empty = QuietLabel()  # the sentence where there is nothing to show
        self._pages = QStackedWidget(self)
        self._drawn_at = 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._draw_now)

    def fill(self, content: QWidget) -> None:
        """The pane's content, and in its place a sentence while there is nothing to show. Called last in __init__."""
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setMargin(24)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Island(self._pages))
        self.begin()

    def begin(self) -> None:
        """From now on it is drawn, and anew in another language or theme. `fill` does it; for a pane without pages."""
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)
        self.redraw()

    # -- what a pane does --------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show `packet`, of which `record` is this pane's part."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Show it in the language, theme and size of now."""
        self.refresh()

    def set_scale(self, scale: float) -> None:
        """Size of the letters, 1 at 720 lines."""
        scale_letters(self, scale)
        self.redraw()

    # -- what it shows -----------------------------------------------------------------------------------------------

    @property
    def record(self) -> Any:
        """This pane's part of the packet, or None."""
        return self.packet.beside.get(self.id) if self.packet is not None else None

    @property
    def is_meant(self) -> bool:
        """Whether this pane means something for the shown run; so it is assumed until a packet knows."""
        return self.packet is None or not self.packet.abilities or self.id in self.packet.abilities

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show, and the pane says so."""
        return self._pages.currentIndex() == 0

    def show_content(self, is_there: bool) -> None:
        """The content, or the sentence in its place."""
        self._pages.setCurrentIndex(1 if is_there else 0)

    def show_packet(self, packet: Packet) -> None:
        """Show what this packet says. Costs nothing while the pane is hidden."""
        self.packet = packet
        if not self.isVisible():
            return
        wait = self._drawn_at + self.LEAST_S - time.monotonic() if packet.state == "playing" else 0.0
        if wait <= 0.0:
            self._draw_now()
        elif not self._later.isActive():
            self._later.start(int(1000 * wait) + 1)

    @Slot()
    def on_look_changed(self) -> None:
        # A slot of this class and no override of one: only such a connection ends with the pane.
        self.redraw()

    @Slot()
    def _draw_now(self) -> None:
        self._later.stop()
        self._drawn_at = time.monotonic()
        self.refresh()

    # -- Qt's own names ----------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw_now()
