"""The marks on the plane: which painter shows which key, how marks glide, and what a hand holds."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QEasingCurve, QObject, QVariantAnimation, Slot

from models.core.marks import Arrow, Bars, Field, Mark, Note, Path, Points, Segments
from widgets.stages.plane.painters import PAINTERS, Painter
from widgets.stages.plane.painters.stage import Stage

# What moves when a mark glides.
GLIDES: dict[type[Mark], tuple[str, ...]] = {
    Arrow: ("at", "direction", "strength"),
    Bars: ("values",),
    Note: ("at",),
    Path: ("vertices",),
    Points: ("at",),
    Segments: ("starts", "ends"),
}


class Handle(NamedTuple):
    """A place that can be dragged: the name that its Edit carries, and whose it is."""

    name: str
    key: str
    index: int
    x: float
    y: float
    snaps: bool = False


def blend(old: Mark, new: Mark, t: float) -> Mark | None:
    """The mark a share t of the way from old to new, or None when the two cannot glide into each other."""
    if type(old) is not type(new) or type(new) not in GLIDES:
        return None
    moved = {}
    for name in GLIDES[type(new)]:
        one, two = getattr(old, name), getattr(new, name)
        if one is None or two is None or np.shape(one) != np.shape(two):
            return None
        between = (1.0 - t) * np.asarray(one, dtype=np.float64) + t * np.asarray(two, dtype=np.float64)
        moved[name] = float(between) if between.ndim == 0 else between
    return dataclasses.replace(new, **moved)


class Board(QObject):
    """Painters by key. Marks that left are removed; marks that glide end exactly where they belong."""

    def __init__(self, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._painters: dict[str, Painter] = {}
        self._marks: dict[str, Mark] = {}  # as the last picture has them
        self._shown: dict[str, Mark] = {}  # as they are painted now, perhaps on the way
        self._from: dict[str, Mark] = {}
        self._held: Handle | None = None
        self._glide = QVariantAnimation(self)
        self._glide.setStartValue(0.0)
        self._glide.setEndValue(1.0)
        self._glide.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._glide.valueChanged.connect(self.on_glide_changed)
        self._glide.finished.connect(self.on_glide_finished)

    @property
    def marks(self) -> dict[str, Mark]:
        """The marks of the last picture, by key."""
        return self._marks

    @property
    def shown(self) -> dict[str, Mark]:
        """The marks as they are painted at this instant, by key."""
        return self._shown

    @property
    def is_gliding(self) -> bool:
        return bool(self._from)

    def show(self, marks: tuple[Mark, ...], glide_ms: int = 0) -> None:
        """These marks and no others. glide_ms 0, or a hand that holds one of them: at once. The answers to a drag come
        so soon after each other that a glide would begin anew with each, and arrive when the hand is open.

        Where nothing but surfaces became finer, what glides goes on as if nothing had come.
        """
        if self._differ_in_surfaces(marks):
            for mark in marks:
                if isinstance(mark, Field):
                    self._marks[mark.key] = mark
                    self._paint(mark.key, mark)
            return
        self._glide.stop()
        self._from = {}
        before, self._marks = self._marks, {mark.key: mark for mark in marks}
        crosses = [m.at for m in marks if isinstance(m, Points) and m.symbol == "cross" and m.at is not None]
        self._stage.crosses = np.concatenate([np.zeros((0, 2)), *crosses])
        for key in [key for key in self._painters if key not in self._marks]:
            self._drop(key)
        for order, (key, mark) in enumerate(self._marks.items()):
            painter = self._painters.get(key)
            if painter is not None and type(before[key]) is not type(mark):
                self._drop(key)
                painter = None
            if painter is None:
                painter = self._painters[key] = PAINTERS[type(mark)](self._stage, order * 0.001)
            elif glide_ms > 0 and mark.glide and self._held is None and _moves(self._shown[key], mark):
                self._from[key] = self._shown[key]
                continue
            self._paint(key, mark)
        if self._from:
            self.on_glide_changed(0.0)
            self._glide.setDuration(glide_ms)
            self._glide.start()

    def _differ_in_surfaces(self, marks: tuple[Mark, ...]) -> bool:
        """Whether these are the marks of the last picture, the same objects but for their surfaces."""
        before = list(self._marks.values())
        return len(before) == len(marks) > 0 and all(
            new is old or isinstance(new, Field) and isinstance(old, Field) and new.key == old.key
            for new, old in zip(marks, before, strict=True)
        )

    def repaint(self) -> None:
        """Paint every mark again: another theme, language or scale."""
        for key, mark in self._shown.items():
            self._painters[key].paint(mark)

    def rescale(self) -> None:
        for painter in self._painters.values():
            painter.rescale()

    def handles(self) -> list[Handle]:
        """The places that can be dragged, topmost first."""
        found = []
        for key, mark in self._shown.items():
            if mark.handle is None:
                continue
            for index, (x, y) in enumerate(_places(mark)):
                name = f"{mark.handle}:{index}" if isinstance(mark, Points) else mark.handle
                snaps = isinstance(mark, Points) and mark.snaps
                found.append(Handle(name, key, index, float(x), float(y), snaps))
        return found[::-1]

    def hold(self, handle: Handle, x: float, y: float) -> None:
        """A hand moves this handle: its mark follows the hand, whatever pictures come meanwhile."""
        self._held = handle._replace(x=x, y=y)
        if handle.key in self._marks:
            self._paint(handle.key, self._marks[handle.key])

    def let_go(self) -> None:
        """The hand is open; the mark stays where it is until the next picture."""
        self._held = None

    def _is_held(self, key: str) -> bool:
        return self._held is not None and self._held.key == key

    def _paint(self, key: str, mark: Mark) -> None:
        if self._is_held(key):
            mark = _moved(mark, self._held)
        self._shown[key] = mark
        self._painters[key].paint(mark)

    def _drop(self, key: str) -> None:
        self._painters.pop(key).remove()
        self._shown.pop(key, None)

    @Slot(object)
    def on_glide_changed(self, t: float) -> None:
        for key, old in self._from.items():
            mark = blend(old, self._marks[key], float(t))
            if mark is not None:
                self._paint(key, mark)

    @Slot()
    def on_glide_finished(self) -> None:
        keys, self._from = list(self._from), {}
        for key in keys:
            self._paint(key, self._marks[key])


def _moves(old: Mark, new: Mark) -> bool:
    """Whether two marks can glide into each other, and there is a way to go."""
    if blend(old, new, 0.5) is None:
        return False
    return any(not np.array_equal(getattr(old, n), getattr(new, n)) for n in GLIDES[type(new)])


def _places(mark: Mark) -> np.ndarray:
    """(m, 2): where a hand takes hold of a mark."""
    match mark:
        case Points():
            return np.zeros((0, 2)) if mark.at is None else np.asarray(mark.at)
        case Note():
            return np.asarray(mark.at)[None, :]
        case Arrow(kind="point"):
            return (np.asarray(mark.at) + np.asarray(mark.direction))[None, :]
        case Segments():
            return (np.asarray(mark.starts) + np.asarray(mark.ends)) / 2
    return np.zeros((0, 2))


def _moved(mark: Mark, held: Handle) -> Mark:
    """The mark with its handle where the hand is."""
    place = np.array([held.x, held.y])
    match mark:
        case Points() if mark.at is not None and held.index < len(mark.at):
            at = np.array(mark.at, dtype=np.float64)
            at[held.index] = place
            return dataclasses.replace(mark, at=at)
        case Note():
            return dataclasses.replace(mark, at=place)
        case Arrow():
            return dataclasses.replace(mark, direction=place - np.asarray(mark.at))
    return mark
