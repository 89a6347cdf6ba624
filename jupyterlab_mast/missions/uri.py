"""Addresses: s3, https, mast. The same rules as ``src/missions/uri.ts``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from .describe import mission_of_path
from .folders import folder_of
from .places import hst_in, places_of_name
from .table import lower, table
from .types import KeyCandidates, KnownArchive, ObjectAddress


def s3_uri(bucket: str, key: str) -> str:
    """The URI as boto3, fsspec and the AWS command line take it: the key stands literally."""
    return f"s3://{bucket}/{key}"


_S3 = re.compile(r"s3[an]?://([^/]+)(?:/(.*))?", re.DOTALL | re.IGNORECASE)


def parse_s3_uri(uri: str) -> ObjectAddress | None:
    """Bucket and key of an ``s3://`` URI."""
    m = _S3.fullmatch(uri)
    return ObjectAddress(m[1], m[2] or "") if m else None


def encode_key(key: str) -> str:
    """A key as the path of a URL.

    Browsers and proxies fold ``.`` and ``..`` segments, so the slashes beside such a segment are
    written ``%2F``.
    """
    parts = key.split("/")
    out = ""
    for i, part in enumerate(parts):
        if i:
            dots = part in (".", "..") or parts[i - 1] in (".", "..")
            out += "%2F" if dots else "/"
        out += quote(re.sub("[\ud800-\udfff]", "\ufffd", part), safe="")
    return out


def https_url(
    bucket: str, key: str, *, region: str | None = None, endpoint: str | None = None
) -> str:
    """The address of an object on the web; path style where the endpoint is not AWS's."""
    if endpoint:
        return f"{endpoint.rstrip('/')}/{bucket}/{encode_key(key)}"
    region = region or "us-east-1"
    host = f"s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
    if "." in bucket:
        return f"https://{host}/{bucket}/{encode_key(key)}"
    return f"https://{bucket}.{host}/{encode_key(key)}"


