"""The S3 servers that the benchmarks measure against, and a Jupyter server before them."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import ssl
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
import psutil  # type: ignore[import-untyped]
import trustme
from botocore import UNSIGNED
from botocore.config import Config

from benchmarks import tools
from scripts import sample_archive
from scripts.lab import Server, jupyter
from scripts.processes import Guarded, environment, free_ports, wait_until

BUCKET = "stpubdata"
REGION = "us-east-1"
ACCESS_KEY, SECRET_KEY = "benchmark", "benchmark-secret"  # of a throw-away server on loopback
ROOT_PREFIX = "tess/public/ffi/"
ID = "bench"


@dataclass(frozen=True)
class Store:
    """An S3 server that anybody may read, and the folder in which its objects lie."""

    endpoint: str
    #: Where versitygw's objects are files.
    folder: Path
    authority: Path | None = None
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY

    def write(self, key: str, size: int) -> None:
        """Write one large object, past the server: bytes that do not compress."""
        path = self.folder / BUCKET / key
        path.parent.mkdir(parents=True, exist_ok=True)
        part = os.urandom(1 << 20)
        with open(path, "wb") as file:
            for start in range(0, size, len(part)):
                file.write(part[: size - start])
        mark(path, hashlib.md5(key.encode()).hexdigest())

    def fill(self, prefix: str, count: int) -> None:
        """Write many small objects, past the server: sparse, so they take no room."""
        folder = self.folder / BUCKET / prefix
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(count):
            path = folder / name_of(number)
            odd = zlib.crc32(path.name.encode())
            with open(path, "wb") as file:
                file.truncate(20_160 + 2880 * (odd % 700))
            mark(path, hashlib.md5(path.name.encode()).hexdigest())
            os.utime(path, times=(0, 1_566_300_000 + odd % 100_000_000))

    def client(self) -> Any:
        """boto3, as people use it for a public bucket."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            verify=str(self.authority) if self.authority else None,
            config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}),
        )

    def administrator(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            verify=str(self.authority) if self.authority else None,
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    def entry(self) -> dict[str, object]:
        """This archive in the configuration of the extension."""
        return {
            "id": ID,
            "title": "Benchmark",
            "bucket": BUCKET,
            "region": REGION,
            "endpoint": self.endpoint,
            "roots": [{"title": "TESS", "prefix": ROOT_PREFIX}],
        }


def name_of(number: int) -> str:
    """A name like those of TESS; with its prefix a key has about 130 characters."""
    # In order, at odd distances, as stars are.
    target = 100_000_000 + 9973 * number + zlib.crc32(b"%d" % number) % 9973
    return f"hlsp_tess-spoc_tess_phot_{target:016d}-s0014_tess_v1_lc.fits"


def prefix_of(count: int) -> str:
    """The prefix that has `count` keys."""
    return f"{ROOT_PREFIX}s0014/target/pixels/light-curves/of-{count:07d}-stars/"


def parent_of(count: int) -> str:
    """The folder from which people get there."""
    return prefix_of(count).rstrip("/").rpartition("/")[0] + "/"


def mark(path: Path, etag: str) -> None:
    """Give a file the ETag that versitygw would have kept for it."""
    with contextlib.suppress(OSError, AttributeError):
        os.setxattr(path, "user.etag", f'"{etag}"'.encode())


#: Starts what follows with a niceness, which is that of its session too (sched(7), autogroup).
_GIVING_WAY = ("sh", "-c", 'echo "$0" > /proc/self/autogroup; exec nice -n "$0" "$@"')


@contextlib.contextmanager
def versitygw(
    folder: Path, *, tls: bool = False, nice: int = 0, users: Path | None = None
) -> Iterator[Store]:
    """versitygw with an empty bucket that anybody may read, in `folder`; `nice` to the others.

    `users`: an empty folder for people whom `versitygw_admin` lets in.
    """
    program = tools.versitygw()
    root = folder / ("objects-tls" if tls else "objects")
    root.mkdir(parents=True)
    port = free_ports(1)[0]
    command = [*_GIVING_WAY, str(nice)] if nice else []
    command += [str(program), "--port", f"127.0.0.1:{port}", "--keep-alive", "--quiet"]
    if users:
        command += ["--iam-dir", str(users)]
    authority = None
    if tls:
        authority, chain = certificates(folder)
        command += ["--cert", str(chain), "--key", str(chain)]
    extra = {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY}
    store = Store(f"http{'s' if tls else ''}://127.0.0.1:{port}", root, authority)
    log = folder / "versitygw.log"
    with Guarded([*command, "posix", str(root)], env=environment(extra=extra), log=log) as server:
        wait_until(lambda: bucket_made(store), server, what="versitygw")
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["s3:GetObject", "s3:ListBucket"],
                    "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"],
                }
            ],
        }
        store.administrator().put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
        yield store


def versitygw_admin(store: Store, *command: str) -> None:
    """Run a command of versitygw's administrator, such as `create-user`."""
    who = ["--access", store.access_key, "--secret", store.secret_key]
    program = [str(tools.versitygw()), "admin", *who, "--endpoint-url", store.endpoint]
    subprocess.run([*program, *command], check=True, capture_output=True)


