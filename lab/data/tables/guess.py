"""How a text table is most likely meant: encoding, delimiter, header and column names, with a preview to judge by."""

from __future__ import annotations

import csv
import os
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from lab.data.tables.cells import NUMBER, TEXT, cell_kind
from lab.data.tables.source import (
    DELIMITERS,
    EMPTY,
    Cancelled,
    check_choices,
    check_file,
    encoding_error,
    guess_encoding,
    lines_of,
    opened,
    os_error,
)
from lab.errors import LabError
from models.words.text import Said, Text

PREVIEW_ROWS = 50

_SAMPLE_LINES, _SAMPLE_CHARS = 400, 2_000_000

RAGGED = Text(
    "Line {line}: {found} cells where the first line has {expected}. Correct that line, or choose another delimiter.",
    "{line}번째 줄의 칸은 {found}개인데 첫 줄은 {expected}개입니다. 그 줄을 고치거나 구분 기호를 바꾸세요.",
)
RENAMED = Text(
    "Column names that were empty or stood twice got new ones: {names}.",
    "비었거나 겹치는 열 이름을 새로 붙였습니다: {names}.",
)
GUESSED_LATIN = Text(
    "The encoding could not be recognised and is read as Latin-1: check the letters.",
    "인코딩을 알아내지 못해 Latin-1로 읽습니다. 글자가 맞는지 확인하세요.",
)


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
    check_file(path)
    check_choices(encoding, delimiter)
    warnings: list[Said] = []
    if encoding is None:
        encoding = guess_encoding(path, cancelled)
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
    names, renamed = column_names(records[0], has_header)
    first = 1 if has_header else 0
    shown = slice(first, first + PREVIEW_ROWS)
    for record, line in zip(records[shown], starts[shown], strict=True):
        if fitted(record, len(names)) is None:
            warnings.append(Said(RAGGED, {"line": line, "found": len(record), "expected": len(names)}))
            break
    preview = tuple(tuple(record) for record in records[shown])
    return TableGuess(encoding, delimiter, has_header, names, preview, tuple(starts[shown]), (*warnings, *renamed))


def column_names(first: list[str], has_header: bool) -> tuple[tuple[str, ...], list[Said]]:
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


def is_blank(record: list[str]) -> bool:
    """Whether a record comes from a line without anything on it."""
    return not record or (len(record) == 1 and not record[0].strip())


def fitted(record: list[str], width: int) -> list[str] | None:
    """The record with `width` cells; empty cells beyond the last column go. None when it does not fit."""
    if len(record) < width or any(cell.strip() for cell in record[width:]):
        return None
    return record[:width]


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
        raise os_error(path, error) from error
    return lines


def _loose_records(lines: list[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The records of the sample and their first lines, as far as they can be split; the strict reading comes later."""
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    records: list[list[str]] = []
    starts: list[int] = []
    start = 1
    try:
        for record in reader:
            if not is_blank(record):
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
