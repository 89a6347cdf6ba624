"""A role: the service that hands its credentials out, and the store's check of signatures.

Source: *Authenticating requests: using the Authorization header* of Amazon's S3 API reference;
*Container credential provider* of the AWS SDKs and Tools reference guide.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

from .faulty import Answer, Asked

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w+)/((\d{8})/([\w-]+)/s3/aws4_request), ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)


@dataclass
class Credentials:
    """What the role is known by for a while."""

    key: str
    secret: str
    #: None for a pair of keys that a store knows by itself.
    token: str | None
    ended: bool = False


class Role:
    """Hands out credentials at `url`; `check` is a fault of an S3 server that refuses others."""

    def __init__(self, status: int = 400, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """`pairs`: keys and secrets to hand out one after the other, instead of some made here."""
        #: With which the store refuses those that have ended.
        self.status = status
        #: Seconds that the service says credentials are good for.
        self.seconds = 3600.0
        #: Whether the service answers at all.
        self.down = False
        #: Whether who asks gets new ones when the old have ended.
        self.renews = True
        self.refused: list[str] = []
        self.accepted = 0
        #: The keys that were handed out.
        self.handed_out: list[str] = []
        self._pairs = list(pairs)
        self._lock = threading.Lock()
        self._all: dict[str, Credentials] = {}
        self._now = self._make()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner._hand_out(self)

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/role"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def end(self) -> None:
        """The store accepts today's credentials no longer."""
        with self._lock:
            self._now.ended = True

    def _make(self) -> Credentials:
        number = len(self._all) + 1
        if self._pairs:
            made = Credentials(*self._pairs[number - 1], None)
        else:
            made = Credentials(f"ASIA{number}", f"secret/+{number}", f"token/+={number}")
        self._all[made.key] = made
        return made

    def give(self) -> Credentials:
        """What the service hands out now."""
        with self._lock:
            if self._now.ended and self.renews:
                self._now = self._make()
            return self._now

    def _hand_out(self, request: BaseHTTPRequestHandler) -> None:
        if self.down:
            request.send_error(500)
            return
        given = self.give()
        self.handed_out.append(given.key)
        now = datetime.datetime.now(datetime.timezone.utc)
        end = now + datetime.timedelta(seconds=self.seconds)
        body = json.dumps(
            {
                "AccessKeyId": given.key,
                "SecretAccessKey": given.secret,
                "Token": given.token,
                "Expiration": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def check(self, asked: Asked, answer: Answer) -> None:
        """Refuse what is not signed by this role, as S3 does."""
        status, code = self._verdict(asked)
        with self._lock:
            if code:
                self.refused.append(code)
            else:
                self.accepted += 1
        if code:
            answer.fail(status, code)

    def _verdict(self, asked: Asked) -> tuple[int, str]:
        found = _AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if found is None:
            return 403, "AccessDenied"
        key, scope, day, region, names, signature = found.groups()
        credentials = self._all.get(key)
        if credentials is None:
            return 403, "InvalidAccessKeyId"
        signed = names.split(";")
        amazon = {name for name in asked.headers if name.startswith("x-amz-")}
        if not {"host", *amazon} <= set(signed):
            return 403, "AccessDenied"
        path = quote(f"/open/{asked.key}", safe="/-_.~")
        query = "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
            for name, value in sorted(asked.query.items())
        )
        lines = [f"{name}:{' '.join(asked.headers.get(name, '').split())}" for name in signed]
        digest = asked.headers.get("x-amz-content-sha256", "")
        canonical = "\n".join([asked.method, path, query, *lines, "", names, digest])
        stamp = asked.headers.get("x-amz-date", "")
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()]
        )
        secret = f"AWS4{credentials.secret}".encode()
        for part in (day, region, "s3", "aws4_request"):
            secret = hmac.digest(secret, part.encode(), "sha256")
        if hmac.digest(secret, to_sign.encode(), "sha256").hex() != signature:
            return 403, "SignatureDoesNotMatch"
        if asked.headers.get("x-amz-security-token") != credentials.token:
            return 403, "InvalidToken"
        if credentials.ended:
            return self.status, "ExpiredToken"
        return 200, ""
