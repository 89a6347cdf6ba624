"""Several servers of one home: one measures, and the others know what it does."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.home import until
from helpers.published import publish

from jupyterlab_mast.lease import LeaseWatch, UsualPace
from jupyterlab_mast.quota import accountant
from jupyterlab_mast.quota.account import Account, kept_in
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import HomeQuota
from jupyterlab_mast.quota.keeper import Keeper
from jupyterlab_mast.quota.places import UnknownFolder
from jupyterlab_mast.quota.usage import Usage
from jupyterlab_mast.quota.walk import measure

MB = 1 << 20
PACE = UsualPace(stale=1.0, beat=0.1)


class Servers:
    """The servers of one home; nothing but what they tell each other makes them look."""

    def __init__(self, folder: Path) -> None:
        self.home, self.data = folder / "home", folder / "data"
        (self.home / "a").mkdir(parents=True)
        (self.home / "a" / "one.fits").write_bytes(b"x" * 2 * MB)
        self.started: list[Accountant] = []
        #: What was reserved when each told last that something had changed.
        self.reserved: list[int] = []
        self.first = self.start()
        until(lambda: self.first.snapshot()[0].measured is not None)
        self.second = self.start()
        until(lambda: self.second.snapshot()[0].allocated == self.right)

    def start(self, open_seconds: float = 600.0) -> Accountant:
        root = Usage("home", "Home", str(self.home))
        settings = Settings(open_seconds, 600.0, again=0)
        number = len(self.started)

        def changed() -> None:
            self.reserved[number] = one.reserved()["home"]

        one = Accountant(self.data, [root], settings, changed, PACE)
        self.started.append(one)
        self.reserved.append(0)
        one.start()
        return one

    def close(self) -> None:
        for one in self.started:
            one.close()

    @property
    def right(self) -> int:
        """What the home takes."""
        return measure(self.home).sums.allocated

    def shows_all(self, server: Accountant) -> bool:
        """Whether a server tells of the home as it is, in sum and in its folders."""
        found = server.folder("home", b"")["folder"]["allocated"]
        return server.snapshot()[0].allocated == found == self.right

    def left(self) -> list[str]:
        """Files that are no figures."""
        kept = kept_in(self.data, str(self.home))
        known = {"usage.json", kept.name, kept.with_suffix(".since").name, "lock"}
        found = (path for path in (self.data / "quota").rglob("*") if path.is_file())
        return [path.name for path in found if path.name not in known]


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    monkeypatch.setattr(accountant, "LOOK_SECONDS", 0.05)
    found = Servers(tmp_path)
    assert (found.first.measures, found.second.measures) == (True, False)
    yield found
    found.close()


def test_a_server_that_does_not_measure_tells_where_the_space_is(servers: Servers) -> None:
    second = servers.second
    assert servers.shows_all(second)
    assert second.folder("home", b"a") == servers.first.folder("home", b"a")
    assert [file["name"] for file in second.files("home", "largest", 5)] == ["one.fits"]
    assert second.size("home", b"a") == servers.first.size("home", b"a")
    with pytest.raises(UnknownFolder):
        second.folder("home", b"nowhere")
    with pytest.raises(KeyError):
        second.folder("elsewhere", b"")


def test_a_reservation_is_told_of_when_it_is_made_and_when_it_ends(servers: Servers) -> None:
    quota = HomeQuota(servers.data)
    quota.reserve("copy", str(servers.home), MB)
    until(lambda: servers.reserved == [MB, MB])
    quota.give_back("copy")
    until(lambda: servers.reserved == [0, 0])


def test_a_server_that_does_not_measure_tells_its_limit_of_now(servers: Servers) -> None:
    second = servers.second
    home = str(servers.home)
    second.set_limits([Usage("home", "Home", home, limit=5 * MB, source="value", reserve=7)])
    until(lambda: second.snapshot()[0].limit == 5 * MB)
    assert second.snapshot()[0].source == "value"
    assert second.snapshot()[0].allocated == servers.right
    # One that cannot be told leaves the last.
    second.set_limits([Usage("home", "Home", home, limit_problem="The function hangs.")])
    until(lambda: second.snapshot()[0].limit_problem is not None)
    assert (second.snapshot()[0].limit, second.snapshot()[0].reserve) == (5 * MB, 7)


def test_a_root_of_which_who_measures_does_not_know_is_said_not_to_be_counted(
    servers: Servers, tmp_path: Path
) -> None:
    """Until that one has ended, and this one measures."""
    team = tmp_path / "team"
    team.mkdir()
    (team / "a.fits").write_bytes(b"x" * MB)
    roots = [Usage("home", "Home", str(servers.home)), Usage("team", "Team", str(team))]
    third = Accountant(servers.data, roots, Settings(600.0, 600.0, again=0), lambda: None, PACE)
    servers.second.close()
    third.start()
    try:
        until(lambda: third.snapshot()[1].problem is not None)
        home, other = third.snapshot()
        assert (home.problem, home.allocated) == (None, servers.right)
        assert "another server of this home counts" in (other.problem or "")
        servers.first.close()
        until(lambda: third.snapshot()[1].measured is not None)
        assert third.snapshot()[1].problem is None
        assert third.snapshot()[1].allocated == measure(team).sums.allocated
    finally:
        third.close()


def test_a_server_that_does_not_measure_tells_what_cannot_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accountant, "LOOK_SECONDS", 0.05)
    team = tmp_path / "team"
    root = Usage("team", "Team", str(team))
    two = [
        Accountant(tmp_path / "data", [root], Settings(0.1, 0.1, again=0), lambda: None, PACE)
        for _ in range(2)
    ]
    for one in two:
        one.start()
    until(lambda: all(one.snapshot()[0].problem is not None for one in two))
    assert [one.measures for one in two] in ([True, False], [False, True])
    # It is over for both when the root has come.
    team.mkdir()
    until(lambda: all(one.snapshot()[0].problem is None for one in two))
    # Another takes over what the first has told, and what became of it.
    team.rmdir()
    until(lambda: all(one.snapshot()[0].problem is not None for one in two))
    first, second = sorted(two, key=lambda one: not one.measures)
    first.close()
    team.mkdir()
    until(lambda: second.snapshot()[0].problem is None)
    second.close()


def test_a_server_that_does_not_measure_tells_of_a_count_as_long_as_somebody_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of one that an earlier session has left."""
    monkeypatch.setattr(accountant, "LOOK_SECONDS", 0.05)
    data, home = tmp_path / "data", tmp_path / "home"
    home.mkdir()
    (data / "quota").mkdir(parents=True)
    lease = LeaseWatch(data / "quota").take()
    assert lease is not None
    publish(data, home, counting=1000, problem="The disk is away.", measured=None)
    root = Usage("home", "Home", str(home))
    told: list[int | None] = []
    one = Accountant(
        data, [root], Settings(), lambda: told.append(one.snapshot()[0].counting), UsualPace()
    )
    one.start()
    until(lambda: bool(told))
    assert one.snapshot()[0].problem is not None
    assert set(told) == {None}
    for number in (2000, 3000):
        publish(data, home, counting=number)
        until(lambda number=number: number in told)
    until(lambda: one.snapshot()[0].counting is None)
    assert one.snapshot()[0].problem is None
    one.close()
    lease.release()


