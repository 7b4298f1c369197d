"""The first sheet of an Excel workbook (.xlsx) as rows of text cells: zipfile and expat, everything within bounds.

Office Open XML, ECMA-376 part 1: workbook 18.2, cells 18.3.1.4, shared strings 18.4, number formats 18.8.30. Formulas
count as the values that were saved with them. A document type, and with it every entity, is refused.
"""

from __future__ import annotations

import os
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from xml.parsers import expat

from lab import reading
from lab.data.tables.source import SPREADSHEET, TOO_LARGE, Cancelled, ReadingCancelledError
from lab.errors import LabError
from models.words.text import Said, Text

WORKBOOK_SUFFIX = ".xlsx"
MAX_PACKED = 64_000_000  # bytes of the file
MAX_UNPACKED = 400_000_000  # bytes of XML that are read in all
MAX_CHARS = 400_000_000  # characters of all cells
MAX_COLUMNS = 1_000
LONGEST_CELL = 32_767  # Excel's own limit
MOST_MEMBERS = 20_000

_PIECE = 1 << 16
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, RuntimeError, ValueError, OverflowError,
    expat.ExpatError,
)  # fmt: skip
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # number formats that every Excel knows

DAMAGED_WORKBOOK = Text(
    "{path} cannot be read as an Excel workbook: it is damaged, locked or of another kind. Open it in its program and "
    "save it as CSV.",
    "{path:을/를} 엑셀 통합 문서로 읽을 수 없습니다. 손상되었거나 잠겼거나 다른 종류의 파일입니다. 원래 프로그램에서 "
    "CSV로 저장하세요.",
)
EMPTY_WORKBOOK = Text(
    "{path} has no sheet with cells in it: it needs a row of column names and rows of numbers.",
    "{path}에 내용이 있는 시트가 없습니다. 열 이름 한 줄과 숫자가 든 줄이 있어야 합니다.",
)
TOO_WIDE = Text(
    "Row {line} has a cell beyond column {limit:,d}; no more columns are read. Clear it, or save the table as CSV.",
    "{line}번째 행에 {limit:,d}번째 열을 넘는 칸이 있습니다. 열은 그만큼만 읽습니다. 그 칸을 지우거나 표를 CSV로 저장하세요.",
)
OTHER_SHEETS = Text(
    "The sheet {sheet} is read; {count:,d} more are left out.",
    "시트 {sheet:을/를} 읽습니다. 다른 시트 {count:,d}개는 읽지 않습니다.",
)


def is_packed(path: Path) -> bool:
    """Whether a file is a zip, as workbooks are. Raises LabError when it cannot be opened."""
    with reading.opened(path) as file:
        try:
            return file.read(4) == b"PK\x03\x04"
        except OSError as error:
            raise reading.said_of(error, path) from error


def sheet_rows(
    path: Path,
    cancelled: Cancelled | None = None,
    progress: Callable[[float], None] | None = None,
) -> Iterator[tuple[int, list[str]]]:
    """(number from 1, cells as text) of each row of the first sheet that has any. Dates come as 2024-01-31.

    Raises LabError, also while rows are taken; ReadingCancelledError.
    """
    yield from _guarded(path, lambda book: book.first_rows(progress), cancelled)


def sheet_notes(path: Path, cancelled: Cancelled | None = None) -> tuple[Said, ...]:
    """Which sheet is read, where there are several. Raises LabError."""
    return tuple(_guarded(path, lambda book: book.notes(), cancelled))


def _guarded(path: Path, take: Callable[[_Book], Iterator], cancelled: Cancelled | None) -> Iterator:
    """What `take` makes of the open workbook, with every damage as a sentence."""
    try:
        with reading.opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_PACKED:
                raise LabError(TOO_LARGE, path=path.name, megabytes=size / 1e6, limit=MAX_PACKED / 1e6)
            with zipfile.ZipFile(file) as archive:
                names = archive.namelist()
                if "xl/workbook.xml" not in names:
                    raise LabError(SPREADSHEET, path=path.name)
                if len(names) > MOST_MEMBERS or len(set(names)) != len(names):
                    raise LabError(DAMAGED_WORKBOOK, path=path.name)
                yield from take(_Book(archive, path, cancelled))
    except _DAMAGES as error:
        raise LabError(DAMAGED_WORKBOOK, path=path.name) from error
    except OSError as error:
        raise reading.said_of(error, path) from error


