"""Who gets a key: the lab, or the control that was reached by keyboard; and letters that a Korean keyboard types."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from shiboken6 import isValid

from widgets.actions.menus import Actions
from widgets.kit.calm_controls import CalmSpinBox
from widgets.kit.fields import ListField, NumberField
from widgets.kit.step_box import is_space
from widgets.panes.loss.canvas import LossCanvas
from widgets.panes.scores.cell_grid import CellGrid


class KeyGate(QObject):
    """Watches the window's own key events.

    Space plays and arrows step wherever a click has put the focus; a control that was reached by Tab keeps the keys
    that it lives on. Fields being typed in take their keys before they come here, until Enter or Escape, or a click on
    any button, gives the focus back to the stage in the middle.
    """

    def __init__(self, window: QWidget, actions: Actions, home: Callable[[], QWidget]) -> None:
        super().__init__(window)
        self._window, self._actions, self._home = window, actions, home
        self._has_tabbed = False
        self._reached: QWidget | None = None
        self._clicked_in: QWidget | None = None
        self._listens = False  # to every click, while something is typed
        QApplication.instance().focusChanged.connect(self.on_focus_changed)
        window.installEventFilter(self)

    @Slot(QWidget, QWidget)
    def on_focus_changed(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Only Tab and the mouse decide: a list or a dialog that closes gives the focus back and changes nothing."""
        if self._has_tabbed:
            self._reached = now
        elif QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._reached = None
            if isinstance(now, QAbstractButton) and self._is_ours(now):
                now.released.connect(self.on_button_released)
        self._has_tabbed = False
        self._listen(self._is_typed_in(now))

    def go_home(self) -> None:
        """The keys are the stage's again; what was typed is handed on by the field that loses the focus."""
        if self._window.isVisible():
            self._home().setFocus()

    @Slot()
    def on_button_released(self) -> None:
        """A button that the mouse has pressed gives the focus back, once it has done its work."""
        button = self.sender()
        button.released.disconnect(self.on_button_released)
        self._go_home_after_click()

    def _go_home_after_click(self) -> None:
        self._clicked_in = QApplication.focusWidget()
        QTimer.singleShot(0, self.on_clicked)

    @Slot()
    def on_clicked(self) -> None:
        """The button has done its work: unless that has put the focus somewhere, it goes back."""
        now = QApplication.focusWidget()
        if now is None or now is self._clicked_in and self._is_ours(now):
            self.go_home()

    def _is_ours(self, widget: QWidget) -> bool:
        """Whether it stands in the window itself: a dialog, or a card that lies over it, has keys of its own."""
        return isValid(widget) and widget.window() is self._window and not self._is_on_a_card(widget)

    def _is_on_a_card(self, widget: QWidget) -> bool:
        while widget is not None and widget is not self._window:
            if widget.parentWidget() is self._window and widget is not self._window.centralWidget():
                return True
            widget = widget.parentWidget()
        return False

    def _is_typed_in(self, widget: QWidget | None) -> bool:
        return isinstance(widget, (QLineEdit, QAbstractSpinBox)) and self._is_ours(widget)

    def _listen(self, listens: bool) -> None:
        """A button that takes no focus says nothing of a click: while somebody types, clicks are seen on their way."""
        if listens != self._listens:
            self._listens = listens
            app = QApplication.instance()
            app.installEventFilter(self) if listens else app.removeEventFilter(self)

    def _end_typing(self, event: QKeyEvent) -> bool:
        """Whether this key, in a field, ends the typing: Enter hands it on, Escape forgets it, Space plays."""
        field = QApplication.focusWidget()
        if not self._is_typed_in(field):
            return False
        if event.key() == Qt.Key.Key_Escape:
            while field is not None and not isinstance(field, (NumberField, ListField, CalmSpinBox)):
                field = field.parentWidget()
            if field is not None:
                field.revert()
        elif event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        self.go_home()
        return True

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
        if watched is not self._window:
            if event.type() == QEvent.Type.MouseButtonRelease and isinstance(watched, QAbstractButton):
                if self._is_ours(watched):
                    self._go_home_after_click()
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            if is_space(event) and self._is_typed_in(QApplication.focusWidget()):
                self.go_home()  # a field that types spaces has kept this one
                return False
            self._has_tabbed = event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)  # type: ignore[attr-defined]
            if self._belongs_to_focus(event):  # type: ignore[arg-type]
                event.accept()
                return True
        if event.type() == QEvent.Type.KeyPress:
            if self._end_typing(event):  # type: ignore[arg-type]
                return True
            return self._actions.letter_pressed(event)  # type: ignore[arg-type]
        return False
