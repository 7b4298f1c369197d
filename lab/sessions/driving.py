"""Driving a session without a window: from its start to its outcome."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.errors import LabError
from lab.protocol.commands import Frame, Play, Seek
from lab.sessions.session import Session
from models.core.learner import Outcome


def run_to_end(
    session: Session,
    most_iterations: int | None = None,
    slice_s: float = 0.05,
    on_slice: Callable[[int], None] | None = None,
) -> Outcome | None:
    """Drive a session from its start to its outcome, or to a cap on the iterations. Returns the outcome, or None.

    `on_slice(iteration)` is called between slices, for a progress bar. Raises LabError when the run cannot start
    or fails.
    """
    if session.state in ("unready", "failed"):
        said = session.take_packet().narration
        raise LabError(said.text, **said.values)
    if most_iterations is None:
        session.handle(Play(None))
    else:
        session.handle(Seek(Frame(most_iterations, -1)))
    while session.advance(time.perf_counter() + slice_s):
        if on_slice is not None:
            on_slice(session.run.reached)
    if session.state == "failed":
        said = session.take_packet().narration
        raise LabError(said.text, **said.values)
    return session.run.outcome
