"""The AWS SDK for JavaScript, under Node, gets through the relay what it gets from the archive."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from helpers.checksums import crc64nvme
from helpers.servers import OPEN, TOKEN, JupyterProcess, SeaweedFS, s3_client

ROOT = Path(__file__).resolve().parents[2]
KEY = "hst/public/sdk1/sdk101010/sdk101010_drz.fits"
BODY = random.Random(7).randbytes(700_013)
FOLDER = "tess/public/sdk/"
COUNT = 1203
ODD_KEYS = [
    entry["key"] for entry in json.loads((Path(__file__).parents[1] / "data/keys.json").read_text())
]
# Made by the connection, not by the object.
CONNECTION = {"date", "server", "connection", "vary", "set-cookie", "keep-alive"}

Ask = tuple[str, dict[str, Any]]
Answer = dict[str, Any]


def node() -> str | None:
    """The program, of this environment before others."""
    folders = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    return shutil.which("node", path=os.pathsep.join(folders))


def missing() -> str:
    """Empty, or what the SDK lacks here."""
    if node() is None:
        return "there is no Node"
    if not (ROOT / "node_modules" / "@aws-sdk" / "client-s3").is_dir():
        return "the JavaScript packages are not installed (./test server installs them)"
    return ""


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "all is there")


def sdk(endpoint: str, asks: list[Ask], token: str | None = None) -> list[Answer]:
    """What the SDK gets when it asks that of an endpoint."""
    done = subprocess.run(
        [str(node()), Path(__file__).with_name("sdk_client.mjs")],
        input=json.dumps({"endpoint": endpoint, "token": token, "asks": asks}),
        env={**os.environ, "NODE_OPTIONS": "", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: list[Answer] = json.loads(done.stdout)
    return answers


@pytest.fixture(scope="module")
def endpoints(seaweed: SeaweedFS, jupyter: JupyterProcess) -> tuple[str, str]:
    """Of the relay, and of the archive, which is filled."""
    admin = seaweed.admin
    seaweed.put_with_checksum(KEY, BODY)
    with ThreadPoolExecutor(8) as pool:
        names = (f"{FOLDER}{number:05d}_lc.fits" for number in range(COUNT))
        list(pool.map(lambda key: admin.put_object(Bucket=OPEN, Key=key, Body=key.encode()), names))
    return f"http://127.0.0.1:{jupyter.port}{jupyter.s3_path('weed')}", seaweed.endpoint


def both(endpoints: tuple[str, str], *asks: Ask) -> list[tuple[Answer, Answer]]:
    relay, archive = endpoints
    return list(zip(sdk(relay, list(asks), TOKEN), sdk(archive, list(asks)), strict=True))


def headers_of(answer: Answer) -> dict[str, str]:
    return {
        name: value
        for name, value in answer["headers"].items()
        if name not in CONNECTION and not name.endswith(("request-id", "amz-id-2"))
    }


def same_as_direct(through: Answer, straight: Answer) -> None:
    """Status, body and what the SDK makes of them are the same; of the headers none is changed,
    and none kept back but the server's own."""
    for name in ("status", "body", "output", "error"):
        assert through.get(name) == straight.get(name), name
    relayed, direct = headers_of(through), headers_of(straight)
    kept_back = {name for name in direct if name not in relayed}
    assert all(name.startswith("seaweed-") for name in kept_back), kept_back
    assert {name: relayed[name] for name in direct if name in relayed} == {
        name: value for name, value in direct.items() if name not in kept_back
    }


def body_of(data: bytes) -> dict[str, Any]:
    return {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def test_head_and_get_with_checksums(endpoints: tuple[str, str]) -> None:
    asked = {"Bucket": OPEN, "Key": KEY, "ChecksumMode": "ENABLED"}
    for through, straight in both(endpoints, ("HeadObject", asked), ("GetObject", asked)):
        same_as_direct(through, straight)
        assert through["status"] == 200
        output = through["output"]
        assert output["ContentLength"] == len(BODY)
        assert output["ContentType"] == "image/fits"
        assert output["Metadata"] == {"proposal": "12345"}
        assert output["ChecksumCRC64NVME"] == base64.b64encode(crc64nvme(BODY)).decode()
        assert output["ETag"] == straight["headers"]["etag"]
    assert through["body"] == body_of(BODY)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", BODY[:1]),
        ("bytes=1000-70000", BODY[1000:70001]),
        ("bytes=700000-", BODY[700_000:]),
        ("bytes=-17", BODY[-17:]),
    ],
    ids=["first", "middle", "rest", "last"],
)
def test_ranged_get(endpoints: tuple[str, str], asked: str, part: bytes) -> None:
    ask: Ask = ("GetObject", {"Bucket": OPEN, "Key": KEY, "Range": asked})
    [(through, straight)] = both(endpoints, ask)
    same_as_direct(through, straight)
    assert through["status"] == 206
    assert through["output"]["ContentRange"].endswith(f"/{len(BODY)}")
    assert through["body"] == body_of(part)


