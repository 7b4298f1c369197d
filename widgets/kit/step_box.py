"""What the boxes of the form share: one types in them freely and steps with arrows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox


def is_space(event: QEvent) -> bool:
    """Whether somebody asks who wants the space bar. A box for one number has no use for it: it plays."""
    return (
        event.type() == QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Space
        and event.modifiers() == Qt.KeyboardModifier.NoModifier
    )


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
