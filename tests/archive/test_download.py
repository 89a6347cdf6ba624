"""Download to this computer: the browser's cookie, an attachment, the object's own bytes."""

from __future__ import annotations

import gzip
import re

import pytest
from helpers.raw import Answer, fetch
from helpers.servers import JupyterProcess
from helpers.upstream import BODY, Upstream

from jupyterlab_mast.archive.keys import encode_key


def download(jupyter: JupyterProcess, key: str, **options: object) -> Answer:
    path = f"{jupyter.download_path('up')}/{encode_key(key)}"
    return fetch(jupyter.port, path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("hst/public/jbev/jbeveo010_drz.fits", "jbeveo010_drz.fits"),
        ("hst/public/a b+c.fits", "a%20b%2Bc.fits"),
        ("hst/public/\u00e9\u2192\U0001f52d.fits", "%C3%A9%E2%86%92%F0%9F%94%AD.fits"),
        ('hst/public/a";x="b', "a%22%3Bx%3D%22b"),
        ("hst/public/a\r\nSet-Cookie: b", "a%0D%0ASet-Cookie%3A%20b"),
        ("hst/public/a%2Fb", "a%252Fb"),
        ("hst/public/folder/", "folder"),
        ("hst/public/a/../b", "b"),
    ],
)
def test_the_name_is_the_last_part_of_the_key(
    jupyter: JupyterProcess, upstream: Upstream, key: str, name: str
) -> None:
    answer = download(jupyter, key)
    assert (answer.status, answer.body, answer.complete) == (200, BODY, True)
    assert answer.header("content-disposition") == f"attachment; filename*=UTF-8''{name}"
    assert upstream.last().path == f"/open/{encode_key(key)}"


def test_the_buckets_own_name_is_not_believed(jupyter: JupyterProcess) -> None:
    answer = download(jupyter, "hst/public/mode-meta/x.fits")
    assert answer.header("content-disposition") == "attachment; filename*=UTF-8''x.fits"


def test_the_bytes_are_the_objects(jupyter: JupyterProcess) -> None:
    """A browser would decode a Content-Encoding and save something else."""
    answer = download(jupyter, "hst/public/mode-gz/x.fits.gz")
    assert answer.header("content-encoding") is None
    assert answer.header("content-type") == "application/octet-stream"
    assert gzip.decompress(answer.body) == BODY


def test_a_browser_downloads_by_its_cookie(jupyter: JupyterProcess) -> None:
    path = f"{jupyter.download_path('up')}/hst/public/x"
    signed_in = download(jupyter, "hst/public/x")
    cookies = [value for name, value in signed_in.headers if name == "set-cookie"]
    cookie = "; ".join(value.partition(";")[0] for value in cookies)
    answer = fetch(jupyter.port, path, token=None, headers={"Cookie": cookie})
    assert (answer.status, answer.body) == (200, BODY)
    assert fetch(jupyter.port, path, token=None).status == 403


def test_head_and_range(jupyter: JupyterProcess, upstream: Upstream) -> None:
    answer = download(jupyter, "hst/public/x", method="HEAD")
    assert (answer.status, answer.header("content-length")) == (200, str(len(BODY)))
    download(jupyter, "hst/public/x", headers={"Range": "bytes=3-"})
    assert upstream.last().headers["range"] == "bytes=3-"


@pytest.mark.parametrize("mode", ["cut", "cutchunked"])
def test_a_cut_download_never_looks_complete(jupyter: JupyterProcess, mode: str) -> None:
    assert not download(jupyter, f"hst/public/mode-{mode}").complete


def test_an_error_is_no_attachment(jupyter: JupyterProcess) -> None:
    answer = download(jupyter, "hst/public/mode-404")
    assert (answer.status, answer.header("content-disposition")) == (404, None)


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "/",
        "/secret/x",
        "/hst/public/../x",
        "/hst/public/%2e%2e/x",
        "/hst/public/..%2Fx",
        "/../s3/open/hst/public/x",
        "/open/hst/public/x",
        "/hst/public/x?acl",
        "/hst/public/x?response-content-type=text/html",
    ],
)
def test_the_same_checks(jupyter: JupyterProcess, upstream: Upstream, rest: str) -> None:
    before = len(upstream.seen)
    answer = fetch(jupyter.port, jupyter.download_path("up") + rest)
    assert (answer.status, answer.code) == (403, "AccessDenied")
    assert len(upstream.seen) == before


def test_it_is_confined_too(jupyter: JupyterProcess) -> None:
    answer = download(jupyter, "hst/public/mode-html")
    assert answer.header("content-security-policy") == "sandbox; default-src 'none'"
    assert answer.header("x-content-type-options") == "nosniff"
    assert re.match("attachment", answer.header("content-disposition") or "")
