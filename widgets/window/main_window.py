"""The window: assembles the rooms and shows them the document. What a room does is written in the room, and what is
connected with what in connections.py.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QMessageBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

import models
from lab.data.datasets import TARGET_AXIS, Dataset
from lab.document.project import Project
from lab.protocol.commands import Look
from lab.protocol.packet import Packet
from lab.protocol.pane_kinds import PaneId
from models.core.moment import Pin
from models.words.sentences import filled
from models.words.text import Said, Text
from widgets.actions.edit_actions import EditActions
from widgets.actions.export_actions import ExportActions
from widgets.actions.file_actions import TABLE_SUFFIXES, FileActions
from widgets.actions.menus import Actions
from widgets.actions.remedies import apply_remedy
from widgets.kit.language import language
from widgets.kit.settings import Settings
from widgets.kit.tab_order import one_after_another, stops
from widgets.kit.theme import theme
from widgets.lessons.lesson_card import LessonCard
from widgets.lessons.presentation import Presentation, Presented
from widgets.panes.panes import Panes
from widgets.playing.document import Document
from widgets.playing.player import Player
from widgets.playing.tuning import Tuning
from widgets.playing.worker import Worker
from widgets.side.algorithm_picker import AlgorithmPicker
from widgets.side.dataset_panel import DatasetPanel
from widgets.side.device_box import DeviceBox
from widgets.side.param_form import ParamForm
from widgets.side.side_panel import SidePanel
from widgets.stages.plane.plane_view import PlaneView
from widgets.stages.stages import Stages
from widgets.transport.narration_bar import NarrationBar, Situation, line_for
from widgets.transport.status_line import StatusLine
from widgets.transport.transport_bar import TransportBar
from widgets.window.connections import connect
from widgets.window.keys import KeyGate
from widgets.window.watching import Watching

if TYPE_CHECKING:
    from widgets.lessons.question_card import QuestionCard

SIDE_PX, RIGHT_PX, RIGHT_LEAST_PX = 292, 364, 240
BASE_HEIGHT = 720  # of the window whose letters have scale 1

TITLE = Text("Learnscope", "Learnscope – 머신러닝 실험실")
TITLE_OF = Text("{name} – Learnscope", "{name} – Learnscope 머신러닝 실험실")
UNTITLED = Text("Untitled", "제목 없음")
_DATA, _ALGORITHM, _DEVICE = Text("Data", "데이터"), Text("Algorithm", "알고리즘"), Text("Device", "연산 장치")


class MainWindow(Presented):
    """Document, player and views, connected. `project` is what it opens with."""

    def __init__(
        self, settings: Settings, project: Project | None = None, make_worker: Callable[[], Worker] = Worker
    ) -> None:
        super().__init__()
        self.settings = settings
        self.document = Document(project, self)
        self.player = Player(self.document, make_worker, self)
        self.plane, self.panes = PlaneView(), Panes()
        self.stages = Stages(self.plane)
        self.data_panel, self.picker = DatasetPanel(), AlgorithmPicker()
        self.form, self.device_box = ParamForm(), DeviceBox()
        self.transport, self.narration, self.status = TransportBar(), NarrationBar(), StatusLine()
        self.card = LessonCard()
        self.files = FileActions(self, self.document, self.player, settings)
        self.tuning = Tuning(self.document, self.player, self)
        self.edits = EditActions(self.document, self.tuning, self)
        self.exports = ExportActions(self, lambda: self.stages.shown, self.player, settings)
        self.actions_ = Actions(self)
        self._keys = KeyGate(self, self.actions_, lambda: self.stages.shown)
        self._form_of = ""
        self._counted: Dataset | None = None
        self._scale = 1.0
        self._assemble()
        self.watching = Watching(self.player, self.panes, self.plane, self.document, self)
        self.presentation = Presentation(self)
        connect(self)
        self.setAcceptDrops(True)
        language.changed.connect(self.on_language_changed)
        theme.changed.connect(self.on_theme_changed)
        self._show_document()
        self.on_theme_changed()
        self.on_language_changed()
        self.plane.setFocus()

    # -- the rooms ---------------------------------------------------------------------------------------------------

    def _assemble(self) -> None:
        self.side = SidePanel()
        self.side.add(_DATA, self.data_panel)
        self.side.add(_ALGORITHM, self.picker, self.form)
        self.side.add(_DEVICE, self.device_box)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(4, 8, 12, 8)
        beside = _splitter(Qt.Orientation.Vertical, self.panes, self.card)
        beside.setStretchFactor(0, 1)
        beside.setSizes([330, 150])
        column.addWidget(beside)
        self.right = right
        self.middle = _splitter(Qt.Orientation.Horizontal, self.stages, right)
        self.middle.setStretchFactor(0, 1)
        self.middle.setSizes([1280 - SIDE_PX - RIGHT_PX, RIGHT_PX])
        stage = QWidget()
        self.above = rows = QVBoxLayout(stage)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.middle, 1)
        for part in (self.transport, self.narration, self.status):
            rows.addWidget(part)
        # The settings have the whole height: at 720 lines nothing of them needs scrolling.
        self.split = _splitter(Qt.Orientation.Horizontal, self.side, stage)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([SIDE_PX, 1280 - SIDE_PX])
        self.side.setMinimumWidth(SIDE_PX - 12)
        right.setMinimumWidth(RIGHT_LEAST_PX)
        self.setCentralWidget(self.split)
        self.actions_.fill(self.menuBar())
        self.addActions(list(self.actions_.all()))
        self.setMinimumSize(QSize(960, 600))
        self.resize(1280, 720)

    @cached_property
    def question_card(self) -> QuestionCard:
        """The card over the foot of the window; made for the first question."""
        from widgets.lessons.question_card import QuestionCard

        card = QuestionCard(self)
        card.revealed.connect(self.on_revealed)
        return card

    # -- document and packets ----------------------------------------------------------------------------------------

    @Slot(object, object)
    def on_document_changed(self, old: Project, new: Project) -> None:
        self._show_document()

    @Slot(object)
    def on_document_opened(self, project: Project) -> None:
        self._show_document()
        self.plane.reset_view()
        self._keys.go_home()

    def _show_document(self) -> None:
        """Every room shows the document; a room refreshes only what is not the same object."""
        project = self.document.project
        experiment, view = project.experiment, project.view
        self.plane.show_dataset(project.dataset)
        self.plane.set_surface(view.surface)
        self.plane.set_test_points(view.test_points)
        is_supervised = models.row(experiment.algorithm).group == "supervised"
        self.data_panel.set_supervised(is_supervised)
        self._show_scaling()
        self.picker.select(experiment.algorithm)
        self._show_form()
        self.device_box.select(experiment.device)
        self.transport.show_seed(experiment.seed)
        self.transport.show_speed(view.speed)
        self.actions_["surface"].setChecked(view.surface)
        self.actions_["test_points"].setChecked(view.test_points)
        self.actions_["split"].setEnabled(is_supervised and project.experiment.train_share >= 1.0)
        self.actions_["swap_axes"].setEnabled(TARGET_AXIS not in project.dataset.axes)
        scene = self.files.scene(project.scene)
        if scene is None or self.card.scene is None or scene.id != self.card.scene.id:
            self.card.end_offers()
            self.card.show_scene(scene)
        self.exports.name = project.scene or f"{project.dataset.name or 'drawn'}-{experiment.algorithm}"
        self.on_document_state_changed()

    def _show_scaling(self) -> None:
        packet = self.player.packet
        self.data_panel.show_project(self.document.project, packet.scaling if packet is not None else "none")

    def _show_form(self) -> None:
        """The settings: those in force at the shown frame, or the document's while they wait for the start."""
        if not self.player.is_ready:
            return
        experiment = self.document.project.experiment
        params = models.load(experiment.algorithm).params()
        packet = self.player.packet
        values = {param.name: experiment.settings.get(param.name, param.default) for param in params}
        if packet is not None and packet.settings and self.player.is_current and self.player.stale != "settings":
            values |= {name: packet.settings[name] for name in values if name in packet.settings}
        if self._form_of != experiment.algorithm:
            self._form_of = experiment.algorithm
            self.form.show_params(params, values)
            one_after_another((self.picker.box, *stops(self.form)))
        else:
            self.form.show_values(values)
        data = self.document.project.dataset
        if data is not self._counted:
            self._counted = data
            self.form.set_class_count(len(np.unique(data.targets)) if data.has_classes else 0)

    @Slot(object)
    def on_packet(self, packet: Packet) -> None:
        self.panes.set_glide(self.player.glide_ms)
        self.stages.show_packet(packet, self.player.glide_ms)
        if packet.frame.iteration:
            self.card.end_offers()

    @Slot()
    def on_cleared(self) -> None:
        self.plane.glide_ms = 0

    @Slot()
    def on_told(self) -> None:
        player, project = self.player, self.document.project
        packet = player.packet if player.is_current else None
        lower_rate = self.tuning.lower_rate if packet is not None and packet.state == "diverged" else None
        if packet is not None:
            self.panes.show_packet(packet)
            self._show_form()
            self._show_scaling()
            if packet.place is not None:
                self.device_box.select(packet.device)
        is_supervised = models.row(project.experiment.algorithm).group == "supervised"
        self.transport.show_packet(packet, player.is_playing)
        self.transport.show_speed(project.view.speed)
        self.status.show_packet(packet, is_supervised)
        self.actions_["clear_changes"].setEnabled(packet is not None and bool(packet.schedule))
        self.narration.show_line(
            line_for(
                Situation(
                    packet, project.dataset.n, player.stale, player.is_ready, player.failure, player.message,
                    player.message_tone, lower_rate, player.is_preparing,
                )
            )
        )  # fmt: skip

    @Slot(object)
    def on_ready(self, devices: Any) -> None:
        self._tell_of_broken_packages()
        self.device_box.show_devices(devices)
        self.device_box.select(self.document.project.experiment.device)
        self._show_form()

    def _tell_of_broken_packages(self) -> None:
        """Installed algorithms that are left out: gone from the picker, and a sentence about each."""
        sentences = [filled(entry.said.text, **entry.said.values) for entry in models.broken()]
        if sentences:
            self.picker.leave_out_missing()
            self.picker.select(self.document.project.experiment.algorithm)
            told = Text(" ".join(text.en for text in sentences), " ".join(text.ko for text in sentences))
            self.player.say(Said(told, {}))

    @Slot()
    def on_document_state_changed(self) -> None:
        document = self.document
        self.actions_.show_history(document.undo_label, document.redo_label)
        scene = self.card.scene if document.project.scene else None
        if document.path is not None:
            name = document.path.stem
        else:
            name = language.say(scene.title) if scene is not None else language.say(UNTITLED)
        name = name.replace("[*]", "[*][*]")  # or Qt would take it for the place of its mark
        self.setWindowTitle(language.say(TITLE_OF, name=name) + "[*]")
        self.setWindowModified(document.is_dirty)

    # -- what is asked for ---------------------------------------------------------------------------------------------

    @Slot(float, float, float, float, int, int, int)
    def on_looked(self, *look: float) -> None:
        self.player.look(Look(*look))

    @Slot(str)
    def on_offer_taken(self, id: str) -> None:
        player = self.player
        {
            "examples": self.files.show_scenes, "open": self.files.open, "rewind": player.rewind,
            "slower": self.tuning.lower_learning_rate, "back": partial(player.step, -1), "branch": player.take_branch,
            "clear_changes": player.clear_changes, "restart": player.restart, "dismiss": partial(player.say, None),
            "remedy": self.on_remedy_taken,
        }[id]()  # fmt: skip

    @Slot()
    def on_remedy_taken(self) -> None:
        finding = self.narration.finding
        if finding is not None and finding.remedy is not None:
            apply_remedy(finding.remedy, self.player, self.tuning, self.edits)

    @Slot(bool)
    def on_presentation_toggled(self, is_on: bool) -> None:
        self.watching.watch_also(self.presentation.watched)
        self.actions_["present"].setChecked(is_on)

    def on_question_asked(self) -> None:
        self.question_card.open_for(self.files.scene(self.document.project.scene))

    @Slot()
    def on_revealed(self) -> None:
        """The class has said what it expects: now it sees it."""
        if not self.player.is_playing:
            self.player.play_pause()

    # -- view --------------------------------------------------------------------------------------------------------

    def set_language(self, code: str) -> None:
        self.settings.language = code  # type: ignore[assignment]
        language.set(code)  # type: ignore[arg-type]

    def set_theme(self, name: str) -> None:
        self.settings.theme = name
        theme.set(name)  # type: ignore[arg-type]

    @Slot()
    def on_language_changed(self) -> None:
        self.actions_["korean" if language.code == "ko" else "english"].setChecked(True)
        self.on_document_state_changed()

    @Slot()
    def on_theme_changed(self) -> None:
        self.actions_[theme.name].setChecked(True)

    @Slot()
    def on_view_toggled(self) -> None:
        view = self.document.project.view
        shown = type(view)(view.speed, self.actions_["surface"].isChecked(), self.actions_["test_points"].isChecked())
        self.document.set_view(shown)
        self.plane.set_surface(shown.surface)
        self.plane.set_test_points(shown.test_points)

    @Slot()
    def on_side_toggled(self) -> None:
        self.side.setVisible(self.actions_["side_panel"].isChecked())

    def bring_pane(self, id: PaneId) -> None:
        """A pane into view; the one in view gets half of the window, or gives it back."""
        if self.panes.isVisible() and self.panes.current == id:
            whole = sum(self.middle.sizes())
            is_wide = self.middle.sizes()[1] >= whole // 2 - 8
            right = min(round(RIGHT_PX * self._scale), whole // 2) if is_wide else whole // 2
            self.middle.setSizes([whole - right, right])
        self.panes.show_pane(id)

    def change_speed(self, by: int) -> None:
        """So many steps faster, or slower."""
        self.player.set_speed(self.document.project.view.speed + by)

    def tell(self, title: Text, words: Text) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, language.say(title), language.say(words), parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    # -- Qt's own ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        scale = min(1.75, max(1.0, round(self.height() / BASE_HEIGHT * 4) / 4))
        if scale != self._scale:
            whole, right = sum(self.middle.sizes()), round(self.middle.sizes()[1] * scale / self._scale)
            self._scale = scale
            for part in (self.transport, self.narration, self.card, self.panes):
                part.set_scale(scale)
            self.right.setMinimumWidth(round(RIGHT_LEAST_PX * scale))
            if self.right.isVisible():
                self.middle.setSizes([whole - right, right])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where nobody else wants it, lets go of what is pinned."""
        if event.key() == Qt.Key.Key_Escape and self.watching.pin != Pin():
            self.watching.let_go()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.files.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()  # until nothing can be lost any more: an error on the way does not take the window with it
        try:
            if not self.files.may_go_on():
                return
        except Exception:  # one that leaves an event handler of close() ends the process
            sys.excepthook(*sys.exc_info())
            return
        self.settings.geometry = self.saveGeometry()
        self.player.close()
        event.accept()


def _splitter(orientation: Qt.Orientation, *parts: QWidget) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setChildrenCollapsible(False)
    splitter.setHandleWidth(6)
    for part in parts:
        splitter.addWidget(part)
    return splitter


def _dropped(event: QDropEvent) -> Path | None:
    """The one file that is dropped, if it is of a kind that can be opened."""
    from lab.document.storage import SUFFIX

    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.suffix.lower() in (*TABLE_SUFFIXES, SUFFIX) else None
