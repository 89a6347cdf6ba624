"""Downloads of package managers, which they fetch again where they are missing."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection

from .folders import Found, read_file
from .kinds import kind_of_path

#: Programs do not run from these, and nothing is linked to them. So uv and pixi are not here:
#: `uvx` runs what lies in uv's cache, and environments may be links to it, as those of pixi are.
_CACHES: dict[tuple[bytes, ...], str] = {
    (b".cache", b"pip"): "pip",
    (b".cache", b"yarn"): "Yarn",
    (b".cache", b"pypoetry", b"cache"): "Poetry",
    (b".cache", b"pypoetry", b"artifacts"): "Poetry",
    (b".npm", b"_cacache"): "npm",
    (b".cargo", b"registry", b"cache"): "Cargo",
}
#: Of conda only what it has downloaded: environments may be linked to what it has unpacked. It
#: notes in a file whence each came, a line with an address, which tells its downloads from files of
#: a person's own.
_CONDA = b"pkgs"
_CONDA_NOTE = b"urls.txt"
_CONDA_ENDS = (b".conda", b".tar.bz2")
#: Bytes of that file that are read: some 100,000 lines.
_CONDA_NOTED = 1 << 24

#: A checksum may be behind the name.
_ADDRESS = re.compile(rb"https?://[^\s#]+/(?P<name>[^\s/#]+)(?:#\S*)?")

#: What the paths of all these end with, to pass over others quickly.
LAST_NAMES = frozenset(parts[-1] for parts in _CACHES) | {_CONDA}


def cache_at(folder: bytes) -> str | None:
    """Whose cache the folder at this path below a root is."""
    parts = folder.split(b"/")
    if _is_in_cache(parts) or kind_of_path(folder) != "environments":
        return None
    return _program(parts)


def is_of_conda(folder: bytes) -> bool:
    """Whether the folder at this path may be where conda keeps what it has downloaded."""
    parts = folder.split(b"/")
    is_named = parts[-1] == _CONDA and not _is_in_cache(parts)
    return is_named and kind_of_path(folder) == "environments"


def is_download(found: Found, noted: Collection[bytes]) -> bool:
    """Whether a file, in a folder that may be conda's, is one of those `noted` there."""
    is_named = found.name.endswith(_CONDA_ENDS) and stat.S_ISREG(found.about.st_mode)
    return is_named and found.name in noted


def noted_in(folder: int) -> frozenset[bytes]:
    """The names of the files that conda has noted in this folder to have fetched from the web.

    Only a note of this person's own counts: in a folder of a team anybody may write one.
    """
    lines = (read_file(folder, _CONDA_NOTE, _CONDA_NOTED, own=True) or b"").splitlines()
    return frozenset(
        found["name"] for line in lines if (found := _ADDRESS.fullmatch(line.strip())) is not None
    )


def is_package_cache(path: bytes, found: Found) -> bool:
    """Whether a folder is a whole cache, or a file a download of conda."""
    if stat.S_ISDIR(found.about.st_mode):
        return cache_at(path) is not None
    return is_of_conda(path.rpartition(b"/")[0]) and is_download(found, noted_in(found.folder))


def _program(parts: list[bytes]) -> str | None:
    return _CACHES.get(tuple(parts[-2:])) or _CACHES.get(tuple(parts[-3:]))


def _is_in_cache(parts: list[bytes]) -> bool:
    """Whether one of the outer folders is a cache: it goes with that."""
    return any(_program(parts[:count]) for count in range(2, len(parts)))
