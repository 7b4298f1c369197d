"""Reading JSON objects from strangers: one field at a time, by name, kind and range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.document.edits import LARGEST
from lab.errors import LabError
from models.words.text import Text

LONGEST_NAME = 1_000

_WRONG_FIELD = Text(
    "In {file}, {field} is missing or has a value that cannot be. Open another copy of it.",
    "{file} 안의 {field:이/가} 없거나 쓸 수 없는 값입니다. 다른 사본을 여세요.",
)


@dataclass(frozen=True)
class Fields:
    """A JSON object being read: each method takes one field and refuses, by its full name, what cannot be there."""

    given: dict[str, Any]
    file: str
    path: str = ""

    def wrong(self, key: str) -> LabError:
        """The error that names this field."""
        return LabError(_WRONG_FIELD, file=self.file, field=f"{self.path}{key}"[:120])

    def _take(self, key: str) -> Any:
        if key not in self.given:
            raise self.wrong(key)
        return self.given[key]

    def inside(self, key: str) -> Fields:
        """The object under this key."""
        value = self._take(key)
        if not isinstance(value, dict):
            raise self.wrong(key)
        return Fields(value, self.file, f"{self.path}{key}.")

    def several(self, key: str, least: int, most: int) -> tuple[Fields, ...]:
        """The objects in the list under this key."""
        value = self._take(key)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self.wrong(key)
        if not all(isinstance(entry, dict) for entry in value):
            raise self.wrong(key)
        return tuple(Fields(entry, self.file, f"{self.path}{key}[{i}].") for i, entry in enumerate(value))

    def is_null(self, key: str) -> bool:
        return self._take(key) is None

    def text(self, key: str) -> str:
        return self._text(key, self._take(key))

    def texts(self, key: str, least: int, most: int) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self.wrong(key)
        return tuple(self._text(key, entry) for entry in value)

    def _text(self, key: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_NAME:
            raise self.wrong(key)
        if any("\ud800" <= char <= "\udfff" or char == "\0" for char in value):
            raise self.wrong(key)  # half a character: no screen and no file can take it
        return value

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            raise self.wrong(key)
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> Any:
        value = self._take(key)
        if not isinstance(value, str) or value not in choices:
            raise self.wrong(key)
        return value

    def whole(self, key: str, least: int, most: int) -> int:
        return int(self._number(key, self._take(key), least, most, whole=True))

    def number(self, key: str, least: float, most: float) -> float:
        return float(self._number(key, self._take(key), least, most))

    def numbers(self, key: str, count: int, least: float, most: float, *, whole: bool = False) -> tuple[Any, ...]:
        value = self._take(key)
        if not isinstance(value, list) or len(value) != count:
            raise self.wrong(key)
        kind = int if whole else float
        return tuple(kind(self._number(key, entry, least, most, whole=whole)) for entry in value)

    def _number(self, key: str, value: Any, least: float, most: float, *, whole: bool = False) -> Any:
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not least <= value <= most:
            raise self.wrong(key)
        return value

    def table(self, key: str, rows: int, columns: int) -> np.ndarray:
        """A list of `rows` lists of `columns` numbers as an array (rows, columns)."""
        value = self._take(key)
        if not isinstance(value, list) or len(value) != rows:
            raise self.wrong(key)
        if not all(isinstance(row, list) and len(row) == columns for row in value):
            raise self.wrong(key)
        numbers = [self._number(key, number, -LARGEST, LARGEST) for row in value for number in row]
        return np.array(numbers, dtype=np.float64).reshape(rows, columns)

    def column(self, key: str, rows: int, *, whole: bool) -> np.ndarray:
        """A list of `rows` numbers as an array (rows,), int64 when `whole`."""
        value = self._take(key)
        if not isinstance(value, list) or len(value) != rows:
            raise self.wrong(key)
        most = 10**6 if whole else LARGEST
        numbers = [self._number(key, number, 0 if whole else -most, most, whole=whole) for number in value]
        return np.array(numbers, dtype=np.int64 if whole else np.float64)
