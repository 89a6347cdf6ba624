"""The server's side of copies that may go: asks the copy process, and fetches again."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..archive.interface import Archive
from ..errors import Json, RequestError
from ..files import is_within
from .freed import Freed, FreedList, lists_in, new_list
from .manager import TransferManager
from .roots import TargetRoots
from .store import new_id
from .types import Request, Source

#: Seconds that a page of copies may take; the removal of some, which may have to be read; and the
#: comparison of files with the archives, which reads all of them.
_LOOK_SECONDS = 120.0
_REMOVE_SECONDS = 900.0
_ADOPT_SECONDS = 3600.0
#: Seconds after which a list of files that are all there again is forgotten.
_KEEP_SECONDS = 86_400.0


class CopiesOfHome:
    """What the quota may ask of copies; see `interface.Copies`. All methods raise RequestError."""

    def __init__(
        self,
        data: str,
        archives: Mapping[str, Archive],
        roots: TargetRoots,
        manager: TransferManager,
    ) -> None:
        self._lists = os.path.join(data, "freed")
        self._archives = archives
        self._roots = roots
        self._manager = manager

    async def page(
        self, root: str, after: str, limit: int, *, without: Sequence[str], busy: Sequence[str]
    ) -> Json:
        found: Json = await self._manager.ask(
            "freeable",
            within=_LOOK_SECONDS,
            root=root,
            after=after,
            limit=limit,
            without=list(without),
            busy=list(busy),
            archives=self._all_archives(),
        )
        return found

    async def remove(
        self,
        root: str,
        paths: Sequence[str],
        *,
        newer: bool,
        busy: Sequence[str],
        name: str | None,
    ) -> Json:
        kept = new_list(self._lists, root) if name is None else self._list(name)
        answer: Json = await self._manager.ask(
            "free",
            within=_REMOVE_SECONDS,
            root=root,
            paths=list(paths),
            newer=newer,
            busy=list(busy),
            archives=self._all_archives(),
            lists=self._lists,
            freed=kept.name,
        )
        return {**answer, "freed": kept.name}

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

    async def lists(self, root: str) -> list[Json]:
        return await asyncio.to_thread(self._lists_of, root)

    async def fetch_again(self, root: str, name: str) -> list[str]:
        kept = self._list(name)
        requests = await asyncio.to_thread(self._requests, kept, root)
        ids = []
        for request in requests:
            await self._manager.ask("create", request=request.to_json())
            ids.append(request.id)
        return ids

    async def forget(self, root: str, name: str) -> None:
        kept = self._list(name)
        try:
            _, of_root, _ = await asyncio.to_thread(kept.read)
            if of_root == root:
                await asyncio.to_thread(kept.remove)
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

    def _lists_of(self, root: str) -> list[Json]:
        found = []
        for kept in lists_in(self._lists):
            try:
                started, of_root, copies = kept.read()
            except KeyError:
                continue
            if of_root != root:
                continue
            missing = [one for one in copies if one.is_missing]
            if missing:
                found.append(
                    {
                        "freed": kept.name,
                        "time": started,
                        "files": len(missing),
                        "bytes": sum(one.size for one in missing),
                    }
                )
            elif time.time() - started > _KEEP_SECONDS:
                kept.remove()
        return found

    def _requests(self, kept: FreedList, root: str) -> list[Request]:
        """One request for each archive; more where an object had several copies."""
        try:
            _, of_root, copies = kept.read()
        except KeyError:
            raise _no_list() from None
        if of_root != root:
            raise _no_list()
        missing = [one for one in copies if one.is_missing]
        if not missing:
            raise RequestError("not-found", "All of these files are there again.")
        by_url = {one.bucket_url: one for one in self._archives.values()}
        rounds: list[dict[tuple[str, str], Freed]] = []
        for one in missing:
            if one.bucket_url not in by_url:
                raise RequestError(
                    "not-found",
                    f"The archive {one.archive} is not set up on this server any more. "
                    "Ask the server's administrator.",
                )
            self._check(one, root)
            place = (one.bucket_url, one.key)
            free = next((some for some in rounds if place not in some), None)
            if free is None:
                free = {}
                rounds.append(free)
            free[place] = one
        requests = []
        for some in rounds:
            for url in dict.fromkeys(url for url, _ in some):
                of_url = [one for one in some.values() if one.bucket_url == url]
                requests.append(self._request(by_url[url], root, of_url))
        return requests

    def _check(self, one: Freed, root: str) -> None:
        parts = Path(one.path).parts
        allowed = any(is_within(one.path, real) for real in self._roots.real)
        if not is_within(one.path, root) or ".." in parts or not allowed:
            raise RequestError(
                "forbidden",
                f"This server does not copy to {one.path}. Copy the file to another folder.",
            )

    def _request(self, archive: Archive, root: str, copies: Sequence[Freed]) -> Request:
        # The innermost folder that holds all: of others nothing need be looked at.
        target = os.path.commonpath([os.path.dirname(one.path) for one in copies])
        return Request(
            id=new_id(),
            archive=archive,
            sources=tuple(
                Source(one.key, None, one.size, one.etag, os.path.relpath(one.path, target))
                for one in copies
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
