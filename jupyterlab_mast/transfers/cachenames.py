"""Which object a file may be that another program has downloaded, by its name and folders.

Sources: astroquery puts files to ``mastDownload/<collection>/<obs_id>/<file>``
(astroquery/mast/observations.py, `_download_files`), lightkurve to the same below its own cache.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace

from ..missions import GotoFile, GotoHstFile, go_to
from ..missions.names import parse_name
from ..missions.places import hst_folder, sector_name, tic_path, visit_prefix
from ..missions.table import instrument_name, lower

#: Of calibration files: some are called as exposures are, and the archive's bucket has none.
_CALIBRATION = "crds_cache"
#: The folder of an exposure or association of HST.
_HST = re.compile(r"[a-z][a-z0-9]{8}")


def asked_of(path: str) -> GotoFile | GotoHstFile | None:
    """What to look for in a bucket; None for a file whose name leads to no object.

    The object's name is that of the file, but for capitals. `path` is taken as text, nothing is
    looked at.
    """
    folders, _, name = path.rpartition(os.sep)
    if not name.isascii() or _CALIBRATION in folders.split(os.sep):
        return None
    small = lower(name)
    asked = go_to(name)
    if isinstance(asked, GotoHstFile) and asked.exact and asked.file == small:
        return replace(asked, keys=[*asked.keys, *_in_hst_folder(folders, small)])
    if isinstance(asked, GotoFile) and asked.file == small:
        # One that was unpacked here is another file.
        keys = [key for key in asked.keys if key.endswith(f"/{small}")]
        return replace(asked, keys=keys) if keys else None
    known = _in_hst_folder(folders, small)
    if known:
        root = known[0].split("/")[3]
        return GotoHstFile(small, True, visit_prefix(root), hst_folder(root), known)
    keys = _of_tess_target(small)
    return GotoFile(small, keys, "") if keys else None


def _in_hst_folder(folders: str, name: str) -> list[str]:
    """The key in the folder that the cache names: another than that of the name, perhaps."""
    outer, _, root = lower(folders).rpartition(os.sep)
    known = _HST.fullmatch(root) and instrument_name(root[0])
    if not known or os.path.basename(outer) != "hst" or "." not in name:
        return []
    return [hst_folder(root) + name]


def _of_tess_target(name: str) -> list[str]:
    """The keys of light curves that were made of TESS's frames: as QLP and TESS-SPOC lie."""
    found = parse_name(name)
    if found.mission != "hlsp" or not found.collection or not found.id or found.sector is None:
        return []
    folder = f"mast/hlsp/{found.collection}/{sector_name(found.sector)}/"
    return [f"{folder}{inner}{tic_path(found.id)}{name}" for inner in ("", "target/")]
