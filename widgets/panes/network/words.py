"""What the network says of itself: names of layers and neurons, and the lines of a card with the numbers in them."""

from __future__ import annotations

import numpy as np

from lab.protocol.pane_records import NetworkPicture
from models.core.abilities import ACTIVATION_NAMES
from models.words.numbers import number
from models.words.text import Text
from widgets.kit.language import language
from widgets.panes.network.layout import Spot

INPUT_LAYER, OUTPUT_LAYER = Text("input layer", "입력층"), Text("output layer", "출력층")
HIDDEN_LAYER = Text("hidden layer {layer:d}", "은닉층 {layer:d}")
HIDDEN_UNIT = Text("hidden layer {layer:d}, neuron {unit:d}", "은닉층 {layer:d}의 뉴런 {unit:d}")
INPUT_UNIT, OUTPUT_UNIT = Text("input {name}", "입력 {name}"), Text("output {name}", "출력 {name}")
WEIGHT, BIAS = Text("Weight: {start} → {end}", "가중치: {start} → {end}"), Text("Bias: {end}", "편향: {end}")
REST = Text("{layer}: {count:d} more neurons", "{layer}: 뉴런 {count:d}개 더")
REST_SAYS = Text(
    "The picture is their mean strength. Click: show the next ones (now {first:d} to {last:d} of {size:d}). Under a "
    "pinned neuron's numbers, any other one can be named.",
    "그림은 이 뉴런들의 평균 세기입니다. 누르면 다음 뉴런을 봅니다(지금 {size:d}개 중 {first:d}~{last:d}번). 뉴런을 "
    "고정하면 그 숫자 아래에 다른 뉴런의 번호를 적을 수 있습니다.",
)
REST_INPUTS = Text(
    "Click: show the next ones (now {first:d} to {last:d} of {size:d}).",
    "누르면 다음 입력을 봅니다(지금 {size:d}개 중 {first:d}~{last:d}번).",
)
MORE_TERMS = Text("{n:d} more terms", "항 {n:d}개 더")
VALUE, ORIGINAL = Text("value {x}", "값 {x}"), Text("in its own unit {x}", "원래 단위로 {x}")
BIAS_IS = Text("bias b = {b}", "편향 b = {b}")
GRADIENT = Text("gradient {symbol} = {g} (mini-batch mean)", "그레이디언트 {symbol} = {g} (미니배치 평균)")
OF_SAMPLE = Text("{formula} (this sample)", "{formula} (이 샘플)")
MOVED = Text("{name}: {before} → {after} (change {step})", "{name}: {before} → {after} (변화 {step})")
FROZEN = Text("frozen: an update leaves it as it is", "동결됨: 갱신해도 바뀌지 않습니다")

_MOST_TERMS = 4


def bracketed(value: float) -> str:
    """A number behind a sign or a dot: in brackets when it is negative."""
    shown = number(value)
    return f"({shown})" if shown.startswith("−") else shown


def layer_name(picture: NetworkPicture, layer: int) -> str:
    if layer == 0:
        return language.say(INPUT_LAYER)
    if layer == len(picture.wiring.sizes) - 1:
        return language.say(OUTPUT_LAYER)
    return language.say(HIDDEN_LAYER, layer=layer)


def unit_name(picture: NetworkPicture, layer: int, unit: int) -> str:
    """ "hidden layer 1, neuron 2"; inputs and outputs by their own names."""
    wiring = picture.wiring
    if layer == 0:
        return language.say(INPUT_UNIT, name=_at(wiring.input_names, unit))
    if layer == len(wiring.sizes) - 1:
        return language.say(OUTPUT_UNIT, name=_at(wiring.output_names, unit))
    return language.say(HIDDEN_UNIT, layer=layer, unit=unit + 1)


def _at(names: tuple[str, ...], index: int) -> str:
    return names[index] if index < len(names) else str(index + 1)


def card(picture: NetworkPicture, spot: Spot, shown: tuple[int, ...]) -> tuple[str, tuple[str, ...]]:
    """The title of a card and its lines. `shown`: units of the layer in view, for what is said of the rest."""
    if spot.is_rest:
        size = picture.wiring.sizes[spot.layer]
        text = REST_INPUTS if spot.layer == 0 else REST_SAYS
        said = language.say(text, first=shown[0] + 1, last=shown[-1] + 1, size=size)
        return language.say(REST, layer=layer_name(picture, spot.layer), count=size - len(shown)), (said,)
    if spot.is_weight:
        return _weight_card(picture, spot)
    name = unit_name(picture, spot.layer, spot.unit)
    if spot.layer == 0:
        x, original = picture.inputs[spot.unit], picture.originals[spot.unit]
        lines = [language.say(VALUE, x=number(x))]
        if number(x) != number(original):
            lines.append(language.say(ORIGINAL, x=number(original)))
        return name, tuple(lines)
    return name, tuple(_unit_lines(picture, spot.layer, spot.unit))


