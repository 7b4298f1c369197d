"""Where a run can compute: the CPU, and every accelerator that torch finds and that passes a small trial."""

from __future__ import annotations

import shutil
import sys

from lab.errors import LabError
from lab.protocol.device_rows import DeviceRow
from lab.running.graphics_cards import Card, find_card, linux_family
from models.words.text import Said, Text

CPU = "cpu"
_TRIAL_SIZE = 64

_LIST_CARDS = {
    "linux": 'lspci -nn | grep -Ei "vga|3d|display"',
    "win32": "powershell Get-CimInstance Win32_VideoController",
    "darwin": "system_profiler SPDisplaysDataType",
}
_DRIVERS = {  # NVIDIA's driver, by the distribution's id
    "ubuntu": "sudo ubuntu-drivers install",
    "linuxmint": "sudo ubuntu-drivers install",
    "pop": "sudo apt install system76-driver-nvidia",
    "debian": "sudo apt install nvidia-driver",
    "fedora": "sudo dnf install akmod-nvidia",
    "arch": "sudo pacman -S nvidia",
}

CPU_TITLE = Text("CPU", "CPU")
NO_GPU_TITLE = Text("GPU", "GPU")
NO_CARD = Text(
    "This computer has no graphics card that PyTorch computes on (NVIDIA, AMD under Linux, Apple silicon). Everything runs "
    "on the CPU. The command lists the cards there are.",
    "이 컴퓨터에는 PyTorch가 쓸 수 있는 그래픽 카드(NVIDIA, 리눅스의 AMD, 애플 실리콘)가 없어 모두 CPU로 계산합니다. "
    "아래 명령은 어떤 카드가 있는지 보여 줍니다.",
)
NO_DRIVER = Text(
    "There is a card by {maker}, but no driver for it. Install the driver, restart the computer, and start again.",
    "{maker} 카드는 있지만 드라이버가 없습니다. 드라이버를 설치하고 컴퓨터를 다시 켠 뒤 시작하세요.",
)
CPU_BUILD = Text(
    "The card is there, but the installed PyTorch is the build for the CPU alone. Put in a build for the card.",
    "카드는 있지만 설치된 PyTorch가 CPU 전용입니다. 카드에 맞는 PyTorch로 바꾸세요.",
)
NO_ANSWER = Text(
    "Card and driver are there, but PyTorch for {kind} gets no answer: the driver may be older than PyTorch {version} wants. "
    "The command shows the driver's version.",
    "카드와 드라이버는 있지만 {kind}용 PyTorch에 응답하지 않습니다. 드라이버가 PyTorch {version}보다 오래되었을 수 있습니다. "
    "아래 명령은 드라이버 버전을 보여 줍니다.",
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
WITH_COMMAND = Text("{reason} Command: {command}", "{reason} 명령: {command}")


def probe() -> tuple[DeviceRow, ...]:
    """The CPU, then the accelerators; a row "gpu" with the reason where there is none. Imports torch: slow at first."""
    import torch

    cpu = DeviceRow(CPU, CPU_TITLE, True)
    kind = torch.accelerator.current_accelerator()
    if kind is None or not torch.accelerator.is_available():
        version = torch.__version__.partition("+")[0]
        return cpu, _missing(find_card(), "" if kind is None else kind.type.upper(), version)
    return cpu, *(_tried(f"{kind.type}:{i}") for i in range(torch.accelerator.device_count()))


def _missing(card: Card | None, kind: str, version: str) -> DeviceRow:
    """The row of a GPU that cannot be used: what is missing, and the command for it. kind: what torch is built for, "" for
    the CPU alone; version: torch's."""
    if card is None:
        return DeviceRow("gpu", NO_GPU_TITLE, False, NO_CARD, _LIST_CARDS.get(sys.platform, _LIST_CARDS["linux"]))
    maker = {"nvidia": "NVIDIA", "amd": "AMD", "apple": "Apple"}[card.maker]
    if not card.has_driver:
        command = _DRIVERS.get(linux_family(), "nvidia-smi") if card.maker == "nvidia" else "rocminfo"
        return DeviceRow("gpu", NO_GPU_TITLE, False, _filled(NO_DRIVER, maker=maker), command)
    if not kind:
        return DeviceRow("gpu", NO_GPU_TITLE, False, CPU_BUILD, _gpu_build(version))
    command = "rocminfo" if card.maker == "amd" else "nvidia-smi"
    return DeviceRow("gpu", NO_GPU_TITLE, False, _filled(NO_ANSWER, kind=kind, version=version), command)


def _gpu_build(version: str) -> str:
    """The command that puts torch's build for this computer's card in this environment: uv looks which one that is."""
    python = sys.executable if " " not in sys.executable else f'"{sys.executable}"'
    install = f'uv pip install --python {python} --torch-backend auto --reinstall-package torch "torch=={version}"'
    return install if shutil.which("uv") else f"{python} -m pip install uv && {python} -m {install}"


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
        reason, command = wanted[0].reason, wanted[0].command
        if command and reason is not None:
            reason = _filled(WITH_COMMAND, reason=reason, command=command)
        raise LabError(NOT_AVAILABLE, device=device, reason=reason)
    return wanted[0].id


def _plain(word: str) -> Text:
    shown = word.replace("{", "{{").replace("}", "}}")
    return Text(shown, shown)


def _filled(text: Text, **values: str | Text) -> Text:
    """A Text with its values already in it, so that a row holds nothing but words."""
    said = Said(text, values)
    return Text(*(said.say(lang).replace("{", "{{").replace("}", "}}") for lang in ("en", "ko")))
