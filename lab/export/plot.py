"""plot.svg: the plane of a frame."""

from __future__ import annotations

from pathlib import Path

from lab.datasets import Dataset
from lab.packet import Packet
from lab.palette import ThemeName
from lab.storage import write_atomically
from lab.svg import render_svg
from models.core.text import Lang


def write_plot_svg(path: Path | str, dataset: Dataset, packet: Packet, lang: Lang, theme: ThemeName = "light") -> None:
    """The picture of a packet as an SVG file. Raises LabError when the file cannot be written."""
    drawn = render_svg(dataset, packet, lang, theme).encode("utf-8")
    write_atomically(path, lambda file: file.write(drawn))
