"""What a benchmark brings back: measures with their targets, the table that shows them, and two runs side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measure:
    """One line of the table. `target` is "< x", ">= x", "yes" or empty, read together with `unit`. A name that begins
    with spaces goes on about the line above it. `rounds` are the single values whose median `value` is, if any."""

    name: str
    value: float | bool
    unit: str = ""
    target: str = ""
    note: str = ""
    rounds: tuple[float, ...] = ()

    @classmethod
    def median(cls, name: str, rounds: Iterable[float], unit: str = "", target: str = "", note: str = "") -> Measure:
        """The median of several rounds, which are kept."""
        kept = tuple(float(value) for value in rounds)
        return cls(name, float(np.median(kept)) if kept else math.nan, unit, target, note, kept)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None where there is none. Nothing measured never reaches one."""
        if not self.target:
            return None
        if isinstance(self.value, bool):
            return self.value is (self.target == "yes")
        sign, number = self.target.split()
        if not math.isfinite(self.value):
            return False
        return self.value < float(number) if sign == "<" else self.value >= float(number)

    @property
    def said(self) -> str:
        if isinstance(self.value, bool):
            return "yes" if self.value else "no"
        if not math.isfinite(self.value):
            return "not measured"
        return f"{_number(self.value)} {self.unit}".rstrip()

    @property
    def spread(self) -> str:
        """The lowest and the highest of the rounds."""
        known = [value for value in self.rounds if math.isfinite(value)]
        return f"{_number(min(known))} to {_number(max(known))}" if len(known) > 1 else ""

    def as_json(self) -> dict:
        number = self.value if isinstance(self.value, bool) or math.isfinite(self.value) else None
        return {
            "name": self.name, "value": number, "unit": self.unit, "target": self.target, "met": self.is_met,
            "note": self.note, "rounds": [value for value in self.rounds if math.isfinite(value)],
        }  # fmt: skip


def from_json(row: dict) -> Measure:
    value = math.nan if row["value"] is None else row["value"]
    return Measure(row["name"], value, row["unit"], row["target"], row["note"], tuple(row.get("rounds", ())))


def not_measured(room: str, why: str) -> Measure:
    """The line of a room that brought nothing back: a target that is missed."""
    return Measure(f"the room '{room}' was measured", False, target="yes", note=why)


def table(measures: Sequence[Measure]) -> str:
    """The measures as one table of plain text."""
    met = {True: "yes", False: "NO", None: ""}
    rows = [
        (m.name, m.said, m.spread, f"{m.target} {m.unit}".rstrip() if m.target else "", met[m.is_met], m.note)
        for m in measures
    ]
    return _laid_out(("measure", "value", "lowest to highest", "target", "met", "note"), rows, right=(1, 2))


def comparison(old: Sequence[tuple[str, Measure]], new: Sequence[tuple[str, Measure]]) -> str:
    """Two runs side by side, each a list of (room, measure). A line that only one of them has stands there too, with a
    dash for what is missing."""
    before, after = _by_place(old), _by_place(new)
    rows = []
    for place in [*after, *(place for place in before if place not in after)]:
        one, other = before.get(place), after.get(place)
        ratio = _ratio(one, other)
        rows.append((
            (other or one).name, one.said if one else "-", other.said if other else "-",
            f"{ratio:.2f}" if ratio is not None else "", _verdict(one, other),
        ))  # fmt: skip
    return _laid_out(("measure", "old", "new", "new / old", ""), rows, right=(1, 2, 3))


def percentiles(values: Sequence[float], *shares: float) -> list[float]:
    """Percentiles, nan for each where there are no values."""
    return [float(p) for p in np.percentile(values, shares)] if len(values) else [float("nan")] * len(shares)


def headed(measures: Iterable[Measure]) -> list[tuple[str, Measure]]:
    """Each measure with the line that it goes on about, or "" where it stands for itself."""
    found, heading = [], ""
    for measure in measures:
        is_own = not measure.name.startswith(" ")
        heading = measure.name if is_own else heading
        found.append(("" if is_own else heading, measure))
    return found


def _by_place(lines: Sequence[tuple[str, Measure]]) -> dict[tuple[str, ...], Measure]:
    """Measures by room, heading and name."""
    found: dict[tuple[str, ...], Measure] = {}
    for (room, _), (heading, measure) in zip(lines, headed(measure for _, measure in lines), strict=True):
        place = (room, heading, measure.name)
        while place in found:
            place = (*place, "again")
        found[place] = measure
    return found


def _ratio(one: Measure | None, other: Measure | None) -> float | None:
    if one is None or other is None or isinstance(one.value, bool) or isinstance(other.value, bool):
        return None
    is_known = math.isfinite(one.value) and math.isfinite(other.value) and one.unit == other.unit and one.value > 0
    return other.value / one.value if is_known else None


def _verdict(one: Measure | None, other: Measure | None) -> str:
    """What became of the target; else whether the rounds of both runs overlap, so that the change may be chance."""
    if one is None or other is None:
        return "only in the old run" if other is None else "only in the new run"
    if one.is_met is True and other.is_met is False:
        return "no longer met"
    if one.is_met is False and other.is_met is True:
        return "now met"
    if len(one.rounds) > 1 and len(other.rounds) > 1:
        is_apart = min(one.rounds) > max(other.rounds) or min(other.rounds) > max(one.rounds)
        return "beyond the spread" if is_apart else "within the spread"
    return ""


def _number(value: float) -> str:
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def _laid_out(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: tuple[int, ...]) -> str:
    """A table of plain text; the columns in `right` are set to the right."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = []
    for row in (header, tuple("-" * width for width in widths), *rows):
        cells = (
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
