"""What people do to the data and to the definition of the experiment, as edits of the document, one undo step each."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Slot

from lab.data.generators import generate
from lab.document import edits
from models.words.text import Text
from widgets.playing.document import Document
from widgets.playing.tuning import Tuning

_DRAW, _ERASE, _MOVE = (
    Text("draw points", "점 그리기"),
    Text("erase points", "점 지우기"),
    Text("move points", "점 옮기기"),
)
_CLEAR, _DATASET = Text("clear all points", "점 모두 지우기"), Text("choose a data set", "데이터셋 고르기")
_PICK, _SHARE = (
    Text("choose an algorithm", "알고리즘 고르기"),
    Text("change the train share", "훈련 데이터 비율 바꾸기"),
)
_SCALING, _AXES = Text("change the scaling", "스케일링 바꾸기"), Text("turn the plane", "평면의 열 바꾸기")
_RESET = Text("settings back to their defaults", "설정을 기본값으로")


class EditActions(QObject):
    """Slots for the plane, the panels and the menus."""

    def __init__(self, document: Document, tuning: Tuning, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self.edit = document, tuning.edit

    @Slot(object, int)
    def on_points_drawn(self, xy: np.ndarray, class_number: int) -> None:
        self.edit(_DRAW, lambda project: edits.add_points(project, xy, class_number))

    @Slot(object)
    def on_rows_erased(self, rows: np.ndarray) -> None:
        self.edit(_ERASE, lambda project: edits.remove_rows(project, rows))

    @Slot(object, object)
    def on_rows_moved(self, rows: np.ndarray, delta: np.ndarray) -> None:
        self.edit(_MOVE, lambda project: edits.move_rows(project, rows, delta))

    @Slot()
    def on_clear_requested(self) -> None:
        self.edit(_CLEAR, edits.clear_points)

    @Slot(str, dict)
    def on_dataset_requested(self, kind: str, options: dict[str, Any]) -> None:
        self.edit(_DATASET, lambda project: edits.set_dataset(project, generate(kind, **options)), f"data:{kind}")

    @Slot(str)
    def on_table_requested(self, name: str) -> None:
        """One of the tables that come with the laboratory."""
        from lab.data.tables.files import bundled_dataset

        self.edit(_DATASET, lambda project: edits.set_dataset(project, bundled_dataset(name)))

    @Slot(str)
    def on_algorithm_picked(self, id: str) -> None:
        self.edit(_PICK, lambda project: edits.set_algorithm(project, id))

    @Slot(float)
    def on_train_share_edited(self, share: float) -> None:
        self.edit(_SHARE, lambda project: edits.set_train_share(project, share), "share")

    @Slot(str)
    def on_scaling_edited(self, scaling: str) -> None:
        self.edit(_SCALING, lambda project: edits.set_scaling(project, scaling))  # type: ignore[arg-type]

    @Slot(int, int)
    def on_axes_edited(self, i: int, j: int) -> None:
        self.edit(_AXES, lambda project: edits.set_axes(project, i, j))

    @Slot()
    def on_axes_swapped(self) -> None:
        across, up = self._document.project.dataset.axes
        self.on_axes_edited(up, across)

    @Slot()
    def on_split_requested(self) -> None:
        self.edit(_SHARE, lambda project: edits.set_train_share(project, 0.7))

    @Slot()
    def on_reset_settings(self) -> None:
        self.edit(_RESET, edits.reset_settings)
