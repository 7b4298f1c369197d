"""What a benchmark brings back: measures with their targets, and the one table that shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measure:
    """One line of the table. `target` is "< x", ">= x" or empty, read together with `unit`."""

    name: str
    value: float | bool
    unit: str = ""
    target: str = ""
    note: str = ""

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
        digits = 0 if abs(self.value) >= 1000 else 1 if abs(self.value) >= 10 else 2
        return f"{self.value:,.{digits}f} {self.unit}".rstrip()

    def as_json(self) -> dict:
        number = self.value if isinstance(self.value, bool) or math.isfinite(self.value) else None
        return {
            "name": self.name, "value": number, "unit": self.unit, "target": self.target, "met": self.is_met,
            "note": self.note,
        }  # fmt: skip


def from_json(row: dict) -> Measure:
    value = float("nan") if row["value"] is None else row["value"]
    return Measure(row["name"], value, row["unit"], row["target"], row["note"])


def table(measures: Sequence[Measure]) -> str:
    """The measures as one table of plain text."""
    met = {True: "yes", False: "NO", None: ""}
    header = ("measure", "value", "target", "met", "")
    rows = [
        (m.name, m.said, f"{m.target} {m.unit}".rstrip() if m.target else "", met[m.is_met], m.note) for m in measures
    ]
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(5)]
    lines = []
    for row in (header, tuple("-" * width for width in widths), *rows):
        name, value, *rest = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join((name, value.strip().rjust(widths[1]), *rest)).rstrip())
    return "\n".join(lines)


def percentiles(values: Sequence[float], *shares: float) -> list[float]:
    """Percentiles, nan for each where there are no values."""
    return [float(p) for p in np.percentile(values, shares)] if len(values) else [float("nan")] * len(shares)
