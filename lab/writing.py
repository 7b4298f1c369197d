"""The one way in which this program writes a file: whole, or not at all.

The new contents go into a temporary file in the folder of the old one, are counted, brought to the disk and read back,
and only then put in the old file's place. Whatever the system refuses on the way comes out as a LabError that says
what was not written, where, and what to do; the old file is then as it was, and no temporary is left.

- A symbolic link stays a link: the file that it points to is written.
- An existing file keeps its mode (and its owner, where the system allows it); a new one follows the umask.
- A file with several hard links becomes a file of its own: the other names keep the old contents. Writing into the old
  file instead would lose both in a power cut.
- A killed process leaves its temporary behind. The next write into the same folder removes it, when it carries the mark
  of a process of this program on this computer that has ended, and has not been touched for STALE_S. No other file is
  ever removed.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from lab.errors import LabError
from lab.owners import HERE, Owner, is_alive
from models.words.text import Text

STALE_S = 600.0
_MOST_LOOKED_AT = 10_000  # entries of a folder that are looked through for what killed processes left
_MARK = re.compile(r"\.learnscope-([0-9a-f]{8})-([0-9a-f]+)-([0-9a-f]+)-[0-9a-f]+\.tmp")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
_REPLACE_AGAIN_S = (
    (0.02, 0.05, 0.1, 0.2, 0.4) if os.name == "nt" else ()
)  # a virus scanner holds a new file for a moment
_numbers = itertools.count()


def write_bytes(path: Path | str, content: bytes) -> None:
    """Make `content` the file's contents. Raises LabError when the system refuses; the old file is then untouched."""

    def verify(written: Path) -> None:
        if written.read_bytes() != content:
            raise LabError(NOT_VERIFIED, file=Path(path).name)

    write_atomically(path, lambda file: file.write(content), verify)


def write_atomically(
    path: Path | str, write: Callable[[BinaryIO], object], verify: Callable[[Path], None] | None = None
) -> None:
    """Give `write` a new file beside `path`, bring it to the disk, let `verify` read it, then put it in `path`'s place.

    A crash at any point leaves the old file or the new one, never a part. Raises LabError when the system refuses, and
    whatever `write` and `verify` raise.
    """
    with prepared(path, write, verify) as ready:
        ready.put_in_place()


class Prepared:
    """Contents that are on the disk, beside the file that they are for."""

    def __init__(self, temporary: Path, target: Path) -> None:
        self.temporary, self.target = temporary, target

    def put_in_place(self) -> None:
        """The one step that changes the file. Raises LabError."""
        with said_of(self.target):
            _replace(self.temporary, self.target)
            _sync_folder(self.target.parent)


@contextlib.contextmanager
def prepared(
    path: Path | str, write: Callable[[BinaryIO], object], verify: Callable[[Path], None] | None = None
) -> Iterator[Prepared]:
    """New contents for `path`, written and verified, to be put in place inside the block; what is not put is removed."""
    with said_of(Path(path)):
        target = _real(Path(path))
    temporary: Path | None = None
    try:
        with said_of(target):
            before = _checked(target)
            remove_stale(target.parent)
            temporary = target.parent / temporary_name()
            _write_new(temporary, target, before, write)
            if verify is not None:
                verify(temporary)
        yield Prepared(temporary, target)
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):  # it must not hide what went wrong
                temporary.unlink(missing_ok=True)


def put_all_in_place(files: Iterable[Prepared]) -> None:
    """Files that belong together: when one cannot be put, those before it get their old contents back. Raises LabError."""
    done: list[tuple[Prepared, Path | None]] = []
    try:
        for file in files:
            done.append((file, _kept_aside(file.target)))
            file.put_in_place()
    except BaseException:
        for file, old in reversed(done):
            with contextlib.suppress(OSError):
                if old is not None:
                    _replace(old, file.target)
                elif not file.temporary.exists():  # it was put where nothing was
                    file.target.unlink(missing_ok=True)
        raise
    finally:
        for _, old in done:
            if old is not None:
                with contextlib.suppress(OSError):
                    old.unlink(missing_ok=True)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """The folder, made with those above it where it is missing. Raises LabError."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise LabError(_NO_NEW_FOLDER, folder=str(folder), reason=_reason(error)) from error


# -- temporaries -----------------------------------------------------------------------------------------------------


def temporary_name() -> str:
    """A name that says whose it is, and is short whatever the file's own name is."""
    return f".learnscope-{HERE.host}-{HERE.pid:x}-{HERE.started:x}-{next(_numbers):x}{os.urandom(2).hex()}.tmp"


