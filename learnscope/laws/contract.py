"""What every algorithm in the catalogue keeps to: tests for pytest. A new algorithm adds no test here.

Whoever imports all of this into a test file runs the laws over the whole catalogue, or over the ids that
pytest's configuration names as `learnscope_ids`.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

import models
from learnscope.laws.problems import blobs, make_problem, tilted_cloud
from models.core.abilities import HasLossSurface, HasNetwork, HasPrediction, activate
from models.core.formula import Shown
from models.core.learner import Edit, Learner, Moment, Pin
from models.core.marks import Field, Mark, Points
from models.core.problem import NumericPath, Rows
from models.words.text import Text

SEED = 7
FEW = 12  # iterations that are looked at one by one
WHOLE_RUN = 200_000  # iterations within which every default run has ended
LANGS = ("en", "ko")
NOTHING = Pin()


def pytest_generate_tests(metafunc) -> None:
    """A law about a problem is kept on every numeric path that an algorithm has, the others by every algorithm; a law
    `for_whom` a condition holds, by those alone."""
    ids = getattr(metafunc.config, "learnscope_ids", None) or [row.id for row in models.CATALOGUE]
    holds = getattr(metafunc.function, "holds", lambda learner: True)
    if "problem" in metafunc.fixturenames:
        learners = [made for made in (models.load(id)() for id in ids) if holds(made)]
        pairs = [(learner.id, path) for learner in learners for path in paths_of(learner)]
        metafunc.parametrize(("learner", "path"), pairs, indirect=["learner"])
    elif "learner" in metafunc.fixturenames:
        metafunc.parametrize("learner", ids, indirect=True)
    elif "module" in metafunc.fixturenames:
        metafunc.parametrize("module", [models.row(id).module for id in ids])


def for_whom(holds: Callable[[Learner], bool]):
    """Marks a law that only some algorithms can keep."""

    def mark(law):
        law.holds = holds
        return law

    return mark


def has_network(learner: Learner) -> bool:
    return isinstance(learner, HasNetwork)


def predicts(learner: Learner) -> bool:
    return isinstance(learner, HasPrediction)


def can_freeze(learner: Learner) -> bool:
    if not has_network(learner):
        return False
    problem = problem_for(learner)
    return learner.wiring(Moment("start", learner.start(problem, SEED)), problem).frozen is not None


@pytest.fixture
def learner(request) -> Learner:
    return models.load(request.param)()


def paths_of(learner: Learner) -> tuple[NumericPath, ...]:
    """Its paths on the CPU, and torch's, which is the one of accelerators."""
    return (*learner.costs(problem_for(learner)), "torch")


def posed(learner: Learner, features: np.ndarray, classes: np.ndarray, **options) -> Rows:
    """A problem of these rows as the laboratory poses it: who predicts numbers predicts the second of two columns from
    the first, or of more columns their sum."""
    if learner.task != "regressor":
        return make_problem(features, classes, **options)
    if features.shape[1] == 2:
        return make_problem(features[:, :1], features[:, 1].astype(float), **options | {"axes": (0, -1)})
    return make_problem(features, features.sum(axis=1), **options)


def problem_for(learner: Learner, path="kernel") -> Rows:
    """Two overlapping clouds, scaled as the learner likes it."""
    features, classes = blobs(((-1.5, -1.0), (1.5, 1.0)), each=30, sd=1.1)
    return posed(learner, features, classes, scaling=learner.default_scaling, path=path)


@pytest.fixture
def problem(learner, path) -> Rows:
    return problem_for(learner, path)


def frames(learner: Learner, problem: Rows, iterations: int = FEW, seed: int = SEED, state=None, first: int = 0):
    """(iteration of the frame, moment) from the start, or from a state after `first` iterations, up to the outcome."""
    if state is None:
        state = learner.start(problem, seed)
        yield 0, Moment("start", state)
    for done in range(first, first + iterations):
        if learner.outcome(state, problem) is not None:
            return
        for moment in learner.iterate(state, problem, seed, done):
            state = moment.state
            yield done + 1, moment


