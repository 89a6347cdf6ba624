"""The sample archive: a real S3 server on loopback that serves samples/.

    python scripts/sample_archive.py --weed .venv/run-…/bin/weed

prints one line of JSON (endpoint, bucket, and the keys of an administrator
for tests that write) once everything is loaded, and runs until its standard
input ends or it is told to stop. The server is SeaweedFS; everybody may read
and list, only the administrator may write.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import hmac
import http.client
import json
import mimetypes
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.paths import SAMPLES
from scripts.processes import (
    Failure,
    Guarded,
    environment,
    free_ports,
    temporary_folder,
    wait_until,
)

BUCKET = "stpubdata"
#: Of browser tests, see slow_archive.py.
SLOW_BUCKET = "slow"
BUCKETS = (BUCKET, SLOW_BUCKET)
REGION = "us-east-1"
ACCESS_KEY = "sampleadmin"
SECRET_KEY = "sampleadminsecret"  # of a throw-away server on loopback


@dataclass(frozen=True)
class SampleArchive:
    """Where the samples are served."""

    endpoint: str
    bucket: str = BUCKET
    region: str = REGION
    access_key: str = ACCESS_KEY
    secret_key: str = field(default=SECRET_KEY, repr=False)

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """One signed request (AWS Signature Version 4) as the administrator."""
        host = urllib.parse.urlsplit(self.endpoint).netloc
        path = urllib.parse.quote(path, safe="/-_.~")
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        digest = hashlib.sha256(body).hexdigest()
        signed = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
        names = ";".join(sorted(signed))
        canonical = "\n".join(
            [method, path, "", *(f"{n}:{signed[n]}" for n in sorted(signed)), "", names, digest]
        )
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        key = f"AWS4{self.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        sent = {
            **signed,
            **(headers or {}),
            "Authorization": f"AWS4-HMAC-SHA256 Credential={self.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}",
        }
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def put(self, key: str, body: bytes, content_type: str | None = None) -> None:
        """Write one object."""
        kind = content_type or mimetypes.guess_type(key)[0] or "binary/octet-stream"
        answer = self.request("PUT", f"/{self.bucket}/{key}", body, {"Content-Type": kind})
        if answer.status != 200:
            raise Failure(f"the sample archive refused {key}: HTTP {answer.status}")

    def load(self, folder: Path) -> int:
        """Write all files of `folder` under their paths; how many."""
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        for path in files:
            self.put(path.relative_to(folder).as_posix(), path.read_bytes())
        return len(files)


def identities() -> dict[str, object]:
    """Who may do what."""
    return {
        "identities": [
            {
                "name": "anonymous",
                "actions": [f"{act}:{name}" for name in BUCKETS for act in ("Read", "List")],
            },
            {
                "name": "admin",
                "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
                "actions": ["Admin", "Read", "List", "Tagging", "Write"],
            },
        ]
    }


def command(weed: Path, folder: Path, port: int) -> list[str]:
    """SeaweedFS with all its parts on loopback. Its gRPC ports would otherwise
    be port + 10000, which need not exist."""
    options = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder / 'data'}"]
    options += ["-s3", f"-s3.port={port}", f"-s3.config={folder / 's3.json'}"]
    options += ["-s3.allowedOrigins=*", "-s3.iam=false"]
    # Other protocols, which would all want the same ports.
    options += ["-s3.port.iceberg=0", "-s3.port.lance=0"]
    options += ["-volume.max=0", "-master.volumeSizeLimitMB=64", "-master.telemetry=false"]
    options += ["-master.electionTimeout=1s", "-master.raftHashicorp=false"]
    names = ["master.port", "volume.port", "filer.port"]
    names += [f"{part}.port.grpc" for part in ("master", "volume", "filer", "s3")]
    ports = free_ports(len(names))
    (folder / "ports").write_text(" ".join(map(str, [port, *ports])), encoding="ascii")
    options += [f"-{name}={number}" for name, number in zip(names, ports, strict=True)]
    return [str(weed), "-logtostderr=true", "server", *options]


@contextlib.contextmanager
def sample_archive(
    weed: Path, samples: Path | None = SAMPLES / BUCKET, *, log: Path | None = None
) -> Iterator[SampleArchive]:
    """Start the server, load `samples` (or nothing), and end it afterwards."""
    with temporary_folder("archive") as folder, contextlib.ExitStack() as stack:
        (folder / "data").mkdir()
        stack.callback(forget_sockets, folder)
        (folder / "s3.json").write_text(json.dumps(identities()), encoding="utf-8")
        for attempt in range(3):
            port = free_ports(1)[0]
            archive = SampleArchive(f"http://127.0.0.1:{port}")
            server = stack.enter_context(
                # Killed: its own way of stopping takes 25 s, and its data are ours to lose.
                Guarded(
                    command(weed, folder, port),
                    env=environment(extra={"GODEBUG": "http2server=0"}),
                    cwd=folder,
                    log=log or folder / "weed.log",
                    grace=0,
                )
            )
            try:
                wait_until(partial(bucket_made, archive), server, what="SeaweedFS", timeout=60)
                break
            except Failure:
                # Another program may have taken one of the ports meanwhile.
                if attempt == 2 or server.poll() is None:
                    raise
        if samples is not None:
            archive.load(samples)
        yield archive


def forget_sockets(folder: Path) -> None:
    """Remove the sockets that a killed server leaves in the folder for
    temporary files; they are called after its ports."""
    ports = folder / "ports"
    for port in ports.read_text(encoding="ascii").split() if ports.exists() else []:
        for path in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
            path.unlink(missing_ok=True)


def bucket_made(archive: SampleArchive) -> bool:
    """Make the bucket; no while the server is not ready for it."""
    try:
        return archive.request("PUT", f"/{archive.bucket}").status in (200, 409)
    except (OSError, http.client.HTTPException):
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weed", type=Path, required=True, help="the program of SeaweedFS")
    parser.add_argument("--samples", type=Path, default=SAMPLES / BUCKET)
    parser.add_argument("--log", type=Path)
    arguments = parser.parse_args()
    try:
        with sample_archive(arguments.weed, arguments.samples, log=arguments.log) as archive:
            print(json.dumps(asdict(archive)), flush=True)
            sys.stdin.read()
    except KeyboardInterrupt:
        pass
    except Failure as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
