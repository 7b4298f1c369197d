"""Every override of a Qt method in widgets/: found by a walk, made to raise, and called the way Qt calls it.

`python -m tests.widgets.overrides` does it in a process of its own, on the platform that QT_QPA_PLATFORM names: what
goes wrong here ends a process. It prints a line of JSON for each override and "alive" at the end.
"""

from __future__ import annotations

import gc
import importlib
import json
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from types import FunctionType
from typing import Any

from PySide6.QtCore import QEvent, QIdentityProxyModel, QMimeData, QObject, QPoint, QPointF, QSize, Qt, QThread, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QEnterEvent,
    QFocusEvent,
    QHideEvent,
    QIcon,
    QIconEngine,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QUndoStack,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractScrollArea,
    QApplication,
    QDialog,
    QGraphicsItem,
    QGraphicsScene,
    QGraphicsView,
    QListWidget,
    QWidget,
    QWidgetItem,
)
from shiboken6 import Shiboken

FATAL = (ValueError, SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError, RecursionError)


def classes() -> list[type]:
    """Every class that a module of widgets/ makes and that derives from one of Qt's."""
    import widgets

    made = []
    for found in pkgutil.walk_packages(widgets.__path__, "widgets."):
        module = importlib.import_module(found.name)
        nested = [value for value in vars(module).values() if isinstance(value, type)]
        made += [cls for cls in nested if cls.__module__ == found.name and issubclass(cls, Shiboken.Object)]
    return made


def qt_names(cls: type) -> set[str]:
    """The methods that the Qt classes among a class's bases have."""
    bases = [base for base in cls.__mro__ if base.__module__.startswith("PySide6.")]
    return {name for base in bases for name in vars(base) if not name.startswith("__")}


def overrides() -> list[tuple[type, str]]:
    """Every function of ours that stands in a class under a name that a Qt base has, as (class, name)."""
    return [
        (cls, name)
        for cls in classes()
        for name in sorted(qt_names(cls))
        if isinstance(vars(cls).get(name), FunctionType)
    ]


def inherited() -> list[tuple[type, str]]:
    """What a class of ours answers to Qt with, and has from a library or a plain class, as (class, name)."""
    found = []
    for cls in classes():
        for name in sorted(qt_names(cls)):
            holder = next(base for base in cls.__mro__ if name in vars(base))
            if holder is not cls and isinstance(vars(holder)[name], FunctionType):
                found.append((cls, name))
    return found


@contextmanager
def replaced(cls: type, name: str, work: Callable) -> Iterator[None]:
    """Another function under the guard of an override; without a guard, in its place."""
    guarded = vars(cls)[name]
    cells = dict(zip(guarded.__code__.co_freevars, guarded.__closure__ or (), strict=True))
    if "work" in cells:
        before = cells["work"].cell_contents
        cells["work"].cell_contents = work
        yield
        cells["work"].cell_contents = before
    else:
        setattr(cls, name, work)
        yield
        setattr(cls, name, guarded)


# -- how Qt comes to call each ------------------------------------------------------------------------------------------


def _surface(widget: QWidget) -> QWidget:
    return widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget


def _mouse(kind: QEvent.Type) -> Callable[[QWidget], None]:
    def send(widget: QWidget) -> None:
        widget.setEnabled(True)
        at, left = QPointF(5, 5), Qt.MouseButton.LeftButton
        QApplication.sendEvent(
            _surface(widget), QMouseEvent(kind, at, at, left, left, Qt.KeyboardModifier.NoModifier)
        )  # fmt: skip

    return send


def _sent(make: Callable[[QWidget], QEvent], to: Callable[[QWidget], QWidget] = lambda widget: widget) -> Callable:
    return lambda widget: QApplication.sendEvent(to(widget), make(widget))


def _key(kind: QEvent.Type, key: Qt.Key = Qt.Key.Key_X, text: str = "x") -> Callable[[QWidget], QEvent]:
    return lambda _widget: QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text)


