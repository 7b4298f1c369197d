"""A widget to come back to, which may be gone by then."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget


class Remembered(QObject):
    """Forgets its widget when that is deleted. Python's own object for a widget that Qt has made does not always learn
    of it, and to call it then ends the process."""

    def __init__(self, widget: QWidget | None, parent: QObject) -> None:
        super().__init__(parent)
        self._widget = widget
        if widget is not None:
            widget.destroyed.connect(self.on_destroyed)

    @property
    def widget(self) -> QWidget | None:
        """The widget, or None when there was none or it is gone."""
        return self._widget

    @Slot()
    def on_destroyed(self) -> None:
        self._widget = None
