"""Nothing is lost: the window's autosave, and the offer of what an earlier window left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QVBoxLayout

from models.words.text import Said, Text
from widgets.playing.autosaver import Autosaver

if TYPE_CHECKING:
    from lab.document.autosaves import Left
    from lab.document.project import Project
    from widgets.actions.file_actions import FileActions
    from widgets.actions.recovery_bar import RecoveryBar
    from widgets.kit.settings import Settings
    from widgets.lessons.lesson_card import LessonCard
    from widgets.lessons.presentation import Presentation
    from widgets.playing.document import Document
    from widgets.playing.player import Player

RESTORED = Text(
    "Restored. It is not saved yet: Ctrl+S writes it to its file.",
    "복구했습니다. 아직 저장한 것은 아니므로 Ctrl+S로 파일에 저장하세요.",
)
TAKEN = Text(
    "Another window has opened or discarded this work meanwhile.", "그사이 다른 창에서 이 작업을 열었거나 버렸습니다."
)


class Kept(Protocol):
    """A window whose work is kept."""

    document: Document
    player: Player
    files: FileActions
    card: LessonCard
    presentation: Presentation
    settings: Settings
    above: QVBoxLayout


class Keeping(QObject):
    """Made for a window that is assembled; `places` are where autosaves may lie, the program's own at first."""

    def __init__(self, window: Kept, places: Sequence[Path] | None = None) -> None:
        super().__init__(window)  # type: ignore[call-overload]
        self._window = window
        self._lefts: list[Left] = []
        self._at = 0
        self._project: Project | None = None
        self._bar: RecoveryBar | None = None
        self.autosaver = Autosaver(window.document, places, self)
        self.autosaver.troubled.connect(self.on_troubled)
        self.autosaver.found.connect(self.on_found)
        self.autosaver.loaded.connect(self.on_loaded)
        self.autosaver.adopted.connect(self.on_adopted)
        window.settings.file.on_trouble = self.on_troubled
        window.player.ready.connect(self.on_ready)

    @property
    def bar(self) -> RecoveryBar:
        """The bar; made for the first offer."""
        if self._bar is None:
            from widgets.actions.recovery_bar import RecoveryBar

            self._bar = bar = RecoveryBar()
            self._window.above.insertWidget(0, bar)
            bar.put_away(self._window.presentation.is_on)
            self._window.presentation.toggled.connect(bar.put_away)
            bar.restore_asked.connect(self.on_restore_asked)
            bar.later_asked.connect(self.on_later_asked)
            bar.discard_asked.connect(self.on_discard_asked)
            bar.another_asked.connect(self.on_another_asked)
        return self._bar

    def close(self, drops: bool = True) -> bool:
        """The end of the program. drops: the window was closed on purpose, so nothing of it is kept. True when the
        thread has ended."""
        return self.autosaver.close(drops=drops)

    @Slot(object)
    def on_ready(self, _devices: object) -> None:
        self._window.player.ready.disconnect(self.on_ready)  # not again for a worker that took another's place
        self.autosaver.look()

    @Slot(object)
    def on_troubled(self, said: Said) -> None:
        self._window.player.say(said)

    @Slot(object)
    def on_found(self, lefts: Sequence[Left]) -> None:
        self._lefts, self._at = list(lefts), 0
        self._load()

    @Slot(object, object)
    def on_loaded(self, left: Left, project: Project | None) -> None:
        if left not in self._lefts:
            return
        if project is None:  # left where it is: a newer version of the program may read it
            self._drop(left)
            return
        self._project = project
        self._at = self._lefts.index(left)
        self._window.card.end_offers()  # who has work to restore begins with it, and the bar needs the room
        self.bar.show_offer(left, project, self._at + 1, len(self._lefts))

    @Slot()
    def on_restore_asked(self) -> None:
        if self._project is not None and self._window.files.may_go_on():
            self.autosaver.adopt(self._lefts[self._at])

    @Slot(object, bool)
    def on_adopted(self, left: Left, is_ours: bool) -> None:
        project = self._project
        self._drop(left)
        if not is_ours or project is None:
            self._window.player.say(Said(TAKEN, {}))
            return
        self._window.document.restore(project, left.path)
        self._window.player.say(Said(RESTORED, {}), "good")

    @Slot()
    def on_later_asked(self) -> None:
        self._lefts = []
        self.bar.end()

    @Slot()
    def on_discard_asked(self) -> None:
        left = self._lefts[self._at]
        self.autosaver.discard(left)
        self._drop(left)

    @Slot()
    def on_another_asked(self) -> None:
        self._at = (self._at + 1) % len(self._lefts)
        self._load()

    def _drop(self, left: Left) -> None:
        """It is not offered any more; the next one is."""
        if left in self._lefts:
            self._lefts.remove(left)
        self._at, self._project = 0, None
        self._load()

    def _load(self) -> None:
        if self._lefts:
            self.autosaver.load(self._lefts[self._at])
        elif self._bar is not None:
            self._bar.end()
