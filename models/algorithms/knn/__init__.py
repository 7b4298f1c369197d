"""K-nearest neighbours."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="knn",
    group="supervised",
    title=Text("K-nearest neighbours", "K-최근접 이웃(KNN)"),
    subtitle=Text("K = number of neighbours that vote", "K = 투표하는 이웃 수"),
    module="models.algorithms.knn.learner",
    class_name="KNN",
    order=50,
)
