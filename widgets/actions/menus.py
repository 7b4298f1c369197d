"""Every action of the window, once: its words, its keys, its icon; and the menus that hold them.

Letter keys also answer to what a Korean input method types in their place (ㄷ for E, ㅍ for V).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from lab.data.bundled_tables import BUNDLED
from lab.protocol.export_formats import FORMATS
from models.words.text import Lang, Text
from widgets.kit.keyboard import JAMO, latin_letter
from widgets.kit.language import bind, language
from widgets.kit.theme import bind_icon
from widgets.panes.kinds import KEYS as KEYS_OF_PANES
from widgets.panes.kinds import NAMES as PANE_NAMES


@dataclass(frozen=True)
class Spec:
    """One action. `keys` are shown and work as shortcuts; `aliases` only work."""

    id: str
    text: Text
    keys: tuple[str, ...] = ()
    icon: str = ""
    is_checkable: bool = False
    aliases: tuple[str, ...] = ()
    is_auto_repeated: bool = False


SPECS: tuple[Spec, ...] = (
    Spec("new", Text("New", "새 실험"), ("Ctrl+N",), "new"),
    Spec("open", Text("Open …", "열기 …"), ("Ctrl+O",), "open"),
    Spec("save", Text("Save", "저장"), ("Ctrl+S",), "save"),
    Spec("save_as", Text("Save as …", "다른 이름으로 저장 …"), ("Ctrl+Shift+S",)),
    Spec("export_png", Text("Plane as a picture (PNG) …", "평면을 그림(PNG)으로 …"), ("Ctrl+E",), "image"),
    *(Spec(f"export_{kind.id}", kind.title, (), kind.icon) for kind in FORMATS),
    Spec("quit", Text("Quit", "끝내기"), ("Ctrl+Q",)),
    Spec("undo", Text("Undo", "실행 취소"), ("Ctrl+Z",), "undo"),
    Spec("redo", Text("Redo", "다시 실행"), ("Ctrl+Shift+Z",), "redo", aliases=("Ctrl+Y",)),
    Spec("copy_image", Text("Copy the plane as a picture", "평면을 그림으로 복사"), ("Ctrl+C",), "image"),
    Spec("brush", Text("Brush", "브러시"), ("B",), "brush"),
    Spec("eraser", Text("Eraser", "지우개"), ("E",), "eraser"),
    Spec("move", Text("Select and move", "선택해서 옮기기"), ("V",), "move"),
    Spec("clear", Text("Clear all points", "점 모두 지우기"), (), "clear"),
    Spec("swap_axes", Text("Exchange the two axes", "가로축과 세로축 맞바꾸기")),
    *(Spec(f"table_{id}", title) for id, title in BUNDLED.items()),
    Spec("split", Text("Split off 30 % as test data", "테스트 데이터로 30 % 떼어 두기")),
    Spec("reset_settings", Text("Settings back to their defaults", "설정을 기본값으로"), (), "settings"),
    Spec("play", Text("Play / pause", "재생 / 일시정지"), ("Space",), "play"),
    Spec("step", Text("One step", "한 단계"), ("Right",), "step-forward", is_auto_repeated=True),
    Spec("step_back", Text("One step back", "한 단계 뒤로"), ("Left",), "step-back", is_auto_repeated=True),
    Spec("iteration", Text("One iteration", "한 반복"), ("Shift+Right",), "iteration-forward", is_auto_repeated=True),
    Spec("iteration_back", Text("One iteration back", "한 반복 뒤로"), ("Shift+Left",), "iteration-back",
         is_auto_repeated=True),
    Spec("epoch", Text("One epoch", "한 에포크"), ("Ctrl+Right",), is_auto_repeated=True),
    Spec("epoch_back", Text("One epoch back", "한 에포크 뒤로"), ("Ctrl+Left",), is_auto_repeated=True),
    Spec("rewind", Text("Rewind: the same start again", "처음으로: 같은 시작을 다시"), ("Home",), "rewind"),
    Spec("another_start", Text("Another start", "다른 시작"), ("Ctrl+R",), "dice"),
    Spec("faster", Text("Faster", "더 빠르게"), ("+",), aliases=("=",)),
    Spec("slower", Text("Slower", "더 천천히"), ("-",)),
    Spec("clear_changes", Text("Clear the recorded changes", "기록된 변경 지우기"), (), "trash"),
    Spec("korean", Text("Korean", "한국어"), (), "", True),
    Spec("english", Text("English", "English"), (), "", True),
    Spec("light", Text("Light", "밝게"), (), "", True),
    Spec("dark", Text("Dark", "어둡게"), (), "", True),
    Spec("surface", Text("Decision surface", "결정 영역"), (), "", True),
    Spec("test_points", Text("Test points", "테스트 점"), (), "", True),
    Spec("side_panel", Text("Settings beside the plane", "평면 옆 설정"), (), "", True),
    Spec("reset_view", Text("Show all points", "모든 점 보기")),
    *(Spec(f"pane_{id}", name, (KEYS_OF_PANES[id],)) for id, name in PANE_NAMES.items()),
    Spec("present", Text("Presentation", "발표 모드"), ("F11",), "", True),
    Spec("question", Text("Question card …", "질문 카드 …"), ("Ctrl+K",)),
    Spec("scenes", Text("Scenes …", "수업 장면 …"), ("Ctrl+L",), "scenes"),
    Spec("save_scene", Text("Save this as my scene …", "내 수업 장면으로 저장 …")),
    Spec("keys", Text("Keys", "단축키")),
    Spec("about", Text("About Learnscope", "Learnscope에 대하여")),
)  # fmt: skip

_FILE, _EDIT, _DATA = Text("File", "파일"), Text("Edit", "편집"), Text("Data", "데이터")
_RUN, _VIEW, _LESSONS, _HELP = (
    Text("Run", "실행"),
    Text("View", "보기"),
    Text("Lessons", "수업"),
    Text("Help", "도움말"),
)
_EXPORT, _LANGUAGE, _THEME = Text("Export", "내보내기"), Text("Language", "언어"), Text("Theme", "테마")
_TABLES = Text("Tables", "표 데이터")
_PANES = Text("Pane beside the plane", "평면 옆 창")
_CLASSES = Text("Class of the brush", "브러시의 클래스")
CLASS = Text("Class {letter}", "클래스 {letter}")
UNDO, REDO = Text("Undo: {label}", "실행 취소: {label}"), Text("Redo: {label}", "다시 실행: {label}")
LETTERS = "ABCDEFG"
KEYS_TITLE, ABOUT_TITLE = Text("Keys", "단축키"), Text("About Learnscope", "Learnscope에 대하여")


def _of_panes(lang: Lang) -> str:
    """The panes' keys and names, for the sheet of keys."""
    names = ", ".join(name.say(lang) for name in PANE_NAMES.values())
    return f"{' '.join(KEYS_OF_PANES.values())}: {names}"


