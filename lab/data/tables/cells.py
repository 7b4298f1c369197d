"""What a cell of a text table is: a number, a missing value, or text. Strict, and the same everywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

NUMBER, MISSING, TEXT, TOO_BIG = range(4)
LARGEST = 1e100  # squares and sums of squares of anything smaller stay finite

Decimal = Literal[".", ","]
DECIMALS: tuple[Decimal, ...] = (".", ",")

# These mean that a value is missing wherever they stand; those below may as well be the name of a class.
_ALWAYS_MISSING = frozenset({"", "nan", "?", "<na>", "#n/a"})
AMBIGUOUS_WORDS = frozenset({"na", "n/a", "null", "none", "-", "없음"})
_MISSING_WORDS = _ALWAYS_MISSING | AMBIGUOUS_WORDS

# float() also takes 1_000, digits of other scripts, inf and nan: people do not mean numbers by them.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r"[0-9eE+\-. \n]*")
_DECIMAL_COMMA = re.compile(r"[+-]?(?:[0-9]+,[0-9]*|,[0-9]+)(?:[eE][+-]?[0-9]+)?")
_BY_COMMAS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]*)?")
_BY_DOTS = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?")
_BY_SPACES = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:[ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?")
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column as numbers: values (n,) float64, NaN where `kinds` (n,) uint8 is not NUMBER."""

    values: np.ndarray
    kinds: np.ndarray

    @property
    def n_present(self) -> int:
        return int(np.count_nonzero(self.kinds != MISSING))

    @property
    def is_numeric(self) -> bool:
        """At least half of what is there are numbers: a stray word is then an error, not another kind of column."""
        meant = np.count_nonzero((self.kinds == NUMBER) | (self.kinds == TOO_BIG))
        return self.n_present > 0 and 2 * meant >= self.n_present


def cell_kind(cell: str, decimal: Decimal = ".") -> int:
    """NUMBER, MISSING, TEXT or TOO_BIG (a number beyond 1e100)."""
    return _cell_value(cell, decimal, True)[0]


def number_in(cell: str, decimal: Decimal = ".") -> float | None:
    """The number that a cell holds; None where it holds none."""
    kind, value = _cell_value(cell, decimal, True)
    return value if kind == NUMBER else None


def is_number_anyhow(cell: str) -> bool:
    """Whether a cell is a number by one of the ways to write its comma."""
    return any(cell_kind(cell, decimal) in (NUMBER, TOO_BIG) for decimal in DECIMALS)


def decimal_vote(cell: str) -> Decimal | None:
    """What a cell says about the decimal mark; None where it says nothing (12, 1.5, 1,234, words)."""
    cell = cell.strip()
    is_one_group = cell.count(",") + cell.count(".") == 1
    if _BY_COMMAS.fullmatch(cell):
        return None if is_one_group else "."
    if _BY_DOTS.fullmatch(cell):
        return None if is_one_group else ","
    if _BY_SPACES.fullmatch(cell):
        return "," if "," in cell else "." if "." in cell else None
    return "," if _DECIMAL_COMMA.fullmatch(cell) else None


def is_grouped_by_commas(cell: str) -> bool:
    """Whether the commas of a cell may stand between thousands."""
    return _BY_COMMAS.fullmatch(cell.strip()) is not None


def numbers_of(
    cells: np.ndarray, cancelled: Callable[[], bool] | None = None, decimal: Decimal = "."
) -> Numbers | None:
    """The cells (n,) of a column as numbers; None when cancelled on the way.

    Beside plain numbers (1000, 2.5, 1e-3) there are thousands apart: 1,234.5 with `decimal` ".", 1.234,5 with ",", and
    1 234 with both. With ",", a lone dot (1.234) stands between thousands unless a number of the column (27.97) shows
    that its dots are decimal marks.
    """
    dots_group = decimal == "." or not _has_decimal_dots(cells)
    values = np.full(len(cells), np.nan)
    kinds = np.empty(len(cells), dtype=np.uint8)
    for start in range(0, len(cells), _CHUNK):
        if cancelled is not None and cancelled():
            return None
        stop = start + _CHUNK
        chunk = cells[start:stop].tolist()
        plain = _plain_values(chunk, decimal)
        if plain is not None:
            values[start:stop], kinds[start:stop] = plain, NUMBER
            continue
        for row, cell in enumerate(chunk, start):
            kinds[row], values[row] = _cell_value(cell, decimal, dots_group)
    return Numbers(values, kinds)


def same_text(text: str) -> str:
    """The one form (NFC) in which names are compared: a letter and its accent, or the parts of a Hangul syllable, may
    come as one character or as several and look the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def shown(cell: str) -> str:
    """A cell for a sentence: on one line, at most 40 characters, in quotation marks."""
    flat = " ".join(cell.split())
    return f"“{flat if len(flat) <= 40 else flat[:39] + '…'}”"


def _cell_value(cell: str, decimal: Decimal, dots_group: bool) -> tuple[int, float]:
    cell = cell.strip()
    if decimal == "," and dots_group and _BY_DOTS.fullmatch(cell):
        return _bounded(cell.replace(".", "").replace(",", "."))
    if _NUMBER.fullmatch(cell):
        return _bounded(cell)
    if same_text(cell).lower() in _MISSING_WORDS:
        return MISSING, np.nan
    if decimal == "." and _BY_COMMAS.fullmatch(cell):
        return _bounded(cell.replace(",", ""))
    if decimal == "," and _DECIMAL_COMMA.fullmatch(cell):
        return _bounded(cell.replace(",", "."))
    if _BY_SPACES.fullmatch(cell) and cell.replace(",", ".").count(".") == cell.count(decimal):
        return _bounded("".join(cell.split()).replace(",", "."))
    return TEXT, np.nan


def _bounded(text: str) -> tuple[int, float]:
    value = float(text)
    return (NUMBER, value) if abs(value) <= LARGEST else (TOO_BIG, np.nan)


def _has_decimal_dots(cells: np.ndarray) -> bool:
    return any(
        "." in cell and "," not in cell and _NUMBER.fullmatch(cell.strip()) and not _BY_DOTS.fullmatch(cell.strip())
        for start in range(0, len(cells), _CHUNK)
        for cell in cells[start : start + _CHUNK].tolist()
    )


def _plain_values(chunk: list[str], decimal: Decimal) -> np.ndarray | None:
    """All cells of a chunk at once when every one is an ordinary number: the common case, several times faster."""
    joined = "\n".join(chunk)
    if not _PLAIN.fullmatch(joined) or (decimal == "," and "." in joined):
        return None
    try:
        values = np.array(list(map(float, chunk)))
    except ValueError:
        return None
    return values if (np.abs(values) <= LARGEST).all() else None
