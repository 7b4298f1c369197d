"""What the network says: its phases, why a run ends, what is amiss, and what each formula is."""

from __future__ import annotations

from models.algorithms.mlp.state import LINEAR_SQUARED, SOFTMAX, TANH_SQUARED
from models.core.moment import Phase
from models.core.problem import Rows
from models.words.text import Text

PHASES = {
    "start": Phase(
        Text("start", "시작"),
        Text(
            "The weights stand at their start values, so the network knows nothing yet.",
            "가중치가 아직 시작값 그대로여서 신경망은 아무것도 모릅니다.",
        ),
    ),
    "forward": Phase(
        Text("forward pass", "순전파"),
        Text(
            "Forward pass of {batch} through the layers {layers}, from the inputs to the outputs.{note}",
            "순전파: {batch:이/가} 층 {layers:을/를} 입력층에서 출력층으로 지나갑니다.{note}",
        ),
    ),
    "loss": Phase(
        Text("loss", "손실"),
        Text(
            "Loss of {batch}: {batch_loss:.4g} ({kind}). The nearer to 0, the better.",
            "{batch}의 손실: {batch_loss:.4g}({kind}). 0에 가까울수록 좋습니다.",
        ),
    ),
    "backward": Phase(
        Text("backpropagation", "오차역전파"),
        Text(
            "Backpropagation: the chain rule goes from the outputs back to the inputs. The gradient of the loss has "
            "length {gradient_norm:.4g}.",
            "오차역전파: 연쇄 법칙으로 출력층에서 입력층으로 되짚어 갑니다. 그레이디언트(손실의 기울기)의 크기는 "
            "{gradient_norm:.4g}입니다.",
        ),
    ),
    "update": Phase(
        Text("update", "갱신"),
        Text(
            "Update: {count:,d} weights and biases take a step against the gradient, with learning rate {rate:g}. The "
            "biggest change is {change:.4g}.",
            "갱신: 가중치와 편향 {count:,d}개를 그레이디언트의 반대쪽으로 옮깁니다. 학습률 {rate:g}, 가장 큰 변화 "
            "{change:.4g}.",
        ),
    ),
    "edited": Phase(
        Text("changed by hand", "직접 바꿈"),
        Text(
            "Weights were changed or fixed by hand; training goes on from here.",
            "가중치를 직접 바꾸거나 동결했습니다. 여기서부터 학습을 이어 갑니다.",
        ),
    ),
}

ONE_SAMPLE = Text("1 sample", "샘플 1개")
SAMPLES = Text("{count:,d} samples", "샘플 {count:,d}개")
LOSS_NAMES = {
    SOFTMAX: Text("cross-entropy", "교차 엔트로피"),
    TANH_SQUARED: Text("half the mean squared error", "평균 제곱 오차의 절반"),
    LINEAR_SQUARED: Text(
        "half the mean squared error of the standardised target", "표준화한 목표값의 평균 제곱 오차의 절반"
    ),
}
NOT_STARTED = Text("before the first mini-batch", "첫 미니배치를 보기 전")
PLACE = Text(
    "epoch {epoch:,d}, mini-batch {batch:,d}/{batches:,d}", "에포크 {epoch:,d}, 미니배치 {batch:,d}/{batches:,d}"
)
SETTLED = Text(
    "The mean loss of an epoch has settled at {loss:.4g}: it fell by less than {tol:g} in {patience} epochs. "
    "Epoch {epoch:,d}.",
    "에포크 평균 손실이 {loss:.4g}에서 수렴했습니다. {patience}에포크 동안 {tol:g}만큼도 줄지 않았습니다. "
    "에포크 {epoch:,d}.",
)
SETTLED_STRAIGHT = Text(
    "The mean loss of an epoch has settled at {loss:.4g} (epoch {epoch:,d}). Every hidden layer is the identity, so the "
    "boundary stays straight at any depth.",
    "에포크 평균 손실이 {loss:.4g}에서 수렴했습니다(에포크 {epoch:,d}). 은닉층이 모두 항등이어서 층을 아무리 쌓아도 결정 경계는 "
    "곧습니다.",
)
STUCK = Text(
    "The loss no longer falls ({loss:.4g}), yet the network is right no more often than one answer for every point: "
    "try a smaller learning rate, another start or other settings.",
    "손실은 더 줄지 않지만({loss:.4g}) 모든 점에 같은 답을 할 때보다 더 맞히지 못합니다. 학습률을 낮추거나 다른 시작, "
    "다른 설정을 써 보세요.",
)
LAST_EPOCH = Text(
    "{epoch:,d} epochs are done and the loss had not settled: {loss:.4g} on average over the last.",
    "{epoch:,d}에포크를 마쳤지만 손실이 아직 수렴하지 않았습니다. 마지막 에포크의 평균 손실은 {loss:.4g}입니다.",
)
TWO_ONLY = Text(
    "Squared loss with a tanh output tells two classes apart, but there are {n}: choose cross-entropy.",
    "tanh 출력과 제곱 오차는 두 클래스만 가르는데 클래스가 {n}개입니다. 교차 엔트로피를 고르세요.",
)
START_LENGTH = Text(
    "Start weights by hand: this network has {wanted:,d} weights and biases, but {given:,d} numbers are given. Give {wanted:,d}, "
    "or leave the field empty.",
    "직접 정한 시작 가중치: 이 신경망의 가중치와 편향은 {wanted:,d}개인데 수가 {given:,d}개 주어졌습니다. {wanted:,d}개를 적거나 "
    "칸을 비우세요.",
)
OTHER_COUNT = Text(
    "{given:,d} activation functions are chosen for {layers} hidden layers: the last one counts for further layers, and "
    "what is too many is left out.",
    "은닉층은 {layers}개인데 활성화 함수는 {given:,d}개를 골랐습니다. 모자라면 마지막 것을 이어 쓰고 남으면 쓰지 않습니다.",
)
ONE_LINE = Text(
    " Every hidden layer is the identity: weighted sums of weighted sums are one weighted sum, so the boundary is one "
    "straight line, at any depth.",
    " 은닉층이 모두 항등입니다. 가중합의 가중합은 결국 가중합 하나이므로, 층을 아무리 쌓아도 결정 경계는 직선 하나입니다.",
)
LINES_ONLY = Text(
    " Every hidden layer is the identity: weighted sums of weighted sums are one weighted sum, so every boundary is "
    "straight, at any depth.",
    " 은닉층이 모두 항등입니다. 가중합의 가중합은 결국 가중합 하나이므로, 층을 아무리 쌓아도 결정 경계는 모두 직선입니다.",
)
ONE_PLANE = Text(
    " Every hidden layer is the identity: weighted sums of weighted sums are one weighted sum, so this is linear "
    "regression, at any depth.",
    " 은닉층이 모두 항등입니다. 가중합의 가중합은 결국 가중합 하나이므로, 층을 아무리 쌓아도 선형 회귀와 같습니다.",
)