def remove_stale(folder: Path) -> None:
    """Remove what processes of ours that have ended left in a folder while they wrote there."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in itertools.islice(entries, _MOST_LOOKED_AT):
            mark = _MARK.fullmatch(entry.name)
            if mark is None:
                continue
            owner = Owner(mark[1], int(mark[2], 16), int(mark[3], 16))
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                is_old = time.time() - status.st_mtime > STALE_S
                is_ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
                if owner.host != HERE.host or not is_old or not is_ours or is_alive(owner):
                    continue
                if stat.S_ISREG(status.st_mode):
                    os.unlink(entry.path)
                elif stat.S_ISDIR(status.st_mode):
                    shutil.rmtree(entry.path, ignore_errors=True)


# -- inside ----------------------------------------------------------------------------------------------------------


def _real(path: Path) -> Path:
    """The file that is meant, links followed. Raises LabError for what no name can hold."""
    try:
        if b"\0" in os.fsencode(path):
            raise ValueError
    except ValueError as error:
        raise LabError(_BAD_NAME, file=path.name, folder=str(path.parent)) from error
    return Path(os.path.realpath(path))


def _checked(target: Path) -> os.stat_result | None:
    """What stands at `target`, None for nothing. Raises LabError for what a file must not replace."""
    values = {"file": target.name, "folder": str(target.parent)}
    if os.name == "nt" and is_reserved(target.name):
        raise LabError(_BAD_NAME, **values)
    if not os.path.isdir(target.parent):
        os.stat(target.parent)  # says why
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    try:
        found = os.stat(target)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise LabError(_NOT_A_FILE, **values)
    return found


def is_reserved(name: str) -> bool:
    """Whether Windows means a device, or another file, by this name."""
    return (
        _RESERVED.fullmatch(name) is not None or name != name.rstrip(". ") or any(char in '<>:"/\\|?*' for char in name)
    )


def _write_new(
    temporary: Path, target: Path, before: os.stat_result | None, write: Callable[[BinaryIO], object]
) -> None:
    """The temporary file, written, counted and on the disk, with the mode and owner of the file before it."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, 0o666 if before is None else before.st_mode & 0o600)
    file = os.fdopen(handle, "w+b")
    try:
        if before is not None and not os.access(target, os.W_OK):  # asked now: the folder itself can be written
            raise LabError(_PROTECTED, file=target.name, folder=str(target.parent))
        if before is not None and hasattr(
            os, "fchmod"
        ):  # a disk without owners and modes refuses, and has none to keep
            with contextlib.suppress(OSError):
                os.fchown(handle, before.st_uid, before.st_gid)
            with contextlib.suppress(OSError):
                os.fchmod(handle, before.st_mode & 0o777)
        write(file)
        file.flush()
        count = file.tell()
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in _CANNOT_SYNC:
                raise
        if os.fstat(handle).st_size != count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except BaseException:
        with contextlib.suppress(OSError):  # the first error is the one to be said
            file.close()
        raise
    file.close()


def _replace(temporary: Path, target: Path) -> None:
    for pause in _REPLACE_AGAIN_S:
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            time.sleep(pause)
    os.replace(temporary, target)


def _kept_aside(target: Path) -> Path | None:
    """A second name for a file's contents; None where there is no such file."""
    if not target.exists():
        return None
    aside = target.parent / temporary_name()
    with said_of(target):
        try:
            os.link(target, aside)
        except OSError:  # a disk without hard links
            try:
                shutil.copy2(target, aside)
            except BaseException:
                with contextlib.suppress(OSError):
                    aside.unlink(missing_ok=True)
                raise
    return aside


