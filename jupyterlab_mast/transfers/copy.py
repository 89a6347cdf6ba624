"""`jupyterlab_mast.copy`: from the archive to a folder, in a notebook's cell or a script."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from ..errors import Json
from ..terminal import printable
from .copyrecord import Check
from .follow import Follower, Reason, Refused, Stopped, call_beside, check_space
from .progress import (
    Bar,
    Lines,
    NoProgress,
    Progress,
    final_sentence,
    how_to_go_on,
    waiting_sentence,
)
from .requests import (
    Access,
    UsageError,
    data_folder,
    find_sources,
    make_request,
    read_archive,
)
from .runner import Transfers
from .site import read_site
from .types import Conflict, FailureKind, Layout, TransferError

_PAGE = 10_000
_TURN_SECONDS = 0.2


@dataclass(frozen=True, repr=False)
class CopyResult:
    """What a copy did."""

    #: The files that are here and are the archive's, copied now or before: absolute paths.
    files: list[str]
    #: Bytes of the whole that are here.
    bytes: int
    seconds: float
    #: How the files that were copied now were checked: numbers by "checksum", by "version"
    #: (size and ETag, where the archive has no checksum) and by "size" (where it has neither).
    checked: dict[str, int]
    #: The transfer's id, for `jupyter mast transfers`.
    transfer: str
    #: Numbers of files.
    copied: int = 0
    identical: int = 0
    skipped: int = 0
    failed: int = 0
    #: Key and sentence of those that failed; the first ten.
    failures: list[tuple[str, str]] = field(default_factory=list)
    #: All in one sentence.
    sentence: str = ""

    def __repr__(self) -> str:
        return f"<CopyResult: {self.sentence}>"


class CopyError(TransferError):
    """A copy that did not bring everything: kind, and one sentence on what to do.

    `result` is what it did bring; None when nothing was begun.
    """

    def __init__(self, kind: FailureKind, message: str, result: CopyResult | None = None) -> None:
        super().__init__(kind, message)
        self.result = result


def copy(
    source: str | Sequence[str],
    target: str | os.PathLike[str],
    *,
    layout: Layout | None = None,
    conflict: Conflict = "skip",
    archive: Mapping[str, Any] | None = None,
    endpoint: str | None = None,
    region: str | None = None,
    signed: bool = False,
    progress: bool = True,
    timeout: float = 300.0,
) -> CopyResult:
    """Copy objects or folders of the archive into the folder `target`, and wait until it is done.

    `source` is an address (``s3://``, ``https://``, ``mast:``), a key, a folder's key, a file
    name, a root name or a target such as ``TIC 377780790 s14``, or several of them. `target` is
    made if it is missing. `layout` is the folders below it: "observation", "flat", "archive" or
    "mastdownload". `conflict` says what happens to another file of the same name: "skip",
    "replace", "keep-both", or "ask", which fails. What is there and identical is never fetched
    again.

    Another S3 than MAST's is given by `endpoint`, `region` and `signed` (with botocore's
    credentials), or as an `archive` of ``c.MastExtension.archives``. `timeout` is how long, in
    seconds, it may be out of reach; 0 is for ever.

    Works in a notebook's cell; ``await copy_async(…)`` leaves the kernel free meanwhile.
    Interrupting pauses the transfer. Raises CopyError when anything failed, and ValueError for a
    source or an archive that cannot be understood.
    """
    access = _access(archive, endpoint, region, signed)
    return _copy(
        [source] if isinstance(source, str) else list(source),
        target,
        access,
        layout,
        conflict,
        _progress() if progress else NoProgress(),
        timeout,
        threading.Event(),
    )


async def copy_async(
    source: str | Sequence[str],
    target: str | os.PathLike[str],
    *,
    layout: Layout | None = None,
    conflict: Conflict = "skip",
    archive: Mapping[str, Any] | None = None,
    endpoint: str | None = None,
    region: str | None = None,
    signed: bool = False,
    progress: bool = True,
    timeout: float = 300.0,
) -> CopyResult:
    """`copy` for an event loop that has other things to do. Cancelling pauses the transfer."""
    access = _access(archive, endpoint, region, signed)
    stop = threading.Event()
    work = asyncio.ensure_future(
        asyncio.to_thread(
            _copy,
            [source] if isinstance(source, str) else list(source),
            target,
            access,
            layout,
            conflict,
            _progress() if progress else NoProgress(),
            timeout,
            stop,
        )
    )
    try:
        # IPython's kernel hears of an interrupt only when its loop turns (tornado's add_callback
        # does not wake the loop that a signal handler runs in).
        while not work.done():
            await asyncio.wait([work], timeout=_TURN_SECONDS)
        return work.result()
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()  # looked at, so that nobody complains
        raise


def _access(
    archive: Mapping[str, Any] | None, endpoint: str | None, region: str | None, signed: bool
) -> Access:
    try:
        made = None if archive is None else read_archive(dict(archive))
    except UsageError as error:
        raise ValueError(str(error)) from None
    return Access(endpoint, region, signed, archive=made, site=read_site(data_folder()))


def _progress() -> Progress:
    stream = sys.stdout
    return Bar(stream) if stream.isatty() or "ipykernel" in sys.modules else Lines(stream)


def _copy(
    sources: list[str],
    target: str | os.PathLike[str],
    access: Access,
    layout: Layout | None,
    conflict: Conflict,
    progress: Progress,
    timeout: float,
    stop: threading.Event,
) -> CopyResult:
    try:
        found = call_beside(lambda leave: find_sources(sources, access, leave), stop, timeout)
        request = make_request(found, target, layout=layout, conflict=conflict, origin="python")
    except UsageError as error:
        raise ValueError(str(error)) from None
    except Stopped:
        raise CopyError("internal", "Stopped before anything was copied.") from None
    except TransferError as error:
        raise CopyError(error.kind, error.message) from None
    quiet = isinstance(progress, NoProgress)
    transfers = Transfers(data_folder(), settings=access.site.settings, adopt=False)
    try:
        reason, transfer = Follower(transfers, progress, stop, timeout).carry_out(request, _decide)
        result = result_of(transfers, transfer)
    except Refused as error:
        raise CopyError("space", str(error)) from None
    except Stopped:
        raise CopyError("internal", "Stopped before anything was copied.") from None
    except KeyboardInterrupt:
        if not quiet:
            with contextlib.suppress(KeyError):  # it had not begun
                print(how_to_go_on(transfers.summary(request.id)), flush=True)
        raise
    finally:
        transfers.close()
    done = reason == "ended" and transfer["state"] == "done"
    if not quiet and (done or reason == "stopped"):
        print(printable(result.sentence if done else how_to_go_on(transfer)), flush=True)
    if done:
        return result
    raise _error(reason, transfer, result)


def _decide(transfer: Json) -> None:
    warning = check_space(transfer)
    if warning:
        warnings.warn(warning, stacklevel=2)


def result_of(transfers: Transfers, transfer: Json) -> CopyResult:
    """A transfer as a result."""
    files: list[str] = []
    offset, total = 0, 1
    while offset < total and transfer["state"] != "planning":
        page = transfers.files(transfer["id"], offset, _PAGE)
        total = page["total"]
        offset += _PAGE
        files += [
            os.path.join(transfer["target"], one["path"])
            for one in page["files"]
            if one["outcome"] in ("copied", "identical")
        ]
    counts, checked = transfer["files"], transfer["checked"]
    return CopyResult(
        files,
        transfer["bytes"]["done"],
        max(0.0, (transfer["ended"] or 0.0) - (transfer["started"] or 0.0)),
        {name: checked.get(name, 0) for name in get_args(Check)},
        transfer["id"],
        counts["copied"],
        counts["identical"],
        counts["skipped"],
        counts["failed"],
        [(one["key"], one["message"]) for one in transfer["failures"]],
        final_sentence(transfer),
    )


def _error(reason: Reason, transfer: Json, result: CopyResult) -> CopyError:
    if reason in ("network", "space") and transfer["state"] == "planning":
        return CopyError("network", "The archive did not answer. Nothing was copied.")
    if reason in ("network", "space"):
        kind: FailureKind = "network" if reason == "network" else "space"
        return CopyError(kind, f"{waiting_sentence(transfer)} {how_to_go_on(transfer)}", result)
    if reason == "stopped":
        return CopyError("internal", how_to_go_on(transfer), result)
    error = transfer["error"]
    if error:
        return CopyError(error["kind"], error["message"], result)
    first = transfer["failures"][0] if transfer["failures"] else None
    text = result.sentence
    if first:
        text += f" The first: {first['message']}"
    return CopyError(first["kind"] if first else "internal", text, result)
