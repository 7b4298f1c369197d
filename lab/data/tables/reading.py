"""Tables from strangers (CSV, TSV, a sheet of a workbook), every row of them, strictly.

Nothing is repaired silently: what does not fit becomes a LabError that names the line. Cells stay text here;
lab/data/tables/files.py makes numbers and classes of them.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from lab.data.tables.cells import Decimal, Numbers, numbers_of, shown
from lab.data.tables.guess import RAGGED, WORKBOOK, TableGuess, names_of, sniff
from lab.data.tables.layout import RENAMED, column_names, filled, fitted, is_blank, is_footnote, split_ready
from lab.data.tables.source import (
    Cancelled,
    ReadingCancelledError,
    as_it_is_on_disk,
    check_file,
    encoding_error,
    lines_of,
    opened,
)
from lab.data.tables.workbook import MAX_COLUMNS, sheet_rows
from lab.errors import LabError
from lab.reading import said_of
from models.words.text import Said, Text

MAX_ROWS = 5_000_000
MOST_NOTES = 20  # lines below a table that are words about it

_CHUNK_ROWS = 2_000  # some milliseconds of work between two looks at `cancelled`
_STRINGS = np.dtypes.StringDType()  # 16 bytes a short cell, where a Python string takes over 50

Progress = Callable[[float], None]

TOO_MANY_ROWS = Text(
    "{path} has more than {limit:,d} rows. Keep a part of them.",
    "{path}의 행이 {limit:,d}개를 넘습니다. 일부만 남기세요.",
)
TOO_MANY_COLUMNS = Text(
    "Line {line} has {found:,d} cells; at most {limit:,d} columns are read. Check the delimiter.",
    "{line}번째 줄에 칸이 {found:,d}개 있습니다. 열은 {limit:,d}개까지 읽습니다. 구분 기호를 확인하세요.",
)
OUT_OF_MEMORY = Text(
    "There is not enough memory for {path}. Close other programs, or keep a part of the rows.",
    "{path:을/를} 읽을 메모리가 모자랍니다. 다른 프로그램을 닫거나 행을 줄이세요.",
)
OPEN_QUOTE = Text(
    "The quotation mark opened on line {line} is never closed. Close it there, or remove it.",
    "{line}번째 줄에서 열린 따옴표가 닫히지 않았습니다. 닫거나 지우세요.",
)
STRAY_QUOTE = Text(
    "On line {line}, text follows a closing quotation mark. Double the mark inside a cell, or remove it.",
    "{line}번째 줄에서 닫는 따옴표 뒤에 글자가 있습니다. 칸 안의 따옴표는 두 번 쓰거나 지우세요.",
)
HEADER_ONLY = Text(
    "{path} has column names but no rows. Add rows, or say that the first line holds data.",
    "{path}에 열 이름만 있고 행이 없습니다. 행을 더하거나 첫 줄도 데이터라고 정하세요.",
)
NOTES_LEFT_OUT = Text(
    "Left out below the table: line {lines} ({text}).",
    "표 아래에 있는 줄은 뺍니다: {lines}번째 줄({text}).",
)
CHANGED = Text(
    "{path} changed while it was being read. Open it again.",
    "{path:을/를} 읽는 동안 파일이 바뀌었습니다. 다시 여세요.",
)


@dataclass(frozen=True, eq=False)
class Table:
    """A rectangle of text cells. `cells` holds one (n,) string array a column; line_numbers (n,) count from 1. `unnamed`
    are the columns that have no name in the file."""

    header: tuple[str, ...]
    cells: tuple[np.ndarray, ...]
    path: Path
    line_numbers: np.ndarray
    warnings: tuple[Said, ...] = ()
    decimal: Decimal = "."
    unnamed: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "_numbers", {})

    @property
    def n_rows(self) -> int:
        return len(self.line_numbers)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Every row as it stands in the file."""
        for start in range(0, self.n_rows, _CHUNK_ROWS):
            yield from zip(*(column[start : start + _CHUNK_ROWS].tolist() for column in self.cells), strict=True)

    def numbers(self, column: int, cancelled: Cancelled | None = None) -> Numbers:
        """What the cells of a column are as numbers; worked out once. Raises ReadingCancelledError."""
        if column not in self._numbers:
            found = numbers_of(self.cells[column], cancelled, self.decimal)
            if found is None:
                raise ReadingCancelledError
            self._numbers[column] = found
        return self._numbers[column]