@pytest.mark.parametrize("command", ["GetObject", "HeadObject"])
def test_conditions(endpoints: tuple[str, str], command: str) -> None:
    relay, _ = endpoints
    named = {"Bucket": OPEN, "Key": KEY}
    [head] = sdk(relay, [("HeadObject", named)], TOKEN)
    tag = head["output"]["ETag"]
    pairs = both(
        endpoints,
        (command, {**named, "IfMatch": tag}),
        (command, {**named, "IfNoneMatch": '"other"'}),
        (command, {**named, "IfMatch": '"other"'}),
        (command, {**named, "IfNoneMatch": tag}),
    )
    for through, straight in pairs[:2]:
        same_as_direct(through, straight)
    assert [through["status"] for through, _ in pairs] == [200, 200, 412, 304]
    assert [straight["status"] for _, straight in pairs] == [200, 200, 412, 304]


def test_what_is_missing(endpoints: tuple[str, str]) -> None:
    ask: Ask = ("GetObject", {"Bucket": OPEN, "Key": "hst/public/nothing"})
    [(through, straight)] = both(endpoints, ask)
    assert (through["status"], through["error"]) == (404, "NoSuchKey")
    assert straight["error"] == through["error"]


def test_list_with_paging(endpoints: tuple[str, str]) -> None:
    folder = {"Bucket": OPEN, "Prefix": FOLDER}
    pages, some, folders = both(
        endpoints,
        ("pages", folder),
        ("ListObjectsV2", {**folder, "StartAfter": f"{FOLDER}00500", "MaxKeys": 7}),
        ("ListObjectsV2", {"Bucket": OPEN, "Prefix": "tess/public/", "Delimiter": "/"}),
    )
    assert pages[0] == pages[1]
    assert pages[0]["sizes"] == [1000, COUNT - 1000]
    assert len({key for key, _ in pages[0]["keys"]}) == COUNT
    for through, straight in (some, folders):
        assert through["output"].pop("Contents", None) == straight["output"].pop("Contents", None)
        assert through["output"].get("CommonPrefixes") == straight["output"].get("CommonPrefixes")
    assert some[0]["output"]["KeyCount"] == 7
    assert {"Prefix": FOLDER} in folders[0]["output"]["CommonPrefixes"]


def test_nothing_else_passes(endpoints: tuple[str, str]) -> None:
    relay, _ = endpoints
    answers = sdk(
        relay,
        [
            ("GetObject", {"Bucket": OPEN, "Key": "secret/x"}),
            ("ListObjectsV2", {"Bucket": OPEN, "Prefix": "secret/"}),
            ("GetObjectAcl", {"Bucket": OPEN, "Key": KEY}),
            ("PutObject", {"Bucket": OPEN, "Key": KEY, "Body": "mine"}),
            ("DeleteObject", {"Bucket": OPEN, "Key": KEY}),
        ],
        TOKEN,
    )
    assert [answer["status"] for answer in answers] == [403, 403, 403, 405, 405]
    assert [answer["error"] for answer in answers] == [
        *["AccessDenied"] * 3,
        *["MethodNotAllowed"] * 2,
    ]
    [without] = sdk(relay, [("HeadObject", {"Bucket": OPEN, "Key": KEY})])
    assert without["status"] == 403


def test_odd_keys(jupyter: JupyterProcess, moto_endpoint: str) -> None:
    admin = s3_client(moto_endpoint, signed=True)
    for key in ODD_KEYS:
        admin.put_object(Bucket=OPEN, Key=key, Body=key.encode(), ACL="public-read")
    relay = f"http://127.0.0.1:{jupyter.port}{jupyter.s3_path('odd')}"
    listed, *read = sdk(
        relay,
        [
            ("ListObjectsV2", {"Bucket": OPEN, "Prefix": "odd/", "EncodingType": "url"}),
            *(("GetObject", {"Bucket": OPEN, "Key": key}) for key in ODD_KEYS),
        ],
        TOKEN,
    )
    assert listed["output"]["KeyCount"] == len(ODD_KEYS)
    assert {key: answer["body"] for key, answer in zip(ODD_KEYS, read, strict=True)} == {
        key: body_of(key.encode()) for key in ODD_KEYS
    }
