"""Files that other programs have downloaded: nothing is taken for a copy that is none."""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty, Stored
from helpers.home import archive_at
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyterlab_mast.archive.interface import Archive
from jupyterlab_mast.missions import GotoHstFile, tess_prefix
from jupyterlab_mast.transfers import adopting, checksums
from jupyterlab_mast.transfers.adopting import Adopter
from jupyterlab_mast.transfers.buckets import Buckets
from jupyterlab_mast.transfers.cachedfiles import tell_of_cached
from jupyterlab_mast.transfers.cachenames import asked_of
from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.freeing import standing_of
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.verify import verify_copy

FULL = os.environ.get("MAST_TEST_FULL") == "1"

BODY = bytes(range(256)) * 40

Json = dict[str, Any]


def lc(tic: int) -> str:
    """The name of a light curve."""
    return f"tess2019198215352-s0014-{tic:016}-0150-s_lc.fits"


def lc_key(tic: int) -> str:
    return tess_prefix(str(tic), 14) + lc(tic)


class Cache:
    """Files of another program in a home, and a server that may have them."""

    def __init__(self, folder: Path, faulty: Faulty) -> None:
        self.faulty = faulty
        self.root = folder / "home"
        self.root.mkdir()
        self.index = Provenance(folder / "copies")
        roots = [{"title": name, "prefix": f"{name}/public/"} for name in ("hst", "tess", "kepler")]
        self.archives = [archive_at(faulty.endpoint, roots=roots)]
        self.stop = threading.Event()

    def file(self, name: str, body: bytes = BODY) -> Path:
        """A file of the cache."""
        path = self.root / "mastDownload" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def light_curve(self, tic: int = 1, **more: Any) -> tuple[Path, Stored]:
        """One that is as the archive has it."""
        stored = self.faulty.put(lc_key(tic), BODY, **more)
        return self.file(f"TESS/{tic}/{lc(tic)}"), stored

    def buckets(self) -> Buckets:
        return Buckets(self.archives, self.stop)

    def look(self, *paths: Path) -> list[Json]:
        files = [{"absolute": str(path), "size": path.stat().st_size} for path in paths]
        return tell_of_cached(self.index, files, self.buckets())

    def adopt(self, *paths: Path) -> tuple[dict[str, str], dict[str, tuple[str, bool]]]:
        """By which checksum names were adopted, and why others were not, and are damaged."""
        adopter = Adopter(self.index, str(self.root), self.buckets())
        answer = adopter.adopt([str(path) for path in paths])
        return (
            {os.path.basename(one["absolute"]): one["algorithm"] for one in answer["adopted"]},
            {
                os.path.basename(one["absolute"]): (one["message"], one["damaged"])
                for one in answer["refused"]
            },
        )

    def copy(self, path: Path) -> Copy:
        found = self.index.of_path(str(path))
        assert found is not None
        return found


@contextlib.contextmanager
def cache_of(faulty: Faulty) -> Iterator[Cache]:
    faulty.forget()
    with tempfile.TemporaryDirectory() as folder:
        one = Cache(Path(folder).resolve(), faulty)
        with contextlib.closing(one.index):
            yield one


@pytest.fixture
def cache(faulty: Faulty) -> Iterator[Cache]:
    with cache_of(faulty) as one:
        yield one
    # Nothing but listings and properties is ever asked for.
    assert all(one.listing or one.method == "HEAD" for one in faulty.asked)


# Names

