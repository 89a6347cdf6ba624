"""An archive behind a slow line, for browser tests that look at a copy on its way."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from scripts.processes import Failure
from scripts.sample_archive import SLOW_BUCKET, SampleArchive
from scripts.slow_way import SlowWay

#: Bytes a second of all that comes back.
RATE = 4_000_000
SIZE = 32_000_000
SMALL = 40


@contextlib.contextmanager
def slow_archive(archive: SampleArchive) -> Iterator[dict[str, object]]:
    """Put some objects beside the samples; the archive's entry for the configuration."""
    bucket = replace(archive, bucket=SLOW_BUCKET)
    status = bucket.request("PUT", f"/{SLOW_BUCKET}").status
    if status not in (200, 409):
        raise Failure(f"the sample archive refused a bucket: HTTP {status}")
    bucket.put("slow/one/night.fits", bytes(range(256)) * (SIZE // 256))
    for number in range(SMALL):
        bucket.put(f"slow/many/f{number:03d}.fits", f"file {number}".encode() * 1000)
    way = SlowWay(archive.endpoint, RATE)
    try:
        yield {
            "id": "slow",
            "title": "Slow",
            "bucket": SLOW_BUCKET,
            "region": archive.region,
            "endpoint": way.endpoint,
            "roots": [{"title": "Slow", "prefix": "slow/"}],
        }
    finally:
        way.stop()
