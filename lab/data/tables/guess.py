"""How a table is most likely meant: encoding, delimiter, decimal mark, layout and names, with a preview to judge by."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lab.data.tables.cells import Decimal
from lab.data.tables.layout import (
    Layout,
    column_names,
    filled,
    fitted,
    guess_decimal,
    guess_delimiter,
    is_footnote,
    layout_of,
    loose_records,
)
from lab.data.tables.source import (
    EMPTY,
    Cancelled,
    as_it_is_on_disk,
    check_choices,
    check_file,
    encoding_error,
    guess_encoding,
    lines_of,
    opened,
)
from lab.data.tables.workbook import is_packed, sheet_notes, sheet_rows
from lab.errors import LabError
from lab.reading import said_of
from models.words.text import Said, Text

PREVIEW_ROWS = 50
WORKBOOK = "xlsx"  # stands where the encoding of a text file would

_SAMPLE_LINES, _SAMPLE_CHARS = 400, 2_000_000

RAGGED = Text(
    "Line {line}: {found} cells where the first line has {expected}. Correct that line, or choose another delimiter.",
    "{line}번째 줄의 칸은 {found}개인데 첫 줄은 {expected}개입니다. 그 줄을 고치거나 구분 기호를 바꾸세요.",
)
GUESSED_LATIN = Text(
    "The encoding could not be recognised and is read as Latin-1: check the letters.",
    "인코딩을 알아내지 못해 Latin-1로 읽습니다. 글자가 맞는지 확인하세요.",
)


@dataclass(frozen=True)
class TableGuess:
    """How a file will be read, and its first rows as they would come out. `lines` are the preview's line numbers.

    encoding is WORKBOOK, and delimiter "", for a sheet of a workbook, whose lines are its rows.
    """

    encoding: str
    delimiter: str
    has_header: bool
    columns: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    warnings: tuple[Said, ...]
    decimal: Decimal
    layout: Layout


def sniff(
    path: str | os.PathLike[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    has_header: bool | None = None,
    cancelled: Cancelled | None = None,
    decimal: Decimal | None = None,
) -> TableGuess:
    """Encoding, delimiter, header and decimal mark of a table, each guessed unless given, and a preview.

    The encoding is tried on the whole file: byte order mark, strict UTF-8, CP949, else Latin-1. The first sheet of an
    .xlsx workbook has neither encoding nor delimiter. Raises LabError.
    """
    path = as_it_is_on_disk(path)
    check_file(path)
    warnings: list[Said] = []
    if is_packed(path):
        encoding, delimiter = WORKBOOK, ""
        rows = list(islice(((n, row) for n, row in sheet_rows(path, cancelled) if filled(row)), _SAMPLE_LINES))
        warnings += sheet_notes(path, cancelled)
        records, starts = squared([row for _, row in rows]), [number for number, _ in rows]
    else:
        check_choices(encoding, delimiter)
        if encoding is None:
            encoding = guess_encoding(path, cancelled)
            if encoding == "latin-1":
                warnings.append(Said(GUESSED_LATIN, {}))
        lines = _sample(path, encoding)
        if delimiter is None:
            delimiter = guess_delimiter(lines)
        records, starts = loose_records(lines, delimiter)
    if not any(filled(record) for record in records):
        raise LabError(EMPTY, path=path.name)
    layout = layout_of(records, starts, has_header)
    body = [(record, line) for record, line in zip(records, starts, strict=True) if line > layout.first]
    if not layout.has_header:
        body.insert(0, (records[starts.index(layout.first)], layout.first))
    body = [(record, line) for record, line in body if line != layout.units]
    guessed, note = guess_decimal([record for record, _ in body], delimiter)
    decimal = decimal or guessed
    warnings += layout.notes
    if note is not None and guessed == decimal:
        warnings.append(note)
    width = kept_width(layout, [record for record, _ in body])
    names, renamed = column_names(names_of(layout, width), layout.has_header)
    for place, (record, line) in enumerate(body[:PREVIEW_ROWS]):
        below = [later for later, _ in body[place:]]
        if fitted(record, layout.width, layout.least) is None and not all(is_footnote(r, layout.width) for r in below):
            warnings.append(Said(RAGGED, {"line": line, "found": len(record), "expected": layout.width}))
            break
    preview = tuple(tuple(fitted(record, width, layout.least) or record) for record, _ in body[:PREVIEW_ROWS])
    shown_lines = tuple(line for _, line in body[:PREVIEW_ROWS])
    said = (*warnings, *renamed)
    return TableGuess(encoding, delimiter, layout.has_header, names, preview, shown_lines, said, decimal, layout)


def names_of(layout: Layout, width: int) -> tuple[str, ...]:
    """The cells of the names for `width` columns; empty ones without a header."""
    return layout.header[:width] if layout.has_header else ("",) * width


def kept_width(layout: Layout, records: Sequence[Sequence[str]]) -> int:
    """How many columns there are without the last ones that have neither a name nor anything in them."""
    named = layout.least if layout.has_header else 0
    return max(named, *(_reach(record[: layout.width]) for record in records), 1) if records else layout.width


def squared(rows: list[list[str]]) -> list[list[str]]:
    """Rows of a sheet, which end with their last cell, as long as the longest of them."""
    width = max(map(len, rows), default=0)
    return [[*row, *([""] * (width - len(row)))] for row in rows]


def _reach(record: Sequence[str]) -> int:
    return max((column + 1 for column, cell in enumerate(record) if cell.strip()), default=0)


def _sample(path: Path, encoding: str) -> list[str]:
    """The first lines, enough for a guess and the preview."""
    lines: list[str] = []
    chars = 0
    try:
        with opened(path, encoding) as handle:
            for line in islice(lines_of(handle), _SAMPLE_LINES):
                lines.append(line)
                chars += len(line)
                if chars > _SAMPLE_CHARS:
                    break
    except UnicodeError as error:
        raise encoding_error(path, encoding) from error
    except OSError as error:
        raise said_of(error, path) from error
    return lines
