"""Taking back what a transfer wrote, as far as nobody changed it since."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable

from .journal import History, Journal, read_history
from .lastlook import Changed, look, remove_if_same
from .missing import remove_lost_parts
from .provenance import Provenance
from .store import PLAN, Folder, PlanFile
from .targets import Target, part_name, remove_part
from .types import Request, TransferError


def undo_files(folder: Folder, request: Request, provenance: Provenance) -> set[str]:
    """Remove the files that a transfer put in place and that are still exactly those.

    A file that was written to, replaced or moved since stays; so does a folder that is not empty.
    Returns the folders in which something may have changed.
    """
    history = read_history(folder.path)
    changed = set()
    with (
        contextlib.suppress(TransferError),  # there is no such folder: nothing is left of them
        contextlib.closing(Target(request.root, request.target, make=False)) as target,
    ):
        for index in history.finished.having("copied"):
            how = history.finished[index]
            name = os.path.basename(how.path)
            with (
                contextlib.suppress(OSError, TransferError, Changed),
                target.folder(how.path, make=False, put=True) as inner,
            ):
                found = look(inner, name)
                if (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns) == (
                    how.inode,
                    how.size,
                    how.mtime_ns,
                    how.ctime_ns,
                ):
                    remove_if_same(inner, name, found)
                    path = os.path.join(request.target, how.path)
                    changed.add(os.path.dirname(path))
                    provenance.remove(path)
    return changed | remove_made(request, history)


def drop_parts(folder: Folder, request: Request) -> set[str]:
    """Remove the partial files of a transfer that does not run, wherever their folders were moved
    to, and the folders that it made and put nothing into. Returns the folders in which something
    may have changed."""
    history = read_history(folder.path)
    lost = {
        part_name(request.id, index): int(part.about.get("inode", 0))
        for index, part in history.parts.items()
    }
    changed: set[str] = set()
    # A plan that cannot be read: nothing was begun.
    with (
        contextlib.suppress(OSError, ValueError, KeyError, TransferError),
        contextlib.closing(PlanFile(folder.path / PLAN, request)) as plan,
        contextlib.closing(Target(request.root, request.target, make=False)) as target,
    ):
        paths = (plan[index].path for index in range(len(plan)))
        changed = remove_parts(request.id, target, paths, lost)
    return changed | remove_lost_parts(request, lost) | remove_made(request, history)


def drop_left_out(
    request: Request, plan: PlanFile, history: History, journal: Journal, left_out: Iterable[int]
) -> None:
    """Remove the partial files of objects that are not wanted any more: their room is."""
    with (
        contextlib.suppress(OSError, TransferError),
        contextlib.closing(Target(request.root, request.target, make=False)) as target,
    ):
        for index in left_out:
            if index not in history.parts:
                continue
            with (
                contextlib.suppress(OSError, TransferError),
                target.folder(plan[index].path, make=False) as folder,
            ):
                remove_part(folder, part_name(request.id, index))
            del history.parts[index]
            journal.dropped(index)


def remove_parts(
    transfer_id: str, target: Target, paths: Iterable[str], lost: dict[str, int]
) -> set[str]:
    """Remove all partial files of a transfer from the folders of files' `paths`, and their names
    from `lost`. Returns where there were some, as full paths."""
    changed = set()
    ours = re.compile(rf"\.mast-{re.escape(transfer_id)}-[0-9]+\.part")
    for folder in dict.fromkeys(os.path.dirname(path) for path in paths):
        with (
            contextlib.suppress(OSError, TransferError),
            target.folder(os.path.join(folder, "any"), make=False) as inner,
        ):
            for name in os.listdir(inner):
                if ours.fullmatch(name):
                    changed.add(os.path.join(target.path, folder))
                    remove_part(inner, name)
                    lost.pop(name, None)
    return changed


def remove_made(request: Request, history: History) -> set[str]:
    """Remove the folders that were made and are empty now. Returns all that were made, as full
    paths."""
    with (
        contextlib.suppress(OSError, TransferError),
        contextlib.closing(Target(request.root, request.root, make=False)) as root,
    ):
        for path in reversed(history.made):
            root.remove_folder(path)
    return {os.path.join(request.root, path) for path in history.made}
