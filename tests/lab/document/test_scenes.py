from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import models
from lab.data.generators import generate
from lab.document import scenes
from lab.document.edits import set_setting
from lab.document.project import Experiment, Project, View
from lab.document.project_json import to_json
from lab.errors import LabError

ALL = scenes.all_scenes()
BY_ID = {scene.id: scene for scene in ALL}
# Words that the glossary says to avoid, and that stand for nothing else in a scene.
AVOIDED = ("모멘트", "클러스터", "센트로이드", "학습율", "노이즈", "에폭", "표본", "피처", "타겟", "배정", "결정 표면", "숨김층", "유닛",
           "을(를)", "은(는)", "이(가)", "정규화", "디바이스", "프레임", "바이어스", "기계학습", "되감기", "씨앗", "사영", "질의")  # fmt: skip


def test_that_the_first_milestones_scenes_are_there_in_order():
    assert [scene.number for scene in ALL] == [*range(1, 18), 19, 20]
    assert len(BY_ID) == len(ALL) and not any(scene.own for scene in ALL)
    assert scenes.first_scene() is ALL[0] and scenes.first_scene().number == 1
    assert len(scenes.offered()) == 2 and scenes.first_scene() not in scenes.offered()


@pytest.mark.parametrize("scene", ALL, ids=BY_ID)
def test_that_a_scene_has_its_words_in_both_languages_and_a_step_for_each_thing_to_do(scene):
    texts = (scene.title, scene.question, *scene.script)
    assert 3 <= len(scene.script) <= 5
    for text in texts:
        english, korean = text.say("en"), text.say("ko")
        assert not any("가" <= char <= "힣" for char in english) and any("가" <= char <= "힣" for char in korean)
        assert not [word for word in AVOIDED if word in korean]
    for step in scene.script:
        assert step.say("ko").rstrip()[-2:] in ("다.", "요?", "까?"), step.say("ko")


@pytest.mark.parametrize("scene", ALL, ids=BY_ID)
def test_that_the_algorithm_of_a_scene_takes_its_settings_and_its_data(scene):
    experiment = scene.project.experiment
    learner = models.load(experiment.algorithm).with_settings(experiment.settings)
    for name, value in experiment.settings.items():
        assert getattr(learner, name) == value
    data = scene.project.dataset
    x0, x1, y0, y1 = data.view
    inside = (data.plane[:, 0] > x0) & (data.plane[:, 0] < x1) & (data.plane[:, 1] > y0) & (data.plane[:, 1] < y1)
    assert inside.mean() > 0.97
    assert scene.project.scene == scene.id and scene.project.view.speed == scene.speed


def test_that_listing_the_scenes_imports_no_algorithm_and_no_torch():
    code = (
        "import sys, lab.document.scenes; lab.document.scenes.all_scenes(); lab.document.scenes.first_scene();"
        "loud = [m for m in sys.modules if m in ('torch', 'sklearn', 'pandas') or m.split('.')[0] == 'PySide6'"
        " or m.startswith('models.algorithms.') and m.count('.') > 2]; print(loud)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_that_a_scene_is_found_by_id_and_by_number_and_a_missing_one_is_named():
    assert scenes.find("9") is scenes.find("09-assign-move") is BY_ID["09-assign-move"]
    with pytest.raises(LabError, match="99") as caught:
        scenes.find("99")
    assert "99" in caught.value.said.say("ko")


# -- one's own scenes --------------------------------------------------------------------------------------------------


def experiment() -> Project:
    project = Project(generate("moons", 30, 0.2, 3), (Experiment("kmeans", seed=5),), View(2, True, False))
    return set_setting(project, "n_clusters", 2)


def test_that_an_experiment_saved_as_ones_own_scene_comes_back_with_everything(tmp_path):
    folder = tmp_path / "not there yet"
    saved = scenes.save_own(folder, "  초승달\n수업 {1} ", "몇 개?", experiment(), "ko")
    again = scenes.find(saved.id, folder)
    assert again.own and again.title.say("ko") == again.title.say("en") == "초승달 수업 {1}"
    assert again.question.say("en") == "몇 개?" and again.speed == 2
    assert to_json(again.project) == to_json(experiment().replace(scene=saved.id))
    second = scenes.save_own(folder, "Another one!", "", experiment(), "en")
    assert second.number == saved.number + 1 and second.id.endswith("another-one")
    assert [scene.id for scene in scenes.all_scenes(folder)][-2:] == [saved.id, second.id]
    assert scenes.broken_scenes(folder) == ()


def test_that_a_broken_file_among_ones_own_scenes_is_reported_and_the_others_still_listed(tmp_path):
    good = scenes.save_own(tmp_path, "good", "?", experiment(), "en")
    text = (tmp_path / f"{good.id}.json").read_text(encoding="utf-8")
    document = json.loads(text)
    (tmp_path / "90-cut.json").write_text(text[: len(text) // 2], encoding="utf-8")
    (tmp_path / "91-setting.json").write_text(text.replace('"n_clusters": 2', '"n_clusters": -2'), encoding="utf-8")
    (tmp_path / "92-same-number.json").write_text(text, encoding="utf-8")
    (tmp_path / "93-id.json").write_text(json.dumps({**document, "id": "../../evil"}), encoding="utf-8")
    (tmp_path / "94-empty.json").write_bytes(b"")
    (tmp_path / "95-huge.json").write_bytes(b" " * 10_000_000)
    (tmp_path / "96-folder.json").mkdir()
    (tmp_path / "97-text.json").write_text(json.dumps({**document, "title": {"en": "x"}}), encoding="utf-8")
    assert [scene.id for scene in scenes.all_scenes(tmp_path) if scene.own] == [good.id]
    told = [error.said.say("ko") for error in scenes.broken_scenes(tmp_path)]
    assert len(told) == 8
    for name in ("90-cut", "92-same-number", "93-id", "94-empty", "95-huge", "96-folder", "97-text"):
        assert any(f"{name}.json" in sentence for sentence in told), name
    assert any("n_clusters" in sentence for sentence in told)
    assert scenes.save_own(tmp_path, "next", "?", experiment(), "en").number == 98


def test_that_a_scene_without_a_title_or_a_folder_to_write_in_says_so(tmp_path):
    with pytest.raises(LabError, match="title"):
        scenes.save_own(tmp_path, " \n", "?", experiment(), "en")
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="file"):
        scenes.save_own(tmp_path / "file" / "folder", "x", "?", experiment(), "en")
    assert os.listdir(tmp_path) == ["file"]
