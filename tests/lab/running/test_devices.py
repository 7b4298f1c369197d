"""The device box's rows: the CPU always, accelerators only after a trial, reasons for what is missing."""

from __future__ import annotations

import pytest
import torch

from lab.errors import LabError
from lab.running import devices
from lab.running.devices import probe, usable


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


def test_that_a_missing_gpu_is_listed_with_its_reason(monkeypatch):
    _computer(monkeypatch, None, 0)
    build = probe()[1]
    _computer(monkeypatch, "cuda", 0)
    driver = probe()[1]
    for row in (build, driver):
        assert row.id == "gpu" and not row.available
        assert all(len(row.reason.say(lang)) > 20 for lang in ("en", "ko"))
    assert "CUDA" in driver.reason.say("ko") and build.reason != driver.reason


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