class _Book:
    """An open workbook. Every byte and every character that comes out of it is counted."""

    def __init__(self, archive: zipfile.ZipFile, path: Path, cancelled: Cancelled | None) -> None:
        self._archive, self._path, self._cancelled = archive, path, cancelled
        self._bytes_left, self._chars_left = MAX_UNPACKED, MAX_CHARS

    def notes(self) -> Iterator[Said]:
        sheets = self._sheets()
        place = self._first_filled(sheets)
        if len(sheets) > 1:
            yield Said(OTHER_SHEETS, {"sheet": sheets[place][0], "count": len(sheets) - 1})

    def first_rows(self, progress: Callable[[float], None] | None) -> Iterator[tuple[int, list[str]]]:
        sheets = self._sheets()
        name = sheets[self._first_filled(sheets)][1]
        strings = self._shared_strings()
        dates = self._date_styles()
        self._bytes_left = MAX_UNPACKED
        yield from self._rows(name, strings, dates, progress)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _sheets(self) -> list[tuple[str, str]]:
        """(name, member) of the sheets that can be seen, in the workbook's order; of hidden ones where all are."""
        targets: dict[str, str] = {}
        for tag, given in self._elements("xl/_rels/workbook.xml.rels"):
            if tag == "Relationship" and given.get("Type", "").endswith("/worksheet"):
                targets[given["Id"]] = posixpath.normpath(posixpath.join("/xl", given["Target"])).lstrip("/")
        seen: list[tuple[str, str]] = []
        hidden: list[tuple[str, str]] = []
        for tag, given in self._elements("xl/workbook.xml"):
            relation = next((value for key, value in given.items() if key.split(":")[-1] == "id"), "")
            if tag == "sheet" and relation in targets:
                (seen if given.get("state", "visible") == "visible" else hidden).append(
                    (given.get("name", "")[:60], targets[relation])
                )
        if not seen and not hidden:
            raise LabError(EMPTY_WORKBOOK, path=self._path.name)
        return seen or hidden

    def _first_filled(self, sheets: list[tuple[str, str]]) -> int:
        for place, (_, member) in enumerate(sheets):
            if any(tag in ("v", "t") for tag, _ in self._elements(member)):
                return place
        raise LabError(EMPTY_WORKBOOK, path=self._path.name)

    def _shared_strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self._archive.namelist():
            return []
        found: list[str] = []
        reader = _TextReader(self._took)
        for piece in self._pieces("xl/sharedStrings.xml"):
            reader.feed(piece)
            found += reader.taken()
        reader.close()
        return found

    def _date_styles(self) -> frozenset[int]:
        """Numbers of the cell styles that show a number as a date or a time."""
        if "xl/styles.xml" not in self._archive.namelist():
            return frozenset()
        own: dict[int, str] = {}
        styles: list[int] = []
        is_inside = False
        for tag, given in self._elements("xl/styles.xml"):
            if tag == "numFmt":
                own[int(given["numFmtId"])] = given.get("formatCode", "")
            elif tag in ("cellXfs", "cellStyles"):
                is_inside = tag == "cellXfs"
            elif tag == "xf" and is_inside:
                styles.append(int(given.get("numFmtId", "0")))
        dated = {number for number, code in own.items() if re.search(r"[ymdhs]", _QUOTED.sub("", code).lower())}
        return frozenset(
            place for place, number in enumerate(styles) if number in dated or number in _DATES - own.keys()
        )

    def _rows(
        self, member: str, strings: list[str], dates: frozenset[int], progress: Callable[[float], None] | None
    ) -> Iterator[tuple[int, list[str]]]:
        reader = _RowReader(strings, dates, self._took)
        size = max(1, self._archive.getinfo(member).file_size)
        done = 0
        for piece in self._pieces(member):
            reader.feed(piece)
            yield from reader.taken()
            done += len(piece)
            if progress is not None:
                progress(min(1.0, done / size))
        reader.close()

    # -- bytes -------------------------------------------------------------------------------------------------------

    def _pieces(self, member: str) -> Iterator[bytes]:
        with self._archive.open(member) as stream:
            while piece := stream.read(_PIECE):
                if self._cancelled is not None and self._cancelled():
                    raise ReadingCancelledError
                self._bytes_left -= len(piece)
                if self._bytes_left < 0:
                    raise LabError(
                        TOO_LARGE, path=self._path.name, megabytes=MAX_UNPACKED / 1e6, limit=MAX_UNPACKED / 1e6
                    )
                yield piece

    def _elements(self, member: str) -> Iterator[tuple[str, dict[str, str]]]:
        """(name without its namespace, attributes) of each element that begins."""
        found: list[tuple[str, dict[str, str]]] = []
        parser = _parser()
        parser.StartElementHandler = lambda name, given: found.append((_local(name), given))
        for piece in self._pieces(member):
            parser.Parse(piece, False)
            yield from found
            found.clear()
        parser.Parse(b"", True)

    def _took(self, chars: int) -> None:
        self._chars_left -= chars
        if self._chars_left < 0:
            raise LabError(TOO_LARGE, path=self._path.name, megabytes=MAX_CHARS / 1e6, limit=MAX_CHARS / 1e6)