KEYS = Text(
    "Space: play, pause\n→ ←: one step forward, back\nShift+→ ←: one iteration\nCtrl+→ ←: one epoch\n"
    "Home: the same start again\nCtrl+R: another start\n+ −: speed\nCtrl+L: scenes\n1–7: class of the brush\n"
    "B: brush, E: eraser, V: select and move\nCtrl+Z, Ctrl+Shift+Z: undo, redo\nCtrl+C: copy the plane\n"
    f"{_of_panes('en')} (again: half of the window)\n"
    "Esc: let go of what is pinned\n"
    "F11 or F5: presentation (Page Down, Page Up: on and back, B or full stop: black, Esc: leave)\n"
    "Ctrl+K: question card (A to D: one hand more, with Shift one less, T: count down, Space: reveal)\n"
    "Ctrl+E: export the plane\nCtrl+N, O, S, Shift+S: new, open, save, save as\nCtrl+Q: quit",
    "Space: 재생, 일시정지\n→ ←: 한 단계 앞으로, 뒤로\nShift+→ ←: 한 반복\nCtrl+→ ←: 한 에포크\n"
    "Home: 같은 시작을 다시\nCtrl+R: 다른 시작\n+ −: 속도\nCtrl+L: 수업 장면\n1–7: 브러시의 클래스\n"
    "B: 브러시, E: 지우개, V: 선택해서 옮기기\nCtrl+Z, Ctrl+Shift+Z: 실행 취소, 다시 실행\nCtrl+C: 평면 복사\n"
    f"{_of_panes('ko')}(한 번 더 누르면 창의 절반)\n"
    "Esc: 고정한 것 풀기\n"
    "F11 또는 F5: 발표 모드(Page Down, Page Up: 앞으로, 뒤로, B나 마침표: 검은 화면, Esc: 나가기)\n"
    "Ctrl+K: 질문 카드(A~D: 한 명 더, Shift와 함께: 한 명 빼기, T: 시간 재기, Space: 확인하기)\n"
    "Ctrl+E: 평면 내보내기\nCtrl+N, O, S, Shift+S: 새 실험, 열기, 저장, 다른 이름으로 저장\nCtrl+Q: 끝내기",
)
ABOUT = Text(
    "Learnscope is a laboratory where a class watches machine learning happen.\n\nNothing leaves this computer: no "
    "network, no telemetry. The same seed gives the same numbers.",
    "Learnscope는 머신러닝이 일어나는 과정을 함께 지켜보는 실험실입니다.\n\n모든 것이 이 컴퓨터 안에서만 이루어지며, "
    "네트워크로 아무것도 보내지 않습니다. 같은 시드는 언제나 같은 수를 냅니다.",
)