QLP = "hlsp_qlp_tess_ffi_s0014-0000000377780790_tess_v01_llc.fits"
SPOC = "hlsp_tess-spoc_tess_phot_0000000377780790-s0014_tess_v1_lc.fits"
TARGETS = "kepler/public/target_pixel_files/0100/010002792"
PIXELS = "kplr010002792-2009259160929_lpd-targ.fits.gz"
MOSAIC = "hst_skycell-p1889x07y19_acs_wfc_f606w_all_drc.fits"


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        (f"mastDownload/TESS/x/{lc(377780790)}", [lc_key(377780790)]),
        (f".lightkurve/cache/mastDownload/TESS/x/{lc(5)}", [lc_key(5)]),
        (
            "mastDownload/Kepler/kplr010002792_lc_Q11/kplr010002792-2009259160929_llc.fits",
            ["kepler/public/lightcurves/0100/010002792/kplr010002792-2009259160929_llc.fits"],
        ),
        (f"mastDownload/Kepler/x/{PIXELS}", [f"{TARGETS}/{PIXELS}"]),
        # Unpacked it is another file than the archive's.
        (f"mastDownload/Kepler/x/{PIXELS[:-3]}", [f"{TARGETS}/{PIXELS[:-3]}"]),
        (
            "mastDownload/HST/ibg705080/IBG705O8Q_flt.fits",
            [f"hst/public/ibg7/{root}/ibg705o8q_flt.fits" for root in ("ibg705o8q", "ibg705080")],
        ),
        (f"mastDownload/HST/ibg705080/{MOSAIC}", [f"hst/public/ibg7/ibg705080/{MOSAIC}"]),
        (
            f"mastDownload/HLSP/x/{QLP}",
            [f"mast/hlsp/qlp/s0014/{way}0000/0003/7778/0790/{QLP}" for way in ("", "target/")],
        ),
        (
            f"mastDownload/HLSP/x/{SPOC}",
            [
                f"mast/hlsp/tess-spoc/s0014/{way}0000/0003/7778/0790/{SPOC}"
                for way in ("", "target/")
            ],
        ),
        (f"mastDownload/HST/ibg705080/{MOSAIC.replace('drc', 'é')}", None),
        (f"mastDownload/HLSP/x/hlsp_\udcff{QLP[5:]}", None),
        (".astropy/cache/download/url/0a1b/contents", None),
        ("crds_cache/references/hst/wfc3/4af1533ai_imp.fits", None),
        # As an exposure would be called.
        ("crds_cache/references/hst/nicmos/n4e12511j_drk.fits", None),
        ("mastDownload/HST/ibg705080/ibg705o8q", None),
        ("mastDownload/377780790", None),
        ("mastDownload/s0014", None),
        ("mastDownload/'x'", None),
        ("mastDownload/", None),
        ("", None),
    ],
)
def test_names_of_objects(path: str, keys: list[str] | None) -> None:
    found = asked_of(f"/home/{path}" if path else path)
    assert (found and found.keys) == keys


@given(st.text(), st.text())
def test_any_name_is_answered(folder: str, name: str) -> None:
    found = asked_of(f"/mastDownload/{folder}/{name}")
    if found is not None:
        assert found.keys or isinstance(found, GotoHstFile)
        assert all(key.encode("ascii") for key in found.keys)


# What is told


def test_what_is_told_of_files(cache: Cache) -> None:
    good, _ = cache.light_curve(1)
    cache.faulty.put(lc_key(2), BODY)
    short = cache.file(f"TESS/2/{lc(2)}", BODY[:-100])
    cache.faulty.put(lc_key(3), BODY)
    long = cache.file(f"TESS/3/{lc(3)}", BODY + b"more")
    nowhere = cache.file(f"TESS/4/{lc(4)}")
    notes = cache.file("TESS/notes.txt")
    # A member of an association, in whose folder the archive has it.
    cache.faulty.put("hst/public/ibg7/ibg705080/ibg705o8q_flt.fits", BODY)
    member = cache.file("HST/ibg705080/ibg705o8q_flt.fits")
    told = cache.look(good, short, long, nowhere, notes, member)
    assert [one["standing"] for one in told] == [
        *("adoptable", "different", "different", "unknown", "unknown", "adoptable")
    ]
    assert [one["shorter"] for one in told] == [False, True, False, False, False, False]
    assert [one["key"] for one in told] == [
        *(lc_key(1), lc_key(2), lc_key(3), None, None),
        "hst/public/ibg7/ibg705080/ibg705o8q_flt.fits",
    ]
    assert [one["archive"] for one in told] == ["a", "a", "a", None, None, "a"]
    assert [one["message"] for one in told] == [
        "",
        f"{lc(2)} differs from the archive's file: it has 10140 bytes, the archive's file has "
        "10240. A download was perhaps cut off, or it is an older version. Unless it is just being "
        "downloaded, move it to the trash, and fetch it again.",
        f"{lc(3)} differs from the archive's file: it has 10244 bytes, the archive's file has "
        "10240. Perhaps a program has changed it, or it is another version. Keep it unless you are "
        "sure that you do not need it.",
        *("", "", ""),
    ]


