"""The narration line: one large sentence for the shown moment or for what is missing, with its action beside it.

Below it stands a hint, or what was recognised in the run, with its remedy. `line_for` decides what is said; it is a
pure function of the situation, one sentence for each state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lab.protocol.packet import Packet
from lab.protocol.session_states import NOTHING_DRAWN
from models.core.findings import Finding
from models.words.text import Said, Text
from widgets.kit.calm_controls import Island, keep_words_whole
from widgets.kit.language import bind, language
from widgets.kit.tab_order import one_after_another
from widgets.kit.theme import bind_icon, theme

Tone = Literal["calm", "good", "warning"]
MAIN_PX, HINT_PX = 21, 13
LINGER_MS = 1500  # a finding that comes and goes while a run plays does not flicker


PREPARING = Text("Getting the algorithms ready …", "알고리즘을 준비하고 있습니다 …")
FIRST_USE = Text(
    "Getting this algorithm ready for its first use …", "이 알고리즘을 처음 쓸 수 있게 준비하고 있습니다 …"
)
FIRST_USE_HINT = Text(
    "It takes some seconds, and only this once on this computer.",
    "이 컴퓨터에서 처음 한 번만 몇 초 걸립니다.",
)
WORKER_FAILED = Text(
    "The part that computes has stopped because of a fault in the program. Your data is safe: start it again.",
    "프로그램 결함 때문에 계산이 멈췄습니다. 데이터는 그대로이니 다시 시작하세요.",
)
DATA_CHANGED = Text(
    "The data changed: Home to learn from it.", "데이터가 바뀌었습니다. Home 키를 누르면 새 데이터로 학습합니다."
)
SETTINGS_CHANGED = Text(
    "The settings changed: rewind to apply them.", "설정이 바뀌었습니다. 처음으로 돌아가면 적용됩니다."
)
IN_THE_PAST = Text(
    "You are back at {at} of {reached} iterations; playing from here repeats the same run.",
    "반복 {reached}회 가운데 {at}회로 돌아와 있습니다. 여기서 재생하면 같은 실행이 되풀이됩니다.",
)
CHANGES_RECORDED = Text(
    "{count} changes made during the run are recorded and repeated.",
    "실행 중에 바꾼 것 {count}개가 기록되어 그대로 되풀이됩니다.",
)
CHANGE_RECORDED = Text(
    "One change made during the run is recorded and repeated.", "실행 중에 바꾼 것 1개가 기록되어 그대로 되풀이됩니다."
)
BRANCH_KEPT = Text("The future that your change cut off is kept.", "바꾸기 전의 뒷부분을 따로 보관하고 있습니다.")
DIVERGED_HINT = Text(
    "The last good step is on screen. A smaller learning rate takes smaller steps.",
    "마지막으로 정상인 단계를 보고 있습니다. 학습률을 낮추면 걸음이 작아집니다.",
)
PRESS_SPACE = Text("Space: play · →: one step", "Space: 재생 · →: 한 단계")
FINISHED_HINT = Text("Space: play it again · ←: one step back", "Space: 다시 재생 · ←: 한 단계 뒤로")

EXAMPLES = Text("Choose an example", "예제 고르기")
OPEN = Text("Open a file", "파일 열기")
REWIND = Text("Rewind", "처음으로")
LOWER = Text("Start again with learning rate {rate:g}", "학습률 {rate:g|으로/로} 다시 시작")
BACK = Text("One step back", "한 단계 뒤로")
BRANCH = Text("Switch to it", "그쪽으로 바꾸기")
CLEAR = Text("Clear the recorded changes", "기록된 변경 지우기")
RESTART = Text("Start it again", "다시 시작")
DISMISS = Text("Close", "닫기")
DIAGNOSIS = Text("Diagnosis: {finding}", "진단: {finding}")
CLOSE_FINDING = Text("Do not show this again in this run", "이번 실행에서 이 진단 다시 보지 않기")
# Findings whose sentence an end of the same run says already, by the outcome's kind.
SAID_AT_THE_END = {"gave_up": frozenset({"inseparable", "plateau"})}


@dataclass(frozen=True)
class Offer:
    """An action beside the sentence: its name for the window, and its words."""

    id: str
    label: Said


@dataclass(frozen=True)
class Line:
    """What the bar says. findings: recognised in the run, the most important first; of those in `told` only the remedy
    is shown, for the sentence stands here already. run: findings are dismissed for one run."""

    main: Said
    hint: Said | None = None
    tone: Tone = "calm"
    offers: tuple[Offer, ...] = ()
    findings: tuple[Finding, ...] = ()
    told: frozenset[str] = frozenset()
    run: int = 0


@dataclass(frozen=True, eq=False)
class Situation:
    """What the sentence depends on."""

    packet: Packet | None = None
    point_count: int = 0
    stale: str = ""
    is_ready: bool = True
    failure: str = ""
    message: Said | None = None
    message_tone: Tone = "warning"
    lower_rate: float | None = None
    is_preparing: bool = False


def line_for(situation: Situation) -> Line:
    """The sentence for a situation. What stops the work comes first, then what waits, then the moment itself."""
    packet = situation.packet
    if situation.failure:
        return Line(Said(WORKER_FAILED, {}), tone="warning", offers=(_offer("restart", RESTART),))
    if situation.message is not None:
        return Line(situation.message, tone=situation.message_tone, offers=(_offer("dismiss", DISMISS),))
    if situation.point_count == 0:
        return Line(NOTHING_DRAWN, offers=(_offer("examples", EXAMPLES), _offer("open", OPEN)))
    if situation.is_preparing:
        return Line(Said(FIRST_USE, {}), Said(FIRST_USE_HINT, {}))
    if packet is None or not situation.is_ready:
        return Line(Said(PREPARING, {}))
    if packet.state in ("unready", "failed"):
        offers = (_offer("rewind", REWIND),) if packet.state == "failed" else (_offer("examples", EXAMPLES),)
        return Line(packet.narration or NOTHING_DRAWN, packet.notice, "warning", offers)
    if situation.stale:
        words = DATA_CHANGED if situation.stale == "data" else SETTINGS_CHANGED
        return Line(Said(words, {}), packet.narration, "warning", (_offer("rewind", REWIND),))
    return _with_findings(_with_changes(_of_the_run(packet, situation.lower_rate), packet), packet)


def _of_the_run(packet: Packet, lower_rate: float | None) -> Line:
    moment = packet.narration or Said(PREPARING, {})
    if packet.state == "diverged":
        slower = () if lower_rate is None else (Offer("slower", Said(LOWER, {"rate": lower_rate})),)
        return Line(
            packet.outcome or moment,
            packet.notice or Said(DIVERGED_HINT, {}),
            "warning",
            (*slower, _offer("back", BACK)),
        )
    if packet.state == "finished":
        is_done = packet.outcome_kind in ("converged", "finished")
        return Line(packet.outcome or moment, packet.notice or Said(FINISHED_HINT, {}), "good" if is_done else "calm")
    if packet.state == "past" and packet.frame.iteration < packet.reached:
        place = {"at": packet.frame.iteration, "reached": packet.reached}
        return Line(moment, packet.notice or Said(IN_THE_PAST, place))
    if packet.state == "idle":
        return Line(moment, packet.notice or Said(PRESS_SPACE, {}))
    return Line(moment, packet.notice)


def _with_changes(line: Line, packet: Packet) -> Line:
    """The line with what a change in the past left behind, and at the start with what was recorded."""
    if packet.state == "playing":
        return line
    if packet.has_branch:
        return replace(line, hint=Said(BRANCH_KEPT, {}), offers=(*line.offers, _offer("branch", BRANCH)))
    count = len(packet.schedule)
    if count and packet.frame.iteration == 0:
        words = CHANGE_RECORDED if count == 1 else CHANGES_RECORDED
        return replace(line, hint=Said(words, {"count": count}), offers=(*line.offers, _offer("clear_changes", CLEAR)))
    return line


def _with_findings(line: Line, packet: Packet) -> Line:
    """The line with what was recognised; a run that diverged says so itself and has its remedy."""
    if packet.state == "diverged":
        return line
    told = {finding.id for finding in packet.findings if finding.said == packet.notice}
    if packet.state == "finished":
        told |= SAID_AT_THE_END.get(packet.outcome_kind, frozenset())
    return replace(line, findings=packet.findings, told=frozenset(told), run=packet.version)


def _offer(id: str, label: Text) -> Offer:
    return Offer(id, Said(label, {}))


class NarrationBar(QFrame):
    """Shows a Line. `acted(id)` when an offered action is chosen; "remedy" is that of the `finding` on screen."""

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line: Line | None = None
        self._colours: tuple[QColor, ...] = ()
        self._finding: Finding | None = None
        self._dismissed: set[tuple[int, str]] = set()
        self._scale, self._emphasis = 1.0, 1.0
        self._main, self._hint = QLabel(), QLabel()
        for label in (self._main, self._hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            label.setMinimumWidth(120)
        self._main.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self._remedy, self._close = QPushButton(self), QToolButton(self)
        self._remedy.setObjectName("offer-remedy")
        self._remedy.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._remedy.clicked.connect(partial(self._act, "remedy"))
        self._close.setObjectName("close-finding")
        self._close.setAutoRaise(True)
        self._close.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        bind_icon(self, self._close.setIcon, "clear")
        bind(self, self._close.setToolTip, CLOSE_FINDING)
        bind(self, self._close.setAccessibleName, CLOSE_FINDING)
        self._close.clicked.connect(self.on_finding_closed)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addWidget(self._hint)
        below.addWidget(self._remedy)
        below.addWidget(self._close)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self._main)
        words.addLayout(below)
        words.addStretch(1)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(8)
        body = QWidget()
        inside = QHBoxLayout(body)
        inside.setContentsMargins(16, 3, 16, 3)
        inside.setSpacing(16)
        inside.addLayout(words, 1)
        inside.addLayout(self._buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Island(body))
        self._linger = QTimer(self, singleShot=True, interval=LINGER_MS)
        self._linger.timeout.connect(self.on_finding_gone)
        self._show_finding(None)
        self.set_scale(1.0)
        self.setAutoFillBackground(True)
        language.changed.connect(self.on_look_changed)
        theme.changed.connect(self.on_look_changed)

    @property
    def line(self) -> Line | None:
        return self._line

    @property
    def finding(self) -> Finding | None:
        """What is recognised and on screen; its remedy is what the offer "remedy" asks for."""
        return self._finding

    def set_scale(self, scale: float) -> None:
        """Letters so many times larger: a taller window is read from farther away."""
        self._scale = scale
        self._resize()

    def set_emphasis(self, factor: float) -> None:
        """Letters larger by another factor, 1 for none: in presentation mode."""
        self._emphasis = factor
        self._resize()

    def _resize(self) -> None:
        scale = self._scale * self._emphasis
        main, hint = round(MAIN_PX * scale), round(HINT_PX * scale)
        for label, size, weight in (
            (self._main, main, QFont.Weight.Bold),
            (self._hint, hint, QFont.Weight.Normal),
            (self._remedy, hint, QFont.Weight.Normal),
        ):
            font = label.font()
            font.setPixelSize(size)
            font.setWeight(weight)
            label.setFont(font)
        row = round(hint * 1.45) + 6
        self._remedy.setFixedHeight(row)
        self._close.setFixedSize(row, row)
        # Two lines of the sentence and the row below always have their place: nothing jumps when a sentence is longer.
        self.setFixedHeight(2 * round(main * 1.3) + row + 8)

    def show_line(self, line: Line) -> None:
        before = self._line
        if before is not None and line == before:
            return
        self._line = line
        if before is None or line.offers != before.offers:
            self._lay_buttons(line.offers)
        finding = self._first_finding(line)
        if finding is None and self._finding is not None and before is not None and before.run == line.run:
            if not self._linger.isActive():
                self._linger.start()
        else:
            self._linger.stop()
            self._show_finding(finding)
        self._say()

    def button(self, id: str) -> QPushButton | None:
        """The button of an offer on screen, or None."""
        if id == "remedy":
            return None if self._remedy.isHidden() else self._remedy
        return self.findChild(QPushButton, f"offer-{id}")

    @property
    def close_finding_button(self) -> QToolButton:
        return self._close

    @Slot()
    def on_look_changed(self) -> None:
        self._say()

    @Slot()
    def on_finding_closed(self) -> None:
        """The same finding is not shown again in this run; another may be."""
        if self._finding is not None and self._line is not None:
            self._dismissed.add((self._line.run, self._finding.id))
            self._linger.stop()
            self._show_finding(self._first_finding(self._line))
            self._say()

    @Slot()
    def on_finding_gone(self) -> None:
        self._show_finding(None)
        self._say()

    def _first_finding(self, line: Line) -> Finding | None:
        """The most important one that was not dismissed; the words of those told already need no place."""
        seen = (finding for finding in line.findings if (line.run, finding.id) not in self._dismissed)
        return next((finding for finding in seen if finding.id not in line.told or finding.remedy is not None), None)

    def _show_finding(self, finding: Finding | None) -> None:
        self._finding = finding
        self._remedy.setVisible(finding is not None and finding.remedy is not None)
        self._close.setVisible(finding is not None)

    def _lay_buttons(self, offers: tuple[Offer, ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().setObjectName("")
            item.widget().deleteLater()
        for offer in offers:
            button = QPushButton(self)
            button.setObjectName(f"offer-{offer.id}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumHeight(34)
            button.clicked.connect(partial(self._act, offer.id))
            self._buttons.addWidget(button)
        laid = (self._buttons.itemAt(place).widget() for place in range(self._buttons.count()))
        one_after_another((self._close, *laid))

    def _colour(self, main: QColor, hint: QColor, panel: QColor) -> None:
        """The sentences' colours and the panel's. A palette is asked of every child anew: none is set twice."""
        if self._colours == (main, hint, panel):
            return
        self._colours = (main, hint, panel)
        text, window = QPalette.ColorRole.WindowText, QPalette.ColorRole.Window
        for widget, part, colour in ((self._main, text, main), (self._hint, text, hint), (self, window, panel)):
            palette = QPalette()
            palette.setColor(part, colour)
            widget.setPalette(palette)

    def _act(self, id: str, _checked: bool = False) -> None:
        self.acted.emit(id)

    def _say(self) -> None:
        line = self._line
        if line is None:
            return
        main = language.say(line.main)
        hint = "" if line.hint is None else language.say(line.hint)
        finding = self._finding
        is_told = finding is not None and finding.id in line.told
        if finding is not None and not is_told:
            hint = language.say(DIAGNOSIS, finding=language.say(finding.said))
        for label, words in ((self._main, main), (self._hint, hint)):
            if words != label.accessibleName() or not label.text():
                label.setText(keep_words_whole(words))
                label.setAccessibleName(words)
        self._hint.setVisible(bool(hint) or finding is not None)
        role = {"calm": "text", "good": "good", "warning": "warning"}[line.tone]
        below = "muted" if finding is None or is_told else "accent"
        self._colour(theme.color(role), theme.color(below), theme.color("panel"))
        for offer in line.offers:
            button = self.button(offer.id)
            if button is not None:
                _name(button, language.say(offer.label))
        if finding is not None and finding.remedy is not None:
            _name(self._remedy, language.say(finding.remedy.label, **finding.remedy.label_values))


def _name(button: QPushButton, words: str) -> None:
    if button.text() == words:
        return
    button.setText(words)
    button.setAccessibleName(words)
    button.setToolTip(words)
