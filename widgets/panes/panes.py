"""The panes beside the plane: one at a time, chosen in a row of names; those that say nothing here are not offered.

A pane is made, and its modules are imported, when it is first seen: the window opens with one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from lab.protocol.packet import Packet
from lab.protocol.pane_kinds import PANES, PaneId
from models.words.text import Text
from widgets.kit.language import bind, language
from widgets.kit.tab_order import one_after_another, stops
from widgets.kit.theme import theme
from widgets.panes.kinds import KEYS, make_pane
from widgets.panes.pane import Pane

if TYPE_CHECKING:
    from widgets.panes.activation.view import ActivationView
    from widgets.panes.curves.view import CurvesView
    from widgets.panes.loss.view import LossView
    from widgets.panes.network.view import NetworkView
    from widgets.panes.numbers.view import NumbersView
    from widgets.panes.scores.view import MatrixView

_PANES = Text("Panes beside the plane", "평면 옆 창")
_KEY = Text("{tip} ({key}; again: half of the window)", "{tip} ({key}, 한 번 더 누르면 창의 절반)")

UNIT_PX = 40  # of a neuron's picture, until a network has been laid out


class Panes(QWidget):
    """`current` is the pane in view; a pane chosen by hand comes back when the algorithm has it again.

    watched_changed: another pane came into view, or what it needs changed. The other signals are the panes' own:
    pin_changed(Pin), edit_requested(handle, value), seek_requested(iteration), directions_requested(seed).
    """

    watched_changed = Signal()
    pin_changed = Signal(object)
    edit_requested = Signal(str, object)
    seek_requested = Signal(int)
    directions_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._made: dict[PaneId, Pane] = {}
        self._glide_ms = 0
        self._packet: Packet | None = None
        self._offered: frozenset[str] = frozenset({"curves"})
        self._wanted: PaneId = "curves"
        self._scale, self._emphasis = 1.0, 1.0
        self.buttons: dict[PaneId, QToolButton] = {}
        group = QButtonGroup(self)
        bar = self._bar = QWidget()
        bind(bar, bar.setAccessibleName, _PANES)
        self._grid = QGridLayout(bar)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(3)
        self._pages = QStackedWidget()
        for kind in PANES:
            button = QToolButton(bar)  # never a window of its own, not even while it has no place yet
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            bind(self, button.setText, kind.short or kind.name)
            bind(self, button.setAccessibleName, kind.name)
            bind(self, button.setToolTip, _KEY, tip=kind.tip, key=KEYS[kind.id])
            button.clicked.connect(self._on_button_clicked)
            button.setProperty("pane", kind.id)
            group.addButton(button)
            self.buttons[kind.id] = button
        self.buttons[self.current].setChecked(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(bar)
        layout.addWidget(self._pages, 1)
        theme.changed.connect(self._restyle)
        language.changed.connect(self._arrange)
        self._restyle()
        self._arrange()

    # -- the panes -----------------------------------------------------------------------------------------------

    def view(self, id: PaneId) -> Any:
        """A pane, made now if nobody has seen it yet. Raises KeyError for an unknown one."""
        if id not in self._made:
            self._add(id, make_pane({kind.id: kind for kind in PANES}[id]))
        return self._made[id]

    @property
    def made(self) -> set[PaneId]:
        """The panes that there are so far."""
        return set(self._made)

    def _add(self, id: PaneId, view: Pane) -> None:
        self._made[id] = view
        self._pages.addWidget(view)
        # Where it is seen, which is not where it was made: after the names.
        one_after_another((list(self.buttons.values())[-1], *stops(view)))
        view.seek_requested.connect(self.seek_requested)
        view.pin_changed.connect(self.pin_changed)
        view.edit_requested.connect(self.edit_requested)
        view.directions_requested.connect(self.directions_requested)
        view.unit_px_changed.connect(self.watched_changed)
        view.glide_ms = self._glide_ms
        if self._scale * self._emphasis != 1.0:
            view.set_scale(self._scale * self._emphasis)

    curves = property(lambda self: cast("CurvesView", self.view("curves")))
    network = property(lambda self: cast("NetworkView", self.view("network")))
    numbers = property(lambda self: cast("NumbersView", self.view("numbers")))
    matrix = property(lambda self: cast("MatrixView", self.view("matrix")))
    loss = property(lambda self: cast("LossView", self.view("loss_surface")))
    activation = property(lambda self: cast("ActivationView", self.view("activation")))

    @property
    def unit_px(self) -> int:
        """The side of a neuron's picture on the screen, in device pixels."""
        return self.network.unit_px if "network" in self._made else UNIT_PX

    def set_glide(self, ms: int) -> None:
        """How long a moment's change may take on the screen, as the plane's: 0 at full speed."""
        self._glide_ms = ms
        for view in self._made.values():
            view.glide_ms = ms

    # -- what is in view -----------------------------------------------------------------------------------------

    @property
    def current(self) -> PaneId:
        """The pane in view."""
        return self._wanted if self._wanted in self._offered else "curves"

    @property
    def offered(self) -> frozenset[str]:
        return self._offered

    @property
    def watched(self) -> frozenset[str]:
        """The panes that are worth composing."""
        return frozenset({self.current}) if self.isVisible() else frozenset()

    def show_pane(self, id: PaneId) -> None:
        """Bring a pane into view, now or as soon as the algorithm has it. Raises KeyError for an unknown one."""
        if id not in self.buttons:
            raise KeyError(id)
        self._wanted = id
        self._turn()

    def show_packet(self, packet: Packet) -> None:
        """The pane in view shows this packet; which panes are offered follows from it."""
        self._packet = packet
        offered = packet.abilities or self._offered
        if offered != self._offered:
            self._offered = offered
            self._arrange()
            self._turn()
        else:
            self.view(self.current).show_packet(packet)

    def _turn(self) -> None:
        view = self.view(self.current)
        self._pages.setCurrentWidget(view)
        self.buttons[self.current].setChecked(True)
        if self._packet is not None:
            view.show_packet(self._packet)
        self.watched_changed.emit()

    @Slot()
    def _on_button_clicked(self) -> None:
        self._wanted = self.sender().property("pane")
        self._turn()

    # -- looks ---------------------------------------------------------------------------------------------------

    def set_scale(self, scale: float) -> None:
        """Size of the letters, 1 at 720 lines."""
        self._scale = scale
        self._resize()

    def set_emphasis(self, factor: float) -> None:
        """Letters larger by another factor, 1 for none: in presentation mode, where a pane has half of the screen."""
        self._emphasis = factor
        self._resize()

    def _resize(self) -> None:
        scale = self._scale * self._emphasis
        for button in self.buttons.values():
            font = button.font()
            font.setPixelSize(round(13 * scale))
            button.setFont(font)
        for view in self._made.values():
            view.set_scale(scale)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        """The names in one row where they fit, else three abreast."""
        shown = [button for id, button in self.buttons.items() if id in self._offered]
        gaps = self._grid.spacing() * (len(shown) - 1)
        fits = sum(button.sizeHint().width() for button in shown) + gaps <= self.width()
        for id, button in self.buttons.items():
            self._grid.removeWidget(button)
            button.setVisible(id in self._offered)
        columns = len(shown) if fits else min(3, len(shown))
        for place, button in enumerate(shown):
            self._grid.addWidget(button, place // columns, place % columns)

    @Slot()
    def _restyle(self) -> None:
        accent, text = theme.color("accent").name(), theme.color("text").name()
        line, panel = theme.color("muted").name(), theme.color("panel").name()
        # On the row alone: below a style sheet the panes would keep the palette of an earlier theme.
        self._bar.setStyleSheet(
            f"QToolButton {{ border: 1px solid transparent; border-bottom: 2px solid {line}; padding: 4px 2px; "
            f"color: {text}; }}"
            f"QToolButton:hover {{ background: {panel}; }}"
            f"QToolButton:checked {{ border-bottom: 3px solid {accent}; font-weight: bold; }}"
            f"QToolButton:focus {{ border: 1px solid {accent}; border-bottom: 3px solid {accent}; }}"
        )

    # -- Qt's own ------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(288, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.current not in self._made:
            QTimer.singleShot(0, self._make_current)  # the window's first picture does not wait for it

    @Slot()
    def _make_current(self) -> None:
        if self.current not in self._made:
            self._turn()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self.watched_changed.emit()

    def hideEvent(self, event) -> None:
        super().hideEvent(event)
        self.watched_changed.emit()

    def keyPressEvent(self, event) -> None:
        """Left and right walk along the names."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        shown = [id for id in self.buttons if id in self._offered]
        if step is None or not any(self.buttons[id].hasFocus() for id in shown):
            super().keyPressEvent(event)
            return
        self._wanted = shown[(shown.index(self.current) + step) % len(shown)]
        self.buttons[self._wanted].setFocus()
        self._turn()
