"""What the perceptron says: its phases, a sample, a correction, why a run ends, and what is amiss."""

from __future__ import annotations

from models.core.moment import Phase
from models.words.text import Text

PHASES = {
    "start": Phase(
        Text("start", "시작"),
        Text(
            "The weights start at arbitrary values, so the line is in the wrong place. Now each sample is looked at in turn.",
            "가중치는 임의의 값에서 시작하므로 선이 엉뚱한 곳에 있습니다. 이제 샘플을 하나씩 봅니다.",
        ),
    ),
    "look": Phase(
        Text("look", "살펴보기"),
        Text("Sample of class {name}: {sums}. {verdict}", "클래스 {name} 샘플: {sums}. {verdict}"),
    ),
    "update": Phase(
        Text("update", "갱신"),
        Text(
            "{change}. Points fixed: {fixed:,d}, newly wrong: {broken:,d}.",
            "{change}. 고친 점 {fixed:,d}, 새로 틀린 점 {broken:,d}.",
        ),
    ),
    "edited": Phase(
        Text("edited", "직접 고침"),
        Text(
            "Weights set by hand: the line is where they say, and the samples go on from here.",
            "가중치를 직접 고쳤습니다. 선이 그 가중치대로 놓이고, 다음 샘플부터 이어서 학습합니다.",
        ),
    ),
}

ONE_SUM = Text("the weighted sum is {total:+.4g}, so the output is {output}", "가중합 {total:+.4g}, 출력 {output}")
MANY_SUMS = Text("the weighted sums are {listed}", "가중합 {listed}")
RIGHT = Text("Right: nothing changes.", "맞았으므로 아무것도 바꾸지 않습니다.")
WRONG = Text("Wrong: the target is {target}.", "목표값이 {target}이므로 틀렸습니다.")
WRONG_LINES = Text(
    "Each class has its own line; wrong here: {lines}.", "클래스마다 선이 하나씩 있습니다. 틀린 선: {lines}."
)
ADDED = Text("The sum was too small, so the sample is added", "합이 너무 작아 샘플을 더합니다")
TAKEN = Text("The sum was too large, so the sample is subtracted", "합이 너무 커서 샘플을 뺍니다")
TURNED = Text("These lines turn: {lines}", "다음 선을 고칩니다: {lines}")
NEW_LINE = Text("{direction}: weights ({weights}), bias {bias:.4g}", "{direction}. 가중치 ({weights}), 편향 {bias:.4g}")

NOT_STARTED = Text("before the first sample", "첫 샘플을 보기 전")
PLACE = Text("epoch {epoch:,d}, sample {sample:,d}/{n:,d}", "에포크 {epoch:,d}, 샘플 {sample:,d}/{n:,d}")
PLACE_REPEATED = Text(
    "epoch {epoch:,d}, sample {sample:,d}/{n:,d} · repeated (cycle length {cycle:,d})",
    "에포크 {epoch:,d}, 샘플 {sample:,d}/{n:,d} · 반복됨(주기 {cycle:,d}에포크)",
)
SEPARATED = Text(
    "Epoch {epoch:,d} went by without a mistake: {corrections:,d} corrections were enough.",
    "에포크 {epoch:,d}에서 하나도 틀리지 않았습니다. {corrections:,d}번 고쳐서 선을 찾았습니다.",
)
NO_LINE = Text(
    "No mistake-free epoch in {epoch:,d}: perhaps no line separates these classes.",
    "{epoch:,d}에포크 동안 한 번도 틀리지 않은 적이 없습니다. 이 클래스들은 선으로 나눌 수 없는 것 같습니다.",
)
NO_LINE_REPEATED = Text(
    "No mistake-free epoch in {epoch:,d}: perhaps no line separates these classes. Repeated: the weights come round "
    "again (cycle length {cycle:,d}, in epochs).",
    "{epoch:,d}에포크 동안 한 번도 틀리지 않은 적이 없습니다. 반복됨: {cycle:,d}에포크마다 같은 가중치로 돌아옵니다. "
    "이 클래스들은 선으로 나눌 수 없는 것 같습니다.",
)
START_LENGTH = Text(
    "Start weights: this data needs {wanted:,d} numbers (lines × columns), but {given:,d} are given.",
    "시작 가중치: 이 데이터에는 수가 {wanted:,d}개(선 수 × 열 수) 필요하지만 {given:,d}개가 주어졌습니다.",
)
RANGES = Text(
    "{wide} varies over ten times as far as {narrow}, so it rules the weighted sum: set the scaling to standardised.",
    "{wide:은/는} {narrow}보다 값의 범위가 10배 넘게 넓어 가중합을 지배합니다. 표준화를 고르세요.",
)
MANY_CLASSES = Text(
    "More than two classes: one line for each class against the rest; a region belongs to the largest sum.",
    "클래스가 셋 이상이면 클래스마다 나머지와 가르는 선을 하나씩 둡니다. 결정 영역은 합이 가장 큰 클래스의 것입니다.",
)
