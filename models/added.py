"""Algorithms of installed packages: rows behind the entry points of the group `learnscope.algorithms`.

Only what a person has installed beside Learnscope is looked at, and only the module that an entry point names is
imported: it holds a `Row` and should import nothing heavy. The class behind the row is imported when it is loaded. A
package that fails is named in a sentence and left out; nothing that it raises goes further.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from models.core.row import GROUPS, Row
from models.words.text import Said, Text

if TYPE_CHECKING:
    from models.core.learner import Learner

GROUP = "learnscope.algorithms"
_PROMISED = ("id", "title", "task", "state_type", "phases", "metric_names", "goal")  # what no learner can be without


@dataclass(frozen=True)
class Broken:
    """An installed algorithm that is left out: the name of its entry point or its id, and why. trace: where the error
    that it raised came from, for a log."""

    name: str
    said: Said
    trace: str = ""


class CannotLoadError(Exception):
    """The class behind an installed package's row is not there or is no learner; `broken` says why."""

    def __init__(self, broken: Broken) -> None:
        self.broken = broken
        super().__init__(broken.said.say("en"))


def found(taken: Collection[str]) -> tuple[list[Row], list[Broken]]:
    """Rows that installed packages add, by name of their entry points, and those that had to be left out. `taken` are
    the ids that are in use."""
    rows: list[Row] = []
    broken: list[Broken] = []
    for name, entry in _entry_points(broken):
        try:
            row = entry.load()
        except (Exception, SystemExit) as error:  # it is not our code: anything may come
            broken.append(_left_out(name, _NOT_IMPORTED, error, where=entry.value))
            continue
        problem = refused(name, row, {*taken, *(other.id for other in rows)}, entry.value)
        if problem is None:
            rows.append(row)
        else:
            broken.append(problem)
    return rows, broken


def refused(name: str, row: object, taken: Collection[str], where: str = "") -> Broken | None:
    """Why an object cannot be a row beside those of the `taken` ids, or None. where: what named it."""
    problem = _wrong(row, taken)
    return None if problem is None else _left_out(name, *problem, where=where or name)


def learner_of(row: Row) -> type[Learner[Any, Any]]:
    """The class behind an installed package's row, checked. Raises CannotLoadError, whatever the package raises."""
    from models.core.learner import Learner

    where = f"{row.module}:{row.class_name}"
    try:
        kind = getattr(importlib.import_module(row.module), row.class_name)
        is_learner = isinstance(kind, type) and issubclass(kind, Learner)
        is_whole = is_learner and all(hasattr(kind, name) for name in _PROMISED) and kind.id == row.id
        if is_whole:
            kind()  # refuses a class with abstract methods left, and settings without defaults
    except (Exception, SystemExit) as error:
        raise CannotLoadError(_left_out(row.id, _NOT_IMPORTED, error, where=where)) from error
    if not is_whole:
        raise CannotLoadError(_left_out(row.id, _NO_LEARNER if not is_learner else _HALF_LEARNER, where=where))
    return kind


def _entry_points(broken: list[Broken]) -> list[tuple[str, Any]]:
    if not _may_have_any():
        return []
    try:
        from importlib.metadata import entry_points

        return sorted(((entry.name, entry) for entry in entry_points(group=GROUP)), key=lambda pair: pair[0])
    except Exception as error:  # a damaged folder of some package
        broken.append(_left_out(GROUP, _NOT_IMPORTED, error, where=GROUP))
        return []


def _may_have_any() -> bool:
    """Whether any installed package mentions the group: about a millisecond, where importing importlib.metadata for
    the answer takes forty before the first picture."""
    for folder in sys.path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            continue
        for name in names:
            if name.endswith((".dist-info", ".egg-info")):
                try:
                    with open(os.path.join(folder or ".", name, "entry_points.txt"), "rb") as file:
                        if GROUP.encode() in file.read():
                            return True
                except OSError:
                    continue
    return False


def _wrong(row: object, taken: Collection[str]) -> tuple[Any, ...] | None:
    """Why this object can be no row: a sentence, and the error if there is one; or None."""
    if not isinstance(row, Row):
        return (_NO_ROW,)
    kinds = {"title": Text, "subtitle": Text, "order": int}
    is_whole = all(isinstance(getattr(row, field.name), kinds.get(field.name, str)) for field in fields(row))
    if not is_whole or row.group not in GROUPS:
        return (_NO_ROW,)
    if not (row.id.isidentifier() and row.id.isascii()):
        return (_BAD_ID, None, row.id)
    return (_TAKEN, None, row.id) if row.id in taken else None


def _left_out(name: str, text: Text, error: BaseException | None = None, id: str = "", *, where: str) -> Broken:
    reason = f"{type(error).__name__}: {error}"[:200] if error is not None else ""
    trace = "".join(traceback.format_exception(error)) if error is not None else ""
    return Broken(name, Said(text, {"name": name[:60], "where": where[:120], "reason": reason, "id": id[:60]}), trace)


_NOT_IMPORTED = Text(
    "The installed algorithm {name} is left out: {where} could not be imported ({reason}). "
    "Repair or remove the package that brings it.",
    "설치된 알고리즘 {name:을/를} 뺐습니다. {where:을/를} 불러올 수 없습니다({reason}). 이를 제공하는 패키지를 고치거나 지우세요.",
)
_NO_ROW = Text(
    "The installed algorithm {name} is left out: {where} is no whole catalogue row. Its package has to name a Row there.",
    "설치된 알고리즘 {name:을/를} 뺐습니다. {where:은/는} 온전한 목록 행(Row)이 아닙니다. 패키지는 그 자리에 Row를 두어야 합니다.",
)
_BAD_ID = Text(
    "The installed algorithm {name} is left out: its id {id} must consist of Latin letters, digits and underscores.",
    "설치된 알고리즘 {name:을/를} 뺐습니다. id {id:은/는} 영문자, 숫자, 밑줄로만 써야 합니다.",
)
_TAKEN = Text(
    "The installed algorithm {name} is left out: the id {id} is taken by another algorithm.",
    "설치된 알고리즘 {name:을/를} 뺐습니다. id {id:은/는} 다른 알고리즘이 이미 쓰고 있습니다.",
)
_NO_LEARNER = Text(
    "The installed algorithm {name} is left out: {where} is not a Learner.",
    "설치된 알고리즘 {name:을/를} 뺐습니다. {where:은/는} Learner가 아닙니다.",
)
_HALF_LEARNER = Text(
    "The installed algorithm {name} is left out: {where} lacks a part that every Learner declares, or has another id.",
    "설치된 알고리즘 {name:을/를} 뺐습니다. {where:은/는} 모든 Learner가 선언하는 것을 갖추지 않았거나 id가 다릅니다.",
)
