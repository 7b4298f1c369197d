from __future__ import annotations

import numpy as np
import pytest
from fake_worker import FakeWorker

from lab.data.datasets import Dataset
from lab.data.generators import generate
from lab.document import edits
from lab.document.changes import Move, Retune
from lab.document.project import Experiment, Project, View
from lab.protocol.commands import Apply, ClearChanges, Frame, Look, Pause, Play, Seek, Step, TakeBranch
from lab.protocol.packet import Packet
from models.core.learner import Edit
from models.words.text import Said, Text
from widgets.playing.document import Document
from widgets.playing.player import PATIENCE_MS, Player
from widgets.playing.tuning import Tuning

LABEL = Text("an edit", "고치기")


def blobs() -> Dataset:
    return generate("blobs", 60, 0.2, 7)


class Stage:
    """A player on a fake worker, and the packets that a session would send."""

    def __init__(self, algorithm: str = "perceptron", **settings) -> None:
        project = Project(dataset=blobs(), experiments=(Experiment(algorithm, settings),))
        self.document = Document(project)
        self.worker = FakeWorker()
        self.player = Player(self.document, lambda: self.worker)
        self.tuning = Tuning(self.document, self.player)
        self.player.start()
        self.worker.ready.emit(())
        self.arrive()

    def arrive(self, iteration: int = 0, state: str = "idle", version: int | None = None, **more) -> Packet:
        version = self.worker.begins()[-1].version if version is None else version
        more.setdefault("reached", iteration)
        more.setdefault("narration", Said(LABEL, {}))
        more.setdefault("place", Said(LABEL, {}))
        self.worker.packet = Packet(version=version, state=state, frame=Frame(iteration), **more)
        packet = self.worker.packet
        self.player.on_frame()
        return packet

    def edit(self, change, merge: str = "") -> None:
        self.document.edit(LABEL, change(self.document.project), merge)

    def draw(self) -> None:
        self.edit(lambda project: edits.add_points(project, np.array([[0.0, 0.0]]), 0))

    @property
    def posted(self) -> list:
        return self.worker.posted


@pytest.fixture
def stage(qapp):
    made = []

    def make(*args, **kwargs) -> Stage:
        made.append(Stage(*args, **kwargs))
        return made[-1]

    yield make
    for one in made:
        one.player.close()


# -- going and standing ------------------------------------------------------------------------------------------------


def test_that_play_is_posted_at_the_speed_of_the_document_and_pauses_again(stage):
    s = stage()
    s.document.set_view(View(speed=2))
    s.player.play_pause()
    s.player.play_pause()
    assert s.worker.since_begin() == [Play(4.0), Pause()]


def test_that_a_new_speed_reaches_a_run_that_plays(stage):
    s = stage()
    s.player.play_pause()
    s.player.set_speed(3)
    assert s.posted[-1] == Play(None)
    s.player.pause()
    s.player.set_speed(9)
    assert s.posted[-1] == Pause() and s.document.project.view.speed == 3


def test_that_play_after_the_end_plays_the_same_run_again(stage):
    s = stage()
    s.arrive(40, "finished")
    s.player.play_pause()
    assert s.worker.since_begin() == [Seek(Frame(0, 0)), Play(1.0)]
    assert len(s.worker.begins()) == 1


def test_that_stepping_and_seeking_are_posted_as_asked(stage):
    s = stage()
    s.player.step(-1, "epoch")
    s.player.seek(12)
    s.player.look(Look(0, 1, 0, 1))
    s.player.look(Look(0, 1, 0, 1))
    assert s.worker.since_begin() == [Step(-1, "epoch"), Seek(Frame(12, -1)), Look(0, 1, 0, 1)]


def test_that_packets_of_an_older_run_are_dropped(stage):
    s = stage()
    shown = []
    s.player.shown.connect(shown.append)
    s.tuning.another_start()
    s.arrive(5, version=1)
    assert shown == []
    packet = s.arrive(0)
    assert shown == [packet]


def test_that_the_clock_stops_when_nothing_comes_and_starts_again_on_a_word(stage):
    s = stage()
    for _ in range(40):
        s.player.on_frame()
    assert s.worker.is_listening and not s.player.pacing.is_awake
    s.worker.arrived.emit()
    assert s.player.pacing.is_awake


def test_that_the_line_says_so_when_an_answer_waits_for_kernels_to_be_compiled(stage, qtbot):
    s = stage()
    said = []
    s.player.told.connect(lambda: said.append(s.player.is_preparing))
    s.player.play_pause()
    s.worker.compiling.emit(True)
    assert not s.player.is_preparing  # what is done in a moment is not worth a sentence
    qtbot.waitUntil(lambda: s.player.is_preparing)
    assert said[-1] is True and s.player.is_playing  # the press counts as long as that lasts
    s.worker.compiling.emit(False)
    s.arrive(1, "playing")
    assert not s.player.is_preparing and said[-1] is False


