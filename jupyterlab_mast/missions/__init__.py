"""Names and places of the missions of MAST: key, file name, observation, label, URI.

The same rules as ``src/missions`` (TypeScript): both read one table, ``product-names.json``, and
pass one file of test vectors, ``tests/data/missions-vectors.json``. Imports nothing of Jupyter.
"""

from .describe import describe_key, mission_of_path
from .folders import describe_folder, group_of
from .goto import go_to
from .names import split_name
from .places import places_of_name, sector_name, tess_prefix, tic_path
from .types import (
    Goto,
    GotoFile,
    GotoHstFile,
    GotoKeplerTarget,
    GotoPlace,
    GotoRootname,
    GotoTessTarget,
    GotoUnknown,
    GotoVisit,
    Group,
    KeyCandidates,
    Kind,
    KnownArchive,
    Level,
    Mission,
    ObjectAddress,
    Product,
    SplitName,
)
from .uri import (
    encode_key,
    https_url,
    keys_of_uri,
    mast_uri,
    parse_https_url,
    parse_s3_uri,
    s3_uri,
)

__all__ = [
    "Goto",
    "GotoFile",
    "GotoHstFile",
    "GotoKeplerTarget",
    "GotoPlace",
    "GotoRootname",
    "GotoTessTarget",
    "GotoUnknown",
    "GotoVisit",
    "Group",
    "KeyCandidates",
    "Kind",
    "KnownArchive",
    "Level",
    "Mission",
    "ObjectAddress",
    "Product",
    "SplitName",
    "describe_folder",
    "describe_key",
    "encode_key",
    "go_to",
    "group_of",
    "https_url",
    "keys_of_uri",
    "mast_uri",
    "mission_of_path",
    "parse_https_url",
    "parse_s3_uri",
    "places_of_name",
    "s3_uri",
    "sector_name",
    "split_name",
    "tess_prefix",
    "tic_path",
]
