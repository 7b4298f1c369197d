"""Where a table lies among the records of a file: delimiter, titles above, header, a line of units, the decimal mark."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lab.data.tables.cells import (
    NUMBER,
    TEXT,
    Decimal,
    cell_kind,
    decimal_vote,
    is_grouped_by_commas,
    is_number_anyhow,
    same_text,
    shown,
)
from lab.data.tables.source import DELIMITERS
from models.words.text import Said, Text

_MOST_TITLES = 20
_JUDGED_RECORDS = 120  # of the sample, for what is asked of each cell
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_SHORT_UNIT = 12  # characters

_YEAR = re.compile(r"(?P<year>[0-9]{4})(?:\.?(?P<month>0[1-9]|1[0-2]))?")
_IN_BRACKETS = re.compile(r"\[.*\]|\(.*\)|<.*>|\{.*\}")
_BESIDE_A_DIGIT = re.compile(r"[0-9][,;|\t]\S|\S[,;|\t][0-9]|^[,;|\t]|[,;|\t]$")
_NOTE = re.compile(r"[※*#]|(?:주|주석|출처|자료|비고|참고|note|notes|source|sources)\b", re.IGNORECASE)

RENAMED = Text(
    "Column names that were empty or stood twice got new ones: {names}.",
    "비었거나 겹치는 열 이름을 새로 붙였습니다: {names}.",
)
TITLES_LEFT_OUT = Text(
    "Left out above the column names: line {lines} ({text}).",
    "열 이름 위에 있는 줄은 뺍니다: {lines}번째 줄({text}).",
)
UNITS_LEFT_OUT = Text(
    "Line {line} holds units and is left out: {units}.",
    "{line}번째 줄은 단위라서 뺍니다: {units}.",
)
TWO_LINES_OF_NAMES = Text(
    "The names of the columns stand on lines {first} and {second} and are joined.",
    "{first}번째와 {second}번째 줄에 나뉜 열 이름을 이어 붙입니다.",
)
COMMA_IS_DECIMAL = Text(
    "The comma in numbers is the decimal mark: {example} is {value}.",
    "숫자 속 쉼표를 소수점으로 읽습니다: {example:은/는} {value}입니다.",
)
COMMA_IS_THOUSANDS = Text(
    "Commas in numbers stand between thousands: {example} is {value}.",
    "숫자 속 쉼표를 천 단위 구분으로 읽습니다: {example:은/는} {value}입니다.",
)


@dataclass(frozen=True)
class Layout:
    """first: the line where the table begins, with its names or its first row. header: the cells of the names, empty
    without. A record has `width` cells, of which the last may lack from `least` on. units: the line below the
    names that holds units, or the second half of the names; None where there is neither."""

    first: int
    has_header: bool
    header: tuple[str, ...]
    width: int
    least: int
    units: int | None
    notes: tuple[Said, ...]


def layout_of(records: Sequence[list[str]], lines: Sequence[int], has_header: bool | None) -> Layout:
    """The layout of the first records of a file (at least one), which begin on `lines`; what is given is obeyed."""
    at = _first_of_the_table(records, has_header)
    notes: list[Said] = []
    titles = [place for place in range(at) if filled(records[place])]
    if titles:
        text = shown(" ".join(cell for cell in records[titles[0]] if cell.strip()))
        notes.append(Said(TITLES_LEFT_OUT, {"lines": ", ".join(str(lines[place]) for place in titles), "text": text}))
    first, rest = records[at], records[at + 1 :]
    units = None
    if has_header is not False and _is_upper_line(first, rest):
        first, units, has_header = _joined(first, rest[0]), lines[at + 1], True
        notes.append(Said(TWO_LINES_OF_NAMES, {"first": lines[at], "second": units}))
    if has_header is None:
        has_header = holds_names(first, rest)
    if units is None and has_header and rest and is_unit_row(first, rest[0], rest[1:]):
        units = lines[at + 1]
        cells = ", ".join(" ".join(cell.split()) for cell in rest[0] if cell.strip())
        notes.append(Said(UNITS_LEFT_OUT, {"line": units, "units": cells if len(cells) <= 80 else cells[:79] + "…"}))
    named = max((column + 1 for column, cell in enumerate(first) if cell.strip()), default=len(first))
    header = tuple(first) if has_header else ()
    return Layout(lines[at], has_header, header, len(first), named if has_header else len(first), units, tuple(notes))


def column_names(first: Sequence[str], has_header: bool) -> tuple[tuple[str, ...], list[Said]]:
    """A name for each column, all different: x1, x2 ... without a header."""
    if not has_header:
        return tuple(f"x{column + 1}" for column in range(len(first))), []
    wanted = [same_text(" ".join(cell.split())) for cell in first]
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


def filled(record: Sequence[str]) -> int:
    """How many cells of a record hold something."""
    return sum(1 for cell in record if cell.strip())


def is_blank(record: Sequence[str]) -> bool:
    """Whether a record comes from a line without anything on it."""
    return not record or (len(record) == 1 and not record[0].strip())


def fitted(record: Sequence[str], width: int, least: int | None = None) -> list[str] | None:
    """The record with `width` cells: empty cells beyond the last column go, and cells may lack from `least` on, where
    the columns have no name. None when it does not fit."""
    if len(record) < (width if least is None else least) or any(cell.strip() for cell in record[width:]):
        return None
    return [*record[:width], *([""] * (width - len(record)))]


def is_footnote(record: Sequence[str], width: int) -> bool:
    """Whether a record below a table is a word about it: one cell of text, with nothing or empty cells beside it."""
    cells = [cell for cell in record if cell.strip()]
    if width < 2 or len(cells) != 1 or cell_kind(cells[0]) != TEXT or is_number_anyhow(cells[0]):
        return False
    return len(record) < width or _NOTE.match(cells[0].strip()) is not None or ":" in cells[0]


# -- the first line and the header -------------------------------------------------------------------------------------


def _first_of_the_table(records: Sequence[list[str]], has_header: bool | None) -> int:
    """The place of the header or the first row. What lies above fills at most half of the usual number of cells with
    words; it is passed over when it does not fit the table's width or stands above column names."""
    typical = Counter(map(filled, records[-_JUDGED_RECORDS:])).most_common(1)[0][0]
    at = 0
    while at < min(len(records) - 1, _MOST_TITLES):
        below = records[at + 1 :]
        if not _is_title(records[at], below, typical) or has_header is not False and _is_upper_line(records[at], below):
            break
        at += 1
    while at and not filled(records[at]):
        at -= 1
    if all(not filled(record) or len(record) < len(records[at]) for record in records[:at]):
        return at
    is_named = has_header is not False and holds_names(records[at], records[at + 1 :])
    return at if is_named else 0


