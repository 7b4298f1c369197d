"""A monkey at the window: thousands of random actions through real Qt events, and nothing may break.

    python -m tests.e2e.monkey [--seeds 1-20] [--actions 3000] [--minutes N] [--replay SEED]

Each seed is a process of its own with the real window and the real worker. After each action: no exception, no warning
of Qt, the window there, every point of the data on the plane. At the end it is closed, and no thread is left. What an
action draws depends on the seed and its number alone, so `--replay` does the same again and prints each; only what the
worker has sent by then may differ. A process that dies is a finding with its seed and last actions.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QStandardPaths, Qt, QThread, QTimer, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton, QWidget
from shiboken6 import Shiboken

ROOT = Path(__file__).resolve().parents[2]
HARMLESS = ("This plugin does not support", "propagateSizeHints", "XDG_RUNTIME_DIR", "Populating font family aliases")
LAST_ACTIONS = 12
KEPT = "beside"  # the thread that writes files waits for more, and is ended with the process
START_S, END_S = 180.0, 180.0  # kernels that no cache has are compiled meanwhile
TABLES = {
    "two.csv": "x,y,class\n1,2,A\n2,3,B\n3,1,A\n0.5,2.5,B\n",
    "four.csv": "a,b,c,name\n" + "".join(f"{i},{i * i % 7},{i % 3},{'예' if i % 2 else '아니오'}\n" for i in range(40)),
    "bad.csv": "a,b\n1,2\n3\n\x00,,\n",
    "prices.tsv": "rooms\tarea\tprice\n" + "".join(f"{i % 5}\t{30 + i}\t{100.5 * i}\n" for i in range(30)),
}


class FoundError(Exception):
    """Something is broken."""


class Hands:
    """The window, and what an action needs of it."""

    def __init__(self, seed: int, folder: Path) -> None:
        from lab.document import scenes
        from widgets.actions import file_actions
        from widgets.kit.settings import Settings
        from widgets.window.main_window import MainWindow

        self.seed = seed
        self.faults: list[str] = []
        self.folder, self._draw = folder, Random(seed)
        self.tables = []
        for name, words in TABLES.items():
            self.tables.append(folder / name)
            self.tables[-1].write_text(words, encoding="utf-8")
        self._stand_in_for_the_system(folder)
        file_actions.own_scenes_folder = lambda: folder / "scenes"
        self.window = MainWindow(Settings(folder / "settings.ini"), scenes.first_scene().project)
        self.window.show()
        self.window.activateWindow()
        self.window.player.start()
        self._modal = QTimer(interval=20)
        self._modal.timeout.connect(self._answer)
        self._modal.start()
        until = time.monotonic() + START_S
        while not (self.window.player.is_ready and self.window.player.is_current):
            self.wait(10)
            if time.monotonic() > until:
                raise FoundError("the worker does not come")

    def _stand_in_for_the_system(self, folder: Path) -> None:
        """File dialogs are the system's: here they answer with a file of the temporary folder, or are cancelled."""

        def save(_parent: Any, _title: str, name: str = "", kinds: str = "", *_: Any) -> tuple[str, str]:
            return (str(folder / Path(name).name) if self._draw.random() < 0.9 else ""), kinds

        def load(_parent: Any, _title: str, name: str = "", kinds: str = "", *_: Any) -> tuple[str, str]:
            files = sorted(p for p in folder.iterdir() if p.suffix in (".learnscope", ".csv", ".tsv"))
            return str(self._draw.choice(files)), kinds

        QFileDialog.getSaveFileName, QFileDialog.getOpenFileName = save, load
        QFileDialog.getExistingDirectory = lambda *_: str(folder)

    def _answer(self) -> None:
        """Somebody answers a question that waits in a loop of its own."""
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            buttons = [button for button in box.findChildren(QPushButton) if button.isVisible()]
            if buttons:
                QTest.mouseClick(self._draw.choice(buttons), Qt.MouseButton.LeftButton)

    # -- for the actions -----------------------------------------------------------------------------------------------

    def focus(self) -> QWidget:
        return QApplication.focusWidget() or QApplication.activeModalWidget() or self.window

    def stage(self) -> QWidget:
        """Where strokes are drawn: the plane's canvas, or whatever stands in its place."""
        plane = self.window.plane
        if plane.isVisible():
            return plane._canvas.viewport()
        return self.window.stages.shown

    def seen(self, kind: type) -> list[Any]:
        """The widgets of a kind that a mouse could reach: of the dialog on top, else of the window."""
        from widgets.kit.parts import parts

        top = QApplication.activeModalWidget() or self.window
        found = (widget for widget in parts(top) if isinstance(widget, kind))
        return [widget for widget in found if widget.isVisible() and not widget.size().isEmpty()]

    @staticmethod
    def alive(widget: QWidget) -> bool:
        return Shiboken.isValid(widget)

    @staticmethod
    def wait(ms: int) -> None:
        QTest.qWait(ms)

    # -- what must hold ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        if self.faults:
            raise FoundError("\n".join(self.faults))
        if not Shiboken.isValid(self.window) or not self.window.isVisible():
            raise FoundError("the window is gone")
        if self.window.player.failure:
            raise FoundError(f"the worker has failed: {self.window.player.failure}")
        self._check_points()

    def _check_points(self) -> None:
        plane, data = self.window.plane, self.window.document.project.dataset
        layer = plane._data
        if layer.dataset is not data and not np.array_equal(layer.dataset.plane, data.plane):
            raise FoundError(f"the plane shows {layer.dataset.n} points of another dataset, there are {data.n}")
        shown = sum(len(item.xy) for item in layer._items.values() if item.isVisible())
        if plane._hand.is_pressed or not layer.shows_test or layer.sampled is not None:
            return  # in the hand, hidden on purpose, or a sample that says so
        if shown != len(layer._drawn):
            raise FoundError(f"{shown} points are shown, there are {len(layer._drawn)} ({data.n} rows)")

    def close(self) -> None:
        """Close the window as a person would, and look for what is left."""
        self._modal.stop()
        # Half of the windows are closed as they stand, with a dialog over them or in a presentation.
        for _ in range(4 * (self.seed % 2)):
            for widget in QApplication.topLevelWidgets():
                if widget is not self.window and widget.isVisible():
                    widget.close()
        self.window.document.undo_stack.setClean()
        self.window.document._saved_schedule = self.window.document._schedule
        if not self.window.close():
            raise FoundError("the window does not close")
        # What is compiled just now is waited for: the program itself would leave without tearing anything down.
        if not self.window.player._worker.close(END_S):
            raise FoundError("the worker does not end")
        self.window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()
        from widgets.formulas.typeset import Typesetter

        threads = [t for t in gc.get_objects() if isinstance(t, QThread) and Shiboken.isValid(t) and t.isRunning()]
        kept = {id(t) for t in threads if isinstance(t.parent(), Typesetter)}
        left = [repr(t) for t in threads if id(t) not in kept]
        others = (t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon)
        left += [t.name for t in others if not t.name.startswith(KEPT)]
        if left:
            raise FoundError(f"threads are left: {left}")
        if self.faults:
            raise FoundError("\n".join(self.faults))


