"""What counts as loaded with JupyterLab, of all that is in the wheel."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path

import pytest

from scripts.checks import Session
from scripts.checks.package import FIRST_LOAD, first_load, weigh
from scripts.results import Results

ONE = b'var a={"./index":()=>n.e(282).then(()=>1),"./extension":()=>n.e(282).then(()=>()=>n(1))};'
MANY = b'{"./extension":()=>Promise.all([n.e(3),n.e("style-x")]).then(()=>()=>n(1))}'


def test_the_entry_says_which_chunks_are_not_lazy() -> None:
    static = {"remoteEntry.aa.js": ONE, "style.js": b"", "282.bb.js": b"", "3.cc.js": b""}
    assert first_load(static) == ["remoteEntry.aa.js", "style.js", "282.bb.js"]
    static |= {"remoteEntry.aa.js": MANY, "style-x.dd.js": b"", "33.ee.js": b""}
    assert first_load(static) == ["remoteEntry.aa.js", "style.js", "3.cc.js", "style-x.dd.js"]


@pytest.mark.parametrize(
    ("static", "why"),
    [
        ({}, "0 files are called remoteEntry"),
        ({"remoteEntry.aa.js": b"nothing"}, "does not say which chunks"),
        ({"remoteEntry.aa.js": ONE}, "0 files are of the chunk 282"),
    ],
)
def test_what_cannot_be_read_is_a_failure(static: dict[str, bytes], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        first_load(static)


@pytest.mark.parametrize(
    ("script", "schema", "failed"),
    [(20_000, 8_000, 0), (20_000, 10_000, 1), (22_000, 8_000, 1), (FIRST_LOAD, 0, 1)],
)
def test_a_first_load_that_grows_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], script: int, schema: int, failed: int
) -> None:
    file = tmp_path / "x.whl"
    folder = "x.data/data/share/jupyter/labextensions/jupyterlab-mast/"
    noise = random.Random(1)
    # A byte in two letters that gzip packs into one again, nearly.
    text = noise.randbytes(schema).hex()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(folder + "static/remoteEntry.aa.js", ONE)
        archive.writestr(folder + "static/style.js", "")
        archive.writestr(folder + "static/282.bb.js", noise.randbytes(script))
        archive.writestr(folder + "static/77.cc.js", noise.randbytes(FIRST_LOAD))
        archive.writestr(folder + "schemas/jupyterlab-mast/a.json", json.dumps({"title": text}))
        archive.writestr(folder + "schemas/jupyterlab-mast/package.json.orig", "not sent")
    results = Results()
    weigh(Session(results), file)
    assert (results.failed, results.passed) == (failed, 1 - failed)
    assert ("282.bb.js" in capsys.readouterr().out) == bool(failed)
