"""The catalogue: which algorithms there are, as plain rows. Importing it imports no algorithm.

Each folder of `models/algorithms` holds its own row, with its place in the list. Installed packages add rows behind
them (see `models.added`); what they bring that does not work is left out, and `broken` tells of it.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from models import added
from models.added import Broken
from models.core.row import GROUPS, Group, Row

if TYPE_CHECKING:
    from models.core.learner import Learner

__all__ = ("CATALOGUE", "GROUPS", "Broken", "Group", "Row", "add", "broken", "can_load", "is_added", "load", "row")


def _ours() -> tuple[Row, ...]:
    folder = os.path.join(os.path.dirname(__file__), "algorithms")
    names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name, "__init__.py")))
    rows: list[Row] = [importlib.import_module(f"models.algorithms.{name}").ROW for name in names]
    return tuple(sorted(rows, key=lambda row: row.order))


_OURS: tuple[Row, ...] = _ours()
_more, _first_broken = added.found([entry.id for entry in _OURS])

CATALOGUE: tuple[Row, ...] = (*_OURS, *_more)
_broken: tuple[Broken, ...] = tuple(_first_broken)


def row(algorithm: str) -> Row:
    """The catalogue's row for an id. Raises KeyError for an unknown one."""
    for entry in CATALOGUE:
        if entry.id == algorithm:
            return entry
    raise KeyError(algorithm)


def load(algorithm: str) -> type[Learner[Any, Any]]:
    """The learner class for an id; imports its module. Raises KeyError for an unknown id, and for one of an installed
    package that turns out not to hold a learner: it leaves the catalogue, and `broken` has a sentence about it."""
    entry = row(algorithm)
    if entry in _OURS:
        return getattr(importlib.import_module(entry.module), entry.class_name)
    try:
        return added.learner_of(entry)
    except added.CannotLoadError as error:
        _leave_out(entry, error)
        raise KeyError(algorithm) from error


def is_added(algorithm: str) -> bool:
    """Whether an installed package brings this algorithm, and not we."""
    return all(entry.id != algorithm for entry in _OURS)


def can_load(algorithm: str) -> bool:
    """Whether there is such a learner; loads it. False for what an installed package promised and does not have."""
    try:
        return load(algorithm) is not None
    except KeyError:
        return False


def broken() -> tuple[Broken, ...]:
    """What installed packages wanted to add and what is left out, as far as is known: a class shows only when it is
    loaded."""
    return _broken


def add(name: str, row: object) -> Broken | None:
    """Add a row for this process alone, as if an installed package's entry point `name` had brought it: for trying out
    what is not installed yet. Returns why it cannot be added, or None."""
    global CATALOGUE
    problem = added.refused(name, row, [entry.id for entry in CATALOGUE])
    if problem is None and isinstance(row, Row):
        CATALOGUE = (*CATALOGUE, row)
    return problem


def _leave_out(entry: Row, error: added.CannotLoadError) -> None:
    """Take a row out. Tuples are exchanged whole: another thread sees the old one or the new one."""
    global CATALOGUE, _broken
    if entry not in CATALOGUE:
        return
    CATALOGUE = tuple(other for other in CATALOGUE if other is not entry)
    _broken = (*_broken, error.broken)
