"""Text tables from strangers (CSV, TSV ...), every row of them, strictly.

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

from lab.data.tables.cells import Numbers, numbers_of
from lab.data.tables.guess import RAGGED, column_names, fitted, is_blank, sniff
from lab.data.tables.source import (
    EMPTY,
    Cancelled,
    ReadingCancelledError,
    check_choices,
    check_file,
    encoding_error,
    lines_of,
    opened,
    os_error,
)
from lab.errors import LabError
from models.words.text import Said, Text

MAX_ROWS = 5_000_000
MAX_COLUMNS = 1_000

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
CHANGED = Text(
    "{path} changed while it was being read. Open it again.",
    "{path:을/를} 읽는 동안 파일이 바뀌었습니다. 다시 여세요.",
)


@dataclass(frozen=True, eq=False)
class Table:
    """A rectangle of text cells. `cells` holds one (n,) string array a column; line_numbers (n,) count from 1."""

    header: tuple[str, ...]
    cells: tuple[np.ndarray, ...]
    path: Path
    line_numbers: np.ndarray
    warnings: tuple[Said, ...] = ()

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
            found = numbers_of(self.cells[column], cancelled)
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
) -> Table:
    """The whole table, strictly. What is not given is guessed by `sniff`. `progress` gets shares from 0 to 1.

    Blank lines are no rows; empty cells beyond the last column are dropped. Raises LabError, ReadingCancelledError.
    """
    path = Path(path)
    if encoding is None or delimiter is None or has_header is None:
        guess = sniff(path, encoding, delimiter, has_header, cancelled)
        encoding, delimiter, has_header = guess.encoding, guess.delimiter, guess.has_header
    size = check_file(path)
    check_choices(encoding, delimiter)
    try:
        with opened(path, encoding) as handle:
            before = os.fstat(handle.fileno())
            table = _read_records(path, handle, delimiter, has_header, size, progress, cancelled)
            after = os.fstat(handle.fileno())
    except MemoryError as error:
        raise LabError(OUT_OF_MEMORY, path=path.name) from error
    except UnicodeError as error:
        raise encoding_error(path, encoding) from error
    except OSError as error:
        raise os_error(path, error) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise LabError(CHANGED, path=path.name)
    return table


def _read_records(
    path: Path,
    handle: TextIO,
    delimiter: str,
    has_header: bool,
    size: int,
    progress: Progress | None,
    cancelled: Cancelled | None,
) -> Table:
    reader = csv.reader(lines_of(handle), delimiter=delimiter, strict=True, skipinitialspace=True)
    names: tuple[str, ...] = ()
    warnings: list[Said] = []
    chunks: list[list[np.ndarray]] = []
    rows: list[list[str]] = []
    starts: list[int] = []
    start = 1
    width = -1
    try:
        for record in reader:
            line, start = start, reader.line_num + 1
            if len(record) != width:
                if is_blank(record):
                    continue
                if width < 0:
                    if len(record) > MAX_COLUMNS:
                        raise LabError(TOO_MANY_COLUMNS, line=line, found=len(record), limit=MAX_COLUMNS)
                    names, warnings = column_names(record, has_header)
                    width = len(names)
                    if has_header:
                        continue
                cut = fitted(record, width)
                if cut is None:
                    raise LabError(RAGGED, line=line, found=len(record), expected=width)
                record = cut
            rows.append(record)
            starts.append(line)
            if len(rows) == _CHUNK_ROWS:
                chunks.append(_as_columns(rows))
                rows = []
                if len(starts) > MAX_ROWS:
                    raise LabError(TOO_MANY_ROWS, path=path.name, limit=MAX_ROWS)
                if cancelled is not None and cancelled():
                    raise ReadingCancelledError
                if progress is not None:
                    progress(min(1.0, handle.buffer.tell() / size))
    except csv.Error as error:
        quote = STRAY_QUOTE if "expected after" in str(error) else OPEN_QUOTE
        raise LabError(quote, line=start) from error
    if width < 0:
        raise LabError(EMPTY, path=path.name)
    if len(starts) > MAX_ROWS:
        raise LabError(TOO_MANY_ROWS, path=path.name, limit=MAX_ROWS)
    if not starts:
        raise LabError(HEADER_ONLY, path=path.name)
    if rows:
        chunks.append(_as_columns(rows))
    cells = tuple(np.concatenate(pieces) for pieces in zip(*chunks, strict=True))
    if progress is not None:
        progress(1.0)
    return Table(names, cells, path, np.array(starts, dtype=np.int64), tuple(warnings))


def _as_columns(rows: list[list[str]]) -> list[np.ndarray]:
    return [np.array(column, dtype=_STRINGS) for column in zip(*rows, strict=True)]
