"""Where a run can compute: the CPU, and every accelerator that torch finds and that passes a small trial."""

from __future__ import annotations

from lab.errors import LabError
from lab.protocol.device_rows import DeviceRow
from models.words.text import Said, Text

CPU = "cpu"
_TRIAL_SIZE = 64

CPU_TITLE = Text("CPU", "CPU")
NO_GPU_TITLE = Text("GPU", "GPU")
CPU_BUILD = Text(
    "The installed PyTorch is the build for the CPU alone; the README says how to put a GPU build in its place.",
    "설치된 PyTorch는 CPU 전용입니다. GPU용으로 바꾸는 방법은 README에 있습니다.",
)
NOT_FOUND = Text(
    "The installed PyTorch is built for {kind}, but no such device and driver answer on this computer.",
    "설치된 PyTorch는 {kind}용이지만 이 컴퓨터에서 그 장치나 드라이버를 찾지 못했습니다.",
)
TRIAL_FAILED = Text(
    "The device is there, but a small trial computation failed: {what}.",
    "장치는 있지만 간단한 시험 계산에 실패했습니다: {what}.",
)
TRIAL_WRONG = Text(
    "The device is there, but a small trial computation came out wrong, so it is not used.",
    "장치는 있지만 간단한 시험 계산의 결과가 틀려서 쓰지 않습니다.",
)
UNKNOWN = Text(
    "There is no device {device}. Choose one of: {known}.",
    "{device:이라는/라는} 연산 장치는 없습니다. 다음 가운데 하나를 고르세요: {known}.",
)
NOT_AVAILABLE = Text(
    "The device {device} cannot be used. {reason}",
    "연산 장치 {device:을/를} 쓸 수 없습니다. {reason}",
)


def probe() -> tuple[DeviceRow, ...]:
    """The CPU, then the accelerators; a row "gpu" with the reason where there is none. Imports torch: slow at first."""
    import torch

    cpu = DeviceRow(CPU, CPU_TITLE, True)
    kind = torch.accelerator.current_accelerator()
    if kind is None:
        return cpu, DeviceRow("gpu", NO_GPU_TITLE, False, CPU_BUILD)
    if not torch.accelerator.is_available():
        return cpu, DeviceRow("gpu", NO_GPU_TITLE, False, _filled(NOT_FOUND, kind=kind.type.upper()))
    return cpu, *(_tried(f"{kind.type}:{i}") for i in range(torch.accelerator.device_count()))


def _tried(device: str) -> DeviceRow:
    """A row for one accelerator: allocate, multiply, synchronise, and compare with what must come out."""
    import torch

    title = _plain(_name(device))
    try:
        ones = torch.ones(_TRIAL_SIZE, _TRIAL_SIZE, device=device)
        product = ones @ ones
        torch.accelerator.synchronize(torch.device(device))
        is_right = bool((product.cpu() == float(_TRIAL_SIZE)).all())
    except Exception as error:  # drivers raise whatever they like; any of it means: not usable
        what = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        return DeviceRow(device, title, False, _filled(TRIAL_FAILED, what=what.rstrip(".")))
    return DeviceRow(device, title, is_right, None if is_right else TRIAL_WRONG)


def _name(device: str) -> str:
    import torch

    kind, _, number = device.partition(":")
    try:
        named = getattr(torch, kind).get_device_name(int(number))
    except Exception:  # not every kind has names, and a broken driver may raise anything
        return device
    return f"{named} ({device})"


def usable(device: str) -> str:
    """The id of a device that can be used: "cpu" without a look at torch, "cuda" as "cuda:0".

    Raises LabError when there is no such device, or when it failed its trial.
    """
    if device == CPU:
        return CPU
    rows = probe()
    wanted = [row for row in rows if row.id == device or row.id == f"{device}:0"]
    if not wanted and device in ("gpu", "cuda", "mps", "xpu"):
        wanted = [row for row in rows if row.id == "gpu"]
    if not wanted:
        raise LabError(UNKNOWN, device=device[:40], known=", ".join(row.id for row in rows if row.available))
    if not wanted[0].available:
        raise LabError(NOT_AVAILABLE, device=device, reason=wanted[0].reason)
    return wanted[0].id


def _plain(word: str) -> Text:
    shown = word.replace("{", "{{").replace("}", "}}")
    return Text(shown, shown)


def _filled(text: Text, **values: str) -> Text:
    """A Text with its values already in it, so that a row holds nothing but words."""
    said = Said(text, values)
    return Text(*(said.say(lang).replace("{", "{{").replace("}", "}}") for lang in ("en", "ko")))
