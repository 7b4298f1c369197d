"""The catalogue's row: what is known of an algorithm before any of its code is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models.words.text import Text

Group = Literal["supervised", "unsupervised"]

GROUPS: dict[Group, Text] = {
    "supervised": Text("Supervised learning", "지도 학습"),
    "unsupervised": Text("Unsupervised learning", "비지도 학습"),
}


@dataclass(frozen=True)
class Row:
    """One algorithm: its id, its group, its name for people, and the module and class that hold it. `order` is its place
    in the list, from above: those without one stand last."""

    id: str
    group: Group
    title: Text
    subtitle: Text
    module: str
    class_name: str
    order: int = 1_000
