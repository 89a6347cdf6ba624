"""astroquery finds what the layout "mastdownload" put there, and downloads nothing.

astroquery runs in this Python, or in that of `MAST_KERNEL_PYTHON`, against a small MAST whose
list of products is a recorded answer (data/README.md).
"""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, archive_at
from helpers.servers import clean_environment

from jupyterlab_mast.archive.interface import Root
from jupyterlab_mast.transfers.types import Source

ANSWER = (Path(__file__).parent / "data" / "caom_products.json").read_bytes()
PRODUCTS: list[dict[str, Any]] = json.loads(ANSWER)["data"]
PYTHON = os.environ.get("MAST_KERNEL_PYTHON", sys.executable)

#: Where the bucket has those products that are not of the observation u9o40504m.
FOLDERS = {
    "ibg705o8q_flt.fits": "hst/public/ibg7/ibg705080/",
    "tess2019198215352-s0014-0000000377780790-0150-s_lc.fits": (
        "tess/public/tid/s0014/0000/0003/7778/0790/"
    ),
    "tess2018206192942-s0001-1-2-0120-s_ffic.fits": "tess/public/ffi/s0001/2018/206/1-2/",
    "ktwo211983544-c18_lpd-targ.fits.gz": "k2/public/target_pixel_files/c18/211900000/83000/",
    "jw02767002001_02103_00001_nrcb3_cal.fits": "jwst/public/jw02767/jw02767002001/",
    "jw02767-o002_t001_nircam_clear-f150w_i2d.fits": "jwst/public/jw02767/L3/t/o002/",
    "hlsp_tess-spoc_tess_phot_0000000039903405-s0024_tess_v1_lc.fits": (
        "mast/hlsp/tess-spoc/s0024/target/0000/0000/3990/3405/"
    ),
    "kplr010002792-2009259160929_llc.fits": "kepler/public/lightcurves/0100/010002792/",
}

#: What somebody would run, but for the addresses.
CODE = """
import json, sys
from astroquery.mast import Observations

mast, target = sys.argv[1:]
service = Observations._portal_api_connection
service.MAST_REQUEST_URL = mast + "/api/v0/invoke"
service.COLUMNS_CONFIG_URL = mast + "/columnsconfig"
service.MAST_DOWNLOAD_URL = mast + "/api/v0.1/Download/file"
products = Observations.get_product_list("2003738726")
manifest = Observations.download_products(products, download_dir=target, verbose=False)
print("\\n" + json.dumps({str(row["Local Path"]): str(row["Status"]) for row in manifest}))
"""


def name_of(uri: str) -> str:
    return uri[uri.rfind("/") + 1 :]


class Mast:
    """MAST's list of products, and its downloads."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        #: Names of files whose sizes, and whose bytes, were asked for.
        self.looked_at: list[str] = []
        self.downloaded: list[str] = []
        mast = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name that http.server calls
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if self.path == "/columnsconfig":
                    assert body == "colConfigId=Mast.Caom.Products"
                    self.answer(b"{}")
                else:
                    request = json.loads(urllib.parse.parse_qs(body)["request"][0])
                    assert request["service"] == "Mast.Caom.Products"
                    self.answer(ANSWER)

            def do_GET(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                assert url.path == "/api/v0.1/Download/file"
                name = name_of(urllib.parse.parse_qs(url.query)["uri"][0])
                seen = mast.downloaded if self.command == "GET" else mast.looked_at
                seen.append(name)
                self.answer(bodies[name])

            do_HEAD = do_GET

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module", autouse=True)
def _astroquery() -> None:
    done = subprocess.run([PYTHON, "-c", "import astroquery.mast"], capture_output=True)
    if done.returncode != 0:
        pytest.skip("the kernel's Python lacks astroquery")


@pytest.fixture
def bodies(faulty: Faulty) -> dict[str, bytes]:
    """The products, small ones, as the bucket and MAST have them."""
    found = {}
    for product in PRODUCTS:
        name: str = product["productFilename"]
        found[name] = name.encode() * 9
        faulty.put(FOLDERS.get(name, "hst/public/u9o4/u9o40504m/") + name, found[name])
    return found


@pytest.fixture
def mast(bodies: dict[str, bytes]) -> Iterator[Mast]:
    one = Mast(bodies)
    yield one
    one.stop()


def download(mast: Mast, home: Home) -> dict[str, str]:
    """Have astroquery download all products; the status of each by its path in the target."""
    done = subprocess.run(
        [PYTHON, "-c", CODE, mast.url, str(home.target)],
        env={**clean_environment(home.root.parent), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    manifest: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return {os.path.relpath(path, home.target): status for path, status in manifest.items()}


def test_astroquery_downloads_nothing(
    home: Home, faulty: Faulty, bodies: dict[str, bytes], mast: Mast
) -> None:
    archive = archive_at(faulty.endpoint).model_copy(
        update={"roots": (Root(title="All", prefix=""),)}
    )
    sources = tuple(Source(prefix=f"{top}/") for top in ("hst", "tess", "k2", "jwst", "mast"))
    summary = home.run(archive=archive, sources=sources, layout="mastdownload")
    assert summary["state"] == "done"
    kepler = next(name for name in bodies if name.startswith("kplr"))
    before = home.files()
    assert len(before) == len(PRODUCTS) - 1

    statuses = download(mast, home)
    assert set(statuses.values()) == {"COMPLETE"}
    assert sorted(map(name_of, statuses)) == sorted(bodies)
    assert sorted(mast.looked_at) == sorted(bodies)
    # That of Kepler was not copied: it shows that a download would be noticed.
    assert mast.downloaded == [kepler]
    assert {path: home.files()[path] for path in before} == before
    assert sorted(statuses) == sorted(home.files())


def test_the_folder_of_kepler_is_not_found(
    home: Home, faulty: Faulty, bodies: dict[str, bytes], mast: Mast
) -> None:
    """No key tells the quarters that MAST writes into the name of that folder."""
    archive = archive_at(faulty.endpoint).model_copy(
        update={"roots": (Root(title="All", prefix=""),)}
    )
    summary = home.run(archive=archive, sources=(Source(prefix="kepler/"),), layout="mastdownload")
    assert summary["state"] == "done"
    (copied,) = home.files()
    assert copied.startswith("mastDownload/Kepler/kplr010002792_lc/")
    statuses = download(mast, home)
    assert copied not in statuses
    assert name_of(copied) in mast.downloaded
