"""What the routes of the transfers do. Checks what is asked, then asks the copy process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from ..archive.interface import Archive, is_below
from ..errors import Json, RequestError
from .manager import TransferManager
from .models import (
    ActionRequest,
    AllRequest,
    CopiesQuery,
    CreateRequest,
    FilesQuery,
    PlanRequest,
    SourceRequest,
    VerifyRequest,
)
from .roots import TargetRoots
from .store import new_id
from .types import Request, State

#: Seconds within which a file must have been read again.
VERIFY_SECONDS = 900.0

#: In which states what is asked of all transfers is asked of one.
_OF_ALL = {
    "pause": {State.QUEUED, State.RUNNING, State.WAITING},
    "resume": {State.PAUSED},
    "clear": {state for state in State if state.ended},
}


class TransferService:
    """One method for each operation of ``models.ROUTES``. All raise RequestError."""

    def __init__(
        self, archives: Mapping[str, Archive], roots: TargetRoots, manager: TransferManager
    ) -> None:
        self._archives = archives
        self._roots = roots
        self._manager = manager

    async def snapshot(self) -> Json:
        transfers, sequence = await self._manager.snapshot()
        return {
            "server": self._manager.server,
            "sequence": sequence,
            "activeUntil": self._manager.active_until(),
            "transfers": [describe(self._roots, transfer) for transfer in transfers],
            "roots": self._roots.to_json(),
        }

    async def create(self, body: CreateRequest) -> Json:
        archive = self._archive(body.archive)
        request = await asyncio.to_thread(self._request, archive, body)
        created = await self._manager.ask("create", request=request)
        return describe(self._roots, created)

    async def act_on_all(self, body: AllRequest) -> Json:
        transfers, _ = await self._manager.snapshot()
        for transfer in transfers:
            if State(transfer["state"]) not in _OF_ALL[body.action]:
                continue
            try:
                if body.action == "clear":
                    await self._manager.ask("clear", id=transfer["id"])
                else:
                    await self._manager.ask("act", id=transfer["id"], action=body.action)
            except RequestError as error:
                if error.kind in ("internal", "busy"):
                    raise
                # It has changed meanwhile, or is another process's: the others go on.
        return await self.snapshot()

    async def copies(self, query: CopiesQuery) -> Json:
        archive = self._archive(query.archive)
        answer = await self._manager.ask(
            "copies",
            bucket=archive.bucket_url,
            prefix=query.prefix,
            after=query.after,
            roots=self._roots.real,
        )
        return {
            "copies": [
                {**copy, "path": self._roots.contents_path(copy["absolute"])}
                for copy in answer["copies"]
            ],
            "next": answer["next"],
        }

    async def verify(self, body: VerifyRequest) -> Json:
        folder, _, name = body.path.rpartition("/")
        if name in ("", ".", "..") or "\0" in name:
            raise RequestError(
                "malformed", f"{body.path!r} is not the path of a file below a root."
            )
        target, root = await asyncio.to_thread(self._roots.resolve, body.root, folder)
        answer: Json = await self._manager.ask(
            "verify", within=VERIFY_SECONDS, root=root, folder=target, name=name
        )
        return answer

    async def transfer(self, transfer_id: str) -> Json:
        return describe(self._roots, await self._manager.ask("summary", id=transfer_id))

    async def clear(self, transfer_id: str) -> None:
        await self._manager.ask("clear", id=transfer_id)

    async def choose(self, transfer_id: str, body: PlanRequest) -> Json:
        changes: Json = body.model_dump(
            include={"layout", "conflict", "without"}, exclude_none=True
        )
        if body.root is not None and body.target is not None:
            changes["target"], changes["root"] = await asyncio.to_thread(
                self._roots.resolve, body.root, body.target
            )
        return describe(
            self._roots, await self._manager.ask("choose", id=transfer_id, changes=changes)
        )

    async def act(self, transfer_id: str, body: ActionRequest) -> Json:
        acted = await self._manager.ask(
            "act",
            id=transfer_id,
            action=body.action,
            decisions=body.decisions,
            files=body.files,
        )
        return describe(self._roots, acted)

    async def files(self, transfer_id: str, query: FilesQuery) -> Json:
        answer: Json = await self._manager.ask("files", id=transfer_id, **query.model_dump())
        return answer

    def _archive(self, name: str) -> Archive:
        archive = self._archives.get(name)
        if archive is None:
            raise RequestError(
                "not-found", f"This server has no archive {name!r}. Reload the page."
            )
        return archive

    def _request(self, archive: Archive, body: CreateRequest) -> Json:
        for source in body.sources:
            name = source.prefix if source.key is None else source.key
            if not is_below(name or "", archive.prefixes):
                raise RequestError(
                    "forbidden",
                    f"{name!r} lies outside of what may be read of the archive {archive.id!r}. "
                    "Choose from what the archive's panel shows.",
                )
        target, root = self._roots.resolve(body.root, body.target)
        request = Request(
            id=new_id(),
            archive=archive,
            sources=(),
            target=target,
            root=root,
            layout=body.layout,
            conflict=body.conflict,
            start=body.start,
            exact=body.exact,
            created=time.time(),
            title=_title(body.sources),
            origin="page",
        )
        # Many objects: by way of `Source` this would take ten times as long.
        sources = [
            {"key": one.key, "prefix": one.prefix, "size": one.size, "etag": one.etag}
            for one in body.sources
        ]
        return {**request.to_json(), "sources": sources}


def describe(roots: TargetRoots, transfer: Json) -> Json:
    """Return REST's form of a transfer of the engine."""
    told = {**transfer, "target": roots.describe(transfer["target"])}
    for inner in ("root", "set_going"):
        del told[inner]
    return told


def _title(sources: list[SourceRequest]) -> str:
    """The last part of the first source's name, as a person would call it."""
    first = sources[0]
    name = (first.prefix if first.key is None else first.key) or ""
    return name.rstrip("/").rpartition("/")[2] or name
