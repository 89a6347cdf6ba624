"""boto3 through the relay gets what it gets from the archive itself."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from helpers.checksums import crc64nvme
from helpers.raw import fetch
from helpers.servers import CLOSED, OPEN, TOKEN, JupyterProcess, SeaweedFS, s3_client

from jupyterlab_mast import boto3_client
from jupyterlab_mast.archive.keys import encode_key

KEY = "hst/public/jbev/jbeveo010/jbeveo010_drz.fits"
BODY = os.urandom(1_000_017)
ODD_KEYS = [
    entry["key"] for entry in json.loads((Path(__file__).parents[1] / "data/keys.json").read_text())
]
FOLDER = "tess/public/many/"
# Made by the connection, not by the object.
CONNECTION = {"date", "server", "connection", "vary", "set-cookie", "keep-alive"}


def test_the_checksum_of_this_test() -> None:
    assert crc64nvme(b"123456789").hex() == "ae8b14860a799888"


@pytest.fixture(scope="module")
def count(full: bool) -> int:
    return 5003 if full else 1203


@pytest.fixture(scope="module")
def direct(seaweed: SeaweedFS, count: int) -> Any:
    """The archive without the relay, filled."""
    admin = seaweed.admin
    seaweed.put_with_checksum(KEY, BODY)
    admin.put_object(Bucket=OPEN, Key="secret/x", Body=b"secret")
    admin.put_object(Bucket=CLOSED, Key=KEY, Body=b"for those with a role")
    admin.put_object(Bucket=CLOSED, Key="hst/public/odd/a b+c&d=\u00e9~.fits", Body=b"odd")
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(
            lambda number: admin.put_object(
                Bucket=OPEN, Key=f"{FOLDER}{number:05d}_lc.fits", Body=b"%d" % number
            ),
            range(count),
        ):
            pass
    return s3_client(seaweed.endpoint)


@pytest.fixture(scope="module")
def relayed(jupyter: JupyterProcess, direct: Any) -> Any:
    return boto3_client("weed", jupyter.base_url, TOKEN)


def headers_of(answer: dict[str, Any]) -> dict[str, str]:
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return {
        name: value
        for name, value in headers.items()
        if name not in CONNECTION and not name.endswith(("request-id", "amz-id-2"))
    }


def same_as_direct(relayed: dict[str, Any], direct: dict[str, Any]) -> None:
    """The relay adds headers of its own and keeps back unknown ones, and changes none."""
    through, straight = headers_of(relayed), headers_of(direct)
    kept_back = {name for name in straight if name not in through}
    assert all(name.startswith("seaweed-") for name in kept_back), kept_back
    assert {name: through[name] for name in straight if name in through} == {
        name: value for name, value in straight.items() if name not in kept_back
    }


def test_head(relayed: Any, direct: Any) -> None:
    asked = {"Bucket": OPEN, "Key": KEY, "ChecksumMode": "ENABLED"}
    answer, straight = relayed.head_object(**asked), direct.head_object(**asked)
    same_as_direct(answer, straight)
    assert answer["ContentLength"] == len(BODY)
    assert answer["ContentType"] == "image/fits"
    assert answer["Metadata"] == straight["Metadata"] == {"proposal": "12345"}
    assert answer["ChecksumCRC64NVME"] == straight["ChecksumCRC64NVME"]
    assert answer["ETag"] == straight["ETag"]


def test_get(relayed: Any, direct: Any) -> None:
    asked = {"Bucket": OPEN, "Key": KEY, "ChecksumMode": "ENABLED"}
    answer, straight = relayed.get_object(**asked), direct.get_object(**asked)
    same_as_direct(answer, straight)
    assert answer["ChecksumCRC64NVME"] == straight["ChecksumCRC64NVME"]
    assert answer["Body"].read() == BODY


@pytest.mark.parametrize("asked", ["bytes=0-0", "bytes=1000-70000", "bytes=1000000-", "bytes=-17"])
def test_ranged_get(relayed: Any, direct: Any, asked: str) -> None:
    answer = relayed.get_object(Bucket=OPEN, Key=KEY, Range=asked)
    straight = direct.get_object(Bucket=OPEN, Key=KEY, Range=asked)
    same_as_direct(answer, straight)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == straight["ContentRange"]
    assert answer["Body"].read() == straight["Body"].read()


def test_a_range_past_the_end(relayed: Any) -> None:
    with pytest.raises(ClientError) as caught:
        relayed.get_object(Bucket=OPEN, Key=KEY, Range="bytes=9000000-")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_conditions(relayed: Any, direct: Any, operation: str) -> None:
    tag = direct.head_object(Bucket=OPEN, Key=KEY)["ETag"]
    ask = getattr(relayed, operation)
    assert ask(Bucket=OPEN, Key=KEY, IfMatch=tag)["ETag"] == tag
    assert ask(Bucket=OPEN, Key=KEY, IfNoneMatch='"other"')["ETag"] == tag
    with pytest.raises(ClientError) as caught:
        ask(Bucket=OPEN, Key=KEY, IfMatch='"other"')
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    with pytest.raises(ClientError) as caught:
        ask(Bucket=OPEN, Key=KEY, IfNoneMatch=tag)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


def test_what_is_missing(relayed: Any) -> None:
    with pytest.raises(relayed.exceptions.NoSuchKey):
        relayed.get_object(Bucket=OPEN, Key="hst/public/nothing")


def test_list_with_paging(relayed: Any, direct: Any, count: int) -> None:
    def keys(client: Any) -> list[str]:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=OPEN, Prefix=FOLDER)
        sizes = []
        found = []
        for page in pages:
            sizes.append(page["KeyCount"])
            found += [entry["Key"] for entry in page["Contents"]]
        assert sizes[0] == 1000
        assert len(sizes) == -(-count // 1000)
        return found

    assert keys(relayed) == keys(direct)
    assert len(keys(relayed)) == count


def test_list_folders_and_from_a_name(relayed: Any, direct: Any) -> None:
    asked = {"Bucket": OPEN, "Prefix": "tess/public/", "Delimiter": "/"}
    answer = relayed.list_objects_v2(**asked)
    assert answer["CommonPrefixes"] == direct.list_objects_v2(**asked)["CommonPrefixes"]
    asked = {"Bucket": OPEN, "Prefix": FOLDER, "StartAfter": f"{FOLDER}00500", "MaxKeys": 7}
    answer = relayed.list_objects_v2(**asked)
    assert answer["Contents"] == direct.list_objects_v2(**asked)["Contents"]
    assert len(answer["Contents"]) == 7


def test_a_page_of_keys_is_small_on_the_wire(jupyter: JupyterProcess, relayed: Any) -> None:
    path = f"{jupyter.s3_path('weed')}/{OPEN}?list-type=2&prefix={FOLDER}&max-keys=1000"
    plain = fetch(jupyter.port, path)
    packed = fetch(jupyter.port, path, headers={"Accept-Encoding": "gzip"})
    assert zlib.decompress(packed.body, 31).count(b"<Key>") == 1000
    print(f"1,000 keys: {plain.wire_bytes} bytes plain, {packed.wire_bytes} compressed")
    assert packed.wire_bytes <= 60_000


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_object", {"Key": "secret/x"}),
        ("head_object", {"Key": "secret/x"}),
        ("list_objects_v2", {"Prefix": "secret/"}),
        ("list_objects_v2", {}),
        ("list_objects", {"Prefix": "hst/public/"}),
        ("list_object_versions", {"Prefix": "hst/public/"}),
        ("get_object_acl", {"Key": KEY}),
        ("get_bucket_location", {}),
        ("get_object_tagging", {"Key": KEY}),
    ],
)
def test_what_is_not_shown(relayed: Any, operation: str, more: dict[str, str]) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(relayed, operation)(Bucket=OPEN, **more)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("put_object", {"Key": KEY, "Body": b"mine"}),
        ("delete_object", {"Key": KEY}),
        ("create_multipart_upload", {"Key": KEY}),
        ("create_bucket", {}),
        ("delete_bucket", {}),
    ],
)
def test_nothing_can_be_changed(relayed: Any, operation: str, more: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(relayed, operation)(Bucket=OPEN, **more)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 405
    assert relayed.head_object(Bucket=OPEN, Key=KEY)["ContentLength"] == len(BODY)


def test_many_at_once(relayed: Any) -> None:
    def digest(_: int) -> str:
        return hashlib.sha256(relayed.get_object(Bucket=OPEN, Key=KEY)["Body"].read()).hexdigest()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(digest, range(24))) == {hashlib.sha256(BODY).hexdigest()}


def test_an_archive_with_a_role_is_signed_on_the_server(
    jupyter: JupyterProcess, direct: Any
) -> None:
    with pytest.raises(ClientError):
        direct.head_object(Bucket=CLOSED, Key=KEY)
    role = boto3_client("role", jupyter.base_url, TOKEN)
    answer = role.get_object(Bucket=CLOSED, Key=KEY, Range="bytes=0-2")
    assert answer["Body"].read() == b"for"
    odd = "hst/public/odd/a b+c&d=\u00e9~.fits"
    assert role.get_object(Bucket=CLOSED, Key=odd)["Body"].read() == b"odd"
    found = role.list_objects_v2(Bucket=CLOSED, Prefix="hst/public/odd/a b+c&d", Delimiter="/")
    assert [entry["Key"] for entry in found["Contents"]] == [odd]


@pytest.fixture(scope="module")
def odd_archive(moto_endpoint: str) -> Any:
    admin = s3_client(moto_endpoint, signed=True)
    for number, key in enumerate(ODD_KEYS):
        admin.put_object(Bucket=OPEN, Key=key, Body=b"%d" % number, ACL="public-read")
    return s3_client(moto_endpoint)


def test_odd_keys_are_listed(jupyter: JupyterProcess, odd_archive: Any) -> None:
    relayed = boto3_client("odd", jupyter.base_url, TOKEN)
    answer = relayed.list_objects_v2(Bucket=OPEN, Prefix="odd/")
    found = [entry["Key"] for entry in answer["Contents"]]
    assert sorted(found) == sorted(ODD_KEYS)
    assert found == sorted(ODD_KEYS, key=str.encode)


@pytest.mark.parametrize("number", range(len(ODD_KEYS)))
def test_odd_keys_are_read(jupyter: JupyterProcess, odd_archive: Any, number: int) -> None:
    key = ODD_KEYS[number]
    for archive in ("odd", "motoall"):
        client = boto3_client(archive, jupyter.base_url, TOKEN)
        assert client.get_object(Bucket=OPEN, Key=key)["Body"].read() == b"%d" % number
        assert client.head_object(Bucket=OPEN, Key=key)["ContentLength"] == len(str(number))
        answer = fetch(jupyter.port, f"{jupyter.s3_path(archive)}/{OPEN}/{encode_key(key)}")
        assert answer.body == b"%d" % number


#: What SeaweedFS cannot hold: it makes slashes of backslashes, folds empty segments, refuses dot
#: segments, and takes what ends in a slash for a folder. Besides, a segment has 255 bytes at most.
FOLDED = {
    *("odd/a\\b", "odd/deep/..\\x"),
    *("odd//x", "odd/a///b", "odd/a//../b", "odd/folder/", "odd/folder//"),
    *("odd/a/../b", "odd/a/./b", "odd/./b", "odd/a/.", "odd/a/b/..", "odd/a/b/../../c/../d"),
}


def test_what_a_real_server_holds_of_the_odd_keys_passes_byte_for_byte(
    jupyter: JupyterProcess, seaweed: SeaweedFS
) -> None:
    assert set(ODD_KEYS) >= FOLDED
    too_long = {key for key in ODD_KEYS if max(map(len, key.encode().split(b"/"))) > 255}
    held = [key for key in ODD_KEYS if key not in FOLDED | too_long]
    assert len(held) == len(ODD_KEYS) - len(FOLDED) - 2
    bodies = {key: key.encode() + os.urandom(1000) for key in held}
    for key, body in bodies.items():
        seaweed.admin.put_object(Bucket=OPEN, Key=key, Body=body)
    relayed = boto3_client("weedodd", jupyter.base_url, TOKEN)
    answer = relayed.list_objects_v2(Bucket=OPEN, Prefix="odd/")
    assert sorted(entry["Key"] for entry in answer["Contents"]) == sorted(held)
    for key, body in bodies.items():
        assert relayed.get_object(Bucket=OPEN, Key=key)["Body"].read() == body
        path = f"{jupyter.s3_path('weedodd')}/{OPEN}/{encode_key(key)}"
        assert fetch(jupyter.port, path).body == body
