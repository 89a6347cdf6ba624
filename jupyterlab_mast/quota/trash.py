"""Moving files to the trash and back, and deleting them for good, below one root.

The trash is where desktops and JupyterLab's file browser have it: the home's where it lies on the
same disk, else the person's own at the top of the disk, in the folder that all share for that or
beside it. Source: "The FreeDesktop.org Trash specification", 1.0. No link is followed on the way to
what is moved.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

from ..files import is_within, nearest, rename_new
from ..opening import FOLDER
from .folders import Mounted, folders_in, open_strictly, read_file, refuse_mounts
from .limits import mount_point
from .mounts import is_in, mount_over, mounts_below
from .names import is_path, shown
from .tree import join

_INFO = b".trashinfo"
#: What the home's is called in the data folder.
_HOME = b"Trash"
#: Bytes of a note that are read: more than any path that a request can name takes.
_NOTE = 1 << 18

_DELETE = "Delete for good instead."

#: Looks at a name in an open folder. Returns what it is, which it has asked last of all; raises
#: TrashError when it has to stay.
Check = Callable[[int, bytes], os.stat_result]


class TrashError(Exception):
    """What cannot be moved or deleted; its text is a sentence. `changed` are the folders below the
    root from which something went all the same."""

    def __init__(self, message: str, changed: Iterable[bytes] = ()) -> None:
        super().__init__(message)
        self.changed = frozenset(changed)


class Origin(NamedTuple):
    """Whence something in the trash came."""

    #: Below the root.
    path: bytes
    #: When it was moved, in seconds since 1970; None where its note does not say it.
    moved: float | None


class Trash:
    """The trash for what lies below `root`."""

    def __init__(self, root: str) -> None:
        self._root = os.fsencode(os.path.realpath(root))
        # Other programs name what lies there, or all of a disk, from this folder on.
        top, name = _place_for(os.fsdecode(self._root))
        self._top, self._name = os.fsencode(top), os.fsencode(name)
        self.folder = os.path.join(self._top, self._name)

    def move(self, path: bytes) -> str:
        """Move the file or folder at `path` below the root. Returns by what to bring it back.

        Raises TrashError.
        """
        whole = os.path.join(self._root, path)
        if is_within(os.fsdecode(whole), os.fsdecode(self.folder)):
            raise TrashError(f"{shown(path)} is in the trash already. Delete it for good instead.")
        if path and is_within(os.fsdecode(self.folder), os.fsdecode(whole)):
            raise TrashError(
                f"{shown(path)} cannot be moved to the trash, which lies in it. Move what else is "
                "in it instead."
            )
        with self._parent(path) as (parent, name), self._open() as (files, info):
            refuse_mounted(self._root, path)
            free = self._free_name(files, info, name, whole)
            try:
                os.rename(name, free, src_dir_fd=parent, dst_dir_fd=files)
            except OSError as error:
                with contextlib.suppress(OSError):
                    os.unlink(free + _INFO, dir_fd=info)
                raise _refusal(path, "moved to the trash", error) from None
        return token_of(free)

    def bring_back(self, token: str) -> bytes:
        """Bring back what was moved. Returns its path below the root. Raises TrashError."""
        name = name_of(token)
        if b"/" in name or b"\0" in name or name in (b"", b".", b".."):
            raise TrashError(f"{token!r} names nothing in the trash. Look into the trash yourself.")
        with self._open("Nothing was brought back: look into it yourself.") as (files, info):
            origin = self._origin(info, name)
            if origin is None:
                raise TrashError(
                    f"{shown(name)} is no longer in the trash, or came from elsewhere. "
                    "Look into the trash yourself."
                )
            path = origin.path
            # Before a folder is made there.
            self._refuse_place(path, token)
            parent = self._made_for(path)
            try:
                rename_new(files, name, parent, os.path.basename(path))
            except FileExistsError:
                raise TrashError(
                    f"There is another {shown(path)} now: nothing was replaced. Move that one away "
                    "first."
                ) from None
            except FileNotFoundError:
                raise TrashError(
                    f"{shown(path)} is not in the trash any more. Look into the trash yourself."
                ) from None
            except OSError as error:
                raise _not_back(path, error) from None
            finally:
                os.close(parent)
            with contextlib.suppress(OSError):
                os.unlink(name + _INFO, dir_fd=info)
        return path

    def origins(self, names: Iterable[bytes]) -> dict[bytes, Origin]:
        """Whence those of these names in the trash came that can be brought back below the root.

        Raises TrashError.
        """
        with self._open() as (_, info):
            found = {name: self._origin(info, name) for name in names}
        return {name: origin for name, origin in found.items() if origin is not None}

    def place_of(self, token: str) -> str:
        """Where in the trash it lies what `move` has returned."""
        return os.fsdecode(os.path.join(self.folder, b"files", name_of(token)))

    def folders(self) -> list[str]:
        """The full paths of those that a change of the trash changes."""
        return [os.fsdecode(os.path.join(self.folder, name)) for name in (b"files", b"info")]

    def delete(self, path: bytes, check: Check | None = None) -> None:
        """Delete the file or folder at `path` for good, unless `check` raises. Raises TrashError.

        It is checked in the very folder from which it is removed, right before, and nothing else
        goes that has its name by then. Nothing of a folder goes where something is mounted in it,
        nor what lies in a mount: that belongs elsewhere.
        """
        try:
            refuse_mounted(self._root, path)
            with _mounts_refused(path):
                with self._parent(path) as (parent, name):
                    about = (check or _look)(parent, name)
                    if not stat.S_ISDIR(about.st_mode):
                        os.unlink(name, dir_fd=parent)
                        self._forget(path)
                        return
                self._delete_folder(path, _identity(about))
        except OSError as error:
            raise _refusal(path, "deleted", error) from None
        self._forget(path)

    def _delete_folder(self, path: bytes, checked: tuple[int, int]) -> None:
        found = [(one, _identity(about)) for one, about, _ in folders_in(self._root, path)]
        if found[0][1] != checked:
            raise _another(path)
        #: Those that are there, with less in them.
        changed: set[bytes] = set()
        try:
            for one, before in reversed(found):
                self._delete_files(one, before, changed)
                with self._parent(one) as (parent, last):
                    try:
                        os.rmdir(last, dir_fd=parent)
                    except OSError as error:
                        raise _refusal(one, "deleted", error) from None
                changed.discard(one)
                changed.add(one.rpartition(b"/")[0])
        except TrashError as error:
            name = shown(path)
            stays = f"A part of {name} was deleted, the rest stays" if changed else f"{name} stays"
            raise TrashError(f"{stays}: {error}", changed) from None

    def _delete_files(self, path: bytes, before: tuple[int, int], changed: set[bytes]) -> None:
        """Delete all but the folders in a folder, which is `changed` then. Raises TrashError."""
        at = path
        try:
            folder = open_strictly(self._root, path)
            try:
                if _identity(os.fstat(folder)) != before:
                    raise _another(path)
                with os.scandir(folder) as entries:
                    names = [
                        entry.name for entry in entries if not entry.is_dir(follow_symlinks=False)
                    ]
                for name in names:
                    at = join(path, os.fsencode(name))
                    os.unlink(name, dir_fd=folder)
                    changed.add(path)
            finally:
                os.close(folder)
        except OSError as error:
            raise _refusal(at, "deleted", error) from None

    def _forget(self, path: bytes) -> None:
        """What was deleted in the trash needs no note of whence it came."""
        whole = os.path.join(self._root, path)
        if os.path.dirname(whole) == os.path.join(self.folder, b"files"):
            with contextlib.suppress(OSError, TrashError), self._open() as (_, info):
                os.unlink(os.path.basename(whole) + _INFO, dir_fd=info)

    @contextlib.contextmanager
    def _parent(self, path: bytes) -> Iterator[tuple[int, bytes]]:
        """The folder of a path, open, and the name in it. Raises TrashError."""
        outer, _, name = path.rpartition(b"/")
        if not name:
            raise TrashError("The whole folder cannot go: choose something in it.")
        try:
            folder = open_strictly(self._root, outer)
        except OSError as error:
            raise _refusal(path, "reached", error) from None
        try:
            yield folder, name
        finally:
            os.close(folder)

    def _refuse_place(self, path: bytes, token: str) -> None:
        """Raise TrashError where something is mounted over the place of what shall come back."""
        mount = mount_over(path, sorted(mounts_below(self._root)))
        if mount is not None:
            place = shown(os.fsencode(self.place_of(token)))
            raise TrashError(
                f"Files from elsewhere are mounted at {shown(mount)} now: {shown(path)} stays in "
                f"the trash. Move it from {place} to another place yourself."
            )

    def _made_for(self, path: bytes) -> int:
        """A descriptor of the folder for what comes back; it and those that it lies in are made
        unless they are there. Raises TrashError."""
        outer, at = path.rpartition(b"/")[0], b""
        opened: list[int] = []
        try:
            opened.append(open_strictly(self._root, b""))
            for name in outer.split(b"/") if outer else ():
                at = join(at, name)
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, 0o755, dir_fd=opened[-1])
                opened.append(os.open(name, FOLDER, dir_fd=opened[-1]))
                os.close(opened.pop(0))
            return opened.pop()
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise TrashError(
                    f"{shown(at)} is a file or a link now, no folder: {shown(path)} stays in the "
                    "trash. Move that away first."
                ) from None
            raise _not_back(path, error) from None
        finally:
            for one in opened:
                os.close(one)

    @contextlib.contextmanager
    def _open(self, otherwise: str = _DELETE) -> Iterator[tuple[int, int]]:
        """The folders of what was moved, and of whence it came, both open.

        Raises TrashError, which says what to do `otherwise`.
        """
        opened: list[int] = []
        try:
            try:
                os.makedirs(self.folder, mode=0o700, exist_ok=True)
                opened.append(self._open_folder())
                if os.fstat(opened[0]).st_uid != os.getuid():
                    raise PermissionError(errno.EPERM, "it belongs to somebody else")
                for name in (b"files", b"info"):
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, 0o700, dir_fd=opened[0])
                    opened.append(os.open(name, FOLDER, dir_fd=opened[0]))
            except OSError as error:
                raise self._unusable(error, otherwise) from None
            yield opened[1], opened[2]
        finally:
            for one in opened:
                os.close(one)

    def _open_folder(self) -> int:
        if self._name == _HOME:
            return os.open(self.folder, FOLDER & ~os.O_NOFOLLOW)
        # At the top of a disk anybody may have put a link of this name.
        return open_strictly(self._top, self._name)

    def _unusable(self, error: OSError, otherwise: str = _DELETE) -> TrashError:
        return TrashError(
            f"The trash {shown(self.folder)} cannot be used: {error.strerror or error}. {otherwise}"
        )

    def _free_name(self, files: int, info: int, name: bytes, whole: bytes) -> bytes:
        """Note whence it comes, under a name that is free in the trash; returns that name."""
        # The trash of a disk names paths from its top on; full ones may be used everywhere.
        text = (
            b"[Trash Info]\nPath="
            + quote_from_bytes(whole).encode()
            + time.strftime("\nDeletionDate=%Y-%m-%dT%H:%M:%S\n").encode()
        )
        stem, dot, suffix = name[:200].partition(b".")
        for count in range(1, 10_000):
            free = name[:240] if count == 1 else b"%b %d%b%b" % (stem, count, dot, suffix)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            try:
                note = os.open(free + _INFO, flags, 0o600, dir_fd=info)
            except FileExistsError:
                continue
            except OSError as error:
                raise self._unusable(error) from None
            try:
                with os.fdopen(note, "wb") as file:
                    file.write(text)
            except OSError as error:
                os.unlink(free + _INFO, dir_fd=info)
                raise self._unusable(error) from None
            try:
                os.stat(free, dir_fd=files, follow_symlinks=False)
            except FileNotFoundError:
                return free
            # A file without a note is in the way: another program's.
            os.unlink(free + _INFO, dir_fd=info)
        raise TrashError("The trash is full of files of this name. Empty it first.")

    def _origin(self, info: int, name: bytes) -> Origin | None:
        """Whence something in the trash came; None where it is not known, or elsewhere."""
        note = read_file(info, name + _INFO, _NOTE) or b""
        parts = [line.partition(b"=") for line in note.splitlines()]
        said = {key.strip(): value.strip() for key, _, value in reversed(parts)}
        whole = os.path.join(self._top, unquote_to_bytes(said.get(b"Path", b"")))
        inside = self._root.rstrip(b"/") + b"/"
        path = whole[len(inside) :]
        if not whole.startswith(inside) or not is_path(path):
            return None
        return Origin(path, _seconds(said.get(b"DeletionDate", b"")))


def token_of(name: bytes) -> str:
    """By what something of this name in the trash is brought back."""
    return quote_from_bytes(name, safe="")


def name_of(token: str) -> bytes:
    """The name in the trash of what a token stands for."""
    return unquote_to_bytes(token)


def trash_below(root: str) -> bytes | None:
    """The path below `root` of the trash for what lies there; None where it lies elsewhere."""
    whole = os.path.realpath(root)
    folder = os.fsdecode(Trash(whole).folder)
    if not is_within(folder, whole):
        return None
    return os.fsencode(os.path.relpath(folder, whole))


def _place_for(root: str) -> tuple[str, str]:
    """The trash on the disk of `root`: the data folder or the top of the disk, and what is in that.

    Nothing is made for it.
    """
    data = os.path.realpath(os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share"))
    there = nearest(os.path.join(data, "Trash"), os.path.exists)
    if os.stat(there).st_dev == os.stat(root).st_dev:
        return data, os.fsdecode(_HOME)
    top, person = mount_point(root), os.getuid()
    is_shared = _may_be_in(os.path.join(top, ".Trash"), f"{person}")
    return top, f".Trash/{person}" if is_shared else f".Trash-{person}"


def _may_be_in(common: str, name: str) -> bool:
    """Whether a folder is meant for the trash of all, and this person's own is there, or may be."""
    try:
        about = os.lstat(common)
        if not (stat.S_ISDIR(about.st_mode) and about.st_mode & stat.S_ISVTX):
            return False
        own = os.lstat(os.path.join(common, name))
    except FileNotFoundError:
        return os.access(common, os.W_OK | os.X_OK)
    except OSError:
        return False
    return stat.S_ISDIR(own.st_mode) and own.st_uid == os.getuid()


