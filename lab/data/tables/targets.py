"""What a target is: classes or numbers, and which words in it are the names of classes rather than missing values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from typing import Literal

import numpy as np

from lab.data.tables.cells import AMBIGUOUS_WORDS, MISSING, NUMBER, TEXT, Numbers, number_in, same_text, shown
from lab.data.tables.reading import Table
from lab.data.tables.source import Cancelled
from lab.errors import LabError
from models.words.text import Said, Text

MAX_CLASSES = 20
SURELY_FEW = 3  # different whole numbers that are classes however few rows there are

TargetKind = Literal["auto", "class", "number"]
WordsMean = Literal["auto", "classes", "missing"]
TARGET_KINDS: tuple[TargetKind, ...] = ("auto", "class", "number")
WORDS_MEAN: tuple[WordsMean, ...] = ("auto", "classes", "missing")

TOO_MANY_CLASSES = Text(
    "The target {column} holds more than {limit} different values; at most {limit} classes can be told apart. Take it "
    "as numbers if it holds numbers, or choose another target or none.",
    "목표값 {column} 열에 서로 다른 값이 {limit}가지를 넘습니다. 클래스는 {limit}개까지입니다. 수가 든 열이면 수로 "
    "쓰고, 아니면 다른 목표값을 고르거나 없음으로 두세요.",
)
NOT_NUMBERS = Text(
    "Line {line}, column {column}: {cell} is not a number, and the target is to be numbers. Correct it, take the target as "
    "classes, or choose another column.",
    "{line}번째 줄 {column} 열의 {cell:은/는} 숫자가 아닌데 목표값을 수로 쓰려 합니다. 고쳐 쓰거나 목표값을 클래스로 "
    "쓰거나 다른 열을 고르세요.",
)
WORDS_ARE_CLASSES = Text(
    "In the target {column}, {words} counts as a class and not as a missing value.",
    "목표값 {column}의 {words:은/는} 빠진 값이 아니라 클래스로 봅니다.",
)
WORDS_ARE_MISSING = Text(
    "In the target {column}, {words} counts as a missing value and not as a class.",
    "목표값 {column}의 {words:은/는} 클래스가 아니라 빠진 값으로 봅니다.",
)


def ambiguous_words(table: Table, column: int, cancelled: Cancelled | None = None) -> Counter[str]:
    """How often each word (NA, -, 없음 ...) stands in a column of text that may be missing or the name of a class, in
    lower case. Empty for columns of numbers, where such words are missing values, and where nothing else stands."""
    numbers = table.numbers(column, cancelled)
    if numbers.is_numeric or not numbers.n_present:
        return Counter()
    gaps = table.cells[column][numbers.kinds == MISSING]
    words: Counter[str] = Counter()
    for cell in gaps.tolist():
        word = same_text(cell.strip()).lower()
        if word in AMBIGUOUS_WORDS:
            words[word] += 1
    return words


def class_words(
    table: Table, column: int, words: WordsMean = "auto", cancelled: Cancelled | None = None
) -> frozenset[str]:
    """The ambiguous words of a column of text that are classes.

    By itself a word is one when it is at least half as frequent as the other values are on average (two times or more),
    or when without it fewer than two values would be left: 있음 and 없음, + and -. The most frequent word is looked at
    first and then counts as a value.
    """
    found = ambiguous_words(table, column, cancelled)
    if words != "auto":
        return frozenset(found if words == "classes" else ())
    numbers = table.numbers(column, cancelled)
    values = _distinct(table.cells[column], numbers.kinds != MISSING)
    if not found or values is None:
        return frozenset()
    counts = list(values.values())
    taken: list[str] = []
    for word, count in sorted(found.items(), key=lambda entry: (-entry[1], entry[0])):
        if len(counts) < 2 or count >= 2 and 2 * count * len(counts) >= sum(counts):
            counts.append(count)
            taken.append(word)
    return frozenset(taken)


def written_words(
    table: Table, column: int, among: Set[str] | None = None, cancelled: Cancelled | None = None
) -> tuple[str, ...]:
    """The ambiguous words of a column (those `among` some, in lower case) as they stand in the file, sorted."""
    found = ambiguous_words(table, column, cancelled)
    wanted = found.keys() if among is None else found.keys() & among
    if not wanted:
        return ()
    gaps = table.cells[column][table.numbers(column).kinds == MISSING]
    return tuple(sorted({word for cell in gaps.tolist() if (word := same_text(cell.strip())).lower() in wanted}))


def words_note(table: Table, column: int, classes: frozenset[str]) -> list[Said]:
    """What ambiguous words of a target mean, for people."""
    name = shown(table.header[column])
    notes = []
    for text, among in ((WORDS_ARE_CLASSES, classes), (WORDS_ARE_MISSING, AMBIGUOUS_WORDS - classes)):
        words = written_words(table, column, among)
        if words:
            notes.append(Said(text, {"column": name, "words": ", ".join(map(shown, words))}))
    return notes


def is_missing(
    table: Table, column: int, classes: frozenset[str] = frozenset(), cancelled: Cancelled | None = None
) -> np.ndarray:
    """(n,) whether the cells of a column are missing, when the words `classes` are the names of classes."""
    missing = table.numbers(column, cancelled).kinds == MISSING
    if classes and missing.any():
        rows = np.flatnonzero(missing)
        cells = table.cells[column][rows].tolist()
        missing[rows] = [same_text(cell.strip()).lower() not in classes for cell in cells]
    return missing


def holds_classes(table: Table, column: int, cancelled: Cancelled | None = None) -> bool:
    """Whether a column is classes when nobody says: words, or whole numbers that stand for classes; at most 20."""
    numbers = table.numbers(column, cancelled)
    if numbers.n_present and not numbers.is_numeric:
        return _distinct(table.cells[column], numbers.kinds != MISSING) is not None
    return are_codes(numbers) and not (numbers.kinds >= TEXT).any()


def are_codes(numbers: Numbers) -> bool:
    """Whether numbers stand for classes: at most 20 different whole ones that come again (each twice on average), or
    are at most three, or count up from 0 or 1. Where all are different they are none, but for 0 and 1 or 1 and 2."""
    values = numbers.values[numbers.kinds == NUMBER]
    if not len(values) or not (values == np.round(values)).all():
        return False
    different = np.unique(values)
    count = len(different)
    if count > MAX_CLASSES:
        return False
    is_counted = different[0] in (0.0, 1.0) and different[-1] - different[0] == count - 1
    if count == len(values):
        return bool(is_counted) and count == 2
    return count <= max(len(values) / 2, SURELY_FEW) or bool(is_counted)


def targets_of(
    table: Table, column: int, kept: np.ndarray, kind: TargetKind, cancelled: Cancelled | None = None
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Targets of the kept rows: float64 values and no names, or int64 class numbers and the names.

    kind "auto" makes classes of words and of `are_codes`, numbers of all else. Raises LabError for words among values,
    and for more than 20 classes.
    """
    numbers = table.numbers(column, cancelled)
    is_value = numbers.is_numeric and not are_codes(numbers) if kind == "auto" else kind == "number"
    if is_value:
        _require_values(table, column, numbers)
        return numbers.values[kept], ()
    cells = table.cells[column][kept]
    if (numbers.kinds[kept] == NUMBER).all():
        different, first, targets = np.unique(numbers.values[kept], return_index=True, return_inverse=True)
        if len(different) > MAX_CLASSES:
            raise LabError(TOO_MANY_CLASSES, column=shown(table.header[column]), limit=MAX_CLASSES)
        names = [_plain_name(cells[row].strip(), value) for row, value in zip(first, different, strict=True)]
        return targets.astype(np.int64), tuple(names)
    texts = _distinct(cells, np.ones(len(cells), dtype=bool))
    if texts is None:
        raise LabError(TOO_MANY_CLASSES, column=shown(table.header[column]), limit=MAX_CLASSES)
    names = sorted(texts, key=_name_order)
    place = {name: number for number, name in enumerate(names)}
    targets = np.fromiter((place[same_text(cell.strip())] for cell in cells), dtype=np.int64, count=len(cells))
    return targets, tuple(names)


def _require_values(table: Table, column: int, numbers: Numbers) -> None:
    wrong = numbers.kinds >= TEXT
    if wrong.any():
        row = int(np.argmax(wrong))
        cell, line = shown(table.cells[column][row]), int(table.line_numbers[row])
        raise LabError(NOT_NUMBERS, column=shown(table.header[column]), line=line, cell=cell)


def _plain_name(cell: str, value: float) -> str:
    """A number as the name of a class: as it stands in the file, unless commas or spaces are in it."""
    return cell if cell.isascii() and "," not in cell and " " not in cell else f"{value:.15g}"


def _distinct(cells: np.ndarray, wanted: np.ndarray) -> Counter[str] | None:
    """How often each different text stands among the wanted cells (masked); None when there are more than classes may
    be."""
    texts: Counter[str] = Counter()
    for start in range(0, len(cells), 65536):
        chunk = cells[start : start + 65536][wanted[start : start + 65536]]
        texts.update(same_text(cell.strip()) for cell in chunk.tolist())
        if len(texts) > MAX_CLASSES:
            return None
    return texts


def _name_order(name: str) -> tuple[bool, float, str]:
    """Numbers first, by size; then texts by letter."""
    value = number_in(name)
    return value is None, value or 0.0, name
