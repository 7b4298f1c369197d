"""The choice of columns when a table is opened: features, target, and the two columns of the plane."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from lab.data.datasets import Dataset
from lab.data.tables.files import ColumnKind, TargetKind, WordsMean
from models.words.text import Text
from widgets.kit.calm_controls import CalmComboBox, keep_words_whole
from widgets.kit.language import bind, language

FEATURES = Text("Features", "특성")
TARGET = Text("Target", "목표값")
NO_TARGET = Text("none", "없음")
KIND = Text("Kind of target", "목표값의 종류")
KIND_NAMES: dict[TargetKind, Text] = {
    "class": Text("Classes, to tell apart", "클래스(분류)"),
    "number": Text("Numbers, to predict", "수(회귀)"),
}
WORDS = Text("{words}: a class, not a missing value", "{words:을/를} 빠진 값이 아니라 클래스로 보기")
WORDS_NAME = Text("Words that are classes", "클래스로 볼 말")
PLANE = Text("Columns of the plane", "평면에 보일 열")
ACROSS = Text("Across", "가로축")
UP = Text("Up", "세로축")

FEATURES_TIP = Text(
    "Columns of numbers that the algorithm learns from: at least two. Space switches a column.",
    "알고리즘이 학습에 쓰는 숫자 열입니다. 둘 이상 고르세요. 스페이스 키로 켜고 끕니다.",
)
TARGET_TIP = Text("The column with the answers, if there is one.", "정답이 든 열입니다. 없어도 됩니다.")
KIND_TIP = Text(
    "What the target holds. Guessed from its cells until you choose.",
    "목표값에 든 것입니다. 직접 고르기 전에는 칸의 내용에서 추측합니다.",
)
WORDS_TIP = Text(
    "Off: a row with such a word has no answer and is skipped.",
    "끄면 이 말이 든 행은 정답이 빠진 것으로 보고 건너뜁니다.",
)
PLANE_TIP = Text(
    "The two features that the plane shows; the others are held at their median there.",
    "평면에 보일 두 특성입니다. 다른 특성은 중앙값에 둡니다.",
)
TEXT_COLUMN = Text("{name} (text)", "{name} (글자)")
EMPTY_COLUMN = Text("{name} (empty)", "{name} (비어 있음)")
TARGET_COLUMN = Text("{name} (target)", "{name} (목표값)")
UNUSABLE_TIP = Text("Only columns of numbers can be features.", "숫자 열만 특성으로 쓸 수 있습니다.")
IS_TARGET_TIP = Text("This column is the target.", "목표값으로 쓰는 열입니다.")

AS_CLASSES = Text("{count} classes: {names}", "클래스 {count}개: {names}")
AS_VALUES = Text("Numbers from {least:.6g} to {most:.6g}", "{least:.6g}에서 {most:.6g}까지의 수")
AS_NONE = Text("No answers: for clustering and dimension reduction", "정답 없이 씁니다(군집화, 차원 축소)")

_NAMES_SHOWN = 5
_Role, _Flag = Qt.ItemDataRole, Qt.ItemFlag


class ColumnsPanel(QWidget):
    """Which columns take part and how. `edited` is sent after every choice of a person."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[str, ...] = ()
        self._kinds: tuple[ColumnKind, ...] = ()
        self._switched_on: set[str] = set()
        self._shown_axes = -1, -1
        self._list = QListWidget()
        self._list.setUniformItemSizes(True)
        self._list.itemChanged.connect(self.on_feature_switched)
        self._target = CalmComboBox()
        self._target.activated.connect(self.on_target_edited)
        self._target_is_chosen = False
        self._kind = CalmComboBox()
        self._kind.activated.connect(self.on_kind_edited)
        self._chosen_kind: TargetKind = "auto"
        for place, (kind, name) in enumerate(KIND_NAMES.items()):
            self._kind.addItem("", kind)
            bind(self._kind, lambda text, place=place: self._kind.setItemText(place, text), name)
        self._words = QCheckBox()
        self._words.clicked.connect(self.on_words_edited)
        self._ambiguous: tuple[str, ...] = ()
        self._chosen_words: WordsMean = "auto"
        self._effect = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._effect.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._effect.setMinimumHeight(2 * self.fontMetrics().lineSpacing() + 4)
        self._across, self._up = CalmComboBox(), CalmComboBox()
        self._across.activated.connect(self.on_across_edited)
        self._up.activated.connect(self.on_up_edited)
        self._arrange()
        for widget, name, tip in (
            (self._list, FEATURES, FEATURES_TIP),
            (self._target, TARGET, TARGET_TIP),
            (self._kind, KIND, KIND_TIP),
            (self._words, WORDS_NAME, WORDS_TIP),
            (self._across, ACROSS, PLANE_TIP),
            (self._up, UP, PLANE_TIP),
        ):
            bind(widget, widget.setAccessibleName, name)
            bind(widget, widget.setToolTip, tip)
        language.changed.connect(self.on_language_changed)

    @property
    def features(self) -> tuple[str, ...]:
        """Switched on, numeric, and not the target; in the table's order."""
        pairs = zip(self._columns, self._kinds, strict=True)
        return tuple(
            name for name, kind in pairs if kind == "numbers" and name in self._switched_on and name != self.target
        )

    @property
    def target(self) -> str | None:
        return self._target.currentData()

    @property
    def wished_target(self) -> str | None:
        """The target that a person chose; "auto" before that."""
        return self.target if self._target_is_chosen else "auto"

    @property
    def wished_kind(self) -> TargetKind:
        """The target's kind that a person chose; "auto" before that."""
        return self._chosen_kind

    @property
    def wished_words(self) -> WordsMean:
        """What a person chose that words such as NA mean in the target; "auto" before that."""
        return self._chosen_words

    @property
    def axes(self) -> tuple[int, int] | None:
        """The places of the plane's columns among the features; None with fewer than two features."""
        return (self._across.currentIndex(), self._up.currentIndex()) if len(self.features) >= 2 else None

    @property
    def tab_order(self) -> tuple[QWidget, ...]:
        return self._list, self._target, self._kind, self._words, self._across, self._up

    def show_columns(
        self, columns: Sequence[str], kinds: Sequence[ColumnKind], features: Sequence[str], target: str | None
    ) -> None:
        """Begin anew with a table's columns and a first choice. A numeric target is ready to be a feature instead."""
        self._columns, self._kinds = tuple(columns), tuple(kinds)
        self._switched_on = {*features, *([] if target is None else [target])}
        self._target_is_chosen = False
        self._forget_kind()
        self._list.blockSignals(True)
        self._list.clear()
        self._list.addItems(list(columns))
        self._list.blockSignals(False)
        self._target.clear()
        self._target.addItem(language.say(NO_TARGET), None)
        for name, kind in zip(columns, kinds, strict=True):
            if kind != "empty":
                self._target.addItem(name, name)
        self._target.setCurrentIndex(max(0, self._target.findData(target)))
        self._across.clear()
        self._up.clear()
        self._show_roles()
        self.show_effect(None)

    def show_effect(self, dataset: Dataset | None) -> None:
        """Say whether the target makes classes or values, and show what was guessed of it."""
        self._effect.setText("" if dataset is None else keep_words_whole(_effect(dataset)))
        if dataset is not None and not self._target_is_chosen:
            guessed = self._target.findData(None if dataset.targets is None else dataset.target_name)
            if guessed != self._target.currentIndex():
                self._target.setCurrentIndex(guessed)
                self._show_roles()
        self._kind.setEnabled(self.target is not None)
        if dataset is not None and self._chosen_kind == "auto":
            kind = "class" if dataset.has_classes else "number" if dataset.has_values else None
            self._kind.setCurrentIndex(self._kind.findData(kind))
        elif self.target is None:
            self._kind.setCurrentIndex(-1)

    def show_words(self, words: Sequence[str], are_classes: bool) -> None:
        """The words of the target that may be classes or missing values, and what they were taken for."""
        self._ambiguous = tuple(words)
        self._words.setVisible(bool(words))
        self._words.setChecked(are_classes)
        self._name_words()

    # Choices

    @Slot(QListWidgetItem)
    def on_feature_switched(self, item: QListWidgetItem) -> None:
        name = self._columns[self._list.row(item)]
        if item.checkState() == Qt.CheckState.Checked:
            self._switched_on.add(name)
        else:
            self._switched_on.discard(name)
        self._offer_axes()
        self.edited.emit()

    @Slot()
    def on_target_edited(self) -> None:
        self._target_is_chosen = True
        self._forget_kind()
        self._show_roles()
        self.edited.emit()

    @Slot()
    def on_kind_edited(self) -> None:
        self._chosen_kind = self._kind.currentData()
        self.edited.emit()

    @Slot()
    def on_words_edited(self) -> None:
        self._chosen_words = "classes" if self._words.isChecked() else "missing"
        self.edited.emit()

    @Slot()
    def on_across_edited(self) -> None:
        self._part(self._across, self._up)

    @Slot()
    def on_up_edited(self) -> None:
        self._part(self._up, self._across)

    @Slot()
    def on_language_changed(self) -> None:
        if self._target.count():
            self._target.setItemText(0, language.say(NO_TARGET))
        self._name_words()
        self._show_roles()

    def _forget_kind(self) -> None:
        """Another target: its kind and its words are guessed anew."""
        self._chosen_kind, self._chosen_words = "auto", "auto"

    def _name_words(self) -> None:
        words = ", ".join(f"“{word}”" for word in self._ambiguous)
        self._words.setText(language.say(WORDS, words=words) if words else "")

    def _part(self, edited: CalmComboBox, other: CalmComboBox) -> None:
        """Both axes never show one column: choosing the other's column swaps the two."""
        if edited.currentIndex() == other.currentIndex():
            other.setCurrentIndex(self._shown_axes[0 if edited is self._across else 1])
        self._shown_axes = self._across.currentIndex(), self._up.currentIndex()
        self.edited.emit()

    # What is shown

    def _show_roles(self) -> None:
        """Each column with what it is; those that can be features with a box to tick."""
        self._list.blockSignals(True)
        for row, (name, kind) in enumerate(zip(self._columns, self._kinds, strict=True)):
            item = self._list.item(row)
            is_target = name == self.target
            is_free = kind == "numbers" and not is_target
            label = TARGET_COLUMN if is_target else {"text": TEXT_COLUMN, "empty": EMPTY_COLUMN}.get(kind)
            item.setText(name if label is None else language.say(label, name=name))
            item.setToolTip("" if is_free else language.say(IS_TARGET_TIP if is_target else UNUSABLE_TIP))
            item.setFlags(
                _Flag.ItemIsSelectable | _Flag.ItemIsUserCheckable | _Flag.ItemIsEnabled
                if is_free
                else _Flag.NoItemFlags
            )
            state = Qt.CheckState.Checked if name in self._switched_on else Qt.CheckState.Unchecked
            item.setData(_Role.CheckStateRole, state if is_free else None)
        self._list.blockSignals(False)
        self._offer_axes()

    def _offer_axes(self) -> None:
        """The features in both boxes of the plane; a column that is still there stays chosen."""
        features = self.features
        wanted = [self._across.currentData(), self._up.currentData()]
        free = [name for name in features if name not in wanted]
        for box, name in ((self._across, wanted[0]), (self._up, wanted[1])):
            box.clear()
            for feature in features:
                box.addItem(feature, feature)
            if name not in features and free:
                name = free.pop(0)
            box.setCurrentIndex(box.findData(name))
        self._shown_axes = self._across.currentIndex(), self._up.currentIndex()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(titled(FEATURES, self._list))
        column.addWidget(self._list, 1)
        column.addWidget(titled(TARGET, self._target))
        column.addWidget(self._target)
        column.addWidget(titled(KIND, self._kind, is_bold=False))
        column.addWidget(self._kind)
        column.addWidget(self._words)
        self._words.hide()
        column.addWidget(self._effect)
        column.addWidget(titled(PLANE, self._across))
        plane = QGridLayout()
        for row, (text, box) in enumerate(((ACROSS, self._across), (UP, self._up))):
            plane.addWidget(titled(text, box, is_bold=False), row, 0)
            plane.addWidget(box, row, 1)
        plane.setColumnStretch(1, 1)
        column.addLayout(plane)


def titled(text: Text, buddy: QWidget, is_bold: bool = True) -> QLabel:
    """A label for a control, in both languages."""
    label = QLabel()
    font = label.font()
    font.setBold(is_bold)
    label.setFont(font)
    label.setBuddy(buddy)
    bind(label, label.setText, text)
    return label


def _effect(dataset: Dataset) -> str:
    if dataset.has_classes:
        names = dataset.class_names
        shown = ", ".join(names[:_NAMES_SHOWN]) + (" …" if len(names) > _NAMES_SHOWN else "")
        return language.say(AS_CLASSES, count=len(names), names=shown)
    if dataset.has_values:
        return language.say(AS_VALUES, least=float(dataset.targets.min()), most=float(dataset.targets.max()))
    return language.say(AS_NONE)