def _sync_folder(folder: Path) -> None:
    """The new name brought to the disk as well, where the system can do that. Raises LabError where the disk fails."""
    if os.name != "posix":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno in _DISK_GONE | _numbered("ENOSPC", "EDQUOT", "EROFS"):
            raise LabError(_NOT_CERTAIN, folder=str(folder)) from error


@contextlib.contextmanager
def said_of(path: Path) -> Iterator[None]:
    """What the system refuses inside the block, as a sentence about this file. Raises LabError."""
    try:
        yield
    except OSError as error:
        sentence = sentence_for(error)
        values = {"file": path.name, "folder": str(path.parent)}
        if "reason" in sentence.placeholders():
            values["reason"] = _reason(error)
        raise LabError(sentence, **values) from error


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


# -- sentences -------------------------------------------------------------------------------------------------------


def sentence_for(error: OSError) -> Text:
    """The sentence about a file that was not written because of this error; it takes file and folder (and reason)."""
    number = _OF_WINDOWS.get(getattr(error, "winerror", None) or 0, error.errno)
    for numbers, sentence in _SENTENCES:
        if number in numbers:
            return sentence
    return _WRITE_FAILED


def _numbered(*names: str) -> frozenset[int]:
    """Those of the system's error numbers that this system has."""
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


_DISK_GONE = _numbered(
    "EIO", "ESTALE", "ENOTCONN", "ENXIO", "ENODEV", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH",
    "ENETRESET", "ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "EREMOTEIO", "ENOLINK", "ECOMM", "ENOMEDIUM",
)  # fmt: skip
_CANNOT_SYNC = _numbered("EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP")
# What Python gives these errors of Windows is less than what they say: write protection, full disks, lost shares.
_OF_WINDOWS = {
    **dict.fromkeys((19, 6009), errno.EROFS),
    **dict.fromkeys((39, 112), errno.ENOSPC),
    **dict.fromkeys((1295, 1296), getattr(errno, "EDQUOT", errno.ENOSPC)),
    **dict.fromkeys((21, 23, 51, 53, 54, 55, 59, 64, 67, 121, 1117, 1167, 1231, 1232), errno.EIO),
    **dict.fromkeys((32, 33), errno.EBUSY),
    **dict.fromkeys((123, 161), errno.EINVAL),
    206: errno.ENAMETOOLONG,
}  # fmt: skip

