"""What the boxes of the form share: one types in them freely and steps with arrows."""

from __future__ import annotations

from PySide6.QtGui import QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox


class StepBox(QAbstractSpinBox):
    """Any text may stand in it, to be judged when it is committed; the wheel steps it only while it has the focus, so
    that scrolling the form changes nothing on the way."""

    def validate(self, text: str, position: int) -> object:
        return QValidator.State.Acceptable, text, position

    def fixup(self, text: str) -> str:
        return text

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
