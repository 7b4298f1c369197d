"""Whose a file is: the process that made it, on which computer, and whether it still lives."""

from __future__ import annotations

import os
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process. host: eight hexadecimal digits for the computer's name. started: when it began, in the system's own
    units, 0 where the system does not say: numbers of processes are given out again."""

    host: str
    pid: int
    started: int


def is_alive(owner: Owner) -> bool:
    """Whether a process of this computer still runs; True where that cannot be found out."""
    if not 0 < owner.pid < 2**31:
        return False
    if sys.platform == "win32":
        return _is_alive_on_windows(owner.pid)
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is there, and somebody else's
    state, started = _of_process(owner.pid)
    return state not in ("Z", "X") and not (owner.started and started and owner.started != started)


def _of_process(pid: int) -> tuple[str, int]:
    """The state of a process (Z: ended, and its parent has not asked) and when it began, in clock ticks since the start
    of the system; nothing where the system does not say (proc(5))."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return "", 0


def _is_alive_on_windows(pid: int) -> bool:
    if sys.platform != "win32":
        raise AssertionError("asked on Windows alone")
    import ctypes

    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
    if not handle:
        return ctypes.get_last_error() != 87  # ERROR_INVALID_PARAMETER: there is no such process
    code = ctypes.c_ulong()
    is_known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return not is_known or code.value == 259  # STILL_ACTIVE


def _name_of_host() -> str:
    return os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")


HERE = Owner(f"{zlib.crc32(_name_of_host().encode('utf-8', 'replace')):08x}", os.getpid(), _of_process(os.getpid())[1])
