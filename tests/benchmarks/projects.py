"""What is run: the same data and settings in every room."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.data.tables.files import read_table, to_dataset
from lab.document.project import Experiment, Project, View

MAXIMUM, NORMAL = 3, 1  # steps of lab.protocol.session_states.SPEEDS

# Small steps and no stop on a flat loss: a run that goes on for as long as it is measured.
ENDLESS_MLP = {
    "hidden_layer_sizes": (4, 2), "loss": "squared", "optimizer": "sgd", "batch_size": 10, "learning_rate": 0.003,
    "max_epochs": 1_000_000, "tol": 0.0,
}  # fmt: skip
_DATA = {"perceptron": "xor", "mlp": "circles", "knn": "moons", "kmeans": "blobs", "pca": "tilted",
         "linear_regression": "tilted", "logistic_regression": "gaussians"}  # fmt: skip


def project(algorithm: str, n: int = 500, speed: int = MAXIMUM) -> Project:
    """An algorithm on `n` generated points. The perceptron gets data that no line separates, so that it works on."""
    endless = {
        "linear_regression": {"tol": 0.0, "max_iter": 1_000_000},
        "logistic_regression": {"max_iter": 1_000_000, "tol": 1e-5},
    }
    settings = ENDLESS_MLP if algorithm == "mlp" else endless.get(algorithm, {})
    data = generate(_DATA[algorithm], n=n)
    return Project(data, (Experiment(algorithm, settings),), View(speed))


def endless_network(n: int, **settings: Any) -> Project:
    """2-4-2-1 with plain gradient descent, or with other settings, on `n` points, all of them for training."""
    return Project(generate("circles", n=n), (Experiment("mlp", {**ENDLESS_MLP, **settings}),), View(MAXIMUM))


def default_network(n: int = 500) -> Project:
    """The network as a person finds it, on `n` points; it ends only when its loss rises."""
    settings = {"max_epochs": 1_000_000, "tol": 0.0}
    return Project(generate("circles", n=n), (Experiment("mlp", settings, train_share=0.7),), View(MAXIMUM))


def spiral() -> Project:
    """Two spirals for a network that can tell them apart, as a lecture shows them; it ends by itself."""
    settings = {"hidden_layer_sizes": (16, 16), "learning_rate": 0.01}
    return Project(generate("spirals"), (Experiment("mlp", settings, train_share=0.7),), View(MAXIMUM))


def deep_network(n: int = 500) -> Project:
    """2-8x6-1 on `n` points, without an end."""
    settings = {**ENDLESS_MLP, "hidden_layer_sizes": (8,) * 6}
    return Project(generate("circles", n=n), (Experiment("mlp", settings, train_share=0.7),), View(MAXIMUM))


def diverging() -> Project:
    """A network without a bounded activation, on numbers, at a rate far too high."""
    random = np.random.default_rng(0)
    features = random.uniform(-5, 5, (100, 2))
    data = Dataset("numbers", ("x", "y"), features, features @ [3.0, -2.0], target_name="z", origin="table")
    settings = {"activation": "identity", "optimizer": "sgd", "learning_rate": 1000.0}
    return Project(data, (Experiment("mlp", settings),), View(MAXIMUM))


def heavy() -> Project:
    """The largest network and batch that the settings allow, on many points: one iteration takes long."""
    settings = {"hidden_layer_sizes": (64,) * 8, "batch_size": 10_000, "optimizer": "sgd", "learning_rate": 1e-4}
    return Project(generate("circles", n=10_000), (Experiment("mlp", settings),), View(MAXIMUM))


def loaded(n: int) -> Dataset:
    """`n` points of five clouds, written to a CSV file and read from it as a person's table is."""
    random = np.random.default_rng(0)
    centres = random.uniform(-20, 20, (5, 2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(("width", "height"))
            writer.writerows(
                (centres[random.integers(0, 5, n)] + 4.0 * random.standard_normal((n, 2))).round(4).tolist()
            )
        return to_dataset(read_table(path), ("width", "height"))[0]
