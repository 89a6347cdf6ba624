"""Checksums that S3 keeps, and the same of a file here."""

from __future__ import annotations

import base64
import itertools
import os
import random
from pathlib import Path

import pytest
from helpers.faulty import digest, written
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mast.transfers.checksums import (
    ALGORITHMS,
    Promise,
    combine_crc64,
    composite_digest,
    even_parts,
    hash_file,
    new_hash,
    promise_of,
)

#: Known answers for the nine bytes "123456789": of the catalogue of CRCs (reveng), RFC 1321 and
#: FIPS 180.
KNOWN = {
    "CRC64NVME": "ae8b14860a799888",
    "CRC32C": "e3069283",
    "CRC32": "cbf43926",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
}


@pytest.mark.parametrize("algorithm", KNOWN)
def test_known_answers(algorithm: str) -> None:
    one = new_hash(algorithm)
    one.update(b"1234")
    one.update(memoryview(b"56789"))
    assert one.digest().hex() == KNOWN[algorithm]


def test_every_algorithm_of_s3_is_there() -> None:
    assert set(KNOWN) == {*ALGORITHMS, "MD5"}
    with pytest.raises(KeyError):
        new_hash("CRC16")


@given(st.binary(max_size=300), st.lists(st.integers(1, 299), max_size=5), st.randoms())
def test_ranges_are_joined_in_any_order(
    data: bytes, cuts: list[int], chance: random.Random
) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [
        (start, end - start, int.from_bytes(digest("CRC64NVME", data[start:end]), "big"))
        for start, end in itertools.pairwise(places)
    ]
    chance.shuffle(pieces)
    total, crc = combine_crc64(pieces)
    assert total == len(data)
    assert crc.to_bytes(8, "big") == digest("CRC64NVME", data)


@pytest.mark.parametrize("pieces", [[(1, 2, 0)], [(0, 2, 0), (3, 1, 0)], [(0, 2, 0), (1, 2, 0)]])
def test_gaps_and_overlaps_are_refused(pieces: list[tuple[int, int, int]]) -> None:
    with pytest.raises(ValueError, match="missing or doubled"):
        combine_crc64(pieces)


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "MD5"])
def test_files(tmp_path: Path, algorithm: str) -> None:
    data = random.Random(1).randbytes((2 << 20) + 5)
    (tmp_path / "a").write_bytes(data)
    file = os.open(tmp_path / "a", os.O_RDONLY)
    name = algorithm.lower() if algorithm == "MD5" else algorithm
    assert hash_file(file, algorithm, 3, len(data) - 3) == digest(name, data[3:])
    with pytest.raises(OSError, match="shorter"):
        hash_file(file, algorithm, 0, len(data) + 1)
    parts = [1 << 20, 1 << 20, 5]
    joined = digest(name, data[: 1 << 20]) + digest(name, data[1 << 20 : 2 << 20])
    joined += digest(name, data[2 << 20 :])
    assert composite_digest(file, algorithm, parts) == digest(name, joined)
    os.close(file)


MD5 = '"25f9e794323b453885f5181f1b624d0b"'
CRC64 = written("CRC64NVME", b"123456789")
SHA256 = written("SHA256", b"123456789")


@pytest.mark.parametrize(
    ("headers", "etag", "promise"),
    [
        ({}, MD5, Promise("MD5", MD5.strip('"'))),
        ({"x-amz-server-side-encryption": "AES256"}, MD5, Promise("MD5", MD5.strip('"'))),
        ({"x-amz-server-side-encryption": "aws:kms"}, MD5, None),
        ({"x-amz-server-side-encryption": "aws:kms:dsse"}, MD5, None),
        ({"x-amz-server-side-encryption-customer-algorithm": "AES256"}, MD5, None),
        ({}, MD5[:-1] + '-2"', None),
        ({}, MD5[:-1] + '-1"', None),
        ({}, MD5.upper(), None),
        ({}, MD5.strip('"'), None),
        ({}, "W/" + MD5, None),
        ({}, "", None),
        ({"x-amz-checksum-crc64nvme": CRC64}, "", Promise("CRC64NVME", CRC64)),
        (
            {"x-amz-checksum-sha256": SHA256, "x-amz-checksum-crc64nvme": CRC64},
            MD5,
            Promise("CRC64NVME", CRC64),
        ),
        ({"x-amz-checksum-sha256": f"{SHA256}-3"}, "", Promise("SHA256", SHA256, 3)),
        (
            {"x-amz-checksum-sha256": SHA256, "x-amz-checksum-type": "COMPOSITE"},
            MD5[:-1] + '-3"',
            None,
        ),
        (
            {"x-amz-checksum-sha256": SHA256, "x-amz-checksum-type": "FULL_OBJECT"},
            MD5[:-1] + '-3"',
            Promise("SHA256", SHA256),
        ),
        ({"x-amz-checksum-crc64nvme": "no base64!"}, "", None),
        ({"x-amz-checksum-crc128": CRC64}, "", None),
    ],
)
def test_the_strongest_promise(headers: dict[str, str], etag: str, promise: Promise | None) -> None:
    assert promise_of(headers, etag) == promise


def test_a_promise_is_written_as_the_store_did() -> None:
    assert Promise("SHA256", SHA256, 3).text == f"{SHA256}-3"
    assert Promise("SHA256", SHA256).digest() == base64.b64decode(SHA256)
    assert Promise("MD5", KNOWN["MD5"]).digest().hex() == KNOWN["MD5"]


@pytest.mark.parametrize(
    ("size", "first", "count", "parts"),
    [
        (10, 5, 2, [5, 5]),
        (11, 5, 3, [5, 5, 1]),
        (5, 5, 1, [5]),
        (10, 3, 2, None),
        (10, 10, 2, None),
        (10, 0, 2, None),
        (10, 5, 0, None),
    ],
)
def test_even_parts(size: int, first: int, count: int, parts: list[int] | None) -> None:
    assert even_parts(size, first, count) == parts
