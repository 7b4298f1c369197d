"""K-means."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="kmeans",
    group="unsupervised",
    title=Text("K-means", "K-평균"),
    subtitle=Text("K = number of clusters", "K = 군집 수"),
    module="models.algorithms.kmeans.learner",
    class_name="KMeans",
    order=60,
)
