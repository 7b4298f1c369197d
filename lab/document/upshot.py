"""What follows for a run when the document changes: whether it goes on, is begun anew, or waits as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lab.document.project import Experiment, Project
from models.core.params import Param

# same: the run is the document's. begin: a new one from its start. keep_place: a new one that goes to where the old one
# stood. data, settings: the run on screen goes on as learned, and what changed waits for the next start.
Upshot = Literal["same", "begin", "keep_place", "data", "settings"]


@dataclass(frozen=True)
class Comparison:
    """The project whose run is on screen, and the one that the document has become. params: the settings that the
    document's algorithm declares; none before it is imported."""

    begun: Project
    new: Project
    params: Sequence[Param] = ()

    def upshot(self, *, rebuilds: bool, has_progress: bool) -> Upshot:
        """rebuilds: the learner has nothing to train and answers at once. has_progress: the run has left its start."""
        if self.begun.dataset is self.new.dataset and self.is_same_experiment:
            return "same"
        if self.is_another_run:
            return "begin"
        at_once = self.begun.dataset is self.new.dataset and self.differs_at_once
        if self.is_other_plane or rebuilds or at_once:
            return "keep_place"
        if not has_progress:
            return "begin"
        return "data" if self.is_same_experiment else "settings"

    @property
    def keeps_schedule(self) -> bool:
        """Changes recorded in the run live on when only points were drawn, the plane was turned, or a setting changed
        that is answered at once (a query dragged after a weight was set by hand)."""
        return (self.is_same_experiment or self.differs_at_once) and not self.is_other_data

    @property
    def is_another_run(self) -> bool:
        """Whether the run on screen has nothing to do with the document any more."""
        before, after = self.begun.experiment, self.new.experiment
        is_other = before.algorithm != after.algorithm or before.seed != after.seed
        is_other_scene = bool(self.new.scene) and self.new.scene != self.begun.scene
        return is_other or is_other_scene or self.is_other_data

    @property
    def is_other_data(self) -> bool:
        """Whether the data was exchanged as a whole, not edited point by point."""
        before, after = self.begun.dataset, self.new.dataset
        return before is not after and (
            (before.name, before.origin, before.feature_names) != (after.name, after.origin, after.feature_names)
            or before.target_name != after.target_name
        )

    @property
    def is_other_plane(self) -> bool:
        """Whether nothing but the two columns of the plane differs."""
        before, after = self.begun.dataset, self.new.dataset
        same_numbers = before.features is after.features and before.targets is after.targets
        return same_numbers and before.axes != after.axes and self.is_same_experiment

    @property
    def is_same_experiment(self) -> bool:
        return self._compared(self.begun) == self._compared(self.new)

    @property
    def differs_at_once(self) -> bool:
        """Whether nothing of the experiment differs but settings that are answered at once."""
        before, after = self._compared(self.begun), self._compared(self.new)
        if before.replace(settings=after.settings) != after:
            return False
        names = {name for name, value in after.settings.items() if before.settings.get(name) != value}
        return bool(names) and names <= {param.name for param in self.params if param.change == "restart"}

    def _compared(self, project: Project) -> Experiment:
        """The experiment without what is recorded in its run, and with every setting: a scene may name a default,
        which an edit leaves out."""
        experiment = project.experiment
        defaults = {param.name: param.default for param in self.params}
        return experiment.replace(schedule=(), settings={**defaults, **experiment.settings})
