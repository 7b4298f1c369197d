"""The stated outcomes of the network's scenes 5, 17 and 19: what the class is to see."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lab.document import scenes
from lab.document.edits import set_setting
from models.core.formula import Shown
from models.core.learner import Edit, Moment, Pin
from tests.lab.document.test_scene_outcomes import Played, changed, first_above, project

FIRST_WEIGHT = (1, 0, 0)  # the one that the script of scene 5 pins


def words(number: int) -> str:
    scene = scenes.find(str(number))
    return " ".join(step.say("en") for step in scene.script)


def test_that_scene_5_steps_through_four_phases_with_values_forward_and_gradients_back():
    run = Played(project(5), most=1)
    assert [moment.phase for moment in run.moments] == ["forward", "loss", "backward", "update"]
    flows = [run.learner.wiring(moment, run.problem).flow for moment in run.moments]
    assert flows == ["forward", "loss", "backward", "update"]
    start = run.settled[0]
    assert (start.params * 2 == np.round(start.params * 2)).all(), "weights in steps of one half"
    wiring = run.learner.wiring(run.moments[0], run.problem)
    assert wiring.sizes == (2, 2, 1) and wiring.activations == ("logistic", "tanh") and run.problem.n == 6
    row = int(wiring.rows[0])
    assert run.problem.features[row].tolist() == [1.0, -1.0] and run.problem.class_text(run.problem.targets[row]) == "B"


def test_that_in_scene_5_the_chain_rule_answers_the_question_in_the_numbers_of_the_script():
    run = Played(project(5), most=1)
    start, pin = run.settled[0], Pin(weight=FIRST_WEIGHT)
    about = {
        moment.phase: {f.key: f.values for f in run.learner.formulas(Shown(1, moment, start, pin), run.problem)}
        for moment in run.moments
    }
    # The referee: torch's autograd on the same nine numbers.
    w = torch.tensor(start.params, requires_grad=True)
    x = torch.tensor(run.problem.features[run.moments[0].state.rows[0]])
    hidden = torch.sigmoid(x @ w[:4].reshape(2, 2) + w[4:6])
    out = torch.tanh(hidden @ w[6:8] + w[8])
    loss = 0.5 * (out - 1.0) ** 2
    loss.backward()
    assert about["forward"]["sum"]["z"] == 0.0 and about["forward"]["activation"]["a"] == 0.5
    assert about["loss"]["sample_loss"]["out"] == pytest.approx(out.item()) and round(out.item(), 2) == -0.61
    assert about["loss"]["sample_loss"]["loss"] == pytest.approx(loss.item()) and round(loss.item(), 3) == 1.299
    assert about["backward"]["sample_gradient"]["g"] == pytest.approx(w.grad[0].item())
    assert about["update"]["update"]["w"] == 1.0
    assert about["update"]["update"]["new"] == pytest.approx(1.0 - w.grad[0].item())
    for number in ("1.299", "−0.61", "−0.126", "1.126"):
        assert number in words(5)
    assert round(w.grad[0].item(), 3) == -0.126 and round(about["update"]["update"]["new"], 3) == 1.126

    def loss_with(weight: float) -> float:
        raised = run.learner.edit(start, Edit("weight:1:0:0", (weight,)), run.problem)
        return list(run.learner.iterate(raised, run.problem, project(5).experiment.seed, 0))[1].state.batch_loss

    assert loss_with(1.1) < loss_with(1.0) < loss_with(0.9), "raised: the loss of this sample goes down"


def test_that_scene_5_ends_with_all_six_points_right():
    run = Played(project(5), most=6_000)
    accuracies = run.accuracies()
    assert accuracies[0] <= 0.5 and accuracies[-1] == 1.0 and run.outcome.kind == "converged"


def scores_by_epoch(run: Played) -> tuple[np.ndarray, np.ndarray]:
    """Training and test accuracy after each epoch."""
    ends = run.settled[:: run.learner.iterations_per_epoch(run.problem)]
    pairs = ((run.problem.features, run.problem.targets), (run.problem.test_features, run.problem.test_targets))
    return tuple(
        np.array([(run.learner.predict(state, x).argmax(1) == wanted).mean() for state in ends]) for x, wanted in pairs
    )


def test_that_in_scene_17_the_large_network_memorises_while_its_test_accuracy_falls():
    run = Played(project(17))
    train, test = scores_by_epoch(run)
    assert run.problem.n == 40 and len(run.problem.test_features) == 80 and run.outcome is not None
    assert train[-1] == 1.0 and (train[-50:] == 1.0).all()
    assert test.max() >= 0.89 and test.argmax() <= 15 and test[-50:].max() <= 0.82
    assert run.scores()["accuracy"] == 1.0 and round(run.scores()["test_accuracy"], 2) == 0.81


def test_that_in_scene_17_two_neurons_learn_and_cannot_memorise():
    run = Played(changed(17, hidden_layer_sizes=(2,)))
    train, test = scores_by_epoch(run)
    assert 0.9 <= train[-20:].min() and train.max() <= 0.95
    assert 0.75 <= test[-20:].min() and test[-20:].max() <= 0.87


def test_that_in_scene_17_l2_keeps_the_large_network_from_memorising():
    free, held = Played(project(17)), Played(changed(17, l2=0.02))
    assert held.scores()["accuracy"] < 0.95
    for name, said in (("accuracy", "training .90"), ("test_accuracy", "test .90")):
        assert said in words(17) and f"{held.scores()[name]:.2f}".lstrip("0") in said
    assert held.scores()["test_accuracy"] >= free.scores()["test_accuracy"] + 0.05
    sizes = [
        sum(float((w**2).sum()) for w in run.learner.wiring(run.moments[-1], run.problem).weights)
        for run in (free, held)
    ]
    assert sizes[1] < 0.2 * sizes[0], "memorising needs large weights"


def test_that_scene_19_has_82_parameters_and_reaches_95_percent_in_90_to_170_mini_batches():
    run = Played(project(19), most=200)
    start = run.settled[0]
    assert run.problem.d == 4 and run.problem.n_classes == 3 and len(start.params) == 82
    assert sum(tensor.values.size for tensor in run.learner.tensors(start)) == 82
    assert [tensor.values.shape for tensor in run.learner.tensors(start)] == [(5, 4), (5,), (6, 5), (6,), (3, 6), (3,)]
    (count,) = (
        formula
        for formula in run.learner.formulas(Shown(0, Moment("start", start), start), run.problem)
        if formula.key == "count"
    )
    assert count.values["count"] == 82 and count.is_main and "82" in words(19)
    assert 90 <= first_above(run.accuracies(), 0.95) <= 170


def test_that_in_scene_19_plain_gradient_descent_takes_over_1300_mini_batches():
    run = Played(changed(19, optimizer="sgd"), most=1_300)
    assert first_above(run.accuracies(), 0.95) is None


def test_that_in_scene_19_an_activation_for_each_layer_is_taken_too():
    mixed = set_setting(project(19), "activation", ("relu", "tanh"))
    run = Played(mixed, most=400)
    assert run.learner.activations == ("relu", "tanh") and run.accuracies().max() >= 0.95
