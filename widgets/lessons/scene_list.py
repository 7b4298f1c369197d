"""The prepared scenes: numbered, searchable, two keys to any of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from lab.document.scenes import Scene
from lab.errors import LabError
from models.words.text import Text
from widgets.kit.calm_controls import QuietLabel, keep_words_whole
from widgets.kit.language import bind, language
from widgets.kit.theme import theme

_TITLE = Text("Scenes", "수업 장면")
_SEARCH = Text("Number or words, then Enter", "번호나 낱말을 쓰고 Enter")
_OWN = Text("My own scenes", "내 수업 장면")
_STEPS = Text("Steps", "순서")
_NONE = Text("No scene has these words. Clear the search to see them all.",
             "이 낱말이 있는 수업 장면이 없습니다. 검색어를 지우면 모두 보입니다.")  # fmt: skip
_NO_SUCH = Text("There is no scene {number}.", "{number}번 수업 장면은 없습니다.")
_BROKEN = Text("Not shown: {sentence}", "보이지 않는 것: {sentence}")
_OPEN, _CANCEL = Text("Open", "열기"), Text("Cancel", "취소")

_SCENE = Qt.ItemDataRole.UserRole
_NUMBER_WIDTH, _PAD = 34, 6
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class _SceneDelegate(QStyledItemDelegate):
    """A scene as its number, its title, and its question in small print under it; a heading as bold small print."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        try:
            self._draw(painter, option, index)
        finally:
            painter.restore()  # the list goes on with this painter

    def _draw(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        scene: Scene | None = index.data(_SCENE)
        bold, small = _fonts(option.font)
        rect = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if scene is None:
            painter.setFont(bold)
            painter.setPen(theme.color("muted"))
            painter.drawText(rect, left, index.data())
        else:
            is_lit = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(option.rect, option.palette.highlight() if is_lit else option.palette.base())
            pen = option.palette.color(QPalette.ColorRole.HighlightedText if is_lit else QPalette.ColorRole.Text)
            quiet = pen if is_lit else theme.color("muted")
            height = QFontMetrics(bold).height()
            top = rect.top() + (rect.height() - height - QFontMetrics(small).height()) // 2
            painter.setFont(bold)
            painter.setPen(quiet)
            painter.drawText(QRect(rect.left(), top, _NUMBER_WIDTH - 10, height), Qt.AlignmentFlag.AlignRight,
                             str(scene.number))  # fmt: skip
            room = rect.width() - _NUMBER_WIDTH
            for font, ink, words in (
                (bold, pen, language.say(scene.title)),
                (small, quiet, language.say(scene.question)),
            ):
                metrics = QFontMetrics(font)
                line = QRect(rect.left() + _NUMBER_WIDTH, top, room, metrics.height())
                painter.setFont(font)
                painter.setPen(ink)
                painter.drawText(line, left, metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))
                top += metrics.height()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        bold, small = (QFontMetrics(font).height() for font in _fonts(option.font))
        return QSize(200, bold + 12 if index.data(_SCENE) is None else bold + small + 10)


def _fonts(font: QFont) -> tuple[QFont, QFont]:
    bold, small = QFont(font), QFont(font)
    bold.setBold(True)
    small.setPointSizeF(font.pointSizeF() * 0.9)
    return bold, small


