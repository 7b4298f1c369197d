"""The panes there are, each named here and nowhere else in the window; `lab.composing.panes` composes what they show."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from lab.protocol.pane_records import PaneId
from models.words.text import Text
from widgets.panes.pane import Pane

# By their places in the list. F5 starts a presenter's remote, F11 is the projector; F1, F10 and F12 are the desktop's.
PLACES = tuple(f"{shift}{key}" for shift in ("", "Shift+") for key in ("F2", "F3", "F4", "F6", "F7", "F8"))


@dataclass(frozen=True)
class PaneKind:
    """One pane: `where` is "room:Class" below widgets/panes, imported when the pane is first seen; `short` is its name on
    the button where the whole one is long."""

    id: PaneId
    name: Text
    tip: Text
    where: str
    short: Text | None = None

    def make(self) -> Pane:
        """A new pane of this kind."""
        room, _, kind = self.where.partition(":")
        made: Pane = getattr(importlib.import_module(f"widgets.panes.{room}.view"), kind)()
        return made


KINDS: tuple[PaneKind, ...] = (
    PaneKind("curves", Text("Curves", "곡선"), Text("The metrics over the whole run", "실행 전체의 지표"), "curves:CurvesView"),
    PaneKind("network", Text("Network", "신경망"),
             Text("Neurons, weights, and what flows through them", "뉴런과 가중치, 그 사이를 흐르는 값"), "network:NetworkView"),
    PaneKind("numbers", Text("Numbers", "숫자"),
             Text("This step in numbers: the formulas with their values", "이 단계를 숫자로: 값을 넣은 식"), "numbers:NumbersView"),
    PaneKind("matrix", Text("Scores", "점수"),
             Text("Confusion matrix and scores, training and test apart", "혼동 행렬과 점수, 훈련과 테스트 따로"),
             "scores:MatrixView"),
    PaneKind("loss_surface", Text("Loss surface", "손실 곡면"),
             Text("The loss over two parameters, and the way so far", "두 매개변수에 따른 손실과 지나온 길"), "loss:LossView",
             Text("Loss", "손실 곡면")),
    PaneKind("activation", Text("Activation", "활성화"),
             Text("The activation function and its derivative", "활성화 함수와 그 도함수"), "activation:ActivationView"),
)  # fmt: skip

NAMES: dict[PaneId, Text] = {kind.id: kind.name for kind in KINDS}
KEYS: dict[PaneId, str] = {kind.id: key for kind, key in zip(KINDS, PLACES, strict=False)}
