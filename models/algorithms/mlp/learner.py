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

What happens inside, in numbers, stands in models/algorithms/mlp/formulas/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, ClassVar, Literal, cast

import numpy as np

from models.algorithms.mlp import asked, kernels, picture, words
from models.algorithms.mlp import formulas as mlp_numbers
from models.algorithms.mlp import state as networks
from models.algorithms.mlp.epochs import is_flat
from models.algorithms.mlp.state import BATCH, LINEAR_SQUARED, PATIENCE, TANH_SQUARED, MLPState
from models.arithmetic import draws
from models.core.abilities import ACTIVATION_NAMES, Activation, Wiring
from models.core.findings import Finding
from models.core.formula import Formula, Shown, Tensor
from models.core.learner import Advance, Edit, Learner, Moment, Outcome, Phase
from models.core.marks import Mark
from models.core.params import declare
from models.core.problem import NumericPath, Rows, Task
from models.core.readiness import beyond_squares, lacks_answers
from models.core.state import ArrayForm, State
from models.words.numbers import whole
from models.words.sentences import filled
from models.words.text import Said, Text

UNIFORM_WEIGHT, UNIFORM_BIAS = 0.5, 0.1
Bend = Literal["identity", "relu", "tanh", "logistic"]  # what a hidden layer may do


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
    phases: ClassVar[dict[str, Phase]] = words.PHASES

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
        choices={name: ACTIVATION_NAMES[name] for name in networks.ACTIVATIONS},
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
            "uniform": Text("between −0.5 and 0.5, biases 0.1", "−0.5~0.5, 편향 0.1"),
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
        mean, scale = 0.0, 1.0
        if problem.has_values:
            mean, scale = float(problem.answers.mean()), float(problem.answers.std())
        sizes = self._sizes(problem)
        params = self._start_params(sizes, seed)
        return MLPState(
            params=params,
            gradient=np.zeros_like(params),
            first_moment=np.zeros(0 if self.optimizer == "sgd" else len(params)),
            second_moment=np.zeros(len(params) if self.optimizer == "adam" else 0),
            frozen=np.zeros(0, dtype=np.int64),
            losses=np.zeros(PATIENCE + 2),
            counters=np.zeros(4, dtype=np.int64),
            sizes=sizes,
            rows=np.zeros(0, dtype=np.int64),
            output=networks.output_of(self.loss, problem.has_values),
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
        params = np.empty(networks.count_of(sizes))
        draws.uniforms(seed, 0, draws.START, params)
        params = 2.0 * params - 1.0
        for weights, bias in networks.layers_of(params, sizes):
            is_glorot = self.init == "glorot"
            weights *= np.sqrt(6.0 / sum(weights.shape)) if is_glorot else UNIFORM_WEIGHT
            bias[:] = 0.0 if is_glorot else UNIFORM_BIAS
        return params

    def iterate(self, state: MLPState, problem: Rows, seed: int, iteration: int) -> Iterator[Moment]:
        after = cast(MLPState, self.advance(state, problem, seed, iteration, 1).state)
        count = len(after.rows)
        batch = {"batch": words.ONE_SAMPLE if count == 1 else filled(words.SAMPLES, count=count)}
        layers = "-".join(whole(int(size)) for size in state.sizes)
        seen = state.replace(rows=after.rows)
        note = words.why_straight(problem) if set(self.activations) == {"identity"} else ""
        yield Moment("forward", seen, {**batch, "layers": layers, "note": note})
        judged = seen.replace(batch_loss=after.batch_loss)
        said = {**batch, "batch_loss": after.batch_loss, "kind": words.LOSS_NAMES[state.output]}
        yield Moment("loss", judged, said)
        with np.errstate(all="ignore"):
            norm = float(np.linalg.norm(after.gradient))
            change = float(np.abs(after.params - state.params).max())
        yield Moment("backward", judged.replace(gradient=after.gradient), {"gradient_norm": norm})
        said = {"count": len(after.params), "rate": self.learning_rate, "change": change}
        yield Moment("update", after, {**said, "batch_loss": after.batch_loss})

    def advance(self, state: MLPState, problem: Rows, seed: int, iteration: int, count: int) -> Advance:
        learned = asked.learned_by(state)
        counters, losses, batch_losses = state.counters.copy(), state.losses.copy(), np.zeros(count)
        order, size = np.empty(problem.n, dtype=np.int64), self._batch_size(problem)
        many: Callable[..., int] = kernels.many_batches
        if problem.path == "torch":
            from models.algorithms.mlp.device import many_batches_torch

            many = partial(many_batches_torch, problem)
        done = many(
            asked.network_of(state, self.activations, self.l2, problem.path == "blas"),
            learned,
            kernels.Samples(problem.features, asked.goals_of(state, problem)),
            kernels.Batches(order, size, seed, iteration),
            kernels.Rule(networks.OPTIMIZERS[self.optimizer], self.learning_rate, self.momentum),
            kernels.Progress(counters, losses, self.tol, self.max_epochs),
            batch_losses,
        )
        if done == 0:
            return Advance(state, 0, {"batch_loss": batch_losses[:0]})
        last = (int(counters[BATCH]) or self.iterations_per_epoch(problem)) - 1
        after = state.replace(
            **learned._asdict(),
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

    def outcome(self, state: MLPState, problem: Rows) -> Outcome | None:
        if state.counters[BATCH] != 0 or state.epoch == 0:
            return None
        values = {"epoch": state.epoch, "loss": float(state.losses[PATIENCE])}
        if is_flat(state.counters.copy(), state.losses.copy(), self.tol):
            is_stuck = self._is_stuck(state, problem)
            if problem.has_classes and set(self.activations) == {"identity"}:
                return Outcome("gave_up" if is_stuck else "converged", Said(words.SETTLED_STRAIGHT, values))
            if is_stuck:
                return Outcome("gave_up", Said(words.STUCK, values))
            return Outcome("converged", Said(words.SETTLED, {**values, "tol": self.tol, "patience": PATIENCE}))
        if state.epoch >= self.max_epochs:
            return Outcome("gave_up", Said(words.LAST_EPOCH, values))
        return None

    def _is_stuck(self, state: MLPState, problem: Rows) -> bool:
        """Whether so many steps were worth nothing: classes told apart no better than by naming the largest one."""
        if not problem.has_classes:
            return False
        right = self.predict(state, problem.features).argmax(axis=1) == problem.answers
        return int(right.sum()) <= int(np.bincount(problem.answers).max())

    def predict(self, state: MLPState, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            out = asked.output_sums(state, self.activations, x)
            if state.output == LINEAR_SQUARED:
                return out[:, 0] * state.target_scale + state.target_mean
            if state.output == TANH_SQUARED:
                second = (np.tanh(out[:, 0]) + 1.0) / 2.0
                return np.stack([1.0 - second, second], axis=1)
            shares = np.exp(out - out.max(axis=1, keepdims=True))
            return shares / shares.sum(axis=1, keepdims=True)

    def metrics(self, state: MLPState, problem: Rows) -> dict[str, float]:
        """loss: what training makes small, the L2 penalty in it; the penalty alone stands beside it where there is one."""
        with np.errstate(all="ignore"):
            loss = asked.mean_loss(state, self.activations, problem)
        if self.l2 == 0.0:
            return {"loss": loss}
        penalty = asked.penalty(state, self.activations, self.l2)
        return {"loss": loss + penalty, "penalty": penalty}

    def report(self, state: MLPState, problem: Rows) -> dict[str, Any]:
        """layers: weights (units, inputs), a row for each unit, and bias (units,), from the first layer to the last."""
        report: dict[str, Any] = {
            "parameters": {"layers": asked.listed(asked.in_original_units(state, problem.scaler))},
            "activations": [*self.activations, networks.OUTPUTS[state.output]],
            "l2": self.l2,
            "n_parameters": len(state.params),
            "epochs": state.epoch,
        }
        if problem.scaler.kind != "none" or state.output == LINEAR_SQUARED:
            report["parameters_scaled"] = {"layers": asked.listed(asked.in_own_units(state))}
        return report

    # -- the network seen from inside --------------------------------------------------------------------------------

    def output_deltas(self, state: MLPState, problem: Rows, x: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return asked.output_deltas(state, self.activations, x, targets)

    def sums(self, state: MLPState, x: np.ndarray) -> tuple[np.ndarray, ...]:
        return asked.layer_sums(state, self.activations, x)

    def wiring(self, moment: Moment, problem: Rows) -> Wiring:
        state = cast(MLPState, moment.state)
        return picture.wiring(moment, state, problem, self._all_activations(state))

    def _all_activations(self, state: MLPState) -> tuple[Activation, ...]:
        return (*self.activations, networks.OUTPUTS[state.output])

    def parameters(self, state: MLPState) -> np.ndarray:
        return state.params

    def losses(self, state: MLPState, problem: Rows, vectors: np.ndarray) -> np.ndarray:
        return asked.losses_at(state, self.activations, self.l2, problem, vectors)

    def free_pair(self, state: MLPState) -> None:
        """None: even one hidden neuron on one column has four parameters."""
        return None

    def has_handle(self, edit: Edit, problem: Rows) -> bool:
        return networks.has_handle(edit, self._sizes(problem))

    def state_forms(self, problem: Rows, distinct_rows: int) -> Mapping[str, ArrayForm]:
        output = networks.output_of(self.loss, problem.has_values)
        return networks.forms_of(self._sizes(problem), self.optimizer, output, problem.n)

    def edit(self, state: MLPState, edit: Edit, problem: Rows) -> MLPState:
        changed = networks.edited(state, edit)
        return super().edit(state, edit, problem) if changed is None else changed

    def formulas(self, shown: Shown, problem: Rows) -> Iterable[Formula]:
        return mlp_numbers.formulas(self._inside(shown, problem))

    def concerned(self, shown: Shown, problem: Rows) -> np.ndarray:
        inside = self._inside(shown, problem)
        return np.array([inside.row] if inside.is_about_a_row else [], dtype=np.int64)

    def _inside(self, shown: Shown, problem: Rows) -> mlp_numbers.Inside:
        state = cast(MLPState, shown.moment.state)
        return mlp_numbers.Inside(
            shown=shown, problem=problem, goals=asked.goals_of(state, problem), activations=self._all_activations(state),
            optimizer=self.optimizer, learning_rate=self.learning_rate, momentum=self.momentum, l2=self.l2,
            start="given" if self.start_weights is not None else self.init,
        )  # fmt: skip

    def tensors(self, state: MLPState) -> Iterable[Tensor]:
        """As a torch.nn.Sequential names them; its activations are numbered too."""
        for layer, (weights, bias) in enumerate(networks.layers_of(state.params, state.sizes)):
            yield Tensor(f"{2 * layer}.weight", weights.T)
            yield Tensor(f"{2 * layer}.bias", bias)

    # -- what people see ---------------------------------------------------------------------------------------------

    def marks(self, moment: Moment, problem: Rows) -> Iterable[Mark]:
        return picture.marks(moment, cast(MLPState, moment.state))

    def place(self, iteration: int, moment: Moment, problem: Rows) -> Said:
        return picture.place(iteration, self.iterations_per_epoch(problem))

    def dwell(self, iteration: int, moment: Moment, problem: Rows) -> float:
        return picture.dwell(iteration)

    def iterations_per_epoch(self, problem: Rows) -> int:
        size = self._batch_size(problem)
        return (problem.n + size - 1) // size

    def _batch_size(self, problem: Rows) -> int:
        return min(self.batch_size, problem.n)

    def task_on(self, problem: Rows) -> Task:
        return "regressor" if problem.has_values else "classifier"

    def unready(self, problem: Rows) -> Said | None:
        lack = lacks_answers(problem, self.title, takes_values=True) or beyond_squares(problem, each_column=True)
        if lack is not None:
            return lack
        if self.loss == "squared" and problem.n_classes > 2:
            return Said(words.TWO_ONLY, {"n": problem.n_classes})
        wanted = networks.count_of(self._sizes(problem))
        if self.start_weights is not None and len(self.start_weights) != wanted:
            return Said(words.START_LENGTH, {"wanted": wanted, "given": len(self.start_weights)})
        return None

    def advice(self, problem: Rows) -> Finding | None:
        layers = len(self.hidden_layer_sizes)
        if isinstance(self.activation, tuple) and len(self.activation) != layers:
            return Finding("other_count", Said(words.OTHER_COUNT, {"given": len(self.activation), "layers": layers}))
        return None
