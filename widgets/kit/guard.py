"""One guard for everything of ours that Qt calls by itself: painting, mouse, keys, sizes, models, validators, threads.

An exception that leaves such an override reaches C++: a painter stays open on a surface that is gone, a rectangle has
no value, SystemExit ends the program. Guarded, an override that fails is reported where every fault of the program is
(`sys.excepthook`: the log, then one dialog), its painters are ended, and Qt gets a value that it can live with. It is
called again the next time, so that a picture comes back once its cause is gone.

`install` makes the guard part of how a class is made: nothing is written at an override, so none can be forgotten. A
class of the window that overrides a method of Qt's with a name that is not in the table is refused when it is made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from types import FunctionType, TracebackType
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QRectF, QSize, QSizeF, Qt, QThread
from PySide6.QtGui import QIconEngine, QPainter, QPainterPath, QPixmap, QUndoCommand, QValidator
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QDialog,
    QGraphicsItem,
    QGraphicsLayoutItem,
    QGraphicsScene,
    QGraphicsView,
    QLayout,
    QWidget,
)
from shiboken6 import Shiboken

from models.words.text import Text

CANNOT_BE_DRAWN = Text("This part cannot be drawn just now.", "지금은 이 부분을 그릴 수 없습니다.")
GUARDED_MODULES = ("widgets", "pyqtgraph")  # pyqtgraph's items call methods of ours, and draw what we give them
_MARGIN_PX = 6

Legal = Callable[[Any, tuple], Any]  # (the object, the arguments) -> what Qt gets from an override that failed


_clones: list[QIconEngine] = []


def kept_alive(engine: QIconEngine) -> QIconEngine:
    """A clone of an icon, for Qt. PySide hands it over and forgets that Python holds it no more: without a reference
    here it is gone before Qt has used it."""
    _clones.append(engine)
    return engine


class _Blank(QIconEngine):
    """An icon of nothing."""

    def clone(self) -> QIconEngine:
        return kept_alive(_Blank())

    def paint(self, *_: Any) -> None:
        pass


def _always(make: Callable[[], Any]) -> Legal:
    return lambda _self, _given: make()


def _given(place: int) -> Legal:
    return lambda _self, given: given[place]


def _by_qt(name: str) -> Legal:
    """What Qt does without the override."""

    def call(self: Any, given: tuple) -> Any:
        return getattr(_qt_base(type(self), name), name)(self, *given)

    return call


def _draw_placeholder(widget: Any, _given: tuple) -> None:
    """A plain sentence where a picture should be."""
    from widgets.kit.language import language

    canvas = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    painter = QPainter(canvas)
    try:
        rect = canvas.rect()
        painter.fillRect(rect, widget.palette().window())
        painter.setPen(widget.palette().windowText().color())
        room = rect.adjusted(_MARGIN_PX, 0, -_MARGIN_PX, 0)
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, language.say(CANNOT_BE_DRAWN))
    finally:
        painter.end()


def _stay_open(widget: Any, given: tuple) -> None:
    """A window that fails to close stays, with all the work in it; asked again, it closes."""
    if not getattr(widget, "_failed_to_close", False):
        widget._failed_to_close = True
        given[0].ignore()


_nothing, _no, _yes, _zero = _always(lambda: None), _always(lambda: False), _always(lambda: True), _always(lambda: 0)


def _names(names: str, legal: Legal) -> dict[str, Legal]:
    return dict.fromkeys(names.split(), legal)


# What may be overridden, and what is given back when it fails. Every method that ends in "Event" gives nothing back.
TABLE: dict[type, dict[str, Legal]] = {
    QObject: {"event": _yes, "eventFilter": _no},
    QThread: {"run": _nothing},
    QWidget: {
        "paintEvent": _draw_placeholder,
        "closeEvent": _stay_open,
        "inputMethodQuery": _nothing,
        **_names("sizeHint minimumSizeHint", _always(QSize)),
        **_names("hasHeightForWidth focusNextPrevChild nativeEvent", _no),
        "heightForWidth": _always(lambda: -1),
    },
    QDialog: {name: _by_qt(name) for name in ("done", "accept", "reject")},
    QAbstractScrollArea: {"viewportEvent": _yes, "scrollContentsBy": _nothing, "viewportSizeHint": _always(QSize)},
    QGraphicsView: _names("drawBackground drawForeground", _nothing),
    QAbstractSpinBox: {
        "stepBy": _nothing,
        "stepEnabled": _always(lambda: QAbstractSpinBox.StepEnabledFlag.StepNone),
        "validate": lambda _self, given: (QValidator.State.Intermediate, *given),
        "fixup": _given(0),
        "textFromValue": _always(str),
        "valueFromText": _zero,
    },
    QValidator: {"validate": lambda _self, given: (QValidator.State.Intermediate, *given), "fixup": _given(0)},
    QAbstractItemModel: {
        **_names("rowCount columnCount", _zero),
        **_names("data headerData fetchMore sort", _nothing),
        **_names("setData setHeaderData canFetchMore hasChildren submit filterAcceptsRow lessThan", _no),
        **_names("index parent", _always(QModelIndex)),
        "flags": _always(lambda: Qt.ItemFlag.NoItemFlags),
        "roleNames": _always(dict),
    },
    QAbstractItemDelegate: {
        **_names("paint createEditor setEditorData setModelData updateEditorGeometry initStyleOption", _nothing),
        "sizeHint": _always(QSize),
        "editorEvent": _no,
        "helpEvent": _no,
        "displayText": _always(str),
    },
    QGraphicsItem: {
        "paint": _nothing,
        "boundingRect": _always(QRectF),
        **_names("shape opaqueArea", _always(QPainterPath)),
        **_names("contains collidesWithItem collidesWithPath isObscuredBy sceneEvent sceneEventFilter", _no),
        "itemChange": _given(1),
    },
    QGraphicsLayoutItem: {"sizeHint": _always(QSizeF), "setGeometry": _nothing, "updateGeometry": _nothing},
    QGraphicsScene: _names("drawBackground drawForeground", _nothing),
    QLayout: {
        **_names("sizeHint minimumSize maximumSize", _always(QSize)),
        **_names("addItem itemAt takeAt setGeometry invalidate", _nothing),
        "count": _zero,
        "hasHeightForWidth": _no,
        "heightForWidth": _always(lambda: -1),
        "expandingDirections": _always(lambda: Qt.Orientation(0)),
    },
    QIconEngine: {
        "paint": _nothing,
        "clone": _always(lambda: kept_alive(_Blank())),
        **_names("pixmap scaledPixmap", _always(QPixmap)),
        "actualSize": _given(0),
        "availableSizes": _always(list),
        "isNull": _no,
    },
    QUndoCommand: {**_names("undo redo", _nothing), "id": _always(lambda: -1), "mergeWith": _no},
}


def legal_for(cls: type, name: str) -> Legal | None:
    """What Qt gets when `name` of a class fails, or None where the table does not have it."""
    for kind in cls.__mro__:
        if name in TABLE.get(kind, ()):
            return TABLE[kind][name]
    return _nothing if name.endswith("Event") else None


def overridden(cls: type) -> dict[str, FunctionType]:
    """The functions of Python by which a class answers to names of its Qt classes: its own, and those of plain classes
    that it is mixed with."""
    found: dict[str, FunctionType] = {}
    for holder in cls.__mro__:
        if holder is not cls and issubclass(holder, Shiboken.Object):
            continue
        for name, work in vars(holder).items():
            is_ours = isinstance(work, FunctionType) and not name.startswith("__") and name not in found
            if is_ours and _resolved(cls, name) is holder and _qt_base(cls, name) is not None:
                found[name] = work
    return found


def _resolved(cls: type, name: str) -> type | None:
    return next((holder for holder in cls.__mro__ if name in vars(holder)), None)


def _qt_base(cls: type, name: str) -> type | None:
    """The class of Qt's that has this method, or None."""
    return next((b for b in cls.__mro__ if b.__module__.startswith("PySide6.") and name in vars(b)), None)


