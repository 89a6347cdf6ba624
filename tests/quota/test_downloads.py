"""Files that the field's programs have downloaded: listed, and taken for copies, by a server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest
from helpers.faulty import Faulty
from helpers.home import archive_at
from helpers.mounts import table_of
from helpers.quotaserver import Ask, Json, home, is_counted
from tornado.httpclient import HTTPClientError
from traitlets.config import Config

from jupyterlab_mast.errors import RequestError
from jupyterlab_mast.missions import tess_prefix
from jupyterlab_mast.quota import listings
from jupyterlab_mast.quota.cached import cached
from jupyterlab_mast.quota.listings import Listings
from jupyterlab_mast.quota.manager import QuotaManager
from jupyterlab_mast.quota.models import AdoptRequest, CachesQuery
from jupyterlab_mast.quota.names import path_of
from jupyterlab_mast.quota.places import Places
from jupyterlab_mast.quota.service import QuotaService
from jupyterlab_mast.quota.tree import Tree
from jupyterlab_mast.quota.walk import measure
from jupyterlab_mast.transfers.interface import Copy, Provenance

BODY = bytes(range(256)) * 8000


# What there is


def write(path: Path, size: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


class Home:
    """A root, and what is known of copies in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "home"
        self.root.mkdir()
        self.index = Provenance(folder / "copies")
        self.listings = Listings()

    def note(self, path: Path) -> None:
        found = path.stat()
        times = {"mtime_ns": found.st_mtime_ns, "ctime_ns": found.st_ctime_ns}
        self.index.add(
            Copy(
                *(str(path), "a", "https://b", path.name, '"e"', found.st_size, 1.0),
                inode=found.st_ino,
                **times,
            )
        )

    def pages(
        self, limit: int = 100, seconds: float = 60.0, tree: Tree | None = None
    ) -> list[list[Json]]:
        places = Places(str(self.root), tree or measure(self.root), self.index)
        found, after = [], b""
        while True:
            page = cached(str(self.root), places, self.index, after, limit, seconds, self.listings)
            found.append(page["files"])
            if page["next"] is None:
                return found
            assert os.path.split(path_of(page["next"])) > os.path.split(after)
            after = path_of(page["next"])

    def names(self, limit: int = 100, seconds: float = 60.0, tree: Tree | None = None) -> list[str]:
        return [
            os.path.relpath(one["absolute"], self.root)
            for page in self.pages(limit, seconds, tree)
            for one in page
        ]


