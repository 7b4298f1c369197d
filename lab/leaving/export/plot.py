"""plot.svg: the plane of a frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab.data.datasets import Dataset
from lab.leaving.svg import render_svg
from lab.looks.palette import ThemeName
from lab.protocol.packet import Packet
from lab.writing import write_bytes
from models.words.text import Lang

if TYPE_CHECKING:
    from lab.leaving.export.taken import Taken


def write_plot_svg(path: Path | str, dataset: Dataset, packet: Packet, lang: Lang, theme: ThemeName = "light") -> None:
    """The picture of a packet as an SVG file. Raises LabError when the file cannot be written."""
    write_bytes(path, render_svg(dataset, packet, lang, theme).encode("utf-8"))


def take(path: Path, taken: Taken) -> int:
    """The plane of the shown frame."""
    write_plot_svg(path, taken.dataset, taken.packet, taken.lang, taken.theme)
    return taken.packet.frame.iteration
