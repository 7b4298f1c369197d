"""The data panel: it asks by signals, with real clicks and keys, and shows the document without asking back."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox

from lab.data.datasets import Dataset, empty
from lab.data.generators import GENERATORS, generate
from lab.document.project import Project
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.side.dataset_gallery import thumbnail
from widgets.side.dataset_panel import DatasetPanel

SIGNALS = (
    "dataset_requested", "tool_chosen", "brush_chosen", "clear_requested", "open_requested", "train_share_edited",
    "scaling_edited", "axes_edited",
)  # fmt: skip


@pytest.fixture
def panel(qtbot):
    panel = DatasetPanel()
    panel.resize(284, 300)
    qtbot.addWidget(panel)
    panel.show()
    qtbot.waitExposed(panel)
    panel.sent = []
    for name in SIGNALS:
        getattr(panel, name).connect(lambda *values, name=name: panel.sent.append((name, *values)))
    return panel


def click(qtbot, widget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def table(columns: int = 4) -> Project:
    names = tuple(f"column {i}" for i in range(columns))
    features = np.random.default_rng(0).normal(size=(30, columns))
    return Project(Dataset("flowers", names, features, np.zeros(30, dtype=np.int64), ("rose",), origin="table"))


@pytest.mark.parametrize("kind", list(GENERATORS))
def test_that_a_tile_asks_for_its_data_set_with_options_that_make_it(panel, qtbot, kind):
    click(qtbot, panel.gallery.tiles[kind])
    (sent,) = panel.sent
    assert sent[:2] == ("dataset_requested", kind)
    made = generate(kind, **sent[2])
    assert made.n == GENERATORS[kind].default_n
    assert np.array_equal(made.features, generate(kind).features)


def test_that_new_data_is_the_same_kind_with_the_next_seed(panel, qtbot):
    assert not panel.new_data.isEnabled()
    click(qtbot, panel.gallery.tiles["moons"])
    click(qtbot, panel.new_data)
    seeds = [options["seed"] for _, _, options in panel.sent]
    assert seeds == [seeds[0], seeds[0] + 1]
    assert {kind for _, kind, _ in panel.sent} == {"moons"}


def test_that_noise_remakes_built_in_data_but_never_what_was_drawn(panel, qtbot):
    panel.noise.setFocus()
    qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    assert panel.sent == []
    click(qtbot, panel.gallery.tiles["blobs"])
    panel.noise.setFocus()
    qtbot.keyClick(panel.noise, Qt.Key.Key_Right)
    assert panel.sent[-1][2]["noise"] == pytest.approx(GENERATORS["blobs"].default_noise + 0.01)


def test_that_a_typed_count_asks_once(panel, qtbot):
    click(qtbot, panel.gallery.tiles["xor"])
    panel.sent.clear()
    panel.count.setFocus()
    panel.count.selectAll()
    qtbot.keyClicks(panel.count, "120\r")
    assert panel.sent == [("dataset_requested", "xor", {"seed": 7, "n": 120, "noise": GENERATORS["xor"].default_noise})]


def test_that_a_logic_table_has_nothing_to_set(panel, qtbot):
    click(qtbot, panel.gallery.tiles["logic_and"])
    assert not any(control.isEnabled() for control in (panel.noise, panel.count, panel.seed, panel.new_data))


def test_that_the_number_of_points_shown_is_the_number_there_is(panel, qtbot):
    blobs, drawn = (
        generate("blobs", 60),
        Dataset("drawn", ("x", "y"), np.zeros((7, 2)), np.zeros(7, dtype=np.int64), ("A",)),
    )
    many = Dataset("drawn", ("x", "y"), np.zeros((60_000, 2)), None)
    for data in (generate("logic_and"), blobs, drawn, many, empty(), generate("moons", 90), blobs):
        panel.show_project(Project(data), "none")
        assert panel.count.value() == data.n, data.name
    assert panel.sent == [], "to show is not to ask"
    panel.show_project(Project(drawn), "none")
    assert not panel.count.isEnabled(), "drawn points cannot be made again with another number"
    click(qtbot, panel.gallery.tiles["circles"])
    assert panel.sent[-1][2]["n"] == GENERATORS["circles"].default_n


def test_that_the_document_marks_its_tile_and_asks_for_nothing(panel):
    panel.show_project(Project(generate("spirals", 90)), "none")
    assert [id for id, tile in panel.gallery.tiles.items() if tile.isChecked()] == ["spirals"]
    assert panel.count.value() == 90
    panel.show_project(table(), "standard")
    assert not any(tile.isChecked() for tile in panel.gallery.tiles.values())
    assert panel.sent == []


def test_that_a_swatch_takes_up_the_brush_of_its_class(panel, qtbot):
    click(qtbot, panel.tools["eraser"])
    click(qtbot, panel.swatches[2])
    assert panel.sent == [("tool_chosen", "eraser"), ("brush_chosen", 2, *panel.brush[1:]), ("tool_chosen", "brush")]
    assert panel.tools["brush"].isChecked() and not panel.tools["eraser"].isChecked()
    panel.choose_class(7)
    assert panel.brush[0] == 2


def test_that_the_brush_has_a_size_and_a_density(panel, qtbot):
    before = panel.brush
    for slider in (panel.size_slider, panel.density):
        slider.setFocus()
        qtbot.keyClick(slider, Qt.Key.Key_Right)
    name, number, size, density = panel.sent[-1]
    assert name == "brush_chosen" and number == 0 and size > before[1] and density == before[2] + 1
    assert 0 < size < 0.2


def test_that_clear_and_open_are_asked_for(panel, qtbot):
    click(qtbot, panel.clear)
    click(qtbot, panel.gallery.open_tile)
    assert panel.sent == [("clear_requested",), ("open_requested",)]


def test_that_the_train_share_is_said_in_words_for_both_parts(panel, qtbot):
    panel.show_project(Project().with_experiment(train_share=0.7), "none")
    assert panel.share_words.text() == "훈련 70 % · 테스트 30 %"
    panel.share.setFocus()
    qtbot.keyClick(panel.share, Qt.Key.Key_Right)
    assert panel.sent == [("train_share_edited", 0.75)]
    assert panel.share_words.text() == "훈련 75 % · 테스트 25 %"
    panel.show_project(Project(), "none")
    assert "테스트 없음" in panel.share_words.text()
    language.set("en")
    assert panel.share_words.text() == "All training · no test data"


def test_that_a_share_from_a_file_is_shown_as_it_is(panel):
    panel.show_project(Project().with_experiment(train_share=0.67), "none")
    assert panel.share_words.text() == "훈련 67 % · 테스트 33 %"
    assert panel.sent == []


def test_that_learning_without_answers_has_no_train_share(panel):
    panel.set_supervised(False)
    assert not panel.share.isVisible()
    panel.set_supervised(True)
    assert panel.share.isVisible()


def test_that_automatic_scaling_says_what_it_comes_to(panel, qtbot):
    panel.show_project(Project(), "standard")
    assert panel.scaling.currentText() == "자동: 표준화"
    panel.show_project(Project(), "none")
    assert panel.scaling.currentText() == "자동: 없음"
    panel.scaling.setFocus()
    qtbot.keyClick(panel.scaling, Qt.Key.Key_End)
    assert panel.sent == [("scaling_edited", "standard")]


def test_that_the_columns_of_the_plane_are_chosen_only_where_there_are_more_than_two(panel, qtbot):
    assert not panel.axes_row.isVisible()
    panel.show_project(table(), "none")
    assert panel.axes_row.isVisible() and "중앙값" in panel.held.sentence
    panel.up.setFocus()
    qtbot.keyClick(panel.up, Qt.Key.Key_End)
    assert panel.sent == [("axes_edited", 0, 3)]
    panel.show_project(Project(generate("moons")), "none")
    assert not panel.axes_row.isVisible()


def test_that_choosing_the_other_column_exchanges_the_two(panel, qtbot):
    panel.show_project(table(), "none")
    panel.across.setFocus()
    qtbot.keyClick(panel.across, Qt.Key.Key_Down)
    assert panel.sent == [("axes_edited", 1, 0)]


def test_that_swatches_are_named_by_the_classes_of_the_data_with_shape_and_key(panel):
    panel.show_project(table(), "none")
    assert panel.swatches[0].toolTip() == "클래스 rose: 동그라미 (1)"
    assert panel.swatches[1].accessibleName().startswith("클래스 B")
    language.set("en")
    assert panel.swatches[0].toolTip() == "Class rose: circle (1)"


def test_that_every_control_has_a_name_and_can_be_reached_by_keyboard(panel, qtbot):
    panel.show_project(table(), "none")
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)
    controls = [each for kind in kinds for each in panel.findChildren(kind) if each.isVisible()]
    assert len(controls) > 25
    for control in controls:
        assert control.accessibleName(), control
        assert control.toolTip(), control
        if control not in (*panel.swatches, *panel.tools.values()):
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control
    # Swatches and tools are groups: Tab comes to the chosen one at least, arrows go on from there.
    for chosen in (panel.swatches[0], panel.tools["brush"]):
        assert chosen.focusPolicy() & Qt.FocusPolicy.TabFocus
    panel.swatches[0].setFocus()
    qtbot.keyClick(panel.swatches[0], Qt.Key.Key_Right)
    assert panel.brush[0] == 1 and panel.sent[-1] == ("tool_chosen", "brush")
    panel.tools["brush"].setFocus()
    qtbot.keyClick(panel.tools["brush"], Qt.Key.Key_Right)
    assert panel.sent[-1] == ("tool_chosen", "eraser")


def test_that_arrows_walk_the_gallery_and_space_picks(panel, qtbot):
    panel.gallery.tiles["circles"].setFocus()
    qtbot.keyClick(panel.gallery.tiles["circles"], Qt.Key.Key_Right)
    assert panel.gallery.tiles["xor"].hasFocus() and panel.sent == []
    qtbot.keyClick(panel.gallery.tiles["xor"], Qt.Key.Key_Down)
    assert panel.gallery.tiles[list(GENERATORS)[8]].hasFocus()
    qtbot.keyClick(panel.gallery.tiles[list(GENERATORS)[7]], Qt.Key.Key_Up)
    assert panel.gallery.tiles["xor"].hasFocus()
    for _ in range(2):
        qtbot.keyClick(panel.gallery.tiles["xor"], Qt.Key.Key_Space)
    assert [sent[:2] for sent in panel.sent] == [("dataset_requested", "xor")] * 2
    assert panel.gallery.tiles["xor"].isChecked()


def test_that_pictures_of_the_gallery_follow_the_theme():
    light = thumbnail("xor").pixmap(32, 32).toImage()
    assert thumbnail("moons").pixmap(32, 32).toImage() != light
    blue = theme.color("class:0")
    near = [light.pixelColor(x, y) for x in range(32) for y in range(32)]
    assert any(pixel.alpha() == 255 and abs(pixel.blue() - blue.blue()) < 12 and pixel.red() < 30 for pixel in near)


def test_that_a_passing_wheel_changes_nothing(panel):
    panel.show_project(Project(generate("moons")), "none")
    for control in (panel.noise, panel.count, panel.share, panel.scaling):
        event = QWheelEvent(
            QPointF(5, 5), QPointF(control.mapToGlobal(QPoint(5, 5))), QPoint(0, 0), QPoint(0, -120),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        control.clearFocus()
        QApplication.sendEvent(control, event)
    assert panel.sent == []


def test_that_the_panel_fits_a_narrow_column(panel):
    for code in ("ko", "en"):
        language.set(code)
        assert panel.minimumSizeHint().width() <= 284
