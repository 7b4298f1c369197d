"""The graphics view under the plane: it hands mouse and keys to the plane at once, and to nothing else."""

from __future__ import annotations

from typing import Any, Protocol

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer, Slot
from PySide6.QtWidgets import QGraphicsScene, QGraphicsView


class Hands(Protocol):
    """Who takes what the mouse and the keys do on a canvas; a QWidget, its parent."""

    def on_mouse_pressed(self, at: QPointF, button: Any, modifiers: Any, is_double: bool = False) -> None: ...

    def on_mouse_moved(self, at: QPointF, buttons: Any) -> None: ...

    def on_mouse_released(self, at: QPointF, button: Any) -> None: ...

    def on_mouse_left(self) -> None: ...

    def on_wheel_turned(self, at: QPointF, turn: int) -> None: ...

    def on_key_pressed(self, key: int) -> bool: ...


class Canvas(pg.GraphicsView):
    """The graphics view under the plane. Mouse and keys go to the plane alone, so that a click is a click at once."""

    def __init__(self, plane: Hands) -> None:
        super().__init__(plane, background=None)
        self._plane = plane
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setAntialiasing(True)
        self.scene().setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setAcceptDrops(False)
        self.viewport().setMouseTracking(True)
        for widget in (self, self.viewport()):
            widget.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._paint)

    def paint_soon(self) -> None:
        """Paint what changes now in a turn of the event loop of its own: a key, the mouse or a timer that is due comes
        before it, and need not wait for the change and the painting together.

        Changes ask for no painting until then, but whatever must be painted before is painted whole: a window that is
        resized, uncovered or copied meanwhile would show a hole where the plane is.
        """
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self._soon.start()

    @Slot()
    def _paint(self) -> None:
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.viewport().update()

    def mousePressEvent(self, event) -> None:
        self._plane.on_mouse_pressed(event.position(), event.button(), event.modifiers())
        event.accept()

    def mouseDoubleClickEvent(self, event) -> None:
        self._plane.on_mouse_pressed(event.position(), event.button(), event.modifiers(), is_double=True)
        event.accept()

    def mouseMoveEvent(self, event) -> None:
        self._plane.on_mouse_moved(event.position(), event.buttons())
        event.accept()

    def mouseReleaseEvent(self, event) -> None:
        self._plane.on_mouse_released(event.position(), event.button())
        event.accept()

    def wheelEvent(self, event) -> None:
        self._plane.on_wheel_turned(event.position(), event.angleDelta().y())
        event.accept()

    def leaveEvent(self, event) -> None:
        self._plane.on_mouse_left()

    def keyPressEvent(self, event) -> None:
        event.setAccepted(self._plane.on_key_pressed(event.key()))

    def keyReleaseEvent(self, event) -> None:
        event.ignore()

    def dragEnterEvent(self, event) -> None:
        event.ignore()
