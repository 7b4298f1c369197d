"""The pacing: frames follow one another while anything comes, words have the time between two of them."""

from __future__ import annotations

import pytest

from widgets.playing import pacing
from widgets.playing.pacing import BEAT_MS, FRAME_MS, IDLE_FRAMES, Pacing


@pytest.fixture
def made(qapp):
    made = Pacing()
    yield made
    made.stop()


def test_that_frames_come_from_the_first_word_on_until_it_is_stopped(made, qtbot):
    assert not made.is_awake
    with qtbot.waitSignals([made.frame, made.frame], timeout=1000):
        made.wake()
    made.stop()
    with qtbot.assertNotEmitted(made.frame, wait=3 * FRAME_MS):
        pass


def test_that_the_clock_stands_still_after_so_many_frames_without_news(made, qtbot):
    made.wake()
    for _ in range(IDLE_FRAMES):
        made.note_silence()
    assert made.is_awake
    with qtbot.waitSignal(made.idle, timeout=100):
        made.note_silence()
    assert not made.is_awake


def test_that_news_begin_the_count_anew(made):
    made.wake()
    for _ in range(3 * IDLE_FRAMES):
        made.note_silence()
        made.note_news()
    assert made.is_awake


def test_that_words_of_a_passing_picture_come_on_the_beat_and_not_with_it(made, qtbot):
    said = []
    made.words.connect(lambda: said.append(True))
    made.follow()
    assert not said
    qtbot.waitUntil(lambda: bool(said), timeout=1000)


def test_that_words_are_not_renewed_more_often_than_anyone_reads(made, qtbot):
    made.note_told()
    with qtbot.assertNotEmitted(made.words, wait=3 * BEAT_MS):
        made.follow()


def test_that_what_was_said_meanwhile_is_not_said_again(made, qtbot):
    made.follow()
    made.note_told()
    with qtbot.assertNotEmitted(made.words, wait=3 * BEAT_MS):
        pass


def test_that_a_press_counts_for_a_moment_and_settles_once(made, monkeypatch, qtbot):
    monkeypatch.setattr(pacing, "SETTLING_S", 0.03)
    assert not made.settle(), "nothing was pressed"
    made.press(True)
    assert made.is_settling and made.wants_play and not made.settle()
    qtbot.wait(40)
    assert not made.is_settling and made.settle() and not made.settle() and made.wants_play
