"""Whether a file is still what was copied: its bytes against the index of copies."""

from __future__ import annotations

import contextlib
import os
import stat
import threading
import time
from typing import Any, NamedTuple

from ..files import is_same_file
from ..opening import READ
from .checksums import OWN, Promise, hash_file, new_hash, show_writes
from .copyrecord import Copy
from .provenance import Provenance
from .targets import Target
from .types import TransferError


class Verdict(NamedTuple):
    """What a comparison gave."""

    #: None where it cannot be told.
    same: bool | None
    #: By which checksum; "" where none was computed.
    algorithm: str
    #: A sentence.
    message: str
    #: When the file was copied, in seconds since 1970.
    time: float

    def to_json(self) -> dict[str, Any]:
        return self._asdict()


def verify_copy(provenance: Provenance, root: str, folder: str, name: str) -> Verdict:
    """Compare the file `name` in `folder` with the record of its copy. Reads all of it.

    A file that the record does not know there may have been moved: it is looked for by its inode
    and size, and then, since it is read anyway, by its bytes.

    Both folders are absolute and without links, and no link is followed now. Raises TransferError:
    "not-found" when the file is not there, or no copy is known to be there.
    """
    provenance.reload()
    path = os.path.join(folder, name)
    with (
        contextlib.closing(Target(root, folder, make=False)) as target,
        target.folder(name, make=False) as inner,
    ):
        try:
            file = os.open(name, READ, dir_fd=inner)
        except FileNotFoundError:
            raise TransferError("not-found", f"{path} is not there any more.") from None
        except OSError as error:
            raise TransferError("target", f"{path} cannot be read: {error.strerror}.") from None
        try:
            copy = provenance.of_file(path, os.fstat(file))
            if copy is None:
                copy = _of_content(provenance, path, file)
            if copy is None:
                raise TransferError(
                    "not-found",
                    f"{path} is not known as a copy from an archive. Only copies that were not "
                    "changed are known again after they were moved.",
                )
            return _compare(copy, file)
        except OSError as error:
            raise TransferError("target", f"{path} cannot be read: {error.strerror}.") from None
        finally:
            os.close(file)


def _of_content(provenance: Provenance, path: str, file: int) -> Copy | None:
    """The copy whose size and checksum the file at `path` has."""
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        return None
    show_writes(file)
    digests: dict[str, bytes] = {}
    for copy in provenance.of_size(found.st_size):
        promise = checksum_of(copy)
        if promise is None:
            continue
        if promise.algorithm not in digests:
            digests[promise.algorithm] = hash_file(file, promise.algorithm, 0, found.st_size)
        if digests[promise.algorithm] == promise.digest():
            return _known_again(provenance, copy, path, found)
    return None


def _known_again(provenance: Provenance, copy: Copy, path: str, found: os.stat_result) -> Copy:
    """Note that a file with the bytes of `copy` is at `path`, and no longer where that was."""
    here = copy._replace(
        path=path,
        time=max(time.time(), copy.time),
        device=found.st_dev,
        inode=found.st_ino,
        mtime_ns=found.st_mtime_ns,
        ctime_ns=found.st_ctime_ns,
    )
    with contextlib.suppress(OSError):  # no room: it is read again next time
        provenance.add(here)
        if not os.path.lexists(copy.path):
            provenance.remove(copy.path)
    return here


def _compare(copy: Copy, file: int) -> Verdict:
    name = os.path.basename(copy.path)
    found = os.fstat(file)

    def say(same: bool | None, algorithm: str, message: str) -> Verdict:
        return Verdict(same, algorithm, message, copy.time)

    if not stat.S_ISREG(found.st_mode):
        return say(False, "", f"{name} is not a file any more.")
    if found.st_size != copy.size:
        return say(
            False,
            "",
            f"{name} was changed since it was copied: it has {found.st_size} bytes, "
            f"the copy had {copy.size}.",
        )
    promise = checksum_of(copy)
    if promise is not None:
        if hash_file(file, promise.algorithm, 0, copy.size) == promise.digest():
            return say(
                True,
                promise.algorithm,
                f"{name} is unchanged since it was copied ({promise.algorithm}).",
            )
        return say(
            False,
            promise.algorithm,
            f"{name} was changed since it was copied ({promise.algorithm}).",
        )
    return say(
        None,
        "",
        f"Whether {name} is what was copied cannot be told: no checksum of the whole file was "
        "kept. Fetch it again to be sure.",
    )


def has_its_bytes(
    copy: Copy, file: int, found: os.stat_result, stop: threading.Event | None = None
) -> bool:
    """Whether the open file that was `found` has the bytes of its copy, and nobody touched it while
    it was read. False also where the index has no checksum of the whole.

    Raises as `hash_file`.
    """
    promise = checksum_of(copy)
    if promise is None:
        return False
    show_writes(file)
    same = hash_file(file, promise.algorithm, 0, copy.size, stop) == promise.digest()
    return same and is_same_file(os.fstat(file), found)


def checksum_of(copy: Copy) -> Promise | None:
    """The checksum of a copy's whole file; None where the index has none."""
    promise = Promise(OWN, copy.own) if copy.own else Promise(copy.algorithm, copy.checksum)
    if not promise.value or "-" in promise.value:
        return None
    try:
        promise.digest()
        new_hash(promise.algorithm)
    except (ValueError, KeyError):
        return None
    return promise
