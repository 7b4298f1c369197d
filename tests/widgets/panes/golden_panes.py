"""Every pane with one fixed packet, painted off the screen: what test_golden compares and make_golden keeps.

The numbers are given here by formulas and not by a run, so that a picture changes when a pane does and not when an
algorithm does.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from contourpy import contour_generator
from PySide6.QtCore import QDeadlineTimer, QThread
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from lab.composing.panes_of.scores import class_scores
from lab.protocol.commands import Frame
from lab.protocol.packet import Curves, Packet
from lab.protocol.pane_records import ActivationPicture, LossPicture, NetworkPicture, Numbers, Scoreboard
from models.core.abilities import Wiring, activate
from models.core.formula import Formula, Tensor
from models.words.text import Said, Text
from widgets.formulas.typeset import typesetter
from widgets.kit.language import language
from widgets.kit.theme import theme
from widgets.panes.panes import Panes

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "panes"
LOOKS = (("ko", "light"), ("en", "dark"))
WIDTH, HEIGHT = 336, 480
PATIENCE_MS = 20_000


def curves() -> dict:
    steps = np.arange(201.0)
    series = {"loss": np.exp(-steps / 50), "accuracy": 1 - 0.5 * np.exp(-steps / 50), "test_accuracy": 0.8 + 0 * steps}
    labels = {
        "loss": Text("loss", "손실"),
        "accuracy": Text("training accuracy", "훈련 정확도"),
        "test_accuracy": Text("test accuracy", "테스트 정확도"),
    }
    metrics = {name: float(values[80]) for name, values in series.items()}
    return {"curves": Curves(steps, series, labels), "metrics": metrics, "metric_labels": labels}


def network() -> dict:
    sizes, names = (2, 4, 3, 2), ("tanh", "tanh", "softmax")
    weights = [np.sin(1.0 + np.arange(a * b) * 1.7).reshape(a, b) for a, b in pairwise(sizes)]
    biases = [0.4 * np.cos(np.arange(b) * 2.3) for b in sizes[1:]]
    a = inputs = np.array([0.8, -1.3])
    sums, outputs = [], []
    for w, b, name in zip(weights, biases, names, strict=True):
        sums.append(a @ w + b)
        a = activate(name, sums[-1])
        outputs.append(a)
    wiring = Wiring(
        ("x1", "x2"), ("A", "B"), tuple(weights), tuple(biases), names, rows=np.array([4]), flow="forward"
    )  # fmt: skip
    across, up = np.meshgrid(np.linspace(-1, 1, 24), np.linspace(-1, 1, 24))

    def slope(angle: float) -> np.ndarray:
        return np.clip(128 + 127 * np.tanh(2 * (np.cos(angle) * across + np.sin(angle) * up)), 1, 255).astype(np.uint8)

    units = tuple(np.stack([slope(0.9 * (layer + 2 * k)) for k in range(n)]) for layer, n in enumerate(sizes[1:]))
    picture = NetworkPicture(
        wiring, inputs, 10 * inputs, tuple(sums), tuple(outputs), sample=4, units=units,
        unit_range=tuple(np.ones(n) for n in sizes[1:]),
        strengths=tuple(np.abs(layer.astype(np.float32) - 128).sum(axis=0) for layer in units),
        input_units=(slope(0.0), slope(np.pi / 2)), class_ids=(0, 1), target=1.0,
    )  # fmt: skip
    return {"beside": {"network": picture}}


def numbers() -> dict:
    formulas = (
        Formula("sum", Text("Weighted sum of {name}", "{name}의 가중합"), "z = w x + b", r"z = <w> \cdot 2 + 1 = <z>",
                {"w": 0.5, "z": 2.0}, {"name": Text("A", "가")}),
        Formula("step", Text("Update", "갱신"), r"w \leftarrow w - \eta \frac{\partial L}{\partial w}",
                r"w \leftarrow <w>", {"w": -1.234}, is_main=True),
    )  # fmt: skip
    tensors = (
        Tensor("0.weight", np.arange(20.0).reshape(5, 4) - 3.25),
        Tensor("0.bias", np.array([1.0, -2.0, 0.125, 40.5, -0.75])),
    )
    note = Said(Text("the first of {count} samples", "샘플 {count}개 중 첫 번째"), {"count": 10})
    return {"beside": {"numbers": Numbers(formulas, tensors, "cpu", note)}}


def matrix() -> dict:
    actual, taken = np.repeat([0, 1, 2], [10, 8, 6]), np.array([0] * 6 + [1] * 12 + [0] * 3 + [2] * 3)
    train, test = class_scores(actual, taken, 3), class_scores(actual[8:20], taken[8:20], 3)
    return {"beside": {"matrix": Scoreboard("classes", ("A", "B", "C"), (0, 1, 4), {"train": train, "test": test})}}


def loss_surface() -> dict:
    extent, contours = (-4.0, 8.0, -2.0, 4.0), np.array([4.0, 10.0, 20.0, 40.0])
    a, b = np.meshgrid(np.linspace(*extent[:2], 61), np.linspace(*extent[2:], 61))
    levels = (a - 1.0) ** 2 + 4.0 * (b - 0.5) ** 2 + 3.0
    lines = tuple(tuple(contour_generator(a, b, levels).lines(height)) for height in contours)
    path = np.array([[-3.0, 3.0], [5.0, -1.0], [4.0, 2.0], [2.0, 1.0]])
    picture = LossPicture(
        np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]), extent, levels, contours, lines, path, path[-1],
        loss=5.0, names=(Text("slope", "기울기"), Text("intercept", "절편")), is_exact=True,
    )  # fmt: skip
    return {
        "beside": {"loss_surface": picture},
        "metric_labels": {"loss": Text("mean squared error", "평균 제곱 오차")},
    }


def activation() -> dict:
    return {"beside": {"activation": ActivationPicture("tanh", (1, 2), 0.5 + 1.2 * np.sin(np.arange(60) * 0.7), 0.7)}}


RECORDS = {made.__name__: made for made in (curves, network, numbers, matrix, loss_surface, activation)}


def packet(id: str) -> Packet:
    given = {"abilities": frozenset(RECORDS), "goal": "loss", "reached": 200, **RECORDS[id]()}
    place, phase = Said(Text("epoch {n}", "에포크 {n}"), {"n": 2}), Text("look", "살펴보기")
    return Packet(1, "past", Frame(80), place=place, phase_name=phase, **given)


def painted(id: str, lang: str, look: str) -> QImage:
    """The pane as it stands once nothing moves any more. Language and theme stay as they are set here."""
    language.set(lang)
    theme.set(look)
    owner = Panes()  # held: it would take the pane along
    view = owner.view(id)
    view.setParent(None)
    view.resize(WIDTH, HEIGHT)
    view.show()
    view.show_packet(packet(id))
    patience = QDeadlineTimer(PATIENCE_MS)
    for _ in range(5):  # a formula that arrives makes room for itself, and may be asked for at another size
        QApplication.processEvents()
        QThread.msleep(15)
        while typesetter().is_working and not patience.hasExpired():
            QApplication.processEvents()
            QThread.msleep(2)
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB888)
    image.fill(theme.color("window"))
    view.render(image)
    view.close()
    view.deleteLater()
    return image
