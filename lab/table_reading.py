"""Text tables from strangers (CSV, TSV ...): a guess that a person can correct, then a strict reading of every row.

Nothing is repaired silently: what does not fit becomes a LabError that names the line. Cells stay text here;
lab/table_files.py makes numbers and classes of them.
"""

from __future__ import annotations

import codecs
import csv
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np

from lab.errors import LabError
from lab.table_cells import NUMBER, TEXT, Numbers, cell_kind, numbers_of
from models.core.text import Said, Text

ENCODINGS = ("utf-8", "cp949", "utf-16", "latin-1")
DELIMITERS = (",", "\t", ";", "|")
MAX_BYTES = 500_000_000
MAX_ROWS = 5_000_000
MAX_COLUMNS = 1_000
LONGEST_LINE = 1_000_000  # characters
PREVIEW_ROWS = 50

_SAMPLE_LINES, _SAMPLE_CHARS = 400, 2_000_000
_CHUNK_ROWS, _CHUNK_BYTES = 20_000, 1 << 20
_STRINGS = np.dtypes.StringDType()  # 16 bytes a short cell, where a Python string takes over 50

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]

NOT_FOUND = Text(
    "There is no file {path}. Check the name, or choose the file again.",
    "{path} 파일이 없습니다. 이름을 확인하거나 파일을 다시 고르세요.",
)
IS_FOLDER = Text("{path} is a folder: choose a file in it.", "{path:은/는} 폴더입니다. 그 안의 파일을 고르세요.")
NOT_A_FILE = Text(
    "{path} is not an ordinary file: choose a CSV or TSV file.",
    "{path:은/는} 일반 파일이 아닙니다. CSV나 TSV 파일을 고르세요.",
)
NO_PERMISSION = Text(
    "{path} may not be read. Change its permissions, or copy it to a folder of your own.",
    "{path:을/를} 읽을 권한이 없습니다. 파일 권한을 바꾸거나 내 폴더로 복사하세요.",
)
UNREADABLE = Text(
    "{path} could not be read ({reason}). Copy the file to another place and try again.",
    "{path:을/를} 읽지 못했습니다({reason}). 다른 곳에 복사한 뒤 다시 여세요.",
)
EMPTY = Text(
    "{path} is empty: it needs a line of column names and rows of numbers.",
    "{path:은/는} 빈 파일입니다. 열 이름 한 줄과 숫자가 든 줄이 있어야 합니다.",
)
TOO_LARGE = Text(
    "{path} has {megabytes:,.0f} MB; at most {limit:,.0f} MB are read. Keep a part of the rows or columns.",
    "{path:은/는} {megabytes:,.0f} MB입니다. {limit:,.0f} MB까지만 읽습니다. 행이나 열을 줄이세요.",
)
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
SPREADSHEET = Text(
    "{path} is a spreadsheet or archive, not a text table. Open it in its program and save it as CSV.",
    "{path:은/는} 텍스트 표가 아니라 스프레드시트나 압축 파일입니다. 원래 프로그램에서 CSV로 저장하세요.",
)
HAS_NUL = Text(
    "Line {line} contains a NUL character: this is no text table, or its encoding is another one (UTF-16?).",
    "{line}번째 줄에 NUL 문자가 있습니다. 텍스트 표가 아니거나 인코딩이 다릅니다(UTF-16?).",
)
LONG_LINE = Text(
    "Line {line} is longer than {limit:,d} characters: this does not look like a table.",
    "{line}번째 줄이 {limit:,d}자보다 깁니다. 표가 아닌 것 같습니다.",
)
WRONG_ENCODING = Text(
    "Line {line} cannot be read as {encoding}: choose another encoding.",
    "{line}번째 줄을 {encoding} 인코딩으로 읽을 수 없습니다. 다른 인코딩을 고르세요.",
)
UNKNOWN_ENCODING = Text(
    "The encoding {encoding} is not known. Choose one of: {choices}.",
    "{encoding:은/는} 모르는 인코딩입니다. 다음 중에서 고르세요: {choices}.",
)
UNKNOWN_DELIMITER = Text(
    "{delimiter} cannot separate columns. Choose a comma, a tab, a semicolon or a vertical bar.",
    "{delimiter:은/는} 열을 나눌 수 없습니다. 쉼표, 탭, 세미콜론, 세로줄 중에서 고르세요.",
)
OPEN_QUOTE = Text(
    "The quotation mark opened on line {line} is never closed. Close it there, or remove it.",
    "{line}번째 줄에서 열린 따옴표가 닫히지 않았습니다. 닫거나 지우세요.",
)
STRAY_QUOTE = Text(
    "On line {line}, text follows a closing quotation mark. Double the mark inside a cell, or remove it.",
    "{line}번째 줄에서 닫는 따옴표 뒤에 글자가 있습니다. 칸 안의 따옴표는 두 번 쓰거나 지우세요.",
)
RAGGED = Text(
    "Line {line}: {found} cells where the first line has {expected}. Correct that line, or choose another delimiter.",
    "{line}번째 줄의 칸은 {found}개인데 첫 줄은 {expected}개입니다. 그 줄을 고치거나 구분 기호를 바꾸세요.",
)
HEADER_ONLY = Text(
    "{path} has column names but no rows. Add rows, or say that the first line holds data.",
    "{path}에 열 이름만 있고 행이 없습니다. 행을 더하거나 첫 줄도 데이터라고 정하세요.",
)
CHANGED = Text(
    "{path} changed while it was being read. Open it again.",
    "{path:을/를} 읽는 동안 파일이 바뀌었습니다. 다시 여세요.",
)
STOPPED = Text("Reading was cancelled.", "읽기를 취소했습니다.")
RENAMED = Text(
    "Column names that were empty or stood twice got new ones: {names}.",
    "비었거나 겹치는 열 이름을 새로 붙였습니다: {names}.",
)
GUESSED_LATIN = Text(
    "The encoding could not be recognised and is read as Latin-1: check the letters.",
    "인코딩을 알아내지 못해 Latin-1로 읽습니다. 글자가 맞는지 확인하세요.",
)


