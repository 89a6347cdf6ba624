"""The inserted code runs in a real kernel, as it is, against a real S3 server.

`tests/data/snippets.json` holds the code; `src/archive/snippets.spec.ts` makes it and
fails when it is stale. Every case runs with the endpoint of the sample archive
written into it. For each template, one file and several run also as they are
inserted for the public bucket, in a kernel whose environment sends AWS's
addresses to the same server.

The kernel is that of this Python, or of `MAST_KERNEL_PYTHON`. A case whose
package that Python lacks is skipped.
"""

from __future__ import annotations

import ast
import gzip
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.kernels import KernelProcess
from helpers.servers import ROOT, clean_environment, s3_client

sys.path.insert(0, str(ROOT))

from scripts.sample_archive import BUCKET, SampleArchive, sample_archive

DATA = Path(__file__).parent / "data"
VECTORS = json.loads((ROOT / "tests/data/snippets.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = VECTORS["cases"]
SAMPLES = ROOT / "samples" / BUCKET
FILES = "mast/hlsp/sample"
K2 = "k2/public/target_pixel_files"
PYTHON = os.environ.get("MAST_KERNEL_PYTHON", sys.executable)

ONE_TABLE_AND_TWO = (
    "table['b'].tolist() == [2, 4]",
    "[table['b'].tolist() for table in tables.values()] == [[2, 4], [6, 8]]",
)

#: What must hold in the kernel after the code of a template has run, for one
#: file and for several.
CHECKS = {
    "lightkurve": (
        "len(lc) > 500 and float(lc.flux.value[100:].max()) > 0",
        "len(lcs) == 2 and all(len(lc) > 500 for lc in lcs)",
    ),
    "lightkurve-tpf": (
        "tpf.flux.shape[1:] == (11, 11) and tpf.targetid == 377780790",
        "len(tpfs) == 2 and all(tpf.flux.shape[1:] == (11, 11) for tpf in tpfs)",
    ),
    "lightkurve-tpf-gz": (
        "tpf.flux.shape[1:] == (5, 7) and tpf.targetid == 211983544",
        "len(tpfs) == 2 and all(tpf.flux.shape[1:] == (5, 7) for tpf in tpfs)",
    ),
    "astropy-spectrum": (
        "spectrum['FLUX'].ndim == 2 and spectrum['FLUX'].shape[1] > 1000",
        "[one['FLUX'].shape for one in spectra.values()][1] == (50,)",
    ),
    "astropy-table": (
        "len(table) > 1 and str(table[0][0]) != ''",
        "len(tables) == 2 and all('MEMNAME' in t.colnames for t in tables.values())",
    ),
    "astropy-sci": (
        "min(cutout.shape) > 9 and cutout.shape == tuple(min(n, 100) for n in hdul['SCI'].shape)"
        " and header['EXTNAME'] == 'SCI'",
        "len(cutouts) == 2 and all(min(c.shape) > 9 for c in cutouts.values())"
        " and all(h['EXTNAME'] == 'SCI' for h in headers.values())",
    ),
    "astropy-image": (
        "min(cutout.shape) > 3 and cutout.sum() != 0 and header['NAXIS'] >= 2",
        "len(cutouts) == 2 and all(min(c.shape) > 9 for c in cutouts.values())",
    ),
    "astropy-cube": (
        "flux.tolist() == [7, 8]",
        "[flux.tolist() for flux in fluxes.values()] == [[7, 8], [9, 10]]",
    ),
    "astropy": ("header['TELESCOP'] == 'HST'", "[h['SIMPLE'] for h in headers.values()] == [1, 1]"),
    "astropy-gz": (
        "header['TELESCOP'] == 'Kepler'",
        "[h.get('TELESCOP') for h in headers.values()] == ['Kepler', None]",
    ),
    "pandas-csv": ("len(table) > 1 and len(table.columns) > 1", "len(tables) == 2"),
    "pandas-tsv": ONE_TABLE_AND_TWO,
    "pandas-parquet": ONE_TABLE_AND_TWO,
    "astropy-ecsv": ONE_TABLE_AND_TWO,
    "astropy-votable": ONE_TABLE_AND_TWO,
    "json": ("isinstance(content, dict)", "['cells' in c for c in contents.values()] == [0, 1]"),
    "picture": ("picture.data[:2] == b'\\xff\\xd8'", "True"),
    "pdf": (
        "open('tess2019199201929-s0014-s0014-0000000377780790-01-00150_dvs.pdf', 'rb')"
        ".read(4) == b'%PDF'",
        "all(open(name, 'rb').read(4) == b'%PDF' for name in files.values())",
    ),
    "asdf": (
        "tree is not None",
        "[tree['roman']['shape'] for tree in trees.values()] == [[2], [2]]",
    ),
    "h5py": ("hdf is not None", "list(names.values()) == [['made'], ['made2']]"),
    "text": ("len(text) > 20", "len(texts) == 2 and all(texts.values())"),
    "fsspec": ("data == bytes(range(256))", "[len(c) > 99 for c in contents.values()] == [1, 1]"),
    "astroquery": (
        "status == 'COMPLETE' and open('u9o40504m_c3m.fits').read() == 'from the bucket'",
        "status == 'COMPLETE' and open('does_not_exist.fits').read() == 'from MAST'",
    ),
    "download": (
        "open('ibg705081_drz.fits', 'rb').read(6) == b'SIMPLE'",
        "list(files.values()) == ['ibg705081_drz.fits', "
        "'hlsp_sample_hst_wfc3_field_f160w_v1_catalog.csv', '2_ibg705081_drz.fits']"
        " and open('2_ibg705081_drz.fits').read() == 'another'",
    ),
}

#: What a person sees below the cell, where that matters, for one file and for several.
SHOWN = {
    "lightkurve": ("image/png", "image/png"),
    "lightkurve-tpf": ("image/png", "text/plain"),
    "lightkurve-tpf-gz": ("image/png", "text/plain"),
    "astropy-spectrum": ("image/png", "image/png"),
    "picture": ("image/", "image/"),
    "pdf": ("text/html", "text/html"),
}

#: The tables in files that are made, by the files' names.
TABLES = {"made": {"a": [1, 3], "b": [2, 4]}, "made2": {"a": [5, 7], "b": [6, 8]}}


def made() -> dict[str, bytes]:
    """Return objects that the samples lack, from numbers, and copies of samples."""
    fits = pytest.importorskip("astropy.io.fits")
    import numpy as np
    from astropy.table import Table

    def written(*hdus: Any) -> bytes:
        out = io.BytesIO()
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(out)
        return out.getvalue()

    def cube(*flux: int) -> bytes:
        data = np.zeros((1001, 1001, 2, 2), "uint8")
        data[1000, 1000, :, 0] = flux
        return written(fits.ImageHDU(data))

    def tables(name: str, columns: dict[str, list[int]]) -> dict[str, bytes]:
        table = Table(columns)
        ecsv, votable = io.StringIO(), io.BytesIO()
        table.write(ecsv, format="ascii.ecsv")
        table.write(votable, format="votable")
        rows = ["a\tb", *(f"{a}\t{b}" for a, b in zip(*columns.values(), strict=True))]
        return {
            f"{FILES}/{name}.tsv": "\n".join(rows).encode(),
            f"{FILES}/{name}.ecsv": ecsv.getvalue().encode(),
            f"{FILES}/{name}.vot": votable.getvalue(),
        }

    image = fits.ImageHDU(np.arange(400.0).reshape(20, 20))
    waves = np.linspace(2.9, 5.2, 50)
    spectrum = Table({"WAVELENGTH": waves, "FLUX": waves**2})
    pixels = SAMPLES / K2 / "c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz"
    return {
        "tess/public/mast/tess-s0038-2-2-cube.fits": cube(7, 8),
        "tess/public/mast/tess-s0039-2-2-cube.fits": cube(9, 10),
        f"{K2}/c5/211900000/83000/ktwo211983544-c05_lpd-targ.fits.gz": pixels.read_bytes(),
        "mast/hlsp/sample/hlsp_sample_hst_wfc3_field_f160w_v1_drz.fits": written(image),
        "panstarrs/ps1/public/rings.v3.skycell/2081/049/"
        "rings.v3.skycell.2081.049.stk.i.unconv.fits": written(
            fits.CompImageHDU(image.data, compression_type="RICE_1")
        ),
        "jwst/public/jw01345/L3/t/o001/jw01345-o001_t021_nirspec_g395m-f290lp_x1d.fits": written(
            fits.BinTableHDU(spectrum, name="EXTRACT1D")
        ),
        "hst/public/u9o4/u9o40504m/u9o40504m_c3m.fits": b"from the bucket",
        "copies/ibg705081_drz.fits": b"another",
        f"{FILES}/made.csv.gz": gzip.compress(b"a,b\n1,2\n3,4\n"),
        f"{FILES}/made.fits.gz": gzip.compress(written(image)),
        f"{FILES}/made.unknown": bytes(range(256)),
        **tables("made", TABLES["made"]),
        **tables("made2", TABLES["made2"]),
    }


#: Files that need a package to make them; the kernel's Python has it. Each is
#: made from the `name` and the `columns` of a table.
MAKERS = {
    "parquet": "import pandas as pd; pd.DataFrame(columns).to_parquet(out)",
    "asdf": "import asdf, numpy as np;"
    "asdf.AsdfFile({'roman': np.array(columns['b'])}).write_to(out)",
    "h5": "import h5py; f = h5py.File(out, 'w'); f[name] = columns['b']; f.close()",
}


def in_kernel_python(code: str) -> bytes | None:
    """Return what the kernel's Python writes, or nothing when it fails."""
    done = subprocess.run([PYTHON, "-c", code], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


@pytest.fixture(scope="module")
def archive() -> Iterator[SampleArchive]:
    """The sample archive with what the cases need."""
    weed = Path(sys.executable).with_name("weed")
    extra = made()
    with sample_archive(weed, None) as server:
        for key in sorted({key for case in CASES for key in case["keys"]}):
            if key in extra:
                server.put(key, extra[key])
            elif (SAMPLES / key).exists():
                server.put(key, (SAMPLES / key).read_bytes())
        for end, code in MAKERS.items():
            for name, columns in TABLES.items():
                start = f"import io, sys; out = io.BytesIO(); {name=}; {columns=}; "
                write = "; sys.stdout.buffer.write(out.getvalue())"
                if content := in_kernel_python(start + code + write):
                    server.put(f"{FILES}/{name}.{end}", content)
        yield server


class Mast(http.server.BaseHTTPRequestHandler):
    """The path service with the recorded answer, and the download service."""

    def do_GET(self) -> None:  # the name that http.server calls
        url = urllib.parse.urlsplit(self.path)
        uris = urllib.parse.parse_qs(url.query).get("uri", [])
        if url.path == "/api/v0.1/path_lookup/":
            recorded = json.loads((DATA / "path_lookup.json").read_text(encoding="utf-8"))
            body = json.dumps({uri: recorded[uri] for uri in uris}).encode()
        else:
            assert url.path == "/api/v0.1/Download/file"
            body = b"from MAST"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def mast() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mast)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Kernel(KernelProcess):
    """A real kernel, spoken to as JupyterLab does."""

    def __init__(self, folder: Path, **environ: str) -> None:
        spec = folder / "data" / "kernels" / "snippets"
        spec.mkdir(parents=True)
        argv = [PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        (spec / "kernel.json").write_text(
            json.dumps({"argv": argv, "display_name": "snippets", "language": "python"})
        )
        env = clean_environment(folder, **environ)
        del env["PYTHONPATH"]  # people's kernels know nothing of this checkout
        super().__init__(folder, env, "snippets", spec.parent)

    def run(self, code: str, timeout: float = 120) -> tuple[str, list[dict[str, Any]]]:
        """Run one cell; return its text and the MIME bundles it showed."""
        ident = self.client.execute(code)
        text, shown, error = "", [], None
        deadline = time.monotonic() + timeout
        while True:
            message = self.client.get_iopub_msg(timeout=max(0.1, deadline - time.monotonic()))
            if message["parent_header"].get("msg_id") != ident:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream" and content["name"] == "stdout":
                text += content["text"]
            elif kind in ("display_data", "execute_result"):
                shown.append(content["data"])
            elif kind == "error":
                error = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(content["traceback"]))
            elif kind == "status" and content["execution_state"] == "idle":
                break
        assert error is None, f"{code}\n\n{error}"
        return text, shown

    def holds(self, expression: str) -> None:
        text, _ = self.run(f"print(bool({expression}))")
        assert text == "True\n", expression


#: Sends what astroquery asks of MAST to `mast`; the code itself is not touched.
REDIRECT = """
def redirect(mast):
    import astroquery.mast.utils as utils
    from astroquery.mast import Observations

    ask = getattr(utils, "asked", utils._simple_request)
    utils.asked = ask
    utils._simple_request = lambda url, *rest, **more: ask(
        url.replace("https://mast.stsci.edu", mast), *rest, **more
    )
    service = Observations._portal_api_connection
    service.MAST_DOWNLOAD_URL = mast + "/api/v0.1/Download/file"

redirect({mast!r})
"""


@pytest.fixture(scope="module")
def kernel(
    request: pytest.FixtureRequest,
    archive: SampleArchive,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Kernel, str]]:
    """A kernel and the form of the code that it is for."""
    form: str = request.param
    environ = {"AWS_ENDPOINT_URL_S3": archive.endpoint} if form == "public" else {}
    kernel = Kernel(tmp_path_factory.mktemp(form), **environ)
    yield kernel, form
    kernel.stop()


def forms() -> Iterator[Any]:
    """Yield what runs: all cases in one form, then for each template one file and several."""
    seen = set()
    for form in ("sample", "public"):
        for case in CASES:
            template, keys = case["template"], case["keys"]
            if form == "public":
                if (template, len(keys) > 1) in seen:
                    continue
                seen.add((template, len(keys) > 1))
            name = f"{form}-{template}-{len(keys)}-{keys[0][-28:]}"
            if form == "sample" and template == "astroquery":
                continue  # it has no place for an endpoint: the same code
            yield pytest.param(form, case, id=name)


PACKAGES = [
    *("lightkurve", "astropy", "matplotlib", "pandas", "pyarrow", "fsspec", "s3fs", "boto3"),
    *("asdf", "h5py", "IPython", "astroquery"),
]


@pytest.fixture(scope="module")
def packages() -> dict[str, str]:
    """The packages of the kernel's Python that the code imports, with versions."""
    code = (
        "import json, importlib.metadata as m, importlib.util as u;"
        f"print(json.dumps({{p: m.version(p) for p in {PACKAGES!r} if u.find_spec(p)}}))"
    )
    return json.loads(in_kernel_python(code) or b"{}")  # type: ignore[no-any-return]


def need(packages: dict[str, str], code: str, template: str) -> None:
    """Skip a case for which the kernel's Python lacks a package."""
    wanted = set(re.findall(r"^(?:import|from) (\w+)", code, re.M)) & set(PACKAGES)
    if "s3://" in code:
        wanted |= {"fsspec", "s3fs"}
    if "lightkurve" in wanted or template == "astropy-spectrum":
        wanted.add("matplotlib")
    if template == "pandas-parquet":
        wanted.add("pyarrow")
    if missing := sorted(wanted - set(packages)):
        pytest.skip(f"the kernel's Python lacks {', '.join(missing)}")
    if "s3fs" in wanted and int(packages["s3fs"].split(".")[0]) < 2023:
        pytest.skip(f"s3fs {packages['s3fs']} is too old: 2023.1 knows endpoint_url")


@pytest.mark.parametrize(("kernel", "case"), list(forms()), indirect=["kernel"])
def test_code_runs(
    case: dict[str, Any],
    kernel: tuple[Kernel, str],
    archive: SampleArchive,
    mast: str,
    packages: dict[str, str],
) -> None:
    run, form = kernel
    template, code = case["template"], case[form].replace(VECTORS["endpoint"], archive.endpoint)
    need(packages, code, template)
    if template == "astroquery":
        run.run(REDIRECT.format(mast=mast))
    run.run("%reset -f")
    _, shown = run.run(code)
    several = len(case["keys"]) > 1
    run.holds(CHECKS[template][several])
    if template in SHOWN:
        wanted = SHOWN[template][several]
        assert any(mime.startswith(wanted) for bundle in shown for mime in bundle), shown


@pytest.fixture(scope="module")
def odd_endpoint(moto_endpoint: str) -> Iterator[tuple[str, set[str]]]:
    """moto with the odd keys, each holding its own name, and those it holds."""
    admin = s3_client(moto_endpoint, signed=True)
    admin.create_bucket(Bucket=BUCKET, ACL="public-read")
    for entry in VECTORS["odd"]:
        key = entry["key"]
        admin.put_object(Bucket=BUCKET, Key=key, Body=key.encode(), ACL="public-read")
    pages = admin.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    held = {found["Key"] for page in pages for found in page["Contents"]}
    yield moto_endpoint, held
    for key in held:
        admin.delete_object(Bucket=BUCKET, Key=key)
    admin.delete_bucket(Bucket=BUCKET)


def test_literals() -> None:
    for entry in VECTORS["odd"]:
        assert ast.literal_eval(entry["literal"]) == entry["key"]
    for case in CASES:
        ast.parse(case["public"])
        ast.parse(case["sample"])


def test_odd_keys(
    odd_endpoint: tuple[str, set[str]], tmp_path: Path, packages: dict[str, str]
) -> None:
    endpoint, held = odd_endpoint
    assert held == {entry["key"] for entry in VECTORS["odd"]}
    need(packages, "import boto3\ns3://", "fsspec")
    kernel = Kernel(tmp_path)
    try:
        for entry in VECTORS["odd"]:
            key = entry["key"]
            kernel.run("%reset -f")
            kernel.run(entry["download"].replace(VECTORS["endpoint"], endpoint))
            assert (tmp_path / entry["name"]).read_bytes() == key.encode()
            (tmp_path / entry["name"]).unlink()
            if entry["fsspec"]:
                kernel.run(entry["fsspec"].replace(VECTORS["endpoint"], endpoint))
                kernel.holds(f"data == {key!r}.encode()")
        many = VECTORS["manyOdd"]
        kernel.run("%reset -f")
        kernel.run(many["fsspec"].replace(VECTORS["endpoint"], endpoint))
        kernel.holds(
            f"all(contents['s3://{BUCKET}/' + key] == key.encode() for key in"
            f" {[e['key'] for e in VECTORS['odd'] if e['fsspec']]!r})"
        )
        kernel.run(many["download"].replace(VECTORS["endpoint"], endpoint))
        kernel.holds(
            f"list(files) == {many['keys']!r} and all("
            "open(name, 'rb').read() == key.encode() for key, name in files.items())"
        )
    finally:
        kernel.stop()
