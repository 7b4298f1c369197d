from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import linprog

import models
from lab.composing.diagnosis import diagnose
from lab.composing.separability import is_separable
from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.data.tables.files import bundled_path, read_table, to_dataset
from lab.document import edits, scenes
from lab.document.project import Experiment, Project
from lab.document.remedies import gentler_rate
from lab.protocol.packet import Curves
from lab.running.run import Run
from models.core.findings import Finding
from models.core.learner import Edit


def run_of(data, algorithm="mlp", seed=7, scaling="auto", **settings) -> Run:
    run = Run(data, Experiment(algorithm, settings=settings, seed=seed, scaling=scaling))
    run.begin()
    return run


def found_at(run: Run, iteration: int, state=None) -> tuple[Finding, ...]:
    """What is found when the run is shown at `iteration`."""
    state = run.state_after(iteration) if state is None else state
    learner, problem = run.in_force(iteration)
    iterations, series = run.timeline.curves()
    metrics = run.figures(learner, state, problem)
    return diagnose(learner, state, problem, Curves(iterations, series), metrics, iteration)


def found_on_the_way(run: Run, most: int, step: int = 2) -> dict[str, Finding]:
    """Everything that is found while the run goes on, the first of each kind."""
    found: dict[str, Finding] = {}
    iteration, state = 0, run.state_after(0)
    while not run.has_ended_at(iteration) and iteration < most:
        iteration, state = run.advance(iteration, state, step)
        for finding in found_at(run, iteration, state):
            found.setdefault(finding.id, finding)
    return found


def ids(findings) -> list[str]:
    return [finding.id for finding in findings]


def salary() -> Dataset:
    return to_dataset(read_table(bundled_path("salary")))[0]


def wide_and_narrow(seed=0, n=60) -> Dataset:
    """Two classes told apart by a narrow column, beside a column in large units."""
    draws = np.random.default_rng(seed)
    classes = np.arange(n) % 2
    features = np.column_stack([draws.normal(classes, 0.2), draws.normal(5000.0, 900.0, n)])
    return Dataset("made", ("age", "won"), features, classes.astype(np.int64), ("A", "B"))


# -- the learning rate -------------------------------------------------------------------------------------------------


def test_that_one_click_mends_a_network_with_a_huge_learning_rate():
    found = found_on_the_way(run_of(generate("xor"), learning_rate=100.0), 100)
    finding = found["diverging"]
    assert finding.remedy.kind == "setting" and finding.remedy.name == "learning_rate"
    assert "0.09" in finding.said.say("en") and "0.09" in finding.said.say("ko")
    mended = found_on_the_way(run_of(generate("xor"), learning_rate=finding.remedy.value), 400, step=5)
    assert mended == {}


def test_that_a_rate_is_lowered_to_a_third_and_a_huge_one_at_once():
    rate = next(param for param in run_of(generate("xor")).learner.params() if param.name == "learning_rate")
    nothing = np.zeros((2, 0))
    assert gentler_rate(0.02, rate, nothing) == 0.007 and gentler_rate(3.0, rate, nothing) == 1.0
    assert gentler_rate(100.0, rate, nothing) == gentler_rate(1000.0, rate, nothing) == 0.09
    assert gentler_rate(2e-6, rate, nothing) == rate.minimum


@pytest.mark.parametrize("step", [1, 3])
def test_that_the_growth_of_a_square_loss_tells_what_rate_it_bears(step):
    rate, curvature = 0.02, 3876.0
    iterations = np.arange(0, 4 * step, step)
    loss = np.stack([iterations, (1.0 - rate * curvature) ** (2.0 * iterations)])
    param = next(param for param in run_of(generate("xor")).learner.params() if param.name == "learning_rate")
    assert gentler_rate(rate, param, loss) == float(f"{1.0 / curvature:.1g}")


def test_that_a_line_that_overshoots_is_recognised_while_its_numbers_are_still_small():
    run = run_of(salary(), "linear_regression", scaling="none", learning_rate=0.02)
    run.advance(0, run.state_after(0), 60)
    first = next(i for i in range(1, 61) if "diverging" in ids(found_at(run, i)))
    assert run.state_after(first).is_finite()
    assert run.metrics(first, run.state_after(first))[run.learner.goal] < 1e6


