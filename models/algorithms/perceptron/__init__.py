"""The perceptron."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="perceptron",
    group="supervised",
    title=Text("Perceptron", "퍼셉트론"),
    subtitle=Text("one line, turned at every mistake", "틀릴 때마다 돌아가는 선 하나"),
    module="models.algorithms.perceptron.learner",
    class_name="Perceptron",
    order=10,
)