def why_straight(problem: Rows) -> Text:
    """Why no boundary bends where every hidden layer is the identity."""
    if problem.has_values:
        return ONE_PLANE
    return ONE_LINE if problem.n_classes == 2 else LINES_ONLY


# -- what formulas are -------------------------------------------------------------------------------------------------

WEIGHT = Text("Weight from {source} to {to}", "{source}에서 {to:으로/로} 가는 가중치")
COUNT = Text("Weights and biases of all layers", "모든 층의 가중치와 편향의 수")
START_GLOROT = Text("{weight}: drawn from this range (Glorot)", "{weight}: 이 범위에서 뽑음(Glorot)")
START_UNIFORM = Text("{weight}: drawn between −0.5 and 0.5", "{weight}: −0.5와 0.5 사이에서 뽑음")
START_BIAS = Text("{weight}: every bias starts alike", "{weight}: 모든 편향이 같은 값에서 시작")
START_GIVEN = Text("{weight}: set by hand for the start", "{weight}: 시작할 때 직접 정한 값")
SUM = Text("Weighted sum of {unit}", "{unit}: 가중합")
ACTIVATION = Text("Activation of {unit}", "{unit}: 활성화 함수")
ORIGINAL = Text("In the units of {target}", "{target}의 단위로")
SHARE = Text("Share of the right class {name} (softmax)", "정답 클래스 {name}의 비율(소프트맥스)")
CROSS_ENTROPY = Text("Loss of this sample (cross-entropy)", "이 샘플의 손실(교차 엔트로피)")
SQUARED = Text("Loss of this sample (half the squared error)", "이 샘플의 손실(제곱 오차의 절반)")
BATCH_LOSS = Text("Mean over the mini-batch of {batch:,d}", "미니배치 {batch:,d}개의 평균")
BATCH_LOSS_L2 = Text(
    "Mean over the mini-batch of {batch:,d}, and the L2 penalty", "미니배치 {batch:,d}개의 평균에 L2 규제를 더함"
)
OUTPUT_DELTA = Text("Error at the output of this sample", "이 샘플의 출력에서 잰 오차")
SLOPE = Text("Slope of the activation of {unit}", "{unit}: 활성화 함수의 기울기")
DELTA = Text("Error passed back to {unit} (chain rule)", "{unit}까지 되돌아온 오차(연쇄 법칙)")
SAMPLE_GRADIENT = Text("{weight}: gradient of this sample's loss", "{weight}: 이 샘플 손실의 그레이디언트")
BATCH_GRADIENT = Text("{weight}: mean over the mini-batch of {batch:,d}", "{weight}: 미니배치 {batch:,d}개의 평균")
VELOCITY = Text("Momentum: the last update goes on", "모멘텀: 지난 갱신을 이어 감")
FIRST_MOMENT = Text("Adam: running mean of the gradient", "Adam: 그레이디언트의 이동 평균")
SECOND_MOMENT = Text("Adam: running mean of its square", "Adam: 그레이디언트 제곱의 이동 평균")
CORRECTED = Text("Adam: corrected for the start at 0", "Adam: 0에서 시작한 만큼 보정")
UPDATE = Text("{weight}: its new value", "{weight}: 새 값")
FROZEN = Text("{weight}: frozen, so it stays", "{weight}: 동결해 두어 그대로")
SET = Text("{weight}: set by hand", "{weight}: 직접 정한 값")
SET_ALL = Text("All parameters set by hand. {weight}", "모든 매개변수를 직접 정함. {weight}")
FIXED = Text("{weight}: frozen, no update moves it", "{weight}: 동결함. 갱신해도 움직이지 않음")
FREED = Text("{weight}: free again", "{weight}: 동결을 풂")
LOSS_NOW = Text("Training loss from here", "지금의 훈련 데이터 손실")
