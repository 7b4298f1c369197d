"""Linear regression."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="linear_regression",
    group="supervised",
    title=Text("Linear regression", "선형 회귀"),
    subtitle=Text("a line through numbers", "수를 잇는 직선"),
    module="models.algorithms.linear_regression.learner",
    class_name="LinearRegression",
    order=30,
)
