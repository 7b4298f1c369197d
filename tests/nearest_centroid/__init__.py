"""The nearest centroid, written to the letter of the contract: its row of the catalogue."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    "nearest_centroid",
    "supervised",
    Text("Nearest centroid", "최근접 중심"),
    Text("one mean for each class", "클래스마다 평균 하나"),
    "tests.nearest_centroid.learner",
    "NearestCentroid",
)
