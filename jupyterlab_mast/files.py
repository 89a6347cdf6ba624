"""Files that others read while they are written anew, and where files lie."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

#: Why a folder takes no more: there is no room. And why it takes nothing at all: besides, a disk
#: that may only be read, or somebody else's folder.
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
TAKES_NOTHING = (*NO_ROOM, errno.EROFS, errno.EACCES)


@contextlib.contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A stream that becomes the file `path`: a reader finds all of it, or what was there before.

    Nothing is left behind where writing fails. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "wb", buffering=1 << 18) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, value: Any) -> None:
    """Write JSON as `written_whole` does."""
    with written_whole(path) as stream:
        stream.write(json.dumps(value).encode())


#: Of file systems that do not know it for folders.
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EBADF)


def sync_folder(folder: int | Path) -> None:
    """Wait until the names in a folder, which may be open, are on the disk itself, where that can
    be had.

    Raises OSError.
    """
    if isinstance(folder, Path):
        file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            sync_folder(file)
        finally:
            os.close(file)
        return
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def time_at(path: Path) -> float:
    """What the clock of a file system says, by which files of all machines are dated, in seconds
    since 1970. The file or folder `path`, which is the person's own, has that time then.

    Raises OSError.
    """
    os.utime(path)
    return os.stat(path).st_mtime


def json_line(value: Any) -> bytes:
    """A value as a line of JSON, with its end."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


#: Bytes of a block: files take whole ones on most disks, and EFS meters them so
#: (docs.aws.amazon.com/efs/latest/ug/metered-sizes.html).
_BLOCK = 4096


def on_disk(size: int) -> int:
    """The bytes that a file of `size` bytes takes."""
    return -(-size // _BLOCK) * _BLOCK


#: What is said where a file can have no second name.
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV)


def rename_new(folder: int, name: str | bytes, to_folder: int, to: str | bytes) -> None:
    """Rename `name` in an open folder to what is new in another. FileExistsError when there is
    something of that name, also when it has come just now; raises OSError too."""
    try:
        os.link(name, to, src_dir_fd=folder, dst_dir_fd=to_folder, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _rename_unlinked(folder, name, to_folder, to)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def _rename_unlinked(folder: int, name: str | bytes, to_folder: int, to: str | bytes) -> None:
    """As `rename_new`, of what can have no second name."""
    if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        # A folder takes the place of an empty one alone, and that is this one.
        os.mkdir(to, 0o700, dir_fd=to_folder)
        try:
            os.rename(name, to, src_dir_fd=folder, dst_dir_fd=to_folder)
        except OSError:
            with contextlib.suppress(OSError):
                os.rmdir(to, dir_fd=to_folder)
            raise
        return
    # A file system without hard links; nothing better is to be had there.
    with contextlib.suppress(FileNotFoundError):
        os.stat(to, dir_fd=to_folder, follow_symlinks=False)
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), to)
    os.rename(name, to, src_dir_fd=folder, dst_dir_fd=to_folder)


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies in it; both absolute, as they are written."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def nearest(path: str, is_there: Callable[[str], bool] = os.path.isdir) -> str:
    """`path`, or the nearest above it that is there: a folder, or whatever `is_there` finds."""
    while not is_there(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


class Folders(NamedTuple):
    """Some folders alone, and others with all that is below them; absolute, as they are written."""

    alone: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()

    @classmethod
    def of_json(cls, value: Any) -> Folders:
        """What it was before it became JSON."""
        alone, whole = value
        return cls(tuple(alone), tuple(whole))

    def hold(self, path: str) -> bool:
        """Whether a file is in one of them."""
        return os.path.dirname(path) in self.alone or any(
            is_within(path, folder) for folder in self.whole
        )


NO_FOLDERS = Folders()


def is_same_file(found: os.stat_result, before: os.stat_result) -> bool:
    """Whether nobody has touched a file between two looks at it."""
    return _fingerprint(found) == _fingerprint(before)


def _fingerprint(found: os.stat_result) -> tuple[int, ...]:
    return (
        found.st_dev,
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_nlink,
    )
