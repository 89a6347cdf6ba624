"""What kind of files a folder holds, by its place and name."""

from __future__ import annotations

from typing import Literal

#: `copies` of objects of an archive that we made; `archive-caches` of the field's other programs;
#: `environments` of programs, with their caches; `notebooks`; their `checkpoints`; the `trash`.
Kind = Literal[
    "copies", "archive-caches", "environments", "notebooks", "checkpoints", "trash", "other"
]

#: Wherever they lie.
_BY_NAME: dict[bytes, Kind] = {
    b"mastDownload": "archive-caches",
    b"crds_cache": "archive-caches",
    b".lightkurve": "archive-caches",
    b".lightkurve-cache": "archive-caches",
    b".lightkurve_cache": "archive-caches",
    b".eleanor": "archive-caches",
    b"__pycache__": "environments",
    b"node_modules": "environments",
    b"site-packages": "environments",
    b".venv": "environments",
    b"venv": "environments",
    b"envs": "environments",
    b"pkgs": "environments",
    b".conda": "environments",
    b".mamba": "environments",
    b".pixi": "environments",
    b".npm": "environments",
    b".yarn": "environments",
    b".cargo": "environments",
    b".rustup": "environments",
    b".julia": "environments",
    b".cache": "environments",
    b"anaconda3": "environments",
    b"miniconda3": "environments",
    b"miniforge3": "environments",
    b"mambaforge": "environments",
    b"micromamba": "environments",
    b".ipynb_checkpoints": "checkpoints",
    b".Trash": "trash",
}

#: In folders of these names.
_BY_PLACE: dict[tuple[bytes, bytes], Kind] = {
    (b".astropy", b"cache"): "archive-caches",
    (b".cache", b"astropy"): "archive-caches",
    (b".cache", b"lightkurve"): "archive-caches",
    (b"share", b"Trash"): "trash",
    (b".local", b"lib"): "environments",
}


def kind_of_folder(name: bytes, parent: bytes, outer: Kind) -> Kind:
    """The kind of what is in the folder `name` of a folder called `parent`, which is `outer`.

    What lies in the trash or a cache of the field stays that, whatever it is called.
    """
    if outer in ("trash", "archive-caches", "checkpoints"):
        return outer
    found = _BY_PLACE.get((parent, name)) or _BY_NAME.get(name)
    if found is None and name.startswith(b".Trash-"):
        found = "trash"
    return found or outer


def kind_of_path(path: bytes) -> Kind:
    """The kind of what is in the folder at a path below a root."""
    found: Kind = "other"
    outer = b""
    for name in path.split(b"/") if path else ():
        found = kind_of_folder(name, outer, found)
        outer = name
    return found
