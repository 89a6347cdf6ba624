"""An archive that misbehaves, for the browser tests: each folder in a way of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from tests.helpers.upstream import Upstream

#: Seconds after which the server of the tests gives up an archive that is silent.
ANSWER_TIMEOUT = 2.0


@contextlib.contextmanager
def bad_archive() -> Iterator[dict[str, object]]:
    """Serve the archive of tests/helpers/upstream.py; its entry for the configuration."""
    upstream = Upstream()
    try:
        yield {
            "id": "bad",
            "title": "Misbehaving",
            "bucket": "bad",
            "region": "us-east-1",
            "endpoint": upstream.endpoint,
            "roots": [{"title": "Ways", "prefix": "mode-folders/"}],
        }
    finally:
        upstream.stop()
