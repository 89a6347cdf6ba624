"""What is copied: sets of objects whose bytes do not compress, and what each must be afterwards."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from awscrt import checksums
from botocore.config import Config

from benchmarks.servers import BUCKET, REGION, ROOT_PREFIX, Store

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


@dataclass(frozen=True)
class Kind:
    """`count` objects of `size` bytes."""

    name: str
    count: int
    size: int
    #: The goals: wall time over s5cmd's, by the name of the server, or "disk".
    goals: dict[str, float] = field(default_factory=dict)
    #: Whether the store is given a CRC64NVME to keep; else it has only its ETag, an MD5.
    checksum: bool = True

    @property
    def prefix(self) -> str:
        return f"{ROOT_PREFIX}{self.name.replace(' ', '-')}/"

    @property
    def bytes(self) -> int:
        return self.count * self.size


_LARGE = {"seaweedfs": 1.0, "versitygw": 1.1, "disk": 1.0}
_SMALL = {"seaweedfs": 0.6, "versitygw": 0.6, "disk": 1.0}


def kinds(full: bool) -> list[Kind]:
    """The sets: the full ones are those that the goals are stated for."""
    part = 1 if full else 5
    return [
        Kind("1x1GiB" if full else "1x205MiB", 1, GIB // part, _LARGE),
        Kind(f"{100 // part}x10MiB", 100 // part, 10 * MIB, _LARGE),
        Kind(f"{500 // part}x2MB", 500 // part, 2_000_000, _LARGE),
        Kind(f"{5000 // part}x64KiB", 5000 // part, 64 * KIB, _SMALL),
        Kind(f"{100 // part}x10MiB MD5", 100 // part, 10 * MIB, {}, False),
    ]


@dataclass(frozen=True)
class Loaded:
    """A set that is in a store: names with their SHA-256."""

    kind: Kind
    digests: dict[str, str]

    def compare(self, folder: Path) -> None:
        """Raise RuntimeError unless `folder` holds just these bytes under just these names."""
        found = {
            str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()
        }
        if found.keys() != self.digests.keys():
            odd = sorted(found.keys() ^ self.digests.keys())
            raise RuntimeError(f"{self.kind.name}: {len(odd)} names differ, {odd[0]} first")
        with ThreadPoolExecutor(2) as pool:
            for name, digest in pool.map(lambda name: (name, _digest(found[name])), found):
                if digest != self.digests[name]:
                    raise RuntimeError(f"{self.kind.name}: {name} has other bytes than the object")


def load(store: Store, kind: Kind) -> Loaded:
    """Put a set into a store."""
    client = boto3.client(
        "s3",
        endpoint_url=store.endpoint,
        region_name=REGION,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        verify=str(store.authority) if store.authority else None,
        config=Config(
            s3={"addressing_style": "path"},
            # Without being told, boto3 adds a CRC32 of its own.
            request_checksum_calculation="when_required",
            max_pool_connections=8,
        ),
    )

    def put(number: int) -> tuple[str, str]:
        name = f"f{number:05d}.fits"
        body = os.urandom(kind.size)
        more: dict[str, Any] = {}
        if kind.checksum:
            # Computed here, so that it goes as a header; boto3 would send a trailer.
            sum64 = checksums.crc64nvme(body).to_bytes(8, "big")
            more["ChecksumCRC64NVME"] = base64.b64encode(sum64).decode()
        client.put_object(Bucket=BUCKET, Key=kind.prefix + name, Body=body, **more)
        return name, hashlib.sha256(body).hexdigest()

    with ThreadPoolExecutor(1 if kind.size > 100 * MIB else 8) as pool:
        return Loaded(kind, dict(pool.map(put, range(kind.count))))


def kept(store: Store, kind: Kind) -> str:
    """Which checksums the store gives with an object: a whole one, a range, a HEAD."""
    client = store.client()
    asked: Sequence[tuple[str, str, dict[str, str]]] = (
        ("GET", "get_object", {}),
        ("range", "get_object", {"Range": "bytes=0-99"}),
        ("HEAD", "head_object", {}),
    )
    said = []
    for name, method, more in asked:
        answer = getattr(client, method)(
            Bucket=BUCKET, Key=f"{kind.prefix}f00000.fits", ChecksumMode="ENABLED", **more
        )
        if "Body" in answer:
            answer["Body"].close()
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        known = [
            header.removeprefix("x-amz-checksum-")
            for header in headers
            if header.startswith("x-amz-checksum-") and header != "x-amz-checksum-type"
        ]
        said.append(f"{name} {', '.join(known) or 'none'}")
    return "; ".join(said)


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        total = hashlib.sha256()
        while data := file.read(MIB):
            total.update(data)
    return total.hexdigest()