def _decode_run(m: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(m.group()).decode("utf-8")
    except UnicodeDecodeError:
        return m.group()


def decode_percent(text: str) -> str:
    """Decode what is validly percent-encoded and leave the rest."""
    return re.sub(r"(?:%[0-9A-Fa-f]{2})+", _decode_run, text)


def query_value(query: str, name: str) -> str | None:
    """The value of one query parameter, ``+`` as a space."""
    for part in query.split("&"):
        key, _, value = part.partition("=")
        if decode_percent(key) == name:
            return decode_percent(value.replace("+", " "))
    return None


_URL = re.compile(
    r"https?://(?:[^/?#@]*@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL | re.IGNORECASE
)


def cut_url(url: str) -> tuple[str, str, str] | None:
    """Host, path and query of a URL, without any folding."""
    m = _URL.fullmatch(url)
    return (lower(m[1]), m[2], m[3] or "") if m else None


def _key_or_prefix(path: str, query: str) -> str:
    return decode_percent(path) or query_value(query, "prefix") or ""


def _path_style(path: str, query: str) -> ObjectAddress | None:
    bucket, _, key = path.partition("/")
    if not bucket:
        return None
    return ObjectAddress(decode_percent(bucket), _key_or_prefix(key, query))


def _at_endpoint(host: str, path: str, query: str, archive: KnownArchive) -> ObjectAddress | None:
    end = cut_url(archive.endpoint) if archive.endpoint else None
    if not end:
        return None
    base = end[1].rstrip("/")
    if host == end[0] and path.startswith(f"{base}/"):
        found = _path_style(path[len(base) + 1 :], query)
        if found and found.bucket == archive.bucket:
            return replace(found, archive=archive.id)
        return None
    if host == f"{lower(archive.bucket)}.{end[0]}":
        return ObjectAddress(archive.bucket, _key_or_prefix(path[1:], query), archive.id)
    return None


_AWS = re.compile(
    r"(?:([^\n\r\u2028\u2029]+)\.)?s3(?:[.-](?:dualstack\.|fips\.)?[a-z]{2}(?:-[a-z]+)+-[0-9])?"
    r"\.amazonaws\.com(?:\.cn)?"
)


def parse_https_url(url: str, archives: Sequence[KnownArchive] = ()) -> ObjectAddress | None:
    """Bucket and key of a web address of S3, or of an endpoint of the archives given."""
    cut = cut_url(url)
    if not cut:
        return None
    host, path, query = cut
    for archive in archives:
        found = _at_endpoint(host, path, query, archive)
        if found:
            return found
    bare = re.sub(r":(?:443|80)\Z", "", host)
    aws = _AWS.fullmatch(bare)
    if aws:
        if aws[1]:
            return ObjectAddress(aws[1], _key_or_prefix(path[1:], query))
        return _path_style(path[1:], query)
    if re.search(r"(?:\A|\.)console\.aws\.amazon\.com\Z", bare):
        m = re.match(r"/s3/(?:buckets|object)/([^/]+)", path)
        return ObjectAddress(m[1], query_value(query, "prefix") or "") if m else None
    return None


_PUBLIC: dict[str, tuple[str, str]] = {
    "hst": ("hst/public/", "mast:HST/product/"),
    "tess": ("tess/public/", "mast:TESS/product/"),
    "jwst": ("jwst/public/", "mast:JWST/product/"),
    "ps1": ("panstarrs/ps1/public/", "mast:PS1/product/"),
    "kepler": ("kepler/public/", "mast:Kepler/url/missions/kepler/"),
    "k2": ("k2/public/", "mast:K2/url/missions/k2/"),
    "hlsp": ("mast/hlsp/", "mast:HLSP/"),
}


def mast_uri(key: str) -> str | None:
    """The ``mast:`` URI of an object; None for folders and where a mission has none."""
    file = key[len(folder_of(key)) :]
    mission = mission_of_path(key)
    if not file or mission not in _PUBLIC:
        return None
    root, start = _PUBLIC[mission]
    if not key.startswith(root):
        return None
    return start + (key[len(root) :] if mission in ("kepler", "k2", "hlsp") else file)


def _exact(mission: Literal["kepler", "k2", "hlsp"], key: str) -> KeyCandidates:
    folder = folder_of(key)
    file = key[len(folder) :]
    return KeyCandidates(mission, file, [key] if file else [], None, folder)


_MAST = re.compile(r"mast:([a-z0-9]+)/(.+)", re.DOTALL | re.IGNORECASE)
_HST_IN = re.compile(r"product/([a-z0-9]{9})/([^/]+)", re.IGNORECASE)
_PRODUCT = re.compile(r"product/(?:[^/]+/)*([^/]+)", re.IGNORECASE)


def keys_of_uri(uri: str) -> KeyCandidates | None:
    """Where the object of a ``mast:`` URI may lie, without asking the path service."""
    m = _MAST.fullmatch(uri)
    if not m:
        return None
    collection = m[1].upper()
    if collection in ("KEPLER", "K2"):
        path = re.fullmatch(r"url/missions/(kepler|k2)/(.+)", m[2], re.DOTALL)
        if path:
            return _exact("k2" if path[1] == "k2" else "kepler", f"{path[1]}/public/{path[2]}")
    elif collection == "HLSP":
        found = _exact("hlsp", f"mast/hlsp/{m[2]}")
        known = m[2].split("/")[0] in table()["hlspCollections"]
        return found if known else replace(found, folder="mast/hlsp/")
    elif collection == "HST":
        path = _HST_IN.fullmatch(m[2])
        if path:
            return hst_in(lower(path[1]), path[2])
    product = _PRODUCT.fullmatch(m[2])
    candidates = places_of_name(product[1]) if product else None
    if candidates and candidates.mission == lower(m[1]):
        return candidates
    return None