# -- one seed -----------------------------------------------------------------------------------------------------------


def do_one(seed: int, actions: int, until: float) -> int:
    """The actions of one seed, in this process. Prints each; returns the exit code, 1 for a finding."""
    faulthandler.enable()
    QStandardPaths.setTestModeEnabled(True)
    from lab.sessions import kernel_cache
    from tests.e2e.monkey_actions import ACTIONS

    kernel_cache.use_cache()
    from widgets.window.app import make_application

    app = make_application()
    with tempfile.TemporaryDirectory() as folder:
        hands, done = None, 0
        try:
            hands = Hands(seed, Path(folder))
            _listen(hands)
            hands.check()
            while done < actions and time.time() < until:
                draw = Random(f"{seed}:{done}")
                action = draw.choices(list(ACTIONS), list(ACTIONS.values()))[0]
                print(f"{done} {action.__name__}", end=" ", flush=True)
                print(action(hands, draw), flush=True)
                app.processEvents()
                hands.check()
                done += 1
            hands.close()
        except BaseException as found:
            import traceback

            said = str(found) if isinstance(found, FoundError) else traceback.format_exc()
            print(f"\nFOUND at seed {seed}, action {done}: {said}", flush=True)
            os._exit(1)
    print(f"done {done}", flush=True)
    return 0


