from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
)

from lab.document import edits, scenes, storage
from lab.document.changes import Retune
from lab.protocol.commands import Frame, Pause, Play, Seek, Step
from lab.protocol.packet import Packet
from lab.protocol.pane_records import SpacePicture
from models.words.text import Said, Text
from widgets.actions import file_actions
from widgets.kit.keyboard import JAMO
from widgets.kit.language import language
from widgets.kit.settings import Settings
from widgets.transport.narration_bar import Situation, line_for
from widgets.window.crash import CrashReporter

SAID = Said(Text("something happens", "무슨 일이 있습니다"), {})
ROOT = Path(__file__).resolve().parents[3]


def arrive(window, worker, iteration: int = 0, state: str = "idle", **more) -> Packet:
    more.setdefault("reached", iteration)
    more.setdefault("narration", SAID)
    more.setdefault("place", SAID)
    worker.packet = Packet(version=worker.begins()[-1].version, state=state, frame=Frame(iteration), **more)
    packet = worker.packet
    window.player.on_frame()
    return packet


# -- the start -------------------------------------------------------------------------------------------------------------


def test_that_the_window_paints_before_any_algorithm_is_imported():
    program = """
import sys, tempfile, pathlib, json
from widgets.window.app import make_application, make_window
from widgets.kit.settings import Settings
app = make_application()
window = make_window(Settings(pathlib.Path(tempfile.mkdtemp()) / "s.ini"))
window.show()
for _ in range(10):
    app.processEvents()
heavy = [n for n in sys.modules if n in ("torch", "numba", "sklearn", "scipy", "pandas", "pydantic")
         or n.startswith("models.algorithms.") and n.count(".") > 2
         or n in [f"widgets.{room}" for room in ("panes.network.view", "panes.numbers.view", "panes.scores.view", "panes.loss.view",
             "panes.activation.view", "stages.space.space_view")]]
print(json.dumps([heavy, window.plane.isVisible(), window.document.project.dataset.n]))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    heavy, is_visible, points = json.loads(done.stdout.strip().splitlines()[-1])
    assert heavy == [] and is_visible and points > 0, done.stderr


def test_that_the_first_scene_stands_ready_and_paused(window, worker):
    assert window.document.project.scene == scenes.first_scene().id
    assert window.card.isVisible() and not window.document.is_dirty
    assert worker.since_begin() == [] or not any(isinstance(c, Play) for c in worker.posted)


def test_that_the_whole_window_fits_a_small_screen(window):
    window.resize(1280, 720)
    QApplication.processEvents()
    assert (window.width(), window.height()) == (1280, 720)
    bar = window.side.verticalScrollBar()
    assert bar.maximum() == 0, "the settings of the first scene need no scrolling"


# -- keys ------------------------------------------------------------------------------------------------------------------


def press(window, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifiers)


def test_that_the_keys_of_the_lecturer_do_what_they_say(window, worker):
    shift, control = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    worker.posted.clear()
    press(window, Qt.Key.Key_Space)
    press(window, Qt.Key.Key_Space)
    press(window, Qt.Key.Key_Right)
    press(window, Qt.Key.Key_Left)
    press(window, Qt.Key.Key_Right, shift)
    press(window, Qt.Key.Key_Left, shift)
    press(window, Qt.Key.Key_Right, control)
    press(window, Qt.Key.Key_Left, control)
    press(window, Qt.Key.Key_Home)
    expected = [
        Play(window.player.speed), Pause(), Step(1), Step(-1), Step(1, "iteration"), Step(-1, "iteration"),
        Step(1, "epoch"), Step(-1, "epoch"), Seek(Frame(0, 0)),
    ]  # fmt: skip
    assert [c for c in worker.posted if not type(c).__name__ == "Look"] == expected


def test_that_the_seed_goes_on_with_ctrl_r_and_comes_back_with_ctrl_z(window):
    control = Qt.KeyboardModifier.ControlModifier
    before = window.document.project.experiment.seed
    press(window, Qt.Key.Key_R, control)
    assert window.document.project.experiment.seed == before + 1 == window.transport.seed.value()
    press(window, Qt.Key.Key_Z, control)
    assert window.document.project.experiment.seed == before
    press(window, Qt.Key.Key_Z, control | Qt.KeyboardModifier.ShiftModifier)
    assert window.document.project.experiment.seed == before + 1


def test_that_plus_and_minus_turn_the_speed_dial(window):
    window.player.set_speed(1)
    press(window, Qt.Key.Key_Plus)
    assert window.transport.speed_buttons.checkedId() == 2
    press(window, Qt.Key.Key_Minus)
    press(window, Qt.Key.Key_Minus)
    press(window, Qt.Key.Key_Minus)
    assert window.transport.speed_buttons.checkedId() == 0


def test_that_tools_and_classes_answer_to_their_keys(window):
    press(window, Qt.Key.Key_E)
    assert window.plane.tool == "eraser"
    press(window, Qt.Key.Key_V)
    assert window.plane.tool == "move"
    press(window, Qt.Key.Key_3)
    assert window.plane.tool == "brush" and window.data_panel.brush[0] == 2


def test_that_letter_keys_work_with_a_korean_input_method_on(window):
    for letter, tool in (("E", "eraser"), ("V", "move"), ("B", "brush")):
        jamo = JAMO[letter]
        event = QKeyEvent(QEvent.Type.KeyPress, ord(jamo), Qt.KeyboardModifier.NoModifier, jamo)
        QApplication.sendEvent(window.plane.focusProxy() or window.plane, event)
        assert window.plane.tool == tool, letter


def test_that_a_letter_key_without_any_letter_is_known_by_its_place_on_the_keyboard(window):
    press(window, Qt.Key.Key_B)
    event = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, 26, 0, 0, "")
    QApplication.sendEvent(window, event)
    assert window.plane.tool == "eraser"


def test_that_control_with_a_korean_letter_is_control_with_the_latin_one(window):
    before = window.document.project.experiment.seed
    jamo = JAMO["R"]
    event = QKeyEvent(QEvent.Type.KeyPress, ord(jamo), Qt.KeyboardModifier.ControlModifier, jamo)
    QApplication.sendEvent(window, event)
    assert window.document.project.experiment.seed == before + 1


def test_that_a_field_being_typed_in_keeps_its_keys(window, worker):
    window.transport.seed.setFocus()
    window.transport.seed.selectAll()
    worker.posted.clear()
    tool = window.plane.tool
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_Left, Qt.Key.Key_Home):
        QTest.keyClick(window.transport.seed, key)
    assert window.transport.seed.text() == "12" and window.data_panel.brush[0] == 0 and window.plane.tool == tool
    assert not [c for c in worker.posted if isinstance(c, (Step, Seek))]


def test_that_space_presses_the_button_reached_by_keyboard_and_plays_otherwise(window, worker):
    window.transport.seed.setFocus()
    QTest.keyClick(window.transport.seed, Qt.Key.Key_Tab)
    assert window.transport.another.hasFocus()
    before = window.document.project.experiment.seed
    QTest.keyClick(window.transport.another, Qt.Key.Key_Space)
    assert window.document.project.experiment.seed == before + 1
    window.plane.setFocus()
    press(window, Qt.Key.Key_Space)
    assert isinstance(worker.posted[-1], Play)


# -- the document on screen ------------------------------------------------------------------------------------------------


def test_that_a_stroke_on_the_plane_is_one_undo_step(window):
    before = window.document.project.dataset.n
    window.plane.points_drawn.emit(np.array([[0.2, 0.4], [0.3, 0.4]]), 1)
    assert window.document.project.dataset.n == before + 2
    window.actions_["undo"].trigger()
    assert window.document.project.dataset.n == before


def test_that_the_undo_entry_says_what_it_undoes_in_both_languages(window):
    window.plane.points_drawn.emit(np.array([[0.2, 0.4]]), 1)
    assert window.actions_["undo"].text() == "실행 취소: 점 그리기"
    language.set("en")
    assert window.actions_["undo"].text() == "Undo: draw points"


def test_that_a_stale_run_says_so_and_its_button_rewinds(window, worker):
    arrive(window, worker, 9, "paused")
    window.plane.points_drawn.emit(np.array([[0.2, 0.4]]), 1)
    assert "데이터가 바뀌었습니다" in window.narration.line.main.say("ko")
    begins = len(worker.begins())
    QTest.mouseClick(window.narration.button("rewind"), Qt.MouseButton.LeftButton)
    assert len(worker.begins()) == begins + 1


def test_that_the_form_shows_the_value_in_force_at_the_shown_frame(window, worker):
    arrive(window, worker, 9, "paused", settings={"learning_rate": 0.25, "max_epochs": 100})
    assert window.form._values["learning_rate"] == 0.25


def test_that_without_test_data_one_click_splits(window, worker):
    window.document.exchange(Text("a", "a"), scenes.find("7").project.with_experiment(train_share=1.0))
    arrive(window, worker, metrics={"accuracy": 0.5}, goal="accuracy")
    assert window.status.test.text() == "테스트 데이터 없음"
    QTest.mouseClick(window.status.split, Qt.MouseButton.LeftButton)
    assert window.document.project.experiment.train_share == 0.7


def test_that_clusters_have_no_accuracy_in_the_status_line(window, worker):
    window.document.edit(Text("a", "a"), edits.set_algorithm(window.document.project, "kmeans"))
    arrive(window, worker, metrics={"inertia": 87.2}, goal="inertia", metric_labels={"inertia": Text("i", "i")})
    assert window.status.goal.text() == "i 87.2" and not window.status.split.isVisible()


# -- files -----------------------------------------------------------------------------------------------------------------


def test_that_what_is_saved_opens_again_with_the_recorded_changes(window, worker, tmp_path, monkeypatch):
    schedule = ((3, Retune("learning_rate", 0.25)),)
    window.plane.points_drawn.emit(np.array([[0.2, 0.4]]), 1)
    arrive(window, worker, 9, "paused", schedule=schedule)
    path = tmp_path / "한글 이름.learnscope"
    monkeypatch.setattr(file_actions.QFileDialog, "getSaveFileName", lambda *a, **k: (str(path.with_suffix("")), ""))
    window.actions_["save"].trigger()
    assert path.exists() and not window.document.is_dirty and window.document.path == path
    loaded = storage.load(path)
    assert loaded.experiment.schedule == schedule
    np.testing.assert_array_equal(loaded.dataset.features, window.document.project.dataset.features)


@pytest.mark.parametrize(("answer", "goes_on"), [("discard", True), ("cancel", False)])
def test_that_unsaved_work_is_asked_about_before_it_goes(window, monkeypatch, answer, goes_on):
    window.plane.points_drawn.emit(np.array([[0.2, 0.4]]), 1)
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: answer)
    window.actions_["new"].trigger()
    assert (window.document.project.dataset.n == 0) == goes_on
    assert window.close() or not goes_on


def test_that_nothing_is_asked_when_nothing_would_be_lost(window, monkeypatch):
    monkeypatch.setattr(window.files, "ask_about_unsaved", lambda: pytest.fail("asked without need"))
    window.files.open_scene("6")
    assert window.document.project.scene == "06-whose-side"
    assert window.close()


def test_that_a_broken_file_is_a_sentence_and_the_work_stays(window, tmp_path):
    broken = tmp_path / "broken.learnscope"
    broken.write_bytes(b"not a zip")
    before = window.document.project
    window.files.open_path(broken)
    assert window.document.project is before
    assert "broken.learnscope" in window.narration.line.main.say("en")


def test_that_an_experiment_can_be_dropped_on_the_window(window, tmp_path):
    path = tmp_path / "dropped.learnscope"
    storage.save(scenes.find("9").project, path)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, none))
    assert window.document.path == path


def test_that_other_files_cannot_be_dropped(window, tmp_path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "virus.exe"))])
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, none)
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()


def test_that_ctrl_c_puts_the_plane_on_the_clipboard(window, qtbot):
    QGuiApplication.clipboard().clear()
    press(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=5000)
    image = QGuiApplication.clipboard().image()
    assert image.width() >= window.plane.width() and image.height() > 100


def test_that_ctrl_c_copies_three_columns_in_space_while_they_are_shown(window, worker, qtbot):
    QGuiApplication.clipboard().clear()
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    arrive(window, worker, stage="space", on_stage=SpacePicture(names=("x", "y", "z"), points=corners, groups=None))
    assert window.stages.currentWidget() is window.stages.view("space")
    QTest.keyClick(window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not QGuiApplication.clipboard().image().isNull(), timeout=5000)
    image = QGuiApplication.clipboard().image()
    assert image.size() == 2 * window.stages.shown.size() and image == window.stages.shown.image()


def test_that_the_two_axes_are_exchanged_from_the_menu_where_both_are_columns(window):
    window.actions_["swap_axes"].trigger()
    assert window.document.project.dataset.axes == (1, 0)
    window.document.undo_stack.undo()
    window.document.reset(scenes.find("14").project)
    assert not window.actions_["swap_axes"].isEnabled(), "the target stays upright"


def test_that_my_own_scene_is_kept_and_found(window, tmp_path):
    window.actions_["save_scene"].trigger()
    dialog = next(w for w in QApplication.topLevelWidgets() if hasattr(w, "question") and w.isVisible())
    dialog.title.setText("나의 장면")
    dialog.question.setText("왜?")
    dialog.accept()
    assert [scene.title.ko for scene in scenes.all_scenes(tmp_path / "scenes") if scene.own] == ["나의 장면"]


# -- faults ----------------------------------------------------------------------------------------------------------------


def raised(message: str) -> tuple:
    try:
        raise RuntimeError(message)
    except RuntimeError:
        return sys.exc_info()


def test_that_a_fault_is_one_dialog_however_often_it_comes(window, qtbot):
    saved = []
    reporter = CrashReporter(save=lambda: saved.append(1), parent=window)
    for _ in range(5):
        reporter.take(*raised("first"))
    qtbot.waitUntil(lambda: reporter.dialog is not None)
    details = reporter.dialog.findChild(QPlainTextEdit)
    assert details.toPlainText().count("RuntimeError: first") == 1
    buttons = {button.text(): button for button in reporter.dialog.findChildren(QPushButton)}
    QTest.mouseClick(buttons["작업 저장"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(buttons["자세한 내용 복사"], Qt.MouseButton.LeftButton)
    assert saved == [1] and "RuntimeError: first" in QGuiApplication.clipboard().text()
    reporter.dialog.accept()
    assert reporter.dialog is None


# -- words and access ------------------------------------------------------------------------------------------------------


def test_that_language_and_theme_are_switched_live_and_remembered(window, tmp_path):
    window.actions_["english"].trigger()
    window.actions_["dark"].trigger()
    assert window.menuBar().actions()[0].text() == "File"
    again = Settings(tmp_path / "settings.ini")
    assert (again.language, again.theme) == ("en", "dark")


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_that_every_control_on_screen_has_a_name(window, lang):
    language.set(lang)
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit)
    nameless = []
    for kind in kinds:
        for control in window.findChildren(kind):
            is_inner = control.objectName().startswith("qt_") or isinstance(
                control.parent(), (QAbstractSpinBox, QComboBox)
            )
            is_bar = type(control).__name__ == "QScrollBar"
            if control.isVisible() and not is_inner and not is_bar:
                if not (control.accessibleName() or getattr(control, "text", str)()):
                    nameless.append((type(control).__name__, control.toolTip()))
    assert nameless == []


def test_that_every_entry_of_the_menus_is_connected(window):
    for action in window.actions_.all():
        assert action.text() and action.receivers("2triggered(bool)") > 0, action.objectName()


# -- the narration line ----------------------------------------------------------------------------------------------------


def line(state: str, **more):
    iteration = more.pop("iteration", 3)
    situation = {key: more.pop(key) for key in list(more) if key in Situation.__dataclass_fields__}
    more.setdefault("narration", SAID)
    shown = Packet(version=1, state=state, frame=Frame(iteration), **more)
    return line_for(Situation(**{"packet": shown, "point_count": 9, **situation}))


def offers(line) -> list[str]:
    return [offer.id for offer in line.offers]


def test_that_each_state_has_its_own_words_and_its_action():
    assert offers(line("unready", point_count=0)) == ["examples", "open"]
    assert "일시정지" not in line("paused").main.say("ko") and line("paused").main is SAID
    assert "40" in line("past", iteration=40, reached=128).hint.say("en")
    assert "128" in line("past", iteration=40, reached=128).hint.say("ko")
    assert line("past", iteration=40, reached=40).hint is None
    assert line("finished", outcome=SAID, outcome_kind="converged").tone == "good"
    assert line("finished", outcome=SAID, outcome_kind="gave_up").tone == "calm"
    assert offers(line("diverged", outcome=SAID, lower_rate=0.01)) == ["slower", "back"]
    assert "0.01" in line("diverged", outcome=SAID, lower_rate=0.01).offers[0].label.say("ko")
    assert offers(line("diverged", outcome=SAID)) == ["back"]
    assert offers(line("paused", stale="data")) == ["rewind"] == offers(line("paused", stale="settings"))
    assert line("paused", stale="data").main != line("paused", stale="settings").main
    assert offers(line("paused", has_branch=True)) == ["branch"]
    assert offers(line("idle", iteration=0, schedule=((3, None),))) == ["clear_changes"]
    assert offers(line("playing", has_branch=True)) == []
    assert offers(line("failed")) == ["rewind"]
    assert offers(line("paused", failure="broken")) == ["restart"]
    assert line("idle", is_preparing=True).hint is not None and line("idle", is_preparing=True).main is not SAID


def test_that_every_line_is_whole_in_both_languages():
    states = ["unready", "idle", "playing", "paused", "past", "finished", "diverged", "failed"]
    for state in states:
        for more in ({}, {"stale": "data"}, {"has_branch": True}, {"schedule": ((1, None), (2, None))}):
            shown = line(state, outcome=SAID, lower_rate=0.03, **more)
            for lang in ("ko", "en"):
                words = [shown.main, *([shown.hint] if shown.hint else []), *(o.label for o in shown.offers)]
                assert all(said.say(lang) and "{" not in said.say(lang) for said in words)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_that_the_title_says_the_files_name_and_the_programs_once(window, tmp_path, lang):
    """The program's name is part of the title; given to Qt as well, it would stand there twice."""
    language.set(lang)
    for stem in ("lecture 3", "3주차", "a[*]b"):
        window.document.mark_saved(tmp_path / f"{stem}.learnscope")
        shown = window.windowHandle().title()
        assert shown.count(stem) == 1 and shown.count("Learnscope") == 1 and shown.startswith(stem)
    program = (
        "from widgets.window.app import make_application; print(repr(make_application().applicationDisplayName()))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "'learnscope'", "Qt's own default, which it appends to nothing"
