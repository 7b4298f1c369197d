"""The contract: one algorithm, one frozen value with its hyper-parameters and its mathematics, nothing fitted in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from models.core.abilities import HasPrediction
from models.core.findings import Finding
from models.core.marks import Mark
from models.core.moment import Advance, Edit, Moment, Outcome, Phase, Pin
from models.core.params import Param, check, params
from models.core.problem import NumericPath, Problem, Scaler, Task
from models.core.state import ArrayForm, State
from models.words.text import Said, Text

if TYPE_CHECKING:
    from models.core.formula import Formula, Shown, Tensor

__all__ = ("Advance", "Edit", "Fitted", "Learner", "Moment", "Outcome", "Phase", "Pin")


S = TypeVar("S", bound=State)
P = TypeVar("P", bound=Problem)


class Learner(BaseModel, ABC, Generic[S, P]):
    """One algorithm. Subclasses declare hyper-parameters with `declare` and fill in what is abstract here.

    S is its State, P the kind of Problem it learns from: `class KMeans(Learner[KMeansState, Rows])`.

    Frames: frame (0, 0) is the moment "start", made by the engine from `start`; frame (i, m), i >= 1, is the m-th
    moment of the i-th iteration. `iteration` in the calls below counts the iterations already done: 0 for the first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    id: ClassVar[str]
    title: ClassVar[Text]
    task: ClassVar[Task]
    state_type: ClassVar[type[State]]
    phases: ClassVar[dict[str, Phase]]  # "start" is one of them, and "edited" where handles exist
    metric_names: ClassVar[dict[str, Text]]  # of `metrics` and of advance's scalars, with unit in the label if any
    goal: ClassVar[str]  # the metric that the algorithm itself makes small or large
    verb: ClassVar[Text] = Text("train", "학습")  # what Play does; KNN predicts, PCA finds axes
    default_scaling: ClassVar[Literal["none", "standard"]] = "none"
    rebuilds: ClassVar[bool] = False  # changed data or settings give a new run at once: there is no training to lose
    rate_setting: ClassVar[str | None] = None  # the setting by which steps are lengthened, for remedies to lower
    descends: ClassVar[bool] = False  # goes down its `goal`, a loss: one that grows or swings has too large a rate
    needs_a_line: ClassVar[bool] = False  # never ends on classes that no line separates
    measures_distance: ClassVar[bool] = False  # a column in large units decides nearly alone

    # -- mathematics ---------------------------------------------------------------------------------------------

    @abstractmethod
    def start(self, problem: P, seed: int) -> S:
        """The state before the first iteration. All randomness comes from models.arithmetic.draws and `seed`."""

    @abstractmethod
    def iterate(self, state: S, problem: P, seed: int, iteration: int) -> Iterator[Moment]:
        """The moments of one iteration, in order; the last one holds the state after it."""

    @abstractmethod
    def advance(self, state: S, problem: P, seed: int, iteration: int, count: int) -> Advance:
        """Up to `count` iterations without moments, bit-identical to iterate(); stops after the iteration in
        which `outcome` became true."""

    @abstractmethod
    def outcome(self, state: S, problem: P) -> Outcome | None:
        """Why the run ends at this state, or None. Depends on nothing but the state and the problem."""

    @abstractmethod
    def metrics(self, state: S, problem: P) -> dict[str, float]:
        """The algorithm's own figures at a state (loss, inertia, ...), over the training rows, by the names of
        `metric_names`. Scores against targets are added by lab/running/metrics.py for every learner alike."""

    @abstractmethod
    def report(self, state: S, problem: P) -> dict[str, Any]:
        """What was learned, as plain values for result.json, by scikit-learn's names where it has one: "parameters"
        in original units, and "parameters_scaled" in the learner's where the two differ."""

    # -- what people see -----------------------------------------------------------------------------------------

    @abstractmethod
    def marks(self, moment: Moment, problem: P) -> Iterable[Mark]:
        """What the plane shows at a moment, in the learner's units."""

    def pinned_marks(self, shown: Shown, problem: P) -> Iterable[Mark]:
        """What the plane shows besides, while a point or a place is pinned."""
        return ()

    @abstractmethod
    def place(self, iteration: int, moment: Moment, problem: P) -> Said:
        """Where the run stands, in the algorithm's own units, without the phase ("epoch 2, sample 17/40").
        `iteration` is that of the frame: 0 at the start, 1 for moments of the first iteration."""

    def formulas(self, shown: Shown, problem: P) -> Iterable[Formula]:
        """What happened at this moment, as formulas with its values in them; exactly one of them `is_main`. Where a
        training row is pinned and the moment is about many rows, the formulas are about the pinned one."""
        return ()

    def concerned(self, shown: Shown, problem: P) -> np.ndarray:
        """The training rows (indices) that `formulas` are about, for the plane to light up."""
        return np.zeros(0, dtype=np.int64)

    def tensors(self, state: S) -> Iterable[Tensor]:
        """What was learned, array by array, for the parameter table, under the names that PyTorch gives where it has
        such a model."""
        return ()

    def dwell(self, iteration: int, moment: Moment, problem: P) -> float:
        """Seconds for which this moment stays at normal speed, as teaching needs it."""
        return 1.0

    def iterations_per_epoch(self, problem: P) -> int | None:
        """How many iterations make an epoch, or None where there are none."""
        return None

    # -- what may go wrong, and what a person may change -----------------------------------------------------------

    def costs(self, problem: P) -> Mapping[NumericPath, float]:
        """Seconds that an iteration takes on each path that this learner has on the CPU, by what was once measured. The
        laboratory chooses the cheapest at the start of a run, which keeps it to its end."""
        return {"kernel": 0.0}

    def unready(self, problem: P) -> Said | None:
        """What is missing before this algorithm can start on this problem, or None."""
        return None

    def advice(self, problem: P) -> Finding | None:
        """A word of warning that does not stop the run (k larger than the data, ranges that differ), or None."""
        return None

    def findings(self, state: S, problem: P) -> Iterable[Finding]:
        """What this algorithm recognises of its own illnesses at a settled state (a cluster without points)."""
        return ()

    def edit(self, state: S, edit: Edit, problem: P) -> S:
        """The state after a handle was dragged. Raises ValueError for an unknown handle."""
        raise ValueError(f"{self.id} has no handle {edit.handle!r}")

    def has_handle(self, edit: Edit, problem: P) -> bool:
        """Whether a run on this problem has the handle of `edit` and takes as many numbers there: files are asked this
        before they are opened. Only the sizes and names of `problem` count. True where a state alone can tell."""
        return type(self).edit is not Learner.edit

    def state_forms(self, problem: P, distinct_rows: int) -> Mapping[str, ArrayForm] | None:
        """The arrays of every state of a run on this problem, by the names of their fields: a model's file is compared
        with them before anything is made of it. Only the sizes and names of `problem` count, of whose rows
        `distinct_rows` differ from each other; nothing of their size may be made here.

        None: known from a start alone, which is then made on data of that size. A learner whose settings decide how
        large a start is says it here.
        """
        return None

    def task_on(self, problem: P) -> Task:
        """What this learner is on this problem: the same everywhere, but for one that takes classes or numbers."""
        return self.task

    # -- settings --------------------------------------------------------------------------------------------------

    @classmethod
    def params(cls) -> tuple[Param, ...]:
        return params(cls)

    @classmethod
    def param(cls, name: str) -> Param:
        """The declared hyper-parameter of this name. Raises KeyError where there is none."""
        return {param.name: param for param in cls.params()}[name]

    @property
    def settings(self) -> dict[str, Any]:
        """Every hyper-parameter's value, by name."""
        return {param.name: getattr(self, param.name) for param in self.params()}

    @classmethod
    def with_settings(cls, settings: Mapping[str, Any]) -> Self:
        """A learner with these settings, the rest at their defaults. Raises SettingError with a sentence."""
        return cls(**check(cls, dict(settings), cls.title))

    def changed(self, **settings: Any) -> Self:
        """This learner with some settings changed, all of them validated again."""
        return type(self).with_settings({**self.model_dump(), **settings})


@dataclass(frozen=True, eq=False)
class Fitted:
    """A learned model as it leaves the laboratory: enough to predict on rows in original units."""

    learner: Learner[Any, Any]
    state: State
    scaler: Scaler

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The learner's answers for rows (n, d) in original units. Raises TypeError for a learner that has none."""
        if not isinstance(self.learner, HasPrediction):
            raise TypeError(f"{self.learner.id} has no answer for new rows")
        return self.learner.predict(self.state, np.ascontiguousarray(self.scaler.transform(x)))
