"""Jobs that the window has done elsewhere: in the worker between two slices, or in a process beside it.

What they call is imported when they are done, and nowhere else in the window: a start needs none of it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from lab.data.datasets import Dataset
from lab.protocol.packet import Packet
from models.words.text import Lang

if TYPE_CHECKING:
    from lab.running.run import Run


def compile_in_background() -> subprocess.Popen | None:
    """`lab.sessions.kernel_cache.compile_in_background`."""
    from lab.sessions import kernel_cache

    return kernel_cache.compile_in_background()


def write_plot(path: Path, dataset: Dataset, packet: Packet, lang: Lang, theme: str) -> None:
    """The plane of a packet as a drawing (SVG). Raises LabError."""
    from lab.leaving.export.plot import write_plot_svg

    write_plot_svg(path, dataset, packet, lang, theme)


def write_metrics(path: Path, run: Run) -> None:
    """The figures of a run as a table (CSV). Raises LabError."""
    from lab.leaving.export import metrics

    metrics.write_metrics(path, *run.metrics_rows())


def write_result(path: Path, run: Run) -> None:
    """What a run has learned, readable (JSON). Raises LabError."""
    from lab.leaving.export import result

    result.write_result(path, run)


def write_model(folder: Path, run: Run) -> None:
    """The model that a run has come to, into a folder (safetensors and JSON). Raises LabError."""
    from lab.leaving.export import model
    from lab.leaving.export.folder import assembled

    learner, problem = run.in_force(run.reached)
    with assembled(folder) as fresh:
        model.write_model(fresh, learner, run.state_after(run.reached), problem)
