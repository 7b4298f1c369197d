"""The states of a session: which commands mean something in each, and the sentences that some of them need."""

from __future__ import annotations

from lab.protocol.commands import Apply, Begin, ClearChanges, Look, Pause, Play, Seek, Step, Stop, TakeBranch, Watch
from lab.protocol.packet import SessionState
from models.words.text import Said, Text

SPEEDS: tuple[float | None, ...] = (0.5, 1.0, 4.0, None)  # slow, normal, fast, maximum
# Which commands mean something in which state; anything else is passed over. The window enables its buttons by it.
_ALWAYS = frozenset({Begin, Look, Watch, Stop})
_RUN = _ALWAYS | {Play, Pause, Step, Seek, Apply, ClearChanges, TakeBranch}
TABLE: dict[SessionState, frozenset[type]] = {
    "unready": _ALWAYS,
    "idle": _RUN - {Pause},
    "playing": _RUN,
    "paused": _RUN - {Pause},
    "past": _RUN - {Pause},
    "finished": _RUN - {Pause, Play},
    "diverged": _RUN - {Pause, Play},
    "failed": _ALWAYS | {ClearChanges},
}

NOTHING_DRAWN = Said(
    Text(
        "Nothing is drawn yet: draw some points, open a file, or choose an example.",
        "아직 점이 없습니다. 점을 그리거나 파일을 열거나 예제를 고르세요.",
    ),
    {},
)
FAILED = Text(
    "This run stopped because of a fault in the program ({what}). Start again from the beginning; your data is safe.",
    "프로그램 결함({what:으로/로}) 때문에 이 학습이 멈췄습니다. 처음부터 다시 시작하세요. 데이터는 그대로입니다.",
)
DEVICE_LOST = Text(
    "The device {device} stopped answering ({what}); the run goes on on the CPU from the last step.",
    "연산 장치 {device:이/가} 응답하지 않아({what}) 마지막 단계부터 CPU에서 이어 갑니다.",
)
LEFT_OUT = Text(
    "{n} of the recorded changes cannot be made on this data and are left out: {handles}.",
    "기록된 변경 가운데 {n}개는 이 데이터에서 할 수 없어 뺐습니다: {handles}.",
)
CANNOT_CHANGE = Text(
    "This change cannot be made here: {what}.",
    "여기서는 이 변경을 할 수 없습니다: {what}.",
)
