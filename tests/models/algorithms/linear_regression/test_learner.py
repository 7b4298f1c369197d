"""Linear regression against scikit-learn, numpy's least squares and torch's gradients."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression as Referee
from sklearn.metrics import r2_score

from models.algorithms.linear_regression.learner import LinearRegression
from models.core.abilities import HasLossSurface, HasNetwork
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from models.core.marks import Arrow, Field, Note, Path, Points, Segments
from models.core.state import State
from tests.models.problems import make_problem, regression_problem, values_problem

SEED = 7
YEARS, PAY = [0, 3, 5, 8, 10, 13], [2.6, 3.1, 4.3, 6.5, 8.4, 11.2]
LANGS = ("en", "ko")
NO_PIN = Pin()


def pay(scaling="none"):
    return values_problem(YEARS, PAY, scaling=scaling)


def ended(learner, problem, most=200_000):
    advance = learner.advance(learner.start(problem, SEED), problem, SEED, 0, most)
    return advance.state, learner.outcome(advance.state, problem), advance.done


def moments(learner, problem, iterations=1):
    state = learner.start(problem, SEED)
    found = [(state, Moment("start", state))]
    for done in range(iterations):
        before = state
        for moment in learner.iterate(before, problem, SEED, done):
            found.append((before, moment))
            state = moment.state
    return found


def line(learner, state, problem):
    found = learner.report(state, problem)["parameters"]
    return np.array(found["coef"]), found["intercept"]


def marks_of(learner, moment, problem):
    return {mark.key: mark for mark in learner.marks(moment, problem)}


# -- the answer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("path", ["kernel", "torch"])
@pytest.mark.parametrize("columns", [1, 2, 5])
def test_that_the_closed_form_is_scikit_learns(scaling, path, columns):
    problem = regression_problem(50, columns, scaling=scaling, path=path)
    learner = LinearRegression(method="closed_form")
    state, outcome, done = ended(learner, problem)
    x = problem.scaler.inverse(problem.features)
    referee = Referee().fit(x, problem.targets)
    coef, intercept = line(learner, state, problem)
    assert np.allclose(coef, referee.coef_, rtol=1e-9, atol=1e-10) and intercept == pytest.approx(referee.intercept_)
    assert done == 1 and outcome.kind == "finished"
    assert r2_score(problem.targets, learner.predict(state, problem.features)) == pytest.approx(
        referee.score(x, problem.targets)
    )


@pytest.mark.parametrize("columns", [1, 3])
def test_that_gradient_descent_at_its_defaults_converges_to_numpys_least_squares(columns):
    problem = regression_problem(60, columns)
    learner = LinearRegression()
    state, outcome, done = ended(learner, problem)
    rows = np.column_stack([problem.features, np.ones(problem.n)])
    wanted = np.linalg.lstsq(rows, problem.targets, rcond=None)[0]
    spread = problem.targets.std()
    assert outcome.kind == "converged" and 10 <= done <= 120
    assert np.abs(np.append(state.coef, state.intercept) - wanted).max() < 0.01 * spread
    finer, _, _ = ended(LinearRegression(tol=1e-9), problem)
    assert np.allclose(np.append(finer.coef, finer.intercept), wanted, atol=1e-6 * spread)


@pytest.mark.parametrize("columns", [1, 4])
def test_that_loss_and_gradient_are_those_of_torchs_autograd_at_every_step(columns):
    problem = regression_problem(30, columns)
    learner = LinearRegression(start_coef=(0.4,) * columns, start_intercept=-1.0)
    for before, moment in moments(learner, problem, 5)[1:]:
        if moment.phase != "update":
            continue
        vector = torch.tensor(learner.parameters(before), requires_grad=True)
        x, y = torch.tensor(problem.features.copy()), torch.tensor(problem.targets.copy())
        loss = ((x @ vector[:-1] + vector[-1] - y) ** 2).mean()
        loss.backward()
        assert moment.state.losses[0] == pytest.approx(loss.item(), rel=1e-12)
        assert np.allclose(moment.state.gradient, vector.grad.numpy(), rtol=1e-11, atol=1e-12)
        stepped = vector.detach().numpy() - learner.learning_rate * vector.grad.numpy()
        assert np.allclose(learner.parameters(moment.state), stepped, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("method", ["gradient_descent", "closed_form"])
@pytest.mark.parametrize("path", ["kernel", "torch"])
def test_that_moments_and_advance_give_the_same_bits(method, path):
    problem = regression_problem(40, 2, path=path)
    learner = LinearRegression(method=method)
    state = learner.start(problem, SEED)
    stepped, done = state, 0
    while learner.outcome(stepped, problem) is None:
        stepped = list(learner.iterate(stepped, problem, SEED, done))[-1].state
        done += 1
        assert learner.advance(state, problem, SEED, 0, done).state.same_as(stepped)
    assert learner.advance(state, problem, SEED, 0, 10**6).done == done


def test_that_the_salary_of_six_people_has_the_lectures_line():
    for scaling in ("none", "standard"):
        learner = LinearRegression(method="closed_form")
        state, _, _ = ended(learner, pay(scaling))
        (slope,), intercept = line(learner, state, pay(scaling))
        assert (round(slope, 3), round(intercept, 3)) == (0.685, 1.564)
        assert ("coef" in learner.report(state, pay(scaling)).get("parameters_scaled", {})) == (scaling == "standard")


@pytest.mark.parametrize(
    ("rate", "scaling", "kind", "least", "most"),
    [
        (0.001, "none", "converged", 7_500, 9_000),
        (0.01, "none", "converged", 780, 860),
        (0.02, "none", "diverged", 5, 40),
        (0.1, "standard", "converged", 28, 38),
        (0.99, "standard", "converged", 100, 1_000),
        (1.01, "standard", "diverged", 5, 1_000),
    ],
)
def test_that_learning_rates_converge_below_two_over_lambda_and_diverge_above(rate, scaling, kind, least, most):
    _, outcome, done = ended(LinearRegression(learning_rate=rate), pay(scaling))
    assert outcome.kind == kind and least <= done <= most
    if kind == "diverged":
        for lang, remedy in (("en", "Lower the learning rate"), ("ko", "학습률을 낮추세요")):
            assert remedy in outcome.said.say(lang)
            assert f"2/λ = {'0.0162' if scaling == 'none' else '1'}" in outcome.said.say(lang)


def test_that_a_run_that_ends_too_early_says_so_with_the_best_line_beside_its_own():
    _, outcome, done = ended(LinearRegression(max_iter=5), pay("standard"))
    assert outcome.kind == "gave_up" and done == 5
    assert all("0.685x + 1.56" in outcome.said.say(lang) for lang in LANGS)


def test_that_the_convergence_does_not_depend_on_the_units_of_target_and_column():
    steps = set()
    for unit, wide in ((1.0, 1.0), (1e6, 1.0), (1e-5, 1e4)):
        problem = values_problem(np.array(YEARS) * wide, np.array(PAY) * unit, scaling="standard")
        _, outcome, done = ended(LinearRegression(), problem)
        assert outcome.kind == "converged"
        steps.add(done)
    assert len(steps) == 1
    slow = values_problem(np.array(YEARS) * 1e-4, PAY)
    assert ended(LinearRegression(), slow)[1].kind == "gave_up", "a raw column of tiny numbers is not done early"


# -- where it starts ---------------------------------------------------------------------------------------------------


def test_that_the_line_starts_flat_at_0_or_where_0_is_far_away_at_the_edge_of_the_data():
    learner = LinearRegression()
    assert line(learner, learner.start(pay("standard"), SEED), pay("standard")) == (np.zeros(1), 0.0)
    for targets, height in (([100.0, 110.0, 120.0], 100.0), ([-90.0, -80.0, -85.0], -80.0), ([5.0, 5.0, 5.0], 5.0)):
        problem = values_problem([1.0, 2.0, 3.0], targets)
        assert learner.start(problem, SEED).intercept.tolist() == [height]


def test_that_given_starts_and_candidates_are_in_original_units():
    problem = pay("standard")
    given = LinearRegression(start_coef=(0.5,), start_intercept=3.0)
    coef, intercept = line(given, given.start(problem, SEED), problem)
    assert coef == pytest.approx([0.5]) and intercept == pytest.approx(3.0)
    chosen = LinearRegression(candidates=(0.5, 3.0, 0.9, 0.5), candidate="B")
    coef, intercept = line(chosen, chosen.start(problem, SEED), problem)
    assert coef == pytest.approx([0.9]) and intercept == pytest.approx(0.5)
    beyond = chosen.changed(candidate="D")
    assert beyond.start(problem, SEED).coef.tolist() == [0.0], "a candidate that is not there is none"


# -- data that is odd --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("method", ["gradient_descent", "closed_form"])
@pytest.mark.parametrize(
    "features",
    [
        np.full((6, 1), 3.0),
        np.column_stack([np.arange(6.0), np.full(6, 2.0)]),
        np.column_stack([np.arange(6.0), 2.0 * np.arange(6.0)]),
        np.array([[1.0, 2.0, 3.0], [2.0, 1.0, 5.0]]),
    ],
    ids=["constant x", "a constant column", "collinear columns", "more columns than rows"],
)
def test_that_odd_columns_still_give_the_best_predictions_and_are_named_in_words(features, method, scaling):
    targets = np.array([1.0, 3.0, 2.0, 5.0, 4.0, 6.5])[: len(features)]
    problem = values_problem(features, targets, scaling=scaling)
    rate = 0.1 if scaling == "standard" else 0.005
    learner = LinearRegression(method=method, learning_rate=rate, tol=1e-6, max_iter=200_000)
    state, outcome, _ = ended(learner, problem)
    referee = Referee().fit(features, targets)
    assert outcome.kind in ("converged", "finished") and state.is_finite()
    assert np.allclose(learner.predict(state, problem.features), referee.predict(features), atol=1e-3)
    if len(features) == 6:
        assert all(learner.advice(problem).say(lang) for lang in LANGS)
    for before, moment in moments(learner, problem, 1):
        assert list(learner.marks(moment, problem))
        assert list(learner.formulas(Shown(1, moment, before), problem))
        for lang in LANGS:
            assert learner.phases[moment.phase].narration.say(lang, moment.values)


def test_that_the_solution_says_that_a_constant_column_teaches_nothing():
    problem = values_problem(np.full(6, 3.0), np.arange(6.0))
    learner = LinearRegression(method="closed_form")
    solve = next(moment for _, moment in moments(learner, problem) if moment.phase == "solve")
    assert "same everywhere" in learner.phases["solve"].narration.say("en", solve.values)
    assert solve.state.coef.tolist() == [0.0] and solve.state.intercept.tolist() == [2.5]


def test_that_one_row_no_target_classes_and_wrong_lengths_are_refused_in_words():
    single, none = values_problem([1.0], [2.0]), make_problem(np.zeros((4, 2)))
    classes = make_problem(np.arange(8.0).reshape(4, 2), [0, 1, 0, 1])
    for learner, problem in (
        (LinearRegression(), single),
        (LinearRegression(), none),
        (LinearRegression(), classes),
        (LinearRegression(start_coef=(1.0, 2.0)), pay()),
        (LinearRegression(query=(1.0, 2.0)), pay()),
        (LinearRegression(candidates=(1.0, 2.0)), regression_problem(20, 2)),
        (LinearRegression(candidates=(1.0, 2.0, 3.0)), pay()),
    ):
        said = learner.unready(problem)
        assert said is not None and all(said.say(lang) for lang in LANGS)
        learner.advice(problem)
    assert LinearRegression().unready(pay()) is None and LinearRegression().advice(pay()) is None


def test_that_ranges_that_differ_more_than_tenfold_are_warned_of_unless_scaled_or_solved_at_once():
    random = np.random.default_rng(4)
    features = random.normal(size=(20, 2)) * [1.0, 500.0]
    targets = features @ [1.0, 0.01]
    raw, scaled = values_problem(features, targets), values_problem(features, targets, scaling="standard")
    assert "standard" in LinearRegression().advice(raw).say("en")
    assert "표준화" in LinearRegression().advice(raw).say("ko")
    assert LinearRegression().advice(scaled) is None and LinearRegression(method="closed_form").advice(raw) is None


# -- by hand -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("side", [0, 1])
def test_that_an_end_dragged_turns_the_line_about_its_other_end(side, scaling):
    problem, learner = pay(scaling), LinearRegression(start_coef=(0.5,), start_intercept=3.0)
    state = learner.start(problem, SEED)
    hold = marks_of(learner, Moment("start", state), problem)["hold"]
    assert isinstance(hold, Points) and hold.handle == "line" and len(hold.at) == 2
    stays = problem.scaler.inverse(hold.at[1 - side, :1][None, :])[0, 0], hold.at[1 - side, 1]
    after = learner.edit(state, Edit(f"line:{side}", (2.0 + 9 * side, 7.0)), problem)
    (slope,), intercept = line(learner, after, problem)
    assert slope * (2.0 + 9 * side) + intercept == pytest.approx(7.0)
    assert slope * stays[0] + intercept == pytest.approx(stays[1])
    assert after.steps == 0 and learner.outcome(after, problem) is None
    upright = learner.edit(state, Edit(f"line:{side}", (float(stays[0]), 40.0)), problem)
    assert upright.is_finite(), "no line is upright"


def test_that_an_end_dragged_after_the_end_lets_the_run_go_on():
    problem = pay("standard")
    for method in ("gradient_descent", "closed_form"):
        learner = LinearRegression(method=method)
        state, outcome, done = ended(learner, problem)
        dragged = learner.edit(state, Edit("line:0", (0.0, 9.0)), problem)
        again = learner.advance(dragged, problem, SEED, done, 10_000)
        assert learner.outcome(dragged, problem) is None and learner.outcome(again.state, problem).kind == outcome.kind
        assert np.allclose(learner.parameters(again.state), learner.parameters(state), atol=0.02)


def test_that_weights_and_the_whole_vector_are_set_by_their_addresses():
    problem, learner = regression_problem(30, 2), LinearRegression()
    state = learner.start(problem, SEED)
    assert learner.edit(state, Edit("weight:1:0:1", (4.0,)), problem).coef.tolist() == [0.0, 4.0]
    assert learner.edit(state, Edit("weight:1:0:-1", (4.0,)), problem).intercept.tolist() == [4.0]
    assert learner.parameters(learner.edit(state, Edit("parameters", (1.0, 2.0, 3.0)), problem)).tolist() == [1, 2, 3]
    for handle, value in (("weight:1:0:2", (1.0,)), ("weight:2:0:0", (1.0,)), ("parameters", (1.0,)),
                          ("line:0", (1.0, 1.0)), ("line:2", (1.0, 1.0)), ("weight:1:0:0", (np.nan,)), ("x", (1.0,))):  # fmt: skip
        with pytest.raises(ValueError):
            learner.edit(state, Edit(handle, value), problem)


# -- seeing inside -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 3])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_loss_over_parameters_is_the_mean_squared_error_there(columns, scaling):
    problem, learner = regression_problem(25, columns, scaling=scaling), LinearRegression()
    state, _, _ = ended(LinearRegression(method="closed_form"), problem)
    assert isinstance(learner, HasLossSurface) and isinstance(learner, HasNetwork)
    vectors = learner.parameters(state) + np.random.default_rng(1).normal(0, 3, (40, columns + 1))
    rows = np.column_stack([problem.features, np.ones(problem.n)])
    wanted = ((problem.targets[:, None] - rows @ vectors.T) ** 2).mean(axis=0)
    assert np.allclose(learner.losses(state, problem, vectors), wanted, rtol=1e-10)
    here = learner.losses(state, problem, learner.parameters(state)[None, :])[0]
    assert here == pytest.approx(learner.metrics(state, problem)["mse"], rel=1e-9)
    assert (learner.free_pair(state) is None) == (columns > 1)
    assert np.isinf(learner.losses(state, problem, np.full((1, columns + 1), 1e200))).all()


def test_that_the_network_is_one_unit_of_the_state_with_its_gradients():
    problem, learner = regression_problem(20, 2), LinearRegression()
    flows = []
    for _, moment in moments(learner, problem, 2):
        wiring = learner.wiring(moment, problem)
        flows.append(wiring.flow)
        assert wiring.sizes == (2, 1) and wiring.activations == ("identity",)
        assert np.array_equal(wiring.weights[0][:, 0], moment.state.coef)
        if wiring.gradients is not None:
            assert np.array_equal(wiring.gradients[0][:, 0], moment.state.gradient)
        (sums,) = learner.sums(moment.state, problem.features)
        assert np.allclose(sums[:, 0], learner.predict(moment.state, problem.features))
        assert learner.sums(moment.state, problem.features.astype(np.float32))[0].dtype == np.float32
    assert flows[:5] == ["", "forward", "loss", "backward", "update"]
    shapes = {tensor.name: tensor.values.shape for tensor in learner.tensors(learner.start(problem, SEED))}
    assert shapes == {"weight": (1, 2), "bias": (1,)}


# -- this step in numbers ----------------------------------------------------------------------------------------------


def formulas(learner, problem, phase, pin=NO_PIN, iterations=3):
    before, moment = [pair for pair in moments(learner, problem, iterations) if pair[1].phase == phase][-1]
    shown = Shown(iterations, moment, before, pin)
    return {f.key: f for f in learner.formulas(shown, problem)}, before, moment.state, learner.concerned(shown, problem)


@pytest.mark.parametrize("scaling", ["none", "standard"])
@pytest.mark.parametrize("columns", [1, 2, 7])
@pytest.mark.parametrize("method", ["gradient_descent", "closed_form"])
def test_that_every_moment_has_formulas_that_can_be_filled_and_one_main_one(columns, scaling, method):
    problem = regression_problem(20, columns, scaling=scaling)
    learner = LinearRegression(method=method, learning_rate=0.01)
    for before, moment in moments(learner, problem, 2 if method == "gradient_descent" else 1):
        for pin in (Pin(), Pin(row=4), Pin(weight=(1, 0, columns - 1)), Pin(weight=(1, 0, -1)), Pin(row=999)):
            shown = Shown(1, moment, before, pin)
            found = list(learner.formulas(shown, problem))
            assert sum(formula.is_main for formula in found) == 1, moment.phase
            assert len({formula.key for formula in found}) == len(found)
            for formula in found:
                assert not re.search(r"[<>]", formula.filled()) and set(formula.places()) <= set(formula.values)
                assert all(np.isfinite(value) for value in formula.values.values())
                for lang in LANGS:
                    assert formula.said.say(lang, formula.said_values)
            rows = learner.concerned(shown, problem)
            assert ((rows >= 0) & (rows < problem.n)).all()


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_numbers_of_a_step_are_those_worked_out_apart(scaling):
    problem, learner = pay(scaling), LinearRegression(learning_rate=0.01)
    x, y, n = problem.features[:, 0], problem.targets, problem.n

    found, before, _, rows = formulas(learner, problem, "predict", Pin(row=3))
    w, b = before.coef[0], before.intercept[0]
    assert rows.tolist() == [3] and found["prediction"].values["prediction"] == pytest.approx(w * x[3] + b)
    assert found["prediction"].values["x1"] == x[3]

    found, before, _, _ = formulas(learner, problem, "residuals", Pin(row=3))
    e = y - (before.coef[0] * x + before.intercept[0])
    assert found["residual"].values["e"] == pytest.approx(e[3])
    assert found["mse"].values["mse"] == pytest.approx(np.mean(e**2))
    assert [found["mse"].values[f"e{i + 1}"] for i in range(n)] == pytest.approx(e.tolist())

    found, _, _, _ = formulas(learner, problem, "gradient", Pin(row=3))
    assert found["gradient 0"].values["sum"] == pytest.approx((e * x).sum())
    assert found["gradient 0"].values["g"] == pytest.approx(-2 / n * (e * x).sum())
    assert found["gradient intercept"].values["g"] == pytest.approx(-2 / n * e.sum())
    assert found["share"].values["share"] == pytest.approx(e[3] * x[3])

    found, before, after, _ = formulas(learner, problem, "update")
    for key, g, old, new in (
        ("update 0", (e * x).sum(), before.coef[0], after.coef[0]),
        ("update intercept", e.sum(), before.intercept[0], after.intercept[0]),
    ):
        values = found[key].values
        assert (values["old"], values["new"], values["rate"]) == (old, new, 0.01)
        assert values["g"] == pytest.approx(-2 / n * g) and new == pytest.approx(old - 0.01 * values["g"])
    rows = np.column_stack([x, np.ones(n)])
    assert found["limit"].values["limit"] == pytest.approx(2 / np.linalg.norm(2 / n * rows.T @ rows, 2))
    if scaling == "standard":
        coef, intercept = line(learner, after, problem)
        assert found["original slope"].values["a"] == pytest.approx(coef[0])
        assert found["original intercept"].values["b"] == pytest.approx(intercept)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_numbers_of_the_closed_form_are_those_done_by_hand_in_original_units(scaling):
    problem = pay(scaling)
    learner = LinearRegression(method="closed_form", query=(12.0,))
    x, y = np.array(YEARS, dtype=float), np.array(PAY)
    sxx, sxy = ((x - x.mean()) ** 2).sum(), ((x - x.mean()) * (y - y.mean())).sum()
    (slope, intercept) = np.polyfit(x, y, 1)
    found = formulas(learner, problem, "means", iterations=1)[0]
    assert found["mean 0"].values["mean"] == pytest.approx(x.mean())
    assert found["mean target"].values["mean"] == pytest.approx(y.mean())
    found = formulas(learner, problem, "normal equations", iterations=1)[0]
    assert found["sxx"].values["sum"] == pytest.approx(sxx) and found["sxy"].values["sum"] == pytest.approx(sxy)
    found = formulas(learner, problem, "solve", iterations=1)[0]
    assert found["slope"].values["a"] == pytest.approx(slope) == pytest.approx(sxy / sxx)
    assert found["intercept"].values["b"] == pytest.approx(intercept)
    assert "= 0.685" in found["slope"].filled() and "= 1.564" in found["intercept"].filled()
    found = formulas(learner, problem, "ask", iterations=1)[0]
    assert found["query"].values["prediction"] == pytest.approx(slope * 12 + intercept)
    assert found["query"].filled().endswith("= 9.784")


def test_that_with_two_columns_each_normal_equation_holds_for_the_solved_weights():
    problem = regression_problem(30, 2)
    found, _, state, _ = formulas(LinearRegression(method="closed_form"), problem, "solve", iterations=1)
    away, y = problem.features - problem.features.mean(axis=0), problem.targets - problem.targets.mean()
    for j in range(2):
        values = found[f"equation {j}"].values
        assert values["right"] == pytest.approx(away[:, j] @ y)
        left = values["s1"] * values["w1"] + values["s2"] * values["w2"]
        assert left == pytest.approx(values["right"])
        assert found[f"weight {j}"].values["w"] == pytest.approx(state.coef[j])
    assert found["intercept"].values["b"] == pytest.approx(state.intercept[0])


# -- what people see ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_sticks_join_every_point_to_the_line_and_say_their_length(scaling):
    problem, learner = pay(scaling), LinearRegression(start_coef=(0.5,), start_intercept=3.0)
    for _, moment in moments(learner, problem, 1):
        marks = marks_of(learner, moment, problem)
        sticks, drawn = marks["residuals"], marks["line"]
        assert isinstance(sticks, Segments) and np.array_equal(sticks.starts, problem.places)
        assert np.allclose(sticks.ends[:, -1], learner.predict(moment.state, problem.features))
        assert drawn.extend and drawn.starts.shape == (1, 2)
        assert np.allclose(drawn.ends[:, 1], learner.predict(moment.state, drawn.ends[:, :1]))
        if moment.phase == "start":
            assert sticks.labels == tuple(
                f"{e:+.2f}".replace("-", "−") for e in np.array(PAY) - (0.5 * np.array(YEARS) + 3.0)
            )
        if moment.phase == "gradient":
            assert isinstance(marks["step:1"], Arrow)
        if moment.phase == "update":
            assert marks["old line"].emphasis == "ghost"
            assert np.allclose(marks["old line"].ends[0, 1], 0.5 * 13.52 + 3.0)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_squares_are_squares_in_original_units_with_their_area_and_run_away_from_the_line(scaling):
    problem = pay(scaling)
    learner = LinearRegression(squares=True, start_coef=(0.5,), start_intercept=3.0)
    state = learner.start(problem, SEED)
    marks = marks_of(learner, Moment("start", state), problem)
    for i, (x, y) in enumerate(zip(YEARS, PAY, strict=True)):
        e = y - (0.5 * x + 3.0)
        square = marks[f"square:{i}"]
        assert isinstance(square, Path) and square.closed and square.filled
        across = problem.scaler.inverse(square.vertices[:, :1])[:, 0]
        assert np.ptp(across) == pytest.approx(abs(e)) and np.ptp(square.vertices[:, 1]) == pytest.approx(abs(e))
        other = across[np.abs(across - x).argmax()]
        assert (0.5 * other + 3.0 - (0.5 * x + 3.0)) * e < 0, "the line runs away from the square"
        note = marks.get(f"area:{i}")
        assert note is None or float(note.values["area"]) == pytest.approx(e * e, abs=0.006)
    assert not any(key.startswith("square") for key in marks_of(LinearRegression(), Moment("start", state), problem))


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_question_mark_stands_on_the_line_at_its_x_and_says_the_value(scaling):
    problem = pay(scaling)
    for x, words, is_outside in ((12.0, "12 → 9.78", False), (2.0, "2 → 2.93", False), (30.0, "30 → 22.11", True)):
        learner = LinearRegression(method="closed_form", query=(x,))
        state, _, _ = ended(learner, problem)
        marks = marks_of(learner, Moment("ask", state), problem)
        assert problem.scaler.inverse(marks["query"].at[:, :1])[0, 0] == pytest.approx(x)
        assert marks["query"].labels == (words,) and marks["query"].handle == "query"
        assert marks["query"].at[0, 1] == pytest.approx(Referee().fit(np.c_[YEARS], PAY).predict([[x]])[0])
        assert ("outside" in marks) == is_outside
        if is_outside:
            assert (marks["outside"].text.en, marks["outside"].text.ko) == ("outside the data", "범위 밖")


def test_that_the_ghost_is_the_closed_forms_line_and_not_there_unless_asked_for():
    problem, learner = pay("standard"), LinearRegression(closed_form_ghost=True)
    state = learner.start(problem, SEED)
    ghost = marks_of(learner, Moment("start", state), problem)["ghost"]
    x = problem.scaler.inverse(np.stack([ghost.starts[0, :1], ghost.ends[0, :1]]))
    assert np.allclose([ghost.starts[0, 1], ghost.ends[0, 1]], Referee().fit(np.c_[YEARS], PAY).predict(x))
    assert ghost.emphasis == "ghost" and ghost.dashed
    assert "ghost" not in marks_of(LinearRegression(), Moment("start", state), problem)


def test_that_candidates_stand_there_with_their_letters():
    problem, learner = pay("standard"), LinearRegression(candidates=(0.5, 3.0, 0.9, 0.5, 0.6, 2.0), candidate="C")
    marks = marks_of(learner, Moment("start", learner.start(problem, SEED)), problem)
    lines = marks["candidates"]
    assert len(lines.starts) == 3 and lines.extend
    x0, x1 = (problem.scaler.inverse(ends[:, :1])[:, 0] for ends in (lines.starts, lines.ends))
    assert np.allclose((lines.ends[:, 1] - lines.starts[:, 1]) / (x1 - x0), [0.5, 0.9, 0.6])
    assert np.allclose(lines.starts[:, 1] - [0.5, 0.9, 0.6] * x0, [3.0, 0.5, 2.0])
    letters = [mark.values["letter"] for key, mark in marks.items() if key.startswith("candidate:")]
    assert letters == ["A", "B", "C"]
    (x,), y = problem.scaler.inverse(marks["line"].ends[:, :1])[0], marks["line"].ends[0, 1]
    assert y == pytest.approx(0.6 * x + 2.0), "the line itself starts as the chosen one"


def test_that_two_features_make_a_field_and_the_target_plane_a_line_through_the_held_columns():
    flat = regression_problem(30, 3)
    learner = LinearRegression()
    state, _, _ = ended(learner, flat)
    marks = marks_of(learner, Moment("update", state), flat)
    assert isinstance(marks["surface"], Field) and "line" not in marks and "residuals" not in marks
    x = flat.scaler.inverse(flat.features)
    upright = values_problem(x, flat.targets, scaling="standard", axes=(1, -1))
    marks = marks_of(learner, Moment("update", state), upright)
    assert "surface" not in marks and marks["line"].starts.shape == (1, 4)
    ends = np.concatenate([marks["line"].starts, marks["line"].ends])
    assert np.allclose(ends[:, -1], learner.predict(state, ends[:, :-1]))
    assert np.allclose(ends[:, [0, 2]], upright.held[[0, 2]])
    dragged = learner.edit(state, Edit("line:1", (9.0, 4.0)), upright)
    row = upright.scale_point(np.array([9.0, 4.0]))[None, :]
    assert learner.predict(dragged, row)[0] == pytest.approx(4.0)
    assert np.array_equal(dragged.coef[[0, 2]], state.coef[[0, 2]])


def test_that_many_points_are_drawn_without_words_on_each_stick():
    problem, learner = regression_problem(2_000), LinearRegression(squares=True)
    marks = marks_of(learner, Moment("start", learner.start(problem, SEED)), problem)
    assert "residuals" not in marks and not any(isinstance(mark, (Path,)) for mark in marks.values())
    problem = regression_problem(40)
    marks = marks_of(learner, Moment("start", learner.start(problem, SEED)), problem)
    assert marks["residuals"].labels == () and sum(isinstance(m, Path) for m in marks.values()) == 40
    assert sum(isinstance(m, Note) for m in marks.values()) < 5


def test_that_the_first_step_is_slow_and_any_run_is_short():
    problem, learner = pay("standard"), LinearRegression()
    moment = Moment("update", learner.start(problem, SEED))
    seconds = np.array([4 * learner.dwell(i, moment, problem) for i in range(1, 10_001)])
    assert seconds[0] == pytest.approx(4.8) and seconds[2] == pytest.approx(0.5) == seconds[39]
    assert (np.diff(seconds) <= 0).all() and seconds.sum() < 50


def test_that_a_diverging_run_keeps_its_states_finite_to_its_end():
    problem = pay()
    learner = LinearRegression(learning_rate=1000.0)
    state, outcome, done = ended(learner, problem)
    assert isinstance(state, State) and state.is_finite() and outcome.kind == "diverged" and done < 10
    assert list(learner.marks(Moment("update", state), problem))


@pytest.mark.parametrize("lang", LANGS)
def test_that_the_closed_form_is_told_in_words_and_numbers_without_symbols(lang):
    problem, learner = pay(), LinearRegression(method="closed_form", query=(30.0,))
    state, outcome, _ = ended(learner, problem)
    told = {m.phase: learner.phases[m.phase].narration.say(lang, m.values) for _, m in moments(learner, problem)}
    assert not [sentence for sentence in told.values() if "S_" in sentence]
    x, y = np.array(YEARS), np.array(PAY)
    sxx, sxy = ((x - x.mean()) ** 2).sum(), ((x - x.mean()) * (y - y.mean())).sum()
    for number in (sxx, sxy):
        assert f"{number:.1f}" in told["normal equations"] or f"{number:.2f}" in told["normal equations"]
    assert f"{sxy / sxx:.3g}" in told["solve"]
    assert {"en": "outside the data", "ko": "범위 밖"}[lang] in outcome.said.say(lang)


def test_that_the_equation_and_the_note_beside_a_far_question_mark_stay_in_view():
    problem, learner = pay(), LinearRegression(query=(30.0,))
    state = learner.start(problem, SEED)
    marks = marks_of(learner, Moment("start", state), problem)
    assert marks["equation"].stays_in_view and marks["outside"].stays_in_view


def test_that_the_area_of_a_square_stands_beside_it():
    problem, learner = pay(), LinearRegression(squares=True)
    marks = marks_of(learner, Moment("start", learner.start(problem, SEED)), problem)
    for i in range(len(YEARS)):
        across = marks[f"square:{i}"].vertices[:, 0]
        assert not across.min() <= marks[f"area:{i}"].at[0] <= across.max()