def end_of(learner: Learner, problem: Rows):
    """(last state, iterations done) of a whole run."""
    advance = learner.advance(learner.start(problem, SEED), problem, SEED, 0, WHOLE_RUN)
    return advance.state, advance.done


def handles_at(learner: Learner, problem: Rows, moment: Moment):
    """What can be dragged at a moment; marks that stand for a setting are left out."""
    settings = {param.name for param in learner.params()}
    for mark in learner.marks(moment, problem):
        if mark.handle is not None and mark.handle not in settings:
            yield f"{mark.handle}:0" if isinstance(mark, Points) else mark.handle


def handles(learner: Learner, problem: Rows) -> list[str]:
    """What can be dragged in the first few frames, each once."""
    return sorted({h for _, moment in frames(learner, problem, 4) for h in handles_at(learner, problem, moment)})


def edited_frames(learner: Learner, problem: Rows):
    """The moment after dragging each handle of the first few frames."""
    for _, moment in frames(learner, problem, 4):
        for handle in handles_at(learner, problem, moment):
            yield Moment("edited", learner.edit(moment.state, Edit(handle, (0.25, -0.75)), problem))


def without_numbers(problem: Rows) -> Rows:
    """The same sizes and names, and no number behind them."""
    targets = None if problem.targets is None else np.broadcast_to(problem.targets.dtype.type(0), problem.n)
    return dataclasses.replace(problem, features=np.broadcast_to(0.0, (problem.n, problem.d)), targets=targets)


def same_moments(one: list, other: list) -> bool:
    return len(one) == len(other) and all(
        a_at == b_at and a.phase == b.phase and dict(a.values) == dict(b.values) and a.state.same_as(b.state)
        for (a_at, a), (b_at, b) in zip(one, other, strict=True)
    )


# -- declarations ------------------------------------------------------------------------------------------------------


def test_that_defaults_make_a_learner_that_survives_json(learner):
    assert type(learner).model_validate_json(learner.model_dump_json()) == learner
    assert type(learner).with_settings(json.loads(learner.model_dump_json())) == learner


def test_that_the_catalogue_and_the_class_agree(learner):
    row = models.row(learner.id)
    assert row.title == learner.title
    assert learner.goal in learner.metric_names
    assert "start" in learner.phases


def test_that_every_setting_is_explained_in_both_languages(learner):
    for param in learner.params():
        texts = [param.label, param.help, *param.choices.values()]
        if param.optional:
            assert param.none_text is not None, param.name
            texts.append(param.none_text)
        for text in texts:
            assert text.placeholders() == frozenset()
        assert re.search("[가-힣]", param.label.ko + param.help.ko) and re.search("[가-힣]", param.help.ko)
        assert not re.search("[가-힣]", param.label.en + param.help.en)


def test_that_no_sentence_leaves_the_choice_of_a_particle_to_the_reader(learner):
    for text in texts_of(learner):
        assert not re.search(r"[을를은는이가와과]\([가-힣]\)", text.ko), text.ko
        assert text.placeholders() is not None


def texts_of(learner: Learner) -> list[Text]:
    """Every Text in the learner's module and class."""
    module = sys.modules[type(learner).__module__]
    phases = [text for phase in learner.phases.values() for text in (phase.name, phase.narration)]
    return phases + list(learner.metric_names.values()) + [t for t in vars(module).values() if isinstance(t, Text)]


def test_that_choices_are_exactly_the_values_that_validation_accepts(learner):
    for param in learner.params():
        for choice in param.choices:
            assert getattr(learner.changed(**{param.name: choice}), param.name) == choice
        if param.kind == "choice":
            assert param.default in param.choices


# -- mathematics -------------------------------------------------------------------------------------------------------


def test_that_the_same_seed_gives_the_same_frames(learner, problem):
    again = type(learner)()
    assert same_moments(list(frames(learner, problem)), list(frames(again, problem_for(again, problem.path))))


def test_that_resuming_from_any_iteration_gives_the_same_bits(learner, problem):
    every = list(frames(learner, problem))
    for done, group in itertools.groupby(every, key=lambda frame: frame[0]):
        last = list(group)[-1][1].state
        stored = type(last).from_arrays(last.arrays())
        rest = [frame for frame in every if frame[0] > done]
        assert same_moments(rest, list(frames(learner, problem, FEW - done, state=stored, first=done)))


