"""The device box's rows: the CPU always, accelerators only after a trial, reasons for what is missing."""

from __future__ import annotations

import sys

import pytest
import torch

from lab.errors import LabError
from lab.running import devices, graphics_cards
from lab.running.devices import probe, usable
from lab.running.graphics_cards import Card, find_card


class _Accelerator:
    """torch.accelerator as it looks on another computer; its one device is the CPU, so that the trial runs here."""

    def __init__(self, kind: str | None, count: int) -> None:
        self._kind, self._count = kind, count

    def current_accelerator(self):
        return None if self._kind is None else torch.device(self._kind)

    def is_available(self) -> bool:
        return self._count > 0

    def device_count(self) -> int:
        return self._count

    def synchronize(self, device) -> None:
        assert isinstance(device, torch.device)


def _computer(monkeypatch, kind: str | None, count: int) -> None:
    monkeypatch.setattr(torch, "accelerator", _Accelerator(kind, count))


def test_that_the_cpu_is_there_on_every_computer(monkeypatch):
    for kind, count in ((None, 0), ("cuda", 0), ("cpu", 1)):
        _computer(monkeypatch, kind, count)
        assert probe()[0].id == "cpu" and probe()[0].available


NVIDIA = Card("nvidia", True)


@pytest.mark.parametrize(
    ("card", "kind", "said", "command"),
    [
        (None, None, "no graphics card", 'lspci -nn | grep -Ei "vga|3d|display"'),
        (None, "cuda", "no graphics card", 'lspci -nn | grep -Ei "vga|3d|display"'),
        (Card("nvidia", False), None, "NVIDIA, but no driver", "sudo ubuntu-drivers install"),
        (Card("nvidia", False), "cuda", "NVIDIA, but no driver", "sudo ubuntu-drivers install"),
        (Card("amd", False), None, "AMD, but no driver", "rocminfo"),
        (NVIDIA, None, "for the CPU alone", "--torch-backend auto --reinstall-package torch"),
        (Card("amd", True), None, "for the CPU alone", "--torch-backend auto --reinstall-package torch"),
        (NVIDIA, "cuda", "for CUDA gets no answer", "nvidia-smi"),
    ],
)
def test_that_a_missing_gpu_names_its_own_cause_and_the_command_for_it(monkeypatch, card, kind, said, command):
    _computer(monkeypatch, kind, 0)
    monkeypatch.setattr(devices, "find_card", lambda: card)
    monkeypatch.setattr(devices, "linux_family", lambda: "ubuntu")
    monkeypatch.setattr(devices.sys, "platform", "linux")
    row = probe()[1]
    assert row.id == "gpu" and not row.available
    assert said in row.reason.say("en") and command in row.command
    assert len(row.reason.say("ko")) > 20 and "{" not in row.reason.say("ko")
    with pytest.raises(LabError) as caught:
        usable("gpu")
    assert command in caught.value.said.say("ko") and command in caught.value.said.say("en")


@pytest.mark.parametrize("has_uv", [True, False])
def test_that_the_command_for_another_build_is_for_this_python_and_this_torch(monkeypatch, has_uv):
    _computer(monkeypatch, None, 0)
    monkeypatch.setattr(devices, "find_card", lambda: NVIDIA)
    monkeypatch.setattr(devices.shutil, "which", lambda name: f"/bin/{name}" if has_uv else None)
    command = probe()[1].command
    assert f"--python {sys.executable}" in command and f'"torch=={torch.__version__.partition("+")[0]}"' in command
    assert command.startswith("uv pip" if has_uv else f"{sys.executable} -m pip install uv && {sys.executable} -m uv")


def _pci(folder, *devices: tuple[str, str]):
    for number, (kind, vendor) in enumerate(devices):
        place = folder / f"0000:00:{number:02x}.0"
        place.mkdir(parents=True)
        (place / "class").write_text(kind + "\n")
        (place / "vendor").write_text(vendor + "\n")
    return folder


@pytest.mark.parametrize(
    ("listed", "driver", "card"),
    [
        ([("0x030000", "0x10de")], True, Card("nvidia", True)),
        ([("0x030200", "0x10de")], False, Card("nvidia", False)),
        ([("0x030000", "0x8086"), ("0x030000", "0x1002")], False, Card("amd", False)),
        ([("0x030000", "0x1002"), ("0x030000", "0x10de")], False, Card("nvidia", False)),
        ([("0x030000", "0x8086"), ("0x040300", "0x10de")], False, None),
        ([], False, None),
        ([], True, Card("nvidia", True)),
    ],
)
def test_that_a_card_is_found_where_linux_lists_it(monkeypatch, tmp_path, listed, driver, card):
    monkeypatch.setattr(graphics_cards, "_loads", lambda name: driver)
    assert find_card(_pci(tmp_path / "pci", *listed), "linux") == card


def test_that_a_computer_that_lists_nothing_has_no_card(monkeypatch, tmp_path):
    monkeypatch.setattr(graphics_cards, "_loads", lambda name: False)
    broken = tmp_path / "pci" / "0000:00:00.0"
    broken.mkdir(parents=True)
    assert find_card(tmp_path / "pci", "linux") is None and find_card(tmp_path / "none", "linux") is None
    assert find_card(tmp_path, "win32") is None


def test_that_a_device_counts_only_after_its_trial(monkeypatch):
    _computer(monkeypatch, "cpu", 1)
    assert probe()[1].id == "cpu:0" and probe()[1].available


def test_that_a_device_that_fails_its_trial_is_listed_but_not_available(monkeypatch):
    _computer(monkeypatch, "cuda", 2)  # this torch may not even know CUDA: whatever it raises is caught

    def broken(*size, device):
        raise RuntimeError("CUDA error: {no kernel image}\nmore lines")

    monkeypatch.setattr(torch, "ones", broken)
    rows = probe()[1:]
    assert [row.id for row in rows] == ["cuda:0", "cuda:1"] and not any(row.available for row in rows)
    assert "no kernel image" in rows[0].reason.say("en") and "more lines" not in rows[0].reason.say("en")


def test_that_a_device_that_computes_wrongly_is_not_used(monkeypatch):
    _computer(monkeypatch, "cpu", 1)
    monkeypatch.setattr(torch, "ones", lambda *size, device: torch.full(size, 2.0))
    row = probe()[1]
    assert not row.available and "wrong" in row.reason.say("en")


def test_that_the_cpu_is_usable_without_a_look_at_torch(monkeypatch):
    monkeypatch.setattr(devices, "probe", lambda: pytest.fail("torch was asked"))
    assert usable("cpu") == "cpu"


def test_that_a_device_is_found_by_its_name_and_a_missing_one_is_said(monkeypatch):
    _computer(monkeypatch, "cpu", 1)
    assert usable("cpu:0") == "cpu:0"
    with pytest.raises(LabError, match="Choose one of: cpu, cpu:0"):
        usable("abacus")
    _computer(monkeypatch, "cuda", 0)
    for name in ("cuda", "gpu"):
        with pytest.raises(LabError) as caught:
            usable(name)
        assert probe()[1].reason.say("ko") in caught.value.said.say("ko")


@pytest.mark.gpu
def test_that_a_real_accelerator_passes_its_trial():
    if not torch.accelerator.is_available():
        pytest.skip("no accelerator on this computer")
    rows = probe()[1:]
    assert rows and all(row.available for row in rows)
