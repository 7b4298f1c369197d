"""The device box: what works can be chosen, what does not says why."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from lab.running.devices import DeviceRow
from models.words.text import Text
from widgets.kit.language import language
from widgets.side.device_box import DeviceBox

CPU = DeviceRow("cpu", Text("CPU", "CPU"), True)
GPU = DeviceRow("cuda:0", Text("GPU one", "GPU 하나"), True)
MISSING = DeviceRow("gpu", Text("GPU", "GPU"), False, Text("No driver answers.", "드라이버가 없습니다."))


@pytest.fixture
def box(qtbot):
    box = DeviceBox()
    box.resize(284, 60)
    qtbot.addWidget(box)
    box.show()
    box.sent = []
    box.picked.connect(box.sent.append)
    return box


def test_that_before_the_probe_the_processor_is_there_and_the_search_is_said(box):
    assert box.current == "cpu" and box.box.count() == 1
    assert "찾는 중" in box.reasons.sentence and box.reasons.isVisible()


def test_that_a_missing_accelerator_is_listed_disabled_with_its_reason_in_sight(box, qtbot):
    box.show_devices((CPU, MISSING))
    assert [box.box.itemData(i) for i in range(2)] == ["cpu", "gpu"]
    assert not box.box.model().item(1).isEnabled()
    assert box.reasons.isVisible() and "드라이버가 없습니다." in box.reasons.sentence
    box.box.setFocus()
    qtbot.keyClick(box.box, Qt.Key.Key_Down)
    assert box.sent == [] and box.current == "cpu"


def test_that_an_accelerator_is_chosen_by_key_and_nothing_needs_a_reason(box, qtbot):
    box.show_devices((CPU, GPU))
    box.box.setFocus()
    qtbot.keyClick(box.box, Qt.Key.Key_Down)
    assert box.sent == ["cuda:0"] and box.current == "cuda:0"
    assert not box.reasons.isVisible()


def test_that_a_device_of_an_opened_file_that_is_not_here_is_shown_as_missing(box):
    box.show_devices((CPU,))
    box.select("mps")
    assert box.box.currentData() == "mps" and "사용할 수 없음" in box.box.currentText()
    box.select("cpu")
    assert box.box.count() == 1 and box.sent == []


def test_that_reasons_follow_the_language(box):
    box.show_devices((CPU, MISSING))
    language.set("en")
    assert box.reasons.sentence == "GPU: No driver answers."
    assert "not available" in box.box.itemText(1)


def test_that_the_command_for_a_missing_device_can_be_read_and_copied(box, qtbot):
    box.show_devices((CPU, dataclasses.replace(MISSING, command="sudo apt install nvidia-driver")))
    assert "sudo apt install nvidia-driver" in box.reasons.sentence and box.copy.isVisible()
    qtbot.mouseClick(box.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "sudo apt install nvidia-driver" and "복사" in box.copy.text()
    box.show_devices((CPU, MISSING))
    assert not box.copy.isVisible()
