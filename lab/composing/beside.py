"""What a pane or a stage is asked when its part of a packet is composed, and what it promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from lab.protocol.commands import Look, Watch
from models.core.formula import Shown
from models.core.learner import Learner
from models.core.problem import Rows
from models.core.state import State


@dataclass(frozen=True, eq=False)
class Asked:
    """A shown moment of a run and how it is looked at. history(most): earlier settled states, oldest first."""

    learner: Learner
    shown: Shown
    problem: Rows
    look: Look
    watch: Watch
    history: Callable[[int], list[State]]


class Composer(Protocol):
    """Made once for a run, so that it may keep what is dear to make."""

    def fits(self, learner: Learner, problem: Rows) -> bool:
        """Whether it means something for this learner on this data."""
        ...

    def record(self, asked: Asked) -> Any:
        """The record, plain values and arrays alone, or None where there is nothing to show. Asked only where it fits;
        what it raises empties its own pane."""
        ...
