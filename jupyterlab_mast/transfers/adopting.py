"""Files that other programs have downloaded become copies, once their bytes are the archive's.

They stay where they are, so that those programs go on finding them.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator, Sequence

from ..errors import Json
from ..files import is_same_file, is_within
from ..opening import READ
from .buckets import Buckets
from .cachedfiles import Answer, Found, find, other_size, shown_name
from .copyrecord import Copy
from .provenance import Provenance
from .sameness import Sameness, compare
from .targets import Target
from .types import TransferError

#: Seconds after which no more files are read: somebody waits for the answer.
SECONDS = 20.0
#: Seconds after which another change of a file gets another time: the kernel's clock for that is a
#: coarse one.
_GRAIN = 0.05
#: Times that one waits for a file to rest.
_RESTS = 20


class _Refused(Exception):
    """A file that is not taken for a copy; its text is a sentence that says why."""

    def __init__(self, message: str, *, damaged: bool = False) -> None:
        super().__init__(message)
        self.damaged = damaged


class Adopter:
    """Takes files below `root`, which is absolute and holds no links, for copies."""

    def __init__(
        self,
        provenance: Provenance,
        root: str,
        buckets: Buckets,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._seconds = seconds
        self._provenance = provenance
        self._root = root
        self._buckets = buckets

    def adopt(self, paths: Sequence[str]) -> Json:
        """Compare files with the archives' and note those that are the same as copies.

        All of each is read. Returns what was adopted, with bytes on disk and by which checksum;
        what was not, why, and whether that is since its bytes are not the archive's; and what was
        not read, since the time was over. Raises TransferError when the root cannot be opened.
        """
        end = time.monotonic() + self._seconds
        self._provenance.reload()
        adopted: list[Json] = []
        refused: list[Json] = []
        left: list[str] = []
        names = list(dict.fromkeys(paths))
        with contextlib.closing(Target(self._root, self._root, make=False)) as target:
            for path, answer in zip(names, find(names, self._buckets), strict=True):
                # At least one, so that asking again comes to an end.
                if path != names[0] and time.monotonic() > end:
                    left.append(path)
                    continue
                try:
                    adopted.append(self._one(target, path, answer))
                except _Refused as why:
                    refused.append({"absolute": path, "message": str(why), "damaged": why.damaged})
        return {"adopted": adopted, "refused": refused, "left": left}

    def _one(self, target: Target, path: str, answer: Answer) -> Json:
        name = shown_name(path)
        if not is_within(path, self._root):
            raise _Refused(f"{name} does not lie below this root.")
        if answer.found is None:
            raise _Refused(
                f"{name} could not be compared. {answer.problem}"
                if answer.problem
                else f"The name of {name} leads to no file of an archive, so that there is nothing "
                "to compare it with."
            )
        below = os.path.relpath(path, self._root)
        try:
            with _folder(target, below, name) as folder:
                file = _open(folder, os.path.basename(path), name)
            try:
                return self._compared(target, below, file, path, answer.found)
            finally:
                os.close(file)
        except FileNotFoundError:
            raise _Refused(f"{name} is not there any more.") from None
        except OSError as error:
            raise _Refused(f"{name} cannot be read: {error.strerror or error}.") from None
        except TransferError as error:
            raise _Refused(f"{name} could not be compared. {error.message}") from None

    def _compared(self, target: Target, below: str, file: int, path: str, found: Found) -> Json:
        name = shown_name(path)
        before = _rested(file, name)
        if before.st_size != found.size:
            raise _Refused(other_size(path, before.st_size, found.size), damaged=True)
        head = self._buckets.ask(
            found.bucket,
            lambda: found.bucket.head(found.key, etag=found.etag or None, explain=False),
        )
        if head.size != before.st_size:
            raise _Refused(other_size(path, before.st_size, head.size), damaged=True)

        def parts(numbers: Sequence[int]) -> list[int]:
            return self._buckets.together(
                lambda part: self._buckets.ask(
                    found.bucket,
                    lambda: found.bucket.part_size(found.key, part, etag=head.etag or None),
                ),
                numbers,
            )

        try:
            sameness = compare(file, head, parts, self._buckets.stop)
        except OSError:
            if not is_same_file(os.fstat(file), before):
                raise _written_to(name) from None
            raise
        # Also when it is not the same: what is being written is not damaged.
        with _folder(target, below, name) as folder:
            now = os.stat(os.path.basename(path), dir_fd=folder, follow_symlinks=False)
        if not (is_same_file(os.fstat(file), before) and is_same_file(now, before)):
            raise _written_to(name)
        _must_be_same(sameness, name)
        self._note(path, found, head.etag, before, sameness)
        return {
            "absolute": path,
            "allocated": before.st_blocks << 9,
            "algorithm": sameness.algorithm,
        }

    def _note(
        self, path: str, found: Found, etag: str, about: os.stat_result, sameness: Sameness
    ) -> None:
        archive = found.bucket.endpoint.archive
        copy = Copy(
            path=path,
            archive=archive.id,
            bucket_url=archive.bucket_url,
            key=found.key,
            etag=etag,
            size=about.st_size,
            time=time.time(),
            check="checksum",
            algorithm=sameness.algorithm,
            checksum=sameness.checksum,
            own=sameness.own,
            device=about.st_dev,
            inode=about.st_ino,
            mtime_ns=about.st_mtime_ns,
            ctime_ns=about.st_ctime_ns,
        )
        try:
            self._provenance.add(copy)
        except OSError as error:
            raise _Refused(
                f"{shown_name(path)} is the archive's file, but that cannot be noted: "
                f"{error.strerror or error}. Free some space, then try again."
            ) from None


@contextlib.contextmanager
def _folder(target: Target, below: str, name: str) -> Iterator[int]:
    try:
        with target.folder(below, make=False) as folder:
            yield folder
    except TransferError:
        raise _Refused(
            f"{name} cannot be reached: its folder is not there any more, may not be read, or lies "
            "behind a link, which is not followed."
        ) from None


def _open(folder: int, base: str, name: str) -> int:
    """A descriptor of a regular file. Raises OSError."""
    # Looked at first: to open what is none may do something, or wait.
    if stat.S_ISREG(os.stat(base, dir_fd=folder, follow_symlinks=False).st_mode):
        file = os.open(base, READ, dir_fd=folder)
        found = os.fstat(file)
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            return file
        os.close(file)
        if stat.S_ISREG(found.st_mode):
            raise _Refused(f"{name} belongs to somebody else: it is not taken for a copy.")
    raise _Refused(f"{name} is no file, but a link or something else: it is not read.")


def _rested(file: int, name: str) -> os.stat_result:
    """What a file is, once whatever is written to it from now on will be seen in its times."""
    found = os.fstat(file)
    for _ in range(_RESTS):
        if time.time() - found.st_ctime_ns / 1e9 > _GRAIN:
            return found
        time.sleep(_GRAIN)
        before, found = found, os.fstat(file)
        if is_same_file(found, before):
            return found
    raise _Refused(f"{name} is being written to. Try again when that has ended.")


def _must_be_same(sameness: Sameness, name: str) -> None:
    if sameness.same is None:
        raise _Refused(
            f"Whether {name} has the archive's bytes cannot be told: the archive has no checksum "
            "that a file here can be compared with. Fetch it again to be sure."
        )
    if not sameness.same:
        raise _Refused(
            f"The bytes of {name} are not the archive's ({sameness.algorithm}): it is damaged, or "
            "of another version. Delete it, and fetch it again.",
            damaged=True,
        )


def _written_to(name: str) -> _Refused:
    return _Refused(
        f"{name} was written to while it was read. Try again when nothing writes to it."
    )
