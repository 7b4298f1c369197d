"""Laws about handles and the forms of states: what files are compared with before anything is made of them."""

from __future__ import annotations

import numpy as np

from learnscope.laws.posing import (
    SEED,
    AnyLearner,
    edited_frames,
    end_of,
    for_whom,
    frames,
    handles,
    without_numbers,
)
from models.core.learner import Edit, Learner
from models.core.problem import Rows


def test_that_a_handle_that_a_learner_says_it_lacks_cannot_be_dragged_and_the_others_can(
    learner: AnyLearner, problem: Rows
) -> None:
    dragged = [Edit(handle, (0.25, -0.75)) for handle in handles(learner, problem)]
    by_address = [Edit(f"{kind}:{where}", (1.0,)) for kind in ("weight", "freeze") for where in ("1:0:0", "1:0:-1")]
    strange = ("", ":", "no such handle", "weight:9:0:0", "weight:1:0", "weight:1:a:0", "centroid:99", "freeze:1:0:9")
    odd = [Edit(handle, value) for handle in strange for value in ((1.0,), (0.25, -0.75))]
    wrong = [Edit(edit.handle, (*edit.value, 1.0)) for edit in (*dragged, *by_address)]
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


def says_forms(learner: AnyLearner) -> bool:
    """Whether it says the forms itself; else a start tells them."""
    return type(learner).state_forms is not Learner.state_forms


@for_whom(says_forms)
def test_that_every_state_of_a_run_is_of_the_forms_that_the_learner_says(learner: AnyLearner, problem: Rows) -> None:
    forms = learner.state_forms(without_numbers(problem), len(np.unique(problem.features, axis=0)))
    assert forms is not None
    states = [moment.state for _, moment in frames(learner, problem)]
    states += [moment.state for moment in edited_frames(learner, problem)]
    for state in (*states, end_of(learner, problem)[0]):
        arrays = state.arrays()
        assert arrays.keys() == forms.keys()
        for name, array in arrays.items():
            assert forms[name].fits(array.dtype, array.shape) and forms[name].holds(array), name