@pytest.fixture
def kept(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_files_in_caches_are_listed(kept: Home, tmp_path: Path) -> None:
    root = kept.root
    for name in (
        *(".astropy/cache/download/url/0a/contents", ".lightkurve/cache/mastDownload/TESS/a/b"),
        *("crds_cache/references/hst/x.fits", "work/mastDownload/HST/a/a.fits"),
        "work/mastDownload/HST/a-b/c.fits",
    ):
        write(root / name)
    write(root / "work" / "mine.fits")
    write(root / ".local/share/Trash/files/mastDownload/HST/a/old.fits")
    # What one of our copies has got so far.
    write(root / "work/mastDownload/HST/a/.mast-0123456789ab-0.part")
    assert kept.names() == [
        ".astropy/cache/download/url/0a/contents",
        ".lightkurve/cache/mastDownload/TESS/a/b",
        "crds_cache/references/hst/x.fits",
        "work/mastDownload/HST/a/a.fits",
        "work/mastDownload/HST/a-b/c.fits",
    ]


def test_files_in_what_is_mounted_are_not_listed(
    kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they were counted before that was mounted."""
    write(kept.root / "mastDownload" / "a.fits")
    write(kept.root / "team" / "mastDownload" / "b.fits")
    tree = measure(kept.root)
    assert kept.names(tree=tree) == ["mastDownload/a.fits", "team/mastDownload/b.fits"]
    table_of(monkeypatch, tmp_path)([kept.root / "team"])
    assert kept.names(tree=tree) == ["mastDownload/a.fits"]


def test_copies_that_nobody_touched_are_none(kept: Home) -> None:
    known, touched = (write(kept.root / "mastDownload" / name) for name in ("a", "b"))
    kept.note(known)
    kept.note(touched)
    touched.write_bytes(b"y" * 10)
    assert kept.names() == ["mastDownload/b"]


def test_no_link_is_followed(kept: Home, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "TESS" / "a.fits").parent.parent
    folder = write(kept.root / "mastDownload" / "HST" / "real.fits").parent.parent
    (folder / "TESS").symlink_to(outside / "TESS")
    (folder / "link.fits").symlink_to(outside / "TESS" / "a.fits")
    os.mkfifo(folder / "pipe.fits")
    assert kept.names() == ["mastDownload/HST/real.fits"]
    # One on the way that came after the count.
    places = Places(str(kept.root), measure(kept.root), kept.index)
    folder.rename(kept.root / "moved")
    write(outside / "HST" / "real.fits")
    folder.symlink_to(outside)
    assert cached(str(kept.root), places, kept.index, b"", 9) == {"files": [], "next": None}


def test_sizes(kept: Home) -> None:
    path = write(kept.root / "mastDownload" / "a", 5000)
    ((one,),) = kept.pages()
    assert one == {"absolute": str(path), "size": 5000, "allocated": path.stat().st_blocks * 512}
    # What has another name frees nothing.
    os.link(path, kept.root / "again")
    ((one,),) = kept.pages()
    assert (one["size"], one["allocated"]) == (5000, 0)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
@pytest.mark.parametrize("seconds", [60.0, 0.0])
def test_pages_have_each_file_once(kept: Home, limit: int, seconds: float) -> None:
    folder = kept.root / "mastDownload"
    for name in ("a/b/c", "a/b", "a", "a-b", "a.b", "z"):
        for number in range(3):
            path = write(folder / name / f"{number}.fits")
            if number == 1:
                kept.note(path)
    odd = os.fsencode(folder) + b"/caf\xe9"
    os.mkdir(odd)
    Path(os.fsdecode(odd + b"/\xff.fits")).write_bytes(b"x")
    # Behind a folder's own files.
    write(folder / "a" / "x")
    names = kept.names()
    assert len(names) == 14
    assert sorted(names, key=lambda name: os.path.split(os.fsencode(name))) == names
    assert kept.names(limit, seconds) == names
    if seconds:
        sizes = [len(page) for page in kept.pages(limit)]
        assert sizes == [limit] * (14 // limit) + [14 % limit] * (14 % limit > 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="a file is given to somebody else")
def test_files_of_somebody_else_are_none(kept: Home) -> None:
    write(kept.root / "mastDownload" / "mine")
    os.chown(write(kept.root / "mastDownload" / "theirs"), 12345, -1)
    assert kept.names() == ["mastDownload/mine"]


def test_a_large_folder_is_listed_once(kept: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kept.root / "mastDownload"
    for number in range(1000):
        write(folder / f"{number}.fits")
    asked: list[object] = []
    listdir = os.listdir

    def counted(path: Any) -> list[str]:
        asked.append(path)
        return cast("list[str]", listdir(path))

    monkeypatch.setattr(os, "listdir", counted)
    # It changed just now, so that it may change again without a sign of that.
    assert len(kept.names(limit=100)) == 1000
    assert len(asked) == 10
    asked.clear()
    monkeypatch.setattr(listings, "_YOUNG", 0)
    assert len(kept.names(limit=100)) == 1000
    assert len(asked) == 1
    # Another file is seen.
    write(folder / "a.fits")
    assert "mastDownload/a.fits" in kept.names(limit=100)


# By a server


def lc(tic: int) -> str:
    return f"tess2019198215352-s0014-{tic:016}-0150-s_lc.fits"


@pytest.fixture
def jp_server_config(jp_server_config: Config, jp_root_dir: Path, faulty: Faulty) -> Config:
    roots = [{"title": name, "prefix": f"{name}/public/"} for name in ("hst", "tess")]
    archive = archive_at(faulty.endpoint, roots=roots)
    jp_server_config["ServerApp"]["jpserver_extensions"] = {"jupyterlab_mast": True}
    jp_server_config["MastExtension"] = Config(
        quota_roots=[{"id": "home", "title": "Home", "path": str(jp_root_dir)}],
        archives=[archive.model_dump(mode="json", exclude={"index"})],
    )
    return jp_server_config


@pytest.fixture
def downloads(jp_root_dir: Path, faulty: Faulty) -> Path:
    """As astroquery leaves them; the first light curve twice, the second one cut off."""
    folder = jp_root_dir / "mastDownload"

    def put(path: Path, key: str, body: bytes = BODY) -> None:
        faulty.put(key, BODY)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    for tic, place in ((1, folder), (2, folder), (1, jp_root_dir / ".lightkurve/cache")):
        path = place / f"TESS/tess2019198215352-s0014-{tic:016}-0150-s" / lc(tic)
        body = BODY[:-4096] if tic == 2 else BODY
        put(path, tess_prefix(str(tic), 14) + lc(tic), body)
    member = "ibg705080/ibg705o8q_flt.fits"
    put(folder / "HST" / member, f"hst/public/ibg7/{member}")
    write(jp_root_dir / "crds_cache/references/hst/wfc3/4af1533ai_imp.fits", 3_000_000)
    return folder


async def counted(ask: Ask) -> None:
    """Wait until all files are counted."""
    await home(ask, is_counted)
    await ask("POST", "/actions", {"action": "rescan", "root": "home"})
    await home(ask, lambda root: is_counted(root) and root["files"] >= 5)


async def listed(ask: Ask, limit: int = 2) -> list[Json]:
    found, after = [], ""
    while after is not None:
        page = await ask(path="/home/caches", limit=limit, after=after)
        assert len(page["files"]) <= limit
        found += page["files"]
        after = page["next"]
    return found


async def test_downloads_become_copies(
    ask: Ask, downloads: Path, jp_root_dir: Path, faulty: Faulty
) -> None:
    await counted(ask)
    found = await listed(ask)
    told = {one["name"]: one for one in found if not one["id"].startswith(".lightkurve")}
    assert len(found) == len(told) + 1 == 5
    curve, short = told[lc(1)], told[lc(2)]
    member, reference = told["ibg705o8q_flt.fits"], told["4af1533ai_imp.fits"]
    assert [one["standing"] for one in (curve, short, member, reference)] == [
        *("adoptable", "different", "adoptable", "unknown")
    ]
    assert [one["shorter"] for one in (curve, short, member, reference)] == [
        *(False, True, False, False)
    ]
    assert (curve["archive"], curve["key"]) == ("a", tess_prefix("1", 14) + lc(1))
    assert curve["path"] == curve["id"]
    assert curve["size"] == len(BODY) <= curve["allocated"]
    assert reference["archive"] is reference["key"] is None
    assert (
        f"it has {len(BODY) - 4096} bytes, the archive's file has {len(BODY)}" in (short["message"])
    )
    # The file browser does not show it.
    (second,) = (one for one in found if one["id"].startswith(".lightkurve"))
    assert (second["path"], second["duplicate_of"]) == (None, None)

    before = (await ask(path="/home/folder"))["kinds"]
    answer = await ask(
        "POST", "/home/caches/adopt", {"entries": [one["id"] for one in (*told.values(), second)]}
    )
    assert {one["id"]: one["algorithm"] for one in answer["adopted"]} == {
        one["id"]: "CRC64NVME" for one in (curve, member, second)
    }
    assert {one["name"]: one["damaged"] for one in answer["refused"]} == {
        lc(2): True,
        "4af1533ai_imp.fits": False,
    }
    assert (jp_root_dir / curve["id"]).read_bytes() == BODY

    # They are copies like any other from now on.
    copies = (await ask(path="/home/copies"))["copies"]
    assert {one["id"]: (one["standing"], one["in_archive"], one["check"]) for one in copies} == {
        one["id"]: ("unchanged", "same", "checksum") for one in (curve, member, second)
    }
    assert [one["name"] for one in await listed(ask)] == ["4af1533ai_imp.fits", lc(2)]
    kinds = [
        {one["kind"]: (one["allocated"], one["files"]) for one in some}
        for some in (before, (await ask(path="/home/folder"))["kinds"])
    ]
    assert "copies" not in kinds[0]
    assert kinds[1]["copies"][1] == 3
    assert kinds[0]["archive-caches"][0] - kinds[1]["archive-caches"][0] == kinds[1]["copies"][0]
    assert kinds[0]["archive-caches"][1] - kinds[1]["archive-caches"][1] == 3

    # And may go: they can be fetched again.
    body = {"entries": [curve["id"], second["id"]], "freed": "20261127-143000-00000000"}
    gone = await ask("POST", "/home/copies/remove", body)
    assert len(gone["done"]) == 2
    assert not (jp_root_dir / curve["id"]).exists()
    assert all(one.listing or one.method == "HEAD" for one in faulty.asked)


async def test_duplicates_of_a_copy_are_named_and_go(
    ask: Ask, downloads: Path, jp_root_dir: Path
) -> None:
    await counted(ask)
    first, second = (one for one in await listed(ask) if one["name"] == lc(1))
    assert first["id"].startswith(".lightkurve")
    await ask("POST", "/home/caches/adopt", {"entries": [second["id"]]})
    (again,) = (one for one in await listed(ask) if one["name"] == lc(1))
    assert (again["id"], again["duplicate_of"]) == (first["id"], second["path"])
    await ask("POST", "/home/delete", {"entries": [again["id"]]})
    assert lc(1) not in {one["name"] for one in await listed(ask)}
    assert (jp_root_dir / second["id"]).exists()


async def test_a_copy_that_the_file_browser_does_not_show_is_named_in_full(
    ask: Ask, downloads: Path, jp_root_dir: Path
) -> None:
    await counted(ask)
    first, second = (one for one in await listed(ask) if one["name"] == lc(1))
    await ask("POST", "/home/caches/adopt", {"entries": [first["id"]]})
    (again,) = (one for one in await listed(ask) if one["name"] == lc(1))
    assert again["id"] == second["id"]
    assert again["duplicate_of"] == str(jp_root_dir / first["id"])


async def test_an_archive_that_is_away(ask: Ask, downloads: Path, faulty: Faulty) -> None:
    await counted(ask)
    faulty.fault = lambda asked, answer: answer.fail(503, "SlowDown")
    found = await listed(ask, 100)
    assert {one["name"]: one["standing"] for one in found} == {
        lc(1): "unchecked",
        lc(2): "unchecked",
        "ibg705o8q_flt.fits": "unchecked",
        "4af1533ai_imp.fits": "unknown",
    }
    answer = await ask("POST", "/home/caches/adopt", {"entries": [one["id"] for one in found]})
    assert answer["adopted"] == []
    assert not any(one["damaged"] for one in answer["refused"])


async def test_names_that_are_no_text(ask: Ask, downloads: Path, jp_root_dir: Path) -> None:
    odd = os.fsencode(jp_root_dir) + b"/caf\xe9"
    os.mkdir(odd)
    os.rename(downloads, odd + b"/mastDownload")
    write(Path(os.fsdecode(odd + b"/mastDownload/\xff.fits")))
    await counted(ask)
    found = {one["id"]: one for one in await listed(ask)}
    strange = found["caf%E9/mastDownload/%FF.fits"]
    assert (strange["name"], strange["path"], strange["standing"]) == (
        "\ufffd.fits",
        None,
        "unknown",
    )
    answer = await ask("POST", "/home/caches/adopt", {"entries": list(found)})
    inside = f"caf%E9/mastDownload/TESS/tess2019198215352-s0014-{1:016}-0150-s/{lc(1)}"
    assert inside in {one["id"] for one in answer["adopted"]}
    assert strange["id"] in {one["id"] for one in answer["refused"]}
    copies = (await ask(path="/home/copies"))["copies"]
    assert inside in {one["id"] for one in copies}


class _Roots:
    """All that is asked of the accountant's side where nothing is copied."""

    async def path_of(self, root: str) -> str:
        return "/home"


async def test_a_server_that_copies_nothing_tells_of_nothing() -> None:
    manager = cast(QuotaManager, _Roots())
    service = QuotaService(manager, "/data", lambda path: None, None, None)
    assert await service.cached_files("home", CachesQuery()) == {"files": [], "next": None}
    with pytest.raises(RequestError, match="does not copy") as refused:
        await service.adopt_cached("home", AdoptRequest(entries=["x"]))
    assert refused.value.kind == "not-found"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/home/caches/adopt", {"entries": []}, 400),
        ("/home/caches/adopt", {"entries": ["../x"]}, 400),
        ("/home/caches/adopt", {"entries": ["x"] * 101}, 400),
        ("/home/caches/adopt", {"entries": ["x"], "more": 1}, 400),
        ("/elsewhere/caches/adopt", {"entries": ["x"]}, 404),
    ],
)
async def test_what_is_refused(ask: Ask, path: str, body: Json, status: int) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask("POST", path, body)
    assert refused.value.code == status


@pytest.mark.parametrize("query", [{"after": "../x"}, {"limit": 0}, {"limit": 501}])
async def test_pages_that_are_refused(ask: Ask, query: dict[str, Any]) -> None:
    with pytest.raises(HTTPClientError) as refused:
        await ask(path="/home/caches", **query)
    assert refused.value.code == 400
