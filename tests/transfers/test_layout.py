"""Paths below the target: what people expect of each layout, and that no key leads out."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mast.transfers.layout import (
    Collisions,
    default_layout,
    keep_both,
    mast_place,
    path_of,
    safe_path,
)
from jupyterlab_mast.transfers.types import Layout, Source

ODD_KEYS = [
    entry["key"] for entry in json.loads((Path(__file__).parents[1] / "data/keys.json").read_text())
]
LAYOUTS: tuple[Layout, ...] = ("observation", "flat", "archive", "mastdownload")

TESS = "tess/public/tid/s0014/0000/0003/7778/0790/"
TESS_FILE = "tess2019198215352-s0014-0000000377780790-0150-s_lc.fits"
FFI = "tess/public/ffi/s0001/2018/206/1-2/tess2018206192942-s0001-1-2-0120-s_ffic.fits"
KEPLER = "kepler/public/lightcurves/0100/010002792/kplr010002792-2009259160929_llc.fits"
K2 = "k2/public/target_pixel_files/c18/211900000/83000/ktwo211983544-c18_lpd-targ.fits.gz"
JWST = "jwst/public/jw02767/jw02767002001/jw02767002001_02103_00001_nrcb3_cal.fits"
JWST3 = "jwst/public/jw02767/L3/t/o002/jw02767-o002_t001_nircam_clear-f150w_i2d.fits"


def name_of(key: str) -> str:
    return key[key.rfind("/") + 1 :]


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("hst/public/ibg7/ibg705080/ibg705081_drz.fits", "ibg705080"),
        # Found in the folder of its association, whatever its name says.
        ("hst/public/ibg7/ibg705080/ibg705o8q_flt.fits", "ibg705080"),
        ("hst/public/ibg7/ibg705080/notes.txt", "ibg705080"),
        (TESS + TESS_FILE, "tic377780790-s0014"),
        (FFI, "s0001-1-2"),
        (KEPLER, "kic10002792"),
        (K2, "epic211983544"),
        (JWST, "jw02767002001"),
        (JWST3, "jw02767-o002"),
    ],
)
def test_by_observation(key: str, folder: str) -> None:
    assert path_of("observation", (Source(key=key),), key) == f"{folder}/{name_of(key)}"
    prefix = (Source(prefix="/".join(key.split("/")[:3]) + "/"),)
    assert path_of("observation", prefix, key) == f"{folder}/{name_of(key)}"


@pytest.mark.parametrize(
    ("source", "key", "path"),
    [
        (Source(prefix="a/b/"), "a/b/c.fits", "b/c.fits"),
        (Source(prefix="a/b/"), "a/b/c/d.fits", "b/c/d.fits"),
        (Source(prefix="a/b/c"), "a/b/cd/e.fits", "cd/e.fits"),
        (Source(prefix="a/"), "a/b", "a/b"),
        (Source(prefix=""), "a/b", "a/b"),
        (Source(key="a/b/c.fits"), "a/b/c.fits", "c.fits"),
        (Source(prefix="mast/hlsp/x/"), "mast/hlsp/x/y/z.fits", "x/y/z.fits"),
    ],
)
def test_keys_without_an_observation_keep_their_folders(
    source: Source, key: str, path: str
) -> None:
    assert path_of("observation", (source,), key) == path


def test_several_sources_the_outer_one_counts() -> None:
    sources = (
        Source(prefix="a/b/c/"),
        Source(key="x/y.fits"),
        Source(prefix="a/b/"),
        Source(prefix="z/"),
    )
    assert path_of("observation", sources, "a/b/c/d") == "b/c/d"
    assert path_of("observation", sources, "x/y.fits") == "y.fits"
    assert path_of("observation", sources, "z/1/2") == "z/1/2"


def test_flat_and_archive() -> None:
    key = "hst/public/ibg7/ibg705080/ibg705081_drz.fits"
    sources = (Source(prefix="hst/public/ibg7/"),)
    assert path_of("flat", sources, key) == "ibg705081_drz.fits"
    assert path_of("archive", sources, key) == key


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("hst/public/u9o4/u9o40504m/u9o40504m_c3m.fits", ("HST", "u9o40504m")),
        # Jitter files have another last character and belong to the same observation.
        ("hst/public/u9o4/u9o40504m/u9o40504j_jif.fits", ("HST", "u9o40504m")),
        ("hst/public/ibg7/ibg705080/ibg705o8q_flt.fits", ("HST", "ibg705o8q")),
        (
            "hst/public/ib46/ib4606cpq/hst_11665_06_wfc3_ir_f110w_ib4606cp_flt.fits",
            ("HST", "hst_11665_06_wfc3_ir_f110w_ib4606cp"),
        ),
        (TESS + TESS_FILE, ("TESS", "tess2019198215352-s0014-0000000377780790-0150-s")),
        (
            "tess/public/tid/s0040/0000/0012/0124/7611/"
            "tess2021175071901-s0040-0000001201247611-0211-a_fast-lc.fits",
            ("TESS", "tess2021175071901-s0040-0000001201247611-0211-a_fast"),
        ),
        (FFI, ("TESS", "tess-s0001-1-2")),
        (K2, ("K2", "ktwo211983544-c18_lc")),
        (
            "k2/public/lightcurves/c17/212800000/03000/ktwo212803289-c17_slc.fits",
            ("K2", "ktwo212803289-c17_sc"),
        ),
        (JWST, ("JWST", "jw02767002001_02103_00001_nrcb3")),
        (JWST3, ("JWST", "jw02767-o002_t001_nircam_clear-f150w")),
        (
            "mast/hlsp/qlp/s0007/0000/0002/6674/4225/"
            "hlsp_qlp_tess_ffi_s0007-0000000266744225_tess_v01_llc.fits",
            ("HLSP", "hlsp_qlp_tess_ffi_s0007-0000000266744225_tess_v01_llc"),
        ),
        (
            "mast/hlsp/tess-spoc/s0024/target/0000/0000/3990/3405/"
            "hlsp_tess-spoc_tess_phot_0000000039903405-s0024_tess_v1_lc.fits",
            ("HLSP", "hlsp_tess-spoc_tess_phot_0000000039903405-s0024_tess_v1_tp"),
        ),
    ],
)
def test_where_astroquery_looks(key: str, place: tuple[str, str]) -> None:
    """Names of folders that astroquery and lightkurve have made of MAST's answers."""
    assert mast_place(key) == place
    path = path_of("mastdownload", (Source(key=key),), key)
    assert path == "/".join(("mastDownload", *place, name_of(key)))


