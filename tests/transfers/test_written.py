"""Which folders a copy writes into: told in few words, and to all who must know."""

from __future__ import annotations

import random
import time

import pytest
from helpers.faulty import Faulty
from helpers.home import Home, Worker, until

from jupyterlab_mast.files import Folders
from jupyterlab_mast.quota.interface import usages_in
from jupyterlab_mast.quota.reservations import Reservations
from jupyterlab_mast.quota.usage import Usage, write_usages
from jupyterlab_mast.transfers.written import MOST, WrittenFolders

TOP = "/home/me"


def told(*folders: str) -> Folders:
    """What is told after something was written into each."""
    written = WrittenFolders(TOP)
    for folder in folders:
        written.add(folder)
    return written.told()


def test_few_folders_are_told_one_by_one() -> None:
    assert told() == Folders()
    assert told(TOP, f"{TOP}/b", f"{TOP}/a", TOP) == Folders((TOP, f"{TOP}/a", f"{TOP}/b"))


def test_of_many_the_latest_are_told_and_for_the_others_what_holds_them() -> None:
    folders = [f"{TOP}/hst/{number // 100}/{number}" for number in range(2000)]
    found = told(f"{TOP}/tess/s0001", *folders)
    assert set(found.alone) == set(folders[-MOST:])
    assert len(found.whole) <= MOST
    assert all(found.hold(f"{folder}/a.fits") for folder in folders)
    # The deepest that do.
    assert f"{TOP}/tess/s0001" in found.whole
    for other in (TOP, f"{TOP}/hst", f"{TOP}/tess", f"{TOP}/jwst/1"):
        assert not found.hold(f"{other}/a.fits")


def test_nothing_above_the_target_is_told() -> None:
    folders = [f"{TOP}/{number}" for number in range(3 * MOST)]
    found = told(*folders)
    assert found.whole == (TOP,)
    assert all(found.hold(f"{folder}/a.fits") for folder in folders)


@pytest.mark.parametrize("limited", [True, False])
def test_a_copy_to_the_home_says_into_which_folders_it_writes(
    home: Home, faulty: Faulty, limited: bool
) -> None:
    if limited:
        now = time.time()
        root = Usage("home", "Home", str(home.root), limit=10**9, measured=now, refreshed=now)
        write_usages(usages_in(home.data), [root])
    body = random.Random(1).randbytes(5 << 20)
    for number in range(4):
        faulty.put(f"hst/public/x{number}/a.fits", body)
    faulty.allowance = 1 << 20
    worker = Worker(home, home.request(target=str(home.root), layout="archive"))
    assert faulty.halted.wait(10)
    reservations = Reservations(home.data / "quota")

    def says_where() -> bool:
        targets, into = reservations.at_work()
        assert set(targets) <= {str(home.root)}
        return bool(into.alone)

    until(says_where)
    _, into = reservations.at_work()
    public = home.root / "hst/public"
    assert set(into.alone) <= {str(public / f"x{number}") for number in range(4)}
    assert into.whole == ()
    # One that was killed may have written elsewhere since it said so.
    worker.kill()
    if limited:
        standing = reservations.by_root()[str(home.root)]
        assert standing.where == Folders(whole=(str(home.root),))
    assert reservations.at_work() == ([], Folders())


def test_a_copy_to_a_new_folder_says_so(home: Home, faulty: Faulty) -> None:
    faulty.put("hst/public/x/a.fits", random.Random(1).randbytes(5 << 20))
    faulty.allowance = 1 << 20
    transfers = home.transfers()
    target = home.root / "new" / "deep"
    transfers.create(home.request(target=str(target)))
    assert faulty.halted.wait(10)
    targets, _ = Reservations(home.data / "quota").at_work()
    assert targets == [str(target)]
