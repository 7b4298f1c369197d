"""The multi-layer perceptron."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="mlp",
    group="supervised",
    title=Text("Neural network (MLP)", "다층 퍼셉트론(MLP)"),
    subtitle=Text("layers of neurons bend the boundary", "뉴런의 층이 경계를 구부림"),
    module="models.algorithms.mlp.learner",
    class_name="MLP",
    order=20,
)