def test_that_compiling_without_anybody_waiting_is_not_worth_a_word_until_somebody_does(stage, qtbot):
    s = stage()
    s.worker.compiling.emit(True)  # for a finer surface of the frame on screen
    qtbot.wait(2 * PATIENCE_MS)
    assert not s.player.is_preparing
    s.player.step(1)
    qtbot.waitUntil(lambda: s.player.is_preparing)


def test_that_the_line_is_as_before_when_compiling_ends_without_a_picture(stage, qtbot):
    s = stage()
    s.worker.compiling.emit(True)
    s.player.step(1)
    qtbot.waitUntil(lambda: s.player.is_preparing)
    s.worker.compiling.emit(False)
    qtbot.waitUntil(lambda: not s.player.is_preparing)


# -- data and settings that change ----------------------------------------------------------------------------------------


def test_that_drawing_at_the_start_makes_a_new_run_silently(stage):
    s = stage()
    s.draw()
    assert len(s.worker.begins()) == 2 and s.player.stale == ""
    assert s.worker.begins()[-1].dataset is s.document.project.dataset


def test_that_drawing_in_the_middle_of_a_run_leaves_it_stale_until_the_rewind(stage):
    s = stage()
    s.arrive(12, "paused")
    s.draw()
    assert len(s.worker.begins()) == 1 and s.player.stale == "data"
    s.player.rewind()
    assert len(s.worker.begins()) == 2 and s.player.stale == ""


def test_that_undoing_the_edit_makes_the_run_fresh_again(stage):
    s = stage()
    s.arrive(12, "paused")
    s.draw()
    s.document.undo_stack.undo()
    assert s.player.stale == "" and len(s.worker.begins()) == 1


def test_that_a_learner_that_answers_at_once_is_never_stale(stage):
    s = stage("knn")
    s.arrive(3, "paused", rebuilds=True)
    s.draw()
    begin = s.worker.begins()[-1]
    assert s.player.stale == "" and begin.keep_place and len(s.worker.begins()) == 2


def test_that_a_setting_for_the_start_waits_for_it(stage):
    s = stage("mlp")
    s.arrive(30, "paused", settings={})
    s.tuning.tune("hidden_layer_sizes", (8,), "rewind")
    assert s.player.stale == "settings" and len(s.worker.begins()) == 1
    s.player.rewind()
    assert s.worker.begins()[-1].experiment.settings == {"hidden_layer_sizes": (8,)}


def test_that_a_live_setting_is_recorded_in_the_run_and_not_in_the_document(stage):
    s = stage("mlp")
    s.arrive(30, "paused")
    s.tuning.tune("learning_rate", 0.5, "live")
    assert s.posted[-1] == Apply(Retune("learning_rate", 0.5))
    assert s.document.project.experiment.settings == {} and s.document.undo_label is None


@pytest.mark.parametrize("state", ["finished", "diverged"])
def test_that_a_live_setting_after_the_end_waits_for_the_next_start(stage, state):
    s = stage("mlp")
    s.arrive(30, state, settings={})
    s.tuning.tune("learning_rate", 0.5, "live")
    assert not [word for word in s.posted if isinstance(word, Apply)] and s.player.stale == "settings"
    s.player.play_pause()
    assert s.worker.begins()[-1].experiment.settings == {"learning_rate": 0.5} and s.posted[-1] == Play(1.0)


def test_that_a_live_setting_joins_those_that_wait_for_the_start(stage):
    s = stage("mlp")
    s.arrive(30, "paused", settings={})
    s.tuning.tune("hidden_layer_sizes", (8,), "rewind")
    s.tuning.tune("learning_rate", 0.5, "live")
    s.player.rewind()
    wanted = {"hidden_layer_sizes": (8,), "learning_rate": 0.5}
    assert s.worker.begins()[-1].experiment.settings == wanted and s.worker.begins()[-1].experiment.schedule == ()


def test_that_a_default_which_a_scene_names_does_not_keep_a_setting_waiting(stage):
    s = stage("pca", n_components=1)
    s.arrive(5, "paused")
    s.tuning.tune("show_answer", True, "restart")
    assert s.player.stale == "" and s.worker.begins()[-1].keep_place
    s.arrive(5, "paused")
    s.tuning.tune("n_components", 2, "rewind")
    assert s.player.stale == "settings"
    s.tuning.tune("n_components", 1, "rewind")
    assert s.player.stale == ""


def test_that_a_live_setting_at_the_start_belongs_to_the_document(stage):
    s = stage("mlp")
    s.tuning.tune("learning_rate", 0.5, "live")
    assert s.document.project.experiment.settings == {"learning_rate": 0.5}
    assert s.worker.begins()[-1].experiment.settings == {"learning_rate": 0.5}


