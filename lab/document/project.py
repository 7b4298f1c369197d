"""The document: a dataset, the experiments on it, and how it is looked at. A frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lab.data.datasets import Dataset, empty
from lab.document.changes import Schedule

Scaling = Literal["auto", "none", "standard"]


@dataclass(frozen=True)
class Experiment:
    """One algorithm with what it starts from. `settings` holds only what differs from the algorithm's defaults.

    scaling "auto" is the algorithm's teaching default (none for drawn and logic data; standard for the MLP and
    loaded tables). train_share in (0, 1]: 1.0 means that there is no test data. device: "cpu" or torch's name.
    """

    algorithm: str = "perceptron"
    settings: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 7
    device: str = "cpu"
    scaling: Scaling = "auto"
    train_share: float = 1.0
    schedule: Schedule = ()

    def replace(self, **changes: Any) -> Experiment:
        return replace(self, **changes)


@dataclass(frozen=True)
class View:
    """How the document is looked at. speed: a step of SPEEDS in lab/protocol/session_states.py, 0 slow to 3 maximum."""

    speed: int = 1
    surface: bool = True
    test_points: bool = True


@dataclass(frozen=True, eq=False)
class Project:
    dataset: Dataset = field(default_factory=empty)
    experiments: tuple[Experiment, ...] = (Experiment(),)
    view: View = View()
    scene: str = ""  # id of the scene it was opened from, or ""

    @property
    def experiment(self) -> Experiment:
        """The first experiment, the one that the window shows."""
        return self.experiments[0]

    def replace(self, **changes: Any) -> Project:
        return replace(self, **changes)

    def with_experiment(self, **changes: Any) -> Project:
        """This project with its first experiment changed."""
        return replace(self, experiments=(self.experiment.replace(**changes), *self.experiments[1:]))
