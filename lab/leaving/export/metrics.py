"""metrics.csv: a row for each kept iteration, a column for each figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lab.data.tables.files import write_rows_csv

if TYPE_CHECKING:
    from lab.leaving.export.taken import Taken


def write_metrics(path: Path | str, header: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
    """What `Run.metrics_rows` gives, as CSV. A figure that does not exist at an iteration leaves its cell empty.

    Raises LabError when the file cannot be written.
    """
    write_rows_csv(path, header, [[_cell(value) for value in row] for row in rows])


def _cell(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    return repr(value)


def take(path: Path, taken: Taken) -> int:
    """The figures of the whole run."""
    write_metrics(path, *taken.run.metrics_rows())
    return taken.run.reached
