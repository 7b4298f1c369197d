"""States: everything learned so far, as frozen dataclasses of read-only numpy arrays and plain numbers."""

from __future__ import annotations

import dataclasses
import math
from functools import cache
from typing import Any, TypeVar

import numpy as np

S = TypeVar("S", bound="State")


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """Base of every learner's state. Array fields are made read-only when the state is made.

    Subclasses hold numpy arrays, ints and floats, nothing else: that is what can be stored, compared and replayed.
    """

    def __post_init__(self) -> None:
        for name in _names(_kind(self)):
            value = getattr(self, name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def arrays(self) -> dict[str, np.ndarray]:
        """Every field as an array (numbers as 0-d arrays), by field name."""
        return {field.name: np.asarray(getattr(self, field.name)) for field in dataclasses.fields(self)}

    @classmethod
    def from_arrays(cls: type[S], arrays: dict[str, np.ndarray]) -> S:
        """The state that `arrays()` came from. Raises ValueError when a field is missing or one is unknown."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        if fields.keys() != arrays.keys():
            raise ValueError(f"expected the arrays {sorted(fields)}, found {sorted(arrays)}")
        return cls(**{n: (_copy(a) if a.ndim else a.item()) for n, a in arrays.items()})

    def nbytes(self) -> int:
        """Bytes that this state holds, the cost of its objects counted in (about 120 bytes an array)."""
        arrays = [getattr(self, name) for name in _names(_kind(self))]
        return 64 + sum(a.nbytes + 120 if isinstance(a, np.ndarray) else 32 for a in arrays)

    def is_finite(self) -> bool:
        """Whether no number here is infinite or none at all. Asked after every slice of a run."""
        with np.errstate(all="ignore"):
            return all(_is_finite(getattr(self, name)) for name in _names(_kind(self)))

    def same_as(self, other: Any) -> bool:
        """Whether two states hold the same bits."""
        if type(self) is not type(other):
            return False
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in dataclasses.fields(self))
        return all(
            (a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes())
            if isinstance(a, np.ndarray) and isinstance(b, np.ndarray)
            else a == b
            for a, b in pairs
        )

    def replace(self: S, **changes: Any) -> S:
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass(frozen=True)
class ArrayForm:
    """What an array of a state looks like, said without making it.

    dtype: numpy's name, "float64", "int64", "int32" or "bool". shape: the size of each axis, or the range of sizes it
    has in the course of a run. values: which whole numbers may stand in it, or exactly which do, one after the other.
    """

    dtype: str
    shape: tuple[int | range, ...] = ()
    values: range | tuple[int, ...] | None = None

    def fits(self, dtype: np.dtype[Any] | str, shape: tuple[int, ...]) -> bool:
        """Whether an array of this dtype and shape is of this form; its values are not looked at."""
        return (
            np.dtype(dtype) == np.dtype(self.dtype)
            and len(shape) == len(self.shape)
            and all(
                size in wanted if isinstance(wanted, range) else size == wanted
                for size, wanted in zip(shape, self.shape, strict=True)
            )
        )

    def holds(self, array: np.ndarray) -> bool:
        """Whether the values of an array that fits are ones that may stand in it, and finite."""
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            return False
        if isinstance(self.values, range):
            return not array.size or bool(array.min() in self.values and array.max() in self.values)
        return self.values is None or tuple(array.ravel().tolist()) == self.values


def _kind(state: State) -> type:
    return type(state)


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _is_finite(value: Any) -> bool:
    if not isinstance(value, np.ndarray):
        return not isinstance(value, float) or math.isfinite(value)
    if value.dtype.kind != "f":
        return True
    flat = value.ravel()
    # A sum of squares that is finite says it at a fifth of the price; one that is not may only be too large.
    return math.isfinite(flat.dot(flat)) or bool(np.isfinite(flat).all())


def _copy(array: np.ndarray) -> np.ndarray:
    return np.array(array, copy=True, order="C")