def test_what_is_asked_for_is_saved_soon(servers: Servers) -> None:
    (servers.home / "b").mkdir()
    (servers.home / "b" / "two.fits").write_bytes(b"x" * 2 * MB)
    servers.first.refresh()
    until(lambda: servers.second.snapshot()[0].allocated == servers.right)
    until(lambda: servers.shows_all(servers.second))
    (file,) = servers.second.folder("home", b"b")["entries"]
    assert file["allocated"] == 2 * MB
    # Once nothing is new nothing is saved.
    kept = kept_in(servers.data, str(servers.home))

    def is_not_saved() -> bool:
        before = kept.stat().st_mtime_ns
        for _ in range(10):
            servers.second.folder("home", b"")
            time.sleep(0.05)
        return kept.stat().st_mtime_ns == before

    # What was asked for before may still be saved.
    until(is_not_saved)


@pytest.mark.parametrize("within", [0.0, 5.0])
def test_what_a_server_changes_reaches_the_one_that_measures(
    servers: Servers, within: float
) -> None:
    folder = servers.home / os.fsdecode(b"caf\xe9\n")
    folder.mkdir()
    (folder / "new").write_bytes(b"x" * MB)
    began = time.monotonic()
    servers.second.hint([str(folder / "new")], within)
    assert time.monotonic() - began < 1
    until(lambda: servers.first.snapshot()[0].allocated == servers.right)
    until(lambda: servers.shows_all(servers.second))


