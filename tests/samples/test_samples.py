"""samples/ is what its manifest says, and has one of each kind."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest
from astropy.io import fits

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
BUCKET = SAMPLES / "stpubdata"
LIMIT = 20_000_000
TIC = "0000/0003/7778/0790/"
KINDS = ("csv", "fits", "fits.gz", "ipynb", "jpg", "json", "md", "pdf", "png", "txt", "xml")


def manifest() -> dict[str, dict[str, str]]:
    with open(SAMPLES / "MANIFEST.tsv", encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file, delimiter="\t")}


ROWS = manifest()


def test_the_manifest_lists_all_files() -> None:
    there = {p.relative_to(BUCKET).as_posix() for p in BUCKET.rglob("*") if p.is_file()}
    assert there == set(ROWS)


@pytest.mark.parametrize("key", sorted(ROWS))
def test_a_file_is_as_listed(key: str) -> None:
    row = ROWS[key]
    body = (BUCKET / key).read_bytes()
    assert len(body) == int(row["bytes"])
    assert hashlib.sha256(body).hexdigest() == row["sha256"]
    assert row["kind"] in ("real", "derived")
    assert all(row[name] for name in ("source", "licence", "note"))


def test_they_are_small() -> None:
    assert sum(int(row["bytes"]) for row in ROWS.values()) <= LIMIT


def test_both_layouts_of_an_association() -> None:
    """In one the exposures lie in the association's folder, in the other in their own."""
    together = "hst/public/ibg7/ibg705080/"
    apart = "hst/public/ibg7/ibg706010/"
    for name in ("ibg705080_asn", "ibg705081_drz", "ibg705o8q_flt", "ibg705obq_raw"):
        assert f"{together}{name}.fits" in ROWS
    assert f"{apart}ibg706011_drz.fits" in ROWS
    for root in ("ibg706kpq", "ibg706krq"):
        assert f"hst/public/ibg7/{root}/{root}_flt.fits" in ROWS
        assert f"{apart}{root}_flt.fits" not in ROWS


@pytest.mark.parametrize("folder", ["hst/public/ibg7/ibg705080", "hst/public/ibg7/ibg706010"])
def test_an_association_names_its_members(folder: str) -> None:
    root = folder.rsplit("/", 1)[1]
    members = fits.getdata(BUCKET / folder / f"{root}_asn.fits", "ASN")["MEMNAME"]
    for member in members:
        assert any(f"/{member.strip().lower()}_" in key for key in ROWS), member


def test_a_target_in_several_sectors() -> None:
    keys = [key for key in ROWS if TIC in key]
    assert {key.split("/")[3] for key in keys} == {"s0014", "s0015"}
    ends = {key.rsplit("_", 1)[1] for key in keys if "/s0014/" in key}
    assert ends == {"lc.fits", "tp.fits", "dvr.pdf", "dvr.xml", "dvs.pdf", "dvt.fits"}


@pytest.mark.parametrize("kind", KINDS)
def test_one_of_each_kind(kind: str) -> None:
    assert any(key.endswith(f".{kind}") for key in ROWS)


@pytest.mark.parametrize("key", [k for k in sorted(ROWS) if k.endswith((".fits", ".fits.gz"))])
def test_fits_opens(key: str) -> None:
    with fits.open(BUCKET / key) as hdus:
        assert len(hdus[0].header) > 3


def test_the_notebook_is_one() -> None:
    key = next(key for key in ROWS if key.endswith(".ipynb"))
    assert json.loads((BUCKET / key).read_text(encoding="utf-8"))["nbformat"] == 4
