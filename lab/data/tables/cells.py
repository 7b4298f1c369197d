"""What a cell of a text table is: a number, a missing value, or text. Strict, and the same everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NUMBER, MISSING, TEXT, TOO_BIG = range(4)
LARGEST = 1e100  # squares and sums of squares of anything smaller stay finite

_MISSING_WORDS = frozenset({"", "nan", "na", "n/a", "null", "-", "?", "없음"})
# float() also takes 1_000, digits of other scripts, inf and nan: people do not mean numbers by them.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r"[0-9eE+\-. \n]*")
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


def cell_kind(cell: str) -> int:
    """NUMBER, MISSING, TEXT or TOO_BIG (a number beyond 1e100)."""
    return _cell_value(cell)[0]


def numbers_of(cells: np.ndarray, cancelled: Callable[[], bool] | None = None) -> Numbers | None:
    """The cells (n,) of a column as numbers; None when cancelled on the way."""
    values = np.full(len(cells), np.nan)
    kinds = np.empty(len(cells), dtype=np.uint8)
    for start in range(0, len(cells), _CHUNK):
        if cancelled is not None and cancelled():
            return None
        stop = start + _CHUNK
        chunk = cells[start:stop].tolist()
        plain = _plain_values(chunk)
        if plain is not None:
            values[start:stop], kinds[start:stop] = plain, NUMBER
            continue
        for row, cell in enumerate(chunk, start):
            kinds[row], values[row] = _cell_value(cell)
    return Numbers(values, kinds)


def shown(cell: str) -> str:
    """A cell for a sentence: on one line, at most 40 characters, in quotation marks."""
    flat = " ".join(cell.split())
    return f"“{flat if len(flat) <= 40 else flat[:39] + '…'}”"


def _cell_value(cell: str) -> tuple[int, float]:
    cell = cell.strip()
    if _NUMBER.fullmatch(cell):
        value = float(cell)
        return (NUMBER, value) if abs(value) <= LARGEST else (TOO_BIG, np.nan)
    return (MISSING if cell.lower() in _MISSING_WORDS else TEXT), np.nan


def _plain_values(chunk: list[str]) -> np.ndarray | None:
    """All cells of a chunk at once when every one is an ordinary number: the common case, several times faster."""
    if not _PLAIN.fullmatch("\n".join(chunk)):
        return None
    try:
        values = np.array(list(map(float, chunk)))
    except ValueError:
        return None
    return values if (np.abs(values) <= LARGEST).all() else None