def test_that_advancing_is_iterating_bit_for_bit(learner, problem):
    state = learner.start(problem, SEED)
    stepped = [state]
    for _, moment in itertools.groupby(list(frames(learner, problem, 30))[1:], key=lambda frame: frame[0]):
        stepped.append(list(moment)[-1][1].state)
    for count in (1, 2, 7, 30):
        advance = learner.advance(state, problem, SEED, 0, count)
        assert advance.done == min(count, len(stepped) - 1)
        assert advance.state.same_as(stepped[advance.done])
        for name, values in advance.scalars.items():
            assert name in learner.metric_names and np.shape(values) == (advance.done,)
    half = learner.advance(state, problem, SEED, 0, 5)
    rest = learner.advance(half.state, problem, SEED, half.done, 30 - half.done)
    assert rest.state.same_as(learner.advance(state, problem, SEED, 0, 30).state)


def test_that_nothing_given_is_modified(learner, problem):
    inputs = [problem.features.tobytes(), problem.targets.tobytes(), problem.held.tobytes()]
    seen = []
    for _, moment in frames(learner, problem):
        seen.append((moment.state, {name: array.tobytes() for name, array in moment.state.arrays().items()}))
        list(learner.marks(moment, problem))
        if predicts(learner):
            learner.predict(moment.state, problem.features)
        learner.advance(moment.state, problem, SEED, 3, 5)
    assert [problem.features.tobytes(), problem.targets.tobytes(), problem.held.tobytes()] == inputs
    for state, before in seen:
        assert {name: array.tobytes() for name, array in state.arrays().items()} == before
        for field in dataclasses.fields(state):
            value = getattr(state, field.name)
            assert isinstance(value, (np.ndarray, int, float)), field.name
            assert not isinstance(value, np.ndarray) or not value.flags.writeable, field.name


def test_that_a_default_run_ends_and_says_why(learner, problem):
    state, done = end_of(learner, problem)
    outcome = learner.outcome(state, problem)
    assert outcome is not None and outcome.kind in ("converged", "finished", "gave_up")
    assert 0 < done < WHOLE_RUN
    for lang in LANGS:
        assert outcome.said.say(lang)


def test_that_advancing_by_nothing_changes_nothing(learner, problem):
    state = learner.start(problem, SEED)
    advance = learner.advance(state, problem, SEED, 0, 0)
    assert advance.done == 0 and advance.state.same_as(state)


def test_that_every_path_agrees_with_the_kernels(learner, problem):
    results = []
    for posed_problem in (problem_for(learner), problem):
        advance = learner.advance(learner.start(posed_problem, SEED), posed_problem, SEED, 0, 30)
        answers = learner.predict(advance.state, posed_problem.features) if predicts(learner) else 0
        results.append((advance, answers))
    (kernel, predicted), (other, predicted_there) = results
    assert kernel.done == other.done
    assert np.allclose(predicted, predicted_there, rtol=1e-3, atol=1e-3)
    for name, array in kernel.state.arrays().items():
        found = other.state.arrays()[name]
        assert array.shape == found.shape and array.dtype == found.dtype
        assert np.allclose(array, found, rtol=1e-3, atol=1e-4), name


@for_whom(predicts)
def test_that_predicting_one_row_is_predicting_it_among_others(learner, problem):
    state, _ = end_of(learner, problem)
    places = np.random.default_rng(1).uniform(-3, 3, (40, problem.d))
    together = learner.predict(state, places)
    assert len(together) == 40 and np.isfinite(together).all()
    for i in (0, 17, 39):
        assert np.allclose(learner.predict(state, places[i : i + 1])[0], together[i], rtol=1e-4, atol=1e-7)
    if learner.task_on(problem) in ("classifier", "clusterer"):
        assert np.allclose(together.sum(axis=1), 1)
    if learner.task_on(problem) == "classifier":
        assert together.shape == (40, problem.n_classes)


