"""From a table to a Dataset, and rows back to a CSV file that spreadsheets open safely."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lab.data.bundled_tables import BUNDLED, BUNDLED_TARGETS
from lab.data.datasets import TARGET_AXIS, Dataset, TargetChoice
from lab.data.tables.cells import (
    AMBIGUOUS_WORDS,
    DECIMALS,
    NUMBER,
    TEXT,
    TOO_BIG,
    Decimal,
    Numbers,
    cell_kind,
    same_text,
    shown,
)
from lab.data.tables.guess import TableGuess, sniff
from lab.data.tables.reading import Table, read_table
from lab.data.tables.source import DELIMITERS, ENCODINGS, Cancelled, ReadingCancelledError
from lab.data.tables.targets import (
    MAX_CLASSES,
    TARGET_KINDS,
    WORDS_MEAN,
    TargetKind,
    WordsMean,
    class_words,
    holds_classes,
    is_missing,
    targets_of,
    words_note,
    written_words,
)
from lab.errors import LabError
from lab.writing import write_bytes
from models.words.text import Said, Text

__all__ = [
    "BUNDLED",
    "BUNDLED_TARGETS",
    "DECIMALS",
    "DELIMITERS",
    "ENCODINGS",
    "MAX_CLASSES",
    "TARGET_KINDS",
    "WORDS_MEAN",
    "ColumnKind",
    "Decimal",
    "ReadingCancelledError",
    "Table",
    "TableGuess",
    "TargetKind",
    "WordsMean",
    "bundled_dataset",
    "bundled_path",
    "column_kinds",
    "default_columns",
    "read_table",
    "row_numbers",
    "row_numbers_note",
    "rows_kept",
    "sniff",
    "to_dataset",
    "words_of",
    "write_rows_csv",
]

_LISTED = 10  # line numbers and names spelled out in one sentence

ColumnKind = Literal["numbers", "text", "empty"]

_ROW_NUMBER_NAMES = frozenset(
    {"id", "no", "idx", "index", "#", "row", "rownum", "rownames", "번호", "순번", "연번", "일련번호", "학번", "사번"}
)
_FOLDER = Path(__file__).resolve().parents[3] / "resources" / "datasets"

NOT_A_NUMBER = Text(
    "Line {line}, column {column}: {cell} is not a number. Write a plain number such as 1000 or 2.5, or leave the "
    "column out.",
    "{line}번째 줄 {column} 열의 {cell:은/는} 숫자가 아닙니다. 1000이나 2.5처럼 고쳐 쓰거나 그 열을 빼세요.",
)
TOO_BIG_A_NUMBER = Text(
    "Line {line}, column {column}: {cell} is too large to compute with. Correct it, or leave the column out.",
    "{line}번째 줄 {column} 열의 {cell:은/는} 계산하기에 너무 큽니다. 고치거나 그 열을 빼세요.",
)
TOO_FEW_FEATURES = Text(
    "At least two columns of numbers are needed as features; chosen: {count}. Choose more columns, or check the "
    "delimiter.",
    "특성으로 쓸 숫자 열이 둘 이상 필요한데 {count}개입니다. 열을 더 고르거나 구분 기호를 확인하세요.",
)
NO_COLUMN = Text(
    "There is no column {column}. The columns are: {columns}.",
    "{column} 열이 없습니다. 있는 열: {columns}.",
)
COLUMN_TWICE = Text(
    "The column {column} is chosen twice. Each column can be used once, as a feature or as the target.",
    "{column} 열을 두 번 골랐습니다. 한 열은 특성이나 목표값으로 한 번만 쓸 수 있습니다.",
)
NOTHING_LEFT = Text(
    "Every row has a missing value, most often in column {column}. Leave that column out, or fill its cells.",
    "모든 행에 빠진 값이 있습니다. {column} 열에 가장 많습니다. 그 열을 빼거나 칸을 채우세요.",
)
BAD_AXES = Text(
    "The plane needs two different columns among the {count} features.",
    "평면에는 특성 {count}개 가운데 서로 다른 두 열이 필요합니다.",
)
ROW_SKIPPED = Text(
    "1 row skipped: {lines} (line of the file; a value is missing there).",
    "1개 행을 건너뜁니다: {lines} (파일의 줄 번호, 빠진 값이 있는 행).",
)
ROWS_SKIPPED = Text(
    "{count:,d} rows skipped: {lines} (lines of the file; a value is missing there).",
    "{count:,d}개 행을 건너뜁니다: {lines} (파일의 줄 번호, 빠진 값이 있는 행).",
)
ROW_NUMBERS_LEFT_OUT = Text(
    "{columns} only numbers the rows and is no feature unless it is chosen.",
    "{columns:은/는} 행 번호일 뿐이어서 직접 고르지 않으면 특성으로 쓰지 않습니다.",
)
LAST_IS_TARGET = Text(
    "No target was named: the last column, {target}, is the target.",
    "목표값을 고르지 않아 마지막 열 {target:을/를} 목표값으로 씁니다.",
)
KIND_WITHOUT_TARGET = Text(
    "There is no target that could be classes or numbers. Name a target, or leave its kind out.",
    "목표값이 없는데 그 종류를 정했습니다. 목표값을 고르거나 종류를 빼세요.",
)
LEFT_OUT = Text("Columns without numbers are left out: {columns}.", "숫자가 아닌 열은 뺍니다: {columns}.")
NO_SUCH_TABLE = Text(
    "There is no bundled table {name}. There are: {names}.",
    "{name}이라는 이름의 기본 표는 없습니다. 있는 표: {names}.",
)


def bundled_dataset(name: str, target: str | None = "auto") -> Dataset:
    """A table that comes with the laboratory, as a dataset. Raises LabError for an unknown name."""
    goal = BUNDLED_TARGETS.get(name, target) if target == "auto" else target
    dataset = to_dataset(read_table(bundled_path(name)), target=goal)[0]
    return dataset if goal == target else dataset.replace(target_choice="")


def column_kinds(table: Table, cancelled: Cancelled | None = None) -> tuple[ColumnKind, ...]:
    """What each column mostly holds. Raises ReadingCancelledError."""
    return tuple(_kind(table.numbers(column, cancelled)) for column in range(len(table.header)))


def row_numbers(table: Table, cancelled: Cancelled | None = None) -> tuple[str, ...]:
    """Columns that only number the rows: different whole numbers in the first column without a name (pandas writes its
    index so), or in a column that is called id, no, 번호 and the like."""
    found = []
    for column, name in enumerate(table.header):
        is_nameless = column == 0 and (name in table.unnamed or name.lower().startswith("unnamed:"))
        if not is_nameless and name.lower().rstrip(".") not in _ROW_NUMBER_NAMES:
            continue
        numbers = table.numbers(column, cancelled)
        values = numbers.values
        is_whole = (numbers.kinds == NUMBER).all() and bool((values == np.round(values)).all())
        if is_whole and len(values) > 1 and len(np.unique(values)) == len(values):
            found.append(name)
    return tuple(found)


def row_numbers_note(table: Table) -> list[Said]:
    """What is said of columns that only number the rows."""
    names = row_numbers(table)
    return [Said(ROW_NUMBERS_LEFT_OUT, {"columns": _listed(names)})] if names else []


def default_columns(table: Table, cancelled: Cancelled | None = None) -> tuple[tuple[str, ...], str | None]:
    """Features and target when nobody chose: every numeric column but row numbers, and the last one as target if it
    holds classes.

    The last column is the target when it holds at most 20 different texts or whole numbers that stand for classes, and
    two numeric columns remain as features. Raises ReadingCancelledError.
    """
    kinds, counted = column_kinds(table, cancelled), row_numbers(table, cancelled)
    pairs = zip(table.header, kinds, strict=True)
    numeric = [name for name, kind in pairs if kind == "numbers" and name not in counted]
    last = table.header[-1]
    features = tuple(name for name in numeric if name != last)
    if len(features) >= 2 and last not in counted and holds_classes(table, len(table.header) - 1, cancelled):
        return features, last
    return tuple(numeric), None


def to_dataset(
    table: Table,
    features: Sequence[str] | None = None,
    target: str | None = "auto",
    axes: tuple[int, int] | None = None,
    cancelled: Cancelled | None = None,
    least_features: int = 2,
    kind: TargetKind = "auto",
    words: WordsMean = "auto",
) -> tuple[Dataset, list[Said]]:
    """Numbers and answers of a table, and notes about what was left out.

    features: names of two or more columns (one is enough beside a target of values, which then stands on the plane's
    vertical axis; `least_features` for those who want the columns alone), or None for all numeric ones. target: a name, None, or "auto" (see
    `default_columns`; beside named features a last column of numbers, too; a column that is itself called "auto" is
    taken as named). kind: whether the target is classes or numbers; by itself, words and whole numbers that stand for
    classes (`are_codes`) become classes named as in the file and sorted, other numbers stay values. words: whether
    words such as NA and 없음 in a target of words are classes (`class_words`). axes: two places among the features, by
    default the first two. Rows with a missing cell are skipped and noted. Raises LabError.
    """
    notes = list(table.warnings)
    chosen, goal, choice = _choose(table, features, target, kind, cancelled)
    columns = [table.header.index(name) for name in chosen]
    for column in columns:
        _require_numbers(table, column, cancelled)
    goal_column = None if goal is None else table.header.index(goal)
    if len(chosen) < (least_features if goal is None else 1):
        raise LabError(TOO_FEW_FEATURES, count=len(chosen))
    classes = frozenset[str]() if goal_column is None else class_words(table, goal_column, words, cancelled)
    if len(chosen) == 1 and goal_column is not None and kind == "auto" and table.numbers(goal_column).is_numeric:
        kind = "number"  # one feature is for a line, and what a line predicts is numbers
    kept = _kept(table, columns, goal_column, classes, cancelled)
    matrix = np.ascontiguousarray(np.column_stack([table.numbers(column).values[kept] for column in columns]))
    targets, class_names = (None, ()) if goal_column is None else targets_of(table, goal_column, kept, kind, cancelled)
    if len(chosen) == 1 and goal is not None and targets.dtype.kind != "f":
        raise LabError(TOO_FEW_FEATURES, count=1)
    if features is None:
        counted = row_numbers(table)
        notes += [note for note in row_numbers_note(table) if goal not in counted]
        unused = [name for name in table.header if name not in (*chosen, *counted) and name != goal]
        if unused:
            notes.append(Said(LEFT_OUT, {"columns": _listed(unused)}))
    if goal_column is not None:
        is_guessed = target == "auto" and "auto" not in table.header
        if is_guessed and (kind != "auto" or targets.dtype.kind == "f"):
            notes.append(Said(LAST_IS_TARGET, {"target": goal}))
        notes += words_note(table, goal_column, classes) if class_names else []
    if len(kept) < table.n_rows:
        notes.append(_skipped(table, kept))
    dataset = Dataset(
        name=same_text(table.path.stem),
        feature_names=tuple(chosen),
        features=matrix,
        targets=targets,
        class_names=class_names,
        target_name="class" if goal is None else goal,
        axes=_checked_axes(axes, len(chosen)) if len(chosen) > 1 else (0, TARGET_AXIS),
        origin="table",
        target_choice=choice,
    )
    return dataset, notes


def words_of(table: Table, target: str | None, cancelled: Cancelled | None = None) -> tuple[str, ...]:
    """The words (NA, -, 없음 ...) of a target that may be classes or missing values, as they stand in the file; "auto"
    is the last column. Raises LabError for a name that is none."""
    if target is None:
        return ()
    is_guessed = target == "auto" and "auto" not in table.header
    return written_words(table, len(table.header) - 1 if is_guessed else _column(table, target), cancelled=cancelled)


def rows_kept(table: Table, dataset: Dataset) -> np.ndarray:
    """(dataset.n,) the table's row behind each row of a dataset that `to_dataset` made of it."""
    columns = [_column(table, name) for name in dataset.feature_names]
    goal = None if dataset.targets is None else _column(table, dataset.target_name)
    classes = frozenset(name.lower() for name in dataset.class_names) & AMBIGUOUS_WORDS
    return _kept(table, columns, goal, classes, None)


