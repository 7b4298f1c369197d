"""The stated outcomes of the scenes on regression: the numbers that a class is to read on the screen."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression as Referee

from lab.document import scenes
from lab.document.edits import set_scaling, set_setting
from lab.document.project import Project
from lab.errors import LabError
from lab.protocol.commands import Begin, Look, Step, Watch
from lab.sessions.session import Session
from models.core.formula import Shown
from models.core.learner import Moment
from models.core.marks import Note, Points
from tests.lab.document.test_scene_outcomes import Played, changed, project

LANGS = ("en", "ko")


def shown_on_plane(new: Project, lang: str) -> str:
    """All words of the notes and of the narration, moment by moment, to the end, the outcome included."""
    session, words = Session(), []
    session.handle(Begin(new.dataset, new.experiment, 1))
    session.handle(Look(*new.dataset.view, cells=24))
    session.handle(Watch(panes=frozenset({"numbers"})))
    for _ in range(12):
        packet = session.take_packet()
        words.append(packet.narration.say(lang))
        for mark in packet.picture.marks:
            words += [mark.text.say(lang, mark.values)] if isinstance(mark, Note) else []
            words += mark.labels if isinstance(mark, Points) else ()
        words += [] if packet.outcome is None else [packet.outcome.say(lang)]
        session.handle(Step(1))
    return "\n".join(words)


def numbers_of(run: Played) -> str:
    """Every formula of the last iteration with its values in it."""
    state = run.settled[-2]
    made = run.learner.iterate(state, run.problem, 7, run.iterations - 1)
    shown = [Shown(run.iterations, moment, state) for moment in made]
    return "\n".join(formula.filled() for one in shown for formula in run.learner.formulas(one, run.problem))


def referee(run: Played) -> Referee:
    data = run.problem
    return Referee().fit(data.scaler.inverse(data.features), data.targets)


def test_that_scene_14_ends_at_the_lectures_slope_intercept_and_r2():
    run = Played(project(14))
    assert run.outcome.kind == "finished" and run.iterations == 1
    (slope,), intercept = (run.learner.report(run.state, run.problem)["parameters"][k] for k in ("coef", "intercept"))
    assert (round(slope, 3), round(intercept, 3)) == (0.685, 1.564)
    assert [slope] == pytest.approx(referee(run).coef_) and intercept == pytest.approx(referee(run).intercept_)
    assert run.scores()["r2"] == pytest.approx(0.953, abs=5e-4)
    assert "= 0.685" in numbers_of(run) and "= 1.564" in numbers_of(run)


@pytest.mark.parametrize("lang", LANGS)
def test_that_scene_14_shows_9_78_for_12_years_and_2_93_for_2_and_marks_30_as_outside_the_data(lang):
    outside = {"en": "outside the data", "ko": "범위 밖"}[lang]
    for years, pay in ((12, "9.78"), (2, "2.93")):
        words = shown_on_plane(changed(14, query=(float(years),)), lang)
        assert f"{years} → {pay}\n" in words and outside not in words
    words = shown_on_plane(changed(14, query=(30.0,)), lang)
    assert "30 → 22.11" in words and outside in words


def test_that_in_scene_14_each_candidate_has_its_own_loss_and_c_is_the_best_of_the_four():
    losses = {}
    for letter in "ABCD":
        run = Played(changed(14, candidate=letter), most=0)
        marks = {mark.key: mark for mark in run.learner.marks(Moment("start", run.state), run.problem)}
        assert all(f"candidate:{other}" in marks for other in "ABCD")
        assert marks[f"candidate:{letter}"].emphasis == "focus"
        losses[letter] = run.learner.metrics(run.state, run.problem)["mse"]
        assert f"{losses[letter]:.2f}" in marks["equation"].values["mse"]
    assert min(losses, key=losses.get) == "C" and round(losses["C"], 2) == 0.59
    best = Played(project(14))
    assert round(best.learner.metrics(best.state, best.problem)["mse"], 2) == 0.44 < min(losses.values())


@pytest.mark.parametrize("lang", LANGS)
def test_that_scene_15_prints_1_46_and_58_7_and_160_9_exactly(lang):
    run = Played(project(15))
    assert run.outcome.kind == "finished" and len(run.moments) == 4
    (slope,), intercept = (run.learner.report(run.state, run.problem)["parameters"][k] for k in ("coef", "intercept"))
    assert (round(slope, 2), round(intercept, 1)) == (1.46, 58.7)
    assert [slope] == pytest.approx(referee(run).coef_)
    words = shown_on_plane(project(15), lang)
    assert "ŷ = 1.46x + 58.7" in words and "160.9" in words
    assert "160.9" in run.outcome.said.say(lang) and "1.46x + 58.7" in run.outcome.said.say(lang)
    assert "= 160.9" in numbers_of(run)
    assert "synthetic" in scenes.find("15").title.en and "합성" in scenes.find("15").title.ko


def test_that_in_scene_16_a_rate_of_02_diverges_and_says_the_limit_and_the_remedy():
    run = Played(changed(16, learning_rate=0.02))
    assert run.outcome.kind == "diverged" and run.iterations < 40
    for word in ("0.0162", "0.02", "Lower the learning rate"):
        assert word in run.outcome.said.say("en")
    assert "0.0162" in run.outcome.said.say("ko") and "학습률을 낮추세요" in run.outcome.said.say("ko")
    x = run.problem.features[:, 0]
    second = 2 * np.array([[np.mean(x * x), x.mean()], [x.mean(), 1.0]])
    assert 2 / np.linalg.eigvalsh(second)[-1] == pytest.approx(0.0162, abs=5e-5)
    for rate, kind in ((0.0161, "converged"), (0.0163, "diverged")):
        assert Played(changed(16, learning_rate=rate, max_iter=100_000), most=2_000).outcome.kind == kind


def test_that_in_scene_16_a_rate_of_01_zigzags_then_crawls_for_about_820_steps():
    run = Played(changed(16, learning_rate=0.01))
    assert run.outcome.kind == "converged" and 780 <= run.iterations <= 860
    slopes = np.array([state.coef[0] for state in run.settled])
    assert np.all(np.diff(slopes)[:3] * np.diff(slopes)[1:4] < 0), "to and fro across the valley"
    assert np.all(np.diff(slopes)[20:] < 0), "then along it in one direction"


def test_that_in_scene_16_a_tenth_of_the_rate_takes_ten_times_the_steps_and_standardising_about_30():
    slow = Played(project(16), most=10_000)
    assert slow.outcome.kind == "converged" and 7_500 <= slow.iterations <= 9_000
    round_valley = Played(set_scaling(set_setting(project(16), "learning_rate", 0.1), "standard"))
    assert round_valley.outcome.kind == "converged" and 28 <= round_valley.iterations <= 38
    (slope,) = round_valley.learner.report(round_valley.state, round_valley.problem)["parameters"]["coef"]
    assert round(slope, 3) == 0.685 and "0.685x + 1.56" in round_valley.outcome.said.say("ko")


def scene_on(**data):
    document = {
        "id": "99-table", "number": 99, "title": {"en": "t", "ko": "표"}, "question": {"en": "q", "ko": "왜?"},
        "script": [], "data": data, "algorithm": "knn", "settings": {}, "seed": 7, "scaling": "auto",
        "train_share": 1.0, "speed": 1,
    }  # fmt: skip
    return scenes.read(json.dumps(document).encode(), "99-table.json", own=False).project.dataset


def test_that_a_scene_may_stand_on_a_bundled_table_and_name_its_target():
    iris = scene_on(table="iris")
    assert iris.class_names == ("setosa", "versicolor", "virginica") and iris.features.shape == (150, 4)
    assert iris.view is None and scene_on(table="iris", view=[4, 8, 1, 5]).view == (4, 8, 1, 5)
    flats = scene_on(table="apartment", target="price")
    assert flats.feature_names == ("area", "rooms", "distance", "age") and flats.has_values and flats.n == 60
    assert scene_on(table="blood_pressure", target="pressure").axes == (0, -1)
    for wrong in ({"table": "titanic"}, {"table": "salary6", "target": "height"}):
        with pytest.raises(LabError):
            scene_on(**wrong)
