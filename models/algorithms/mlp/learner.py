"""The multi-layer perceptron: layers of neurons that bend the boundary, learned by backpropagation.

Every unit of a layer sums the outputs of the layer below, weighted, and passes the sum through the activation
function. One mini-batch is one iteration: forward pass, loss, backpropagation, update. The arithmetic of each phase
stands in models/algorithms/mlp/kernels.py.

Classes: softmax and cross-entropy with an output for each class, or one tanh output and squared error for two classes
(-1 and +1). Numbers: one linear output and squared error, on targets standardised by the training rows, so that
prices in the thousands learn as well as numbers about 1; predictions and reports are in original units.

With `l2` the loss is the mean over the samples plus l2 / 2 times the sum of all squared weights (Goodfellow et al.,
Deep Learning, 7.1.1; `weight_decay` of torch.optim.SGD): the same function for every mini-batch. scikit-learn divides
its `alpha` by the size of the mini-batch: alpha = l2 x batch size.

What happens inside, in numbers, stands in models/algorithms/mlp/formulas.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Literal

import numpy as np

from models.algorithms.mlp import formulas as mlp_numbers
from models.algorithms.mlp import kernels
from models.arithmetic import draws
from models.core.abilities import ACTIVATION_NAMES, Activation, Wiring, activate, slope
from models.core.findings import Finding
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Field, Mark, Points
from models.core.params import declare
from models.core.problem import NumericPath, Rows, Task
from models.core.readiness import lacks_answers
from models.core.state import State
from models.words.text import Said, Text

ACTIVATIONS = {"identity": kernels.IDENTITY, "relu": kernels.RELU, "tanh": kernels.TANH, "logistic": kernels.LOGISTIC}
OUTPUTS: dict[int, Activation] = {
    kernels.SOFTMAX: "softmax", kernels.TANH_SQUARED: "tanh", kernels.LINEAR_SQUARED: "identity",
}  # fmt: skip
OPTIMIZERS = {"sgd": kernels.SGD, "momentum": kernels.MOMENTUM, "adam": kernels.ADAM}
_VALUES_AT_ONCE = 250_000  # of the widest layer, when it is asked about many rows: they stay near the processor
_VECTORS_AT_ONCE = 16  # networks that the map of the loss computes together
UNIFORM_WEIGHT, UNIFORM_BIAS = 0.5, 0.1
Bend = Literal["identity", "relu", "tanh", "logistic"]  # what a hidden layer may do


@dataclass(frozen=True, eq=False)
class MLPState(State):
    """A network and its optimiser after some mini-batches.

    params, gradient and the moments are flat, laid out as models/algorithms/mlp/kernels.py says; the moments are empty where
    the optimiser has none. frozen (k,): the places of parameters that no update moves, ascending; empty as a rule.
    losses (22,): the mean loss of each of the last 21 epochs, then that of the running epoch so far. counters:
    iterations, epochs, and mini-batches of the running epoch done, and the epoch of the last change by hand. rows: the
    last mini-batch's training rows. output: which output and loss (a number of mlp_kernels). Targets were (values -
    target_mean) / target_scale.
    """

    params: np.ndarray
    gradient: np.ndarray
    first_moment: np.ndarray
    second_moment: np.ndarray
    frozen: np.ndarray  # (k,) int64
    losses: np.ndarray  # (22,)
    counters: np.ndarray  # (4,) int64
    sizes: np.ndarray  # (layers + 1,) int64: inputs, hidden ..., outputs
    rows: np.ndarray  # (batch,) int64
    output: int
    batch_loss: float
    target_mean: float
    target_scale: float

    @property
    def epoch(self) -> int:
        return int(self.counters[kernels.EPOCH])


_LOSS_NAMES = {
    kernels.SOFTMAX: Text("cross-entropy", "교차 엔트로피"),
    kernels.TANH_SQUARED: Text("half the mean squared error", "평균 제곱 오차의 절반"),
    kernels.LINEAR_SQUARED: Text(
        "half the mean squared error of the standardised target", "표준화한 목표값의 평균 제곱 오차의 절반"
    ),
}
_NOT_STARTED = Text("before the first mini-batch", "첫 미니배치를 보기 전")
_PLACE = Text("epoch {epoch}, mini-batch {batch}/{batches}", "에포크 {epoch}, 미니배치 {batch}/{batches}")
_SETTLED = Text(
    "The mean loss of an epoch has settled at {loss:.3g}: it fell by less than {tol:g} in {patience} epochs. "
    "Epoch {epoch}.",
    "에포크 평균 손실이 {loss:.3g}에서 수렴했습니다. {patience}에포크 동안 {tol:g}만큼도 줄지 않았습니다. "
    "에포크 {epoch}.",
)
_SETTLED_STRAIGHT = Text(
    "The mean loss of an epoch has settled at {loss:.3g} (epoch {epoch}). Every hidden layer is the identity, so the "
    "boundary stays straight at any depth.",
    "에포크 평균 손실이 {loss:.3g}에서 수렴했습니다(에포크 {epoch}). 은닉층이 모두 항등이어서 층을 아무리 쌓아도 결정 경계는 "
    "곧습니다.",
)
_STUCK = Text(
    "The loss no longer falls ({loss:.3g}), yet the network is right no more often than one answer for every point: "
    "try a smaller learning rate, another start or other settings.",
    "손실은 더 줄지 않지만({loss:.3g}) 모든 점에 같은 답을 할 때보다 더 맞히지 못합니다. 학습률을 낮추거나 다른 시작, "
    "다른 설정을 써 보세요.",
)
_LAST_EPOCH = Text(
    "{epoch} epochs are done and the loss had not settled: {loss:.3g} on average over the last.",
    "{epoch}에포크를 마쳤지만 손실이 아직 수렴하지 않았습니다. 마지막 에포크의 평균 손실은 {loss:.3g}입니다.",
)
_TWO_ONLY = Text(
    "Squared loss with a tanh output tells two classes apart, but there are {n}: choose cross-entropy.",
    "tanh 출력과 제곱 오차는 두 클래스만 가르는데 클래스가 {n}개입니다. 교차 엔트로피를 고르세요.",
)


_START_LENGTH = Text(
    "Start weights by hand: this network has {wanted} weights and biases, but {given} numbers are given. Give {wanted}, "
    "or leave the field empty.",
    "직접 정한 시작 가중치: 이 신경망의 가중치와 편향은 {wanted}개인데 수가 {given}개 주어졌습니다. {wanted}개를 적거나 "
    "칸을 비우세요.",
)
_OTHER_COUNT = Text(
    "{given} activation functions are chosen for {layers} hidden layers: the last one counts for further layers, and "
    "what is too many is left out.",
    "은닉층은 {layers}개인데 활성화 함수는 {given}개를 골랐습니다. 모자라면 마지막 것을 이어 쓰고 남으면 쓰지 않습니다.",
)
_ONE_LINE = Text(
    " Every hidden layer is the identity: weighted sums of weighted sums are one weighted sum, so the boundary is one "
    "straight line, at any depth.",
    " 은닉층이 모두 항등입니다. 가중합의 가중합은 결국 가중합 하나이므로, 층을 아무리 쌓아도 결정 경계는 직선 하나입니다.",
)
_LINES_ONLY = Text(
    " Every hidden layer is the identity: weighted sums of weighted sums are one weighted sum, so every boundary is "
    "straight, at any depth.",
    " 은닉층이 모두 항등입니다. 가중합의 가중합은 결국 가중합 하나이므로, 층을 아무리 쌓아도 결정 경계는 모두 직선입니다.",
)
_ONE_PLANE = Text(
    " Every hidden layer is the identity: weighted sums of weighted sums are one weighted sum, so this is linear "
    "regression, at any depth.",
    " 은닉층이 모두 항등입니다. 가중합의 가중합은 결국 가중합 하나이므로, 층을 아무리 쌓아도 선형 회귀와 같습니다.",
)


class MLP(Learner[MLPState, Rows]):
    """A fully connected network trained on mini-batches; the rows are shuffled anew for every epoch."""

    id: ClassVar[str] = "mlp"
    title: ClassVar[Text] = Text("Neural network (MLP)", "다층 퍼셉트론(MLP)")
    task: ClassVar[Task] = "classifier"
    state_type: ClassVar[type[State]] = MLPState
    default_scaling: ClassVar[Literal["none", "standard"]] = "standard"
    goal: ClassVar[str] = "loss"
    rate_setting: ClassVar[str | None] = "learning_rate"
    descends: ClassVar[bool] = True
    metric_names: ClassVar[dict[str, Text]] = {
        "loss": Text("training loss", "훈련 데이터 손실"),
        "batch_loss": Text("loss of the mini-batch", "미니배치 손실"),
        "penalty": Text("L2 penalty within the training loss", "훈련 데이터 손실 가운데 L2 규제"),
    }
    phases: ClassVar[dict[str, Phase]] = {
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
                "Loss of {batch}: {batch_loss:.4f} ({kind}). The nearer to 0, the better.",
                "{batch}의 손실: {batch_loss:.4f}({kind}). 0에 가까울수록 좋습니다.",
            ),
        ),
        "backward": Phase(
            Text("backpropagation", "오차역전파"),
            Text(
                "Backpropagation: the chain rule goes from the outputs back to the inputs. The gradient of the loss has "
                "length {gradient_norm:.3g}.",
                "오차역전파: 연쇄 법칙으로 출력층에서 입력층으로 되짚어 갑니다. 그레이디언트(손실의 기울기)의 크기는 "
                "{gradient_norm:.3g}입니다.",
            ),
        ),
        "update": Phase(
            Text("update", "갱신"),
            Text(
                "Update: {count} weights and biases take a step against the gradient, with learning rate {rate:g}. The "
                "biggest change is {change:.3g}.",
                "갱신: 가중치와 편향 {count}개를 그레이디언트의 반대쪽으로 옮깁니다. 학습률 {rate:g}, 가장 큰 변화 "
                "{change:.3g}.",
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

    hidden_layer_sizes: tuple[int, ...] = declare(
        (4,),
        renames_units=True,
        label=Text("Hidden layers", "은닉층"),
        help=Text(
            "Neurons of each hidden layer, from the first to the last: 1 to 8 layers of 1 to 512.",
            "첫 은닉층부터 마지막 은닉층까지, 층마다 뉴런 수를 적습니다. 1~8개 층, 층마다 1~512개입니다.",
        ),
        minimum=1,
        maximum=512,
        length=(1, 8),
    )
    activation: Bend | tuple[Bend, ...] = declare(
        "tanh",
        label=Text("Activation", "활성화 함수"),
        help=Text(
            "What the hidden neurons do with their sum: one function for all layers, or one for each.",
            "은닉층 뉴런이 가중합에 적용하는 함수입니다. 모든 층에 하나를 쓰거나 층마다 다르게 고릅니다.",
        ),
        choices={name: ACTIVATION_NAMES[name] for name in ACTIVATIONS},
        length=(1, 8),
        for_each="hidden_layer_sizes",
    )
    loss: Literal["cross_entropy", "squared"] = declare(
        "cross_entropy",
        label=Text("Loss function", "손실 함수"),
        help=Text(
            "What training makes small. A target of numbers always has the squared error.",
            "학습으로 줄이려는 값입니다. 목표값이 수이면 언제나 제곱 오차를 씁니다.",
        ),
        choices={
            "cross_entropy": Text("cross-entropy (softmax)", "교차 엔트로피(소프트맥스)"),
            "squared": Text("squared error (tanh, two classes)", "제곱 오차(tanh, 두 클래스)"),
        },
    )
    batch_size: int = declare(
        10,
        label=Text("Batch size", "배치 크기"),
        help=Text("How many samples make one update.", "한 번 갱신할 때 보는 샘플 수입니다."),
        minimum=1,
        maximum=10_000,
    )
    learning_rate: float = declare(
        0.03,
        label=Text("Learning rate", "학습률"),
        help=Text("How far an update goes.", "한 번 갱신할 때 얼마나 움직이는지 정합니다."),
        change="live",
        minimum=1e-6,
        maximum=1000.0,
        logarithmic=True,
    )
    optimizer: Literal["sgd", "momentum", "adam"] = declare(
        "adam",
        label=Text("Optimiser", "옵티마이저"),
        help=Text("How the gradient becomes an update.", "그레이디언트로 가중치를 어떻게 고칠지 정합니다."),
        choices={
            "sgd": Text("gradient descent (SGD)", "경사 하강법(SGD)"),
            "momentum": Text("SGD with momentum", "모멘텀"),
            "adam": Text("Adam", "Adam"),
        },
    )
    momentum: float = declare(
        0.9,
        label=Text("Momentum", "모멘텀"),
        help=Text("How much of the last update goes on.", "지난 갱신을 얼마나 이어 갈지 정합니다."),
        minimum=0.0,
        maximum=0.999,
        only_if=("optimizer", ("momentum",)),
    )
    l2: float = declare(
        0.0,
        label=Text("L2 regularisation", "L2 규제"),
        help=Text(
            "Keeps weights small: this much of half their squares joins the loss. Biases go free.",
            "가중치를 작게 유지합니다. 가중치 제곱합의 절반에 이 값을 곱해 손실에 더합니다. 편향은 빼고 더합니다.",
        ),
        change="live",
        minimum=0.0,
        maximum=10.0,
        step=0.001,
        logarithmic=True,
    )
    max_epochs: int = declare(
        500,
        folded=True,
        label=Text("Most epochs", "최대 에포크"),
        help=Text("Stops after this many passes over the data.", "데이터를 이만큼 훑으면 멈춥니다."),
        minimum=1,
        maximum=1_000_000,
    )
    tol: float = declare(
        1e-4,
        folded=True,
        label=Text("Settled below", "수렴 기준"),
        help=Text(
            "Stops when the mean loss of an epoch fell by less than this in 20 epochs. 0: never.",
            "20에포크 동안 에포크의 평균 손실이 이만큼도 줄지 않으면 멈춥니다. 0이면 이 기준으로는 멈추지 않습니다.",
        ),
        minimum=0.0,
        maximum=1.0,
    )
    init: Literal["glorot", "uniform"] = declare(
        "glorot",
        label=Text("Start weights", "시작 가중치"),
        help=Text("From which range the start weights are drawn.", "시작 가중치를 뽑는 범위를 정합니다."),
        choices={
            "glorot": Text("fitted to the layers (Glorot)", "층 크기에 맞춤(Glorot)"),
            "uniform": Text("between -0.5 and 0.5, biases 0.1", "-0.5~0.5, 편향 0.1"),
        },
    )
    start_weights: tuple[float, ...] | None = declare(
        None,
        is_start=True,
        label=Text("Start weights by hand", "직접 정한 시작 가중치"),
        help=Text(
            "Layer after layer: the weights from each input to every neuron, then the biases.",
            "층마다 입력 하나에서 각 뉴런으로 가는 가중치를 차례로 적고, 이어서 편향을 적습니다.",
        ),
        length=(1, 40_000),
        none_text=Text("drawn by the rule above", "위에서 고른 방법으로 뽑기"),
    )

    @property
    def activations(self) -> tuple[Bend, ...]:
        """The activation of each hidden layer. Where fewer are given, the last one counts for the layers after it."""
        given = (self.activation,) if isinstance(self.activation, str) else self.activation
        layers = len(self.hidden_layer_sizes)
        return (given + given[-1:] * layers)[:layers]

    # -- mathematics -------------------------------------------------------------------------------------------------

    def start(self, problem: Rows, seed: int) -> MLPState:
        output = kernels.SOFTMAX if self.loss == "cross_entropy" else kernels.TANH_SQUARED
        mean, scale = 0.0, 1.0
        if problem.has_values:
            output, mean, scale = kernels.LINEAR_SQUARED, float(problem.targets.mean()), float(problem.targets.std())
        sizes = self._sizes(problem)
        params = self._start_params(sizes, seed)
        return MLPState(
            params=params,
            gradient=np.zeros_like(params),
            first_moment=np.zeros(0 if self.optimizer == "sgd" else len(params)),
            second_moment=np.zeros(len(params) if self.optimizer == "adam" else 0),
            frozen=np.zeros(0, dtype=np.int64),
            losses=np.zeros(kernels.PATIENCE + 2),
            counters=np.zeros(4, dtype=np.int64),
            sizes=sizes,
            rows=np.zeros(0, dtype=np.int64),
            output=output,
            batch_loss=0.0,
            target_mean=mean,
            target_scale=scale or 1.0,
        )

    def _sizes(self, problem: Rows) -> np.ndarray:
        """Inputs, hidden layers, outputs: (layers + 1,)."""
        has_one = problem.has_values or self.loss == "squared"
        return np.array([problem.d, *self.hidden_layer_sizes, 1 if has_one else problem.n_classes], dtype=np.int64)

    def _start_params(self, sizes: np.ndarray, seed: int) -> np.ndarray:
        """Glorot and Bengio, 2010: weights uniform in +- sqrt(6 / (inputs + units)), biases 0; or the wide range; or
        what a person has given."""
        if self.start_weights is not None:
            return np.array(self.start_weights, dtype=np.float64)
        params = np.empty(kernels.count_of(sizes))
        draws.uniforms(seed, 0, draws.START, params)
        params = 2.0 * params - 1.0
        for weights, bias in kernels.layers_of(params, sizes):
            is_glorot = self.init == "glorot"
            weights *= np.sqrt(6.0 / sum(weights.shape)) if is_glorot else UNIFORM_WEIGHT
            bias[:] = 0.0 if is_glorot else UNIFORM_BIAS
        return params

    def iterate(self, state: MLPState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = self.advance(state, problem, seed, iteration, 1).state
        count = len(after.rows)
        batch = {"batch": Text("1 sample" if count == 1 else f"{count} samples", f"샘플 {count}개")}
        layers = "-".join(str(size) for size in state.sizes)
        seen = state.replace(rows=after.rows)
        yield Moment("forward", seen, {**batch, "layers": layers, "note": self._why_straight(problem)})
        judged = seen.replace(batch_loss=after.batch_loss)
        said = {**batch, "batch_loss": after.batch_loss, "kind": _LOSS_NAMES[state.output]}
        yield Moment("loss", judged, said)
        with np.errstate(all="ignore"):
            norm = float(np.linalg.norm(after.gradient))
            change = float(np.abs(after.params - state.params).max())
        yield Moment("backward", judged.replace(gradient=after.gradient), {"gradient_norm": norm})
        said = {"count": len(after.params), "rate": self.learning_rate, "change": change}
        yield Moment("update", after, {**said, "batch_loss": after.batch_loss})

    def _why_straight(self, problem: Rows) -> Text | str:
        """Why the boundary does not bend where no hidden layer bends anything; else nothing."""
        if set(self.activations) != {"identity"}:
            return ""
        if problem.has_values:
            return _ONE_PLANE
        return _ONE_LINE if problem.n_classes == 2 else _LINES_ONLY

    def advance(self, state: MLPState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        learned = [a.copy() for a in (state.params, state.gradient, state.first_moment, state.second_moment)]
        counters, losses, batch_losses = state.counters.copy(), state.losses.copy(), np.zeros(count)
        order, size = np.empty(problem.n, dtype=np.int64), self._batch_size(problem)
        many = kernels.many_batches
        if problem.path == "torch":
            from models.algorithms.mlp.device import many_batches_torch

            many = partial(many_batches_torch, problem)
        done = many(
            self._network(state, problem.path == "blas"),
            kernels.Learned(*learned, state.frozen.copy()),
            kernels.Samples(problem.features, _goals(state, problem)),
            kernels.Batches(order, size, seed, iteration),
            kernels.Rule(OPTIMIZERS[self.optimizer], self.learning_rate, self.momentum),
            kernels.Progress(counters, losses, self.tol, self.max_epochs),
            batch_losses,
        )
        if done == 0:
            return Advance(state, 0, {"batch_loss": batch_losses[:0]})
        last = (int(counters[kernels.BATCH]) or self.iterations_per_epoch(problem)) - 1
        after = state.replace(
            **dict(zip(("params", "gradient", "first_moment", "second_moment"), learned, strict=True)),
            counters=counters,
            losses=losses,
            rows=order[last * size : (last + 1) * size].copy(),
            batch_loss=float(batch_losses[done - 1]),
        )
        return Advance(after, done, {"batch_loss": batch_losses[:done]})

    def costs(self, problem: Rows) -> Mapping[NumericPath, float]:
        """By the products of matrices of a mini-batch (models/arithmetic/products.py); all else is the same on both paths."""
        ours, blas = kernels.seconds_for(self._sizes(problem), self._batch_size(problem))
        return {"kernel": ours, "blas": blas}

    def _network(self, state: MLPState, by_blas: bool) -> kernels.Network:
        bends = np.array([ACTIVATIONS[name] for name in self.activations])
        return kernels.Network(by_blas, state.sizes.copy(), bends, state.output, self.l2)

    def outcome(self, state: MLPState, problem: Rows) -> Outcome | None:
        if state.counters[kernels.BATCH] != 0 or state.epoch == 0:
            return None
        values = {"epoch": state.epoch, "loss": float(state.losses[kernels.PATIENCE])}
        if kernels.is_flat(state.counters.copy(), state.losses.copy(), self.tol):
            is_stuck = self._is_stuck(state, problem)
            if problem.has_classes and set(self.activations) == {"identity"}:
                return Outcome("gave_up" if is_stuck else "converged", Said(_SETTLED_STRAIGHT, values))
            if is_stuck:
                return Outcome("gave_up", Said(_STUCK, values))
            return Outcome("converged", Said(_SETTLED, {**values, "tol": self.tol, "patience": kernels.PATIENCE}))
        if state.epoch >= self.max_epochs:
            return Outcome("gave_up", Said(_LAST_EPOCH, values))
        return None

    def _is_stuck(self, state: MLPState, problem: Rows) -> bool:
        """Whether so many steps were worth nothing: classes told apart no better than by naming the largest one."""
        if not problem.has_classes:
            return False
        right = self.predict(state, problem.features).argmax(axis=1) == problem.targets
        return int(right.sum()) <= int(np.bincount(problem.targets).max())

    def predict(self, state: MLPState, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            out = self._outputs(state, x)
            if state.output == kernels.LINEAR_SQUARED:
                return out[:, 0] * state.target_scale + state.target_mean
            if state.output == kernels.TANH_SQUARED:
                second = (np.tanh(out[:, 0]) + 1.0) / 2.0
                return np.stack([1.0 - second, second], axis=1)
            shares = np.exp(out - out.max(axis=1, keepdims=True))
            return shares / shares.sum(axis=1, keepdims=True)

    def _outputs(self, state: MLPState, x: np.ndarray) -> np.ndarray:
        """The weighted sums of the output layer for rows x (n, d), before softmax or tanh: (n, outputs), in the float
        type of x. In float32 numpy does it (its tanh is many times faster there), else the kernels that train."""
        x = np.asarray(x)
        if x.dtype != np.float32:
            found = np.empty((len(x), state.sizes[-1]))
            network = self._network(state, kernels.is_blas_cheaper(state.sizes, len(x)))
            kernels.output_sums(network, state.params.copy(), np.array(x, dtype=np.float64, order="C"), found)
            return found
        out = np.empty((len(x), state.sizes[-1]), dtype=x.dtype)
        layers = kernels.layers_of(state.params.astype(x.dtype), state.sizes)
        chunk = max(1, _VALUES_AT_ONCE // int(state.sizes.max()))
        for first in range(0, len(x), chunk):
            a = x[first : first + chunk]
            for (weights, bias), name in zip(layers, (*self.activations, "identity"), strict=True):
                a = activate(name, a @ weights + bias)
            out[first : first + chunk] = a
        return out

    def metrics(self, state: MLPState, problem: Rows) -> dict[str, float]:
        """loss: what training makes small, the L2 penalty in it; the penalty alone stands beside it where there is one."""
        with np.errstate(all="ignore"):
            out, goals = self._outputs(state, problem.features), _goals(state, problem)
            if state.output == kernels.SOFTMAX:
                out = out - out.max(axis=1, keepdims=True)
                right = out[np.arange(len(out)), problem.targets]
                loss = float(np.mean(np.log(np.exp(out).sum(axis=1)) - right))
            else:
                values = np.tanh(out[:, 0]) if state.output == kernels.TANH_SQUARED else out[:, 0]
                loss = float(0.5 * np.mean((values - goals) ** 2))
        if self.l2 == 0.0:
            return {"loss": loss}
        penalty = kernels.penalty(self._network(state, by_blas=False), state.params.copy())
        return {"loss": loss + penalty, "penalty": penalty}

    def report(self, state: MLPState, problem: Rows) -> dict[str, Any]:
        """layers: weights (units, inputs), a row for each unit, and bias (units,), from the first layer to the last."""
        scaled = [(weights.T, bias) for weights, bias in kernels.layers_of(state.params, state.sizes)]
        original = _folded(state, scaled)
        first, bias = original[0]
        first = first / problem.scaler.scale
        original[0] = (first, bias - first @ problem.scaler.mean)
        report: dict[str, Any] = {
            "parameters": {"layers": _listed(original)},
            "activations": [*self.activations, OUTPUTS[state.output]],
            "l2": self.l2,
            "n_parameters": len(state.params),
            "epochs": state.epoch,
        }
        if problem.scaler.kind != "none" or state.output == kernels.LINEAR_SQUARED:
            report["parameters_scaled"] = {"layers": _listed(scaled)}
        return report

    # -- the network seen from inside --------------------------------------------------------------------------------

    def output_deltas(self, state: MLPState, problem: Rows, x: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Softmax or sigmoid with cross-entropy: p - t. Half the squared error: a - t, times the output's slope."""
        sums = self.sums(state, x)[-1]
        name = OUTPUTS[state.output]
        outputs = activate(name, sums)
        if name == "softmax":
            return outputs - (np.asarray(targets)[:, None] == np.arange(outputs.shape[1]))
        return (outputs - _goals_for(state, np.asarray(targets))[:, None]) * slope(name, sums)

    def sums(self, state: MLPState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        """The weighted sums of every layer for rows x (n, d), (n, units) each, in the float type of x."""
        x = np.asarray(x)
        a = x if x.dtype.kind == "f" else x.astype(np.float64)
        found = []
        with np.errstate(all="ignore"):
            layers = kernels.layers_of(state.params.astype(a.dtype, copy=False), state.sizes)
            for (weights, bias), name in zip(layers, (*self.activations, "identity"), strict=True):
                found.append(a @ weights + bias)
                a = activate(name, found[-1])
        return tuple(found)

    def wiring(self, moment: Moment, problem: Rows) -> Wiring:
        """The network at a moment; frozen weights and biases are marked, none at first."""
        state: MLPState = moment.state
        layers = kernels.layers_of(state.params, state.sizes)
        fixed = np.zeros(len(state.params), dtype=bool)
        fixed[state.frozen] = True
        has_gradient = state.counters[kernels.STEPS] > 0 or moment.phase == "backward"
        is_step = moment.phase in ("forward", "loss", "backward", "update")
        names = problem.class_names if state.output == kernels.SOFTMAX else problem.class_names[1:2]
        return Wiring(
            input_names=problem.feature_names,
            output_names=names or (problem.target_name,),
            weights=tuple(weights for weights, _ in layers),
            biases=tuple(bias for _, bias in layers),
            activations=self._all_activations(state),
            gradients=_blocks(state.gradient, state.sizes) if has_gradient else None,
            frozen=_blocks(fixed, state.sizes),
            rows=state.rows if is_step else None,
            flow=moment.phase if is_step else "",
        )

    def _all_activations(self, state: MLPState) -> tuple[Activation, ...]:
        return (*self.activations, OUTPUTS[state.output])

    def parameters(self, state: MLPState) -> np.ndarray:
        return state.params

    def losses(self, state: MLPState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        """The metric "loss" of networks with these parameters (m, p): (m,). Vectors of float32 are computed in float32,
        many at once: a map of the loss needs no more, and numpy's tanh is forty times as fast there."""
        if np.asarray(vectors).dtype == np.float32:
            return self._losses_in_float32(state, problem, vectors)
        vectors, found = np.array(vectors, dtype=np.float64), np.empty(len(vectors))
        network = self._network(state, kernels.is_blas_cheaper(state.sizes, problem.n))
        kernels.losses_at(network, vectors, kernels.Samples(problem.features, _goals(state, problem)), found)
        return found

    def _losses_in_float32(self, state: MLPState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        x, goals = problem.features.astype(np.float32), _goals(state, problem)
        found = np.empty(len(vectors))
        for first in range(0, len(vectors), _VECTORS_AT_ONCE):
            some = vectors[first : first + _VECTORS_AT_ONCE]
            a, place, squares = x, 0, np.zeros(len(some))
            sizes = state.sizes.tolist()
            for inputs, units, name in zip(sizes[:-1], sizes[1:], (*self.activations, "identity"), strict=True):
                end = place + inputs * units
                weights, bias = some[:, place:end].reshape(-1, inputs, units), some[:, None, end : end + units]
                if self.l2 != 0.0:
                    squares += (weights.astype(np.float64) ** 2).sum(axis=(1, 2))
                a = activate(name, a @ weights + bias)
                place = end + units
            if state.output == kernels.SOFTMAX:
                a = a - a.max(axis=2, keepdims=True)
                right = a[:, np.arange(len(x)), problem.targets]
                mean = (np.log(np.exp(a).sum(axis=2)) - right).mean(axis=1, dtype=np.float64)
            else:
                out = np.tanh(a[:, :, 0]) if state.output == kernels.TANH_SQUARED else a[:, :, 0]
                mean = 0.5 * ((out - goals) ** 2).mean(axis=1, dtype=np.float64)
            found[first : first + len(some)] = mean + 0.5 * self.l2 * squares
        return found

    def free_pair(self, state: MLPState) -> None:
        """None: even one hidden neuron on one column has four parameters."""
        return None

    def edit(self, state: MLPState, edit: Edit, problem: Rows) -> MLPState:
        """One weight set ("weight:l:unit:input"), fixed or freed ("freeze:l:unit:input"), or all of them set
        ("parameters"), by the addresses of models/core/abilities.py. The stop rule looks at what comes after."""
        kind, *numbers = edit.handle.split(":")
        counters = state.counters.copy()
        counters[kernels.SINCE] = counters[kernels.EPOCH]
        value = np.array(edit.value, dtype=np.float64)
        if not np.isfinite(value).all():
            raise ValueError(f"{edit.handle} must be finite")
        if edit.handle == "parameters" and value.shape == state.params.shape:
            return state.replace(params=value, counters=counters)
        if kind not in ("weight", "freeze") or len(numbers) != 3 or len(value) != 1:
            return super().edit(state, edit, problem)
        place = kernels.place_of(state.sizes, *(int(number) for number in numbers))
        if kind == "weight":
            params = state.params.copy()
            params[place] = value[0]
            return state.replace(params=params, counters=counters)
        others = state.frozen[state.frozen != place]
        frozen = np.sort(np.append(others, place)) if value[0] else others
        return state.replace(frozen=frozen.astype(np.int64), counters=counters)

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        return mlp_numbers.formulas(self._inside(shown, problem))

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        inside = self._inside(shown, problem)
        return np.array([inside.row] if inside.is_about_a_row else [], dtype=np.int64)

    def _inside(self, shown: Shown, problem: Rows) -> mlp_numbers.Inside:
        state: MLPState = shown.moment.state
        return mlp_numbers.Inside(
            shown=shown, problem=problem, goals=_goals(state, problem), activations=self._all_activations(state),
            optimizer=self.optimizer, learning_rate=self.learning_rate, momentum=self.momentum, l2=self.l2,
            start="given" if self.start_weights is not None else self.init,
        )  # fmt: skip

    def tensors(self, state: MLPState) -> Iterable[Tensor]:
        """As a torch.nn.Sequential names them; its activations are numbered too."""
        for layer, (weights, bias) in enumerate(kernels.layers_of(state.params, state.sizes)):
            yield Tensor(f"{2 * layer}.weight", weights.T)
            yield Tensor(f"{2 * layer}.bias", bias)

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        yield Field(key="surface")
        if moment.phase == "forward":
            rows = moment.state.rows
            yield Points(key="batch", role="accent", rows=rows, symbol="ring", emphasis="focus", pulse=True)

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        if iteration == 0:
            return Said(_NOT_STARTED, {})
        batches = self.iterations_per_epoch(problem)
        epoch, batch = divmod(iteration - 1, batches)
        return Said(_PLACE, {"epoch": epoch + 1, "batch": batch + 1, "batches": batches})

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        """The first mini-batch in four moments of a second; then 20 mini-batches a second while the boundary forms, and
        400 from the 400th on, when only the loss still settles."""
        if iteration <= 1:
            return 1.0
        return 0.0125 if iteration <= 400 else 0.000625

    def iterations_per_epoch(self, problem: Rows) -> int:
        size = self._batch_size(problem)
        return (problem.n + size - 1) // size

    def _batch_size(self, problem: Rows) -> int:
        return min(self.batch_size, problem.n)

    def task_on(self, problem: Rows) -> Task:
        return "regressor" if problem.has_values else "classifier"

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title, takes_values=True)
        if lack is not None:
            return lack
        if self.loss == "squared" and problem.n_classes > 2:
            return Said(_TWO_ONLY, {"n": problem.n_classes})
        wanted = kernels.count_of(self._sizes(problem))
        if self.start_weights is not None and len(self.start_weights) != wanted:
            return Said(_START_LENGTH, {"wanted": wanted, "given": len(self.start_weights)})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        layers = len(self.hidden_layer_sizes)
        if isinstance(self.activation, tuple) and len(self.activation) != layers:
            return Finding("other_count", Said(_OTHER_COUNT, {"given": len(self.activation), "layers": layers}))
        return None


def _goals(state: MLPState, problem: Rows) -> np.ndarray:
    """What the outputs should be, (n,): class numbers, -1 and +1, or standardised values."""
    return _goals_for(state, problem.targets)


def _goals_for(state: MLPState, targets: np.ndarray) -> np.ndarray:
    """The same for some targets (m,)."""
    targets = targets.astype(np.float64)
    if state.output == kernels.SOFTMAX:
        return targets
    if state.output == kernels.TANH_SQUARED:
        return 2.0 * targets - 1.0
    return (targets - state.target_mean) / state.target_scale


def _blocks(values: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, ...]:
    """A flat vector as one block for each layer: weights (inputs, units), and the biases as a last row."""
    ends = np.cumsum((sizes[:-1] + 1) * sizes[1:])
    return tuple(block.reshape(-1, units) for block, units in zip(np.split(values, ends[:-1]), sizes[1:], strict=True))


def _folded(state: MLPState, layers: list[tuple[np.ndarray, np.ndarray]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The layers (units, inputs) with the target's units folded into the last one."""
    weights, bias = layers[-1]
    return [*layers[:-1], (weights * state.target_scale, bias * state.target_scale + state.target_mean)]


def _listed(layers: list[tuple[np.ndarray, np.ndarray]]) -> list[dict[str, Any]]:
    return [{"weights": weights.tolist(), "bias": bias.tolist()} for weights, bias in layers]
