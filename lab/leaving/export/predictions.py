"""predictions.csv: the rows that came in, and the model's answer as the last column (or columns, for PCA)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lab.data.datasets import Dataset, seen_by
from lab.data.tables.files import Table, rows_kept, to_dataset, write_rows_csv
from models.core.learner import Fitted
from models.core.problem import Task
from models.words.text import Said

_ROWS_AT_ONCE = 20_000


def prediction_columns(
    fitted: Fitted, task: Task, class_names: Sequence[str], features: np.ndarray
) -> tuple[list[str], list[list[Any]]]:
    """Names and contents of the answer's columns for rows (n, d) in original units.

    classifier: the class's name; regressor: the value; clusterer: the cluster's number from 0, as scikit-learn counts
    and as "labels" in result.json; transformer: pc1, pc2 ...
    """
    pieces = [
        fitted.predict(features[first : first + _ROWS_AT_ONCE]) for first in range(0, len(features), _ROWS_AT_ONCE)
    ]
    answers = np.concatenate(pieces) if pieces else np.zeros((0, 1))
    if task == "transformer":
        return [f"pc{i + 1}" for i in range(answers.shape[1])], answers.T.tolist()
    if answers.ndim == 1:
        return ["prediction"], [answers.tolist()]
    winners = answers.argmax(axis=1).tolist()
    return ["prediction"], [[class_names[i] for i in winners] if task == "classifier" else winners]


def dataset_rows(
    dataset: Dataset, fitted: Fitted, task: Task, class_names: Sequence[str]
) -> tuple[list[str], Iterator[list[Any]]]:
    """Header and rows for drawn or generated points: the features, the target, the answer."""
    seen = seen_by(dataset, fitted.learner.task)
    names, answers = prediction_columns(fitted, task, class_names, seen.features)
    header, columns = list(dataset.feature_names), dataset.features.T.tolist()
    if dataset.targets is not None:
        header.append(dataset.target_name)
        targets = dataset.targets.tolist()
        columns.append([dataset.class_names[i] for i in targets] if dataset.has_classes else targets)
    return header + names, (list(row) for row in zip(*columns, *answers, strict=True))


def table_rows(
    table: Table, feature_names: Sequence[str], fitted: Fitted, task: Task, class_names: Sequence[str]
) -> tuple[list[str], Iterator[list[Any]], list[Said]]:
    """Header and rows for a table: all of its columns and rows as they stand in the file, then the answer.

    Columns are found by name, in any order. A row in which a feature is missing gets an empty answer, and the notes
    say which. Raises LabError for a missing column or a cell that is no number.
    """
    dataset, notes = to_dataset(table, features=tuple(feature_names), target=None, least_features=1)
    kept = rows_kept(table, dataset)
    names, answers = prediction_columns(fitted, task, class_names, dataset.features)
    places = np.full(table.n_rows, -1, dtype=np.int64)
    places[kept] = np.arange(len(kept))

    def rows() -> Iterator[list[Any]]:
        for cells, place in zip(table.rows(), places.tolist(), strict=True):
            yield [*cells, *([""] * len(names) if place < 0 else [answer[place] for answer in answers])]

    return [*table.header, *names], rows(), notes


def write_predictions(
    path: Path | str,
    data: Dataset | Table,
    feature_names: Sequence[str],
    fitted: Fitted,
    task: Task,
    class_names: Sequence[str],
) -> list[Said]:
    """predictions.csv of a dataset, or of the table that it came from. Returns notes about rows without an answer.

    Raises LabError, and writes nothing, when a column is missing or the file cannot be written.
    """
    if isinstance(data, Table):
        header, rows, notes = table_rows(data, feature_names, fitted, task, class_names)
    else:
        header, rows = dataset_rows(data, fitted, task, class_names)
        notes = []
    write_rows_csv(path, header, rows)
    return notes
