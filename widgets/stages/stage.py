"""What every stage is: a view of the shown packet in the middle of the window."""

from __future__ import annotations

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from lab.protocol.packet import Packet


class StageView(QWidget):
    """The base of the stages. `glide_ms`: how long a moment's change may take on the screen, 0 at full speed."""

    glide_ms = 0

    def show_packet(self, packet: Packet) -> None:
        """Show what this packet has for this stage."""
        raise NotImplementedError

    def image(self, width: int = 0) -> QImage:
        """The stage as a picture, `width` pixels across, or twice its size on the screen."""
        raise NotImplementedError

    def reset_view(self) -> None:
        """Look at all there is."""
