"""Where an object of the archive goes below the target: pure functions of layout, sources and key.

No path that is returned leads out of the target or cannot be a file on Linux: what a part of a
key must not hold is written ``%XX``, as in a URL, and a ``%`` that could be read so is ``%25``.
Different keys get different paths in the layout "archive"; where others bring two keys together,
`Collisions` keeps them apart.
"""

from __future__ import annotations

import hashlib
import re
import threading
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from ..missions import mission_of_path
from ..missions.folders import folder_of, read_folder
from ..missions.names import parse_name
from ..missions.places import plain_number
from .types import Layout, Source

#: Bytes that Linux's file systems allow in a name.
MAX_NAME_BYTES = 255

# What no name may hold, or nobody could read: control characters, / and \, the characters that turn
# the direction of writing, separators of lines, and halves of surrogate pairs. And a % that
# begins what looks like an escape of ours.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f/\\\\\u2028-\u202e\u2066-\u2069\ud800-\udfff]|%(?=[0-9A-Fa-f]{2})"
)
#: Names that only the engine's partial files have.
_PARTIAL = re.compile(r"\.mast-.*\.part", re.DOTALL)


def safe_name(part: str) -> str:
    """A part of a key as a file name: at most 255 bytes, no separator, not ``.`` nor ``..``."""
    if part == "":
        return "%2F"
    if part in (".", ".."):
        return part.replace(".", "%2E")
    if _UNSAFE.search(part):
        part = _UNSAFE.sub(_escape, part)
    if part[0] == "." and _PARTIAL.fullmatch(part):
        part = "%2E" + part[1:]
    # Few are long enough to be worth encoding.
    if len(part) * 4 > MAX_NAME_BYTES and len(part.encode()) > MAX_NAME_BYTES:
        return _shorten(part, MAX_NAME_BYTES)
    return part


def safe_path(key: str) -> str:
    """All of a key as a relative path; different keys give different paths."""
    return "/".join([safe_name(part) for part in key.split("/")])


