"""A table is read and turned into a dataset in a thread of its own; the newest wish wins and stops the one before."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal, Slot

from lab.data.datasets import Dataset
from lab.data.tables.files import (
    ColumnKind,
    Decimal,
    ReadingCancelledError,
    Table,
    TableGuess,
    TargetKind,
    WordsMean,
    column_kinds,
    default_columns,
    read_table,
    row_numbers_note,
    sniff,
    to_dataset,
    words_of,
)
from lab.errors import LabError
from models.words.text import Said, Text

PROGRESS_EVERY_S = 0.05
BREATH_S = 0.0002  # a real sleep after each chunk: hands the interpreter to the window

log = logging.getLogger("learnscope.tables")

_running: set[QThread] = set()  # a thread object that goes while its thread runs would end the program

UNEXPECTED = Text(
    "The table could not be read: {reason}. Try another encoding or delimiter; the details are in the log.",
    "표를 읽지 못했습니다: {reason}. 다른 인코딩이나 구분 기호를 써 보세요. 자세한 내용은 기록에 있습니다.",
)


@dataclass(frozen=True)
class ReadWish:
    """How the file is to be read; what is None is guessed."""

    encoding: str | None = None
    delimiter: str | None = None
    has_header: bool | None = None
    decimal: Decimal | None = None


@dataclass(frozen=True)
class BuildWish:
    """What the dataset is to be made of: names of features, the target, None or "auto", two places among the features;
    what the target holds, and what words such as NA mean in it."""

    features: tuple[str, ...]
    target: str | None
    axes: tuple[int, int] | None
    kind: TargetKind = "auto"
    words: WordsMean = "auto"


@dataclass(frozen=True)
class Reading:
    """A file as read, with a first choice of columns; or an error, perhaps even before there was a guess."""

    columns: tuple[str, ...] = ()
    n_rows: int = 0
    kinds: tuple[ColumnKind, ...] = ()
    features: tuple[str, ...] = ()
    target: str | None = None
    error: Said | None = None
    is_guessed: bool = True
    notes: tuple[Said, ...] = ()


@dataclass(frozen=True, eq=False)
class Built:
    """A dataset with what was left out, or the error that stands in its way. words: those of the target that may be
    classes or missing values."""

    dataset: Dataset | None = None
    notes: tuple[Said, ...] = ()
    error: Said | None = None
    words: tuple[str, ...] = ()


class TableReader(QObject):
    """The window's side: ask with `read` and `build`, hear the signals for the newest wish only.

    has_guessed (a TableGuess) comes first when the file can be opened at all; then has_read; has_built after `build`.
    The thread runs from the start until `stop`.
    """

    has_guessed = Signal(object)
    has_read = Signal(object)
    has_built = Signal(object)
    progressed = Signal(float)
    _read_wanted = Signal(int, object)
    _build_wanted = Signal(int, object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = QThread()
        _running.add(self._thread)
        self.destroyed.connect(self._thread.quit)
        self._desk = _Desk(path)
        self._desk.moveToThread(self._thread)
        self._read_wanted.connect(self._desk.on_read_wanted)
        self._build_wanted.connect(self._desk.on_build_wanted)
        self._desk.has_guessed.connect(self.on_desk_has_guessed)
        self._desk.has_read.connect(self.on_desk_has_read)
        self._desk.has_built.connect(self.on_desk_has_built)
        self._desk.progressed.connect(self.on_desk_progressed)
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.stop)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        return self._thread.isRunning()

    def read(self, wish: ReadWish) -> None:
        """Read the whole file anew."""
        self._desk.newest += 1
        self._read_wanted.emit(self._desk.newest, wish)

    def build(self, wish: BuildWish) -> None:
        """Make a dataset of the table that was read last."""
        self._desk.newest += 1
        self._build_wanted.emit(self._desk.newest, wish)

    @Slot()
    def stop(self) -> None:
        """Drop every wish and end the thread; waits for it, which takes some milliseconds."""
        self._desk.newest += 1
        self._thread.quit()
        self._thread.wait()
        _running.discard(self._thread)

    @Slot(int, object)
    def on_desk_has_guessed(self, job: int, guess: TableGuess) -> None:
        if job == self._desk.newest:
            self.has_guessed.emit(guess)

    @Slot(int, object)
    def on_desk_has_read(self, job: int, reading: Reading) -> None:
        if job == self._desk.newest:
            self.has_read.emit(reading)

    @Slot(int, object)
    def on_desk_has_built(self, job: int, built: Built) -> None:
        if job == self._desk.newest:
            self.has_built.emit(built)

    @Slot(int, float)
    def on_desk_progressed(self, job: int, share: float) -> None:
        if job == self._desk.newest:
            self.progressed.emit(share)


class _Desk(QObject):
    """The thread's side: does one job after the other and gives up those that are not the newest."""

    has_guessed = Signal(int, object)
    has_read = Signal(int, object)
    has_built = Signal(int, object)
    progressed = Signal(int, float)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._table: Table | None = None
        self.newest = 0  # written by the window, only ever compared here

    @Slot(int, object)
    def on_read_wanted(self, job: int, wish: ReadWish) -> None:
        guess: TableGuess | None = None
        self._table = None
        if job != self.newest:
            return
        is_old = self._breather(job)
        try:
            guess = sniff(self._path, wish.encoding, wish.delimiter, wish.has_header, is_old, wish.decimal)
            self.has_guessed.emit(job, guess)
            choices = guess.encoding, guess.delimiter, guess.has_header
            table = read_table(self._path, *choices, self._teller(job), is_old, decimal=guess.decimal)
            kinds = column_kinds(table, is_old)
            features, target = default_columns(table, is_old)
            self._table = table
            notes = tuple(row_numbers_note(table))
            reading = Reading(table.header, table.n_rows, kinds, features, target, notes=notes)
        except ReadingCancelledError:
            return
        except Exception as error:
            reading = Reading(error=_sentence(error), is_guessed=guess is not None)
        self.has_read.emit(job, reading)

    @Slot(int, object)
    def on_build_wanted(self, job: int, wish: BuildWish) -> None:
        if job != self.newest or self._table is None:
            return
        is_old = self._breather(job)
        words: tuple[str, ...] = ()
        try:
            words = words_of(self._table, wish.target, is_old)
            dataset, notes = to_dataset(
                self._table, wish.features, wish.target, wish.axes, is_old, kind=wish.kind, words=wish.words
            )
            built = Built(dataset, tuple(notes), words=words)
        except ReadingCancelledError:
            return
        except Exception as error:
            built = Built(error=_sentence(error), words=words)
        self.has_built.emit(job, built)

    def _breather(self, job: int) -> Callable[[], bool]:
        """Asked between two chunks of work: whether the job is out of date. Lets the window breathe meanwhile."""

        def is_old() -> bool:
            time.sleep(BREATH_S)
            return job != self.newest

        return is_old

    def _teller(self, job: int) -> Callable[[float], None]:
        last = time.monotonic()

        def tell(share: float) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= PROGRESS_EVERY_S:
                last = now
                self.progressed.emit(job, share)

        return tell


def _sentence(error: Exception) -> Said:
    """What people are told about an error; what nobody foresaw goes to the log whole."""
    if isinstance(error, LabError):
        return error.said
    log.error("reading a table failed", exc_info=error)
    return Said(UNEXPECTED, {"reason": str(error) or type(error).__name__})
