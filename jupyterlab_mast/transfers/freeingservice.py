"""The server's side of copies that may go: asks the copy process, and fetches again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Mapping, Sequence

from ..archive.interface import Archive
from ..errors import Json, RequestError
from ..files import Folders
from .buckets import archive_of
from .freed import LISTS, Contents, Freed, FreedList
from .freedlists import FreedLists, missing_of
from .manager import TransferManager
from .store import new_id
from .types import Request, Source

#: Seconds that a page of copies may take; the removal of some, which may have to be read; and the
#: comparison of files with the archives, which reads all of them.
_LOOK_SECONDS = 120.0
_REMOVE_SECONDS = 900.0
_ADOPT_SECONDS = 3600.0


class CopiesOfHome:
    """What the quota may ask of copies; see `interface.Copies`. All methods raise RequestError."""

    def __init__(
        self,
        data: str,
        archives: Mapping[str, Archive],
        manager: TransferManager,
    ) -> None:
        self._lists = os.path.join(data, LISTS)
        self._told = FreedLists(self._lists, manager.unfinished)
        self._telling = asyncio.Lock()
        self._fetching = asyncio.Lock()
        self._archives = archives
        self._manager = manager

    async def page(
        self, root: str, after: str, limit: int, *, without: Sequence[str], busy: Folders
    ) -> Json:
        found: Json = await self._manager.ask(
            "freeable",
            within=_LOOK_SECONDS,
            root=root,
            after=after,
            limit=limit,
            without=list(without),
            busy=busy,
            archives=self._all_archives(),
        )
        return found

    async def remove(
        self,
        root: str,
        name: str,
        paths: Sequence[str],
        *,
        newer: bool,
        busy: Folders,
        freed: str,
    ) -> Json:
        kept = self._list(freed)
        await asyncio.to_thread(self._must_fit, kept, root, name, newer)
        answer: Json = await self._manager.ask(
            "free",
            within=_REMOVE_SECONDS,
            root=root,
            paths=list(paths),
            newer=newer,
            busy=busy,
            archives=self._all_archives(),
            lists=self._lists,
            freed=freed,
            root_id=name,
        )
        return answer

    async def tell_of_cached(self, files: Sequence[Json]) -> list[Json]:
        found: list[Json] = await self._manager.ask(
            "cached", within=_LOOK_SECONDS, files=list(files), archives=self._all_archives()
        )
        return found

    async def adopt(self, root: str, paths: Sequence[str]) -> Json:
        answer: Json = await self._manager.ask(
            "adopt",
            within=_ADOPT_SECONDS,
            root=root,
            paths=list(paths),
            archives=self._all_archives(),
        )
        return answer

    async def lists(self, root: str, name: str) -> list[Json]:
        async with self._telling:
            return await asyncio.to_thread(self._told.of, root, name)

    async def freed(self, root: str, name: str, freed: str, after: str, limit: int) -> Json:
        kept = self._list(freed)

        def look() -> Json:
            contents = self._contents(kept, root, name)
            missing = missing_of(contents.copies, root)
            rest = sorted((one for one in missing if one.path > after), key=lambda one: one.path)
            files = [
                {"below": one.path, "archive": one.archive, "key": one.key, "size": one.size}
                for one in rest[:limit]
            ]
            return {"files": files, "next": rest[limit - 1].path if len(rest) > limit else None}

        found: Json = await asyncio.to_thread(look)
        return found

    async def fetch_again(
        self, root: str, name: str, freed: str, only: Sequence[str] | None = None
    ) -> list[str]:
        kept = self._list(freed)
        # Two pages that ask at once get the same transfers.
        async with self._fetching:
            contents = await asyncio.to_thread(self._contents, kept, root, name)
            if contents.lost:
                raise RequestError(
                    "refused",
                    "These files cannot be fetched again: they were older versions, which the "
                    "archive does not have any more.",
                )
            running = await asyncio.to_thread(self._manager.unfinished, contents.transfers)
            if running and only is None:
                return running
            requests = await asyncio.to_thread(self._requests, contents, root, only)
            ids = [request.id for request in requests]
            # Before they are there: one that never comes counts as none. Without room for the note
            # they fetch all the same.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(kept.note_transfers, [*running, *ids])
            for request in requests:
                await self._manager.ask("create", request=request.to_json())
            return ids

    async def forget(self, root: str, name: str, freed: str) -> None:
        kept = self._list(freed)

        def forget() -> None:
            if kept.read(copies=False).is_of(root, name):
                kept.remove()

        try:
            await asyncio.to_thread(forget)
        except KeyError:
            pass  # forgotten already
        except OSError as error:
            raise RequestError(
                "target", f"The list cannot be removed: {error.strerror or error}. Try again."
            ) from None

    def _all_archives(self) -> list[Json]:
        return [one.model_dump(mode="json") for one in self._archives.values()]

    def _list(self, name: str) -> FreedList:
        try:
            return FreedList(self._lists, name)
        except KeyError:
            raise _no_list() from None

    def _must_fit(self, kept: FreedList, root: str, name: str, lost: bool) -> None:
        """A list that was begun goes on with more of the same."""
        try:
            begun = kept.read(copies=False)
        except KeyError:
            return
        if not begun.is_of(root, name) or begun.lost != lost:
            raise RequestError("refused", "This list is one of other files. Reload the page.")

    def _contents(self, kept: FreedList, root: str, name: str) -> Contents:
        """What a list of this root tells."""
        try:
            contents = kept.read()
        except KeyError:
            raise _no_list() from None
        if not contents.is_of(root, name):
            raise _no_list()
        return contents

    def _requests(self, contents: Contents, root: str, only: Sequence[str] | None) -> list[Request]:
        """One request for each archive; more where an object had several copies.

        What was removed below a root comes again there, also where nothing else may be copied to.
        """
        wanted = None if only is None else set(only)
        missing = [
            one for one in missing_of(contents.copies, root) if wanted is None or one.path in wanted
        ]
        if not missing:
            raise RequestError("not-found", "All of these files are there again.")
        archives = list(self._archives.values())
        #: Each has an object once.
        rounds: list[dict[tuple[str, str], Freed]] = []
        for one in missing:
            archive = archive_of(archives, one.bucket_url, one.key)
            if archive is None:
                continue  # the rest can come all the same
            place = (archive.id, one.key)
            free = next((some for some in rounds if place not in some), None)
            if free is None:
                free = {}
                rounds.append(free)
            free[place] = one
        if not rounds:
            raise RequestError(
                "not-found",
                f"The archive {missing[0].archive} is not set up on this server any more. "
                "Ask the server's administrator.",
            )
        requests = []
        for some in rounds:
            for name in dict.fromkeys(name for name, _ in some):
                of_archive = [one for (other, _), one in some.items() if other == name]
                requests.append(self._request(self._archives[name], root, of_archive))
        return requests

    def _request(self, archive: Archive, root: str, copies: Sequence[Freed]) -> Request:
        paths = [os.path.join(root, one.path) for one in copies]
        # The innermost folder that holds all: of others nothing need be looked at.
        target = os.path.commonpath([os.path.dirname(path) for path in paths])
        return Request(
            id=new_id(),
            archive=archive,
            sources=tuple(
                Source(one.key, None, one.size, one.etag, os.path.relpath(path, target))
                for one, path in zip(copies, paths, strict=True)
            ),
            target=target,
            root=root,
            layout="flat",
            conflict="skip",
            start="auto",
            exact=True,
            created=time.time(),
            title=os.path.basename(target),
        )


def _no_list() -> RequestError:
    return RequestError("not-found", "There is no such list of removed files. Reload the page.")
