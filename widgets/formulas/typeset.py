"""Formulas for the window, set in type in a thread that lives only while there is something to set.

The window takes finished pictures (widgets/formulas/picture.py makes them), so that nothing is prepared in a paint
event; ziamath is imported in the thread, with the first formula.
"""

from __future__ import annotations

import atexit
import math
import threading
from collections import OrderedDict

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QPalette, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from widgets.formulas.latex import escape, plain
from widgets.formulas.picture import LEGIBLE, Request, Typeset, compose
from widgets.kit.theme import theme

__all__ = ["LEGIBLE", "FormulaLabel", "Request", "Typeset", "Typesetter", "compose", "escape", "plain", "typesetter"]

KEPT_BYTES = 24 * 2**20  # of pictures
STACK_BYTES = 16 * 2**20  # formulas are nested; some systems give a thread half a megabyte


class _Press(QThread):
    """The thread: sets what is asked for, and ends when there is nothing left."""

    def __init__(self, owner: Typesetter) -> None:
        super().__init__(owner)
        self.setStackSize(STACK_BYTES)
        self._owner = owner

    def run(self) -> None:
        while (request := self._owner.next_request()) is not None:
            self._owner.deliver(request, compose(request))


# -- in the window -----------------------------------------------------------------------------------------------------


class Typesetter(QObject):
    """Sets formulas for the labels of the window, the newest request of each asker only.

    ready(request, typeset) is sent in the window's thread.
    """

    ready = Signal(object, object)
    _arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._wanted: OrderedDict[int, Request] = OrderedDict()  # by asker, in the order in which they asked
        self._finished: list[tuple[Request, Typeset]] = []
        self._is_working = False
        self._kept: OrderedDict[Request, Typeset] = OrderedDict()
        self._kept_bytes = 0
        self._askers = 0
        self._press = _Press(self)
        self._arrived.connect(self.on_arrived, Qt.ConnectionType.QueuedConnection)
        atexit.register(self.close)  # a thread must not outlive the application it draws for

    def asker(self) -> int:
        """A number for one who asks: its older requests are dropped for its newer ones."""
        self._askers += 1
        return self._askers

    def ask(self, asker: int, request: Request) -> Typeset | None:
        """The picture if it is there; else it is prepared, and `ready` brings it."""
        found = self._kept.get(request)
        if found is not None:
            self._kept.move_to_end(request)
            self.forget(asker)
            return found
        with self._lock:
            self._wanted[asker] = request
            must_start, self._is_working = not self._is_working, True
        if must_start:
            self._press.wait()  # its last run may still be returning
            self._press.start()
        return None

    def forget(self, asker: int) -> None:
        """Drop what this asker still waits for."""
        with self._lock:
            self._wanted.pop(asker, None)

    @property
    def is_working(self) -> bool:
        """Whether formulas are being set, or wait to be taken by the window."""
        with self._lock:
            return self._is_working or bool(self._finished)

    def close(self) -> None:
        """Drop every request and wait for the thread to end: for one formula at most."""
        with self._lock:
            self._wanted.clear()
        self._press.wait()

    def next_request(self) -> Request | None:
        """In the thread: what to set next; None ends the thread."""
        with self._lock:
            if self._wanted:
                return self._wanted.popitem(last=False)[1]
            self._is_working = False
            return None

    def deliver(self, request: Request, typeset: Typeset) -> None:
        """In the thread: hand a picture to the window."""
        with self._lock:
            self._finished.append((request, typeset))
            is_first = len(self._finished) == 1
        if is_first:
            self._arrived.emit()

    @Slot()
    def on_arrived(self) -> None:
        with self._lock:
            finished, self._finished = self._finished, []
        for request, typeset in finished:
            self._keep(request, typeset)
            self.ready.emit(request, typeset)

    def _keep(self, request: Request, typeset: Typeset) -> None:
        before = self._kept.pop(request, None)
        self._kept[request] = typeset
        self._kept_bytes += typeset.nbytes - (before.nbytes if before is not None else 0)
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > 1:
            self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes


_typesetter: Typesetter | None = None


def typesetter() -> Typesetter:
    """The one of this application, made when it is first asked for."""
    global _typesetter
    if _typesetter is None:
        _typesetter = Typesetter()
    return _typesetter


