"""Opening a table: see how it is read, correct it, choose the columns, and hear beforehand what will happen."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QSplitter,
    QStyle,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from lab.data.datasets import Dataset
from lab.data.tables.files import DECIMALS, DELIMITERS, ENCODINGS, TableGuess
from models.words.text import Said, Text
from widgets.kit.calm_controls import CalmComboBox, keep_words_whole
from widgets.kit.language import bind, language
from widgets.kit.theme import theme
from widgets.tables.columns import ColumnsPanel, titled
from widgets.tables.preview import PreviewModel
from widgets.tables.reader import BuildWish, Built, Reading, ReadWish, TableReader

PATIENCE_MS = 200  # before a wait is shown
_STEPS = 1000  # of the progress bar

TITLE = Text("Open table: {name}", "표 불러오기: {name}")
ENCODING = Text("Encoding", "인코딩")
DELIMITER = Text("Delimiter", "구분 기호")
DECIMAL = Text("Decimal mark", "소수점")
HEADER = Text("First line holds column names", "첫 줄은 열 이름")
PREVIEW = Text("Preview (first 50 rows)", "미리 보기(처음 50개 행)")
LOAD = Text("Load", "불러오기")
CANCEL = Text("Cancel", "취소")
PROGRESS = Text("Progress of reading", "읽기 진행률")

ENCODING_TIP = Text("Choose another encoding when letters look wrong.", "글자가 깨져 보이면 다른 인코딩을 고르세요.")
DELIMITER_TIP = Text("The character between two cells of a line.", "한 줄에서 칸과 칸을 나누는 글자입니다.")
DECIMAL_TIP = Text(
    "What stands before the decimals of a number; the other one may stand between thousands.",
    "소수 부분 앞에 쓰는 기호입니다. 다른 기호는 천 단위를 나눌 수 있습니다.",
)
HEADER_TIP = Text(
    "Off: the first line is a row of data, and columns are called x1, x2 ...",
    "끄면 첫 줄도 데이터로 읽고 열 이름을 x1, x2 …로 붙입니다.",
)
PREVIEW_TIP = Text(
    "Rows as they stand in the file, with their line numbers. Bold columns are used.",
    "파일에 적힌 그대로의 행과 줄 번호입니다. 굵은 이름의 열을 씁니다.",
)
CANCEL_TIP = Text("Close without loading (Esc)", "불러오지 않고 닫습니다(Esc)")
LOAD_TIP = Text("Load the table (Enter)", "표를 불러옵니다(Enter)")

DELIMITER_NAMES = {
    ",": Text("Comma  ,", "쉼표  ,"),
    "\t": Text("Tab", "탭"),
    ";": Text("Semicolon  ;", "세미콜론  ;"),
    "|": Text("Vertical bar  |", "세로줄  |"),
    " ": Text("Spaces", "빈칸"),
}
DECIMAL_NAMES = {".": Text("Point  1,234.5", "점  1,234.5"), ",": Text("Comma  1.234,5", "쉼표  1.234,5")}
ENCODING_NAMES = {
    "utf-8": Text("UTF-8", "UTF-8"),
    "cp949": Text("CP949 (Korean)", "CP949 (한국어)"),
    "utf-16": Text("UTF-16", "UTF-16"),
    "latin-1": Text("Latin-1 (Western)", "Latin-1 (서유럽)"),
}

READING = Text("Reading {name} ...", "{name:을/를} 읽는 중입니다…")
CHECKING = Text("Checking the columns ...", "열을 확인하는 중입니다…")
ALL_ROWS = Text("This will load {rows:,d} rows, {columns} features.", "행 {rows:,d}개, 특성 {columns}개를 불러옵니다.")
SOME_ROWS = Text(
    "This will load {rows:,d} of {all:,d} rows, {columns} features.",
    "전체 {all:,d}개 행 가운데 {rows:,d}개, 특성 {columns}개를 불러옵니다.",
)


class TableImportDialog(QDialog):
    """Choices about one file, each with its effect said below. `dataset()` has the result once accepted.

    All reading happens in a thread that lives from the opening of the dialog to its end.
    """

    def __init__(self, path: str | os.PathLike[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = Path(path)
        self._n_rows = 0
        self._warnings: tuple[Said, ...] = ()
        self._built = Built()
        self._waits_for: Said | None = None  # what the sentence says while the thread works
        self._make_widgets()
        self._arrange()
        self._name_everything()
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self.on_patience_timeout)
        self._reader = TableReader(self._path, self)
        self._reader.has_guessed.connect(self.on_reader_has_guessed)
        self._reader.has_read.connect(self.on_reader_has_read)
        self._reader.has_built.connect(self.on_reader_has_built)
        self._reader.progressed.connect(self.on_reader_progressed)
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)
        self.resize(940, 640)
        self._read(ReadWish())

    def dataset(self) -> Dataset:
        """The dataset that was chosen. Raises RuntimeError unless the dialog was accepted."""
        if self.result() != QDialog.DialogCode.Accepted or self._built.dataset is None:
            raise RuntimeError("no table was accepted")
        return self._built.dataset

    @property
    def sentence(self) -> str:
        """What the line below says: the effect of the choices, or what stands in their way."""
        return self._sentence.accessibleName()

    @property
    def is_busy(self) -> bool:
        """Whether the thread still works on the newest choice."""
        return self._waits_for is not None

    # The parts

    def _make_widgets(self) -> None:
        self._encoding, self._delimiter, self._decimal = CalmComboBox(), CalmComboBox(), CalmComboBox()
        for box, keys, names in (
            (self._encoding, ENCODINGS, ENCODING_NAMES),
            (self._delimiter, DELIMITERS, DELIMITER_NAMES),
            (self._decimal, DECIMALS, DECIMAL_NAMES),
        ):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.setMinimumContentsLength(max(len(text.en) for text in names.values()))
            for place, key in enumerate(keys):
                box.addItem("", key)
                bind(box, lambda text, box=box, place=place: box.setItemText(place, text), names[key])
            box.activated.connect(self.on_reading_edited)
        self._header = QCheckBox()
        self._header.clicked.connect(self.on_reading_edited)
        self._model = PreviewModel()
        self._table = QTableView()
        self._table.setModel(self._model)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setTabKeyNavigation(False)
        self._table.setWordWrap(False)
        for header in (self._table.horizontalHeader(), self._table.verticalHeader()):
            header.setHighlightSections(False)
        self._table.horizontalHeader().setMaximumSectionSize(220)
        self._table.verticalHeader().setDefaultSectionSize(self.fontMetrics().lineSpacing() + 8)
        self._table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._columns = ColumnsPanel()
        self._columns.edited.connect(self.on_columns_edited)
        self._mark = QLabel()
        self._mark.setFixedWidth(24)
        self._mark.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._sentence = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._sentence.setMinimumHeight(4 * self.fontMetrics().lineSpacing())
        self._progress = QProgressBar(textVisible=False, maximum=_STEPS)
        self._progress.setFixedHeight(8)
        policy = self._progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._progress.setSizePolicy(policy)
        self._progress.hide()
        buttons = QDialogButtonBox.StandardButton
        self._buttons = QDialogButtonBox(buttons.Ok | buttons.Cancel)
        self._ok, self._cancel = self._buttons.button(buttons.Ok), self._buttons.button(buttons.Cancel)
        self._ok.setDefault(True)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _arrange(self) -> None:
        top = QHBoxLayout()
        for text, box in ((ENCODING, self._encoding), (DELIMITER, self._delimiter), (DECIMAL, self._decimal)):
            top.addWidget(titled(text, box))
            top.addWidget(box)
            top.addSpacing(12)
        top.addWidget(self._header)
        top.addStretch(1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(titled(PREVIEW, self._table))
        column.addWidget(self._table, 1)
        middle = QSplitter(Qt.Orientation.Horizontal)
        middle.setChildrenCollapsible(False)
        middle.addWidget(left)
        middle.addWidget(self._columns)
        middle.setStretchFactor(0, 1)
        middle.setSizes([620, 270])
        below = QHBoxLayout()
        below.addWidget(self._mark)
        below.addWidget(self._sentence, 1)
        whole = QVBoxLayout(self)
        whole.addLayout(top)
        whole.addWidget(middle, 1)
        whole.addWidget(self._progress)
        whole.addLayout(below)
        whole.addWidget(self._buttons)
        order = (self._encoding, self._delimiter, self._decimal, self._header, self._table, *self._columns.tab_order)
        order = (*order, self._ok, self._cancel)
        for before, after in zip(order, order[1:], strict=False):
            self.setTabOrder(before, after)
        self._encoding.setFocus()

    def _name_everything(self) -> None:
        bind(self, self.setWindowTitle, TITLE, name=self._path.name)
        for widget, name, tip in (
            (self._encoding, ENCODING, ENCODING_TIP),
            (self._delimiter, DELIMITER, DELIMITER_TIP),
            (self._decimal, DECIMAL, DECIMAL_TIP),
            (self._header, HEADER, HEADER_TIP),
            (self._table, PREVIEW, PREVIEW_TIP),
            (self._progress, PROGRESS, PROGRESS),
            (self._cancel, CANCEL, CANCEL_TIP),
        ):
            bind(widget, widget.setAccessibleName, name)
            bind(widget, widget.setToolTip, tip)
        for button, text in ((self._header, HEADER), (self._ok, LOAD), (self._cancel, CANCEL)):
            bind(button, button.setText, text)
        bind(self._ok, self._ok.setAccessibleName, LOAD)

    # From choice to result

    @Slot()
    def on_reading_edited(self) -> None:
        """Another encoding or delimiter makes other cells, of which the rest is guessed anew."""
        encoding, delimiter = self._encoding.currentData(), self._delimiter.currentData()
        is_split_anew = self.sender() in (self._encoding, self._delimiter)
        decimal = None if is_split_anew else self._decimal.currentData()
        self._read(ReadWish(encoding, delimiter, self._header.isChecked(), decimal))

    def _read(self, wish: ReadWish) -> None:
        self._columns.setEnabled(False)
        self._wait(Said(READING, {"name": self._path.name}))
        self._reader.read(wish)

    @Slot(object)
    def on_reader_has_guessed(self, guess: TableGuess) -> None:
        """The preview comes before the rest of a long file is read."""
        self._model.show_guess(guess)
        self._table.resizeColumnsToContents()
        self._encoding.setCurrentIndex(self._encoding.findData(guess.encoding))
        self._delimiter.setCurrentIndex(self._delimiter.findData(guess.delimiter))
        self._decimal.setCurrentIndex(self._decimal.findData(guess.decimal))
        for box in (self._encoding, self._delimiter):
            box.setEnabled(box.currentIndex() >= 0)  # a workbook has neither
        self._header.setChecked(guess.has_header)
        self._warnings = guess.warnings

    @Slot(object)
    def on_reader_has_read(self, reading: Reading) -> None:
        self._n_rows = reading.n_rows
        self._warnings = (*self._warnings, *reading.notes)
        if reading.error is None:
            self._columns.show_columns(reading.columns, reading.kinds, reading.features, reading.target)
            self._columns.setEnabled(True)
            self.on_columns_edited()
            return
        if not reading.is_guessed:
            self._model.show_guess(None)
            self._warnings = ()
        self._columns.show_columns((), (), (), None)
        self._settle(Built(error=reading.error))

    @Slot()
    def on_columns_edited(self) -> None:
        columns = self._columns
        self._model.show_columns(columns.features, columns.target)
        self._wait(Said(CHECKING, {}))
        self._reader.build(
            BuildWish(columns.features, columns.wished_target, columns.axes, columns.wished_kind, columns.wished_words)
        )

    @Slot(object)
    def on_reader_has_built(self, built: Built) -> None:
        self._columns.show_effect(built.dataset)
        data = built.dataset
        names = () if data is None else data.class_names
        words = built.words if data is None or data.targets is not None else ()
        self._columns.show_words(words, bool({*words} & {*names}))
        self._model.show_columns(self._columns.features, self._columns.target, names)
        self._settle(built)

    # Saying what will happen

    def _wait(self, said: Said) -> None:
        """The newest choice is being worked out; shown only when it takes long."""
        self._waits_for = said
        self._ok.setEnabled(False)
        self._ok.setToolTip(language.say(said))
        self._progress.setRange(0, _STEPS if said.text is READING else 0)
        self._progress.setValue(0)
        if self._progress.isVisible():
            self._say_all()
        elif not self._patience.isActive():
            self._patience.start()

    @Slot()
    def on_patience_timeout(self) -> None:
        if self.is_busy:
            self._progress.show()
            self._say_all()

    @Slot(float)
    def on_reader_progressed(self, share: float) -> None:
        self._progress.setValue(round(_STEPS * share))

    def _settle(self, built: Built) -> None:
        self._built, self._waits_for = built, None
        self._patience.stop()
        self._progress.hide()
        self._say_all()

    def _said(self) -> list[Said]:
        """What there is to say now, the most important first, nothing twice."""
        built = self._built
        if self._waits_for is not None:
            return [self._waits_for]
        if built.dataset is None:
            first = [] if built.error is None else [built.error]
        else:
            counts = {"rows": built.dataset.n, "all": self._n_rows, "columns": len(built.dataset.feature_names)}
            first = [Said(ALL_ROWS if built.dataset.n == self._n_rows else SOME_ROWS, counts)]
        said = [*first, *built.notes]
        return said + [warning for warning in self._warnings if warning not in said]

    def _say_all(self) -> None:
        built = self._built
        is_ready = not self.is_busy and built.dataset is not None
        is_wrong = not self.is_busy and built.dataset is None
        sentence = "\n".join(language.say(said) for said in self._said())
        self._sentence.setText(keep_words_whole(sentence))
        self._sentence.setAccessibleName(sentence)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.WindowText, theme.color("warning" if is_wrong else "text"))
        self._sentence.setPalette(palette)
        self._mark.clear()
        if is_wrong:
            icon = self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning)
            self._mark.setPixmap(icon.pixmap(QSize(18, 18), self.devicePixelRatioF()))
        self._ok.setEnabled(is_ready)
        self._ok.setToolTip(language.say(LOAD_TIP) if is_ready else sentence)
        self._ok.setAccessibleDescription("" if is_ready else sentence)
        self._columns.show_effect(built.dataset)

    @Slot()
    def on_look_changed(self) -> None:
        """Another language or theme: all that is not bound is said and drawn anew."""
        self._model.refresh()
        if not self.is_busy or self._progress.isVisible():
            self._say_all()

    # Qt's virtual functions

    def done(self, result: int) -> None:
        self._patience.stop()
        self._reader.stop()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._patience.stop()
        self._reader.stop()
        super().closeEvent(event)
