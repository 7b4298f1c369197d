"""What panes showed last stays when a packet is made without it: in the same run, where it means something."""

from __future__ import annotations

import dataclasses

import pytest

from lab.protocol.packet import Packet
from lab.protocol.pane_records import ActivationPicture, LossPicture, NetworkPicture, Numbers, Scoreboard
from widgets.playing.pane_memory import LASTING, PaneMemory

KINDS = {
    "network": NetworkPicture,
    "matrix": Scoreboard,
    "loss_surface": LossPicture,
    "activation": ActivationPicture,
}
BARE = Packet(1, "playing", abilities=frozenset({"curves", "numbers", *LASTING}))


def test_that_every_lasting_pane_is_tried_here():
    assert set(KINDS) == LASTING


def record(name: str):
    """A record that nobody looks into."""
    return object.__new__(KINDS[name])


@pytest.mark.parametrize("pane", sorted(LASTING))
def test_that_a_packet_without_a_record_has_the_last_one_of_its_run(pane):
    memory, first, second = PaneMemory(), record(pane), record(pane)
    memory.completed(dataclasses.replace(BARE, beside={pane: first}))
    assert memory.completed(BARE).beside.get(pane) is first
    assert memory.completed(dataclasses.replace(BARE, beside={pane: second})).beside.get(pane) is second
    assert memory.completed(BARE).beside.get(pane) is second


@pytest.mark.parametrize("pane", sorted(LASTING))
def test_that_another_run_begins_without_the_records_of_the_last(pane):
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, beside={pane: record(pane)}))
    assert memory.completed(dataclasses.replace(BARE, version=2)).beside.get(pane) is None
    assert memory.completed(BARE).beside.get(pane) is None, "an older run does not come back"


@pytest.mark.parametrize("pane", sorted(LASTING))
def test_that_an_algorithm_without_the_pane_has_no_record_of_it(pane):
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, beside={pane: record(pane)}))
    assert memory.completed(dataclasses.replace(BARE, abilities=BARE.abilities - {pane})).beside.get(pane) is None


def test_that_the_numbers_of_another_moment_are_never_shown_as_those_of_this_one():
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, beside={"numbers": Numbers()}))
    assert memory.completed(BARE).beside == {}


def test_that_a_complete_packet_is_passed_on_as_it_is():
    whole = dataclasses.replace(BARE, beside={name: record(name) for name in KINDS})
    memory = PaneMemory()
    assert memory.completed(whole) is whole


def test_that_a_packet_to_which_nothing_belongs_is_passed_on_as_it_is():
    memory = PaneMemory()
    memory.completed(dataclasses.replace(BARE, beside={name: record(name) for name in KINDS}))
    bare = dataclasses.replace(BARE, abilities=frozenset())
    assert memory.completed(bare) is bare
    assert bare.beside == {}