def _is_title(record: list[str], below: Sequence[list[str]], typical: int) -> bool:
    cells = [cell for cell in record if cell.strip()]
    if not cells:
        return True
    if len(cells) >= typical or any(is_number_anyhow(cell) for cell in cells):
        return False
    if 2 * len(cells) <= typical:
        return typical > 2 or bool(record[0].strip())
    place = next((place for place, later in enumerate(below) if filled(later)), 0)
    return filled(below[place]) >= typical and holds_names(below[place], below[place + 1 :])


def _is_upper_line(first: Sequence[str], rest: Sequence[list[str]]) -> bool:
    """Whether a record is the first of two lines of names: words or years, some of which stand for several columns (they
    come twice, or are followed by empty cells), above names of all columns."""
    if (
        len(rest) < 2
        or len(rest[0]) != len(first)
        or filled(rest[0]) < len(first)
        or not holds_names(rest[0], rest[1:])
    ):
        return False
    cells = [cell.strip() for cell in first]
    beside = [cell for cell in cells[1:] if cell]
    if len(beside) < 2 or any(_kind(cell) == NUMBER and _year(cell) is None for cell in cells):
        return False
    if any(_IN_BRACKETS.fullmatch(cell) or ":" in cell for cell in beside):
        return False
    return len({*beside}) < len(cells) - 1


