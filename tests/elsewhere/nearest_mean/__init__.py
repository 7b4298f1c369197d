"""An algorithm from elsewhere, as small as one can be: what tests install beside Learnscope."""

from learnscope import Row, Text

ROW = Row(
    id="nearest_mean",
    group="supervised",
    title=Text("Nearest mean", "최근접 평균"),
    subtitle=Text("the class whose mean is nearest", "평균이 가장 가까운 클래스"),
    module="nearest_mean.learner",
    class_name="NearestMean",
)