@contextlib.contextmanager
def seaweedfs(folder: Path, *, tls: bool = False) -> Iterator[Store]:
    """SeaweedFS with an empty bucket that anybody may read, in `folder`. HTTP/1.1, as S3."""
    root = folder / "seaweedfs"
    (root / "data").mkdir(parents=True)
    (root / "s3.json").write_text(json.dumps(sample_archive.identities()), encoding="utf-8")
    plain, secure = free_ports(2)
    command = sample_archive.command(tools.seaweedfs(), root, plain)
    authority = None
    port = plain
    if tls:
        authority, chain = certificates(folder)
        command += [f"-s3.port.https={secure}", f"-s3.cert.file={chain}", f"-s3.key.file={chain}"]
        port = secure
    store = Store(
        f"http{'s' if tls else ''}://127.0.0.1:{port}",
        root / "data",
        authority,
        sample_archive.ACCESS_KEY,
        sample_archive.SECRET_KEY,
    )
    # With TLS it would offer HTTP/2, which S3 does not.
    env = environment(extra={"GODEBUG": "http2server=0"})
    with contextlib.ExitStack() as stack:
        stack.callback(sample_archive.forget_sockets, root)
        # Killed: its own way of stopping takes 25 s.
        server = stack.enter_context(
            Guarded(command, env=env, cwd=root, log=folder / "seaweedfs.log", grace=0)
        )
        wait_until(lambda: bucket_made(store), server, what="SeaweedFS")
        yield store


def bucket_made(store: Store) -> bool:
    """Make the bucket; no while the server is not ready for it."""
    try:
        store.administrator().create_bucket(Bucket=BUCKET)
    except Exception:  # whatever botocore makes of a server that does not listen yet
        return False
    return True


def certificates(folder: Path) -> tuple[Path, Path]:
    """An authority of our own, and the key and certificate of a server on loopback."""
    authority, chain = folder / "authority.pem", folder / "server.pem"
    ours = trustme.CA()
    ours.cert_pem.write_to_path(authority)
    ours.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(chain)
    return authority, chain


@dataclass(frozen=True)
class Lab:
    """A Jupyter server with the extension."""

    server: Server
    process: psutil.Process

    @property
    def port(self) -> int:
        return urlsplit(self.server.base).port or 80

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.server.token}"}

    def relay(self, archive: str = ID) -> str:
        """The path of an archive's relay."""
        return f"/jupyterlab-mast/archive/{archive}/s3"

    def rss(self) -> int:
        return int(self.process.memory_info().rss)

    def cpu(self) -> float:
        """Seconds of CPU that the server has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextlib.contextmanager
def lab(
    folder: Path,
    entries: Sequence[Mapping[str, object]],
    *,
    authority: Path | None = None,
    more: Sequence[str] = (),
) -> Iterator[Lab]:
    """JupyterLab with the wheel of this checkout and these archives."""
    variables = {"AWS_EC2_METADATA_DISABLED": "true"}
    if authority is not None:
        variables["AWS_CA_BUNDLE"] = str(authority)
    with jupyter(
        tools.lab(),
        folder=folder,
        workspace=folder / "workspace",
        archives=f"json.loads({json.dumps(json.dumps(list(entries)))})",
        more=["c.LabApp.expose_app_in_browser = True", *more],
        variables=variables,
    ) as server:
        # The server says under which number it runs; ours is that of the guard before it.
        name = next((folder / "runtime").glob("jpserver-*.json")).stem
        yield Lab(server, psutil.Process(int(name.rpartition("-")[2])))


def descendant(fits: Callable[[psutil.Process], bool]) -> psutil.Process | None:
    """A process that we, or what we have started, have started."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if fits(process):
                return process
    return None


class Client:
    """Python's own HTTP client with a connection that is kept: the same for every way."""

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str] | None = None,
        authority: Path | None = None,
    ) -> None:
        parts = urlsplit(endpoint)
        self.path = parts.path
        self.headers = dict(headers or {})
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "https":
            context = ssl.create_default_context(cafile=str(authority) if authority else None)
            self.connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=120, context=context
            )
        else:
            self.connection = http.client.HTTPConnection(host, port, timeout=120)
        self._buffer = bytearray(1 << 20)

    def open(self, path: str, headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
        """Ask, and check that it is given."""
        self.connection.request(
            "GET", self.path + path, headers={**self.headers, **(headers or {})}
        )
        answer = self.connection.getresponse()
        if answer.status not in (200, 206):
            raise RuntimeError(f"HTTP {answer.status} for {path}: {answer.read(300)!r}")
        return answer

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> bytes:
        return self.open(path, headers).read()

    def download(self, path: str) -> int:
        """Read a whole object into nowhere; how many bytes it had."""
        answer = self.open(path)
        expected = int(answer.headers["Content-Length"])
        total = 0
        while count := answer.readinto(self._buffer):
            total += count
        if total != expected:
            raise RuntimeError(f"{total} of {expected} bytes came")
        return total

    def close(self) -> None:
        self.connection.close()


def list_path(prefix: str, start_after: str = "") -> str:
    """The address of one page of a listing, as the panel asks for it."""
    query = f"list-type=2&delimiter=%2F&encoding-type=url&prefix={quote(prefix, safe='')}"
    if start_after:
        query += f"&start-after={quote(start_after, safe='')}"
    return f"/{BUCKET}?{query}"


def seconds(task: Any) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    task()
    return time.perf_counter() - began