def read_table(
    path: str | os.PathLike[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
    decimal: Decimal | None = None,
) -> Table:
    """The whole table, strictly. What is not given is guessed by `sniff`. `progress` gets shares from 0 to 1.

    Blank lines are no rows, and neither are empty ones or a few notes at the end; empty cells beyond the last column are
    dropped. Raises LabError, ReadingCancelledError.
    """
    guess = sniff(path, encoding, delimiter, has_header, cancelled, decimal)
    path = as_it_is_on_disk(path)
    size = check_file(path)
    reader = _Reader(path, guess, cancelled)
    try:
        before = os.stat(path)
        if guess.encoding == WORKBOOK:
            for line, row in sheet_rows(path, cancelled, progress):
                reader.take(line, [*row, *([""] * (guess.layout.width - len(row)))])
        else:
            with opened(path, guess.encoding) as handle:
                before = os.fstat(handle.fileno())
                share = None if progress is None else lambda: progress(min(1.0, handle.buffer.tell() / size))
                _read_records(reader, handle, guess.delimiter, share)
        after = os.stat(path)
        table = reader.table()
    except MemoryError as error:
        raise LabError(OUT_OF_MEMORY, path=path.name) from error
    except UnicodeError as error:
        raise encoding_error(path, guess.encoding) from error
    except OSError as error:
        raise said_of(error, path) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise LabError(CHANGED, path=path.name)
    if progress is not None:
        progress(1.0)
    return table


def _read_records(reader: _Reader, handle: TextIO, delimiter: str, progress: Callable[[], None] | None) -> None:
    records = csv.reader(
        split_ready(lines_of(handle), delimiter), delimiter=delimiter, strict=True, skipinitialspace=True
    )
    start = 1
    try:
        for record in records:
            line, start = start, records.line_num + 1
            reader.take(line, record)
            if progress is not None and reader.is_chunk_full:
                progress()
    except csv.Error as error:
        quote = STRAY_QUOTE if "expected after" in str(error) else OPEN_QUOTE
        raise LabError(quote, line=start) from error


class _Reader:
    """Takes one record after the other and makes columns of those that are rows."""

    def __init__(self, path: Path, guess: TableGuess, cancelled: Cancelled | None) -> None:
        self._path, self._layout, self._decimal = path, guess.layout, guess.decimal
        self._notes = tuple(said for said in guess.warnings if said.text not in (RAGGED, RENAMED))
        self._cancelled = cancelled
        self._chunks: list[list[np.ndarray]] = []
        self._rows: list[list[str]] = []
        self._lines: list[int] = []
        # Words about the table and empty rows, of which the last are no rows; whether they are is seen at the end.
        self._held: list[tuple[int, list[str]]] = []
        self.is_chunk_full = False

    def take(self, line: int, record: list[str]) -> None:
        """A record and the line where it begins. Raises LabError when it does not fit."""
        layout = self._layout
        self.is_chunk_full = False
        if len(record) > MAX_COLUMNS:
            raise LabError(TOO_MANY_COLUMNS, line=line, found=len(record), limit=MAX_COLUMNS)
        if line < layout.first or line == layout.units or (len(record) < 2 and is_blank(record)):
            return
        if layout.has_header and line == layout.first:
            return
        row = record if len(record) == layout.width else fitted(record, layout.width, layout.least)
        # Empty rows and words about the table end with an empty cell or early: most rows need no closer look.
        if row is None or not row[-1].strip():
            if not filled(record) or is_footnote(record, layout.width):
                self._held.append((line, record))
                return
        if self._held:
            self._release()
        if row is None:
            raise LabError(RAGGED, line=line, found=len(record), expected=layout.width)
        self._keep(line, row)

    def table(self) -> Table:
        """What was taken. Raises LabError when there is no row."""
        notes = [(line, record) for line, record in self._held if filled(record)]
        if len(notes) > MOST_NOTES:
            self._release()
            notes = []
        if not self._lines and not self._chunks:
            raise LabError(HEADER_ONLY, path=self._path.name)
        if self._rows:
            self._chunks.append(_as_columns(self._rows))
        if len(self._lines) > MAX_ROWS:
            raise LabError(TOO_MANY_ROWS, path=self._path.name, limit=MAX_ROWS)
        cells = [np.concatenate(pieces) for pieces in zip(*self._chunks, strict=True)]
        width, named = len(cells), self._layout.least if self._layout.has_header else 1
        while width > named and not any(cell.strip() for cell in cells[width - 1].tolist()):
            width -= 1
        names, warnings = column_names(names_of(self._layout, width), self._layout.has_header)
        if notes:
            text = shown(next(cell for cell in notes[0][1] if cell.strip()))
            lines = ", ".join(str(line) for line, _ in notes)
            warnings.insert(0, Said(NOTES_LEFT_OUT, {"lines": lines, "text": text}))
        unnamed = frozenset(
            name for name, cell in zip(names, self._layout.header, strict=False) if not cell.strip()
        )  # fmt: skip
        line_numbers = np.array(self._lines, dtype=np.int64)
        said = (*self._notes, *warnings)
        return Table(names, tuple(cells[:width]), self._path, line_numbers, said, self._decimal, unnamed)

    def _release(self) -> None:
        """What was held is followed by a row, so it stands inside the table."""
        for line, record in self._held:
            row = fitted(record, self._layout.width, self._layout.least)
            if row is None:
                raise LabError(RAGGED, line=line, found=len(record), expected=self._layout.width)
            self._keep(line, row)
        self._held.clear()

    def _keep(self, line: int, row: list[str]) -> None:
        self._rows.append(row)
        self._lines.append(line)
        if len(self._rows) < _CHUNK_ROWS:
            return
        self._chunks.append(_as_columns(self._rows))
        self._rows = []
        self.is_chunk_full = True
        if len(self._lines) > MAX_ROWS:
            raise LabError(TOO_MANY_ROWS, path=self._path.name, limit=MAX_ROWS)
        if self._cancelled is not None and self._cancelled():
            raise ReadingCancelledError


def _as_columns(rows: list[list[str]]) -> list[np.ndarray]:
    return [np.array(column, dtype=_STRINGS) for column in zip(*rows, strict=True)]