def test_mast_s_list_of_products() -> None:
    """A recorded answer of Mast.Caom.Products; MAST has written HST's names small since."""
    for suffix in ("c3m", "c3t", "cgr", "dgr", "q0f", "shf", "trl", "x0f", "c0m", "d0m", "drz"):
        key = f"hst/public/u9o4/u9o40504m/u9o40504m_{suffix}.fits"
        path = path_of("mastdownload", (Source(prefix="hst/public/u9o4/"),), key)
        assert path == f"mastDownload/HST/u9o40504m/u9o40504m_{suffix}.fits"


def assert_safe(path: str) -> None:
    assert not path.startswith("/")
    for part in path.split("/"):
        assert part not in ("", ".", "..")
        assert len(part.encode()) <= 255
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\u202a-\u202e]", part)
        assert not re.fullmatch(r"\.mast-.*\.part", part, re.DOTALL)


keys = st.one_of(
    st.sampled_from(ODD_KEYS),
    st.text(min_size=1, max_size=80),
    st.lists(
        st.sampled_from(
            [
                *("a", ".", "..", "/", "\\", "%", "%2f", "%5C", "2F", "é", "\n", "\0", "\ud800"),
                *(".mast-1-2.part", "hst/public/ibg7/ibg705080/", TESS, "x" * 300),
            ]
        ),
        min_size=1,
        max_size=10,
    ).map("".join),
)


