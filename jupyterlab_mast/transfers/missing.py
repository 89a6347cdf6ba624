"""What of a transfer is not where it was put any more: files, and partial ones."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from ..files import is_within
from ..opening import FOLDER
from .journal import History
from .targets import Target, remove_same
from .types import Request, TransferError

#: Where each call waits for a server, so many are under way at once.
_THREADS = 16
_BATCH = 200
#: Folders that are looked into for partial files whose folder was moved.
_MOST_FOLDERS = 20_000


def has_target(request: Request) -> bool:
    """Whether the target is there still."""
    try:
        Target(request.root, request.target, make=False).close()
    except TransferError:
        return False
    return True


def missing_files(request: Request, history: History) -> list[int]:
    """The numbers of the files that were put in place and at whose paths there is none now.

    Raises TransferError when the target itself is not there.
    """
    copied = history.finished.having("copied")
    if not copied:
        return []
    with contextlib.closing(Target(request.root, request.target, make=False)) as target:

        def look(batch: list[int]) -> list[int]:
            return [one for one in batch if _is_gone(target, history.finished[one].path)]

        batches = (copied[at : at + _BATCH] for at in range(0, len(copied), _BATCH))
        with ThreadPoolExecutor(_THREADS, "mast-missing") as threads:
            return [one for found in threads.map(look, batches) for one in found]


def _is_gone(target: Target, path: str) -> bool:
    try:
        with target.folder(path, make=False) as folder:
            os.stat(os.path.basename(path), dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return True
    except TransferError as error:
        return error.kind == "target"
    except OSError:
        return False  # that cannot be told
    return False


def remove_lost_parts(request: Request, lost: Mapping[str, int]) -> set[str]:
    """Remove partial files that are not where they were: their names and inodes.

    They are looked for near the target first, and in so many folders at most. Returns the folders
    in which some were.
    """
    left = dict(lost)
    changed = set()
    for folder, names in _nearest_first(request) if left else ():
        for name in left.keys() & names:
            inode = left.pop(name)
            with contextlib.suppress(OSError):
                file = os.open(folder, FOLDER)
                try:
                    remove_same(file, name, inode)
                    changed.add(folder)
                finally:
                    os.close(file)
        if not left:
            break
    return changed


def _nearest_first(request: Request) -> Iterator[tuple[str, set[str]]]:
    """Folders of one file system below a transfer's root, and what is in them: those in the first
    folder above the target that is there, then those in the one above that, and so on. No link is
    followed."""
    at = request.target
    seen: set[str] = set()
    with contextlib.suppress(OSError):
        device = os.stat(request.root).st_dev
        while is_within(at, request.root):
            waiting = deque([at] if os.path.isdir(at) else [])
            while waiting:
                folder = waiting.popleft()
                if folder in seen:
                    continue
                if len(seen) >= _MOST_FOLDERS:
                    return
                seen.add(folder)
                names, inner = _listing(folder, device)
                yield folder, names
                waiting += inner
            at = os.path.dirname(at)


def _listing(folder: str, device: int) -> tuple[set[str], list[str]]:
    """The names in a folder, and the folders in it that are on a device."""
    names: set[str] = set()
    inner: list[str] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for one in entries:
            names.add(one.name)
            with contextlib.suppress(OSError):
                if (
                    one.is_dir(follow_symlinks=False)
                    and one.stat(follow_symlinks=False).st_dev == device
                ):
                    inner.append(one.path)
    return names, inner
