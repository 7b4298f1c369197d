"""What every pane is: a view of the shown packet, with the wishes that a pane may have."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from lab.protocol.packet import Packet


class Pane(QWidget):
    """The base of the panes. The row of panes listens to all of these signals; a pane sends those that it has a use for.

    pin_changed(Pin): something else is picked out. edit_requested(handle, value): something is set by hand.
    seek_requested(iteration). directions_requested(seed): other directions for the loss surface.
    unit_px_changed(size): pictures of neurons are drawn at another size, in device pixels.
    """

    pin_changed = Signal(object)
    edit_requested = Signal(str, object)
    seek_requested = Signal(int)
    directions_requested = Signal(int)
    unit_px_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.glide_ms = 0  # how long a moment's change may take on the screen

    def show_packet(self, packet: Packet) -> None:
        """Show what this packet says; one without this pane's record leaves the last picture."""
        raise NotImplementedError

    def set_scale(self, scale: float) -> None:
        """Size of the letters, 1 at 720 lines."""