def test_that_metrics_are_finite_and_named(learner, problem):
    for _, moment in frames(learner, problem):
        metrics = learner.metrics(moment.state, problem)
        assert set(metrics) <= set(learner.metric_names)
        assert all(np.isfinite(value) and isinstance(value, float) for value in metrics.values())
    state, _ = end_of(learner, problem)
    assert learner.goal in learner.metrics(state, problem)


@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_that_the_report_is_plain_json(learner, scaling):
    features, targets = blobs(((-1.5, -1.0), (1.5, 1.0)), each=20)
    problem = posed(learner, features, targets, scaling=scaling)
    for state in (
        learner.start(problem, SEED),
        learner.advance(learner.start(problem, SEED), problem, SEED, 0, 40).state,
    ):
        report = learner.report(state, problem)
        assert "parameters" in report
        assert json.loads(json.dumps(report, allow_nan=False)) is not None


def test_that_other_columns_and_seven_classes_work(learner):
    random = np.random.default_rng(0)
    centers = random.normal(0, 3, (7, 5))
    features, targets = blobs(centers, each=8)
    problem = posed(learner, features, targets, scaling="standard", axes=(4, 1))
    for iteration, moment in frames(learner, problem, 5):
        for mark in learner.marks(moment, problem):
            check_mark(mark, problem)
        learner.place(iteration, moment, problem).say("ko")


# -- what people see ---------------------------------------------------------------------------------------------------


def numbers_in(value) -> list[np.ndarray]:
    """Every array and number in a mark's field."""
    if isinstance(value, np.ndarray):
        return [value]
    if isinstance(value, (int, float)):
        return [np.asarray(value, dtype=float)]
    if isinstance(value, (tuple, list)):
        return [array for entry in value for array in numbers_in(entry)]
    return []


def check_mark(mark: Mark, problem: Rows) -> None:
    for field in dataclasses.fields(mark):
        for array in numbers_in(getattr(mark, field.name)):
            assert array.dtype.kind in "ifb" and np.isfinite(array).all(), (mark.key, field.name)
    for name in ("at", "starts", "ends", "vertices", "center", "direction"):
        places = getattr(mark, name, None)
        width = problem.places.shape[1]
        assert places is None or places.shape[-1] == width, (mark.key, name)
    if isinstance(mark, Points):
        assert (mark.rows is None) != (mark.at is None), mark.key
        if mark.rows is not None:
            assert mark.rows.dtype.kind == "i" and ((mark.rows >= 0) & (mark.rows < problem.n)).all()
    assert re.fullmatch(r"(class|cluster):\d+|accent|ink|muted", mark.role), (mark.key, mark.role)


def test_that_marks_are_finite_and_their_keys_unique_in_every_moment(learner, problem):
    last, _ = end_of(learner, problem)
    shown = [moment for _, moment in frames(learner, problem)] + list(edited_frames(learner, problem))
    for moment in [*shown, Moment("start", last)]:
        marks = list(learner.marks(moment, problem))
        keys = [mark.key for mark in marks]
        assert keys and len(keys) == len(set(keys)), keys
        for mark in marks:
            check_mark(mark, problem)
        if any(isinstance(mark, Field) for mark in marks):
            assert learner.task_on(problem) != "transformer"


def test_that_every_moment_is_narrated_and_placed_in_both_languages(learner, problem):
    for iteration, moment in frames(learner, problem, 30):
        said = []
        for lang in LANGS:
            said.append(learner.phases[moment.phase].narration.say(lang, moment.values))
            assert learner.phases[moment.phase].name.say(lang)
            assert learner.place(iteration, moment, problem).say(lang)
        assert all("{" not in sentence and "nan" not in sentence for sentence in said)
        assert re.search("[가-힣]", said[1]) and not re.search("[가-힣]", said[0])
        assert learner.dwell(iteration, moment, problem) > 0
        for value in moment.values.values():
            assert isinstance(value, (str, int, float, Text)), "narration takes plain values"


def test_that_every_handle_can_be_dragged_and_the_run_goes_on(learner, problem):
    for moment in edited_frames(learner, problem):
        assert isinstance(moment.state, learner.state_type) and moment.state.is_finite()
        for lang in LANGS:
            assert learner.phases["edited"].narration.say(lang, {})
            assert learner.place(1, moment, problem).say(lang)
        after = learner.advance(moment.state, problem, SEED, 1, 3)
        assert after.state.is_finite()
    with pytest.raises(ValueError):
        learner.edit(learner.start(problem, SEED), Edit("no such handle", (0.0, 0.0)), problem)


