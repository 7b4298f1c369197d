"""Logistic regression."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="logistic_regression",
    group="supervised",
    title=Text("Logistic regression", "로지스틱 회귀"),
    subtitle=Text("a probability on each side of a line", "직선 양쪽의 확률"),
    module="models.algorithms.logistic_regression.learner",
    class_name="LogisticRegression",
    order=40,
)
