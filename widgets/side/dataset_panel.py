"""The data: built-in sets, the brush and its classes, the split into training and test, scaling, the plane's columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from lab.data.datasets import CLASS_LETTERS, TARGET_AXIS, Dataset
from lab.data.generators import DEFAULT_SEED, GENERATORS, LEAST_POINTS, MOST_POINTS
from lab.document.project import Project
from models.words.text import Text
from widgets.kit.calm_controls import CalmComboBox, CalmSlider, CalmSpinBox, QuietLabel
from widgets.kit.language import bind, language
from widgets.kit.shapes import CLASS_SHAPES
from widgets.kit.theme import bind_icon, theme
from widgets.side.dataset_gallery import DatasetGallery

_NOISE, _NOISE_TIP = Text("Noise", "잡음"), Text("Noise of the data set", "데이터셋의 잡음")
_COUNT_TIP, _COUNT_SUFFIX = Text("Number of points", "점의 개수"), Text(" pts", "개")
_SEED_TIP, _SEED_PREFIX = Text("Seed of the data set", "데이터셋의 시드(시작 번호)"), Text("seed ", "시드 ")
_NEW_DATA = Text("New data with the next seed", "다음 시드로 새 데이터")
_CLASS_TIP = Text("Class {name}: {shape} ({key})", "클래스 {name}: {shape} ({key})")
_BRUSH = Text("Brush: click puts a point, drag sprays (B)", "브러시: 누르면 점 하나, 끌면 뿌리기 (B)")
_ERASER = Text("Eraser (E)", "지우개 (E)")
_MOVE = Text("Select and move (V)", "선택해서 옮기기 (V)")
_CLEAR = Text("Clear all points", "점 모두 지우기")
_SIZE, _SIZE_TIP = Text("Size", "크기"), Text("Size of the brush and the eraser", "브러시와 지우개의 크기")
_DENSITY, _DENSITY_TIP = Text("Density", "밀도"), Text("Points of one spray", "한 번에 뿌리는 점의 개수")
_SHARE = Text("Training {train} % · test {test} %", "훈련 {train} % · 테스트 {test} %")
_NO_TEST = Text("All training · no test data", "모두 훈련 · 테스트 없음")
_SHARE_TIP = Text(
    "Train share: the other points are kept for the test", "훈련 데이터 비율: 나머지 점은 테스트 데이터로 남김"
)
_SCALING, _SCALING_TIP = (
    Text("Scaling", "스케일링"),
    Text("How the features are scaled before learning", "학습 전에 특성의 크기를 맞추는 방법"),
)
_SCALINGS = {"none": Text("none", "없음"), "standard": Text("standardised", "표준화")}
_AUTO = Text("automatic: {scaling}", "자동: {scaling}")
_ACROSS, _UP = Text("Feature across", "가로 특성"), Text("Feature up", "세로 특성")
_PLANE = Text("Plane", "평면")
_HELD = Text("The other features are held at their median in the plane.", "평면에서 다른 특성은 중앙값으로 고정됩니다.")

_TOOLS = {"brush": _BRUSH, "eraser": _ERASER, "move": _MOVE}
_LEAST_SHARE, _SHARE_STEP = 10, 5  # per cent
_SMALLEST_BRUSH, _LARGEST_BRUSH, _DEFAULT_BRUSH = 1, 15, 4  # radius, per cent of the view's width
_THINNEST, _DENSEST, _DEFAULT_DENSITY = 1, 20, 4  # points per spray


class DatasetPanel(QWidget):
    """What the experiment learns from. It asks by signals and shows what `show_project` tells it."""

    dataset_requested = Signal(str, dict)
    tool_chosen = Signal(str)
    brush_chosen = Signal(int, float, float)
    clear_requested = Signal()
    open_requested = Signal()
    train_share_edited = Signal(float)
    scaling_edited = Signal(str)
    axes_edited = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = ""
        self._dataset: Dataset | None = None
        self._share = 1.0
        self._class = 0
        self._class_names: tuple[str, ...] = CLASS_LETTERS
        self._scaling_in_force = "none"
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        self.gallery = DatasetGallery()
        self.gallery.picked.connect(self._on_gallery_picked)
        self.gallery.open_requested.connect(self.open_requested)
        layout.addWidget(self.gallery)
        self._options = self._options_row()
        layout.addWidget(self._options)
        for build in (self._brush_row, self._spray_row, self._share_row, self._scaling_row):
            layout.addWidget(build())
        self.axes_row = self._axes_row()
        layout.addWidget(self.axes_row)
        self.axes_row.hide()
        language.changed.connect(self._on_language_changed)
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()
        self._on_language_changed()
        self._set_kind("")

    # -- what the window tells -------------------------------------------------------------------------------------

    def show_project(self, project: Project, scaling_in_force: str) -> None:
        """Show the data and the settings of this document; `scaling_in_force` is "none" or "standard"."""
        data, experiment = project.dataset, project.experiment
        if data is not self._dataset:
            self._dataset = data
            self._set_kind(data.name if data.origin in ("generated", "logic") and data.name in GENERATORS else "")
            self._show_count(data)
            self._options.setVisible(data.origin != "table")  # a file has no noise and no seed
            self._class_names = (*data.class_names, *CLASS_LETTERS[len(data.class_names) :])[: len(CLASS_LETTERS)]
            self._show_axes(data)
            self._name_classes()
        self._share = experiment.train_share
        with QSignalBlocker(self.share):
            self.share.setValue(round(self._share * 100))
        self._scaling_in_force = scaling_in_force
        self.scaling.setCurrentIndex(self.scaling.findData(experiment.scaling))
        self._say_values()

    def set_supervised(self, is_supervised: bool) -> None:
        """Show the train share only where there are answers to test."""
        self.share_row.setVisible(is_supervised)

    def choose_tool(self, tool: str) -> None:
        """Take up the "brush", the "eraser" or "move", as pressing its button does."""
        self.tools[tool].setChecked(True)
        self.tool_chosen.emit(tool)

    def choose_class(self, number: int) -> None:
        """Take up the brush of class `number` (0 is A), as pressing its swatch does; other numbers do nothing."""
        if 0 <= number < len(self.swatches):
            self._class = number
            self.swatches[number].setChecked(True)
            self._emit_brush()
            self.choose_tool("brush")

    @property
    def brush(self) -> tuple[int, float, float]:
        """Class number, radius as a share of the view's width, points per spray."""
        return self._class, self.size_slider.value() / 100, float(self.density.value())

    # -- rows ------------------------------------------------------------------------------------------------------

    def _options_row(self) -> QWidget:
        self.noise = CalmSlider(0, 100)
        self.count = CalmSpinBox(LEAST_POINTS, MOST_POINTS)
        self.seed = CalmSpinBox(0, 2**31 - 1)
        self.count.setSingleStep(50)
        self.count.setValue(200)
        self.seed.setValue(DEFAULT_SEED)
        bind(self.count, self.count.setSuffix, _COUNT_SUFFIX)
        bind(self.seed, self.seed.setPrefix, _SEED_PREFIX)
        for box in (self.count, self.seed):
            box.setMinimumWidth(40)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.new_data = _button(_NEW_DATA, "dice")
        for control, tip in ((self.noise, _NOISE_TIP), (self.count, _COUNT_TIP), (self.seed, _SEED_TIP)):
            _name(control, tip)
            control.valueChanged.connect(self._on_options_changed)
        self.new_data.clicked.connect(self._on_new_data_clicked)
        return _row(_label(_NOISE, self.noise), (self.noise, 2), (self.count, 4), (self.seed, 4), self.new_data)

    def _brush_row(self) -> QWidget:
        self.swatches: list[QToolButton] = []
        self._swatch_group, self._tool_group = QButtonGroup(self), QButtonGroup(self)
        for number in range(len(CLASS_LETTERS)):
            swatch = QToolButton()
            swatch.setAutoRaise(True)
            swatch.setCheckable(True)
            swatch.setIconSize(QSize(16, 16))
            swatch.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            swatch.clicked.connect(partial(self.choose_class, number))
            self._swatch_group.addButton(swatch)
            self.swatches.append(swatch)
        self.swatches[0].setChecked(True)
        self.tools: dict[str, QToolButton] = {}
        for tool, tip in _TOOLS.items():
            button = self.tools[tool] = _button(tip, tool)
            button.setCheckable(True)
            button.clicked.connect(partial(self.choose_tool, tool))
            self._tool_group.addButton(button)
        self.tools["brush"].setChecked(True)
        row = _row(*self.swatches, None, *self.tools.values())
        row.layout().setSpacing(1)
        return row

    def _spray_row(self) -> QWidget:
        self.size_slider = CalmSlider(_SMALLEST_BRUSH, _LARGEST_BRUSH)
        self.density = CalmSlider(_THINNEST, _DENSEST)
        self.size_slider.setValue(_DEFAULT_BRUSH)
        self.density.setValue(_DEFAULT_DENSITY)
        for slider, tip in ((self.size_slider, _SIZE_TIP), (self.density, _DENSITY_TIP)):
            _name(slider, tip)
            slider.valueChanged.connect(self._emit_brush)
        self.clear = _button(_CLEAR, "clear")
        self.clear.clicked.connect(self.clear_requested)
        return _row(
            _label(_SIZE, self.size_slider), (self.size_slider, 1),
            _label(_DENSITY, self.density), (self.density, 1), self.clear,
        )  # fmt: skip

    def _share_row(self) -> QWidget:
        self.share, self.share_words = CalmSlider(_LEAST_SHARE, 100), QLabel()
        self.share.setSingleStep(_SHARE_STEP)
        self.share.setPageStep(2 * _SHARE_STEP)
        self.share.setValue(100)
        _name(self.share, _SHARE_TIP)
        self.share.valueChanged.connect(self._on_share_changed)
        self.share_row = _row(self.share_words, (self.share, 1))
        return self.share_row

    def _scaling_row(self) -> QWidget:
        self.scaling = CalmComboBox()
        for value in ("auto", *_SCALINGS):
            self.scaling.addItem("", value)
        _name(self.scaling, _SCALING_TIP)
        self.scaling.activated.connect(self._on_scaling_activated)
        return _row(_label(_SCALING, self.scaling), (self.scaling, 1))

    def _axes_row(self) -> QWidget:
        self.across, self.up, self.held = CalmComboBox(), CalmComboBox(), QuietLabel()
        bind(self.held, self.held.set_sentence, _HELD)
        for box, tip in ((self.across, _ACROSS), (self.up, _UP)):
            _name(box, tip)
            box.activated.connect(partial(self._on_axis_activated, box))
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(_row(_label(_PLANE, self.across), (self.across, 1), (self.up, 1)))
        column.addWidget(self.held)
        return whole

    # -- what is shown ---------------------------------------------------------------------------------------------

    def _set_kind(self, kind: str) -> None:
        """Which entry of the gallery the data came from, "" for none: then there is nothing to make again."""
        entry = GENERATORS.get(kind)
        if entry is not None and kind != self._kind:
            with QSignalBlocker(self.noise), QSignalBlocker(self.count):
                self.noise.setValue(round(entry.default_noise * 100))
                self.count.setValue(entry.default_n)
        self._kind = kind
        self.gallery.mark(kind)
        self.noise.setEnabled(entry is not None and entry.has_noise)
        self.count.setEnabled(entry is not None and entry.counts)
        self.seed.setEnabled(entry is not None and (entry.has_noise or entry.counts))
        self.new_data.setEnabled(entry is not None and (entry.has_noise or entry.counts))

    def _show_count(self, data: Dataset) -> None:
        """How many points there are, whoever made them; what is asked for lies within the least and the most."""
        with QSignalBlocker(self.count):
            self.count.setRange(min(LEAST_POINTS, data.n), max(MOST_POINTS, data.n))
            self.count.setValue(data.n)

    def _show_axes(self, data: Dataset) -> None:
        columns = data.features.shape[1]
        self.axes_row.setVisible(columns > 2 or columns == 2 and data.has_values)
        for box in (self.across, self.up):
            box.clear()
            box.addItems(list(data.feature_names))
        if data.has_values:
            self.up.addItem(data.target_name)
        self.across.setCurrentIndex(data.axes[0])
        self.up.setCurrentIndex(columns if data.shows_target else data.axes[1])

    def _name_classes(self) -> None:
        for number, (swatch, name) in enumerate(zip(self.swatches, self._class_names, strict=True)):
            tip = language.say(_CLASS_TIP, name=name, shape=CLASS_SHAPES[number], key=number + 1)
            swatch.setToolTip(tip)
            swatch.setAccessibleName(tip)

    def _say_values(self) -> None:
        train = round(self._share * 100)
        words = language.say(_SHARE, train=train, test=100 - train) if train < 100 else language.say(_NO_TEST)
        self.share_words.setText(words)
        in_force = _SCALINGS.get(self._scaling_in_force, _SCALINGS["none"])
        self.scaling.setItemText(0, language.say(_AUTO, scaling=in_force))
        for index, text in enumerate(_SCALINGS.values(), start=1):
            self.scaling.setItemText(index, language.say(text))

    # -- what a person does ----------------------------------------------------------------------------------------

    def _request(self) -> None:
        options: dict[str, Any] = {"seed": self.seed.value()}
        entry = GENERATORS[self._kind]
        if entry.counts:
            options["n"] = min(max(self.count.value(), LEAST_POINTS), MOST_POINTS)
        if entry.has_noise:
            options["noise"] = self.noise.value() / 100
        self.dataset_requested.emit(self._kind, options)

    @Slot(str)
    def _on_gallery_picked(self, kind: str) -> None:
        self._set_kind(kind)
        self._request()

    @Slot()
    def _on_options_changed(self) -> None:
        if self._kind:
            self._request()

    @Slot()
    def _on_new_data_clicked(self) -> None:
        self.seed.setValue(self.seed.value() + 1)

    @Slot()
    def _emit_brush(self) -> None:
        self.brush_chosen.emit(*self.brush)

    @Slot(int)
    def _on_share_changed(self, per_cent: int) -> None:
        rounded = max(_LEAST_SHARE, round(per_cent / _SHARE_STEP) * _SHARE_STEP)
        if rounded / 100 != self._share:
            self._share = rounded / 100
            self._say_values()
            self.train_share_edited.emit(self._share)

    @Slot(int)
    def _on_scaling_activated(self, index: int) -> None:
        self.scaling_edited.emit(self.scaling.itemData(index))

    def _on_axis_activated(self, box: CalmComboBox, column: int) -> None:
        """One column cannot lie both ways: choosing the other one's exchanges the two."""
        if self._dataset is None:
            return
        i, j = self._dataset.axes
        if box is self.across:
            i, j = column, (i if column == j else j)
        elif column == self._dataset.features.shape[1]:
            j = TARGET_AXIS
        else:
            other = next(k for k in range(self._dataset.features.shape[1]) if k != column)
            i, j = ((other if j == TARGET_AXIS else j) if column == i else i), column
        if (i, j) != self._dataset.axes:
            self.axes_edited.emit(i, j)

    @Slot()
    def _on_language_changed(self) -> None:
        self._name_classes()
        self._say_values()

    @Slot()
    def _on_theme_changed(self) -> None:
        for number, swatch in enumerate(self.swatches):
            swatch.setIcon(theme.icon(f"class-{number}"))


def _button(tip: Text, icon: str) -> QToolButton:
    button = QToolButton()
    button.setAutoRaise(True)
    button.setIconSize(QSize(18, 18))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    bind_icon(button, button.setIcon, icon)
    _name(button, tip)
    return button


def _name(control: QWidget, tip: Text) -> None:
    """What a control is called by its tooltip and by assistive tools."""
    set_tip: Callable[[str], None] = control.setToolTip
    bind(control, set_tip, tip)
    bind(control, control.setAccessibleName, tip)


def _label(text: Text, buddy: QWidget) -> QLabel:
    label = QLabel()
    label.setBuddy(buddy)
    bind(label, label.setText, text)
    return label


def _row(*parts: QWidget | tuple[QWidget, int] | None) -> QWidget:
    """Controls side by side; a pair gives a share of the spare width, None is a gap that takes it."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(5)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, tuple):
            layout.addWidget(*part)
        else:
            layout.addWidget(part)
    return row
