"""A home is measured where nothing can be written: it is what one needs then."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.mounts import among_own_mounts

_HEAD = """
    import time
    from pathlib import Path
    from jupyterlab_mast.lease import UsualPace
    from jupyterlab_mast.quota import accountant
    from jupyterlab_mast.quota.interface import usages_in
    from jupyterlab_mast.quota.usage import Usage, read_usages
    from jupyterlab_mast.quota.walk import measure

    accountant.LOOK_SECONDS = 0.05
    disk, home, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    data = disk / "data"
    mount("-t", "tmpfs", "-o", "size=256k", "none", str(disk))
    data.mkdir()

    def until(condition):
        end = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < end, "it did not come about in time"
            time.sleep(0.01)

    def break_it():
        if how == "full":
            with open(disk / "fill", "wb", buffering=0) as file:
                try:
                    while file.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
        elif how == "read-only":
            mount("-o", "remount,ro", str(disk))

    def mend_it():
        if how == "full":
            (disk / "fill").unlink()
        elif how == "read-only":
            mount("-o", "remount,rw", str(disk))

    def start(seconds=0.1):
        one = accountant.Accountant(
            data,
            [Usage("home", "Home", str(home), limit=10_000_000)],
            accountant.Settings(seconds, seconds, again=0),
            lambda: None,
            UsualPace(stale=0.5, beat=0.1),
        )
        one.start()
        return one

    def tells_all(one):
        (usage,) = one.snapshot()
        right = usage.allocated == measure(home).sums.allocated
        return right and usage.measured is not None and usage.problem is None

    def is_published():
        found = read_usages(usages_in(data))
        return [usage.allocated for usage in found] == [measure(home).sums.allocated]
"""


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A disk for the data folder, and a home."""
    disk, home = tmp_path / "disk", tmp_path / "home"
    disk.mkdir()
    (home / "a").mkdir(parents=True)
    (home / "a" / "one.fits").write_bytes(b"x" * 100_000)
    return disk, home


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_what_was_never_counted_is_counted(places: tuple[Path, Path], how: str) -> None:
    """Its folders are told too, and it is kept as soon as that can be."""
    code = """
    break_it()
    one = start()
    until(lambda: tells_all(one))
    names = [entry["name"] for entry in one.folder("home", b"")["entries"]]
    (home / "a" / "two.fits").write_bytes(b"x" * 100_000)
    until(lambda: tells_all(one))
    kept = is_published()
    mend_it()
    until(is_published)
    one.close()
    tell([names, kept])
    """
    assert among_own_mounts(_HEAD + code, *places, how) == [["a"], False]


def test_what_cannot_be_written_any_more_does_not_end_the_measuring(
    places: tuple[Path, Path],
) -> None:
    """The right to measure is lost with the disk; nobody else has it."""
    code = """
    one = start()
    until(is_published)
    break_it()
    # Longer than the right to measure lasts that cannot be renewed.
    for number in range(20):
        (home / "a" / f"{number}.fits").write_bytes(b"x" * 10_000)
        until(lambda: tells_all(one))
        time.sleep(0.1)
    mend_it()
    until(is_published)
    one.close()
    tell("done")
    """
    assert among_own_mounts(_HEAD + code, *places, "read-only") == "done"


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_one_of_two_goes_on_when_it_can_be_written_again(
    places: tuple[Path, Path], how: str
) -> None:
    """Until then each measures for its own server."""
    code = """
    break_it()
    two = [start(), start()]
    until(lambda: all(map(tells_all, two)) and all(one.measures for one in two))
    mend_it()
    until(lambda: sorted(one.measures for one in two) == [False, True])
    (home / "a" / "two.fits").write_bytes(b"x" * 100_000)
    until(lambda: all(map(tells_all, two)) and is_published())
    for one in two:
        one.close()
    tell("done")
    """
    assert among_own_mounts(_HEAD + code, *places, how) == "done"


#: Writes a file of 1 MiB below the home under a reservation, and is killed.
_COPY = """
import os, signal, sys
from pathlib import Path
from jupyterlab_mast.files import Folders
from jupyterlab_mast.quota.interface import HomeQuota

data, folder = map(Path, sys.argv[1:])
quota = HomeQuota(data)
quota.reserve("copy", str(folder), 1 << 20)
(folder / "copied.fits").write_bytes(b"x" * (1 << 20))
quota.wrote("copy", 1 << 20, Folders(alone=(str(folder),)))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_copy_has_written_counts_until_that_is_published(
    places: tuple[Path, Path],
) -> None:
    code = """
    from jupyterlab_mast.quota.interface import HomeQuota

    one = start(600)
    until(is_published)
    before = HomeQuota(data).space(str(home)).used
    subprocess.run([sys.executable, "-c", sys.argv[4], str(data), str(home / "a")])
    written = list((data / "quota").glob("reserved-*"))
    break_it()
    one.hint([str(home / "a" / "copied.fits")], 20)
    seen = tells_all(one)
    used = HomeQuota(data).space(str(home)).used
    mend_it()
    one.refresh()
    until(lambda: is_published() and not any(path.exists() for path in written))
    one.close()
    tell([len(written), seen, used - before])
    """
    assert among_own_mounts(_HEAD + code, *places, "full", _COPY) == [1, True, 1 << 20]
