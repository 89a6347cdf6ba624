"""What below a root may go without harm, besides copies: package caches, trash, old checkpoints."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator

from ..errors import Json
from .folders import look
from .names import id_of, shown
from .places import Places, UnknownFolder
from .tree import join

#: Seconds for which checkpoints are kept.
CHECKPOINT_SECONDS = 90 * 86_400.0
#: Entries of one group that are told of.
MOST = 10_000

#: Downloads of package managers, which they fetch again where they are missing.
_CACHES: dict[tuple[bytes, ...], str] = {
    (b".cache", b"pip"): "pip",
    (b".cache", b"uv"): "uv",
    (b".cache", b"yarn"): "Yarn",
    (b".cache", b"pypoetry", b"cache"): "Poetry",
    (b".cache", b"pypoetry", b"artifacts"): "Poetry",
    (b".cache", b"rattler", b"cache"): "pixi",
    (b".npm", b"_cacache"): "npm",
    (b".cargo", b"registry", b"cache"): "Cargo",
}
#: Of conda only what it has downloaded: environments may be linked to what it has unpacked. It
#: notes in a file whence that came, which tells its folder from others of this name.
_CONDA = b"pkgs"
_CONDA_NOTE = b"urls.txt"
_CONDA_ENDS = (b".conda", b".tar.bz2")
_CHECKPOINTS = b".ipynb_checkpoints"
_CHECKPOINT = b"-checkpoint"


def freeable(root: str, places: Places, trash: bytes | None) -> Json:
    """The groups with their entries, the largest first; `trash` is its folder below the root.

    Folders of caches and of the trash are told of from the records, single files are looked at.
    """
    before = time.time() - CHECKPOINT_SECONDS
    found: dict[str, list[Json]] = {"package-caches": [], "trash": [], "checkpoints": []}
    for path in places.folders():
        kind = places.kind_of(path)
        if kind == "trash":
            continue
        parts = path.split(b"/")
        cache = _cache_of(parts)
        if cache is not None:
            found["package-caches"].append(places.single(path, cache))
        elif parts[-1] == _CONDA and kind == "environments":
            found["package-caches"] += _downloads_of_conda(root, path)
        elif parts[-1] == _CHECKPOINTS and kind == "checkpoints":
            found["checkpoints"] += _old_checkpoints(root, path, before)
    if trash is not None:
        found["trash"] = list(_entries_of_trash(root, places, join(trash, b"files")))
    groups = []
    for group, entries in found.items():
        entries.sort(key=lambda entry: -entry["allocated"])
        groups.append(
            {
                "group": group,
                "allocated": sum(entry["allocated"] for entry in entries),
                "files": sum(entry["files"] for entry in entries),
                "entries": entries[:MOST],
            }
        )
    return {"groups": groups, "before": before}


def _cache_of(parts: list[bytes]) -> str | None:
    """Whose cache a folder is."""
    return _CACHES.get(tuple(parts[-2:])) or _CACHES.get(tuple(parts[-3:]))


def _downloads_of_conda(root: str, folder: bytes) -> Iterator[Json]:
    found = _files(root, folder)
    if any(name == _CONDA_NOTE for name, _ in found):
        for name, about in found:
            if name.endswith(_CONDA_ENDS):
                yield _entry(join(folder, name), about)


def _old_checkpoints(root: str, folder: bytes, before: float) -> Iterator[Json]:
    """Those of documents that are still there: of others they may be all that is left."""
    outer = os.path.join(os.fsencode(root), folder.rpartition(b"/")[0])
    for name, about in _files(root, folder):
        stem, dot, suffix = name.rpartition(b".")
        stem, suffix = (stem, dot + suffix) if dot else (name, b"")
        document = os.path.join(outer, stem.removesuffix(_CHECKPOINT) + suffix)
        is_one = stem.endswith(_CHECKPOINT) and os.path.lexists(document)
        if is_one and about.st_mtime < before:
            yield _entry(join(folder, name), about)


def _entries_of_trash(root: str, places: Places, folder: bytes) -> Iterator[Json]:
    for name, about in look(root, folder):
        path = join(folder, name)
        if not stat.S_ISDIR(about.st_mode):
            yield _entry(path, about)
            continue
        try:
            yield places.single(path, shown(name))
        except UnknownFolder:
            # Moved there just now: the next count tells how large it is.
            yield {**_entry(path, about), "folder": True}


def _files(root: str, folder: bytes) -> list[tuple[bytes, os.stat_result]]:
    """The files in a folder."""
    return [one for one in look(root, folder) if stat.S_ISREG(one[1].st_mode)]


def _entry(path: bytes, about: os.stat_result) -> Json:
    is_only = about.st_nlink == 1
    return {
        "id": id_of(path),
        "name": shown(path.rpartition(b"/")[2]),
        "folder": False,
        "kind": "other",
        # What has other names frees nothing.
        "allocated": about.st_blocks << 9 if is_only else 0,
        "apparent": about.st_size,
        "files": 1,
        "modified": about.st_mtime,
    }