def test_that_a_handle_that_a_learner_says_it_lacks_cannot_be_dragged_and_the_others_can(learner, problem):
    dragged = [Edit(handle, (0.25, -0.75)) for handle in handles(learner, problem)]
    by_address = [Edit(f"{kind}:{where}", (1.0,)) for kind in ("weight", "freeze") for where in ("1:0:0", "1:0:-1")]
    strange = ("", ":", "no such handle", "weight:9:0:0", "weight:1:0", "weight:1:a:0", "centroid:99", "freeze:1:0:9")
    odd = [Edit(handle, value) for handle in strange for value in ((1.0,), (0.25, -0.75))]
    wrong = [Edit(edit.handle, edit.value + (1.0,)) for edit in (*dragged, *by_address)]
    state, bare = learner.start(problem, SEED), without_numbers(problem)
    for edit in (*dragged, *by_address, *odd, *wrong):
        try:
            learner.edit(state, edit, problem)
        except ValueError:
            is_taken = False
        else:
            is_taken = True
        assert is_taken or edit not in dragged
        if is_taken or type(learner).has_handle is not Learner.has_handle:
            assert learner.has_handle(edit, bare) == is_taken, edit


def test_that_every_state_of_a_run_is_of_the_forms_that_the_learner_says(learner, problem):
    forms = learner.state_forms(without_numbers(problem), len(np.unique(problem.features, axis=0)))
    if forms is None:
        return  # a start tells
    states = [moment.state for _, moment in frames(learner, problem)]
    states += [moment.state for moment in edited_frames(learner, problem)]
    for state in (*states, end_of(learner, problem)[0]):
        arrays = state.arrays()
        assert arrays.keys() == forms.keys()
        for name, array in arrays.items():
            assert forms[name].fits(array.dtype, array.shape) and forms[name].holds(array), name


def test_that_empty_and_single_points_are_refused_in_words_and_good_data_is_not(learner, problem):
    assert learner.unready(problem) is None
    for features, targets in ((np.zeros((0, 2)), np.zeros(0, dtype=int)), (np.ones((1, 2)), np.zeros(1, dtype=int))):
        bad = posed(learner, features, targets, class_names=("A",))
        said = learner.unready(bad)
        assert said is not None
        for lang in LANGS:
            assert said.say(lang)
        learner.advice(bad)


def test_that_warnings_are_said_in_both_languages(learner):
    wide = tilted_cloud() * [1.0, 5000.0]
    said = learner.advice(posed(learner, wide, np.arange(len(wide)) % 2))
    if said is not None:
        assert all(said.say(lang) for lang in LANGS)


# -- seeing inside ---------------------------------------------------------------------------------------------------


def shown_frames(learner: Learner, problem: Rows, pin: Pin = NOTHING):
    """What the numbers are asked about: every frame of the first iterations."""
    before = after = learner.start(problem, SEED)
    last = 0
    for iteration, moment in frames(learner, problem):
        if iteration != last:
            before, last = after, iteration
        after = moment.state
        yield Shown(iteration, moment, before if iteration else moment.state, pin)


def test_that_every_moment_is_told_in_numbers(learner, problem):
    for shown in shown_frames(learner, problem):
        formulas = list(learner.formulas(shown, problem))
        assert sum(formula.is_main for formula in formulas) == 1, shown.moment.phase
        assert len({formula.key for formula in formulas}) == len(formulas)
        for formula in formulas:
            assert set(formula.places()) <= set(formula.values), formula.key
            assert all(np.isfinite(float(value)) for value in formula.values.values()), formula.key
            assert formula.filled() is not None and not re.search("[가-힣]", formula.symbols + formula.numbers)
            for lang in LANGS:
                assert formula.said.say(lang, formula.said_values)
        rows = learner.concerned(shown, problem)
        assert rows.dtype.kind == "i" and ((rows >= 0) & (rows < problem.n)).all()
        for tensor in learner.tensors(shown.moment.state):
            assert tensor.name and np.isfinite(tensor.values).all()


