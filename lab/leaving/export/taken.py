"""What can be taken away of a run that is being watched, and the one way to write it in any of the formats."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from lab.data.datasets import Dataset
from lab.looks.palette import ThemeName
from lab.protocol.export_formats import FORMATS
from lab.protocol.packet import Packet
from lab.running.run import Run
from models.words.text import Lang


@dataclass(frozen=True, eq=False)
class Taken:
    """A run as far as it has come, the frame that is shown of it, and how it looks."""

    run: Run
    packet: Packet
    dataset: Dataset
    lang: Lang
    theme: ThemeName


def write(id: str, path: Path, taken: Taken) -> int:
    """Write `path` in the format of this id: a file, or a folder. Returns the iteration as which it stood.

    Raises LabError when it cannot be written.
    """
    format = next(format for format in FORMATS if format.id == id)
    written_at: int = importlib.import_module(f"lab.leaving.export.{format.writer}").take(path, taken)
    return written_at
