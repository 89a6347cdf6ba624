"""Where the space is: folders, large files and kinds, over a real tree."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.trees import chain
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mast.errors import RequestError
from jupyterlab_mast.quota.kinds import Kind, kind_of_folder, kind_of_path
from jupyterlab_mast.quota.names import id_of, path_of
from jupyterlab_mast.quota.places import Places, UnknownFolder
from jupyterlab_mast.quota.walk import measure
from jupyterlab_mast.transfers.interface import Copy, Provenance

MB = 1 << 20


def write(path: Path, size: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def copied(path: Path, provenance: Provenance) -> None:
    size = path.stat().st_size
    provenance.add(Copy(str(path), "mast", "https://b", path.name, '"e"', size, 1.0))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    write(home / "hst" / "a" / "one.fits", 3 * MB)
    write(home / "hst" / "a" / "two.fits", 2 * MB)
    write(home / "hst" / "small.txt", 5_000)
    write(home / "work" / "a.ipynb", 70_000)
    write(home / "work" / "big.ipynb", 2 * MB)
    write(home / "work" / ".ipynb_checkpoints" / "a-checkpoint.ipynb", 70_000)
    write(home / ".cache" / "pip" / "wheel", 4 * MB)
    write(home / ".astropy" / "cache" / "download", MB)
    write(home / ".local" / "share" / "Trash" / "files" / "old.fits", MB)
    write(home / "mastDownload" / "HST" / "x" / "x_raw.fits", MB)
    os.link(home / "hst" / "a" / "one.fits", home / "hst" / "again.fits")
    (home / "work" / "loop").symlink_to(home)
    return home


@pytest.fixture
def places(home: Path, tmp_path: Path) -> Places:
    provenance = Provenance(tmp_path / "copies")
    copied(home / "hst" / "a" / "two.fits", provenance)
    # One that is no longer there.
    gone = write(home / "hst" / "a" / "gone.fits", 2 * MB)
    copied(gone, provenance)
    gone.unlink()
    return Places(str(home), measure(home), provenance)


def test_a_folder_says_what_is_in_it_the_largest_first(home: Path, places: Places) -> None:
    found = places.folder(b"")
    sums = measure(home).sums
    assert found["folder"]["allocated"] == sums.allocated
    assert found["folder"]["files"] == sums.files
    sizes = [entry["allocated"] for entry in found["entries"]]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) + found["rest_allocated"] == sums.allocated
    assert sum(entry["files"] for entry in found["entries"]) + found["rest_files"] == sums.files
    assert found["parents"] == []
    inner = places.folder(b"hst/a")
    assert [entry["name"] for entry in inner["entries"]] == ["one.fits", "two.fits"]
    assert [one["id"] for one in inner["parents"]] == ["", "hst"]


def test_of_a_folder_all_files_are_told_where_that_is_asked_for(home: Path, places: Places) -> None:
    found = places.folder(b"hst", all_files=True)
    assert {entry["name"] for entry in found["entries"]} == {"a", "again.fits", "small.txt"}
    assert (found["rest_files"], found["rest_allocated"]) == (0, 4096)


def test_kinds(places: Places) -> None:
    kinds = {one["kind"]: one["allocated"] for one in places.folder(b"")["kinds"]}
    assert 2 * MB <= kinds["copies"] < 2 * MB + 8192  # the one that is still there
    assert kinds["notebooks"] >= 2 * MB + 70_000
    assert kinds["checkpoints"] >= 70_000
    assert kinds["environments"] >= 4 * MB
    assert 2 * MB <= kinds["archive-caches"] < 2.2 * MB
    assert kinds["trash"] >= MB
    assert list(kinds.values()) == sorted(kinds.values(), reverse=True)
    of = {entry["name"]: entry["kind"] for entry in places.folder(b"")["entries"]}
    assert of[".cache"] == "environments"
    assert of["mastDownload"] == "archive-caches"
    assert of["work"] == "notebooks"


def test_large_files(places: Places) -> None:
    found = places.files("largest", 3)
    assert [entry["name"] for entry in found][:1] == ["wheel"]
    assert len(found) == 3
    oldest = places.files("oldest", 100)
    times = [entry["modified"] for entry in oldest]
    assert times == sorted(times)
    of = {entry["name"]: entry["kind"] for entry in oldest}
    assert (of["two.fits"], of["big.ipynb"]) == ("copies", "notebooks")


@pytest.fixture
def many(home: Path, tmp_path: Path) -> Places:
    """A folder of 50 copies from 1 MiB on; the smaller ones are older."""
    provenance = Provenance(tmp_path / "copies")
    for number in range(50):
        path = home / "tess" / f"{number}.fits"
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, MB + 4096 * number)
        os.utime(path, (number, number))
        copied(path, provenance)
    write(home / "tess" / "small.txt", 5000)
    return Places(str(home), measure(home), provenance)


def test_of_a_folder_all_large_files_are_told(many: Places) -> None:
    found = many.folder(b"tess")
    names = [entry["name"] for entry in found["entries"]]
    assert names == [f"{number}.fits" for number in reversed(range(50))]
    assert {entry["kind"] for entry in found["entries"]} == {"copies"}
    assert found["rest_files"] == 1
    assert 5000 <= found["rest_allocated"] < 2 * 8192 + 4096
    copies = next(one for one in found["kinds"] if one["kind"] == "copies")
    assert copies == {
        "kind": "copies",
        "allocated": sum(MB + 4096 * number for number in range(50)),
        "files": 50,
    }


def test_a_folder_that_takes_long_is_told_of_as_it_was_counted(
    home: Path, many: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {f"{number}.fits" for number in (*range(8), *range(18, 50))}
    monkeypatch.setattr("jupyterlab_mast.quota.places.LOOK_SECONDS", -1)
    assert {entry["name"] for entry in many.folder(b"tess")["entries"]} == expected
    monkeypatch.undo()
    shutil.rmtree(home / "tess")
    assert {entry["name"] for entry in many.folder(b"tess")["entries"]} == expected


def test_of_a_folder_the_largest_and_the_oldest_files_are_listed(many: Places) -> None:
    largest = [entry["name"] for entry in many.files("largest", 1000)]
    assert {f"{number}.fits" for number in range(18, 50)} < set(largest)
    oldest = [entry["name"] for entry in many.files("oldest", 8)]
    assert oldest == [f"{number}.fits" for number in range(8)]


def test_a_folder_that_is_not_there(places: Places) -> None:
    with pytest.raises(UnknownFolder):
        places.folder(b"nowhere")


def test_the_size_of_a_folder_and_what_its_removal_frees(home: Path, tmp_path: Path) -> None:
    """Each file counts once; one with a name elsewhere stays."""
    inner = home / "linked"
    for name in ("both", "elsewhere"):
        write(inner / "deep" / name, 100_000)
    os.link(inner / "deep" / "both", inner / "both again")
    os.link(inner / "deep" / "elsewhere", home / "elsewhere")
    places = Places(str(home), measure(home), Provenance(tmp_path / "provenance"))
    du = subprocess.run(["du", "-s", "-B1", str(inner)], capture_output=True, check=True)
    allocated = int(du.stdout.split()[0])
    stays = (home / "elsewhere").stat().st_blocks * 512
    assert places.size(b"linked") == (allocated, allocated - stays)


def test_the_size_of_a_folder_that_was_not_counted_to_its_end(home: Path, tmp_path: Path) -> None:
    write(home / "new" / "deep" / "file", 100_000)
    tree = measure(home)
    tree.drop(b"new/deep")
    places = Places(str(home), tree, Provenance(tmp_path / "provenance"))
    for path in (b"new", b"nowhere"):
        with pytest.raises(UnknownFolder):
            places.size(path)
    # Where something is mounted nothing is to be counted.
    tree.mounts = frozenset([b"new/deep"])
    assert places.size(b"new")[0] == (home / "new").stat().st_blocks * 512


def test_folders_that_could_not_be_read_are_named(home: Path, tmp_path: Path) -> None:
    for number in range(25):
        (home / "private" / f"{number:02}").mkdir(parents=True)
    tree = measure(home)
    for record in list(tree.records()):
        if record.path.startswith(b"private/") or record.path == b"hst/a":
            tree.put(record._replace(error=errno.EACCES))
    places = Places(str(home), tree, Provenance(tmp_path / "copies"))
    names = ["hst/a", *(f"private/{number:02}" for number in range(19))]
    found = places.folder(b"")["unreadable"]
    assert [one["name"] for one in found] == names
    assert [path_of(one["id"]) for one in found] == [name.encode() for name in names]
    assert [one["name"] for one in places.folder(b"hst")["unreadable"]] == ["hst/a"]
    assert places.folder(b"work")["unreadable"] == []


def test_names_that_are_no_text(home: Path, tmp_path: Path) -> None:
    odd = os.path.join(os.fsencode(home), b"caf\xe9 %41?#")
    os.mkdir(odd)
    with open(os.path.join(odd, b"\xff.fits"), "wb") as file:
        file.write(b"x" * 2 * MB)
    places = Places(str(home), measure(home), Provenance(tmp_path / "copies"))
    (entry,) = (one for one in places.folder(b"")["entries"] if one["name"].startswith("caf"))
    inner = places.folder(path_of(entry["id"]))
    assert [one["name"] for one in inner["entries"]] == ["\ufffd.fits"]
    assert path_of(inner["entries"][0]["id"]) == b"caf\xe9 %41?#/\xff.fits"


@given(st.lists(st.binary(min_size=1).filter(lambda part: not {47, 0} & set(part)), max_size=5))
def test_every_path_has_an_id_and_no_id_leads_out(parts: list[bytes]) -> None:
    path = b"/".join(parts)
    if {b".", b".."} & set(parts):
        with pytest.raises(RequestError):
            path_of(id_of(path))
    else:
        assert path_of(id_of(path)) == path


@pytest.mark.parametrize(
    "name", ["..", "a/../b", "/etc", "a//b", "a/", ".", "%2e%2e", "a%00", "a/%2E"]
)
def test_hostile_ids(name: str) -> None:
    with pytest.raises(RequestError):
        path_of(name)


@pytest.mark.parametrize("trash", ["Trash", "xdg/Trash"])
def test_the_trash_is_known_wherever_it_lies(tmp_path: Path, trash: str) -> None:
    home = tmp_path / "home"
    for name in ("old.fits", "mastDownload/old.fits", ".cache/pip/wheel", "a.ipynb", "old/b.ipynb"):
        write(home / trash / "files" / name, MB)
    copied(home / trash / "files" / "old.fits", provenance := Provenance(tmp_path / "copies"))
    write(home / f"{trash}-2" / "mine.fits", 2 * MB)
    places = Places(str(home), measure(home), provenance, os.fsencode(trash))
    assert places.kinds()["trash"][1] == 5
    assert {kind: files for kind, (_, files) in places.kinds().items() if files} == {
        "trash": 5,
        "other": 1,
    }
    assert places.folders_with_files("archive-caches") == []
    assert {one["kind"] for one in places.files("largest", 10)} == {"trash", "other"}


def test_what_lies_thousands_of_levels_deep_is_told_of_as_other_things_are(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write(home / "mine", 3 * MB)
    (home / "mastDownload").mkdir()
    levels = 3000
    with chain(home / "mastDownload", levels, size=2 * MB):
        tree = measure(home)
    deep = b"mastDownload" + b"/a" * levels

    def places() -> Places:
        return Places(str(home), tree, Provenance(tmp_path / "copies"))

    large = places().files("largest", 10)
    assert [one["id"] for one in large] == ["mine", id_of(deep + b"/file")]
    assert [one["kind"] for one in large] == ["other", "archive-caches"]
    assert places().folders_with_files("archive-caches") == [deep]
    found = places().folder(deep)
    assert (found["folder"]["kind"], len(found["parents"])) == ("archive-caches", levels + 1)


@given(st.lists(st.sampled_from([b"Trash", b"share", b".cache", b"astropy", b"x", b"envs"])))
def test_what_is_in_the_trash_stays_trash(parts: list[bytes]) -> None:
    kind, outer = "trash", b"share"
    for part in parts:
        kind, outer = kind_of_folder(part, outer, kind), part
        assert kind == "trash"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("work/mastDownload/HST", "archive-caches"),
        ("crds_cache/references/hst", "archive-caches"),
        (".lightkurve", "archive-caches"),
        (".lightkurve-cache/mastDownload/TESS", "archive-caches"),
        (".lightkurve_cache", "archive-caches"),
        (".cache/lightkurve", "archive-caches"),
        (".cache/astropy/download/url", "archive-caches"),
        (".astropy/cache/download", "archive-caches"),
        (".eleanor/tesscut", "archive-caches"),
        (".cache/pip/http", "environments"),
        (".astropy/config", "other"),
        ("lightkurve", "other"),
        ("cache/astropy", "other"),
        ("work/__pycache__", "environments"),
        ("work/node_modules/a/.cache", "environments"),
        ("lib/python3.12/site-packages/astropy", "environments"),
        ("work/.venv/lib", "environments"),
        ("work/venv", "environments"),
        ("miniconda3/envs/a/lib", "environments"),
        ("anaconda3", "environments"),
        ("miniforge3/pkgs", "environments"),
        ("mambaforge", "environments"),
        ("micromamba", "environments"),
        ("opt/envs/a", "environments"),
        ("opt/pkgs/a", "environments"),
        (".conda", "environments"),
        (".mamba", "environments"),
        (".pixi", "environments"),
        (".npm/_cacache", "environments"),
        (".yarn", "environments"),
        (".cargo/registry", "environments"),
        (".rustup", "environments"),
        (".julia/packages", "environments"),
        (".local/lib/python3.12", "environments"),
        ("lib", "other"),
        ("work/.ipynb_checkpoints", "checkpoints"),
        (".local/share/Trash/files/mastDownload", "trash"),
        ("share/Trash", "trash"),
        ("Trash", "other"),
        (".Trash/1000", "trash"),
        (".Trash-1000/files/venv", "trash"),
        (".Trashed", "other"),
        (".local/share", "other"),
        ("", "other"),
    ],
)
def test_the_kind_of_what_lies_somewhere(path: str, kind: Kind) -> None:
    assert kind_of_path(path.encode()) == kind
