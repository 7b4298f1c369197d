"""Vectors and matrices in the templates of formulas: names of values in rows and columns, long ones with dots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

MOST_SHOWN = 4  # rows or columns written in full; of more, the first three and the last


def shown(count: int, most: int = MOST_SHOWN) -> list[int | None]:
    """Which of `count` entries are written, by number; None stands for the dots."""
    return list(range(count)) if count <= most else [*range(most - 1), None, count - 1]


def column(name: str, count: int) -> str:
    """A column of `count` values, named name1, name2, ... as `entries` names them."""
    return _pmatrix([r"\vdots" if j is None else f"<{name}{j + 1}>"] for j in shown(count))


def matrix(name: str, count: int) -> str:
    """A square matrix of `count` rows, its values named as `entries` names them."""
    rows = []
    for i in shown(count):
        if i is None:
            rows.append([r"\vdots" if j is not None else r"\ddots" for j in shown(count)])
        else:
            rows.append([r"\cdots" if j is None else f"<{name}{i + 1}_{j + 1}>" for j in shown(count)])
    return _pmatrix(rows)


def _pmatrix(rows: Iterable[Iterable[str]]) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(" & ".join(row) for row in rows) + r" \end{pmatrix}"


def entries(name: str, values: np.ndarray) -> dict[str, float]:
    """The written values of a vector (d,) as name1, ... or of a matrix (d, d) as name1_1, ..."""
    values = np.asarray(values, dtype=np.float64)
    places = [j for j in shown(len(values)) if j is not None]
    if values.ndim == 1:
        return {f"{name}{j + 1}": float(values[j]) for j in places}
    return {f"{name}{i + 1}_{j + 1}": float(values[i, j]) for i in places for j in places}


def total(terms: Sequence[str], most: int = MOST_SHOWN) -> str:
    """A sum of LaTeX terms, with dots in place of those beyond `most`."""
    return " + ".join(r"\cdots" if j is None else terms[j] for j in shown(len(terms), most))


def dot(a: str, b: str, count: int) -> str:
    """The dot product of two vectors, written out: a1 b1 + a2 b2 + ..."""
    return total([rf"<{a}{j + 1}> \cdot <({b}{j + 1})>" if j == 0 else rf"<({a}{j + 1})> \cdot <({b}{j + 1})>"
                  for j in range(count)])  # fmt: skip


def squared_distance(a: str, b: str, count: int) -> str:
    """The squared distance of two places, written out: (a1 - b1)^2 + (a2 - b2)^2 + ..."""
    return total([rf"(<{a}{j + 1}> - <({b}{j + 1})>)^2" for j in range(count)])