def inputs_of(picture: NetworkPicture, layer: int) -> np.ndarray:
    """What runs into a layer for the sample: the features, or the outputs of the layer before."""
    return picture.inputs if layer == 1 else picture.outputs[layer - 2]


def _unit_lines(picture: NetworkPicture, layer: int, unit: int) -> list[str]:
    wiring, index = picture.wiring, layer - 1
    weights, bias = wiring.weights[index][:, unit], wiring.biases[index][unit]
    z, a = picture.sums[index], picture.outputs[index]
    inputs = inputs_of(picture, layer)
    order = np.arange(len(weights))
    if len(weights) > _MOST_TERMS:
        order = np.sort(np.argsort(-np.abs(np.nan_to_num(weights * inputs)), kind="stable")[: _MOST_TERMS - 1])
    terms = [
        f"{bracketed(weights[i]) if k else number(weights[i])}·{bracketed(inputs[i])}" for k, i in enumerate(order)
    ]
    if len(order) < len(weights):
        terms.append(f"… ({language.say(MORE_TERMS, n=len(weights) - len(order))})")
    name = language.say(ACTIVATION_NAMES[wiring.activations[index]])
    lines = [f"z = {' + '.join(terms)} + {bracketed(bias)} = {number(z[unit])}"]
    if wiring.activations[index] == "softmax":
        powers = [f"e^{bracketed(value)}" for value in z]
        below = " + ".join(powers) if len(powers) <= 3 else "Σ e^z"
        lines.append(f"a = {powers[unit]} / ({below}) = {number(a[unit])}")
    else:
        lines.append(f"a = {name}({number(z[unit])}) = {number(a[unit])}")
    steps = getattr(picture, "steps", None)
    if steps is not None:
        lines.append(_moved("b", float(bias), float(steps[index][-1, unit])))
    else:
        lines.append(language.say(BIAS_IS, b=number(bias)))
    if picture.deltas is not None and steps is None:  # at an update the values are already those of the new weights
        delta = f"δ = ∂L/∂z = {number(picture.deltas[index][unit])}"
        lines.append(language.say(OF_SAMPLE, formula=delta))
    return lines


def _moved(symbol: str, value: float, step: float) -> str:
    sign = "+" if step > 0 else ""
    return language.say(MOVED, name=symbol, before=number(value - step), after=number(value), step=sign + number(step))


def _weight_card(picture: NetworkPicture, spot: Spot) -> tuple[str, tuple[str, ...]]:
    wiring, index = picture.wiring, spot.layer - 1
    end = unit_name(picture, spot.layer, spot.unit)
    value = weight_value(picture, spot)
    is_bias = spot.input == -1
    symbol = "b" if is_bias else "w"
    lines = []
    steps = getattr(picture, "steps", None)
    if steps is not None:
        lines.append(_moved(symbol, value, float(steps[index][spot.input, spot.unit])))
    else:
        lines.append(f"{symbol} = {number(value)}")
    if not is_bias:
        a = inputs_of(picture, spot.layer)[spot.input]
        letter = "x" if spot.layer == 1 else "a"
        lines.append(f"w · {letter} = {number(value)} · {bracketed(a)} = {number(value * a)}")
    if wiring.gradients is not None:
        g = number(wiring.gradients[index][spot.input, spot.unit])
        lines.append(language.say(GRADIENT, symbol=f"∂L/∂{symbol}", g=g))
    if picture.deltas is not None and steps is None:
        delta = picture.deltas[index][spot.unit]
        if is_bias:
            formula = f"∂L/∂b = δ = {number(delta)}"
        else:
            formula = f"δ · {letter} = {number(delta)} · {bracketed(a)} = {number(delta * a)}"
        lines.append(language.say(OF_SAMPLE, formula=formula))
    if is_frozen(picture, spot):
        lines.append(language.say(FROZEN))
    if is_bias:
        return language.say(BIAS, end=end), tuple(lines)
    return language.say(WEIGHT, start=unit_name(picture, spot.layer - 1, spot.input), end=end), tuple(lines)


def weight_value(picture: NetworkPicture, spot: Spot) -> float:
    """The weight or bias at a spot."""
    wiring, index = picture.wiring, spot.layer - 1
    if spot.input == -1:
        return float(wiring.biases[index][spot.unit])
    return float(wiring.weights[index][spot.input, spot.unit])


def is_frozen(picture: NetworkPicture, spot: Spot) -> bool:
    frozen = picture.wiring.frozen
    return frozen is not None and bool(frozen[spot.layer - 1][spot.input, spot.unit])
