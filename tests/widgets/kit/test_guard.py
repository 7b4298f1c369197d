"""Nothing that Qt calls of ours can end the program: every override is guarded, and survives whatever is raised in it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QCloseEvent, QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyledItemDelegate, QWidget
from x_screen import x_screen

from tests.widgets.overrides import CALLS, inherited, overrides
from widgets.kit import guard

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def reported(monkeypatch):
    """What reaches the hook."""
    errors: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _trace: errors.append(error))
    return errors


def test_no_override_is_forgotten():
    unguarded = [f"{cls.__qualname__}.{name}" for cls, name in overrides() if not guard.is_guarded(vars(cls)[name])]
    assert not unguarded


def test_what_a_class_has_from_pyqtgraph_or_a_plain_class_is_guarded_too():
    open_to_qt = [
        f"{cls.__qualname__}.{name}"
        for cls, name in inherited()
        if guard.legal_for(cls, name) is not None and not guard.is_guarded(getattr(cls, name))
    ]
    assert not open_to_qt


def test_the_walk_sees_the_window():
    found = {f"{cls.__name__}.{name}" for cls, name in overrides()}
    assert {"MainWindow.closeEvent", "Spots.paint", "PreviewModel.data", "_Loop.run", "KeyGate.eventFilter"} <= found
    assert len(found) > 140


def test_nothing_is_overridden_on_a_single_object():
    """PySide would call `widget.paintEvent = ...` as well, past the guard."""
    names = {name for name in CALLS if name.endswith("Event")} | {"paint", "timerEvent", "event", "eventFilter"}
    for path in sorted((ROOT / "widgets").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = node.targets if isinstance(node, ast.Assign) else []
            set_on = [target.attr for target in targets if isinstance(target, ast.Attribute) and target.attr in names]
            assert not set_on, f"{path.name}:{getattr(node, 'lineno', 0)} sets {set_on}"


def test_an_unknown_override_is_refused_when_its_class_is_made():
    with pytest.raises(TypeError, match=r"Mine\.setWindowTitle"):
        guard.guard(type("Mine", (QWidget,), {"setWindowTitle": lambda self, title: None}))


def test_a_method_that_is_mixed_in_is_guarded():
    class Mixed:
        def sizeHint(self):
            raise ValueError

    made = guard.guard(type("Made", (Mixed, QWidget), {}))
    assert guard.is_guarded(vars(made)["sizeHint"]) and isinstance(Mixed.sizeHint, FunctionType)
    assert not guard.is_guarded(Mixed.sizeHint)


def _run(environment: dict[str, str]) -> tuple[int, str, str]:
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.widgets.overrides"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    return ran.returncode, ran.stdout, ran.stderr


def _assert_all_survived(ran: tuple[int, str, str]) -> None:
    code, out, err = ran
    *lines, last = out.splitlines() or [""]
    results = {(cls, name): said for cls, name, said, *_ in map(json.loads, lines)}
    assert code == 0 and last == "alive", f"the process ended with {code} after {lines[-1:]}\n{err[-3000:]}"
    assert set(results) == {(cls.__qualname__, name) for cls, name in overrides()}
    assert not {case: said for case, said in results.items() if said != "kept going"}


def test_the_program_survives_whatever_is_raised_in_an_override():
    _assert_all_survived(_run(dict(os.environ, QT_QPA_PLATFORM="offscreen")))


def test_it_survives_in_a_real_window_too():
    with x_screen() as environment:
        _assert_all_survived(_run(environment))


class _Broken(QWidget):
    is_broken = True

    def paintEvent(self, event):
        self.painter = QPainter(self)
        if not self.is_broken:
            self.painter.end()
            return
        raise SystemExit("painted no more")


class _Stubborn(QWidget):
    def closeEvent(self, event):
        raise OSError("the disk is gone")


def test_a_widget_that_cannot_paint_says_so_and_comes_back(qtbot, reported):
    widget = guard.guard(type("Broken", (_Broken,), {"paintEvent": _Broken.paintEvent}))()
    qtbot.addWidget(widget)
    widget.resize(300, 80)
    image = widget.grab().toImage()
    assert [type(error) for error in reported] == [SystemExit]
    ink = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert len(ink) > 2, "a sentence stands there"
    assert not widget.painter.isActive()
    widget.is_broken = False
    reported.clear()
    widget.grab()
    assert not reported


def test_a_painter_that_qt_lent_stays_open(qapp, reported):
    def paint(self, painter, option, index):
        raise ValueError("no")

    delegate = guard.guard(type("Delegate", (QStyledItemDelegate,), {"paint": paint}))()
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    delegate.paint(painter, None, None)
    assert painter.isActive() and len(reported) == 1
    painter.end()


def test_a_window_that_fails_to_close_stays_once(qtbot, reported):
    window = guard.guard(type("Stubborn", (_Stubborn,), {"closeEvent": _Stubborn.closeEvent}))()
    window.show()
    assert not window.close() and window.isVisible()
    assert window.close() and len(reported) == 2


def test_sizes_are_what_qt_takes_for_none(qtbot, reported):
    def size(self):
        raise KeyboardInterrupt

    widget = guard.guard(type("Sized", (QWidget,), {"sizeHint": size}))()
    assert widget.sizeHint() == QSize() and len(reported) == 1


def test_a_report_that_fails_itself_is_survived(qtbot, monkeypatch):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(sys, "excepthook", fail)
    guard.report(ValueError("no"))
    event = QCloseEvent()
    widget = guard.guard(type("Stubborn", (_Stubborn,), {"closeEvent": _Stubborn.closeEvent}))()
    QApplication.sendEvent(widget, event)
    assert not event.isAccepted() and event.type() == QEvent.Type.Close
    shiboken6.delete(widget)
