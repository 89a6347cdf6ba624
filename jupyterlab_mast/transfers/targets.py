"""Where files are put: folders that nothing leads out of, and files that appear when complete.

A target is opened once, part by part from its root, following no link; below it folders are
opened relative to it, in the same way. Before a file appears, the folder's path is looked at
again: if it was moved, deleted or exchanged for a link meanwhile, nothing is put there.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator

from ..files import rename_new, sync_folder
from ..opening import FOLDER
from .types import TransferError
from .written import WrittenFolders

_OPEN_FOLDERS = 64


class _Open:
    """A folder that is open: `name` is its path below the target."""

    def __init__(self, name: str, file: int) -> None:
        self.name = name
        self.file = file
        self._place = _place(file)
        self.users = 0
        self.evicted = False
        #: A name was put in it that may not be on the disk itself yet.
        self.dirty = False
        found = os.fstat(file)
        self._identity = (found.st_dev, found.st_ino)

    def is_at(self, path: str) -> bool:
        """Whether it is what `path` leads to, and has not been moved: a link at its old place
        would lead to it too."""
        try:
            found = os.stat(path, follow_symlinks=False)
        except OSError:
            return False
        same = (found.st_dev, found.st_ino) == self._identity
        return same and _place(self.file) == self._place


def _place(file: int) -> str | None:
    """Where an open folder is now, as the kernel knows it; None where it does not tell.

    Source: /proc/pid/fd, proc_pid_fd(5).
    """
    try:
        return os.readlink(f"/proc/self/fd/{file}")
    except OSError:
        return None


class Target:
    """The folder `target`, which is `root` or lies below it. Any thread may use it.

    Both are absolute and hold no links. Folders that are missing are made where they are written
    to, and `made` is told each, as a path below the root. `written` knows into which of them
    something was written.
    """

    def __init__(
        self,
        root: str,
        target: str,
        *,
        make: bool = True,
        made: Callable[[str], None] | None = None,
    ) -> None:
        self.path = target
        self.written = WrittenFolders(target)
        self._root = root
        self._made = made
        self._lock = threading.Lock()
        self._folders: OrderedDict[str, _Open] = OrderedDict()
        #: Folders below the target whose names may not be on the disk, and why.
        self._unsynced: dict[str, OSError] = {}
        below = os.path.relpath(target, root)
        parts = [] if below == "." else below.split(os.sep)
        if ".." in parts:
            raise TransferError("target", f"{target} is not in {root}. Choose a folder in it.")
        try:
            file = os.open(root, FOLDER)
        except OSError as error:
            raise self._cannot(error, root) from None
        self._base: _Open | None = _Open("", self._walk(file, parts, root, make))

    def sync(self) -> dict[str, OSError]:
        """Wait until the names that were put here are on the disk itself.

        Returns the folders, as paths below the target, of which that cannot be had since the last
        call, and why.
        """
        with self._lock:
            for one in self._folders.values():
                self._sync(one)
            unsynced, self._unsynced = self._unsynced, {}
            return unsynced

    def close(self) -> None:
        with self._lock:
            for folder in list(self._folders):
                self._evict(folder)
            if self._base is not None:
                os.close(self._base.file)
                self._base = None

    def check(self) -> None:
        """Raises TransferError when the target is not where it was."""
        base = self._base
        if base is None or not base.is_at(self.path):
            raise TransferError("target", moved_away(self.path))

    @contextlib.contextmanager
    def folder(self, path: str, *, make: bool = True, put: bool = False) -> Iterator[int]:
        """A descriptor of the folder of `path`, a file's path below the target.

        `put` tells that a file gets its name in it. Raises TransferError when the folder cannot be
        made (of kind "target" when it is not there and `make` is false), or is not where it was.
        """
        folder = os.path.dirname(path)
        if make or put:
            self.written.add(os.path.join(self.path, folder) if folder else self.path)
        one = self._lend(folder, make)
        try:
            yield one.file
        finally:
            with self._lock:
                one.dirty = one.dirty or put
                self._give_back(one)

    def _give_back(self, one: _Open) -> None:
        one.users -= 1
        if one.evicted and one.users == 0:
            self._shut(one)

    def remove_folder(self, path: str) -> None:
        """Remove a folder below the target if it is empty, through the folder above it."""
        with (
            contextlib.suppress(OSError, TransferError),
            self.folder(path, make=False, put=True) as above,
        ):
            os.rmdir(os.path.basename(path), dir_fd=above)

    def remove_moved(self, path: str, part: str, inode: int) -> None:
        """Remove a partial file beside `path`, wherever the target was moved to meanwhile.

        Only the file with `inode` is removed, and no link leads to it. Raises OSError or
        TransferError when it cannot be found.
        """
        with self._lock:
            if self._base is None:
                return
            file = os.dup(self._base.file)
        folder = os.path.dirname(path)
        inner = self._walk(file, folder.split("/") if folder else [], self.path, False)
        try:
            remove_same(inner, part, inode)
        finally:
            os.close(inner)

    def _lend(self, folder: str, make: bool) -> _Open:
        absolute = os.path.join(self.path, folder) if folder else self.path
        while True:
            with self._lock:
                if self._base is None:
                    raise TransferError("target", f"{self.path} is closed.")
                one = self._folders.get(folder)
                if one is None:
                    return self._open(folder, make)
                self._folders.move_to_end(folder)
                one.users += 1
            # Without the lock: many threads look at the same time.
            if one.is_at(absolute):
                return one
            with self._lock:
                if self._folders.get(folder) is one:
                    self._evict(folder)
                self._give_back(one)

    def _open(self, folder: str, make: bool) -> _Open:
        self.check()
        assert self._base is not None
        parts = folder.split("/") if folder else []
        one = _Open(folder, self._walk(os.dup(self._base.file), parts, self.path, make))
        one.users = 1
        self._folders[folder] = one
        if len(self._folders) > _OPEN_FOLDERS:
            self._evict(next(iter(self._folders)))
        return one

    def _evict(self, folder: str) -> None:
        one = self._folders.pop(folder)
        one.evicted = True
        if one.users == 0:
            self._shut(one)

    def _shut(self, one: _Open) -> None:
        self._sync(one)
        os.close(one.file)

    def _sync(self, one: _Open) -> None:
        if one.dirty:
            one.dirty = False
            try:
                sync_folder(one.file)
            except OSError as error:
                # Of a folder that is gone there is nothing to keep.
                if error.errno not in (errno.ENOENT, errno.ESTALE):
                    self._unsynced[one.name] = error

    def _walk(self, file: int, parts: list[str], at: str, make: bool) -> int:
        """Open `parts` one below the other from `file`, which is closed."""
        for part in parts:
            at = os.path.join(at, part)
            try:
                try:
                    inner = os.open(part, FOLDER, dir_fd=file)
                except FileNotFoundError:
                    if not make:
                        raise
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(part, dir_fd=file)
                        if self._made is not None:
                            self._made(os.path.relpath(at, self._root))
                    inner = os.open(part, FOLDER, dir_fd=file)
            except OSError as error:
                raise self._cannot(error, at) from None
            finally:
                os.close(file)
            file = inner
        return file

    @staticmethod
    def _cannot(error: OSError, path: str) -> TransferError:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            return TransferError(
                "target",
                f"{path} is a link or a file, and files are copied into folders only. "
                "Choose another folder.",
            )
        return disk_problem(error, path)


def moved_away(path: str) -> str:
    """The sentence about a target that is not where it was."""
    return (
        f"The folder {path} was moved, deleted or exchanged while files were copied into it. "
        "Nothing more was put there. Copy to a folder that stays."
    )


def disk_problem(error: OSError, path: str) -> TransferError:
    """What an error of the file system means for a person."""
    if error.errno in (errno.ENOSPC, errno.EFBIG):
        return TransferError("space", f"There is no space left for {path}. Free some, then go on.")
    if error.errno == errno.EDQUOT:
        return TransferError(
            "quota", f"Your quota is used up: {path} does not fit. Free some space, then go on."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return TransferError(
            "read-only", f"You may not write to {path}. Choose a folder that you may write to."
        )
    if error.errno in (errno.ENOENT, errno.ESTALE, errno.ENOTDIR):
        return TransferError(
            "target", f"{path} is not there any more. Copy again to a folder that stays."
        )
    return TransferError("target", f"{path} cannot be written: {error.strerror or error}.")


def part_name(transfer_id: str, index: int) -> str:
    """The name of an object's partial file."""
    return f".mast-{transfer_id}-{index}.part"


def open_part(folder: int, name: str, inode: int | None) -> int | None:
    """Open a partial file: a new one, or the one with `inode` again; None when that is gone."""
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    if inode is None:
        return os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder)
    try:
        file = os.open(name, flags | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return None
    found = os.fstat(file)
    if found.st_ino != inode or not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(file)
        return None
    return file


def remove_part(folder: int, name: str) -> None:
    """Remove a partial file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def remove_same(folder: int, name: str, inode: int) -> bool:
    """Remove a partial file if it is the one with `inode`; whether it was. Raises OSError if none
    is there."""
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    same = found.st_ino == inode and stat.S_ISREG(found.st_mode)
    if same:
        remove_part(folder, name)
    return same


def put_in_place(folder: int, part: str, name: str, replace: bool) -> None:
    """Give a complete file its name. Without `replace`, FileExistsError when there is one."""
    if replace:
        os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    else:
        rename_new(folder, part, folder, name)
