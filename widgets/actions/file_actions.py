"""New, open, save, scenes: what comes into the window from the disk and what goes back, and the unsaved question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLineEdit,
    QMessageBox,
    QWidget,
)

from lab.document import edits, scenes
from lab.document.project import Project
from lab.document.scenes import Scene
from lab.errors import LabError
from models.words.text import Said, Text
from widgets.kit.language import language
from widgets.kit.settings import Settings, own_scenes_folder
from widgets.playing.document import Document
from widgets.playing.player import Player

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".data", ".xlsx")

NEW = Text("new experiment", "새 실험")
OPEN_TABLE = Text("open a table", "표 열기")
OPEN_SCENE = Text("open a scene", "수업 장면 열기")
SAVED = Text("Saved: {path}", "저장했습니다: {path}")
SCENE_SAVED = Text(
    "Kept as scene {number}: open it with Ctrl+L.", "{number}번 수업 장면으로 저장했습니다. Ctrl+L로 열 수 있습니다."
)
UNSAVED_TITLE = Text("Unsaved work", "저장하지 않은 작업")
UNSAVED = Text("This experiment has changes that are not saved.", "이 실험에 저장하지 않은 변경이 있습니다.")
UNSAVED_MORE = Text("Save them before going on?", "계속하기 전에 저장하시겠습니까?")
SAVE, DISCARD, CANCEL = Text("Save", "저장"), Text("Do not save", "저장 안 함"), Text("Cancel", "취소")
_OPEN_TITLE, _SAVE_TITLE = Text("Open", "열기"), Text("Save as", "다른 이름으로 저장")
_ALL_KINDS = Text(
    "Experiments and tables (*.learnscope *.csv *.tsv *.txt *.data *.xlsx)",
    "실험 파일과 표 (*.learnscope *.csv *.tsv *.txt *.data *.xlsx)",
)
_PROJECTS = Text("Experiments (*.learnscope)", "실험 파일 (*.learnscope)")
_UNTITLED = Text("experiment", "실험")
_SCENE_TITLE = Text("Save this as my scene", "내 수업 장면으로 저장")
_TITLE, _QUESTION = Text("Title", "제목"), Text("Question to the class", "반에 던질 질문")

Answer = Literal["save", "discard", "cancel"]


class FileActions(QObject):
    """The entries of the File and Lessons menus."""

    def __init__(self, window: QWidget, document: Document, player: Player, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._document, self._player, self._settings = window, document, player, settings

    # -- documents ---------------------------------------------------------------------------------------------------

    @Slot()
    def new(self) -> None:
        """An empty plane for the same algorithm, settings kept."""
        if self.may_go_on():
            experiment = self._document.project.experiment.replace(schedule=())
            self._document.reset(Project(experiments=(experiment,), view=self._document.project.view))

    @Slot()
    def open(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, language.say(_OPEN_TITLE), str(self._settings.folder), language.say(_ALL_KINDS)
        )
        if chosen:
            self.open_path(Path(chosen))

    def open_path(self, path: Path) -> None:
        """An experiment in place of this one, or a table as the data of this one."""
        self._settings.folder = path.parent
        if path.suffix.lower() in TABLE_SUFFIXES:
            self.import_table(path)
        elif self.may_go_on():
            from lab.document import storage

            try:
                self._document.reset(storage.load(path), path)
            except LabError as error:
                self._player.say(error.said)

    def import_table(self, path: Path) -> None:
        from widgets.tables.import_dialog import TableImportDialog

        dialog = TableImportDialog(path, self._window)
        dialog.accepted.connect(self.on_table_accepted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def on_table_accepted(self) -> None:
        dialog = self.sender()
        has_nothing_to_save = not self._document.is_dirty and self._document.path is None
        self._tried(
            lambda: self._document.edit(OPEN_TABLE, edits.set_dataset(self._document.project, dialog.dataset()))
        )
        if has_nothing_to_save:
            self._document.mark_unchanged()  # what was only opened is in its own file already

    @Slot()
    def save(self) -> bool:
        """Write the file; True when it is written."""
        if self._document.path is None:
            return self.save_as()
        return self._save_to(self._document.path)

    @Slot()
    def save_as(self) -> bool:
        from lab.document import storage

        name = self._document.path or self._settings.folder / (language.say(_UNTITLED) + storage.SUFFIX)
        chosen, _ = QFileDialog.getSaveFileName(
            self._window, language.say(_SAVE_TITLE), str(name), language.say(_PROJECTS)
        )
        if not chosen:
            return False
        path = Path(chosen)
        return self._save_to(path if path.suffix == storage.SUFFIX else path.with_name(path.name + storage.SUFFIX))

    def _save_to(self, path: Path) -> bool:
        from lab.document import storage

        try:
            storage.save(self._document.project_to_save(), path)
        except LabError as error:
            self._player.say(error.said)
            return False
        self._settings.folder = path.parent
        self._document.mark_saved(path)
        self._player.say(Said(SAVED, {"path": str(path)}), "good")
        return True

    def may_go_on(self) -> bool:
        """Whether this document may be left: it is saved, or the person says so."""
        if not self._document.is_dirty:
            return True
        answer = self.ask_about_unsaved()
        return answer == "discard" or answer == "save" and self.save()

    def ask_about_unsaved(self) -> Answer:
        box = QMessageBox(self._window)
        box.setWindowTitle(language.say(UNSAVED_TITLE))
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(language.say(UNSAVED))
        box.setInformativeText(language.say(UNSAVED_MORE))
        save = box.addButton(language.say(SAVE), QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton(language.say(DISCARD), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(language.say(CANCEL), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(save)
        box.setEscapeButton(cancel)
        box.exec()
        clicked = box.clickedButton()
        box.deleteLater()
        return "save" if clicked is save else "discard" if clicked is discard else "cancel"

    # -- scenes ------------------------------------------------------------------------------------------------------

    def scene(self, id: str) -> Scene | None:
        """The scene that a project came from, or None."""
        try:
            return scenes.find(id, own_scenes_folder()) if id else None
        except LabError:
            return None

    @Slot()
    def show_scenes(self) -> None:
        from widgets.lessons.scene_list import SceneDialog

        own = own_scenes_folder()
        dialog = SceneDialog(scenes.all_scenes(own), scenes.broken_scenes(own), self._window)
        dialog.chosen.connect(self.open_scene)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def open_scene(self, id: str) -> None:
        self._tried(lambda: self._document.exchange(OPEN_SCENE, scenes.find(id, own_scenes_folder()).project))

    @Slot()
    def save_scene(self) -> None:
        dialog = _SceneNameDialog(self._window)
        dialog.accepted.connect(self.on_scene_named)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot()
    def on_scene_named(self) -> None:
        dialog = self.sender()
        try:
            scene = scenes.save_own(
                own_scenes_folder(),
                dialog.title.text(),
                dialog.question.text(),
                self._document.project_to_save(),
                language.code,
            )
        except LabError as error:
            self._player.say(error.said)
        else:
            self._player.say(Said(SCENE_SAVED, {"number": scene.number}), "good")

    def _tried(self, work: Callable[[], None]) -> None:
        try:
            work()
        except LabError as error:
            self._player.say(error.said)


class _SceneNameDialog(QDialog):
    """Title and question of a teacher's own scene."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(language.say(_SCENE_TITLE))
        self.title, self.question = QLineEdit(), QLineEdit()
        self.title.setAccessibleName(language.say(_TITLE))
        self.question.setAccessibleName(language.say(_QUESTION))
        form = QFormLayout(self)
        form.addRow(language.say(_TITLE), self.title)
        form.addRow(language.say(_QUESTION), self.question)
        buttons = QDialogButtonBox()
        save = buttons.addButton(language.say(SAVE), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(language.say(CANCEL), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form.addRow(buttons)
        save.setEnabled(False)
        self._save = save
        self.title.textChanged.connect(self.on_title_changed)
        self.resize(460, 0)

    @Slot(str)
    def on_title_changed(self, words: str) -> None:
        self._save.setEnabled(bool(words.strip()))
