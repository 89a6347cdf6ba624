"""The sample archive as a page sees a bucket that allows it little, for the tests without a server.

Every site may read, and that is all: a request with a header for which the browser has to ask
(OPTIONS) is refused, and no header of an answer is exposed.
"""

from __future__ import annotations

import contextlib
import http.client
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

from scripts.sample_archive import SampleArchive

_PASSED = ("range", "if-match")


@contextlib.contextmanager
def strict_archive(archive: SampleArchive) -> Iterator[SampleArchive]:
    """Pass what reads the samples on to them."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(archive))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield replace(archive, endpoint=f"http://127.0.0.1:{server.server_address[1]}")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(archive: SampleArchive) -> type[http.server.BaseHTTPRequestHandler]:
    host = archive.endpoint.rpartition("/")[2]

    class Strict(http.server.BaseHTTPRequestHandler):
        """Answers as the samples do, but for CORS."""

        protocol_version = "HTTP/1.1"

        def do_OPTIONS(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            sent = {name: self.headers[name] for name in _PASSED if name in self.headers}
            connection = http.client.HTTPConnection(host, timeout=30)
            connection.request(self.command, self.path, headers=sent)
            answer = connection.getresponse()
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if not name.lower().startswith(("access-control-", "connection", "transfer-")):
                    self.send_header(name, value)
            if answer.getheader("Content-Length") is None:
                self.send_header("Content-Length", str(len(body)))
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(body)
            connection.close()

        do_HEAD = do_GET

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    return Strict
