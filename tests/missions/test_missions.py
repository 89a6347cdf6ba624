"""The rules on names and places, by the vectors shared with jest, and by laws."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyterlab_mast import missions

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests/data/missions-vectors.json").read_text("utf-8"))
ARCHIVES = [missions.KnownArchive(**archive) for archive in VECTORS["archives"]]

#: Fields that TypeScript leaves out when there is nothing to say.
OPTIONAL = {"sector", "tic", "cadence", "target"}


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda m: m[1].upper(), name)


def plain(found: Any) -> Any:
    """A result as TypeScript writes it."""
    if not dataclasses.is_dataclass(found) or isinstance(found, type):
        return found
    optional = {"bucket", "archive"}
    if isinstance(found, missions.Product):
        optional = OPTIONAL
    return {
        camel(field.name): getattr(found, field.name)
        for field in dataclasses.fields(found)
        if not (field.name in optional and getattr(found, field.name) is None)
    }


def vectors(part: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("given", "expected"), VECTORS[part], ids=repr)


@vectors("describe")
def test_describe_key(given: str, expected: Any) -> None:
    assert plain(missions.describe_key(given)) == expected


@vectors("folder")
def test_describe_folder(given: str, expected: Any) -> None:
    assert missions.describe_folder(given) == expected


@vectors("group")
def test_group_of(given: list[str], expected: Any) -> None:
    assert plain(missions.group_of(*given)) == expected


@vectors("split")
def test_split_name(given: str, expected: list[str]) -> None:
    assert list(dataclasses.astuple(missions.split_name(given))) == expected


@vectors("uri")
def test_mast_uri(given: str, expected: Any) -> None:
    assert missions.mast_uri(given) == expected


@vectors("keys")
def test_keys_of_uri(given: str, expected: Any) -> None:
    assert plain(missions.keys_of_uri(given)) == expected


@vectors("s3")
def test_s3_uri(given: list[str], expected: str) -> None:
    assert missions.s3_uri(*given) == expected


@vectors("https")
def test_https_url(given: list[Any], expected: str) -> None:
    bucket, key, where = given
    assert missions.https_url(bucket, key, **where) == expected


@vectors("parse")
def test_parse_https_url(given: str, expected: Any) -> None:
    assert plain(missions.parse_https_url(given, ARCHIVES)) == expected


@vectors("goto")
def test_go_to(given: str, expected: Any) -> None:
    assert plain(missions.go_to(given, ARCHIVES)) == expected


def test_the_table_is_the_same_in_typescript() -> None:
    here = ROOT / "jupyterlab_mast/missions/product-names.json"
    there = ROOT / "src/missions/product-names.json"
    assert here.read_bytes() == there.read_bytes()


KEYS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.lists(
    st.sampled_from(["a", ".", "..", "", " ", "+", "%", "%2F", "ü", "#", "?"]), min_size=1
).map("/".join).filter(bool)

PIECES = st.lists(
    st.sampled_from(
        [
            *"abijstTIC_-./: 0149%+#?\"'\\\n\u0130",
            "hst/public/",
            "tess/public/tid/s0014/",
            "0000/0003/7778/0790/",
            "mast:HST/product/",
            "hlsp_qlp_tess_ffi_",
            "ibg705081_drz",
            ".fits",
            "https://",
        ]
    ),
    max_size=30,
).map("".join)


@settings(max_examples=500)
@given(st.text() | PIECES)
def test_any_string_is_answered(text: str) -> None:
    product = missions.describe_key(text)
    assert product.short_label
    assert product.full_label
    assert missions.go_to(text).kind
    missions.describe_folder(text)
    missions.keys_of_uri(text)
    missions.mast_uri(text)
    parts = missions.split_name(text)
    assert parts.head + parts.suffix + parts.tail == text


@given(KEYS)
def test_key_to_s3_uri_and_back(key: str) -> None:
    assert missions.parse_s3_uri(missions.s3_uri("b", key)) == missions.ObjectAddress("b", key)


@pytest.mark.parametrize(
    ("bucket", "where"),
    [
        ("stpubdata", {}),
        ("my.bucket", {"region": "eu-west-1"}),
        ("stpubdata", {"region": "cn-north-1"}),
        ("sample", {"endpoint": "http://127.0.0.1:8333"}),
        ("sample", {"endpoint": "https://hub.example.org/user/a/s3/"}),
    ],
)
@given(key=KEYS)
def test_key_to_web_address_and_back(bucket: str, where: dict[str, str], key: str) -> None:
    url = missions.https_url(bucket, key, **where)
    assert re.fullmatch(r"[\x21-\x7e]+", url)
    known = [missions.KnownArchive(bucket, **where)] if "endpoint" in where else []
    assert missions.parse_https_url(url, known) == missions.ObjectAddress(bucket, key)


@given(st.integers(1, 9_999_999_999_999_999), st.integers(1, 9999))
def test_the_tic_split(tic: int, sector: int) -> None:
    prefix = missions.tess_prefix(str(tic), sector)
    assert re.fullmatch(r"tess/public/tid/s[0-9]{4}/(?:[0-9]{4}/){4}", prefix)
    assert int(prefix[len("tess/public/tid/s0000") :].replace("/", "")) == tic
    found = missions.go_to(f"TIC {tic} s{sector}")
    assert isinstance(found, missions.GotoTessTarget)
    assert (found.tic, found.sector, found.prefixes) == (str(tic), sector, [prefix])