def _seconds(date: bytes) -> float | None:
    """A date of a note, which is in the time zone of this machine, in seconds since 1970."""
    try:
        return time.mktime(time.strptime(date.decode(), "%Y-%m-%dT%H:%M:%S"))
    except (ValueError, OverflowError):
        return None


def _look(folder: int, name: bytes) -> os.stat_result:
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


def _identity(about: os.stat_result) -> tuple[int, int]:
    """Which folder it is: another one where something is mounted over it."""
    return about.st_dev, about.st_ino


def refuse_mounted(root: bytes, path: bytes) -> None:
    """Raise TrashError where something is mounted at a path below `root` or in it, or where that
    lies in what is mounted."""
    with _mounts_refused(path):
        refuse_mounts(root, path)


@contextlib.contextmanager
def _mounts_refused(path: bytes) -> Iterator[None]:
    """Say by a TrashError that something is mounted in what shall go, or that it lies there."""
    try:
        yield
    except Mounted as mounted:
        if is_in(mounted.at, path):
            raise TrashError(
                f"Files from elsewhere are mounted at {shown(mounted.at)}: {shown(path)} stays, so "
                "that nothing happens to them. Choose what lies beside them."
            ) from None
        raise TrashError(
            f"{shown(path)} lies in {shown(mounted.at)}, where files from elsewhere are mounted: "
            "it stays. It takes none of this space; what is yours of it you can delete in the file "
            "browser."
        ) from None


def _another(path: bytes) -> TrashError:
    return TrashError(f"{shown(path)} is another folder now: it stays. Count again to see what is.")


def _not_back(path: bytes, error: OSError) -> TrashError:
    return TrashError(
        f"{shown(path)} cannot be brought back: {error.strerror or error}. It stays in the trash."
    )


def _refusal(path: bytes, verb: str, error: OSError) -> TrashError:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return TrashError(f"{shown(path)} is not there any more. Count again to see what is.")
    if error.errno == errno.ELOOP:
        return TrashError(f"{shown(path)} lies behind a link, which is not followed.")
    if error.errno == errno.EXDEV:
        return TrashError(
            f"{shown(path)} lies on another disk than the trash. Delete it for good instead."
        )
    return TrashError(f"{shown(path)} cannot be {verb}: {error.strerror or error}.")