def test_that_a_pinned_row_is_what_the_numbers_are_about(learner, problem):
    for shown in shown_frames(learner, problem, Pin(row=5)):
        assert list(learner.formulas(shown, problem))


@for_whom(has_network)
def test_that_a_network_predicts_what_its_last_layer_says(learner, problem):
    places = np.random.default_rng(1).uniform(-2, 2, (9, problem.d))
    for shown in shown_frames(learner, problem):
        wiring, state = learner.wiring(shown.moment, problem), shown.moment.state
        assert wiring.sizes[0] == problem.d == len(wiring.input_names)
        assert len(wiring.output_names) == wiring.sizes[-1]
        a = places
        for weights, bias, name, z in zip(
            wiring.weights, wiring.biases, wiring.activations, learner.sums(state, places), strict=True
        ):
            assert np.allclose(z, a @ weights + bias)
            a = activate(name, z)
        predicted = learner.predict(state, places)
        if wiring.activations[-1] == "softmax":
            assert np.allclose(a, predicted)
        elif wiring.activations[-1] == "logistic" and predicted.ndim == 2:
            assert np.allclose(a[:, 0], predicted[:, 1])
        sums = learner.sums(state, places.astype(np.float32))
        assert all(z.dtype == np.float32 for z in sums)


@for_whom(has_network)
def test_that_a_weight_set_by_hand_is_set_and_the_run_goes_on(learner, problem):
    state = learner.advance(learner.start(problem, SEED), problem, SEED, 0, 3).state
    for unit_input in (0, -1):
        edited = learner.edit(state, Edit(f"weight:1:0:{unit_input}", (0.625,)), problem)
        wiring = learner.wiring(Moment("edited", edited), problem)
        value = wiring.biases[0][0] if unit_input < 0 else wiring.weights[0][unit_input, 0]
        assert value == pytest.approx(0.625)
        assert learner.advance(edited, problem, SEED, 3, 2).state.is_finite()
    with pytest.raises(ValueError):
        learner.edit(state, Edit("weight:9:0:0", (1.0,)), problem)


@for_whom(can_freeze)
def test_that_a_frozen_weight_stays_where_it_is(learner, problem):
    state = learner.advance(learner.start(problem, SEED), problem, SEED, 0, 3).state
    before = learner.wiring(Moment("start", state), problem)
    frozen = learner.edit(state, Edit("freeze:1:0:1", (1.0,)), problem)
    after = learner.wiring(Moment("start", learner.advance(frozen, problem, SEED, 3, 9).state), problem)
    assert after.frozen[0][1, 0] and after.frozen[0].sum() == 1
    assert after.weights[0][1, 0] == before.weights[0][1, 0] and after.weights[0][0, 0] != before.weights[0][0, 0]
    freed = learner.edit(frozen, Edit("freeze:1:0:1", (0.0,)), problem)
    moved = learner.wiring(Moment("start", learner.advance(freed, problem, SEED, 3, 9).state), problem)
    assert moved.weights[0][1, 0] != before.weights[0][1, 0]


@for_whom(lambda learner: isinstance(learner, HasLossSurface))
def test_that_the_loss_surface_is_the_loss_where_the_run_stands(learner, problem):
    for shown in shown_frames(learner, problem):
        state = shown.moment.state
        here = learner.parameters(state)
        losses = learner.losses(state, problem, np.stack([here, here + 0.1]))
        assert losses[0] == pytest.approx(learner.metrics(state, problem)[learner.goal], rel=1e-9, abs=1e-12)
        moved = learner.edit(state, Edit("parameters", tuple(here + 0.1)), problem)
        assert np.allclose(learner.parameters(moved), here + 0.1)
        assert learner.metrics(moved, problem)[learner.goal] == pytest.approx(losses[1], rel=1e-9, abs=1e-12)


# -- the house ---------------------------------------------------------------------------------------------------------


def test_that_importing_an_algorithm_loads_no_window_and_no_heavy_library(module):
    heavy = ("PySide6", "pyqtgraph", "torch", "sklearn", "pandas")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