def test_that_the_remedy_of_a_growing_loss_mends_it():
    data, settings = salary(), {"learning_rate": 0.02}
    finding = found_on_the_way(run_of(data, "linear_regression", scaling="none", **settings), 60)["diverging"]
    project = Project(data, (Experiment("linear_regression", settings, scaling="none"),))
    mended = edits.set_setting(project, finding.remedy.name, finding.remedy.value).experiment
    run = Run(data, mended)
    run.begin()
    assert found_on_the_way(run, 400, step=10) == {}


def test_that_a_loss_that_is_no_number_is_the_learning_rates_fault():
    run = run_of(generate("xor"))
    state = run.state_after(0)
    broken = state.replace(params=np.full_like(state.params, np.nan))
    assert ids(found_at(run, 1, broken))[:1] == ["diverging"]


def test_that_a_loss_that_swings_is_recognised_and_one_that_falls_is_not():
    swinging = found_on_the_way(run_of(generate("xor"), learning_rate=3.0, optimizer="sgd"), 200)
    assert swinging["oscillating"].remedy.value == 1.0
    assert "oscillating" not in found_on_the_way(run_of(generate("xor"), learning_rate=0.3, optimizer="sgd"), 200)


def test_that_a_few_leaps_on_the_way_down_are_no_oscillation():
    scene = scenes.find("05")
    run = Run(scene.project.dataset, scene.project.experiment)
    run.begin()
    found = found_on_the_way(run, 900)
    losses = run.timeline.curves()[1]["loss"]
    assert np.diff(losses).max() > 0.2, "the loss leaps"
    assert found == {} and run.metrics(900, run.state_after(min(900, run.reached)))["accuracy"] == 1.0


def test_that_only_what_came_before_the_shown_frame_counts():
    run = run_of(generate("xor"), learning_rate=100.0)
    run.advance(0, run.state_after(0), 200)
    assert "diverging" in ids(found_at(run, 150))
    assert found_at(run, 0) == ()


def test_that_one_jump_made_by_hand_is_not_taken_for_growth():
    run = run_of(generate("xor"))
    run.advance(0, run.state_after(0), 200)
    run.change(200, Edit("weight:1:0:0", (40.0,)))
    iteration, state = 200, run.state_after(200)
    for _ in range(60):
        assert "diverging" not in ids(found_at(run, iteration, state))
        iteration, state = run.advance(iteration, state, 1)


# -- inside a network --------------------------------------------------------------------------------------------------


def with_biases(run: Run, value: float, units):
    """The start of a run with the biases of some units of the first layer set."""
    state = run.state_after(0)
    for unit in units:
        state = run.learner.edit(state, Edit(f"weight:1:{unit}:-1", (value,)), run.problem)
    return state


def test_that_dead_relu_neurons_are_counted():
    run = run_of(generate("circles"), activation="relu", hidden_layer_sizes=(6,))
    finding = next(f for f in found_at(run, 1, with_biases(run, -1e3, (0, 2, 5))) if f.id == "dead_relu")
    assert (finding.said.values["dead"], finding.said.values["count"]) == (3, 6)
    assert finding.remedy.kind == "seed"
    assert "dead_relu" not in ids(found_at(run, 1, with_biases(run, 1.0, (0, 2, 5))))


def test_that_neurons_that_long_steps_killed_are_not_blamed_on_the_start():
    run = run_of(generate("circles"), activation="relu", hidden_layer_sizes=(4, 4), learning_rate=3.0)
    remedy = found_on_the_way(run, 200)["dead_relu"].remedy
    assert (remedy.name, remedy.value) == ("learning_rate", 1.0)


def test_that_one_point_that_wakes_a_neuron_is_enough_for_it_to_live():
    data = generate("circles", n=3000)
    run = run_of(data, activation="relu", hidden_layer_sizes=(4,))
    state = run.state_after(0)
    sums = run.learner.sums(state, run.problem.features)[0][:, 0]
    rows = np.argsort(sums)
    edge = -float(sums[rows[-2:]].mean())  # only the row with the largest sum stays above 0
    for value, is_dead in ((edge, False), (-float(sums.max()) - 1e-6, True)):
        edited = run.learner.edit(state, Edit("weight:1:0:-1", (value,)), run.problem)
        assert ("dead_relu" in ids(found_at(run, 1, edited))) == is_dead


