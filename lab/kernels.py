"""Compile every algorithm's kernels once, so that nobody waits for it in class: `python -m lab.kernels`.

start.py runs this at the end of the set-up. The compiled code lies in numba's cache beside the sources; where that
was not possible, the worker compiles at the first use.
"""

from __future__ import annotations

from typing import get_args

import models
from lab.commands import Begin, Frame, Seek, Step, Watch
from lab.generators import generate
from lab.panes import PaneId
from lab.project import Experiment
from lab.session import Session
from lab.table_files import bundled_dataset


def compile_all() -> None:
    """Run a few moments of every algorithm, one by one and at full speed, on two and on three classes and on numbers,
    with every pane in view."""
    for row in models.CATALOGUE:
        for data in (generate("gaussians", n=30), generate("blobs", n=30), bundled_dataset("salary")):
            session = Session()
            session.handle(Watch(frozenset(get_args(PaneId))))
            session.handle(Begin(data, Experiment(row.id, train_share=0.8), version=1))
            for _ in range(6):
                session.handle(Step(1))
                session.take_packet()
            session.handle(Seek(Frame(20)))
            while session.advance(0.0):
                pass


if __name__ == "__main__":
    compile_all()