def write_rows_csv(path: str | os.PathLike[str], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as a CSV file in UTF-8, in one piece or not at all.

    Texts that a spreadsheet would run as a formula (= + - @ in front, numbers excepted) get an apostrophe. A byte
    order mark goes in front when there is a letter beyond ASCII, or spreadsheets misread Hangul. Raises LabError.
    """
    buffer = io.BytesIO()
    text = io.TextIOWrapper(buffer, encoding="utf-8", errors="replace", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(cell) for cell in header])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    text.flush()
    content = buffer.getvalue()
    write_bytes(path, content if content.isascii() else codecs.BOM_UTF8 + content)


def bundled_path(name: str) -> Path:
    """The CSV file of a bundled table. Raises LabError for a name that is not in BUNDLED."""
    if name not in BUNDLED:
        raise LabError(NO_SUCH_TABLE, name=shown(name), names=", ".join(BUNDLED))
    return _FOLDER / f"{name}.csv"


def _kind(numbers: Numbers) -> ColumnKind:
    if not numbers.n_present:
        return "empty"
    return "numbers" if numbers.is_numeric else "text"


def _listed(names: Sequence[object]) -> str:
    """The first names or numbers of a list, and how many more there are."""
    head = ", ".join(str(name) for name in names[:_LISTED])
    return head if len(names) <= _LISTED else f"{head} … (+{len(names) - _LISTED:,d})"


def _column(table: Table, name: str) -> int:
    try:
        return table.header.index(same_text(name))
    except ValueError:
        raise LabError(NO_COLUMN, column=shown(name), columns=_listed(table.header)) from None


def _choose(
    table: Table,
    features: Sequence[str] | None,
    target: str | None,
    kind: TargetKind,
    cancelled: Cancelled | None,
) -> tuple[tuple[str, ...], str | None, TargetChoice]:
    """Features and target after the defaults are filled in, all of them columns of the table and all different; and
    what was chosen of the target."""
    guessed = target == "auto" and "auto" not in table.header
    if target is None and kind != "auto":
        raise LabError(KIND_WITHOUT_TARGET)
    if target is not None and not guessed:
        target = table.header[_column(table, target)]
    kinds, counted = column_kinds(table, cancelled), row_numbers(table, cancelled)
    numeric = [name for name, held in zip(table.header, kinds, strict=True) if held == "numbers"]
    chosen = None if features is None else tuple(table.header[_column(table, name)] for name in features)
    last = table.header[-1]
    if guessed:
        target = default_columns(table, cancelled)[1]
        if kind != "auto" or chosen is not None and target is None and last in numeric and last not in counted:
            target = last
        if chosen is not None and target in chosen:
            target = None
    if chosen is None:
        chosen = tuple(name for name in numeric if name not in counted and name != target)
    used = chosen if target is None else (*chosen, target)
    for place, name in enumerate(used):
        if name in used[:place]:
            raise LabError(COLUMN_TWICE, column=shown(name))
    choice: TargetChoice = "auto" if guessed else "none" if target is None else "column"
    if kind != "auto" and target is not None:
        choice = kind
    return chosen, target, choice


def _require_numbers(table: Table, column: int, cancelled: Cancelled | None) -> None:
    """Raises LabError for the first cell that is neither a number nor missing."""
    kinds = table.numbers(column, cancelled).kinds
    wrong = kinds >= TEXT
    if not wrong.any():
        return
    row = int(np.argmax(wrong))
    raise LabError(
        TOO_BIG_A_NUMBER if kinds[row] == TOO_BIG else NOT_A_NUMBER,
        line=int(table.line_numbers[row]),
        column=shown(table.header[column]),
        cell=shown(table.cells[column][row]),
    )


def _kept(
    table: Table,
    columns: Sequence[int],
    goal: int | None,
    classes: frozenset[str],
    cancelled: Cancelled | None,
) -> np.ndarray:
    """The rows without a missing cell in `columns` and in the target. Raises LabError when none is left."""
    missing = [is_missing(table, column, cancelled=cancelled) for column in columns]
    if goal is not None:
        missing.append(is_missing(table, goal, classes, cancelled))
    kept = np.flatnonzero(~np.logical_or.reduce(missing))
    if not len(kept):
        worst = [*columns, goal][int(np.argmax([np.count_nonzero(column) for column in missing]))]
        raise LabError(NOTHING_LEFT, column=shown(table.header[worst]))
    return kept


def _skipped(table: Table, kept: np.ndarray) -> Said:
    is_skipped = np.ones(table.n_rows, dtype=bool)
    is_skipped[kept] = False
    lines = table.line_numbers[is_skipped]
    return Said(ROW_SKIPPED if len(lines) == 1 else ROWS_SKIPPED, {"count": len(lines), "lines": _listed(lines)})


def _checked_axes(axes: tuple[int, int] | None, count: int) -> tuple[int, int]:
    if axes is None:
        return 0, 1
    first, second = axes
    if first == second or not (0 <= first < count and 0 <= second < count):
        raise LabError(BAD_AXES, count=count)
    return int(first), int(second)


def _safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) and cell_kind(cell) != NUMBER:
        return f"'{cell}"
    return cell
