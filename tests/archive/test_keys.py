"""Keys in URLs: what is decoded, encoded and refused, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from jupyterlab_mast.archive.errors import S3Error
from jupyterlab_mast.archive.keys import decode_key, encode_key, encode_plain, is_below

ODD_KEYS = [
    entry["key"] for entry in json.loads((Path(__file__).parents[1] / "data/keys.json").read_text())
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
nasty = st.lists(
    st.sampled_from(["a", ".", "..", "/", "\\", "%", "%2f", "%2e", "%25", "+", "é", ""]),
    max_size=12,
).map("".join)
keys = st.one_of(texts, nasty)


@given(keys)
def test_decoding_undoes_both_encodings(key: str) -> None:
    assert decode_key(encode_key(key)) == key
    assert decode_key(encode_plain(key)) == key


@given(keys)
def test_an_encoded_key_is_safe_in_a_path(key: str) -> None:
    encoded = encode_key(key)
    assert encoded.isascii()
    assert not set(encoded) & set(' ?#\\"<>')
    # A lone '.' or '..' is the only key whose dots a reader of paths can still fold.
    if key not in (".", ".."):
        assert not set(encoded.split("/")) & {".", ".."}
    assert URL(f"http://h/b/{encoded}", encoded=True).raw_path == f"/b/{encoded}"


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_survive(key: str) -> None:
    assert decode_key(encode_key(key)) == key
    assert is_below(key, ["odd/"])
    assert is_below(key, [""])


@pytest.mark.parametrize(
    "raw", ["%", "%2", "%zz", "a%", "a b", "a#b", "a?b", "a\\b", "\xe9", "\x00", "\x7f", "a\tb"]
)
def test_what_must_be_escaped_is_refused(raw: str) -> None:
    with pytest.raises(S3Error) as caught:
        decode_key(raw)
    assert (caught.value.status, caught.value.code) == (400, "InvalidURI")


@pytest.mark.parametrize("raw", ["%ff", "%c3", "%c0%af", "%c0%ae%c0%ae", "%ed%a0%80", "%f8%80"])
def test_what_is_not_utf8_is_refused(raw: str) -> None:
    with pytest.raises(S3Error) as caught:
        decode_key(raw)
    assert caught.value.status == 400


def test_the_length_is_counted_in_bytes() -> None:
    assert decode_key("%C3%A9" * 512) == "é" * 512
    with pytest.raises(S3Error) as caught:
        decode_key("%C3%A9" * 512 + "x")
    assert caught.value.code == "KeyTooLongError"


@pytest.mark.parametrize(
    "key",
    [
        "hst/public",
        "hst/publicly/x",
        "hst/",
        "",
        "HST/public/x",
        "/hst/public/x",
        "./hst/public/x",
        "tess/public/x",
        "hst/public/..",
        "hst/public/../x",
        "hst/public/a/../../x",
        "hst/public/../public/x",
        "hst/public/a//../../x",
        "hst/public/./../x",
        "hst/public/..\\x",
        "hst/public/a\\..\\..\\x",
        "hst/public/%2e%2e/x",
        "hst/public/%2E./x",
        "hst/public/%252e%252e/x",
        "hst/public/..%2fx",
        "hst/public/a%2f..%2f..%2fx",
        "hst/public/%5c..%5cx",
        "hst/public/%" + "25" * 100 + "2e%2e/x",
    ],
)
def test_outside_of_the_root(key: str) -> None:
    assert not is_below(key, ["hst/public/"])


@pytest.mark.parametrize(
    "key", ["hst/public/", "hst/public/a/../b", "hst/public/a/..", "hst/public/...", "hst/public/a"]
)
def test_below_the_root(key: str) -> None:
    assert is_below(key, ["tess/public/", "hst/public/"])


@pytest.mark.parametrize("key", ["..", "../x", "a/../../x", "%2e%2e/x"])
def test_even_a_whole_bucket_is_not_left(key: str) -> None:
    assert not is_below(key, [""])


@given(nasty)
def test_no_reading_of_an_allowed_key_leaves_the_root(rest: str) -> None:
    """However often a careless server decodes and folds, it stays below the root."""
    if not is_below(f"hst/public/{rest}", ["hst/public/"]):
        return
    view = f"hst/public/{rest}"
    for _ in range(4):
        for text in (view, view.replace("\\", "/")):
            folded: list[str] = []
            for segment in text.split("/"):
                if segment == "..":
                    folded = folded[:-1]
                elif segment not in ("", "."):
                    folded.append(segment)
            assert folded[:2] == ["hst", "public"]
        view = unquote(view)
