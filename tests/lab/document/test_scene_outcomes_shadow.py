"""What a class is to see in scenes 13 and 20: the axis is no regression line, and no column can be left out for free."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import decomposition, linear_model

from lab.composing.stages_of.space import space_picture
from lab.document.edits import set_axes
from lab.document.project import Project
from lab.protocol.commands import Begin, Frame, Look, Seek
from lab.sessions.session import Session
from models.core.formula import Shown
from models.core.learner import Edit, Moment
from models.core.marks import Note
from tests.lab.document.test_scene_outcomes import Played, project


def slopes(project: Project) -> dict[str, float]:
    """The slopes written beside the three lines at the end, by the lines' names."""
    run = Played(project)
    assert run.outcome.kind == "finished"
    marks = run.learner.marks(run.moments[-1], run.problem)
    return {mark.key: mark.values["slope"] for mark in marks if isinstance(mark, Note)}


def test_that_scene_13_shows_the_slopes_53_83_and_1_52_of_a_cloud_with_correlation_6_and_deviation_2():
    data = project(13).dataset.features
    assert np.corrcoef(data.T)[0, 1] == pytest.approx(0.6, abs=0.015)
    assert data.std(axis=0, ddof=1) == pytest.approx([2.0, 2.0], abs=0.12)
    found = slopes(project(13))
    assert {name: round(slope, 2) for name, slope in found.items()} == {
        "up slope": 0.53, "across slope": 1.52, "axis slope": 0.83,
    }  # fmt: skip
    x, y = data[:, :1], data[:, 1:]
    assert found["up slope"] == pytest.approx(linear_model.LinearRegression().fit(x, y).coef_[0, 0])
    assert found["across slope"] == pytest.approx(1 / linear_model.LinearRegression().fit(y, x).coef_[0, 0])
    first = decomposition.PCA(1).fit(data).components_[0]
    assert found["axis slope"] == pytest.approx(first[1] / first[0], rel=1e-6)


def test_that_in_scene_13_exchanging_the_columns_exchanges_the_regressions_and_leaves_the_axis_where_it_was():
    before, after = slopes(project(13)), slopes(set_axes(project(13), 1, 0))
    assert after["up slope"] == pytest.approx(1 / before["across slope"])
    assert after["across slope"] == pytest.approx(1 / before["up slope"])
    assert after["axis slope"] == pytest.approx(1 / before["axis slope"])


def test_that_in_scene_13_the_axis_starts_on_none_of_the_lines():
    run = Played(project(13))
    axis = run.settled[0].axis
    for slope in (0.53, 0.83, 1.52):
        line = np.array([1.0, slope]) / np.hypot(1.0, slope)
        assert np.degrees(np.arccos(abs(axis @ line))) > 10


def test_that_in_scene_20_the_fitted_plane_keeps_more_than_leaving_out_any_column():
    run = Played(project(20))
    assert run.outcome.kind == "finished" and run.problem.d == 3
    kept = run.learner.metrics(run.state, run.problem)["explained_variance_ratio"]
    x = project(20).dataset.features
    assert kept == pytest.approx(decomposition.PCA(2).fit(x).explained_variance_ratio_.sum()) and kept > 0.95
    shares = x.var(axis=0) / x.var(axis=0).sum()
    assert (1 - shares).max() < kept - 0.1
    assert 1 - shares[2] < kept - 0.25, "leaving out z is much worse"
    seen = [m for m in run.moments if m.phase == "turn" and m.values["angle"] >= 0.01]
    assert 6 <= len(seen) <= 20, "the axes are seen to turn"


def test_that_in_scene_20_the_points_fall_onto_the_plane_in_the_last_moment_only():
    run = Played(project(20))
    pictures = [space_picture(run.learner, moment, run.problem) for moment in run.moments]
    assert all(picture is not None and picture.shadows is None for picture in pictures[:-1])
    last = pictures[-1]
    flat = last.shadows - last.mean
    assert np.linalg.matrix_rank(flat, tol=1e-9) == 2
    assert np.allclose((last.points - last.shadows) @ last.axes.T, 0, atol=1e-9)


def test_that_in_scene_12_the_revealed_axis_is_where_the_bar_stands_highest_and_the_hand_stays_where_it_was():
    scene = project(12)
    session = Session()
    session.handle(Begin(scene.dataset, scene.experiment, 1))
    session.handle(Look(-6, 6, -6, 6, cells=24))
    session.handle(Seek(Frame(2)))
    by_hand = Edit("axis", (0.0, 3.0))
    revealed = scene.experiment.replace(settings={"show_answer": True}, schedule=((2, by_hand),))
    session.handle(Begin(scene.dataset, revealed, 2, keep_place=True))
    session.handle(Seek(Frame(2, -1)))
    packet = session.take_packet()
    assert packet.phase == "edited"
    marks = {mark.key: mark for mark in packet.picture.marks}
    way = (marks["answer"].ends - marks["answer"].starts)[0]
    x = scene.dataset.features - scene.dataset.features.mean(axis=0)
    angles = np.radians(np.arange(0, 180, 0.5))
    shares = np.array([(x @ [np.cos(a), np.sin(a)]).var() for a in angles]) / x.var(axis=0).sum()
    best = angles[shares.argmax()]
    assert abs(way @ [np.cos(best), np.sin(best)]) == pytest.approx(np.linalg.norm(way), rel=1e-4)
    kept, answer, rest = marks["kept"].values
    assert answer == pytest.approx(shares.max(), abs=1e-4) and kept < answer and kept + rest == pytest.approx(1)


@pytest.mark.parametrize("number", [13, 20])
def test_that_every_moment_of_the_scenes_has_its_numbers_and_one_that_stands_for_all(number):
    run = Played(project(number))
    before = run.settled[0]
    for moment in [Moment("start", before), *run.moments]:
        found = list(run.learner.formulas(Shown(1, moment, before), run.problem))
        assert sum(formula.is_main for formula in found) == 1 and all(formula.filled() for formula in found)