def test_a_server_that_does_not_measure_has_it_count_again(servers: Servers) -> None:
    file = servers.home / "a" / "one.fits"
    with file.open("ab") as stream:
        stream.write(b"x" * MB)
    os.utime(file, (1, 1))
    with pytest.raises(KeyError):
        servers.second.rescan("elsewhere")
    before = servers.first.snapshot()[0].measured
    servers.second.rescan("home")
    until(lambda: servers.first.snapshot()[0].measured != before)
    until(lambda: servers.second.snapshot()[0].allocated == servers.right)


def test_a_page_of_any_server_has_it_look(servers: Servers) -> None:
    third = servers.start(open_seconds=0.2)
    third.watched(True)
    for number in range(3):
        (servers.home / str(number)).write_bytes(b"x" * MB)
        until(lambda: third.snapshot()[0].allocated == servers.right)


def test_one_that_takes_over_goes_on_with_what_it_has_read(servers: Servers) -> None:
    assert servers.shows_all(servers.second)
    servers.first.close()
    until(lambda: servers.second.measures)
    (servers.home / "a" / "new").write_bytes(b"x" * MB)
    servers.second.hint([str(servers.home / "a" / "new")])
    until(lambda: servers.shows_all(servers.second))


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_nothing_stays_behind(servers: Servers, order: tuple[int, int]) -> None:
    servers.second.hint([str(servers.home / "a" / "one.fits")])
    (lease,) = (name for name in servers.left() if name.startswith("lease-"))
    until(lambda: servers.left() == [lease])
    for number in order:
        servers.second.hint([str(servers.home / "a" / "one.fits")])
        servers.started[number].close()
    assert [name for name in servers.left() if not name.startswith("lease-")] == []


def test_notes_of_a_server_that_was_killed_are_read(servers: Servers) -> None:
    hints = servers.data / "quota" / "hints"
    servers.close()
    hints.mkdir(exist_ok=True)
    (servers.home / "a" / "new").write_bytes(b"x" * MB)
    (hints / "old.jsonl").write_text(f'["look", "{servers.home}/a/new"]\n["look", 1]\n')
    (hints / "more.jsonl").write_text('["again", "/elsewhere"]\n["save", "/elsewhere"]\n')
    third = servers.start()
    until(lambda: servers.shows_all(third))
    assert list(hints.iterdir()) == []


def test_saving_for_others_takes_little_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    saves = []

    class Slow(Account):
        def save(self) -> None:
            nonlocal now
            now += 2.0
            saves.append(now)
            if len(saves) > 1:
                raise OSError("no room")

    monkeypatch.setattr(time, "monotonic", lambda: now)
    keeper = Keeper(Slow(str(tmp_path), tmp_path / "kept"), 10.0)

    def saves_after(seconds: float) -> bool:
        nonlocal now
        now += seconds
        before = len(saves)
        keeper.save_when_due()
        return len(saves) > before

    keeper.want()
    assert not saves_after(9)
    assert saves_after(1)
    # It took two seconds: a twentieth of forty.
    keeper.want()
    assert not saves_after(39)
    assert saves_after(1)
    # Nobody waits.
    assert not saves_after(899)
    assert saves_after(1)