def test_that_a_tanh_network_has_no_dead_relu_neurons():
    run = run_of(generate("circles"), hidden_layer_sizes=(6,))
    assert "dead_relu" not in ids(found_at(run, 1, with_biases(run, -1e3, range(6))))


def test_that_saturated_sigmoids_are_recognised_only_while_the_answers_are_bad():
    run = run_of(generate("xor"), activation="logistic", hidden_layer_sizes=(6,))
    learner, problem = run.in_force(1)
    state = run.state_after(0)
    steep = state.replace(params=state.params * 50.0)

    def found(state, metrics):
        return {f.id: f for f in diagnose(learner, state, problem, Curves(), metrics, 1)}

    finding = found(steep, run.figures(learner, steep, problem))["saturated"]
    assert finding.said.values["flat"] > 3 and finding.remedy.kind == "seed"
    assert "saturated" not in found(state, run.figures(learner, state, problem))
    assert "saturated" not in found(steep, {"accuracy": 0.99, "loss": 0.02})


def test_that_neurons_that_too_long_steps_saturated_are_not_blamed_on_the_start():
    found = found_on_the_way(run_of(generate("xor"), learning_rate=100.0), 60, step=1)
    assert found["saturated"].remedy.name == found["diverging"].remedy.name == "learning_rate"
    assert not [finding for finding in found.values() if finding.remedy.kind == "seed"]


def test_that_a_network_without_activation_stays_flat_and_is_offered_tanh():
    run = run_of(generate("xor"), activation="identity")
    finding = found_on_the_way(run, 3000, step=40)["plateau"]
    assert finding.remedy.name == "activation"
    changed = run.learner.changed(activation=finding.remedy.value)
    assert set(changed.activations) == {"tanh"}


def test_that_a_plateau_of_a_bent_network_is_offered_another_start():
    run = run_of(generate("xor"), activation="logistic", hidden_layer_sizes=(4, 4), optimizer="sgd", learning_rate=0.01)
    finding = found_on_the_way(run, 1500, step=60)["plateau"]
    assert finding.remedy.kind == "seed"


# -- the data ----------------------------------------------------------------------------------------------------------


def test_that_classes_that_no_line_separates_are_told_after_ten_epochs_and_not_before():
    run = run_of(generate("logic_xor"), "perceptron")
    run.advance(0, run.state_after(0), 60)
    assert found_at(run, 36) == ()
    (finding,) = found_at(run, 40)
    assert finding.id == "inseparable"
    assert (finding.remedy.kind, finding.remedy.value) == ("algorithm", "mlp")
    models.row(finding.remedy.value)


def test_that_a_perceptron_that_merely_needs_long_is_left_alone():
    xy = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [0.0, 0.02], [1.0, 1.02], [2.0, 2.02]])
    data = Dataset("thin", ("x", "y"), xy, np.array([0, 0, 0, 1, 1, 1]), ("A", "B"))
    run = run_of(data, "perceptron", learning_rate=1e-3)
    iteration, state = run.advance(0, run.state_after(0), 90)
    assert not run.has_ended_at(iteration), "fifteen epochs were not enough"
    assert found_at(run, iteration, state) == ()


def test_that_the_search_for_a_line_agrees_with_linear_programming():
    draws = np.random.default_rng(5)
    answers = []
    for _ in range(120):
        d, n = int(draws.integers(1, 6)), int(draws.integers(2, 120))
        x, w = draws.normal(size=(n, d)) * draws.choice([1.0, 100.0]), draws.normal(size=d)
        noise = draws.choice([0.0, 0.05, 0.3]) * draws.normal(size=n) * np.abs(x).max()
        signs = np.where(x @ w + 0.3 * draws.normal() + noise > 0, 1.0, -1.0)
        vectors = np.column_stack([x, np.ones(n)]) * signs[:, None]
        free = [(None, None)] * (d + 1)
        referee = linprog(np.zeros(d + 1), A_ub=-vectors, b_ub=-np.ones(n), bounds=free).status == 0
        assert is_separable(vectors) == referee
        answers.append(referee)
    assert 20 < sum(answers) < 100, "both answers were asked for"


