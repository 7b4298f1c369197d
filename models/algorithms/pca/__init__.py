"""Principal component analysis."""

from models.core.row import Row
from models.words.text import Text

ROW = Row(
    id="pca",
    group="unsupervised",
    title=Text("Principal component analysis (PCA)", "주성분 분석(PCA)"),
    subtitle=Text("the direction that keeps most variance", "분산을 가장 많이 남기는 방향"),
    module="models.algorithms.pca.learner",
    class_name="PCA",
    order=70,
)