# -- XML ---------------------------------------------------------------------------------------------------------------


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise ValueError("a document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _Reader:
    """Collects the text of elements. What is said phonetically (rPh) is no part of a cell."""

    TEXTS: tuple[str, ...] = ("t",)

    def __init__(self, took: Callable[[int], None]) -> None:
        self._took = took
        self._parser = _parser()
        self._parser.StartElementHandler = lambda name, given: self.begin(_local(name), given)
        self._parser.EndElementHandler = lambda name: self.end(_local(name))
        self._parser.CharacterDataHandler = self._on_text
        self._text: list[str] = []
        self._length = 0
        self._takes = False
        self._phonetic = False

    def feed(self, piece: bytes) -> None:
        self._parser.Parse(piece, False)

    def close(self) -> None:
        """The document ends here: one that was cut off is none."""
        self._parser.Parse(b"", True)

    def begin(self, name: str, given: dict[str, str]) -> None:
        if name == "rPh":
            self._phonetic = True
        self._takes = name in self.TEXTS and not self._phonetic

    def end(self, name: str) -> None:
        if name == "rPh":
            self._phonetic = False
        self._takes = False

    def text(self) -> str:
        """What was collected since the last call."""
        found = "".join(self._text)
        self._text, self._length = [], 0
        return found

    def _on_text(self, text: str) -> None:
        if self._takes:
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise ValueError("a cell longer than cells can be")
            self._text.append(text)


class _TextReader(_Reader):
    """The shared strings, one for each `si`."""

    def __init__(self, took: Callable[[int], None]) -> None:
        super().__init__(took)
        self._found: list[str] = []

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            text = self.text()
            self._took(len(text) + 1)
            self._found.append(text)

    def taken(self) -> list[str]:
        found, self._found = self._found, []
        return found


class _RowReader(_Reader):
    """The rows of a sheet."""

    TEXTS = ("t", "v")

    def __init__(self, strings: list[str], dates: frozenset[int], took: Callable[[int], None]) -> None:
        super().__init__(took)
        self._strings, self._dates = strings, dates
        self._rows: list[tuple[int, list[str]]] = []
        self._row: list[str] = []
        self._line = 0
        self._column = 0
        self._kind, self._is_date = "n", False

    def begin(self, name: str, given: dict[str, str]) -> None:
        super().begin(name, given)
        if name == "row":
            self._line = int(given.get("r", self._line + 1))
            self._row = []
        elif name == "c":
            self._column = _column_of(given["r"]) if "r" in given else self._column + 1
            self._kind = given.get("t", "n")
            self._is_date = self._kind == "n" and int(given.get("s", "0")) in self._dates
            self.text()

    def end(self, name: str) -> None:
        super().end(name)
        if name == "c":
            self._keep(self._value(self.text()))
        elif name == "row":
            self._column = 0
            self._rows.append((self._line, self._row))
            self._row = []

    def taken(self) -> list[tuple[int, list[str]]]:
        rows, self._rows = self._rows, []
        return rows

    def _value(self, text: str) -> str:
        if self._kind == "s":
            return self._strings[int(text)] if text.strip() else ""
        if self._kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
        return _date(text) if self._is_date and text.strip() else text

    def _keep(self, cell: str) -> None:
        if not cell:
            return
        if self._column > MAX_COLUMNS:
            raise LabError(TOO_WIDE, line=self._line, limit=MAX_COLUMNS)
        self._row += [""] * (self._column - len(self._row))
        self._took(len(cell) + 16)
        self._row[self._column - 1] = cell


def _column_of(reference: str) -> int:
    """The number of a cell's column from 1: "B7" is 2."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ValueError(f"no cell is called {reference[:20]!r}")
    number = 0
    for letter in found[1]:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _date(text: str) -> str:
    """A number of days since 1899-12-30 as a date, with its time where it has one."""
    days = float(text)
    if not 0 <= days < 2_958_466:
        return text
    moment = datetime(1899, 12, 30) + timedelta(seconds=round(days * 86_400))
    if days < 1:
        return moment.strftime("%H:%M:%S")
    return f"{moment:%Y-%m-%d}" if days == int(days) else f"{moment:%Y-%m-%d %H:%M:%S}"
