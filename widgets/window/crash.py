"""When the program itself is at fault: log first, then one dialog with a way to save the work and go on."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from models.words.text import Text
from widgets.kit.guard import end_painters
from widgets.kit.language import language
from widgets.window.log_file import keep_log

log = logging.getLogger("learnscope.crash")

TITLE = Text("A fault in the program", "프로그램 결함")
SENTENCE = Text(
    "Something in the program went wrong. Your data and settings are still here: save your work, then go on. "
    "The details below help whoever mends it.",
    "프로그램에 문제가 생겼습니다. 데이터와 설정은 그대로이니 작업을 저장한 다음 계속하세요. "
    "아래 내용은 고치는 사람에게 도움이 됩니다.",
)
COPY = Text("Copy the details", "자세한 내용 복사")
SAVE = Text("Save the work", "작업 저장")
GO_ON = Text("Go on", "계속")


class CrashReporter(QObject):
    """Takes exceptions from any thread; the same one is shown once."""

    reported = Signal(str)

    def __init__(self, save: Callable[[], object] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.save = save
        self._seen: set[tuple] = set()
        self._dialog: QDialog | None = None
        self.reported.connect(self.on_reported, Qt.ConnectionType.QueuedConnection)

    def install(self, folder: Path | None = None) -> None:
        """Hook every place where Python reports an exception; native faults leave a trace in `folder`."""
        if folder is not None:
            self._trace = keep_log(folder)
        sys.excepthook = self.take
        threading.excepthook = self._take_of_thread
        sys.unraisablehook = self._take_unraisable

    def take(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """One exception: into the log and on the screen, unless it has been there; what fails at every painting would
        fill the disk."""
        if issubclass(kind, KeyboardInterrupt) and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            QGuiApplication.quit()  # Ctrl-C, before it has a way of its own
            return
        end_painters(trace)
        details = "".join(traceback.format_exception(kind, error, trace))
        frames = traceback.extract_tb(trace)
        place = (kind, frames[-1].filename, frames[-1].lineno) if frames else (kind, str(error), 0)
        if place not in self._seen:
            self._seen.add(place)
            log.error(details)
            self.reported.emit(details)

    @Slot(str)
    def on_reported(self, details: str) -> None:
        if self._dialog is None:
            self._dialog = self._make_dialog(details)
            self._dialog.finished.connect(self.on_dialog_closed)
            self._dialog.open()
        else:
            box = self._dialog.findChild(QPlainTextEdit)
            box.appendPlainText(details)

    @Slot(int)
    def on_dialog_closed(self, _result: int) -> None:
        self._dialog.deleteLater()
        self._dialog = None

    @property
    def dialog(self) -> QDialog | None:
        return self._dialog

    def _take_of_thread(self, arguments: threading.ExceptHookArgs) -> None:
        self.take(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    def _take_unraisable(self, unraisable) -> None:
        self.take(unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback)

    def _make_dialog(self, details: str) -> QDialog:
        dialog = QDialog(QApplication.activeWindow())
        dialog.setWindowTitle(language.say(TITLE))
        sentence = QLabel(language.say(SENTENCE))
        sentence.setWordWrap(True)
        box = QPlainTextEdit(details)
        box.setReadOnly(True)
        box.setMinimumSize(520, 160)
        buttons = QDialogButtonBox()
        copy = QPushButton(language.say(COPY))
        copy.clicked.connect(self._copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        if self.save is not None:
            save = QPushButton(language.say(SAVE))
            save.clicked.connect(self._save)
            buttons.addButton(save, QDialogButtonBox.ButtonRole.ActionRole)
        go_on = buttons.addButton(language.say(GO_ON), QDialogButtonBox.ButtonRole.AcceptRole)
        go_on.setDefault(True)
        buttons.accepted.connect(dialog.accept)
        layout = QVBoxLayout(dialog)
        for part in (sentence, box, buttons):
            layout.addWidget(part)
        return dialog

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._dialog.findChild(QPlainTextEdit).toPlainText())

    @Slot()
    def _save(self) -> None:
        self.save()
