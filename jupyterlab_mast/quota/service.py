"""What the routes of the quota do."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import Json, RequestError
from ..files import Folders, is_within
from ..transfers.interface import Copies
from .folders import open_strictly
from .manager import QuotaManager
from .marks import mark_of
from .models import (
    AdoptRequest,
    CachesQuery,
    CopiesQuery,
    DeleteRequest,
    EntriesRequest,
    FetchRequest,
    FolderQuery,
    FreedFilesQuery,
    LargeFilesQuery,
    ListRequest,
    LookRequest,
    RemoveCopiesRequest,
    RemoveFreeableRequest,
    RestoreRequest,
)
from .mounts import mounts_below
from .names import id_of, path_of, shown
from .removal import Removal
from .reservations import Reservations
from .trash import Check, Origin, Trash, TrashError, name_of, refuse_mounted, token_of, trash_below
from .tree import join

#: Seconds that the figures have to take in what was changed, before it is answered.
TAKEN_IN_SECONDS = 2.0
#: Seconds within which there is an answer to what looks at files for some seconds, after others.
LOOK_WITHIN = 60.0

#: Tells of a file or folder that was moved, or deleted (None): full paths.
Moved = Callable[[str, "str | None"], Awaitable[None]]
#: What the file browser calls a full path; None where it cannot show it.
AsShown = Callable[[str], "str | None"]


class _Size(NamedTuple):
    """Of a file or folder: bytes on disk, and how many of them are free when it has gone."""

    allocated: int | None = None
    freed: int | None = None


class _Changed(NamedTuple):
    """What was done with an entry: the bytes that go with it, by what a move is undone, and where
    it is."""

    freed: int | None
    token: str | None = None
    place: str | None = None


class QuotaService:
    """One method for each operation of ``models.API``. All raise RequestError."""

    def __init__(
        self,
        manager: QuotaManager,
        data: str,
        as_shown: AsShown,
        moved: Moved | None,
        copies: Copies | None,
    ) -> None:
        self._manager = manager
        self._data = data
        self._as_shown = as_shown
        self._moved = moved
        self._copies = copies

    async def usage(self) -> Json:
        await self._manager.note_page()
        roots, sequence = await self._manager.snapshot()
        return {
            "server": self._manager.server,
            "sequence": sequence,
            "roots": [self._manager.describe(root) for root in roots],
        }

    async def look(self, body: LookRequest) -> Json:
        if body.root is not None:
            await self._manager.path_of(body.root)
        await self._manager.look(body.root, body.action == "rescan")
        return await self.usage()

    async def folder(self, root: str, query: FolderQuery) -> Json:
        outer = await self._manager.path_of(root)
        found: Json = await self._manager.ask("folder", root=root, folder=query.folder)
        await self._describe([found["folder"], *found["parents"], *found["entries"]], outer)
        return found

    async def large_files(self, root: str, query: LargeFilesQuery) -> Json:
        outer = await self._manager.path_of(root)
        files = await self._manager.ask("files", root=root, order=query.order, limit=query.limit)
        await self._describe(files, outer)
        return {"files": files}

    async def trash(self, root: str, body: EntriesRequest) -> Json:
        return await self._change(root, body.entries, Trash.move)

    async def delete(self, root: str, body: DeleteRequest) -> Json:
        marks = {path_of(entry): mark for entry, mark in body.marks.items()}

        def delete(trash: Trash, path: bytes) -> None:
            trash.delete(path, _same(path, marks[path]) if path in marks else None)

        return await self._change(root, body.entries, delete)

    async def restore(self, root: str, body: RestoreRequest) -> Json:
        outer = await self._manager.path_of(root)
        trash = await asyncio.to_thread(Trash, outer)
        back: list[tuple[bytes, str, int | None]] = []
        refused, changed = [], trash.folders()
        for token in body.trashed:
            try:
                path = await asyncio.to_thread(trash.bring_back, token)
            except (TrashError, OSError, ValueError) as error:
                # Whatever it is: what came back before is told all the same.
                name = shown(name_of(token))
                why = _why(error, f"{name} cannot be brought back", "Look into the trash yourself.")
                refused.append({"id": token, "name": name, "message": why})
                continue
            whole, place = os.path.join(outer, os.fsdecode(path)), trash.place_of(token)
            # As it was counted in the trash; if that is elsewhere, as it is counted now.
            size = await self._size(root, self._id(place, outer), whole)
            changed += await self._moved_to(place, whole)
            back.append((path, whole, size.allocated))
        await self._manager.hint(changed, TAKEN_IN_SECONDS)
        done = []
        for path, whole, allocated in back:
            entry = id_of(path)
            if allocated is None:
                allocated = (await self._size(root, entry, whole)).allocated
            told = {"id": entry, "name": shown(path), "allocated": allocated, "trashed": None}
            done.append(told)
        return {"done": done, "refused": refused}

    async def freeable(self, root: str) -> Json:
        outer = await self._manager.path_of(root)
        found: Json = await self._manager.ask("freeable", root=root, within=LOOK_WITHIN)
        for group in found["groups"]:
            if group["group"] == "trash":
                await asyncio.to_thread(_name_trashed, group["entries"], outer)
        return found

    async def remove_freeable(self, root: str, body: RemoveFreeableRequest) -> Json:
        outer = await self._manager.path_of(root)
        marks = {entry.id: entry.mark for entry in body.entries}
        removal = await asyncio.to_thread(Removal, outer, body.group)

        async def remove(entry: str, path: bytes, whole: str) -> _Changed:
            return _Changed(await asyncio.to_thread(removal.remove, path, marks[entry]))

        return await self._each(outer, list(marks), remove)

    async def home_copies(self, root: str, query: CopiesQuery) -> Json:
        outer = await self._manager.path_of(root)
        if self._copies is None:
            return {"copies": [], "next": None}
        after = os.path.join(outer, os.fsdecode(path_of(query.after))) if query.after else ""
        left_out, (_, busy) = await asyncio.to_thread(lambda: (_left_out(outer), self._at_work()))
        without = [os.path.join(outer, os.fsdecode(folder)) for folder in left_out]
        found = await self._copies.page(outer, after, query.limit, without=without, busy=busy)
        for copy in found["copies"]:
            self._name(copy, outer)
            self._add_path(copy, outer)
        if found["next"] is not None:
            found["next"] = self._id(found["next"], outer)
        return found

    async def remove_copies(self, root: str, body: RemoveCopiesRequest) -> Json:
        outer = await self._manager.path_of(root)
        copies = self._known_copies()
        below = [path_of(one) for one in body.entries]
        mounted = await asyncio.to_thread(_in_mounts, below, outer)
        paths = [os.path.join(outer, os.fsdecode(path)) for path in below if path not in mounted]
        answer: Json = {"done": [], "refused": [], "left": []}
        if paths:
            _, busy = await asyncio.to_thread(self._at_work)
            answer = await copies.remove(
                outer, root, paths, newer=body.newer, busy=busy, freed=body.freed
            )
        for path, message in mounted.items():
            absolute = os.path.join(outer, os.fsdecode(path))
            answer["refused"].append({"absolute": absolute, "message": message})
        changed = [one["absolute"] for one in answer["done"]]
        for one in (*answer["done"], *answer["refused"]):
            self._name(one, outer)
        await self._manager.hint(changed, TAKEN_IN_SECONDS)
        done = [{**one, "trashed": None} for one in answer["done"]]
        left = [self._id(one, outer) for one in answer["left"]]
        return {"done": done, "refused": answer["refused"], "left": left}

    async def cached_files(self, root: str, query: CachesQuery) -> Json:
        outer = await self._manager.path_of(root)
        if self._copies is None:
            return {"files": [], "next": None}
        page = await self._manager.ask(
            "cached", root=root, after=query.after, limit=query.limit, within=LOOK_WITHIN
        )
        files = await self._copies.tell_of_cached(page["files"]) if page["files"] else []
        for file in files:
            self._name(file, outer)
            self._add_path(file, outer)
            if file["duplicate_of"] is not None:
                file["duplicate_of"] = self._shown_or_full(file["duplicate_of"])
        return {"files": files, "next": page["next"]}

    async def adopt_cached(self, root: str, body: AdoptRequest) -> Json:
        outer = await self._manager.path_of(root)
        paths = [os.path.join(outer, os.fsdecode(path_of(one))) for one in body.entries]
        answer = await self._known_copies().adopt(outer, paths)
        for one in (*answer["adopted"], *answer["refused"]):
            self._name(one, outer)
        return {**answer, "left": [self._id(one, outer) for one in answer["left"]]}

    async def freed(self, root: str) -> Json:
        outer = await self._manager.path_of(root)
        return {"lists": [] if self._copies is None else await self._copies.lists(outer, root)}

    async def freed_files(self, root: str, query: FreedFilesQuery) -> Json:
        outer = await self._manager.path_of(root)
        after = os.fsdecode(path_of(query.after))
        found = await self._known_copies().freed(outer, root, query.freed, after, query.limit)
        for one in found["files"]:
            one["id"] = id_of(os.fsencode(one.pop("below")))
        if found["next"] is not None:
            found["next"] = id_of(os.fsencode(found["next"]))
        return found

    async def fetch_again(self, root: str, body: FetchRequest) -> Json:
        outer = await self._manager.path_of(root)
        only = None if body.entries is None else [os.fsdecode(path_of(one)) for one in body.entries]
        copies = self._known_copies()
        return {"transfers": await copies.fetch_again(outer, root, body.freed, only)}

    async def forget_list(self, root: str, body: ListRequest) -> Json:
        outer = await self._manager.path_of(root)
        await self._known_copies().forget(outer, root, body.freed)
        return await self.freed(root)

    def _known_copies(self) -> Copies:
        if self._copies is None:
            raise RequestError(
                "not-found", "This server does not copy files from archives. Reload the page."
            )
        return self._copies

    def _name(self, entry: Json, outer: str) -> None:
        """Put id and name in the place of a full path."""
        absolute = entry.pop("absolute")
        entry["id"] = self._id(absolute, outer)
        entry["name"] = shown(os.fsencode(os.path.basename(absolute)))

    @staticmethod
    def _id(absolute: str, outer: str) -> str:
        return id_of(os.fsencode(os.path.relpath(absolute, outer)))

    async def _change(
        self, root: str, entries: Sequence[str], change: Callable[[Trash, bytes], str | None]
    ) -> Json:
        outer = await self._manager.path_of(root)
        trash = await asyncio.to_thread(Trash, outer)

        async def act(entry: str, path: bytes, whole: str) -> _Changed:
            size = await self._size(root, entry, whole)
            token = await asyncio.to_thread(change, trash, path)
            return _Changed(size.freed, token, None if token is None else trash.place_of(token))

        return await self._each(outer, entries, act)

    async def _each(
        self,
        outer: str,
        entries: Sequence[str],
        act: Callable[[str, bytes, str], Awaitable[_Changed]],
    ) -> Json:
        """Change entries one after the other, by `act`: of id, path below the root and full path.

        All ids are read before anything changes. Folders into which copies are being written stay,
        and so does what is kept for this server.
        """
        paths = [(entry, path_of(entry)) for entry in entries]
        own = await asyncio.to_thread(_ways_to, self._data)
        targets, into = await asyncio.to_thread(self._at_work)
        busy = [*targets, *into.alone, *into.whole]
        trash = await asyncio.to_thread(Trash, outer)
        done, refused, changed = [], [], trash.folders()
        for entry, path in paths:
            whole = os.path.join(outer, os.fsdecode(path))
            try:
                _refuse_busy(path, whole, busy)
                _refuse_own(path, whole, own)
                freed, token, place = await act(entry, path, whole)
            except (TrashError, OSError) as error:
                # Whatever it is: what went before is told all the same.
                name = shown(path)
                why = _why(error, f"{name} cannot be changed", "Count again to see what is.")
                refused.append({"id": entry, "name": name, "message": why})
                # Something of it may have gone, now or before.
                gone_from = error.changed if isinstance(error, TrashError) else ()
                inner = (os.path.join(outer, os.fsdecode(one)) for one in gone_from)
                changed += [whole, *inner]
            else:
                changed += await self._moved_to(whole, place)
                told = {"id": entry, "name": shown(path), "allocated": freed, "trashed": token}
                done.append(told)
        await self._manager.hint(changed, TAKEN_IN_SECONDS)
        return {"done": done, "refused": refused}

    async def _moved_to(self, path: str, to: str | None) -> list[str]:
        """Tell who cares. Returns where something has changed."""
        if self._moved is not None:
            await self._moved(path, to)
        return [path] if to is None else [path, to]

    async def _size(self, root: str, entry: str, whole: str) -> _Size:
        """That of what is at a full path; of a folder as it was counted by the name `entry`."""
        try:
            about = await asyncio.to_thread(os.lstat, whole)
            if stat.S_ISDIR(about.st_mode):
                return _Size(*await self._manager.ask("size", root=root, entry=entry))
        except (OSError, ValueError, RequestError):
            return _Size()
        allocated = about.st_blocks << 9
        return _Size(allocated, allocated if about.st_nlink == 1 else 0)

    def _at_work(self) -> tuple[list[str], Folders]:
        """The targets of copies, and the folders into which they are being written."""
        return Reservations(Path(self._data) / "quota").at_work()

    async def _describe(self, entries: Sequence[Json], outer: str) -> None:
        """Add what the file browser calls these entries, and whence they came into the trash."""
        for entry in entries:
            self._add_path(entry, outer)
        await asyncio.to_thread(_tell_trashed, entries, outer)

    def _add_path(self, entry: Json, outer: str) -> None:
        path = os.fsdecode(path_of(entry["id"]))
        entry["path"] = self._shown_as(os.path.join(outer, path) if path else outer)

    def _shown_as(self, absolute: str) -> str | None:
        shown_as = self._as_shown(absolute)
        try:
            # A name that is no text cannot be asked for.
            return shown_as and shown_as.encode().decode()
        except UnicodeEncodeError:
            return None

    def _shown_or_full(self, absolute: str) -> str:
        return self._shown_as(absolute) or shown(os.fsencode(absolute))


def _why(error: Exception, what: str, advice: str) -> str:
    """The sentence of a TrashError; else one on `what` cannot be done, why, and what to do."""
    if isinstance(error, TrashError):
        return str(error)
    return f"{what}: {getattr(error, 'strerror', None) or error}. {advice}"


def _left_out(outer: str) -> list[bytes]:
    """The folders below a root whose copies are not offered: its trash, and those that take none of
    its space."""
    trash = trash_below(outer)
    return [*([] if trash is None else [trash]), *sorted(mounts_below(os.fsencode(outer)))]


def _in_mounts(paths: Sequence[bytes], outer: str) -> dict[bytes, str]:
    """Those that lie in what is mounted below a root, with a sentence why they stay."""
    found = {}
    for path in paths:
        try:
            refuse_mounted(os.fsencode(outer), path)
        except TrashError as error:
            found[path] = str(error)
    return found


def _tell_trashed(entries: Sequence[Json], outer: str) -> None:
    """Call what lies in the trash by where it was, and say by what it is brought back."""
    below = trash_below(outer)
    for entry in entries:
        entry["trashed"] = entry["mark"] = None
    # Before it is called by where it was: what has that mark is what had that name.
    _mark(entries, below, outer)
    for entry, name, origin in _in_trash(entries, below, outer):
        entry["name"] = shown(origin.path)
        entry["trashed"] = {"token": token_of(name), "moved": origin.moved}


def _mark(entries: Sequence[Json], below: bytes | None, outer: str) -> None:
    """Mark what lies in the trash; what has gone by now as nothing is."""
    if below is None:
        return
    folders: defaultdict[bytes, list[tuple[Json, bytes]]] = defaultdict(list)
    for entry in entries:
        path = path_of(entry["id"])
        if path.startswith(join(below, b"files/")):
            folder, _, name = path.rpartition(b"/")
            folders[folder].append((entry, name))
            entry["mark"] = ""
    for folder, some in folders.items():
        with contextlib.suppress(OSError):
            file = open_strictly(os.fsencode(outer), folder)
            try:
                for entry, name in some:
                    with contextlib.suppress(OSError):
                        about = os.stat(name, dir_fd=file, follow_symlinks=False)
                        entry["mark"] = mark_of(about, "trash")
            finally:
                os.close(file)


def _same(path: bytes, mark: str) -> Check:
    """Whether what is at a path in the trash is still what had this mark."""

    def check(folder: int, name: bytes) -> os.stat_result:
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if mark_of(about, "trash") != mark:
            raise TrashError(
                f"{shown(path)} is another thing than you were shown, or has changed since: it "
                "stays. Look again at what is in the trash."
            )
        return about

    return check


def _name_trashed(entries: Sequence[Json], outer: str) -> None:
    """Call what lies in the trash by where it was."""
    for entry, _, origin in _in_trash(entries, trash_below(outer), outer):
        entry["name"] = shown(origin.path)


def _in_trash(
    entries: Sequence[Json], below: bytes | None, outer: str
) -> list[tuple[Json, bytes, Origin]]:
    """Those that can be brought back from the trash, with their names there."""
    if below is None:
        return []
    trashed: dict[bytes, Json] = {}
    for entry in entries:
        folder, _, name = path_of(entry["id"]).rpartition(b"/")
        if folder == join(below, b"files"):
            trashed[name] = entry
    if not trashed:
        return []
    try:
        origins = Trash(outer).origins(trashed)
    except TrashError:
        return []
    return [(trashed[name], name, origin) for name, origin in origins.items()]


def _refuse_busy(path: bytes, whole: str, busy: Sequence[str]) -> None:
    """Raise TrashError where copies are being written."""
    if any(is_within(folder, whole) for folder in busy):
        raise TrashError(
            f"A copy is being written to {shown(path)}. Cancel it in the transfers panel first, or "
            "wait for its end."
        )


def _ways_to(folder: str) -> list[str]:
    """Where a folder lies, then where all of that lies by which it is reached, links too."""
    found = [os.path.realpath(folder)]
    while (outer := os.path.dirname(folder)) != folder:
        found.append(os.path.join(os.path.realpath(outer), os.path.basename(folder)))
        folder = outer
    return found


def _refuse_own(path: bytes, whole: str, own: Sequence[str]) -> None:
    """Raise TrashError for the data folder of this server, what is in it, and what holds it."""
    if is_within(whole, own[0]) or any(is_within(one, whole) for one in own):
        raise TrashError(
            f"{shown(path)} stays: what is known of your copies, and of removed ones, is kept in "
            f"{shown(os.fsencode(own[0]))}. Choose what lies beside that, or move it while no "
            "server runs."
        )