def test_that_another_algorithm_seed_or_data_set_begins_at_once(stage):
    s = stage()
    for change in (
        lambda project: edits.set_algorithm(project, "kmeans"),
        lambda project: edits.set_seed(project, 11),
        lambda project: edits.set_dataset(project, generate("moons", 50, 0.1, 1)),
    ):
        s.arrive(12, "paused")
        before = len(s.worker.begins())
        s.edit(change)
        assert len(s.worker.begins()) == before + 1 and s.player.stale == ""
        assert not s.worker.begins()[-1].keep_place


def test_that_other_columns_on_the_plane_keep_the_place(stage):
    s = stage()
    features = np.random.default_rng(0).normal(size=(30, 3))
    wide = Dataset("wide", ("a", "b", "c"), features, np.arange(30) % 2, ("A", "B"), origin="table")
    s.edit(lambda project: edits.set_dataset(project, wide))
    s.arrive(12, "paused")
    s.edit(lambda project: edits.set_axes(project, 0, 2))
    assert s.worker.begins()[-1].keep_place and s.player.stale == ""


def test_that_changes_recorded_in_the_run_live_through_drawing_but_not_through_another_seed(stage):
    s = stage()
    schedule = ((4, Retune("learning_rate", 0.5)),)
    s.arrive(12, "paused", schedule=schedule)
    s.draw()
    s.player.rewind()
    assert s.worker.begins()[-1].experiment.schedule == schedule
    s.arrive(12, "paused", schedule=schedule)
    s.tuning.another_start()
    assert s.worker.begins()[-1].experiment.schedule == ()


def test_that_changes_recorded_in_the_run_end_with_its_data(stage):
    s = stage()
    schedule = ((4, Retune("learning_rate", 0.5)),)
    s.arrive(12, "paused", schedule=schedule)
    s.edit(lambda project: edits.set_dataset(project, generate("moons", 60, 0.2, 7)))
    begin = s.worker.begins()[-1]
    assert begin.dataset.name != blobs().name and begin.experiment.schedule == ()


def test_that_a_device_chosen_in_the_run_is_a_change_of_the_run(stage):
    s = stage()
    s.tuning.move_to("cuda")
    assert s.document.project.experiment.device == "cuda"
    s.arrive(12, "paused")
    s.tuning.move_to("cpu")
    assert s.posted[-1] == Apply(Move("cpu"))


# -- handles, remedies, faults ---------------------------------------------------------------------------------------------


def test_that_dragging_the_query_is_one_undo_step_that_rebuilds_at_once(stage):
    s = stage("knn")
    s.arrive(2, "paused", rebuilds=True)
    for x in (1.0, 2.0, 3.0):
        s.tuning.drag("query:0", (x, 0.5), False)
    s.tuning.drag("query:0", (3.5, 0.5), True)
    assert s.document.project.experiment.settings["query"] == (3.5, 0.5)
    assert s.worker.begins()[-1].keep_place and s.document.undo_stack.count() == 1


def test_that_dragging_a_centroid_is_an_edit_of_the_state_when_the_hand_lets_go(stage):
    s = stage("kmeans")
    s.arrive(2, "paused")
    s.tuning.drag("centroid:1", (1.0, 2.0), False)
    assert s.worker.since_begin() == []
    s.tuning.drag("centroid:1", (1.5, 2.0), True)
    assert s.worker.since_begin() == [Apply(Edit("centroid:1", (1.5, 2.0)))]


def test_that_the_remedy_for_divergence_is_a_third_of_the_rate_from_the_start(stage):
    s = stage("mlp")
    s.arrive(30, "diverged", settings={"learning_rate": 3.0})
    assert s.tuning.lower_rate == 1.0
    s.tuning.lower_learning_rate()
    begin = s.worker.begins()[-1]
    assert begin.experiment.settings["learning_rate"] == 1.0 and not begin.keep_place


def test_that_what_cannot_be_done_is_said_and_not_raised(stage):
    s = stage()
    s.tuning.set_seed(-1)
    assert s.player.message is not None and "-1" in s.player.message.say("en").replace("−", "-")
    s.player.play_pause()
    assert s.player.message is None


def test_that_branch_and_recorded_changes_are_passed_on(stage):
    s = stage()
    s.player.take_branch()
    s.player.clear_changes()
    assert s.worker.since_begin() == [TakeBranch(), ClearChanges()]


def test_that_a_failed_worker_is_replaced_with_the_same_document(stage):
    s = stage()
    s.worker.failed.emit("RuntimeError: broken")
    assert "broken" in s.player.failure
    first, s.worker = s.worker, FakeWorker()
    s.player.restart()
    assert s.player.failure == "" and s.worker.is_running and not first.is_running
    assert s.worker.begins()[0].dataset is s.document.project.dataset


