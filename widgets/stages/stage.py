"""What every stage is: a view of the shown packet in the middle of the window."""

from __future__ import annotations

from collections.abc import Generator

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from lab.protocol.packet import Packet
from widgets.kit.turns import run_through

BAND_PX = 400  # of a picture that is painted in steps: the height of each


class StageView(QWidget):
    """The base of the stages. `glide_ms`: how long a moment's change may take on the screen, 0 at full speed."""

    glide_ms = 0

    def show_packet(self, packet: Packet) -> None:
        """Show what this packet has for this stage."""
        raise NotImplementedError

    def image(self, width: int = 0) -> QImage:
        """The stage as a picture, `width` pixels across, or twice its size on the screen."""
        made: QImage = run_through(self.painting(width))
        return made

    def painting(self, width: int = 0) -> Generator[None, None, QImage]:
        """The same picture, in steps none of which holds the window; of the moment that is shown at the first step."""
        raise NotImplementedError

    def reset_view(self) -> None:
        """Look at all there is."""
