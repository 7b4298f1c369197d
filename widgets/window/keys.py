"""Who gets a key: the lab, or the control that was reached by keyboard; and letters that a Korean keyboard types."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSlider, QApplication, QComboBox, QWidget

from widgets.actions.menus import Actions
from widgets.panes.loss.canvas import LossCanvas
from widgets.panes.scores.cell_grid import CellGrid


class KeyGate(QObject):
    """Watches the window's own key events.

    Space plays and arrows step wherever a click has put the focus; a control that was reached by Tab keeps the keys
    that it lives on. Fields being typed in take their keys before they come here.
    """

    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window)
        self._actions = actions
        self._has_tabbed = False
        self._reached: QWidget | None = None
        QApplication.instance().focusChanged.connect(self.on_focus_changed)
        window.installEventFilter(self)

    @Slot(QWidget, QWidget)
    def on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Only Tab and the mouse decide: a list or a dialog that closes gives the focus back and changes nothing."""
        if self._has_tabbed:
            self._reached = now
        elif QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._reached = None
        self._has_tabbed = False

    def _belongs_to_focus(self, event: QKeyEvent) -> bool:
        """Whether a control that was reached by keyboard wants this key for itself."""
        control = QApplication.focusWidget()
        plain = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if control is None or control is not self._reached or event.modifiers() not in plain:
            return False
        key = event.key()
        if key == Qt.Key.Key_Space:
            return isinstance(control, (QAbstractButton, QComboBox, QAbstractItemView, CellGrid))
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home):
            if isinstance(control, QAbstractButton):
                return control.group() is not None  # one of a row such as the speed dial, walked by arrows
            walked = (QAbstractSlider, QComboBox, QAbstractItemView, CellGrid, LossCanvas)
            return isinstance(control, walked)
        return False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            self._has_tabbed = event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)  # type: ignore[attr-defined]
            if self._belongs_to_focus(event):  # type: ignore[arg-type]
                event.accept()
                return True
        if event.type() == QEvent.Type.KeyPress:
            return self._actions.letter_pressed(event)  # type: ignore[arg-type]
        return False