class SceneDialog(QDialog):
    """A list to choose a scene from; `chosen` carries its id when it is opened.

    Digits go to the scene with that number, words filter by title and question in either language, Enter opens.
    `broken` are the files that could not be read: they are told of in a quiet line.
    """

    chosen = Signal(str)

    def __init__(self, scenes: Sequence[Scene], broken: Sequence[LabError] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scenes, self._broken = tuple(scenes), tuple(broken)
        self.search, self.list = QLineEdit(), QListWidget()
        self.search.setClearButtonEnabled(True)
        self.search.installEventFilter(self)
        self.list.setItemDelegate(_SceneDelegate(self.list))
        self.list.setMinimumWidth(340)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.title, self.question, self.steps_heading = QLabel(), QLabel(), QLabel()
        self.steps, self.note, self.broken = QLabel(), QuietLabel(), QuietLabel()
        self._open_button = self._buttons()
        self._arrange()
        bind(self, self.setWindowTitle, _TITLE)
        bind(self.search, self.search.setPlaceholderText, _SEARCH)
        bind(self.search, self.search.setAccessibleName, _SEARCH)
        bind(self.list, self.list.setAccessibleName, _TITLE)
        bind(self.steps_heading, self.steps_heading.setText, _STEPS)
        self.search.textChanged.connect(self._on_search_changed)
        self.list.currentItemChanged.connect(self._on_current_changed)
        self.list.itemActivated.connect(self._open)
        language.changed.connect(self._on_language_changed)
        self._fill()
        self._on_language_changed()
        self.search.setFocus()
        self.resize(760, 580)

    @property
    def current(self) -> Scene | None:
        """The scene that Enter would open."""
        item = self.list.currentItem()
        return None if item is None else item.data(_SCENE)

    def _buttons(self) -> QWidget:
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self._button_box = box
        open_button = box.button(QDialogButtonBox.StandardButton.Open)
        cancel = box.button(QDialogButtonBox.StandardButton.Cancel)
        bind(open_button, open_button.setText, _OPEN)
        bind(cancel, cancel.setText, _CANCEL)
        open_button.setDefault(True)
        box.accepted.connect(self._open)
        box.rejected.connect(self.reject)
        return open_button

    def _arrange(self) -> None:
        for label in (self.title, self.question, self.steps):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        bold, _ = _fonts(self.font())
        self.steps_heading.setFont(bold)
        bold.setPointSizeF(bold.pointSizeF() * 1.25)
        self.title.setFont(bold)
        about = QVBoxLayout()
        about.setSpacing(8)
        for label in (self.title, self.question, self.steps_heading, self.steps):
            about.addWidget(label)
        about.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self.list, 1)
        middle.addLayout(about, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.setSpacing(8)
        layout.addWidget(self.search)
        layout.addLayout(middle, 1)
        for widget in (self.note, self.broken, self._button_box):
            layout.addWidget(widget)

    # -- the list --------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        for is_own in (False, True):
            group = [scene for scene in self._scenes if scene.own == is_own]
            if group and is_own:
                heading = QListWidgetItem()
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                self.list.addItem(heading)
            for scene in group:
                item = QListWidgetItem()
                item.setData(_SCENE, scene)
                self.list.addItem(item)
        self._go_to_first()

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(row) for row in range(self.list.count())]

    def _go_to_first(self) -> None:
        shown = (item for item in self._items() if item.data(_SCENE) is not None and not item.isHidden())
        self.list.setCurrentItem(next(shown, None))

    @Slot(str)
    def _on_search_changed(self, wanted: str) -> None:
        wanted = wanted.strip()
        if wanted.isdecimal():
            self._show_matching("")
            self._go_to_number(int(wanted))
            return
        self._show_matching(wanted.casefold())
        if self.list.currentItem() is None or self.list.currentItem().isHidden():
            self._go_to_first()

    def _go_to_number(self, number: int) -> None:
        found = [item for item in self._items() if item.data(_SCENE) and item.data(_SCENE).number == number]
        self.list.setCurrentItem(found[0] if found else None)
        self._say_note("" if found else language.say(_NO_SUCH, number=number))
        self._open_button.setEnabled(bool(found))

    def _show_matching(self, wanted: str) -> None:
        own_shown = any_shown = False
        for item in self._items():
            scene: Scene | None = item.data(_SCENE)
            if scene is None:
                continue
            words = (part for text in (scene.title, scene.question) for part in (text.en, text.ko))
            matches = any(wanted in part.casefold() for part in words)
            item.setHidden(not matches)
            any_shown |= matches
            own_shown |= matches and scene.own
        for item in self._items():
            if item.data(_SCENE) is None:
                item.setHidden(not own_shown)
        self._say_note("" if any_shown else language.say(_NONE))
        self._open_button.setEnabled(any_shown)

    def _say_note(self, sentence: str) -> None:
        self.note.set_sentence(sentence)
        self.note.setVisible(bool(sentence))

    # -- what is shown beside it -----------------------------------------------------------------------------------

    @Slot()
    def _on_current_changed(self) -> None:
        scene = self.current
        for label in (self.title, self.question, self.steps, self.steps_heading):
            label.setVisible(scene is not None)
        if scene is None:
            return
        self.title.setText(keep_words_whole(language.say(scene.title)))
        self.question.setText(keep_words_whole(language.say(scene.question)))
        steps = [f"{number}. {language.say(step)}" for number, step in enumerate(scene.script, start=1)]
        self.steps.setText(keep_words_whole("\n".join(steps)))
        self.steps_heading.setVisible(bool(steps))

    @Slot()
    def _on_language_changed(self) -> None:
        for item in self._items():
            scene: Scene | None = item.data(_SCENE)
            item.setText(language.say(_OWN if scene is None else scene.title))
            if scene is not None:
                item.setToolTip(language.say(scene.question))
        self.broken.set_sentence(
            "\n".join(language.say(_BROKEN, sentence=language.say(error.said)) for error in self._broken)
        )
        self.broken.setVisible(bool(self._broken))
        self._on_search_changed(self.search.text())
        self._on_current_changed()

    @Slot()
    def _open(self) -> None:
        scene = self.current
        if scene is not None:
            self.chosen.emit(scene.id)
            self.accept()

    # -- Qt's own names --------------------------------------------------------------------------------------------

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys go on from the search field into the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in _LIST_KEYS:
                self.list.event(event)
                return True
        return super().eventFilter(watched, event)
