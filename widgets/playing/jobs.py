"""Jobs that the window has done elsewhere: in the worker between two slices, or in a process beside it.

What they call is imported when they are done, and nowhere else in the window: a start needs none of it.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from lab.data.datasets import Dataset
from lab.looks.palette import ThemeName
from lab.protocol.packet import Packet
from models.words.text import Lang

if TYPE_CHECKING:
    from lab.running.run import Run


def compile_in_background() -> subprocess.Popen | None:
    """`lab.sessions.kernel_cache.compile_in_background`."""
    from lab.sessions import kernel_cache

    return kernel_cache.compile_in_background()


def export(id: str, path: Path, run: Run, packet: Packet, dataset: Dataset, lang: Lang, theme: ThemeName) -> int:
    """`lab.leaving.export.taken.write`."""
    from lab.leaving.export.taken import Taken, write

    return write(id, path, Taken(run, packet, dataset, lang, theme))