def test_files_of_one_visit_cost_one_listing(cache: Cache) -> None:
    names = [f"ibg705o{letter}q_flt.fits" for letter in "abcdefgh"]
    for name in names:
        cache.faulty.put(f"hst/public/ibg7/ibg705080/{name}", BODY)
    told = cache.look(*(cache.file(f"HST/ibg705080/{name}") for name in names))
    assert {one["standing"] for one in told} == {"adoptable"}
    assert len(cache.faulty.asked) == 1


def test_duplicates_are_of_copies_that_are_there(cache: Cache) -> None:
    first, _ = cache.light_curve()
    second = cache.file(f"other/{lc(1)}")
    cut = cache.file(f"cut/{lc(1)}", BODY[:5])
    assert [one["duplicate_of"] for one in cache.look(first, second)] == [None, None]
    cache.adopt(first)
    told = cache.look(second, cut)
    assert [one["duplicate_of"] for one in told] == [str(first), str(first)]
    # The copy itself is none of itself.
    assert cache.look(first)[0]["duplicate_of"] is None
    first.write_bytes(BODY)
    assert cache.look(second)[0]["duplicate_of"] is None
    cache.adopt(first)
    # It is a copy of what the archive had.
    cache.faulty.put(lc_key(1), BODY[::-1])
    assert cache.look(second)[0]["duplicate_of"] is None
    cache.faulty.put(lc_key(1), BODY)
    assert cache.look(second)[0]["duplicate_of"] == str(first)
    first.unlink()
    assert cache.look(second)[0]["duplicate_of"] is None


def away(faulty: Faulty, how: str) -> None:
    def fault(asked: Any, answer: Any) -> None:
        if how == "reset":
            answer.raw = b""
        elif how == "forbidden":
            answer.fail(403, "AccessDenied")
        else:
            answer.fail(503, "SlowDown")

    faulty.fault = fault


@pytest.mark.parametrize("how", ["reset", "slow-down"])
def test_an_archive_that_is_away_is_told_of_once(cache: Cache, how: str) -> None:
    paths = [cache.light_curve(tic)[0] for tic in range(1, 61)]
    paths += [cache.file(f"HST/x/i{number:03}05o8q_flt.fits", BODY) for number in range(100, 140)]
    away(cache.faulty, how)
    started = time.monotonic()
    told = cache.look(*paths)
    assert {one["standing"] for one in told} == {"unchecked"}
    assert len({one["message"] for one in told}) == 1
    assert told[0]["message"]
    # Those that were under way, each at most twice.
    assert len(cache.faulty.asked) <= 32
    assert time.monotonic() - started < 10
    adopted, refused = cache.adopt(*paths[:2])
    assert adopted == {}
    assert [damaged for _, damaged in refused.values()] == [False, False]
    assert refused[lc(1)][0] == f"{lc(1)} could not be compared. {told[0]['message']}"


def test_who_may_not_read_learns_nothing(cache: Cache) -> None:
    path, _ = cache.light_curve()
    away(cache.faulty, "forbidden")
    assert cache.look(path)[0]["standing"] == "unchecked"
    # Listed, but not to be looked at.
    cache.faulty.fault = lambda asked, answer: (
        None if asked.listing else answer.fail(403, "AccessDenied")
    )
    assert cache.look(path)[0]["standing"] == "adoptable"
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    assert refused[lc(1)][1] is False
    assert "403" in refused[lc(1)][0]


def other(cache: Cache, name: str, prefix: str, endpoint: str = "") -> Archive:
    roots = [{"title": name, "prefix": prefix}]
    return archive_at(endpoint or cache.faulty.endpoint, id=name, title=name, roots=roots)


