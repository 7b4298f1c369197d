"""The panes that stand beside the stage: each is named here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

from models.words.text import Text

PaneId = str  # the id of a line in PANES


@dataclass(frozen=True)
class PaneKind:
    """One pane. Both places are "room:Class", imported when they are first needed: `composed` below lab/composing/panes_of
    makes what the pane shows, `packet.beside[id]`, and knows whether it means something for a learner ("" where the rest of
    the packet is enough and it always does); `shown` below widgets/panes is the pane itself. short: the name on its button
    where the whole one is long. lasts: a packet that was made without the record leaves the last one of the run; not for
    what would then be read as of another moment."""

    id: PaneId
    name: Text
    tip: Text
    composed: str
    shown: str
    short: Text | None = None
    lasts: bool = True


PANES: tuple[PaneKind, ...] = (
    PaneKind("curves", Text("Curves", "곡선"), Text("The metrics over the whole run", "실행 전체의 지표"), "", "curves:CurvesView"),
    PaneKind("network", Text("Network", "신경망"),
             Text("Neurons, weights, and what flows through them", "뉴런과 가중치, 그 사이를 흐르는 값"),
             "network:NetworkPictures", "network:NetworkView"),
    PaneKind("numbers", Text("Numbers", "숫자"),
             Text("This step in numbers: the formulas with their values", "이 단계를 숫자로: 값을 넣은 식"),
             "numbers:StepInNumbers", "numbers:NumbersView", lasts=False),
    PaneKind("matrix", Text("Scores", "점수"),
             Text("Confusion matrix and scores, training and test apart", "혼동 행렬과 점수, 훈련과 테스트 따로"),
             "scores:Scores", "scores:MatrixView"),
    PaneKind("loss_surface", Text("Loss surface", "손실 곡면"),
             Text("The loss over two parameters, and the way so far", "두 매개변수에 따른 손실과 지나온 길"),
             "loss_surface:LossSurfaces", "loss:LossView", Text("Loss", "손실 곡면")),
    PaneKind("activation", Text("Activation", "활성화"),
             Text("The activation function and its derivative", "활성화 함수와 그 도함수"),
             "activation:ActivationPictures", "activation:ActivationView"),
)  # fmt: skip

PANE_IDS: tuple[PaneId, ...] = tuple(kind.id for kind in PANES)