# A menu is a title and what it holds: ids, None for a line, or a menu.
MENUS: tuple = (
    (_FILE, ("new", "open", None, "save", "save_as", None,
             (_EXPORT, ("export_png", *(f"export_{kind.id}" for kind in FORMATS))),
             None, "quit")),
    (_EDIT, ("undo", "redo", None, "copy_image")),
    (_DATA, ("brush", "eraser", "move", (_CLASSES, tuple(f"class_{i}" for i in range(7))), None,
             (_TABLES, tuple(f"table_{id}" for id in BUNDLED)), "swap_axes", None, "clear", None, "split")),
    (_RUN, ("play", None, "step", "step_back", "iteration", "iteration_back", "epoch", "epoch_back", None, "rewind",
            "another_start", None, "faster", "slower", None, "clear_changes", "reset_settings")),
    (_VIEW, ((_LANGUAGE, ("korean", "english")), (_THEME, ("light", "dark")), None, "surface", "test_points",
             "side_panel", (_PANES, tuple(f"pane_{id}" for id in PANE_NAMES)), None, "reset_view", None, "present")),
    (_LESSONS, ("scenes", "save_scene", None, "question")),
    (_HELP, ("keys", "about")),
)  # fmt: skip


class Actions(QObject):
    """All actions by id, as `actions["play"]`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._by_id: dict[str, QAction] = {}
        for spec in SPECS:
            self._add(spec)
        for number, letter in enumerate(LETTERS):
            words = Text(CLASS.say("en", {"letter": letter}), CLASS.say("ko", {"letter": letter}))
            self._add(Spec(f"class_{number}", words, (str(number + 1),), f"class-{number}"))
        for pair in (("korean", "english"), ("light", "dark")):
            group = QActionGroup(self)
            for id in pair:
                group.addAction(self._by_id[id])
        self._undo: Text | None = None
        self._redo: Text | None = None
        language.changed.connect(self.on_language_changed)

    def __getitem__(self, id: str) -> QAction:
        return self._by_id[id]

    def all(self) -> Iterable[QAction]:
        return self._by_id.values()

    def show_history(self, undo: Text | None, redo: Text | None) -> None:
        """Say in the Edit menu what undo and redo would do."""
        self._undo, self._redo = undo, redo
        self._by_id["undo"].setEnabled(undo is not None)
        self._by_id["redo"].setEnabled(redo is not None)
        self.on_language_changed()

    def fill(self, bar: QMenuBar) -> None:
        """Put every action into the menus of the window."""
        for title, entries in MENUS:
            self._fill_menu(bar.addMenu(""), title, entries)

    def letter_pressed(self, event: QKeyEvent) -> bool:
        """A letter key that arrived as a Korean letter, with or without Ctrl: trigger its action, if there is one."""
        letter = latin_letter(event)
        others = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
        if not letter or event.modifiers() & others:
            return False
        is_shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        wanted = ("Ctrl+" if has_control else "") + ("Shift+" if has_control and is_shifted else "") + letter
        for action in self._by_id.values():
            if action.isEnabled() and QKeySequence(wanted) in action.shortcuts():
                action.trigger()
                return True
        return False

    @Slot()
    def on_language_changed(self) -> None:
        for id, label, words in (("undo", self._undo, UNDO), ("redo", self._redo, REDO)):
            plain = next(spec.text for spec in SPECS if spec.id == id)
            self._by_id[id].setText(language.say(plain) if label is None else language.say(words, label=label))

    def _add(self, spec: Spec) -> None:
        action = QAction(self)
        action.setObjectName(spec.id)
        bind(action, action.setText, spec.text)
        keys = [*spec.keys, *spec.aliases]
        keys += [JAMO[key] for key in spec.keys if key in JAMO]
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setAutoRepeat(spec.is_auto_repeated)
        action.setCheckable(spec.is_checkable)
        if spec.icon:
            bind_icon(action, action.setIcon, spec.icon)
        self._by_id[spec.id] = action

    def _fill_menu(self, menu: QMenu, title: Text, entries: tuple) -> None:
        bind(menu, menu.setTitle, title)
        menu.setToolTipsVisible(True)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
            elif isinstance(entry, tuple):
                self._fill_menu(menu.addMenu(""), *entry)
            else:
                menu.addAction(self._by_id[entry])
