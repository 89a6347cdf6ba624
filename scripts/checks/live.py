"""Ten anonymous requests to the real bucket and to MAST (`--live`)."""

from __future__ import annotations

import socket
import time
import urllib.parse
import urllib.request

from scripts.checks import Session
from scripts.environments import LOGS
from scripts.lab import jupyter
from scripts.processes import temporary_folder

BUCKET = "stpubdata.s3.us-east-1.amazonaws.com"
MAST = "mast.stsci.edu"
LIST = "?list-type=2&delimiter=%2F&max-keys=10&prefix="
KEY = (
    "tess/public/tid/s0014/0000/0003/7778/0790/"
    "tess2019198215352-s0014-0000000377780790-0150-s_lc.fits"
)
#: What is asked of the bucket, through the relay: path, more headers, what the answer has, or
#: how many bytes it is.
OF_THE_BUCKET: tuple[tuple[str, dict[str, str], str | int], ...] = (
    (LIST + "hst%2Fpublic%2F", {}, "<CommonPrefixes>"),
    (LIST + "tess%2Fpublic%2F", {}, "<CommonPrefixes>"),
    (LIST + "kepler%2Fpublic%2F", {}, "<CommonPrefixes>"),
    (LIST + "mast%2Fhlsp%2F", {}, "<CommonPrefixes>"),
    (LIST + "hst%2Fpublic%2Fibg7%2F", {}, "ibg705080"),
    (LIST + urllib.parse.quote(KEY.rsplit("/", 1)[0] + "/", safe=""), {}, "_lc.fits"),
    ("/" + KEY, {"Range": "bytes=0-79"}, "SIMPLE  ="),
    ("/" + KEY, {"Range": "bytes=2880-2959"}, 80),
)
OF_MAST: tuple[tuple[str, str], ...] = (
    (
        f"https://{MAST}/api/v0.1/path_lookup/?uri=mast:TESS/product/{KEY.rsplit('/', 1)[1]}"
        "&use_cloud_path=True",
        "tess/public/tid",
    ),
    (
        "https://mastresolver.stsci.edu/Santa-war/query?name=M101&outputFormat=json",
        "resolvedCoordinate",
    ),
)


def reachable(host: str) -> str:
    """Empty, or why that host cannot be reached."""
    try:
        socket.create_connection((host, 443), timeout=10).close()
    except OSError as error:
        return f"{host} cannot be reached: {error}"
    return ""


def run(session: Session) -> None:
    for_bucket, for_mast = reachable(BUCKET), reachable(MAST)
    if for_bucket:
        session.results.skip(f"live: {len(OF_THE_BUCKET)} requests to the bucket", for_bucket)
    else:
        env = session.checkout()
        with (
            temporary_folder("live") as folder,
            jupyter(
                env,
                folder=folder,
                workspace=folder / "workspace",
                archives="DEFAULT_ARCHIVES",
                log=LOGS / "checks" / "live.log",
            ) as server,
        ):
            for path, headers, expected in OF_THE_BUCKET:
                url = f"{server.base}/jupyterlab-mast/archive/mast/s3/stpubdata{path}"
                ask(session, url, {**headers, "Authorization": f"token {server.token}"}, expected)
    if for_mast:
        session.results.skip(f"live: {len(OF_MAST)} requests to MAST", for_mast)
    else:
        for url, expected in OF_MAST:
            ask(session, url, {}, expected)


def ask(session: Session, url: str, headers: dict[str, str], expected: str | int) -> None:
    """One request, whose answer must hold that text, or be so many bytes of a longer object."""
    began = time.monotonic()
    shown = urllib.parse.unquote(url.split("/s3/")[-1])
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=60
        ) as answer:
            status, body = answer.status, answer.read(1_000_000)
        text = body.decode(errors="replace")
        passed = (
            expected in text
            if isinstance(expected, str)
            else (status, len(body)) == (206, expected)
        )
        detail = f"{status}, {len(body)} bytes: {text[:500]}"
    except OSError as error:
        passed, detail = False, str(error)
    session.results.add(f"live: {shown}", passed, detail, time.monotonic() - began)