@pytest.mark.parametrize("algorithm", ["knn", "kmeans", "mlp", "logistic_regression"])
def test_that_columns_of_unlike_ranges_are_standardised_with_one_click(algorithm):
    data = wide_and_narrow()
    finding = next(f for f in found_at(run_of(data, algorithm, scaling="none"), 0) if f.id == "unscaled")
    assert finding.remedy.kind == "scaling"
    assert "won" in finding.said.say("en") and "age" in finding.said.say("ko")
    project = Project(data, (Experiment(algorithm, scaling="none"),))
    run = Run(data, edits.set_scaling(project, "standard").experiment)
    run.begin()
    assert "unscaled" not in ids(found_at(run, 0))


def test_that_what_the_advice_says_is_said_in_its_very_words():
    run = run_of(wide_and_narrow(), "knn", scaling="none")
    (finding,) = found_at(run, 0)
    assert finding.said == run.learner.advice(run.problem).said


def test_that_axes_of_unlike_ranges_do_not_alarm_what_has_neither_distances_nor_a_gradient():
    assert "unscaled" not in ids(found_at(run_of(wide_and_narrow(), "pca", scaling="none"), 0))


@pytest.mark.parametrize(("algorithm", "name"), [("knn", "n_neighbors"), ("kmeans", "n_clusters")])
def test_that_a_k_larger_than_the_data_can_be_set_to_what_there_is(algorithm, name):
    data = generate("logic_and")
    finding = next(f for f in found_at(run_of(data, algorithm, **{name: 9}), 0) if f.id == "k_too_large")
    assert (finding.remedy.name, finding.remedy.value) == (name, 4)
    assert "k_too_large" not in ids(found_at(run_of(data, algorithm, **{name: 4}), 0))


def test_that_an_empty_cluster_is_named():
    run = run_of(generate("blobs"), "kmeans", n_clusters=3)
    _, state = run.advance(0, run.state_after(0), 2)
    assert "empty_cluster" not in ids(found_at(run, 2, state))
    emptied = state.replace(labels=np.where(state.labels == 1, 0, state.labels).astype(state.labels.dtype))
    (finding,) = found_at(run, 2, emptied)
    assert finding.id == "empty_cluster" and finding.said.values["empty"] == 1


# -- words and time ----------------------------------------------------------------------------------------------------


def test_that_every_finding_is_one_whole_line_in_both_languages():
    relu = run_of(generate("circles"), activation="relu")
    logistic = run_of(generate("xor"), activation="logistic")
    start = logistic.state_after(0)
    steep = start.replace(params=start.params * 50.0)
    everything = [
        *found_on_the_way(run_of(generate("xor"), learning_rate=100.0), 100).values(),
        *found_on_the_way(run_of(generate("xor"), learning_rate=3.0, optimizer="sgd"), 200).values(),
        *found_at(relu, 1, with_biases(relu, -1e3, range(4))),
        *diagnose(logistic.learner, steep, logistic.problem, Curves(), {"accuracy": 0.5}, 1),
        *found_on_the_way(run_of(generate("xor"), activation="identity"), 3000, step=40).values(),
        *found_on_the_way(run_of(generate("logic_xor"), "perceptron"), 60).values(),
        *found_at(run_of(wide_and_narrow(), "kmeans", scaling="none"), 0),
        *found_at(run_of(generate("logic_and"), "knn", n_neighbors=9), 0),
    ]
    assert {
        "diverging",
        "oscillating",
        "dead_relu",
        "saturated",
        "plateau",
        "inseparable",
        "unscaled",
        "k_too_large",
    } <= {finding.id for finding in everything}
    for finding in everything:
        for lang in ("en", "ko"):
            sentence = finding.said.say(lang)
            assert "{" not in sentence and len(sentence) < 160
            label = finding.remedy.label.say(lang, finding.remedy.label_values)
            assert "{" not in label and len(label) < 40


def test_that_a_diagnosis_of_a_large_network_is_made_in_two_milliseconds():
    run = run_of(generate("spirals", n=500), hidden_layer_sizes=(8,) * 6, activation="relu", learning_rate=0.01)
    iteration, state = run.advance(0, run.state_after(0), 400)
    learner, problem = run.in_force(iteration)
    iterations, series = run.timeline.curves()
    curves, metrics = Curves(iterations, series), run.metrics(iteration, state)
    seconds = []
    for _ in range(15):
        began = time.perf_counter()
        diagnose(learner, state, problem, curves, metrics, iteration)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.002
