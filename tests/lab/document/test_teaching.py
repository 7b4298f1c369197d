"""The first Space already teaches: every default and every scene is played by the clock and watched."""

from __future__ import annotations

import pytest

from lab.data.generators import generate
from lab.document.project import Experiment
from lab.document.scenes import all_scenes
from lab.protocol.commands import Begin, Look, Play
from lab.protocol.session_states import SPEEDS
from lab.sessions.session import Session

DEFAULT_DATA = {
    "perceptron": "gaussians", "mlp": "xor", "linear_regression": "tilted", "logistic_regression": "gaussians",
    "knn": "gaussians", "kmeans": "blobs", "pca": "tilted",
}  # fmt: skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def played(dataset, experiment, speed, most_s=120.0):
    """Seconds to the end, pictures that differ, and the outcome, of a run played by the clock at 20 frames a second."""
    clock = Clock()
    session = Session(clock=clock)
    session.handle(Begin(dataset, experiment, 1))
    session.handle(Look(-6, 6, -6, 6, cells=24))
    seen = {narrated(session)}
    session.handle(Play(speed))
    while session.state == "playing" and clock.now < most_s:
        clock.now += 0.05
        session.advance(clock.now + 1e-9)
        if len(seen) < 10:
            seen.add(narrated(session))
    return clock.now, len(seen), session.run.outcome


def narrated(session) -> tuple:
    packet = session.take_packet()
    return packet.frame, packet.narration.say("en"), packet.narration.say("ko")


@pytest.mark.parametrize("algorithm", list(DEFAULT_DATA))
def test_that_the_default_run_teaches_and_ends_within_a_lecturers_patience(algorithm):
    seconds, pictures, outcome = played(generate(DEFAULT_DATA[algorithm]), Experiment(algorithm), SPEEDS[1])
    assert pictures > 3
    assert outcome is not None and outcome.kind in ("converged", "finished")
    assert (4 if algorithm == "knn" else 8) <= seconds <= 42, seconds


@pytest.mark.parametrize("scene", all_scenes(), ids=lambda scene: scene.id)
def test_that_a_scene_plays_to_its_end_with_words_in_both_languages(scene):
    seconds, pictures, outcome = played(scene.project.dataset, scene.project.experiment, SPEEDS[scene.speed] or 4.0)
    assert pictures > (1 if scene.project.experiment.settings.get("n_neighbors") == 1 else 3)
    assert outcome is not None, seconds
    assert 2 <= seconds <= 60, seconds
    assert outcome.said.say("ko") and outcome.said.say("en")
