"""Laws about what an algorithm declares: its row, its settings, every sentence of its folder."""

from __future__ import annotations

import json
import re

import models
from learnscope.laws.posing import AnyLearner
from learnscope.laws.texts import texts_of


def test_that_defaults_make_a_learner_that_survives_json(learner: AnyLearner) -> None:
    assert type(learner).model_validate_json(learner.model_dump_json()) == learner
    assert type(learner).with_settings(json.loads(learner.model_dump_json())) == learner


def test_that_the_catalogue_and_the_class_agree(learner: AnyLearner) -> None:
    row = models.row(learner.id)
    assert row.title == learner.title
    assert learner.goal in learner.metric_names
    assert "start" in learner.phases


def test_that_every_setting_is_explained_in_both_languages(learner: AnyLearner) -> None:
    for param in learner.params():
        texts = [param.label, param.help, *param.choices.values()]
        if param.optional:
            assert param.none_text is not None, param.name
            texts.append(param.none_text)
        for text in texts:
            assert text.placeholders() == frozenset()
        assert re.search("[가-힣]", param.label.ko + param.help.ko) and re.search("[가-힣]", param.help.ko)
        assert not re.search("[가-힣]", param.label.en + param.help.en)


def test_that_no_sentence_leaves_the_choice_of_a_particle_to_the_reader(learner: AnyLearner) -> None:
    for text in texts_of(learner):
        assert not re.search(r"[을를은는이가와과]\([가-힣]\)", text.ko), text.ko


def test_that_every_sentence_of_the_folder_has_the_same_places_in_both_languages(learner: AnyLearner) -> None:
    texts = texts_of(learner)
    assert len(texts) >= 2 * len(learner.phases)  # a name and a sentence for each
    for text in texts:
        assert text.placeholders() is not None  # raises where they differ
        assert not re.search("[가-힣]", text.en), text.en


def test_that_choices_are_exactly_the_values_that_validation_accepts(learner: AnyLearner) -> None:
    for param in learner.params():
        for choice in param.choices:
            assert getattr(learner.changed(**{param.name: choice}), param.name) == choice
        if param.kind == "choice":
            assert param.default in param.choices