class ReadingCancelled(LabError):
    """The reader was told to stop."""

    def __init__(self) -> None:
        super().__init__(STOPPED)


@dataclass(frozen=True)
class TableGuess:
    """How a file will be read, and its first rows as they would come out. `lines` are the preview's line numbers."""

    encoding: str
    delimiter: str
    has_header: bool
    columns: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    warnings: tuple[Said, ...]


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
        """What the cells of a column are as numbers; worked out once. Raises ReadingCancelled."""
        if column not in self._numbers:
            found = numbers_of(self.cells[column], cancelled)
            if found is None:
                raise ReadingCancelled
            self._numbers[column] = found
        return self._numbers[column]


def sniff(
    path: str | os.PathLike[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool | None = None,
    cancelled: Cancelled | None = None,
) -> TableGuess:
    """Encoding, delimiter and header of a text table, each guessed unless given, and a preview.

    The encoding is tried on the whole file: byte order mark, strict UTF-8, CP949, else Latin-1. Raises LabError.
    """
    path = Path(path)
    _check_file(path)
    _check_choices(encoding, delimiter)
    warnings: list[Said] = []
    if encoding is None:
        encoding = _guess_encoding(path, cancelled)
        if encoding == "latin-1":
            warnings.append(Said(GUESSED_LATIN, {}))
    lines = _sample(path, encoding)
    if delimiter is None:
        delimiter = _guess_delimiter(lines)
    records, starts = _loose_records(lines, delimiter)
    if not records:
        raise LabError(EMPTY, path=path.name)
    if has_header is None:
        has_header = _guess_header(records)
    names, renamed = _column_names(records[0], has_header)
    first = 1 if has_header else 0
    shown = slice(first, first + PREVIEW_ROWS)
    for record, line in zip(records[shown], starts[shown], strict=True):
        if _fitted(record, len(names)) is None:
            warnings.append(Said(RAGGED, {"line": line, "found": len(record), "expected": len(names)}))
            break
    preview = tuple(tuple(record) for record in records[shown])
    return TableGuess(
        encoding, delimiter, has_header, names, preview, tuple(starts[shown]), (*warnings, *renamed)
    )


def read_table(
    path: str | os.PathLike[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool | None = None,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Table:
    """The whole table, strictly. What is not given is guessed by `sniff`. `progress` gets shares from 0 to 1.

    Blank lines are no rows; empty cells beyond the last column are dropped. Raises LabError, ReadingCancelled.
    """
    path = Path(path)
    if encoding is None or delimiter is None or has_header is None:
        guess = sniff(path, encoding, delimiter, has_header, cancelled)
        encoding, delimiter, has_header = guess.encoding, guess.delimiter, guess.has_header
    size = _check_file(path)
    _check_choices(encoding, delimiter)
    try:
        with _opened(path, encoding) as handle:
            before = os.fstat(handle.fileno())
            table = _read_records(path, handle, delimiter, has_header, size, progress, cancelled)
            after = os.fstat(handle.fileno())
    except MemoryError as error:
        raise LabError(OUT_OF_MEMORY, path=path.name) from error
    except UnicodeError as error:
        raise _encoding_error(path, encoding) from error
    except OSError as error:
        raise _os_error(path, error) from error
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
    reader = csv.reader(_lines(handle), delimiter=delimiter, strict=True, skipinitialspace=True)
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
                if _is_blank(record):
                    continue
                if width < 0:
                    if len(record) > MAX_COLUMNS:
                        raise LabError(TOO_MANY_COLUMNS, line=line, found=len(record), limit=MAX_COLUMNS)
                    names, warnings = _column_names(record, has_header)
                    width = len(names)
                    if has_header:
                        continue
                fitted = _fitted(record, width)
                if fitted is None:
                    raise LabError(RAGGED, line=line, found=len(record), expected=width)
                record = fitted
            rows.append(record)
            starts.append(line)
            if len(rows) == _CHUNK_ROWS:
                chunks.append(_as_columns(rows))
                rows = []
                if len(starts) > MAX_ROWS:
                    raise LabError(TOO_MANY_ROWS, path=path.name, limit=MAX_ROWS)
                if cancelled is not None and cancelled():
                    raise ReadingCancelled
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


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _fitted(record: list[str], width: int) -> list[str] | None:
    """The record with `width` cells; empty cells beyond the last column go. None when it does not fit."""
    if len(record) < width or any(cell.strip() for cell in record[width:]):
        return None
    return record[:width]


def _check_file(path: Path) -> int:
    """The size in bytes of a file that may be read as text. Raises LabError."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise LabError(IS_FOLDER, path=path.name or str(path))
        if not stat.S_ISREG(status.st_mode):
            raise LabError(NOT_A_FILE, path=path.name)
        if status.st_size > MAX_BYTES:
            raise LabError(TOO_LARGE, path=path.name, megabytes=status.st_size / 1e6, limit=MAX_BYTES / 1e6)
        with path.open("rb") as file:
            head = file.read(8)
    except (OSError, ValueError) as error:
        raise _os_error(path, error) from error
    if not head:
        raise LabError(EMPTY, path=path.name)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise LabError(SPREADSHEET, path=path.name)
    return status.st_size


def _check_choices(encoding: str | None, delimiter: str | None) -> None:
    if encoding is not None and encoding not in ENCODINGS:
        raise LabError(UNKNOWN_ENCODING, encoding=encoding, choices=", ".join(ENCODINGS))
    if delimiter is not None and delimiter not in DELIMITERS:
        raise LabError(UNKNOWN_DELIMITER, delimiter=f"“{delimiter}”")


def _os_error(path: Path, error: OSError | ValueError) -> LabError:
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return LabError(NOT_FOUND, path=str(path))
    if isinstance(error, PermissionError):
        return LabError(NO_PERMISSION, path=path.name)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return LabError(UNREADABLE, path=repr(str(path))[1:-1], reason=reason)


def _opened(path: Path, encoding: str) -> TextIO:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return path.open(encoding=codec, newline="")


def _lines(handle: TextIO) -> Iterator[str]:
    """Lines with their ends (LF, CRLF or a lone CR), each looked at before the csv module sees it."""
    number = 0
    while line := handle.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise LabError(LONG_LINE, line=number, limit=LONGEST_LINE)
        if "\0" in line:
            raise LabError(HAS_NUL, line=number)
        yield line


def _sample(path: Path, encoding: str) -> list[str]:
    """The first lines, enough for a guess and the preview."""
    lines: list[str] = []
    chars = 0
    try:
        with _opened(path, encoding) as handle:
            for line in islice(_lines(handle), _SAMPLE_LINES):
                lines.append(line)
                chars += len(line)
                if chars > _SAMPLE_CHARS:
                    break
    except UnicodeError as error:
        raise _encoding_error(path, encoding) from error
    except OSError as error:
        raise _os_error(path, error) from error
    return lines


def _guess_encoding(path: Path, cancelled: Cancelled | None) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(4)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        for encoding in ("utf-8", "cp949"):
            if _first_bad_line(path, encoding, cancelled) is None:
                return encoding
    except OSError as error:
        raise _os_error(path, error) from error
    return "latin-1"


def _first_bad_line(path: Path, encoding: str, cancelled: Cancelled | None = None) -> int | None:
    """The first line with bytes that are not `encoding`; None when the whole file is."""
    decoder = codecs.getincrementaldecoder(encoding)()
    breaks = 0
    with path.open("rb") as file:
        while True:
            if cancelled is not None and cancelled():
                raise ReadingCancelled
            data = file.read(_CHUNK_BYTES)
            try:
                breaks += _line_breaks(decoder.decode(data, final=not data))
            except UnicodeDecodeError as error:
                return breaks + _line_breaks(error.object[: error.start].decode(encoding, errors="ignore")) + 1
            if not data:
                return None


def _line_breaks(text: str) -> int:
    return max(text.count("\n"), text.count("\r"))


def _encoding_error(path: Path, encoding: str) -> LabError:
    try:
        line = _first_bad_line(path, encoding)
    except (OSError, UnicodeError):
        line = None
    return LabError(WRONG_ENCODING, line=line or 1, encoding=encoding.upper())


def _loose_records(lines: list[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The records of the sample and their first lines, as far as they can be split; the strict reading comes later."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    records: list[list[str]] = []
    starts: list[int] = []
    start = 1
    try:
        for record in reader:
            if not _is_blank(record):
                records.append(record)
                starts.append(start)
            start = reader.line_num + 1
    except csv.Error:
        pass  # a cell beyond the module's limit: read_table names its line
    return records, starts


def _guess_delimiter(lines: list[str]) -> str:
    """The delimiter that splits most lines alike; of equals, the one that makes more columns.

    csv.Sniffer is not asked: it counts characters inside quotation marks and picks letters in short files.
    """

    def score(delimiter: str) -> tuple[float, int]:
        records, _ = _loose_records(lines, delimiter)
        if not records:
            return 0.0, 0
        width, count = Counter(map(len, records)).most_common(1)[0]
        return (count / len(records), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=score)


def _guess_header(records: list[list[str]]) -> bool:
    """Words above numbers make a header; a lone line is one when it holds words and no number."""
    first, *rest = records
    kinds = [cell_kind(cell) for cell in first]
    if not rest:
        return TEXT in kinds and NUMBER not in kinds
    votes = 0
    for column, kind in enumerate(kinds):
        below = Counter(cell_kind(record[column]) for record in rest if column < len(record))
        if below[NUMBER] > below[TEXT]:
            votes += (kind == TEXT) - (kind == NUMBER)
    return votes > 0


def _column_names(first: list[str], has_header: bool) -> tuple[tuple[str, ...], list[Said]]:
    """A name for each column, all different: x1, x2 ... without a header."""
    if not has_header:
        return tuple(f"x{column + 1}" for column in range(len(first))), []
    wanted = [" ".join(cell.split()) for cell in first]
    names: list[str] = []
    new: list[str] = []
    taken = set(wanted)
    for column, name in enumerate(wanted):
        if name and name not in names:
            names.append(name)
            continue
        stem = name or f"x{column + 1}"
        number, fresh = 2, stem if not name else f"{stem}_2"
        while fresh in taken:
            number, fresh = number + 1, f"{stem}_{number + 1}" if name else f"{stem}_{number}"
        taken.add(fresh)
        names.append(fresh)
        new.append(fresh)
    return tuple(names), [Said(RENAMED, {"names": ", ".join(new[:10])})] if new else []
