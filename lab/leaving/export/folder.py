"""A whole export: six files that belong together, put in place only when all of them are written."""

from __future__ import annotations

from pathlib import Path

from lab.data.datasets import Dataset
from lab.data.tables.files import Table
from lab.leaving.export.assembling import assembled
from lab.leaving.export.metrics import write_metrics
from lab.leaving.export.model import write_model
from lab.leaving.export.plot import write_plot_svg
from lab.leaving.export.predictions import write_predictions
from lab.leaving.export.result import write_result
from lab.protocol.packet import Packet
from lab.running.run import Run
from models.core.learner import Fitted
from models.words.text import Lang, Said

FILES = ("result.json", "predictions.csv", "metrics.csv", "plot.svg", "model.safetensors", "model.json")


def export_run(
    folder: Path | str, run: Run, packet: Packet, lang: Lang, data: Dataset | Table | None = None
) -> list[Said]:
    """Everything about a run as far as it has come, in a folder that is made if need be. Files of other names in it
    stay. `packet` is the frame that plot.svg shows; `data` the table that the run's data came from, if it did.

    Returns notes about rows without a prediction. Raises LabError, and writes nothing, when something is wrong.
    """
    learner, problem = run.in_force(run.reached)
    state = run.state_after(run.reached)
    with assembled(folder) as fresh:
        write_model(fresh, learner, state, problem)
        write_result(fresh / "result.json", run)
        write_metrics(fresh / "metrics.csv", *run.metrics_rows())
        write_plot_svg(fresh / "plot.svg", run.dataset, packet, lang)
        return write_predictions(
            fresh / "predictions.csv",
            run.dataset if data is None else data,
            problem.feature_names,
            Fitted(learner, state, problem.scaler),
            learner.task_on(problem),
            problem.class_names,
        )