NOT_VERIFIED = Text(
    "{file} could not be read back as it was written, so the old file was kept. Save under another name or in "
    "another folder.",
    "{file:을/를} 쓴 뒤 다시 읽어 보니 내용이 달라 이전 파일을 그대로 두었습니다. 다른 이름이나 다른 "
    "폴더에 저장하세요.",
)
_WRITE_FORBIDDEN = Text(
    "{file} may not be written in {folder}. Save it in another folder.",
    "{folder} 폴더에 {file:을/를} 쓸 권한이 없습니다. 다른 폴더에 저장하세요.",
)
_PROTECTED = Text(
    "{file} in {folder} is write-protected, so it was left as it is. Save under another name.",
    "{folder} 폴더의 {file:은/는} 쓰기 금지된 파일이라 그대로 두었습니다. 다른 이름으로 저장하세요.",
)
_NOT_A_FILE = Text(
    "{file} in {folder} is a folder or a device, not a file, so nothing was written. Save under another name.",
    "{folder} 폴더의 {file:은/는} 파일이 아니라 폴더나 장치라서 쓰지 않았습니다. 다른 이름으로 저장하세요.",
)
_NO_FOLDER = Text(
    "The folder {folder} is not there, so {file} was not written. Save it in another folder.",
    "{folder} 폴더가 없어 {file:을/를} 쓰지 못했습니다. 다른 폴더에 저장하세요.",
)
_NO_NEW_FOLDER = Text(
    "The folder {folder} could not be made ({reason}). Choose another place, or check that you may write there.",
    "{folder} 폴더를 만들지 못했습니다({reason}). 다른 곳을 고르거나 그곳에 쓸 권한이 있는지 확인하세요.",
)
_DISK_FULL = Text(
    "The disk that holds {folder} is full, so {file} was not written. Make room or save it elsewhere.",
    "{folder} 폴더가 있는 디스크가 가득 차서 {file:을/를} 쓰지 못했습니다. 공간을 비우거나 다른 곳에 저장하세요.",
)
_QUOTA_SPENT = Text(
    "Your share of the disk that holds {folder} is used up, so {file} was not written. Delete files of yours or save it "
    "elsewhere.",
    "{folder} 폴더가 있는 디스크에서 쓸 수 있는 용량을 다 써서 {file:을/를} 쓰지 못했습니다. 필요 없는 파일을 지우거나 "
    "다른 곳에 저장하세요.",
)
_FILE_TOO_LARGE = Text(
    "{file} is larger than a file in {folder} may be, so it was not written. Save it on another disk.",
    "{file:이/가} {folder} 폴더에 둘 수 있는 파일보다 커서 쓰지 못했습니다. 다른 디스크에 저장하세요.",
)
_READ_ONLY = Text(
    "The disk that holds {folder} can only be read at present, so {file} was not written. Save it on another disk.",
    "{folder} 폴더가 있는 디스크가 지금은 읽기 전용이라 {file:을/를} 쓰지 못했습니다. 다른 디스크에 저장하세요.",
)
_NO_ANSWER = Text(
    "The disk or network drive that holds {folder} does not answer, so {file} was not written. Connect it again, or save "
    "it elsewhere.",
    "{folder} 폴더가 있는 디스크나 네트워크 드라이브가 응답하지 않아 {file:을/를} 쓰지 못했습니다. 다시 연결하거나 다른 "
    "곳에 저장하세요.",
)
_IN_USE = Text(
    "Another program holds {file} in {folder} open, so it was not written. Close it there, or save under another name.",
    "다른 프로그램이 {folder} 폴더의 {file:을/를} 열어 두어 쓰지 못했습니다. 그 프로그램에서 닫거나 다른 이름으로 "
    "저장하세요.",
)
_NAME_TOO_LONG = Text(
    "The name {file} is too long for {folder}, so nothing was written. Choose a shorter one.",
    "{file:은/는} {folder} 폴더에 쓰기에 너무 긴 이름이라 저장하지 못했습니다. 더 짧은 이름을 고르세요.",
)
_BAD_NAME = Text(
    "{file} is no name that a file in {folder} can have, so nothing was written. Choose another name.",
    "{file:은/는} {folder} 폴더의 파일에 쓸 수 없는 이름이라 저장하지 못했습니다. 다른 이름을 고르세요.",
)
_LINKS_IN_A_CIRCLE = Text(
    "{file} in {folder} is a link that leads back to itself, so nothing was written. Save under another name.",
    "{folder} 폴더의 {file:은/는} 자기 자신을 가리키는 링크라서 쓰지 못했습니다. 다른 이름으로 저장하세요.",
)
_NOT_CERTAIN = Text(
    "The file was written, but the disk that holds {folder} did not confirm it. Save once more, in another folder.",
    "파일을 썼지만 {folder} 폴더가 있는 디스크가 저장을 확인해 주지 않았습니다. 다른 폴더에 한 번 더 저장하세요.",
)
_WRITE_FAILED = Text(
    "The system could not write {file} in {folder} ({reason}). Save it in another folder.",
    "{folder} 폴더에 {file:을/를} 쓰지 못했습니다({reason}). 다른 폴더에 저장하세요.",
)
_SENTENCES = (
    (_numbered("ENOSPC"), _DISK_FULL),
    (_numbered("EDQUOT"), _QUOTA_SPENT),
    (_numbered("EROFS"), _READ_ONLY),
    (_numbered("EFBIG"), _FILE_TOO_LARGE),
    (_numbered("ENOENT", "ENOTDIR"), _NO_FOLDER),
    (_numbered("EACCES", "EPERM"), _WRITE_FORBIDDEN),
    (_DISK_GONE, _NO_ANSWER),
    (_numbered("EBUSY", "ETXTBSY"), _IN_USE),
    (_numbered("ENAMETOOLONG"), _NAME_TOO_LONG),
    (_numbered("EINVAL", "EILSEQ"), _BAD_NAME),
    (_numbered("EISDIR"), _NOT_A_FILE),
    (_numbered("ELOOP"), _LINKS_IN_A_CIRCLE),
)
