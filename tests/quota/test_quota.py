"""Room for copies: reservations, and the figures that the accountant publishes."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers.published import MB, publish
from helpers.reserving import Writers

from jupyterlab_mast import processes
from jupyterlab_mast.lease import clock
from jupyterlab_mast.quota import reservations
from jupyterlab_mast.quota.interface import HomeQuota, QuotaError, usages_in
from jupyterlab_mast.quota.notes import Notes, notes_in
from jupyterlab_mast.quota.reservations import BEAT, SILENT, Reservations
from jupyterlab_mast.quota.usage import Usage, read_usages, write_usages

#: More than any system has.
NO_PROCESS = 1 << 30
#: Host and boot of another machine.
ELSEWHERE = "another 8c1f0a52-0000-4000-8000-000000000000"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the published figures of ``publish``."""
    root = tmp_path / "home"
    root.mkdir()
    publish(tmp_path / "data", root)
    return root


@pytest.fixture
def quota(tmp_path: Path, home: Path) -> HomeQuota:
    return HomeQuota(tmp_path / "data")


# Room


def test_free_is_the_limit_less_used_reserved_and_reserve(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    assert quota.space(str(home)).free == 6 * MB
    publish(tmp_path / "data", home, reserve=MB)
    assert quota.space(str(home)).free == 5 * MB
    quota.reserve("a", str(home), 2 * MB)
    space = quota.space(str(home))
    assert (space.free, space.limit, space.used) == (3 * MB, 10 * MB, 6 * MB)
    assert (space.reserve, space.allowed) == (MB, space.free)
    quota.give_back("a")
    assert quota.space(str(home)).free == 5 * MB


def test_a_copy_that_does_not_fit_is_refused_with_the_numbers(home: Path, quota: HomeQuota) -> None:
    quota.reserve("a", str(home), 5 * MB)
    with pytest.raises(QuotaError) as refused:
        quota.reserve("b", str(home), 2 * MB)
    error = refused.value
    assert (error.planned, error.free, error.limit) == (2 * MB, MB, 10 * MB)
    quota.reserve("b", str(home), MB)


def test_a_copy_that_needs_nothing_is_never_refused(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notebooks have taken what others have reserved; and the disk is full."""
    quota.reserve("a", str(home), 5 * MB)
    publish(tmp_path / "data", home, allocated=8 * MB)
    quota.reserve("b", str(home), 0)
    with pytest.raises(QuotaError):
        quota.reserve("c", str(home), 1)
    break_writing(monkeypatch, errno.ENOSPC)
    quota.reserve("d", str(home), 0)


def test_a_soft_limit_refuses_what_the_disk_has_not(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    publish(tmp_path / "data", home, hard=False)
    found = os.statvfs(home)
    disk = found.f_bavail * found.f_frsize
    space = quota.space(str(home))
    # What is free is told by the limit all the same.
    assert (space.free, space.limit, space.used) == (6 * MB, 10 * MB, 4 * MB)
    assert space.allowed == pytest.approx(disk, rel=0.1)
    quota.reserve("a", str(home), 50 * MB)
    space = quota.space(str(home))
    assert space.free == 0
    assert space.allowed == pytest.approx(disk - 50 * MB, rel=0.1)
    with pytest.raises(QuotaError):
        quota.reserve("b", str(home), 2 * disk)


def test_over_the_limit_nothing_is_free(tmp_path: Path, home: Path, quota: HomeQuota) -> None:
    publish(tmp_path / "data", home, allocated=11 * MB)
    assert quota.space(str(home)).free == 0
    with pytest.raises(QuotaError):
        quota.reserve("a", str(home), 1)


@pytest.mark.parametrize("values", [{"limit": None}, {"limit": None, "measured": None}])
def test_without_a_limit_the_disk_counts(
    tmp_path: Path, home: Path, quota: HomeQuota, values: dict[str, object]
) -> None:
    publish(tmp_path / "data", home, **values)
    found = os.statvfs(home)
    space = quota.space(str(home))
    assert space.limit is None
    assert space.free == pytest.approx(found.f_bavail * found.f_frsize, rel=0.1)


def test_a_folder_outside_of_all_roots(tmp_path: Path, quota: HomeQuota) -> None:
    elsewhere = tmp_path / "home-of-another"
    elsewhere.mkdir()
    assert quota.space(str(elsewhere)).limit is None


def nest(data: Path, home: Path, outer: int | None, inner: int | None, **values: Any) -> Path:
    """A folder of the home that is a root too; both have been counted."""
    folder = home / "team"
    folder.mkdir(exist_ok=True)
    values = {"measured": time.time(), **values}
    write_usages(
        usages_in(data),
        [
            Usage("home", "Home", str(home), limit=outer, **values),
            Usage("team", "Team", str(folder), limit=inner, **values),
        ],
    )
    return folder


@pytest.mark.parametrize(
    ("outer", "inner", "limit"),
    [(10, 2, 2), (2, 10, 2), (2, None, 2), (None, 2, 2), (10, 10, 10)],
)
def test_all_roots_that_hold_a_folder_count(
    tmp_path: Path,
    home: Path,
    quota: HomeQuota,
    outer: int | None,
    inner: int | None,
    limit: int,
) -> None:
    folder = nest(tmp_path / "data", home, outer and outer * MB, inner and inner * MB)
    assert quota.space(str(folder)).limit == limit * MB
    assert quota.space(str(folder)).free == limit * MB
    assert quota.space(str(home)).limit == (outer and outer * MB)
    with pytest.raises(QuotaError) as refused:
        quota.reserve("a", str(folder), limit * MB + 1)
    assert (refused.value.free, refused.value.limit) == (limit * MB, limit * MB)
    quota.reserve("a", str(folder), limit * MB)


def test_what_is_reserved_in_a_root_is_reserved_in_those_around_it(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    data = tmp_path / "data"
    folder = nest(data, home, 10 * MB, 8 * MB)
    quota.reserve("a", str(folder), 6 * MB)
    assert quota.space(str(home)).free == 4 * MB
    quota.reserve("b", str(home), 3 * MB)
    # The home has the least left.
    space = quota.space(str(folder))
    assert (space.free, space.limit, space.used) == (MB, 10 * MB, 9 * MB)
    with pytest.raises(QuotaError) as refused:
        HomeQuota(data).reserve("c", str(folder), 2 * MB)
    assert (refused.value.free, refused.value.limit) == (MB, 10 * MB)
    quota.wrote("a", 5 * MB)
    quota.give_back("a")
    assert quota.space(str(home)).free == 2 * MB
    assert quota.space(str(folder)).free == 2 * MB
    quota.give_back("b")
    # It is over when both have been measured.
    now = time.time() + 1
    for refreshed in ({str(home): now}, {str(folder): now}):
        quota._reservations.settle(refreshed)
        assert Reservations(data / "quota").by_root()[str(home)].written["a"] == 5 * MB
    quota._reservations.settle({str(home): now, str(folder): now})
    assert Reservations(data / "quota").by_root() == {}


@pytest.mark.parametrize("limits", [(10 * MB, 5 * MB), (5 * MB, 10 * MB)])
def test_two_roots_that_are_one_folder_hold_it_against_both_limits(
    tmp_path: Path, home: Path, quota: HomeQuota, limits: tuple[int, int]
) -> None:
    """As where one is a link to the other."""
    write_usages(
        usages_in(tmp_path / "data"),
        [
            Usage(f"{limit}", "Root", str(home), limit=limit, measured=time.time())
            for limit in limits
        ],
    )
    with pytest.raises(QuotaError) as refused:
        quota.reserve("a", str(home), 6 * MB)
    assert (refused.value.free, refused.value.limit) == (5 * MB, 5 * MB)
    quota.reserve("a", str(home), 4 * MB)
    # It is reserved once.
    assert quota.space(str(home)).free == MB
    quota.reserve("b", str(home), MB)


def test_a_copy_counts_in_roots_of_which_is_heard_while_it_runs(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    """It began while nobody counted, as at night."""
    data = tmp_path / "data"
    usages_in(data).unlink()
    quota.reserve("night", str(home / "night"), 5 * MB)
    publish(data, home)
    later = HomeQuota(data)
    assert later.space(str(home)).free == 6 * MB
    quota.beat()
    assert later.space(str(home)).free == MB
    with pytest.raises(QuotaError):
        later.reserve("day", str(home), 2 * MB)
    # Where it writes is looked at: what it had written is in no figure yet, or in both.
    assert [(note.what, note.path) for note in Notes(notes_in(data)).take()] == [
        ("below", str(home / "night"))
    ]
    quota.beat()
    assert Notes(notes_in(data)).take() == []
    quota.give_back("night")
    publish(data, home, refreshed=time.time() + 1)
    quota.beat()
    assert Reservations(data / "quota").all() == {}


def test_what_has_closed_is_settled_while_its_process_runs(tmp_path: Path, home: Path) -> None:
    """As of each copy of a notebook, the kernel of which goes on for days."""
    data = tmp_path / "data"
    for number in range(3):
        quota = HomeQuota(data)
        quota.reserve(f"{number}", str(home), MB)
        quota.wrote(f"{number}", MB // 2)
        if number:
            quota.give_back(f"{number}")
        quota.close()
    other = HomeQuota(data)
    # What was to come of the first is given back.
    assert other.space(str(home)).free == 6 * MB - 3 * MB // 2
    publish(data, home, refreshed=time.time() + 1, allocated=4 * MB + 3 * MB // 2)
    other.beat()
    assert Reservations(data / "quota").all() == {}
    assert list((data / "quota").glob("reserved-*")) == []


def test_a_soft_limit_lets_in_what_a_hard_one_around_it_does(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    data = tmp_path / "data"
    folder = nest(data, home, 10 * MB, 2 * MB)
    outer, inner = read_usages(usages_in(data))
    write_usages(usages_in(data), [outer, replace(inner, hard=False)])
    space = quota.space(str(folder))
    assert (space.free, space.limit, space.allowed) == (2 * MB, 2 * MB, 10 * MB)
    quota.reserve("a", str(folder), 9 * MB)
    with pytest.raises(QuotaError):
        quota.reserve("b", str(folder), 2 * MB)


def test_what_is_reserved_below_different_roots_is_reserved_on_their_disk(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(
        os, "statvfs", lambda path: SimpleNamespace(f_bavail=8 * MB // 4096, f_frsize=4096)
    )
    free = 8 * MB // 4096 * 4096
    quota.reserve("a", str(home), 5 * MB)
    assert quota.space(str(elsewhere)).free == free - 5 * MB
    with pytest.raises(QuotaError) as refused:
        quota.reserve("b", str(elsewhere), 4 * MB)
    assert (refused.value.free, refused.value.limit) == (free - 5 * MB, None)
    quota.give_back("a")
    quota.reserve("b", str(elsewhere), 4 * MB)


def test_what_is_mounted_in_a_root_is_not_held_against_it(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the walk does not enter it."""
    mounted = home / "mounted"
    mounted.mkdir()
    assert quota.space(str(mounted)).limit == 10 * MB
    stat = os.stat

    def elsewhere(path: Any, *arguments: Any, **more: Any) -> os.stat_result:
        about = stat(path, *arguments, **more)
        if str(path) != str(mounted):
            return about
        return os.stat_result((*about[:2], about.st_dev + 1, *about[3:]))

    monkeypatch.setattr(os, "stat", elsewhere)
    assert quota.space(str(mounted)).limit is None
    assert quota.space(str(home)).limit == 10 * MB


def test_lengths_of_files_count_where_that_is_set(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    publish(tmp_path / "data", home, apparent=9 * MB, counts="apparent")
    assert quota.space(str(home)).free == MB


def test_damaged_figures_are_none(tmp_path: Path, home: Path, quota: HomeQuota) -> None:
    for text in ("", "{", "[1]", '[{"id": 1}]', "null"):
        usages_in(tmp_path / "data").write_text(text)
        assert quota.space(str(home)).limit is None


# What was written counts until it is measured


def test_copies_are_not_held_against_figures_that_nobody_keeps(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    """An hour old, or as old as some looks of the server that published them."""
    published = usages_in(tmp_path / "data")
    for lasts, age, held in (
        (3600.0, 3500, True),
        (3600.0, 3700, False),
        (7200.0, 7100, True),
        (7200.0, 7300, False),
    ):
        publish(tmp_path / "data", home, lasts=lasts)
        then = time.time() - age
        os.utime(published, (then, then))
        assert (quota.space(str(home)).limit is not None) == held
        if held:
            with pytest.raises(QuotaError):
                quota.reserve("a", str(home), 7 * MB)
        else:
            quota.reserve("a", str(home), 7 * MB)
            quota.give_back("a")


def test_figures_of_one_root_bring_those_of_no_other_into_force_again(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the command counts the home, days after a server had counted both."""
    published, scratch = usages_in(tmp_path / "data"), tmp_path / "scratch"
    scratch.mkdir()
    roots = [
        Usage(name, name, str(path), allocated=4 * MB, limit=10 * MB, measured=1.0)
        for name, path in (("home", home), ("scratch", scratch))
    ]
    now = time.time()
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: now - 7200)
        write_usages(published, roots)
    write_usages(published, roots[:1], beside=True)
    assert [one.id for one in read_usages(published)] == ["home", "scratch"]
    assert quota.space(str(home)).limit == 10 * MB
    assert quota.space(str(scratch)).limit is None
    # How old the file is tells nothing else: clocks of two machines differ.
    write_usages(published, roots[1:], beside=True)
    with monkeypatch.context() as then:
        then.setattr(time, "time", lambda: now - 300)
        write_usages(published, roots[:1], beside=True)
    assert quota.space(str(scratch)).limit == 10 * MB


def test_what_another_version_knows_besides_is_passed_over(
    tmp_path: Path, home: Path, quota: HomeQuota
) -> None:
    published = usages_in(tmp_path / "data")
    quota.reserve("a", str(home), MB)
    (reserved,) = (tmp_path / "data" / "quota").glob("reserved-*.json")
    values = json.loads(published.read_text())
    published.write_text(json.dumps([{**value, "new": 1} for value in values]))
    value = json.loads(reserved.read_text())
    value["owners"]["a"]["new"] = 1
    reserved.write_text(json.dumps({**value, "new": 1}))
    other = HomeQuota(tmp_path / "data")
    assert other.space(str(home)).free == 5 * MB


def test_what_was_written_counts_once(tmp_path: Path, home: Path, quota: HomeQuota) -> None:
    data = tmp_path / "data"
    quota.reserve("a", str(home), 3 * MB)
    quota.wrote("a", 2 * MB)
    # 4 were measured, 2 were written since, 1 is to come.
    assert quota.space(str(home)).free == 3 * MB
    quota.give_back("a")
    assert quota.space(str(home)).free == 4 * MB
    # A refresh that began before the last byte has not seen it; it knows what it has.
    publish(data, home, allocated=5 * MB, seen={"a": MB}, refreshed=time.time() - 60)
    quota.beat()
    assert quota.space(str(home)).free == 4 * MB
    publish(data, home, allocated=6 * MB, seen={"a": 2 * MB}, refreshed=time.time() + 1)
    assert quota.space(str(home)).free == 4 * MB
    quota.beat()
    assert quota.space(str(home)).free == 4 * MB
    assert Reservations(data / "quota").all() == {}


def test_a_reservation_that_is_made_anew_replaces_the_old_one(home: Path, quota: HomeQuota) -> None:
    quota.reserve("a", str(home), 5 * MB)
    quota.reserve("a", str(home), 6 * MB)
    assert quota.space(str(home)).free == 0
    with pytest.raises(QuotaError):
        quota.reserve("a", str(home), 7 * MB)
    assert quota.space(str(home)).free == 0


def test_what_is_written_while_another_asks_counts(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is to come no more, and nobody has measured it: it must not be missing in both."""
    publish(tmp_path / "data", home, allocated=0)
    monkeypatch.setattr(reservations, "NOTE", 0.0)
    monkeypatch.setattr(reservations, "PAUSE", 0.0)
    quota.reserve("a", str(home), 6 * MB)
    write = reservations.write_whole

    def meanwhile(path: Path, value: Any) -> None:
        write(path, value)
        if "b" in value["owners"]:
            quota.wrote("a", 2 * MB)

    monkeypatch.setattr(reservations, "write_whole", meanwhile)
    with pytest.raises(QuotaError) as refused:
        HomeQuota(tmp_path / "data").reserve("b", str(home), 5 * MB)
    assert refused.value.free == 4 * MB


# A disk that has no room for the reservations themselves


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_where_nothing_can_be_noted_nothing_is_free(
    home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    quota.reserve("a", str(home), MB)
    break_writing(monkeypatch, number)
    for owner in ("a", "b"):
        with pytest.raises(QuotaError) as refused:
            quota.reserve(owner, str(home), 2 * MB)
        assert (refused.value.free, refused.value.limit) == (0, 10 * MB)
    # It has what it had.
    assert quota.space(str(home)).free == 5 * MB


def test_another_failure_is_no_lack_of_room(
    home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_writing(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        quota.reserve("a", str(home), MB)


def test_what_ends_on_a_full_disk_is_told_later(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservations, "NOTE", 0.0)
    quota.reserve("a", str(home), 3 * MB)
    quota.reserve("b", str(home), MB)
    another = HomeQuota(tmp_path / "data")
    with monkeypatch.context() as full:
        break_writing(full, errno.ENOSPC)
        quota.wrote("a", MB)
        quota.give_back("a")
        quota.beat()
        # 4 were measured, 1 was written since, 1 is to come.
        assert quota.space(str(home)).free == 4 * MB
        assert another.space(str(home)).free == 2 * MB
    quota.beat()
    assert another.space(str(home)).free == 4 * MB


def break_writing(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fails(path: Path, value: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(reservations, "write_whole", fails)


# Many processes


@pytest.mark.parametrize("how", [None, signal.SIGKILL])
def test_twenty_at_once_never_pass_the_limit(
    tmp_path: Path, home: Path, how: signal.Signals | None
) -> None:
    """5 MB are free with the reserve kept: of twenty copies of 1 MB five are admitted."""
    data = tmp_path / "data"
    publish(data, home, reserve=MB)
    writers = Writers(20, data, home, MB)
    admitted = writers.admitted()
    assert admitted == 5
    watcher = HomeQuota(data)
    assert watcher.space(str(home)).free == 0
    writers.end(how)
    assert watcher.space(str(home)).free == 5 * MB
    assert sum(one.outstanding for one in Reservations(data / "quota").all().values()) == 0


@pytest.mark.parametrize("how", [None, signal.SIGKILL])
def test_where_the_disk_counts_nothing_stays_behind(
    tmp_path: Path, how: signal.Signals | None
) -> None:
    home, data = tmp_path / "home", tmp_path / "data"
    home.mkdir()
    writers = Writers(2, data, home, MB)
    assert writers.admitted() == 2
    assert sum(one.outstanding for one in Reservations(data / "quota").all().values()) == 2 * MB
    writers.end(how)
    quota = HomeQuota(data)
    quota.reserve("a", str(home), MB)
    quota.wrote("a", MB)
    quota.give_back("a")
    quota.beat()
    assert not list((data / "quota").glob("reserved-*"))


# A reservation of another machine, whose processes nobody sees here


def reserve_as(
    monkeypatch: pytest.MonkeyPatch, data: Path, home: Path, **identity: object
) -> tuple[HomeQuota, Path]:
    """3 MB are reserved, of which 1 is written, by a process with another `identity`.

    Returns its quota, and the file in which that is noted.
    """
    its_own = {**processes.identity(), "pid": NO_PROCESS, "born": "1", **identity}
    monkeypatch.setattr(reservations, "identity", lambda: its_own)
    quota = HomeQuota(data)
    quota.reserve("a", str(home), 3 * MB)
    monkeypatch.setattr(reservations, "NOTE", 0.0)
    quota.wrote("a", MB)
    (file,) = (data / "quota").glob("reserved-*")
    return quota, file


def last_said(file: Path, seconds: float) -> None:
    """The process has given its last sign of life so many seconds ago."""
    at = time.time() - seconds
    os.utime(file, (at, at))


@pytest.mark.parametrize(
    ("identity", "silent", "free"),
    [
        # 4 MB were measured, 1 was written since, and 2 are to come.
        ({"session": ELSEWHERE}, 0.0, 3 * MB),
        ({"session": ELSEWHERE}, BEAT, 3 * MB),
        ({"session": ELSEWHERE}, SILENT - 20, 3 * MB),
        # Nothing is to come: what was written stays.
        ({"session": ELSEWHERE}, SILENT + 1, 5 * MB),
        # Another container of this machine numbers its processes on its own.
        ({"space": "pid:[1]"}, 0.0, 3 * MB),
        ({"space": "pid:[1]"}, SILENT + 1, 5 * MB),
        # Here it is seen at once that there is no such process.
        ({}, 0.0, 5 * MB),
        # Or that there is one, which was put to sleep.
        (processes.identity(), SILENT + 1, 3 * MB),
    ],
)
def test_a_process_of_another_machine_is_gone_when_it_is_silent(
    tmp_path: Path,
    home: Path,
    quota: HomeQuota,
    monkeypatch: pytest.MonkeyPatch,
    identity: dict[str, object],
    silent: float,
    free: int,
) -> None:
    _, file = reserve_as(monkeypatch, tmp_path / "data", home, **identity)
    last_said(file, silent)
    assert quota.space(str(home)).free == free
    with pytest.raises(QuotaError):
        quota.reserve("b", str(home), free + 1)
    quota.reserve("b", str(home), free)


def test_the_clock_of_another_machine_may_be_wrong(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are dated by the file system, whose clock this machine may be far ahead of."""
    reserve_as(monkeypatch, tmp_path / "data", home, session=ELSEWHERE)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 10 * SILENT)
    assert quota.space(str(home)).free == 3 * MB


def test_signs_of_life_keep_a_reservation_of_another_machine(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, file = reserve_as(monkeypatch, tmp_path / "data", home, session=ELSEWHERE)
    last_said(file, SILENT + 1)
    assert quota.space(str(home)).free == 5 * MB
    # It was asleep.
    later = clock() + BEAT + 1
    monkeypatch.setattr(reservations, "clock", lambda: later)
    theirs.beat()
    assert quota.space(str(home)).free == 3 * MB


def test_a_clock_that_goes_back_keeps_no_sign_of_life_back(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time", lambda: time.time_ns() / 1e9 + 1800)
        theirs, file = reserve_as(monkeypatch, tmp_path / "data", home, session=ELSEWHERE)
    last_said(file, SILENT + 1)
    later = clock() + BEAT + 1
    monkeypatch.setattr(reservations, "clock", lambda: later)
    theirs.beat()
    assert quota.space(str(home)).free == 3 * MB


def test_what_another_machine_had_written_is_forgotten_once_it_is_measured(
    tmp_path: Path, home: Path, quota: HomeQuota, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, file = reserve_as(monkeypatch, tmp_path / "data", home, session=ELSEWHERE)
    seen = {"allocated": 5 * MB, "seen": {"a": MB}}
    # While it lives nothing is forgotten.
    publish(tmp_path / "data", home, **seen, refreshed=time.time() + 1)
    quota.beat()
    assert quota.space(str(home)).free == 3 * MB
    last_said(file, SILENT + 1)
    publish(tmp_path / "data", home, refreshed=time.time() - SILENT - 60)
    quota.beat()
    assert quota.space(str(home)).free == 5 * MB
    publish(tmp_path / "data", home, **seen)
    quota.beat()
    assert not file.exists()
    assert quota.space(str(home)).free == 5 * MB


def test_figures_are_read_as_they_were_written(tmp_path: Path, home: Path) -> None:
    publish(tmp_path / "data", home, seen={"a": 1}, problem="what happened")
    (usage,) = read_usages(usages_in(tmp_path / "data"))
    assert usage.problem == "what happened"
    assert usage.seen == {"a": 1}
    assert usage.used == 4 * MB


def test_nothing_is_left_for_an_accountant_that_is_not_there(tmp_path: Path, home: Path) -> None:
    alone = HomeQuota(tmp_path / "alone")
    alone.changed([str(home)], [str(home)])
    assert not (tmp_path / "alone").exists()
    HomeQuota(tmp_path / "data").changed([str(home)])
    assert notes_in(tmp_path / "data").exists()