def test_the_first_archive_that_has_it_counts(cache: Cache) -> None:
    path, _ = cache.light_curve()
    gone = "http://127.0.0.1:9"
    # One that shows other parts of the same bucket, and one that shows this.
    cache.archives = [other(cache, "hst", "hst/public/"), other(cache, "tess", "tess/public/")]
    assert [one["archive"] for one in cache.look(path)] == ["tess"]
    cache.archives.insert(0, other(cache, "lost", "tess/public/", gone))
    assert [one["archive"] for one in cache.look(path)] == ["tess"]
    cache.adopt(path)
    assert cache.copy(path).archive == "tess"
    assert cache.buckets().look([cache.copy(path)]) == [("same", "")]
    # What may be in the one that is away is not unknown.
    cache.faulty.objects.clear()
    assert [one["standing"] for one in cache.look(path)] == ["unchecked"]
    # What that could not show is.
    cache.archives[0] = other(cache, "lost", "hst/public/", gone)
    assert [one["standing"] for one in cache.look(path)] == ["unknown"]
    cache.archives = []
    assert [one["standing"] for one in cache.look(path)] == ["unknown"]


# Adoption

KINDS: dict[str, tuple[dict[str, Any], str, str]] = {
    # What the store has; by what it is compared; by what it can be later.
    **{
        name: ({"checksum": name}, name, name)
        for name in ("CRC64NVME", "CRC32C", "CRC32", "SHA256", "SHA1")
    },
    "md5": ({"checksum": None}, "MD5", "MD5"),
    "whole of parts": (
        {"checksum": "CRC64NVME", "parts": [4000, 4000, 2240], "full": True},
        *("CRC64NVME", "CRC64NVME"),
    ),
    "composite": ({"checksum": "CRC32C", "parts": [4000, 4000, 2240]}, "CRC32C", "CRC64NVME"),
    "uneven": ({"checksum": "SHA256", "parts": [4000, 2000, 4240]}, "SHA256", "CRC64NVME"),
    "etag": ({"checksum": None, "parts": [4000, 4000, 2240]}, "MD5", "CRC64NVME"),
    "uneven etag": ({"checksum": None, "parts": [4000, 2000, 4240]}, "MD5", "CRC64NVME"),
    "etag of one part": ({"checksum": None, "parts": [10240]}, "MD5", "CRC64NVME"),
    "encrypted, with a checksum": (
        {
            "checksum": "SHA1",
            "etag": '"0123456789abcdef0123456789abcdef"',
            "x_amz_server_side_encryption": "aws:kms",
        },
        *("SHA1", "SHA1"),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_with_the_archives_bytes_is_a_copy(cache: Cache, kind: str) -> None:
    stored, by, kept = KINDS[kind]
    path, found = cache.light_curve(**stored)
    before = path.stat()
    assert cache.adopt(path) == ({lc(1): by}, {})
    copy = cache.copy(path)
    assert (copy.check, copy.algorithm, copy.etag) == ("checksum", by, found.etag)
    assert (copy.archive, copy.key, copy.size) == ("a", lc_key(1), len(BODY))
    # It was not touched, and is as good as any copy.
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert standing_of(copy, path.stat()) == "unchanged"
    assert cache.buckets().look([copy]) == [("same", "")]
    verdict = verify_copy(cache.index, str(cache.root), str(path.parent), path.name)
    assert (verdict.same, verdict.algorithm) == (True, kept)
    path.touch()
    assert standing_of(copy, path.stat()) == "unread"
    # Once more is no harm.
    assert cache.adopt(path) == ({lc(1): by}, {})
    assert standing_of(cache.copy(path), path.stat()) == "unchanged"


#: What can only be told to be the same.
UNTOLD = ("etag", "uneven etag", "etag of one part")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at", [0, 5000, len(BODY) - 1])
def test_as_many_other_bytes_are_named(cache: Cache, kind: str, at: int) -> None:
    path, _ = cache.light_curve(**KINDS[kind][0])
    body = bytearray(BODY)
    body[at] ^= 4
    path.write_bytes(body)
    assert cache.look(path)[0]["standing"] == "adoptable"
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    message, damaged = refused[lc(1)]
    if kind in UNTOLD:
        assert message.startswith(f"Whether {lc(1)} has the archive's bytes cannot be told: ")
        assert not damaged
    else:
        assert message == (
            f"The bytes of {lc(1)} are not the archive's ({KINDS[kind][1]}): it is damaged, or of "
            "another version. Delete it, and fetch it again."
        )
        assert damaged
    assert cache.index.of_path(str(path)) is None


@pytest.mark.parametrize("error", [errno.EINVAL, errno.EROFS])
def test_files_on_what_cannot_be_written_to_are_compared(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    """Such file systems may know no `fsync`."""

    def refuse(file: int) -> None:
        raise OSError(error, os.strerror(error))

    path, _ = cache.light_curve()
    monkeypatch.setattr(checksums.os, "fsync", refuse)
    file = os.open(path, os.O_RDONLY)
    try:
        checksums.show_writes(file)
    finally:
        os.close(file)


def test_what_a_program_writes_to_a_map_after_it_was_compared_is_seen(cache: Cache) -> None:
    path, _ = cache.light_curve()
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as written_to:
        # The bytes stay the same, but the page is one that was written to.
        before = path.stat()
        time.sleep(0.1)
        written_to[0:1] = BODY[:1]
        if path.stat().st_ctime_ns == before.st_ctime_ns:
            pytest.skip("this file system never tells that a map was written to")
        time.sleep(0.1)
        assert cache.adopt(path) == ({lc(1): "CRC64NVME"}, {})
        written_to[100:106] = b"edited"
    copy = cache.copy(path)
    assert standing_of(copy, path.stat()) != "unchanged"


@pytest.mark.parametrize(
    "stored",
    [
        {"checksum": None, "etag": '"not-a-hash"'},
        {"checksum": None, "etag": '"0123456789abcdef0123456789abcdef-3"'},
        # More parts than S3 allows.
        {"checksum": None, "etag": '"0123456789abcdef0123456789abcdef-99999"'},
        {"checksum": None, "x_amz_server_side_encryption": "aws:kms"},
    ],
)
def test_what_cannot_be_told_is_not_adopted(cache: Cache, stored: Json) -> None:
    path, _ = cache.light_curve(**stored)
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    assert "cannot be told" in refused[lc(1)][0]
    assert refused[lc(1)][1] is False
    # Nor is it asked about for long.
    assert len(cache.faulty.asked) < 5


def test_an_empty_file(cache: Cache) -> None:
    cache.faulty.put(lc_key(1), b"")
    path = cache.file(lc(1), b"")
    assert cache.adopt(path) == ({lc(1): "CRC64NVME"}, {})


def test_a_file_that_was_cut_off_is_named(cache: Cache) -> None:
    path, _ = cache.light_curve()
    path.write_bytes(BODY[:5000])
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    message, damaged = refused[lc(1)]
    assert "was perhaps cut off" in message
    assert "it has 5000 bytes, the archive's file has 10240" in message
    assert damaged


def test_what_is_no_file_is_not_read(cache: Cache, tmp_path: Path) -> None:
    """Links, folders and pipes, none of which is waited for."""
    outside = tmp_path / lc(1)
    outside.write_bytes(BODY)
    for tic in (1, 2, 3, 4):
        cache.faulty.put(lc_key(tic), BODY)
    folder = cache.root / "mastDownload"
    folder.mkdir()
    (folder / lc(1)).symlink_to(outside)
    os.mkfifo(folder / lc(2))
    (folder / lc(3)).mkdir()
    (folder / "way").symlink_to(outside.parent)
    paths = [folder / lc(1), folder / lc(2), folder / lc(3), folder / lc(4)]
    adopted, refused = cache.adopt(*paths)
    assert adopted == {}
    assert [refused[path.name][1] for path in paths] == [False] * 4
    assert refused[lc(2)][0] == f"{lc(2)} is no file, but a link or something else: it is not read."
    assert refused[lc(4)][0] == f"{lc(4)} is not there any more."
    # By a folder that is a link, and beside the root.
    for path in (folder / "way" / lc(1), outside, folder / "way/../.." / lc(1)):
        adopted, refused = cache.adopt(path)
        assert adopted == {}
        assert list(refused) == [lc(1)]
    assert len(cache.index) == 0


def test_files_of_others_are_not_taken(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = cache.light_curve()
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    assert refused[lc(1)] == (
        f"{lc(1)} belongs to somebody else: it is not taken for a copy.",
        False,
    )


def test_a_pipe_that_comes_meanwhile_is_not_waited_for(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = cache.light_curve()
    look = os.stat

    def swap(name: Any, *arguments: Any, **more: Any) -> os.stat_result:
        found = look(name, *arguments, **more)
        if name == path.name:
            path.unlink()
            os.mkfifo(path)
        return found

    monkeypatch.setattr(os, "stat", swap)
    adopted, refused = cache.adopt(path)
    assert (adopted, list(refused)) == ({}, [lc(1)])


def test_names_in_any_encoding(cache: Cache) -> None:
    path, _ = cache.light_curve()
    odd = Path(os.fsdecode(os.fsencode(cache.root) + b"/caf\xe9/" + os.fsencode(lc(1))))
    odd.parent.mkdir()
    path.rename(odd)
    notes = Path(os.fsdecode(os.fsencode(cache.root) + b"/\xff.fits"))
    notes.write_bytes(b"x")
    assert [one["standing"] for one in cache.look(odd, notes)] == ["adoptable", "unknown"]
    adopted, refused = cache.adopt(odd, notes)
    assert adopted == {lc(1): "CRC64NVME"}
    assert refused[notes.name][0].startswith("The name of \ufffd.fits leads to no file ")
    again = Provenance(cache.root.parent / "copies")
    assert again.of_path(str(odd)) == cache.copy(odd)


def test_where_there_is_no_room_nothing_is_noted(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = cache.light_curve()

    def full(copy: Copy) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.index, "add", full)
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    assert "cannot be noted: No space left on device" in refused[lc(1)][0]


def test_what_takes_long_is_gone_on_with(cache: Cache) -> None:
    """Each time at least one file is read."""
    paths = [str(cache.light_curve(tic)[0]) for tic in (1, 2, 3)]
    for count in range(3):
        adopter = Adopter(cache.index, str(cache.root), cache.buckets(), seconds=0.0)
        answer = adopter.adopt(paths[count:])
        assert [one["absolute"] for one in answer["adopted"]] == [paths[count]]
        assert (answer["refused"], answer["left"]) == ([], paths[count + 1 :])


def test_archives_that_are_away_are_waited_for_at_once(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = cache.light_curve()
    cache.archives = [*cache.archives, cache.archives[0].model_copy(update={"id": "b"})]
    buckets = cache.buckets()
    at_once = []
    together = buckets.together

    def count(ask: Any, items: Any) -> Any:
        at_once.append(len(items))
        return together(ask, items)

    monkeypatch.setattr(buckets, "together", count)
    files = [{"absolute": str(path), "size": len(BODY)}]
    (one,) = tell_of_cached(cache.index, files, buckets)
    assert (one["archive"], one["standing"]) == ("a", "adoptable")
    assert at_once == [2, 1]


def test_a_server_that_stops_reads_no_further(cache: Cache) -> None:
    path, _ = cache.light_curve()
    cache.stop.set()
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    assert "stopping" in refused[lc(1)][0]


# Whatever happens meanwhile


def test_what_is_being_written_to_is_left_alone(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change that comes at once after another has the same time: that is waited for."""
    path, _ = cache.light_curve()
    slept = []
    sleep = time.sleep

    def rest(seconds: float) -> None:
        slept.append(seconds)
        sleep(0.001)
        path.write_bytes(BODY)

    # The archive may take its time before.
    monkeypatch.setattr(adopting, "_GRAIN", 2.0)
    monkeypatch.setattr(time, "sleep", rest)
    path.touch()
    adopted, refused = cache.adopt(path)
    assert adopted == {}
    assert refused[lc(1)] == (
        f"{lc(1)} is being written to. Try again when that has ended.",
        False,
    )
    monkeypatch.undo()
    assert slept
    assert min(slept) >= 2.0
    assert cache.adopt(path)[1] == {}


class Meanwhile(threading.Event):
    """Does something when it is asked for the third time, which is while a file is read."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self._act = act
        self._asked = 0

    def is_set(self) -> bool:
        self._asked += 1
        if self._asked == 3:
            self._act()
        return super().is_set()


Change = Callable[[Path], None]


def nothing(path: Path) -> None:
    pass


def edited_in_place(path: Path) -> None:
    """Of the same size, and its modification time put back."""
    before = path.stat()
    with path.open("r+b") as file:
        file.seek(before.st_size // 2)
        (byte,) = file.read(1)
        file.seek(before.st_size // 2)
        file.write(bytes([byte ^ 1]))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def edited_and_put_back(path: Path) -> None:
    body = path.read_bytes()
    edited_in_place(path)
    path.write_bytes(body)


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def replaced(path: Path) -> None:
    before = path.stat()
    new = path.with_name("new")
    new.write_bytes(b"n" * before.st_size)
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.rename(path)


def replaced_by_the_same(path: Path) -> None:
    new = path.with_name("new")
    new.write_bytes(path.read_bytes())
    new.rename(path)


def exchanged_for_a_link(path: Path) -> None:
    kept = path.with_name("kept")
    path.rename(kept)
    path.symlink_to(kept)


def touched(path: Path) -> None:
    path.touch()


def gone(path: Path) -> None:
    path.unlink()


CHANGES: list[Change] = [
    *(nothing, edited_in_place, edited_and_put_back, grown, cut, replaced, replaced_by_the_same),
    *(exchanged_for_a_link, touched, gone),
]
#: After which a file has its bytes still.
HARMLESS = (nothing, edited_and_put_back, replaced_by_the_same, touched)

MOMENTS = ("before", "asked", "read", "compared", "after")


def changes(path: Path, faulty: Faulty, what: Sequence[Change], archive: bytes | None) -> None:
    with contextlib.suppress(OSError):
        for one in what:
            one(path)
    if archive is not None:
        faulty.put(lc_key(1), archive)


@settings(
    max_examples=1500 if FULL else 120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    kind=st.sampled_from(list(KINDS)),
    what=st.lists(st.sampled_from(CHANGES), max_size=2),
    moment=st.sampled_from(MOMENTS),
    newer=st.sampled_from([None] * 4 + [BODY[::-1], b"n" * len(BODY), BODY[:5120]]),
)
def test_a_copy_has_always_the_bytes_of_its_object(
    faulty: Faulty, kind: str, what: list[Change], moment: str, newer: bytes | None
) -> None:
    with cache_of(faulty) as cache, pytest.MonkeyPatch.context() as patch:
        patch.setattr(checksums, "PIECE", 2000)
        path, _ = cache.light_curve(**KINDS[kind][0])
        versions = {faulty.objects[lc_key(1)].etag: BODY}
        done = False

        def act(now: str) -> None:
            nonlocal done
            if now == moment and not done:
                done = True
                changes(path, faulty, what, newer)
                versions[faulty.objects[lc_key(1)].etag] = faulty.objects[lc_key(1)].body

        def asked(request: Any, answer: Any) -> None:
            if request.method == "HEAD":
                act("asked")

        compare = adopting.compare

        def compared(*arguments: Any) -> Any:
            found = compare(*arguments)
            act("compared")
            return found

        faulty.fault = asked
        patch.setattr(adopting, "compare", compared)
        cache.stop = Meanwhile(lambda: act("read"))
        act("before")
        adopted, refused = cache.adopt(path)
        faulty.fault = None
        act("after")
        assert len(adopted) + len(refused) == 1
        copy = cache.index.of_path(str(path))
        assert (copy is not None) == bool(adopted)
        if copy is None:
            is_harmless = all(one in HARMLESS for one in what)
            # What happens while it is read, makes it stay what it is; all else is only seen.
            if newer is None and is_harmless:
                assert moment in ("asked", "read", "compared"), refused
                assert any(one is not nothing for one in what), refused
            if moment == "after":
                raise AssertionError(refused)
            return
        with contextlib.suppress(OSError):
            if standing_of(copy, path.lstat()) == "unchanged":
                assert path.read_bytes() == versions[copy.etag]
        if moment != "after":
            assert path.read_bytes() == versions[copy.etag]
