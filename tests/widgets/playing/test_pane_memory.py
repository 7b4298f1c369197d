"""What panes showed last stays when a packet is made without it: in the same run, where it means something."""

from __future__ import annotations

import dataclasses

import pytest

from lab.protocol.packet import Packet
from lab.protocol.pane_records import ActivationPicture, LossPicture, NetworkPicture, Numbers, Scoreboard
from widgets.playing.pane_memory import RECORDS, PaneMemory

KINDS = {
    "network": NetworkPicture,
    "scores": Scoreboard,
    "loss_surface": LossPicture,
    "activation": ActivationPicture,
}
BARE = Packet(1, "playing", abilities=frozenset({"curves", "numbers", *RECORDS}))


def record(name: str):
    """A record that nobody looks into."""
    return object.__new__(KINDS[name])


@pytest.mark.parametrize(("pane", "name"), RECORDS.items())
def test_that_a_packet_without_a_record_has_the_last_one_of_its_run(pane, name):
    memory, first, second = PaneMemory(), record(name), record(name)
    memory.completed(dataclasses.replace(BARE, **{name: first}))
    assert getattr(memory.completed(BARE), name) is first
    assert getattr(memory.completed(dataclasses.replace(BARE, **{name: second})), name) is second
    assert getattr(memory.completed(BARE), name) is second


@pytest.mark.parametrize(("pane", "name"), RECORDS.items())
def test_that_another_run_begins_without_the_records_of_the_last(pane, name):
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, **{name: record(name)}))
    assert getattr(memory.completed(dataclasses.replace(BARE, version=2)), name) is None
    assert getattr(memory.completed(BARE), name) is None, "an older run does not come back"


@pytest.mark.parametrize(("pane", "name"), RECORDS.items())
def test_that_an_algorithm_without_the_pane_has_no_record_of_it(pane, name):
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, **{name: record(name)}))
    assert getattr(memory.completed(dataclasses.replace(BARE, abilities=BARE.abilities - {pane})), name) is None


def test_that_the_numbers_of_another_moment_are_never_shown_as_those_of_this_one():
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, numbers=Numbers()))
    assert memory.completed(BARE).numbers is None


def test_that_a_complete_packet_is_passed_on_as_it_is():
    whole = dataclasses.replace(BARE, **{name: record(name) for name in KINDS})
    memory = PaneMemory()
    assert memory.completed(whole) is whole


def test_that_a_packet_to_which_nothing_belongs_is_passed_on_as_it_is():
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, **{name: record(name) for name in KINDS}))
    bare = dataclasses.replace(BARE, abilities=frozenset())
    assert memory.completed(bare) is bare
    assert all(getattr(bare, name) is None for name in KINDS)