def guard(cls: type, is_strict: bool = True) -> type:
    """Guard every override of a class. Raises TypeError, when it is strict, for one that the table does not have."""
    for name, work in overridden(cls).items():
        legal = legal_for(cls, name)
        if legal is not None:
            setattr(cls, name, _guarded(work, legal))
        elif is_strict:
            raise TypeError(f"{cls.__qualname__}.{name} overrides a method of Qt's that {__name__}.TABLE does not have")
    return cls


def is_guarded(work: object) -> bool:
    return isinstance(work, FunctionType) and hasattr(work, "__guards__")


def _guarded(work: FunctionType, legal: Legal) -> FunctionType:
    if is_guarded(work):
        return work

    @wraps(work)
    def call(self: Any, *given: Any, **named: Any) -> Any:
        try:
            return work(self, *given, **named)
        except BaseException as error:
            return _failed(self, given, error, legal)

    call.__guards__ = work  # type: ignore[attr-defined]
    return call  # type: ignore[return-value]


def _failed(self: Any, given: tuple, error: BaseException, legal: Legal) -> Any:
    end_painters(error.__traceback__, given)
    _end([value for value in vars(self).values() if isinstance(value, QPainter)])
    report(error)
    try:
        return legal(self, given)
    except BaseException as second:
        end_painters(second.__traceback__, given)
        report(second)
        return None


def end_painters(trace: TracebackType | None, but: tuple = ()) -> None:
    """End what the frames of an exception have begun to paint, except on the painters that Qt itself lent: a painter
    that outlives its surface writes into memory that is gone."""
    lent = {id(value) for value in but}
    while trace is not None:
        local = trace.tb_frame.f_locals.values()
        _end([value for value in local if isinstance(value, QPainter) and id(value) not in lent])
        trace = trace.tb_next


def _end(painters: list[QPainter]) -> None:
    for painter in painters:
        if Shiboken.isValid(painter) and painter.isActive():
            painter.end()


def report(error: BaseException) -> None:
    """To the place where every fault of the program goes. SystemExit too: nothing that Qt calls may end the program."""
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:
        pass  # there is no memory, or no log: the window matters more


def install() -> None:
    """From now on every class of the window, and of pyqtgraph, is guarded when it is made."""

    guard(_Blank)

    def made(cls: type, **named: Any) -> None:
        super(Shiboken.Object, cls).__init_subclass__(**named)  # type: ignore[misc]
        house = cls.__module__.partition(".")[0]
        if house in GUARDED_MODULES:
            guard(cls, is_strict=house == "widgets")

    Shiboken.Object.__init_subclass__ = classmethod(made)  # type: ignore[assignment]