def _wheel(widget: QWidget) -> QEvent:
    widget.setEnabled(True)
    at, none = QPointF(5, 5), QPoint()
    return QWheelEvent(
        at, at, none, QPoint(0, 120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip


_MIME: list[QMimeData] = []


def _drag(kind: type) -> Callable[[QWidget], QEvent]:
    def make(_widget: QWidget) -> QEvent:
        _MIME.append(QMimeData())
        at = QPoint(5, 5) if kind is QDragEnterEvent else QPointF(5, 5)
        buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        _MIME[-1].setUrls([QUrl.fromLocalFile("nowhere.csv")])
        return kind(at, Qt.DropAction.CopyAction, _MIME[-1], buttons, modifiers)

    return make


def _enter(widget: QWidget) -> None:
    _surface(widget).setAcceptDrops(True)
    QApplication.sendEvent(_surface(widget), _drag(QDragEnterEvent)(widget))


def _drop(widget: QWidget) -> None:
    _enter(widget)
    QApplication.sendEvent(_surface(widget), _drag(QDropEvent)(widget))


def _filter(watcher: QObject) -> None:
    watched = QObject()
    watched.installEventFilter(watcher)
    QApplication.sendEvent(watched, QEvent(QEvent.Type.User))


def _paint(thing: Any) -> None:
    if isinstance(thing, QAbstractItemDelegate):
        _in_a_list(thing)
    elif isinstance(thing, QIconEngine):
        pixmap = QPixmap(20, 20)
        painter = QPainter(pixmap)
        QIcon(thing.clone()).paint(painter, 0, 0, 20, 20)
        painter.end()
    elif isinstance(thing, QGraphicsItem):
        image = QImage(40, 40, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        thing.scene().render(painter)
        painter.end()
    else:
        if thing.size().isEmpty():
            thing.resize(40, 20)
        if thing.isVisible():
            _surface(thing).repaint()
        thing.grab()


def _in_a_list(delegate: QAbstractItemDelegate) -> None:
    shown = QListWidget()
    shown.addItem("one")
    shown.setItemDelegate(delegate)
    shown.sizeHintForIndex(shown.model().index(0, 0))
    shown.grab()


def _size(thing: Any) -> None:
    if isinstance(thing, QAbstractItemDelegate):
        _in_a_list(thing)
        return
    was_hidden = thing.isHidden()
    thing.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    thing.show()
    item = QWidgetItem(thing)
    item.sizeHint()
    item.minimumSize()
    item.invalidate()
    thing.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen, False)
    thing.setHidden(was_hidden)


def _model(model: Any) -> None:
    holder = type(model)
    with replaced(holder, "rowCount", lambda *_: 1), replaced(holder, "columnCount", lambda *_: 1):
        proxy = QIdentityProxyModel()
        proxy.setSourceModel(model)
        proxy.data(proxy.index(0, 0))
        proxy.headerData(0, Qt.Orientation.Horizontal)


def _count(model: Any) -> None:
    proxy = QIdentityProxyModel()
    proxy.setSourceModel(model)
    proxy.rowCount()
    proxy.columnCount()


def _unfit(box: Any) -> None:
    from PySide6.QtGui import QValidator

    holder = next(base for base in type(box).__mro__ if "validate" in vars(base))
    with replaced(holder, "validate", lambda _self, text, at: (QValidator.State.Intermediate, text, at)):
        box.lineEdit().insert("7")
        QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)


def _undo(command: Any) -> None:
    stack = QUndoStack()
    stack.push(command)
    stack.push(_another(command))
    stack.undo()


def _another(command: Any) -> Any:
    more = (command._merge,) if hasattr(command, "_merge") else ()
    return type(command)(command._document, command.label, command.old, command.new, *more)


def _run(thread: QThread) -> None:
    thread.start()
    thread.wait()


def _icon(engine: Any) -> None:
    icon = QIcon(engine.clone())
    icon.pixmap(QSize(16, 16))
    other = QIcon(icon)
    other.addPixmap(QPixmap(4, 4))


def _old_icon(engine: Any) -> None:
    with replaced(type(engine), "scaledPixmap", lambda self, *given: QIconEngine.scaledPixmap(self, *given)):
        _icon(engine)


def _bounds(item: QGraphicsItem) -> None:
    item.sceneBoundingRect()
    item.scene().views()[0].grab()


def _accept(dialog: QDialog) -> None:
    dialog.show()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


Kind = QEvent.Type
CALLS: dict[str, Callable[[Any], object]] = {
    "paintEvent": _paint, "paint": _paint, "sizeHint": _size, "minimumSizeHint": _size, "boundingRect": _bounds,
    "mousePressEvent": _mouse(Kind.MouseButtonPress), "mouseReleaseEvent": _mouse(Kind.MouseButtonRelease),
    "mouseMoveEvent": _mouse(Kind.MouseMove), "mouseDoubleClickEvent": _mouse(Kind.MouseButtonDblClick),
    "wheelEvent": _sent(_wheel, _surface), "keyPressEvent": _sent(_key(Kind.KeyPress)),
    "keyReleaseEvent": _sent(_key(Kind.KeyRelease)),
    "focusNextPrevChild": _sent(_key(Kind.KeyPress, Qt.Key.Key_Tab, "\t")),
    "showEvent": _sent(lambda _: QShowEvent()), "hideEvent": _sent(lambda _: QHideEvent()),
    "closeEvent": _sent(lambda _: QCloseEvent()), "changeEvent": _sent(lambda _: QEvent(Kind.PaletteChange)),
    "resizeEvent": _sent(lambda w: QResizeEvent(w.size(), w.size()), _surface),
    "enterEvent": _sent(lambda _: QEnterEvent(QPointF(), QPointF(), QPointF())),
    "leaveEvent": _sent(lambda _: QEvent(Kind.Leave)), "focusInEvent": _sent(lambda _: QFocusEvent(Kind.FocusIn)),
    "focusOutEvent": _sent(lambda _: QFocusEvent(Kind.FocusOut)),
    "dragEnterEvent": _enter, "dropEvent": _drop,
    "event": _sent(lambda _: QEvent(Kind.User)), "eventFilter": _filter,
    "rowCount": _count, "columnCount": _count, "data": _model, "headerData": _model,
    "stepBy": lambda box: box.stepUp(), "stepEnabled": lambda box: box.grab(),
    "validate": lambda box: box.lineEdit().insert("7"), "fixup": _unfit,
    "undo": _undo, "redo": _undo, "id": _undo, "mergeWith": _undo, "run": _run,
    "scaledPixmap": _icon, "clone": _icon, "pixmap": _old_icon, "done": _accept,
}  # fmt: skip


# -- one of each --------------------------------------------------------------------------------------------------------


class Zoo:
    """The window with everything in it that a class makes, and what a window does not hold made by hand."""

    def __init__(self, folder: Path) -> None:
        from fake_worker import FakeWorker

        from lab.document import scenes
        from lab.protocol.stage_kinds import STAGES
        from widgets.kit.settings import Settings
        from widgets.lessons.scene_list import SceneDialog
        from widgets.panes.kinds import NAMES
        from widgets.tables.import_dialog import TableImportDialog
        from widgets.window.app import FirstPaint
        from widgets.window.main_window import MainWindow

        table = folder / "table.csv"
        table.write_text("x,y,class\n1,2,A\n2,3,B\n3,1,A\n", encoding="utf-8")
        self.worker = FakeWorker()
        self.window = MainWindow(Settings(folder / "settings.ini"), scenes.first_scene().project, lambda: self.worker)
        self.window.show()
        for id in NAMES:
            self.window.panes.view(id)
        presentation = self.window.presentation
        self.kept = [
            *(self.window.stages.view(kind.id) for kind in STAGES), self.window.question_card, presentation._strip, presentation._band,
            presentation._curtain, SceneDialog(scenes.all_scenes(folder), (), self.window),
            TableImportDialog(table, self.window), FirstPaint(self.window, lambda: None),
        ]  # fmt: skip
        QApplication.processEvents()
        self._alive = [thing for thing in gc.get_objects() if isinstance(thing, Shiboken.Object)]

    def one(self, cls: type) -> Any:
        """A living object whose class is, or derives from, this one."""
        made = self._by_hand(cls)
        if made is not None:
            return made
        alive = [thing for thing in self._alive if isinstance(thing, cls) and Shiboken.isValid(thing)]
        return min(alive, key=lambda thing: type(thing) is not cls, default=None)

    def _by_hand(self, cls: type) -> Any:
        from models.core.params import Param
        from models.words.text import Text
        from widgets.actions.recovery_bar import DataPicture, ElidedLabel
        from widgets.formulas.typeset import Typesetter, _Press
        from widgets.kit import calm_controls, drawn_icon, fields, guard, sizes_edit, step_box
        from widgets.lessons.answer import Bar
        from widgets.playing.document import ProjectEdit, RunEdit
        from widgets.playing.worker import Worker, _Loop
        from widgets.stages.plane.painters.spots import Spots
        from widgets.tables.preview import PreviewModel

        word = Text("word", "낱말")
        number = Param(
            name="number", kind="float", default=0.5, label=word, help=word, change="live", minimum=0.0, maximum=1.0
        )
        sizes = Param(
            name="sizes", kind="ints", default=(2,), label=word, help=word, change="live", minimum=1, maximum=9,
            length=(1, 3),
        )  # fmt: skip
        document = self.window.document
        ink = self.window.palette().windowText().color()
        makers: dict[type, Callable[[], Any]] = {
            calm_controls.CalmComboBox: calm_controls.CalmComboBox,
            calm_controls.CalmSlider: lambda: calm_controls.CalmSlider(0, 3),
            calm_controls.CalmSpinBox: lambda: calm_controls.CalmSpinBox(0, 3),
            step_box.StepBox: step_box.StepBox,
            fields.NumberField: lambda: fields.NumberField(number),
            sizes_edit.SizesEdit: lambda: sizes_edit.SizesEdit(sizes),
            drawn_icon._Drawing: lambda: drawn_icon._Drawing("<svg/>", ink, ink),
            guard._Blank: guard._Blank,
            ProjectEdit: lambda: ProjectEdit(document, word, document.project, document.project, "same"),
            _Loop: lambda: _Loop(self._kept(Worker()), lambda: (None, None)),
            _Press: lambda: _Press(self._kept(Typesetter())),
            PreviewModel: PreviewModel,
            Bar: Bar,
            DataPicture: DataPicture,
            ElidedLabel: ElidedLabel,
            RunEdit: lambda: RunEdit(document, word, (), ()),
        }
        if cls is Spots:
            scene, item = self._kept(QGraphicsScene()), Spots(self.window.plane._stage)
            self._kept(QGraphicsView(scene))
            scene.addItem(item)
            item.setRect(0, 0, 10, 10)
            item.setVisible(True)
            return item
        return self._kept(makers[cls]()) if cls in makers else None

    def _kept(self, thing: Any) -> Any:
        self.kept.append(thing)
        return thing


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from PySide6.QtCore import QStandardPaths

    QStandardPaths.setTestModeEnabled(True)
    app = QApplication([])
    reported: list[BaseException] = []
    kinds = cycle(FATAL)
    with tempfile.TemporaryDirectory() as folder:
        zoo = Zoo(Path(folder))
        sys.excepthook = lambda _kind, error, _trace: reported.append(error)
        for cls, name in overrides():
            thing, kind, raised = zoo.one(cls), next(kinds), []
            if thing is None:
                print(json.dumps([cls.__qualname__, name, "nobody has one"]))
                continue
            reported.clear()

            def fail(self, *_given, kind=kind, raised=raised, paints=name == "paintEvent", **_named):
                pixmap = QPixmap(8, 8)
                painter = QPainter(pixmap)
                own = QPainter(_surface(self)) if paints else painter
                raised.append(kind(f"raised in {type(self).__name__}"))
                assert own.isActive()
                raise raised[-1]

            with replaced(cls, name, fail):
                CALLS[name](thing)
                app.processEvents()
            mine = [error for error in reported if any(error is one for one in raised)]
            others = [repr(error) for error in reported if not any(error is one for one in raised)]
            said = "never called" if not raised else "unreported" if len(mine) < len(raised) else "kept going"
            print(json.dumps([cls.__qualname__, name, said, others[:2]]), flush=True)
        zoo.window.close()
        app.processEvents()
    print("alive", flush=True)


if __name__ == "__main__":
    import os
    import traceback

    code = 0
    try:
        main()
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code)  # what the broken overrides left behind is nobody's concern
