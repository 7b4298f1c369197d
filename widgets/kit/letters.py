"""Letters of a room so many times larger, for the last row of a class."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from widgets.kit.parts import parts

_OWN = "own_letters"  # property of a widget: its size of letters at scale 1, in points


def scale_letters(room: QWidget, scale: float) -> None:
    """Give every widget of a room letters `scale` times as large as it was made with; 1 gives them back."""
    held = list(parts(room))
    for part in held:  # all of them before the first changes: a widget takes on the letters of the one it stands in
        if part.property(_OWN) is None:
            part.setProperty(_OWN, part.font().pointSizeF())
    for part in held:
        if part.property(_OWN) > 0:  # letters measured in pixels are somebody else's
            font = part.font()
            font.setPointSizeF(part.property(_OWN) * scale)
            part.setFont(font)
