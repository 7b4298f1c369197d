"""result.json: how a run ended and what was learned, in plain values that a person can read."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from lab.document.changes import Move, Retune
from lab.running.run import Run
from lab.writing import write_atomically
from models.words.text import Text

if TYPE_CHECKING:
    from lab.leaving.export.taken import Taken

FORMAT = 1
STOPPED = "stopped"  # the outcome of a run that was left before it ended


def summary(run: Run) -> dict[str, Any]:
    """A run as far as it has come, in one line: algorithm, device, path, seed, iterations, outcome, converged, metrics.

    outcome is converged, finished, gave_up, diverged, or stopped for a run that has not ended. converged is true for
    the first two: the run did what it set out to do.
    """
    iteration = run.reached
    metrics = run.metrics(iteration, run.state_after(iteration))
    return {
        "algorithm": run.learner.id,
        "device": run.device,
        "path": run.path,
        "seed": run.seed,
        "iterations": iteration,
        "outcome": STOPPED if run.outcome is None else run.outcome.kind,
        "converged": run.outcome is not None and run.outcome.kind in ("converged", "finished"),
        "metrics": plain(metrics),
    }


def result(run: Run) -> dict[str, Any]:
    """The summary, what the run started from, and the learner's report at the furthest iteration."""
    learner, problem = run.in_force(run.reached)
    report = learner.report(run.state_after(run.reached), problem)
    reason = None if run.outcome is None else {lang: run.outcome.said.say(lang) for lang in ("en", "ko")}
    return {
        "format": FORMAT,
        **summary(run),
        "reason": reason,
        "settings": plain(learner.model_dump()),
        "scaling": problem.scaler.kind,
        "train_share": run.experiment.train_share,
        "features": list(problem.feature_names),
        "target": problem.target_name if problem.targets is not None else None,
        "target_kind": None if problem.targets is None else "class" if problem.has_classes else "number",
        "classes": list(problem.class_names),
        "changes": [_change(at, change) for at, change in run.schedule],
        **plain(report),
    }


def write_result(path: Path | str, run: Run) -> None:
    """result.json of a run. Raises LabError when the file cannot be written."""
    whole = result(run)

    def write(file: BinaryIO) -> None:
        # Piece by piece: the numbers of a wide network are a hundred megabytes of text.
        for piece in _pieces(whole, ""):
            file.write(piece.encode("utf-8", "backslashreplace"))
        file.write(b"\n")

    write_atomically(path, write)


def _change(at: int, change: Any) -> dict[str, Any]:
    if isinstance(change, Retune):
        return {"iteration": at, "setting": change.name, "value": plain(change.value)}
    if isinstance(change, Move):
        return {"iteration": at, "device": change.device}
    return {"iteration": at, "moved": change.handle, "to": plain(change.value)}


def plain(value: Any) -> Any:
    """Arrays, numpy numbers, tuples and Texts as JSON values; a number that is not finite becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        if {*map(type, value)} == {float} and all(map(math.isfinite, value)):
            return list(value)  # a row of weights, of which there may be thousands
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Text):
        return {"en": value.en, "ko": value.ko}
    return value


def readable_json(value: Any) -> str:
    """JSON with a line for each entry, and lists of plain values (a row of weights, a centroid) on one line."""
    return "".join(_pieces(value, "")) + "\n"


def _pieces(value: Any, margin: str) -> Iterator[str]:
    inner = margin + "  "
    if isinstance(value, dict) and value:
        entries = [(f"{json.dumps(key, ensure_ascii=False)}: ", entry) for key, entry in value.items()]
        ends = "{", "}"
    elif isinstance(value, list) and any(isinstance(entry, (dict, list)) for entry in value):
        entries, ends = [("", entry) for entry in value], ("[", "]")
    else:
        yield json.dumps(value, ensure_ascii=False, allow_nan=False)
        return
    yield ends[0] + "\n"
    for number, (name, entry) in enumerate(entries):
        yield (",\n" if number else "") + inner + name
        yield from _pieces(entry, inner)
    yield f"\n{margin}{ends[1]}"


def take(path: Path, taken: Taken) -> int:
    """What the run has learned so far."""
    write_result(path, taken.run)
    return taken.run.reached