def test_that_glides_follow_the_pace(stage):
    s = stage()
    s.arrive(1, "paused", dwell=1.0)
    assert s.player.glide_ms == 450
    glides = []
    for speed in range(4):
        s.document.set_view(View(speed=speed))
        s.player.pacing._pressed = (True, 0.0)
        s.arrive(2, "playing", dwell=1.0)
        glides.append(s.player.glide_ms)
    assert glides == [450, 450, 150, 0]


def test_that_a_job_is_answered_by_its_ticket(stage):
    s = stage()
    answers = []
    s.player.ask(lambda session: 1, lambda result, error: answers.append(("one", result, error)))
    s.player.ask(lambda session: 2, lambda result, error: answers.append(("two", result, error)))
    (first, _), (second, _) = s.worker.jobs
    s.worker.answered.emit(second, 2, None)
    s.worker.answered.emit(first, 1, None)
    assert answers == [("two", 2, None), ("one", 1, None)]


# -- taking back what was changed in the run -------------------------------------------------------------------------------

RETUNED = ((12, Retune("learning_rate", 0.5)),)
TWICE = (*RETUNED, (20, Retune("learning_rate", 0.1)))


def changed_twice(stage):
    """A point drawn, then two changes in the run, as packets tell of them."""
    s = stage("mlp")
    s.draw()
    s.arrive(0)
    s.arrive(12, "paused")
    s.tuning.tune("learning_rate", 0.5, "live")
    s.arrive(12, "paused", schedule=RETUNED)
    s.arrive(20, "paused", schedule=RETUNED)
    s.document.undo_stack.command(1)._made_at -= 10.0  # two changes far apart in time are two steps
    s.tuning.tune("learning_rate", 0.1, "live")
    s.arrive(20, "paused", schedule=TWICE)
    return s


def test_that_undo_in_the_middle_of_a_run_takes_back_the_last_change_and_not_an_older_one(stage):
    s = changed_twice(stage)
    n = s.document.project.dataset.n
    assert s.document.undo_label.say("ko") == "학습률 바꾸기"
    s.document.undo_stack.undo()
    begin = s.worker.begins()[-1]
    assert begin.keep_place and begin.experiment.schedule == RETUNED and not begin.keep_schedule
    assert s.document.project.dataset.n == n, "the drawing stays"
    s.arrive(20, "paused", schedule=RETUNED)
    s.document.undo_stack.undo()
    assert s.worker.begins()[-1].experiment.schedule == () and s.document.project.dataset.n == n
    s.arrive(20, "paused")
    s.document.undo_stack.undo()
    assert s.document.project.dataset.n == n - 1


def test_that_a_change_of_the_run_can_be_made_again_at_its_place(stage):
    s = changed_twice(stage)
    for _ in range(2):
        s.document.undo_stack.undo()
        s.arrive(20, "paused", schedule=s.worker.begins()[-1].experiment.schedule)
    for schedule in (RETUNED, TWICE):
        s.document.undo_stack.redo()
        assert s.worker.begins()[-1].experiment.schedule == schedule == s.document.schedule
        s.arrive(20, "paused", schedule=schedule)
    assert s.document.undo_stack.count() == 3


def test_that_taking_back_another_start_brings_back_what_was_changed_in_the_run_before(stage):
    s = changed_twice(stage)
    s.tuning.another_start()
    assert s.worker.begins()[-1].experiment.schedule == ()
    s.arrive(0)
    s.document.undo_stack.undo()
    assert s.worker.begins()[-1].experiment.schedule == TWICE
    s.arrive(0, schedule=TWICE)
    assert s.document.undo_label.say("ko") == "학습률 바꾸기"


def test_that_what_nobody_asked_for_is_no_step_of_undo(stage):
    s = stage()
    s.arrive(12, "paused", schedule=((12, Move("cpu")),))  # a device was lost
    assert s.document.undo_label is None and s.document.is_dirty


def test_that_recorded_changes_live_through_edits_that_come_faster_than_packets(stage):
    s = stage("knn")
    s.arrive(3, "paused", rebuilds=True, schedule=RETUNED)
    for x in (1.0, 2.0, 3.0):
        s.tuning.drag("query:0", (x, 0.5), False)
    assert [begin.keep_schedule for begin in s.worker.begins()[1:]] == [True] * 3
    assert s.worker.begins()[-1].experiment.schedule == RETUNED, "and a new worker would have them from here"
    s.edit(lambda project: edits.set_dataset(project, generate("moons", 60, 0.2, 7)))
    assert not s.worker.begins()[-1].keep_schedule and s.worker.begins()[-1].experiment.schedule == ()
