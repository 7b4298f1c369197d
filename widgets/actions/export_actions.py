"""Taking it away: the plane (or three columns in space) as a picture, the figures, the parameters, the model. The same code as the command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from lab.errors import LabError
from lab.protocol.export_formats import ExportFormat
from lab.writing import write_bytes
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.pictures import png_bytes
from widgets.kit.settings import Settings
from widgets.kit.theme import theme
from widgets.kit.turns import Beside, InTurns
from widgets.playing import jobs
from widgets.playing.player import Player

if TYPE_CHECKING:
    from widgets.stages.stage import StageView

PNG_WIDTH = 2400

NOTHING_TO_EXPORT = Text(
    "There is nothing to export yet: the run has not started.",
    "아직 내보낼 것이 없습니다. 실행이 시작되지 않았습니다.",
)
COPIED = Text("The picture is on the clipboard.", "그림을 클립보드에 복사했습니다.")
WRITTEN = Text("Exported: {path}", "내보냈습니다: {path}")
WRITTEN_AT = Text("Exported as it stood after iteration {at}: {path}", "반복 {at}회까지의 결과를 내보냈습니다: {path}")
NOT_WRITTEN = Text(
    "The export failed ({what}). Try another folder.", "내보내지 못했습니다({what}). 다른 폴더에 해 보세요."
)
_PNG = Text("Pictures (*.png)", "그림 (*.png)")
_EXPORT = Text("Export", "내보내기")


class ExportActions(QObject):
    """The entries of the Export menu. What needs the run is written by the worker, between two slices.

    shown: says which view stands in the middle; pictures are of that one.
    """

    def __init__(self, window: QWidget, shown: Callable[[], StageView], player: Player, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._shown, self._player, self._settings = window, shown, player, settings
        self.name = "learnscope"

    @Slot()
    def copy_image(self) -> None:
        """The picture of now, painted while the window goes on."""
        job = InTurns(self._shown().painting(), self)
        job.done.connect(self.on_copy_painted)
        job.start()

    @Slot(object, object)
    def on_copy_painted(self, image: QImage | None, error: Exception | None) -> None:
        if image is None:
            self._player.say(Said(NOT_WRITTEN, {"what": _named(error)}))
            return
        QGuiApplication.clipboard().setImage(image)
        self._player.say(Said(COPIED, {}), "good")

    @Slot()
    def export_png(self) -> None:
        path = self._asked("png", _PNG)
        if path is None:
            return
        job = InTurns(self._shown().painting(PNG_WIDTH), self)
        job.done.connect(partial(self._write_painted, path))  # in this thread, as all turns are
        job.start()

    def _write_painted(self, path: Path, image: QImage | None, error: Exception | None) -> None:
        if image is None:
            self.on_png_written(None, error)
            return

        def write() -> Path:
            write_bytes(path, png_bytes(image))
            return path

        writing = Beside(write, self)
        writing.done.connect(self.on_png_written)
        writing.start()

    @Slot(object, object)
    def on_png_written(self, path: Path | None, error: Exception | None) -> None:
        if path is None:
            said = error.said if isinstance(error, LabError) else Said(NOT_WRITTEN, {"what": _named(error)})
            self._player.say(said)
        else:
            self._player.say(Said(WRITTEN, {"path": str(path)}), "good")

    def export(self, format: ExportFormat) -> None:
        """Ask where to, and have the worker write it."""
        path = self._asked(format.suffix, format.kinds) if format.suffix else self._asked_folder(format.kinds)
        if path is None:
            return
        packet, dataset, lang, name = self._player.packet, self._player.dataset, language.code, theme.name
        if packet is None or dataset is None:
            self._player.say(Said(NOTHING_TO_EXPORT, {}))
            return

        def job(session: Any) -> int:
            return jobs.export(format.id, path, _run(session), packet, dataset, lang, name)

        self._player.ask(job, self._told(path))

    def _asked_folder(self, words: Text) -> Path | None:
        """The folder that a person wants, or None."""
        chosen = QFileDialog.getExistingDirectory(self._window, language.say(words), str(self._settings.folder))
        if not chosen:
            return None
        self._settings.folder = Path(chosen)
        return self._settings.folder

    def _asked(self, suffix: str, kinds: Text) -> Path | None:
        """Where a person wants the file, its suffix put on, or None."""
        suggestion = self._settings.folder / f"{re.sub(r'[^0-9A-Za-z가-힣_-]+', '-', self.name)}.{suffix}"
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, language.say(_EXPORT), str(suggestion), language.say(kinds)
        )
        if not chosen:
            return None
        path = Path(chosen)
        self._settings.folder = path.parent
        return path if path.suffix else path.with_suffix(f".{suffix}")

    def _told(self, path: Path) -> Callable[[Any, Exception | None], None]:
        """What to say when the worker has written `path`, or has not."""

        def answer(at: Any, error: Exception | None) -> None:
            if isinstance(error, LabError):
                self._player.say(error.said)
            elif error is not None:
                self._player.say(Said(NOT_WRITTEN, {"what": _named(error)}))
            else:
                self._player.say(Said(WRITTEN_AT, {"path": str(path), "at": at}), "good")

        return answer


def _named(error: Exception | None) -> str:
    """A fault in a few words."""
    return f"{type(error).__name__}: {error}"[:120]


def _run(session: Any) -> Any:
    """The run of a session that has a frame to show. Raises LabError where it has none."""
    if session.run is None or session.state in ("unready", "failed"):
        raise LabError(NOTHING_TO_EXPORT)
    return session.run
