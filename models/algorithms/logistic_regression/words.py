"""What logistic regression says: its phases, why a run ends, and what is amiss."""

from __future__ import annotations

from models.core.moment import Phase
from models.words.text import Text

PHASES = {
    "start": Phase(
        Text("start", "시작"),
        Text(
            "The weights start at arbitrary values, so the line p = 0.5 is in the wrong place.",
            "가중치는 임의의 값에서 시작하므로 p = 0.5인 선이 엉뚱한 곳에 있습니다.",
        ),
    ),
    "forward": Phase(
        Text("forward pass", "순전파"),
        Text(
            "Forward pass: each of the {n:,d} samples gets {what}. {right:,d} of them are right now.",
            "순전파: 샘플 {n:,d}개마다 {what:을/를} 구합니다. 지금 맞은 샘플은 {right:,d}개입니다.",
        ),
    ),
    "loss": Phase(
        Text("loss", "손실"),
        Text(
            "Loss: the cross-entropy is {loss:.4g} on average. A sample adds the more, the less probability its own "
            "class got.",
            "손실: 교차 엔트로피의 평균은 {loss:.4g}입니다. 제 클래스의 확률이 낮은 샘플일수록 크게 더해집니다.",
        ),
    ),
    "gradient": Phase(
        Text("gradient", "그레이디언트"),
        Text(
            "Gradient: errors (probability − target) times inputs, averaged over the samples. Its largest entry is "
            "{largest:.4g}.",
            "그레이디언트(손실의 기울기): 오차(확률 − 목표값)에 입력을 곱해 평균을 냅니다. 가장 큰 성분은 "
            "{largest:.4g}입니다.",
        ),
    ),
    "update": Phase(
        Text("update", "갱신"),
        Text(
            "Update: weights and bias take a step against the gradient, with learning rate {rate:g}. The loss goes "
            "from {before:.4g} to {after:.4g}.",
            "갱신: 가중치와 편향을 그레이디언트의 반대쪽으로 옮깁니다. 학습률 {rate:g}, 손실 {before:.4g} → {after:.4g}.",
        ),
    ),
    "edited": Phase(
        Text("edited", "직접 고침"),
        Text(
            "Weights set by hand: learning goes on from here.",
            "가중치를 직접 고쳤습니다. 여기서부터 이어서 학습합니다.",
        ),
    ),
}

ONE_PROBABILITY = Text(
    "the probability of class {name}, by the sigmoid of its weighted sum", "가중합의 시그모이드로 클래스 {name}의 확률"
)
MANY_PROBABILITIES = Text(
    "the probabilities of all {count} classes, by softmax of their weighted sums",
    "가중합의 소프트맥스로 클래스 {count}개의 확률",
)
NOT_STARTED = Text("before the first update", "첫 갱신 전")
PLACE = Text("iteration {iteration:,d}", "반복 {iteration:,d}")
SETTLED = Text(
    "After {iteration:,d} updates the loss has settled at {loss:.4g}: no entry of its gradient is larger than {tol:g}.",
    "{iteration:,d}번 갱신한 뒤 손실이 {loss:.4g}에서 수렴했습니다. 그레이디언트의 모든 성분이 {tol:g}보다 작습니다.",
)
SEPARATED = Text(
    "After {iteration:,d} updates every training point is on its own side (loss {loss:.4g}). Longer weights would lower "
    "the loss for ever; L2 regularisation ends that.",
    "{iteration:,d}번 갱신하자 모든 훈련 데이터가 제 쪽에 놓였습니다(손실 {loss:.4g}). 가중치가 커질수록 손실은 끝없이 "
    "줄어듭니다. L2 규제를 주면 멈춥니다.",
)
NOT_SETTLED = Text(
    "{iteration:,d} updates are done and the loss had not settled: {loss:.4g}. Try another learning rate or more updates.",
    "{iteration:,d}번 갱신했지만 손실이 아직 수렴하지 않았습니다({loss:.4g}). 학습률을 바꾸거나 더 많이 갱신해 보세요.",
)
START_LENGTH = Text(
    "Start weights: this data needs {wanted:,d} numbers (units × columns), but {given:,d} are given.",
    "시작 가중치: 이 데이터에는 수가 {wanted:,d}개(뉴런 수 × 열 수) 필요하지만 {given:,d}개가 주어졌습니다.",
)
RANGES = Text(
    "{wide} varies over ten times as far as {narrow}: the loss is a narrow valley, and gradient descent crawls. Set the "
    "scaling to standardised.",
    "{wide:은/는} {narrow}보다 값의 범위가 10배 넘게 넓습니다. 손실이 좁은 골짜기가 되어 경사 하강법이 느려집니다. "
    "표준화를 고르세요.",
)