class FormulaLabel(QLabel):
    """Shows one formula, as large as asked where there is room; keeps the picture it has until the next is ready.

    has_lines: whether a long formula may be broken into lines; else it stays one line, shrinks to the room it is
    given, and stands in its middle. Hidden, it asks for nothing. With lines its height grows with its formulas and
    shrinks only when its size or its width changes: nothing under it jumps from frame to frame.
    """

    def __init__(self, parent: QWidget | None = None, has_lines: bool = True) -> None:
        super().__init__(parent)
        self._has_lines = has_lines
        self._latex = self._shorter = ""
        self._size, self._role = 16.0, "text"
        self._request: Request | None = None  # newest, and not answered yet or answered by _shown
        self._shown: Request | None = None
        self._asker = typesetter().asker()
        # Everything that happens in one turn of the event loop, the layout included, becomes one request.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._ask)
        flags = Qt.AlignmentFlag
        self.setAlignment(flags.AlignLeft | (flags.AlignTop if has_lines else flags.AlignVCenter))
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Ignored, policy.Fixed if has_lines else policy.Ignored)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        typesetter().ready.connect(self.on_ready)
        theme.changed.connect(self.on_theme_changed)

    @property
    def latex(self) -> str:
        """The formula that is to be seen."""
        return self._latex

    @property
    def is_settled(self) -> bool:
        """Whether what is seen is what was asked for."""
        return not self._soon.isActive() and self._request == self._shown

    def show_formula(self, latex: str, size: float, role: str = "text", shorter: str = "") -> None:
        """Show LaTeX in letters of `size` pixels, in the theme's colour for `role`. Costs nothing where it is shown
        already. shorter: shown instead where `latex` would become too small to read."""
        if (latex, size, role, shorter) == (self._latex, self._size, self._role, self._shorter):
            return
        if size != self._size:
            self._let_shrink()
        self._latex, self._size, self._role, self._shorter = latex, size, role, shorter
        reading = plain(latex)
        self.setAccessibleName(reading)
        self.setToolTip(reading)
        self._soon.start()

    @Slot()
    def _ask(self) -> None:
        if not self._latex:
            typesetter().forget(self._asker)
            self._request = self._shown = None
            self.clear()
            return
        if not self.isVisible() or self.width() < 8:
            return
        if self._shown is None:
            self._hold(round(1.3 * self._size))
        color, ratio = theme.color(self._role).name(), self.devicePixelRatioF()
        height = None if self._has_lines else max(8, self.height())
        self._request = Request(self._latex, self._size, color, self.width(), ratio, height, self._shorter)
        if self._request == self._shown:
            typesetter().forget(self._asker)
        elif (typeset := typesetter().ask(self._asker, self._request)) is not None:
            self._show(typeset)

    def _hold(self, height: int) -> None:
        if self._has_lines and height > self.minimumHeight():
            self.setFixedHeight(height)

    def _let_shrink(self) -> None:
        if self._has_lines:
            self.setMinimumHeight(0)

    def _show(self, typeset: Typeset) -> None:
        self._shown = self._request
        if typeset.image is None:
            self._show_plain()
            return
        pixmap = QPixmap.fromImage(typeset.image)
        self.setPixmap(pixmap)
        self._hold(math.ceil(pixmap.height() / pixmap.devicePixelRatio()))

    def _show_plain(self) -> None:
        """What cannot be set, in words."""
        font, palette = self.font(), QPalette()
        font.setPixelSize(max(8, round(LEGIBLE * self._size)))
        palette.setColor(QPalette.ColorRole.WindowText, theme.color(self._role))
        self.setFont(font)
        self.setPalette(palette)
        self.setText(plain(self._latex))
        self._hold(self.heightForWidth(max(8, self.width())))

    @Slot(object, object)
    def on_ready(self, request: Request, typeset: Typeset) -> None:
        if request == self._request and request != self._shown:
            self._show(typeset)

    @Slot()
    def on_theme_changed(self) -> None:
        self._soon.start()

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        typesetter().forget(self._asker)
        self._request = self._shown
        self._soon.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._let_shrink()
            self._soon.start()
        elif not self._has_lines:
            self._soon.start()