def _listen(hands: Hands) -> None:
    import traceback

    def on_message(kind: Any, _context: Any, message: str) -> None:
        if kind.name not in ("QtDebugMsg", "QtInfoMsg") and not any(words in message for words in HARMLESS):
            hands.faults.append(f"Qt warned: {message}")

    def on_error(kind: type, error: BaseException, trace: Any) -> None:
        hands.faults.append("".join(traceback.format_exception(kind, error, trace)))

    qInstallMessageHandler(on_message)
    sys.excepthook = on_error
    sys.unraisablehook = lambda what: hands.faults.append(f"{what.err_msg or ''} {what.exc_value!r} in {what.object!r}")
    threading.excepthook = lambda what: on_error(what.exc_type, what.exc_value, what.exc_traceback)


# -- all seeds ----------------------------------------------------------------------------------------------------------


def run(seed: int, actions: int, seconds: float) -> tuple[int, str]:
    """One seed in a process of its own, for `seconds` at most. -> (actions done, what was found, "" for nothing)."""
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.e2e.monkey", "--one", str(seed),
               "--actions", str(actions), "--minutes", str(seconds / 60)]  # fmt: skip
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        try:
            code = subprocess.run(
                command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, timeout=seconds + START_S
            ).returncode
        except subprocess.TimeoutExpired:
            code = None
        out.seek(0)
        lines = out.read().splitlines()
    return sum(line.partition(" ")[0].isdigit() for line in lines), finding(seed, code, lines)


def finding(seed: int, code: int | None, lines: list[str]) -> str:
    """What a process has found, with its seed and its last actions; "" for nothing. code: None for one that hangs."""
    if code == 0:
        return ""
    how = "hangs" if code is None else f"ended with {code}"
    begun = next((k for k, line in enumerate(lines) if line.startswith("FOUND") or "Fatal Python" in line), len(lines))
    return "\n".join([f"seed {seed} {how}", *lines[max(0, begun - LAST_ACTIONS) :][:80]])


def main(arguments: list[str] | None = None) -> int:
    given = argparse.ArgumentParser(prog="python -m tests.e2e.monkey", description=__doc__)
    given.add_argument("--seeds", default="1-20", help="a number, or the first and the last with a dash")
    given.add_argument("--actions", type=int, default=3000, help="for each seed")
    given.add_argument("--minutes", type=float, default=0.0, help="stop after so long; 0: when all is done")
    given.add_argument("--replay", type=int, help="one seed in this process, each action printed")
    given.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = given.parse_args(arguments)
    until = time.time() + options.minutes * 60 if options.minutes else float("inf")
    alone = options.one if options.one is not None else options.replay
    if alone is not None:
        return do_one(alone, options.actions, until)
    first, _, last = options.seeds.partition("-")
    findings = total = 0
    for seed in range(int(first), int(last or first) + 1):
        left = min(until - time.time(), 3600.0)
        if left <= 0:
            break
        done, found = run(seed, options.actions, left)
        total += done
        findings += bool(found)
        print(found or f"seed {seed}: {done} actions, nothing found", flush=True)
    print(f"{total} actions, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