def _escape(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def _shorten(name: str, size: int) -> str:
    """Both ends of a name and a hash of it all between them, in `size` bytes."""
    data = name.encode()
    middle = f"~{hashlib.sha256(data).hexdigest()[:16]}~"
    tail = data[-40:].decode("utf-8", "ignore")
    head = data[: size - len(middle) - len(tail.encode())].decode("utf-8", "ignore")
    return f"{head}{middle}{tail}"


class Paths:
    """The paths of one transfer's objects. Any thread may use it."""

    def __init__(self, layout: Layout, sources: Sequence[Source]) -> None:
        self._layout = layout
        self._given = {one.key: one.path for one in sources if one.path is not None}
        # A prefix below another says nothing new; of what remains, one at most fits a key.
        self._prefixes: list[str] = []
        for prefix in sorted({one.prefix for one in sources if one.prefix is not None}):
            if not self._prefixes or not prefix.startswith(self._prefixes[-1]):
                self._prefixes.append(prefix)

    def path(self, key: str) -> str:
        """Where `key` goes below the target, with ``/``."""
        given = self._given.get(key)
        if given is not None:
            return given
        if self._layout == "archive":
            return safe_path(key)
        if self._layout == "flat":
            return safe_name(_last_part(key))
        if self._layout == "mastdownload":
            place = mast_place(key)
            if place:
                file = key[len(folder_of(key)) :]
                return "/".join(["mastDownload", *(safe_name(part) for part in (*place, file))])
            return safe_path(self._relative(key))
        observation = observation_of(key)
        if observation:
            return f"{safe_name(observation)}/{safe_name(key[len(folder_of(key)) :])}"
        return safe_path(self._relative(key))

    def _relative(self, key: str) -> str:
        """The key from the parent folder of the source it belongs to."""
        low, high = 0, len(self._prefixes)
        while low < high:
            middle = (low + high) // 2
            if self._prefixes[middle] <= key:
                low = middle + 1
            else:
                high = middle
        prefix = self._prefixes[low - 1] if low else None
        if prefix is None or not key.startswith(prefix):
            return _last_part(key)
        return key[len(folder_of(prefix.removesuffix("/"))) :]


_latest: tuple[Layout, Sequence[Source], Paths] | None = None
_latest_lock = threading.Lock()


def path_of(layout: Layout, sources: Sequence[Source], key: str) -> str:
    """Where `key` goes below the target: no part is empty, ``.`` or ``..``, or unsafe.

    - "flat": the last part of the key.
    - "archive": the key.
    - "observation": ``<observation>/<file>``; of a key without one, what follows the parent
      folder of the source's prefix (`a/b/` brings ``b/…``), or the file's name.
    - "mastdownload": where `astroquery.mast.Observations.download_products` puts it.

    Fast when called again and again with the same objects `layout` and `sources`.
    """
    global _latest
    latest = _latest
    if latest is None or latest[0] != layout or latest[1] is not sources:
        latest = (layout, sources, Paths(layout, sources))
        with _latest_lock:
            _latest = latest
    return latest[2].path(key)


def default_layout(sources: Iterable[Source | str]) -> Layout:
    """The layout to offer first for sources, or for keys and prefixes.

    "observation", which keeps the folders of what belongs to none; but "archive" for the whole
    bucket or the whole of a mission, where files of all kinds would come together.
    """
    for source in sources:
        prefix = source if isinstance(source, str) else source.prefix
        if prefix is not None and (prefix == "" or prefix.endswith("/")):
            mission = mission_of_path(prefix)
            if prefix.count("/") < 2 or (mission in _WHOLE and prefix == _WHOLE[mission]):
                return "archive"
    return "observation"


_WHOLE = {
    "hst": "hst/public/",
    "tess": "tess/public/",
    "kepler": "kepler/public/",
    "k2": "k2/public/",
    "jwst": "jwst/public/",
    "hlsp": "mast/hlsp/",
}


def _last_part(key: str) -> str:
    """The file's name; of a key that ends in slashes, the last folder's with them."""
    return key[key.rstrip("/").rfind("/") + 1 :]


# Observations.

_TID = re.compile(r"tess/public/tid/(s[0-9]{4})/")
_K2_FOLDER = re.compile(r"k2/public/[a-z_]+/c[0-9]{1,3}/([0-9]{4})00000/([0-9]{2})000/")


@lru_cache(4096)
def _observation_folder(folder: str) -> str | None:
    found = read_folder(folder)
    if not found:
        return None
    tess = _TID.match(folder)
    if tess:
        return f"tic{found.observation}-{tess[1]}"
    if folder.startswith("kepler/"):
        return f"kic{found.observation}"
    return found.observation


def observation_of(key: str) -> str | None:
    """The name of the folder for a key's observation; None for a key without one.

    It is the folder that the key was found in, never one computed from a name; only K2 keeps a
    thousand targets in a folder, and there the name tells which.
    """
    folder = folder_of(key)
    if len(folder) == len(key):
        return None
    found = _observation_folder(folder)
    if found:
        return found
    k2 = _K2_FOLDER.fullmatch(folder)
    if k2:
        name = parse_name(key[len(folder) :])
        if name.mission == "k2" and name.id and name.id.startswith(k2[1] + k2[2]):
            return f"epic{plain_number(name.id)}"
    return None


# astroquery: mastDownload/<obs_collection>/<obs_id>/<file> (astroquery/mast/observations.py,
# `_download_files`). Both names are of the rows that MAST's service Mast.Caom.Products gives.

_COLLECTIONS = {
    "hst": "HST",
    "tess": "TESS",
    "kepler": "Kepler",
    "k2": "K2",
    "jwst": "JWST",
    "hlsp": "HLSP",
    "ps1": "PS1",
    "galex": "GALEX",
    "roman": "ROMAN",
}
_TESS_TARGET = re.compile(r"(tess[0-9]{13}-s[0-9]{4}-[0-9]{16}-[0-9]{4}-[xsab])_(fast-)?(?:lc|tp)")
_KEPLER_TARGET = re.compile(
    r"(kplr[0-9]{9}|ktwo[0-9]{9}-(?:unofficial-)?c[0-9]{2,3})(?:-[0-9]+)?_([ls])(?:lc|pd-targ)"
)
_SPOC = re.compile(r"(hlsp_tess-spoc_tess_phot_[0-9]{16}-s[0-9]{4}_tess_v[0-9]+)_(?:lc|tp)")


def mast_place(key: str) -> tuple[str, str] | None:
    """``obs_collection`` and ``obs_id`` of a key, as MAST's list of products has them.

    None for keys of no mission of MAST. Sure for products of HST (of an association: those of
    its exposures too), light curves and target pixels of TESS and K2, full frames of TESS and
    products of JWST. No key tells which quarters the name of a Kepler observation has
    (``kplr<kic>_lc_Q…``): there the folder is ``kplr<kic>_lc``. HLSP have no rule that all
    follow: the file's name without its extension is the commonest.
    """
    mission = mission_of_path(key)
    collection = _COLLECTIONS.get(mission or "")
    folder = folder_of(key)
    file = key[len(folder) :]
    if not collection or not file:
        return None
    place = read_folder(folder)
    name = parse_name(file)
    stem = file[: len(name.head) + len(name.suffix)] if name.mission else file.split(".")[0]
    observation = stem or file
    match mission:
        case "hst":
            observation = place.observation if place else observation
            if name.mission == "hst" and file.startswith("hst_"):
                observation = name.head.rstrip("_")
            elif (
                name.mission == "hst"
                and name.root
                and len(name.root) == 9
                # Files of one exposure, or of one association, differ in the last character.
                and not (place and name.root[:8] == place.observation[:8])
            ):
                observation = name.root
        case "tess":
            target = _TESS_TARGET.match(stem)
            if target:
                observation = target[1] + ("_fast" if target[2] else "")
            elif name.mission == "tess" and name.camera:
                observation = f"tess-s{name.sector:04d}-{name.camera}-{name.ccd}"
            elif name.mission == "tess":
                observation = name.head.rstrip("_")
        case "kepler" | "k2":
            target = _KEPLER_TARGET.match(stem)
            if target:
                observation = f"{target[1]}_{target[2]}c"
        case "jwst" | "roman" if name.mission == mission:
            observation = name.head.rstrip("_")
        case "hlsp":
            spoc = _SPOC.match(stem)
            if spoc:
                observation = f"{spoc[1]}_tp"
        case "ps1":
            observation = ".".join(file.split(".")[:7])
    return collection, observation or file


# Several keys for one path.


def numbered(path: str, number: int) -> str:
    """`path` with a number before its extension: ``a/b (2).fits.gz``."""
    folder, slash, name = path.rpartition("/")
    cut = len(name)
    found = re.search(r"(?<=[^.])(?:\.[A-Za-z][A-Za-z0-9]{0,9}){1,2}\Z", name)
    if found:
        cut = found.start()
    stem, extension, mark = name[:cut], name[cut:], f" ({number})"
    room = MAX_NAME_BYTES - len(mark) - len(extension.encode())
    if len(stem.encode()) > room:
        stem = _shorten(stem, room)
    return f"{folder}{slash}{stem}{mark}{extension}"


def keep_both(path: str, taken: Callable[[str], bool]) -> str:
    """`path`, or the first of ``name (2).fits``, ``name (3).fits``, … that is not `taken`."""
    number, found = 2, path
    while taken(found):
        found = numbered(path, number)
        number += 1
    return found


class Collisions:
    """The paths of a plan's objects, made unique: ask in the order of the plan.

    It keeps eight bytes a path and folder, in a table at most two thirds full: 24 MiB for a
    million objects at most. Two paths that fall together by chance (of a million, once in
    thirty million plans) only bring a number into a name. Not for several threads.
    """

    def __init__(self) -> None:
        self._table = array("Q", bytes(8 * 1024))
        self._used = 0
        self._folder = ""
        #: Folders whose name a file has.
        self._moved: dict[str, str] = {}

    def path(self, path: str) -> str:
        """`path` if it is free; else with a number in its name, always the same in one plan."""
        folder, slash, name = path.rpartition("/")
        if slash:
            path = f"{self._make_folder(folder)}/{name}"
        return keep_both(path, lambda one: not self._add_file(one))

    def _add_file(self, path: str) -> bool:
        """Note a file; False, and nothing is noted, where a file or a folder has the path."""
        own = _hash("f", path)
        if self._has(own) or self._has(_hash("d", path)):
            return False
        self._add(own)
        return True

    def _make_folder(self, folder: str) -> str:
        """Note a folder and those above it; none of them may be a file of this plan."""
        if folder == self._folder and not self._moved:
            return folder
        self._folder = folder
        above, _, name = folder.rpartition("/")
        made = f"{self._make_folder(above)}/{name}" if above else name
        self._folder = folder
        if made in self._moved:
            return self._moved[made]
        free = keep_both(made, lambda path: self._has(_hash("f", path)))
        if free != made:
            self._moved[made] = free
        self._add(_hash("d", free))
        return free

    def _find(self, value: int) -> int:
        mask = len(self._table) - 1
        at = value & mask
        while self._table[at] not in (0, value):
            at = (at + 1) & mask
        return at

    def _has(self, value: int) -> bool:
        return self._table[self._find(value)] == value

    def _add(self, value: int) -> None:
        at = self._find(value)
        if self._table[at] == value:
            return
        self._table[at] = value
        self._used += 1
        if self._used * 3 > len(self._table) * 2:
            old = self._table
            self._table = array("Q", bytes(16 * len(old)))
            for one in old:
                if one:
                    self._table[self._find(one)] = one


def _hash(kind: str, path: str) -> int:
    data = hashlib.blake2b(f"{kind}{path}".encode(), digest_size=8).digest()
    return int.from_bytes(data, "big") or 1


__all__ = [
    "Collisions",
    "Paths",
    "default_layout",
    "keep_both",
    "mast_place",
    "observation_of",
    "path_of",
    "safe_name",
    "safe_path",
]