def _joined(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Names of two lines as one: an empty cell above goes on with what stands left of it."""
    names, above = [], ""
    for high, low in zip(upper, lower, strict=True):
        above = high.strip() or above
        names.append(low if not above or same_text(above) == same_text(low.strip()) else f"{above} {low}")
    return names


def holds_names(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether a record is a header: words above numbers, or years or counted-up numbers that do not go on below. A lone
    one is a header when it holds words and no number."""
    kinds = [_kind(cell) for cell in first]
    if not rest:
        return TEXT in kinds and NUMBER not in kinds
    rest = rest[:_JUDGED_RECORDS]
    votes = 0
    for column, kind in enumerate(kinds):
        below = Counter(_kind(record[column]) for record in rest if column < len(record))
        if below[NUMBER] > below[TEXT]:
            votes += (kind == TEXT) - (kind == NUMBER)
    return votes > 0 or _is_row_of_years(first, rest) or _is_counted_up(first, rest)


def _kind(cell: str) -> int:
    return NUMBER if is_number_anyhow(cell) else cell_kind(cell)


def _is_row_of_years(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Years (or months of years) that rise or fall, beside words or empty cells if any; without such, three of them."""
    years = {column: year for column, cell in enumerate(first) if (year := _year(cell)) is not None}
    others = [cell for column, cell in enumerate(first) if column not in years]
    if len(years) < (2 if others else 3) or any(_kind(cell) == NUMBER for cell in others):
        return False
    in_order = list(years.values())
    if not (all(a < b for a, b in pairwise(in_order)) or all(a > b for a, b in pairwise(in_order))):
        return False
    below = [record[column] for record in rest for column in years if column < len(record)]
    numbers = [cell for cell in below if _kind(cell) == NUMBER]
    return 2 * sum(1 for cell in numbers if _year(cell) is not None) < len(numbers)


def _year(cell: str) -> int | None:
    """A year, or the number of a month, in an order that holds; None for what is neither."""
    found = _YEAR.fullmatch(cell.strip())
    if found is None or not _FIRST_YEAR <= int(found["year"]) <= _LAST_YEAR:
        return None
    return 12 * int(found["year"]) + int(found["month"] or 0)


def _is_counted_up(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """0, 1, 2 ... (or 1, 2, 3 ...) as a program names columns: beside an empty cell above its row numbers, or above
    numbers with decimals."""
    is_indexed = len(first) > 2 and not first[0].strip()
    cells = [cell.strip() for cell in (first[1:] if is_indexed else first)]
    if len(cells) < (2 if is_indexed else 3) or not all(cell.isascii() and cell.isdigit() for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    if numbers[0] not in (0, 1) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return False
    if is_indexed:
        return any(record and record[0].strip() for record in rest)
    below = [cell for record in rest for cell in record if cell.strip()]
    return 2 * sum(1 for cell in below if not cell.strip().isdigit()) > len(below)


def is_unit_row(names: Sequence[str], second: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether the record below the names holds units: words in brackets, or short ones beside nothing else, above every
    column of numbers."""
    rest = rest[:_JUDGED_RECORDS]
    numeric = []
    for column in range(len(names)):
        below = Counter(_kind(record[column]) for record in rest if column < len(record))
        if below[NUMBER] > below[TEXT]:
            numeric.append(column)
    if not numeric or len(second) > len(names):
        return False
    above = [second[column].strip() if column < len(second) else "" for column in numeric]
    words = [cell for cell in above if _kind(cell) == TEXT]
    others = [cell.strip() for column, cell in enumerate(second) if column not in numeric]
    if not words or any(_kind(cell) == NUMBER for cell in (*above, *others)):
        return False
    if all(_IN_BRACKETS.fullmatch(cell) for cell in words):
        return True
    is_short = all(len(cell) <= _SHORT_UNIT for cell in words)
    return len(numeric) > 1 and len(words) == len(numeric) and is_short and not any(_kind(o) == TEXT for o in others)


# -- delimiter and decimal mark ----------------------------------------------------------------------------------------


def split_ready(lines: Iterable[str], delimiter: str) -> Iterable[str]:
    """Lines as the csv module is to see them: where runs of spaces separate, tabs count as such."""
    if delimiter != " ":
        return lines
    return (line.replace("\t", " ").strip(" \r\n") + "\n" for line in lines)


def loose_records(lines: list[str], delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The records of a sample and their first lines, as far as they can be split; the strict reading comes later."""
    reader = csv.reader(split_ready(lines, delimiter), delimiter=delimiter, skipinitialspace=True)
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


def guess_delimiter(lines: list[str]) -> str:
    """The delimiter that splits most lines alike into cells that are whole; of equals, the one that makes more columns.

    A cell is not whole when another delimiter stands in it beside a digit (4;59), or when it is a row of numbers itself
    (5.1 3.5): a comma that cuts decimal numbers apart leaves such cells. csv.Sniffer is not asked: it counts characters
    inside quotation marks and picks letters in short files.
    """

    def score(delimiter: str) -> tuple[float, int]:
        records, _ = loose_records(lines, delimiter)
        if not records:
            return 0.0, 0
        width, count = Counter(map(len, records)).most_common(1)[0]
        if width < 2:
            return 0.0, 0
        cells = [cell for record in records[-_JUDGED_RECORDS:] if len(record) == width for cell in record]
        below = cells[width:] or cells  # names stand above numbers
        if delimiter == " " and 2 * sum(map(is_number_anyhow, below)) < len(below):
            return 0.0, 0  # words of a sentence
        whole = sum(1 for cell in cells if _is_whole(cell)) / len(cells)
        return count / len(records) * whole, width

    return max(DELIMITERS, key=score)


def _is_whole(cell: str) -> bool:
    if is_number_anyhow(cell):
        return True
    words = cell.split()
    return _BESIDE_A_DIGIT.search(cell) is None and not (len(words) > 1 and all(map(is_number_anyhow, words)))


def guess_decimal(records: Sequence[Sequence[str]], delimiter: str) -> tuple[Decimal, Said | None]:
    """The decimal mark, by numbers that can be read in one way only, and a note where numbers hold commas.

    1,234 alone can be both: it is a decimal number where semicolons separate cells and no number has a decimal dot.
    """
    votes: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for cell in (cell for record in records for cell in record):
        if "," not in cell and "." not in cell:
            continue
        vote = decimal_vote(cell)
        kind = f"sure {vote}" if vote else ""
        if not vote and is_grouped_by_commas(cell):
            kind = "unsure"
        elif not vote and "." in cell and cell_kind(cell) == NUMBER:
            kind = "dot"
        votes[kind] += 1
        examples.setdefault(kind, cell.strip())
    decimal: Decimal = "."
    if votes["sure ,"] > votes["sure ."]:
        decimal = ","
    elif votes["unsure"] and not votes["sure ."] and not votes["dot"] and delimiter == ";":
        decimal = ","
    example = next((examples[kind] for kind in (f"sure {decimal}", "unsure") if kind in examples), None)
    return decimal, None if example is None else comma_note(decimal, example)


def comma_note(decimal: Decimal, example: str) -> Said:
    """How commas in numbers are read, with one of them."""
    words = COMMA_IS_DECIMAL if decimal == "," else COMMA_IS_THOUSANDS
    drop, point = (".", ",") if decimal == "," else (",", ".")
    value = float("".join(example.replace(drop, "").replace(point, ".").split()))
    return Said(words, {"example": example, "value": f"{value:.15g}"})