@given(keys, st.sampled_from(LAYOUTS), st.integers(0, 20))
def test_every_path_is_safe_and_always_the_same(key: str, layout: Layout, cut: int) -> None:
    for source in (Source(key=key), Source(prefix=key[:cut])):
        path = path_of(layout, (source,), key)
        assert_safe(path)
        assert path == path_of(layout, (source,), key)


@given(keys, keys)
def test_different_keys_have_different_paths(one: str, other: str) -> None:
    assert (safe_path(one) == safe_path(other)) == (one == other)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("odd/100%", "odd/100%"),
        ("odd/a%2Fb", "odd/a%252Fb"),
        ("odd/a\\b", "odd/a%5Cb"),
        ("odd/a/../b", "odd/a/%2E%2E/b"),
        ("odd//x", "odd/%2F/x"),
        ("odd/folder/", "odd/folder/%2F"),
        ("odd/.hidden", "odd/.hidden"),
        ("odd/...", "odd/..."),
        ("odd/.mast-a-1.part", "odd/%2Emast-a-1.part"),
        ("odd/a\nb", "odd/a%0Ab"),
    ],
)
def test_odd_keys(key: str, path: str) -> None:
    assert path_of("archive", (), key) == path


def test_a_long_name_keeps_both_ends() -> None:
    path = path_of("flat", (), f"a/{'é' * 300}_drz.fits")
    assert len(path.encode()) in (254, 255)
    assert path.endswith("_drz.fits")
    assert path != path_of("flat", (), f"a/{'é' * 301}_drz.fits")


def test_keep_both_counts_up_and_keeps_the_extension() -> None:
    taken = {"a/x.fits", "a/x (2).fits", "y.fits.gz", "z", ".bashrc", "n" * 255}
    assert keep_both("a/x.fits", taken.__contains__) == "a/x (3).fits"
    assert keep_both("y.fits.gz", taken.__contains__) == "y (2).fits.gz"
    assert keep_both("z", taken.__contains__) == "z (2)"
    assert keep_both(".bashrc", taken.__contains__) == ".bashrc (2)"
    assert keep_both("free", taken.__contains__) == "free"
    assert len(keep_both("n" * 255, taken.__contains__)) <= 255


def test_collisions() -> None:
    names = Collisions()
    assert names.path("a/x.fits") == "a/x.fits"
    assert names.path("b/x.fits") == "b/x.fits"
    assert names.path("a/x.fits") == "a/x (2).fits"
    assert names.path("a/x.fits") == "a/x (3).fits"
    assert names.path("a/x (2).fits") == "a/x (2) (2).fits"
    # A name cannot be a file and a folder.
    assert names.path("a") == "a (2)"
    assert names.path("c") == "c"
    assert names.path("c/d/e") == "c (2)/d/e"
    assert names.path("c/f") == "c (2)/f"
    assert names.path("a/x.fits") == "a/x (4).fits"


paths = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(st.lists(paths, max_size=40))
def test_after_collisions_all_paths_can_be_files(found: list[str]) -> None:
    names, again = Collisions(), Collisions()
    given_ = [names.path(path) for path in found]
    assert given_ == [again.path(path) for path in found]
    assert len(set(given_)) == len(given_)
    folders = {path[: match.start()] for path in given_ for match in re.finditer("/", path)}
    assert not folders & set(given_)


def test_many_collisions_stay_small() -> None:
    names = Collisions()
    for number in range(20_000):
        path = f"a/{number // 10}/x.fits"
        wanted = path if number % 10 == 0 else f"a/{number // 10}/x ({number % 10 + 1}).fits"
        assert names.path(path) == wanted


def test_the_layout_to_offer() -> None:
    assert default_layout([Source(key="hst/public/ibg7/ibg705080/a.fits")]) == "observation"
    assert default_layout(["tess/public/tid/s0014/"]) == "observation"
    assert default_layout(["hst/public/"]) == "archive"
    assert default_layout([Source(prefix="")]) == "archive"
