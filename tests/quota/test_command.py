"""`jupyter mast usage` in a process of its own, and what copies make of its figures."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from helpers.faulty import Faulty
from helpers.home import until
from helpers.mounts import among_own_mounts
from helpers.published import MB, publish
from helpers.servers import clean_environment
from helpers.somebody import Somebody, drop_rights

from jupyterlab_mast.files import Folders
from jupyterlab_mast.lease import LeaseWatch, UsualPace
from jupyterlab_mast.quota import command, limits, walk
from jupyterlab_mast.quota.account import Account, kept_in
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import HomeQuota, usages_in
from jupyterlab_mast.quota.notes import notes_in
from jupyterlab_mast.quota.usage import Usage, read_usages, write_usages
from jupyterlab_mast.quota.walk import measure


class Home:
    """A home with a file of 1 MB in a hidden folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".hidden").mkdir()
        (folder / ".hidden" / "file").write_bytes(b"x" * MB)
        self.environ = clean_environment(folder)

    def run(
        self, *arguments: str, rights: bool = True, **environ: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jupyterlab_mast.cli", *arguments],
            env={**self.environ, **environ},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            preexec_fn=None if rights else drop_rights,
        )

    def usage(self, *arguments: str, rights: bool = True, **environ: str) -> dict[str, Any]:
        done = self.run("usage", "--json", *arguments, rights=rights, **environ)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def data_of(home: Home) -> Path:
    return Path(home.environ["JUPYTER_DATA_DIR"]) / "jupyterlab-mast"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    folder = tmp_path / "home"
    folder.mkdir()
    return Home(folder)


def test_it_counts_as_du_does(home: Home) -> None:
    files = home.folder / "files"
    files.mkdir()
    for number in range(50):
        (files / f"{number}").write_bytes(b"x" * 1000 * number)
    os.link(files / "49", files / "again")
    somebody = Somebody()
    expected = somebody.measure(str(files))
    somebody.close()
    found = home.usage(str(files))
    assert found["allocated"] == expected["du"][0]
    assert found["files"] == 51
    assert found["limit"] is None
    assert found["free"] is None


def test_a_folder_is_told_of_with_lengths_age_and_what_could_not_be_read(home: Home) -> None:
    folder, private = home.folder / "folder", home.folder / "folder" / "private"
    private.mkdir(parents=True)
    with (folder / "sparse").open("wb") as file:
        file.truncate(10 * MB)
    (folder / "small").write_bytes(b"x" * 100)
    private.chmod(0)
    try:
        found = home.usage(str(folder), rights=False)
    finally:
        private.chmod(0o700)
    assert found["apparent"] == 10 * MB + 100
    assert found["allocated"] < MB
    assert (found["files"], found["unreadable"]) == (2, 1)
    assert 0 <= found["age"] < 60


def test_a_home_is_told_of_with_its_limit(home: Home) -> None:
    limit = {"MAST_QUOTA_BYTES": str(10 * MB)}
    done = home.run("usage", **limit)
    assert done.returncode == 0
    assert "of 10.0 MB used" in done.stdout
    assert "free" in done.stdout
    found = home.usage("--cached", **limit)
    assert found["limit"] == 10 * MB
    assert found["source"] == "environment"
    assert found["used"] == found["allocated"] >= MB
    # A tenth stays free, so that a server can always start.
    assert found["reserve"] == MB
    assert found["free"] == 10 * MB - found["used"] - MB
    assert found["age"] >= 0


@pytest.mark.parametrize(
    ("counts", "said"), [("allocated", "on disk"), ("apparent", "lengths of all files")]
)
def test_it_is_said_what_counts(home: Home, counts: str, said: str) -> None:
    publish(data_of(home), home.folder, apparent=4 * MB, counts=counts)
    told = home.run("usage", "--cached").stdout
    assert f"free ({said}, with trash and hidden folders)\n" in told


@pytest.mark.parametrize(
    ("unreadable", "said"),
    [
        (1, "1 folder could not be read: what is in it may be missing.\n"),
        (1200, "1,200 folders could not be read: what is in them may be missing.\n"),
    ],
)
def test_folders_that_could_not_be_read_are_told_of(home: Home, unreadable: int, said: str) -> None:
    publish(data_of(home), home.folder, unreadable=unreadable)
    assert said in home.run("usage", "--cached").stdout


def test_a_copy_that_passes_the_limit_is_refused_with_the_numbers(
    home: Home, faulty: Faulty
) -> None:
    for number in range(3):
        faulty.put(f"hst/public/x/{number}.fits", b"x" * MB)
    home.run("usage", MAST_QUOTA_BYTES=str(3 * MB))
    source = "s3://open/hst/public/x/"
    copy = ("copy", "--endpoint", faulty.endpoint, source, "copies")
    refused = home.run(*copy)
    assert refused.returncode == 3
    assert "3.0 MB" in refused.stderr
    assert not list(home.folder.rglob("*.fits"))
    home.run("usage", MAST_QUOTA_BYTES=str(10 * MB))
    assert home.run(*copy).returncode == 0
    assert len(list(home.folder.rglob("*.fits"))) == 3
    # What was written counts at once, though nobody has counted again.
    found = home.usage("--cached")
    assert found["used"] >= 4 * MB
    assert found["reserved"] == 0
    again = home.usage(MAST_QUOTA_BYTES=str(10 * MB))
    assert again["used"] >= 4 * MB
    assert home.usage("--cached")["used"] == again["used"]


def test_a_copy_that_passes_a_soft_limit_is_warned_of(home: Home, faulty: Faulty) -> None:
    faulty.put("hst/public/x/1.fits", b"x" * 3 * MB)
    publish(data_of(home), home.folder, allocated=8 * MB, hard=False, reserve=MB)
    copy = ("copy", "--endpoint", faulty.endpoint, "s3://open/hst/public/x/1.fits", "copies")
    warning = (
        "This copy passes your limit by 2.0 MB. Planned 3.0 MB, free 1.0 MB of 10.0 MB. "
        "1.0 MB stays reserved so that your server can always start."
    )
    planned = home.run(*copy, "--plan")
    assert planned.returncode == 0
    assert planned.stdout.endswith(f"3.0 MB to be written, 1.0 MB of 10.0 MB free\n{warning}\n")
    refused = home.run(*copy)
    assert refused.returncode == 3
    assert refused.stderr.strip() == f"{warning} Give --yes to start it."
    assert not list(home.folder.rglob("*.fits"))
    done = home.run(*copy, "--yes")
    assert done.returncode == 0
    assert warning in done.stderr
    assert len(list(home.folder.rglob("*.fits"))) == 1


def test_python_warns_of_a_soft_limit_and_copies(home: Home, faulty: Faulty) -> None:
    faulty.put("hst/public/x/1.fits", b"x" * 3 * MB)
    publish(data_of(home), home.folder, allocated=8 * MB, hard=False)
    script = (
        "import jupyterlab_mast, sys\n"
        "jupyterlab_mast.copy('s3://open/hst/public/x/1.fits', 'copies', endpoint=sys.argv[1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, faulty.endpoint],
        env=home.environ,
        cwd=home.folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "UserWarning: This copy passes your limit by 1.0 MB." in done.stderr
    assert len(list(home.folder.rglob("*.fits"))) == 1


def test_a_copy_while_files_are_counted_is_told_what_was_found(home: Home, faulty: Faulty) -> None:
    faulty.put("hst/public/x/1.fits", b"x" * 3 * MB)
    publish(data_of(home), home.folder, allocated=8 * MB, measured=None, reserve=MB)
    source = "s3://open/hst/public/x/1.fits"
    planned = home.run("copy", "--endpoint", faulty.endpoint, "--plan", source, "copies")
    assert planned.stdout.endswith(
        "3.0 MB to be written, 1.0 MB of 10.0 MB free at most (your files are still being "
        "counted)\nThis copy needs 2.0 MB more than you have. Planned 3.0 MB, free 1.0 MB of "
        "10.0 MB. 1.0 MB stays reserved so that your server can always start. Copy less, or "
        "free some space.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "environ", "code", "sentence"),
    [
        (("/nowhere/at/all",), {}, 1, "cannot be counted"),
        (("--cached",), {}, 1, "was not counted yet"),
        (("--cached", ".hidden"), {}, 2, "Figures are kept of the home and of what a server"),
        ((".hidden/file",), {}, 2, "file is no folder"),
    ],
)
def test_what_cannot_be_told_is_said(
    home: Home, arguments: tuple[str, ...], environ: dict[str, str], code: int, sentence: str
) -> None:
    done = home.run("usage", *arguments, **environ)
    assert done.returncode == code
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in home.usage(*arguments, **environ)["error"]["message"]


def test_a_limit_that_cannot_be_told_is_said_beside_what_is_used(home: Home) -> None:
    """The one of before holds, and the next time may be better."""
    wrong = {"MAST_QUOTA_BYTES": "ten"}
    said = "The limit cannot be told: MAST_QUOTA_BYTES gives 'ten' as the quota"
    done = home.run("usage", **wrong)
    assert done.returncode == 0
    assert done.stdout.startswith("1.0 MB used (on disk")
    assert said in done.stdout
    assert home.usage(MAST_QUOTA_BYTES=str(9 * MB))["limit_problem"] is None
    told = home.usage(**wrong)
    assert (told["limit"], told["free"]) == (9 * MB, 9 * MB - told["used"] - 900_000)
    assert "no number of bytes" in told["limit_problem"]
    assert "The last limit that was known holds." in home.run("usage", **wrong).stdout
    assert home.usage("--cached")["limit_problem"] is None
    told = home.usage()
    assert (told["limit"], told["limit_problem"]) == (None, None)


def test_a_home_is_never_counted_by_two(home: Home, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").touch()
    folder = data_of(home) / "quota"
    folder.mkdir(parents=True)
    lease = LeaseWatch(folder).take()
    assert lease is not None
    # The server has not ended its first count.
    busy = home.run("usage")
    assert busy.returncode == 3
    assert "A Jupyter server of this home counts" in busy.stderr
    assert home.usage()["error"]["kind"] == "busy"
    root = Usage("home", "Home", str(home.folder), allocated=5 * MB, measured=time.time())
    write_usages(usages_in(data_of(home)), [root])
    told = home.run("usage")
    assert told.returncode == 0
    assert told.stdout.startswith("5.0 MB used")
    assert "The Jupyter server that runs in this home counts" in told.stdout
    # A folder outside of what it counts is counted all the same.
    assert home.usage(str(outside))["files"] == 1
    lease.release()
    assert home.usage()["allocated"] < 2 * MB


@pytest.mark.parametrize("cached", [(), ("--cached",)])
def test_what_a_server_cannot_measure_is_said(home: Home, cached: tuple[str, ...]) -> None:
    """Beside the last figures; of a root without any there is nothing to wait for."""
    folder = data_of(home) / "quota"
    folder.mkdir(parents=True)
    lease = LeaseWatch(folder).take()
    assert lease is not None
    problem = f"{home.folder} does not answer"
    publish(data_of(home), home.folder, problem=problem)
    told = home.run("usage", *cached)
    assert told.returncode == 0
    assert f"It cannot be counted now: {problem}. What is shown" in told.stdout
    assert home.usage(*cached)["problem"] == problem
    publish(data_of(home), home.folder, problem=problem, measured=None)
    told = home.run("usage")
    assert told.returncode == 1
    assert f"{home.folder} cannot be counted: {problem}." in told.stderr
    lease.release()


@pytest.fixture
def elsewhere(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """The sign of life with a number of a server on another machine, as of two minutes ago by its
    clock; it has told what it found. The command runs in this process."""
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    pace = UsualPace(stale=1.5, beat=0.1)
    monkeypatch.setattr(command, "LeaseWatch", partial(LeaseWatch, pace=pace))
    publish(data_of(home), home.folder, allocated=5 * MB)
    lease = LeaseWatch(data_of(home) / "quota").take()
    assert lease is not None
    (file,) = (data_of(home) / "quota").glob("lease-*")
    holder = json.loads(file.read_text())

    def beat(number: int) -> None:
        file.write_text(json.dumps({**holder, "session": "elsewhere", "count": number}))
        os.utime(file, (time.time() - 120, time.time() - 120))

    beat(0)
    return beat


def test_a_server_on_another_machine_that_was_killed_is_followed(
    home: Home, elsewhere: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files are as they were for as long as that takes."""
    for waits in (True, False):
        assert command.main(["--json"]) == 0
        said = capsys.readouterr()
        assert "by_server" not in json.loads(said.out)
        assert json.loads(said.out)["used"] < 2 * MB
        assert ("gives no sign of life" in said.err) is waits


def test_one_that_runs_is_not_followed_whatever_its_clock_says(
    home: Home, elsewhere: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    ended = threading.Event()

    def beat() -> None:
        for number in count(1):
            elsewhere(number)
            if ended.wait(0.3):
                return

    with ThreadPoolExecutor(1) as server:
        server.submit(beat)
        try:
            assert command.main(["--json"]) == 0
        finally:
            ended.set()
    told = json.loads(capsys.readouterr().out)
    assert (told["by_server"], told["allocated"]) == (True, 5 * MB)


@pytest.mark.parametrize("how", ["a disk", "a folder of the same disk"])
def test_what_is_mounted_in_a_home_is_counted_beside_its_server(
    home: Home, tmp_path: Path, how: str
) -> None:
    """Which does not count that. So is what holds the home."""
    (home.folder / "team").mkdir()
    (tmp_path / "shared").mkdir()
    publish(data_of(home), home.folder)
    lease = LeaseWatch(data_of(home) / "quota").take()
    assert lease is not None
    found = among_own_mounts(
        """
        home, shared, how, environ = sys.argv[1:]
        team = f"{home}/team"
        mount("-t", "tmpfs", "none", team) if how == "a disk" else bind(shared, team)
        os.mkdir(f"{team}/deep")
        open(f"{team}/deep/file", "w").close()

        def usage(path):
            command = [sys.executable, "-m", "jupyterlab_mast.cli", "usage", "--json", path]
            done = subprocess.run(command, env=json.loads(environ), capture_output=True)
            return json.loads(done.stdout)

        tell([usage(path) for path in (team, f"{team}/deep", os.path.dirname(home), home)])
        """,
        home.folder,
        tmp_path / "shared",
        how,
        json.dumps(home.environ),
    )
    *beside, of_server = found
    assert ["by_server" in one for one in beside] == [False] * 3
    assert [one["files"] for one in beside[:2]] == [1, 1]
    assert of_server["by_server"]
    lease.release()


def test_of_a_folder_in_what_a_server_counts_that_server_tells(home: Home, tmp_path: Path) -> None:
    """After a look there: nobody reads it beside the server."""
    files = home.folder / "files"
    (files / "deep").mkdir(parents=True)
    (files / "deep" / "file").write_bytes(b"x" * MB)
    (home.folder / "files2").mkdir()
    root = Usage("home", "Home", str(home.folder), limit=9 * MB)
    pace = UsualPace(beat=0.1)
    server = Accountant(data_of(home), [root], Settings(away_seconds=600), lambda: None, pace)
    server.start()
    try:
        until(lambda: server.snapshot()[0].measured is not None)
        (files / "new").write_bytes(b"x" * 2 * MB)
        told = home.usage(str(files))
        assert told["by_server"]
        assert (told["allocated"], told["files"]) == (measure(files).sums.allocated, 2)
        assert (told["limit"], told["free"], told["path"]) == (None, None, str(files))
        (home.folder / "newer").mkdir()
        assert home.usage(str(home.folder / "newer"))["files"] == 0
        before = time.monotonic()
        said = home.run("usage", str(home.folder / "nothing"))
        assert said.returncode == 1
        assert "nothing cannot be counted: No such file or directory." in said.stderr
        assert time.monotonic() - before < command.WAIT_SECONDS
    finally:
        server.close()


def test_a_home_that_fills_up_while_it_is_counted_is_counted_to_the_end(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No sign of life can be written then; the count ends only where somebody else began one."""
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    for number in range(20):
        (home.folder / f"{number}").mkdir()
    pace = UsualPace(stale=0.0, beat=0.0)
    monkeypatch.setattr(command, "LeaseWatch", partial(LeaseWatch, pace=pace))
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("jupyterlab_mast.lease._rewrite", full)
    assert command.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] >= 1

    def other(*_: object) -> None:
        (data_of(home) / "quota" / "lease-000099").touch()

    monkeypatch.setattr("jupyterlab_mast.lease._rewrite", other)
    assert command.main(["--json"]) == 130


def test_what_copies_wrote_counts_on_where_the_figures_cannot_be_published(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MAST_QUOTA_BYTES", "100000000")
    assert command.main(["--json"]) == 0
    quota = HomeQuota(data_of(home))
    quota.reserve("ended", str(home.folder), 50_000_000)
    quota.wrote("ended", 50_000_000)
    quota.give_back("ended")
    free = quota.space(str(home.folder)).free

    def full(*_: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(command, "write_usages", full)
        assert command.main(["--json"]) == 0
    assert quota.space(str(home.folder)).free == free
    # Of which nothing is there any more, once that is told.
    assert command.main(["--json"]) == 0
    now = quota.space(str(home.folder)).free
    assert free is not None
    assert now is not None
    assert now > free + 40_000_000


@pytest.mark.parametrize("how", ["full", "read-only", "not-ours"])
@pytest.mark.parametrize("before", [False, True])
def test_a_home_that_takes_nothing_is_counted_all_the_same(
    home: Home, tmp_path: Path, how: str, before: bool
) -> None:
    """Also when it was counted before, and while it was interrupted."""
    if how == "not-ours":
        data = Path(home.environ["JUPYTER_DATA_DIR"])
        data.mkdir(parents=True, exist_ok=True)
        if before:
            assert home.run("usage").returncode == 0
        folders = [data, *(path for path in data.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o500)
        try:
            done = home.run("usage", rights=False)
        finally:
            for folder in folders:
                folder.chmod(0o700)
        found = [(done.returncode, done.stdout, done.stderr)]
    else:
        found = among_own_mounts(
            """
            home, how, before, environ = sys.argv[1:]
            mount("-t", "tmpfs", "-o", "size=4m", "none", home)
            environ = json.loads(environ)
            os.makedirs(environ["JUPYTER_DATA_DIR"])
            open(f"{home}/file", "wb").write(b"x" * 2_000_000)
            os.mkdir(f"{home}/folder")

            def usage(*more):
                done = subprocess.run(
                    [sys.executable, "-m", "jupyterlab_mast.cli", "usage", *more],
                    env=environ, cwd="/", capture_output=True, text=True,
                )
                return done.returncode, done.stdout, done.stderr

            if before == "True":
                assert usage()[0] == 0
            if how == "full":
                try:
                    with open(f"{home}/rest", "wb", buffering=0) as file:
                        while True:
                            file.write(bytes(4096))
                except OSError:
                    pass
            else:
                mount("-o", "remount,ro", home)
            tell([usage(home), usage(f"{home}/folder")])
            """,
            home.folder,
            how,
            str(before),
            json.dumps(home.environ),
        )
    reason = {"full": "No space left on device", "read-only": "Read-only file system"}
    problem = reason.get(how, "Permission denied")
    used = {"full": "4.2 MB", "read-only": "2.0 MB"}.get(how, "1.0 MB")
    code, said, beside = found[0]
    assert code == 0, beside
    assert said.startswith(f"{used} used (on disk")
    assert f"The figures could not be kept: {problem}." in beside
    for code, said, _ in found[1:]:
        assert (code, said.startswith("0 bytes used")) == (0, True)


def test_all_that_is_printed_is_documented(home: Home) -> None:
    page = Path(__file__).parents[2] / "docs" / "command-line.md"
    _, _, table = page.read_text(encoding="utf-8").partition("`--json` prints one line:")
    assert {f"`{name}`" for name in home.usage()} - set(re.findall(r"`\w+`", table)) == set()


def test_the_age_is_that_of_the_last_look(home: Home) -> None:
    now = time.time()
    publish(data_of(home), home.folder, measured=now - 3 * 3600, refreshed=now - 300)
    told = home.usage("--cached")
    assert 300 <= told["age"] < 360
    assert now - told["measured"] == pytest.approx(3 * 3600)
    assert (
        "Counted 3 h ago; changes were last looked for 5 min ago."
        in home.run("usage", "--cached").stdout
    )


def test_the_limit_of_a_home_is_not_that_of_each_folder_in_it(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file system says the same in all of them."""
    monkeypatch.setattr(limits, "project_limit", lambda path, declared=False: 9 * MB)
    for name, value in home.environ.items():
        monkeypatch.setenv(name, value)
    told = {}
    for path in (home.folder, home.folder / ".hidden"):
        assert command.main(["--json", str(path)]) == 0
        told[path.name] = json.loads(capsys.readouterr().out)["limit"]
    assert told == {"home": 9 * MB, ".hidden": None}


def test_of_folders_that_nobody_measures_nothing_is_kept(home: Home) -> None:
    """But of a count that was cut off, for a week."""
    kept = data_of(home) / "quota"
    home.usage(str(home.folder / ".hidden"))
    assert list(kept.glob("*.folders")) == []
    home.usage()
    (whole,) = kept.glob("*.folders")
    for name, days in (("cut-off", 6), ("old", 8), (whole.stem, 8)):
        file = kept / f"{name}.folders"
        file.touch()
        then = time.time() - 86_400 * days
        os.utime(file, (then, then))
    home.usage(str(home.folder / ".hidden"))
    assert {path.stem for path in kept.glob("*.folders")} == {"cut-off", whole.stem}


def test_what_was_begun_by_who_was_killed_goes(home: Home) -> None:
    """After a day, in which somebody may still write it."""
    kept = data_of(home) / "quota"
    home.usage()
    code = (
        "import os, pathlib, signal, sys\n"
        "from jupyterlab_mast.files import written_whole\n"
        "with written_whole(pathlib.Path(sys.argv[1])) as stream:\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    for path in (*kept.glob("*.folders"), kept / "usage.json"):
        for _ in range(2):
            subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    begun = sorted(kept.glob(".*"))
    assert len(begun) == 4
    then = time.time() - 2 * 86_400
    for path in begun[::2]:
        os.utime(path, (then, then))
    home.usage()
    assert sorted(kept.glob(".*")) == begun[1::2]


def test_notes_of_copies_go_with_the_next_count(home: Home, tmp_path: Path, faulty: Faulty) -> None:
    """Those of another root with the next one of that."""
    team, notes = tmp_path / "team", notes_in(data_of(home))
    team.mkdir()
    roots = [Usage("home", "Home", str(home.folder)), Usage("team", "Team", str(team))]
    write_usages(usages_in(data_of(home)), roots)
    faulty.put("hst/public/x/1.fits", b"x" * 1000)
    copy = ("copy", "--endpoint", faulty.endpoint, "s3://open/hst/public/x/1.fits")
    for target in ("copies", "others", str(team), str(tmp_path / "elsewhere")):
        assert home.run(*copy, target).returncode == 0
    assert len(list(notes.iterdir())) == 4
    home.usage(str(home.folder / "copies"))
    assert len(list(notes.iterdir())) == 4
    home.usage()
    (left,) = notes.iterdir()
    said = list(filter(None, left.read_text().splitlines()))
    assert {json.loads(line)[1] for line in said} == {str(team)}
    home.usage(str(team))
    assert list(notes.iterdir()) == []


def test_a_count_that_goes_on_heeds_them(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """What had been read may have changed since."""
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    for number in range(30):
        (home.folder / f"{number}" / "deep").mkdir(parents=True)
    account = Account(str(home.folder), kept_in(data_of(home), str(home.folder)))
    assert not account.measure(stopped=lambda: len(account.tree) > 40)
    account.save()
    publish(data_of(home), home.folder)
    first, *others = (os.fsdecode(path) for path in account.tree if path.endswith(b"/deep"))
    for inner in (first, others[0]):
        (home.folder / inner / "new").write_bytes(b"x" * MB)
    quota = HomeQuota(data_of(home))
    quota.changed([str(home.folder / first)], [str(home.folder / os.path.dirname(others[0]))])
    # What it writes counts as seen.
    copies = home.folder / others[1]
    quota.reserve("copy", str(copies), 2 * MB)
    (copies / "copy").write_bytes(b"x" * MB)
    quota.wrote("copy", MB, Folders((str(copies),)))
    assert 4 * MB <= home.usage()["allocated"] < 5 * MB


def test_what_a_server_has_set_stays(home: Home) -> None:
    root = Usage("home", "Home", str(home.folder), limit=7 * MB, source="setting", reserve=MB)
    write_usages(usages_in(data_of(home)), [root])
    for environ in ({}, {"MAST_QUOTA_BYTES": str(9 * MB)}):
        told = home.usage(**environ)
        assert (told["limit"], told["source"], told["reserve"]) == (7 * MB, "setting", MB)


@pytest.mark.parametrize("source", ["administrator", "file-system"])
def test_so_does_what_only_a_server_can_know(home: Home, source: str) -> None:
    root = Usage("home", "Home", str(home.folder), limit=7 * MB, source=source, reserve=MB)
    write_usages(usages_in(data_of(home)), [root])
    told = home.usage(MAST_QUOTA_BYTES=str(9 * MB))
    assert (told["limit"], told["source"]) == (7 * MB, source)


def test_what_the_environment_says_is_of_now(home: Home) -> None:
    told = home.usage(MAST_QUOTA_BYTES=str(9 * MB))
    assert (told["limit"], told["source"]) == (9 * MB, "environment")
    told = home.usage(MAST_QUOTA_BYTES=str(5_000 * MB))
    assert (told["limit"], told["reserve"]) == (5_000 * MB, 200 * MB)
    told = home.usage()
    assert (told["limit"], told["free"], told["reserve"]) == (None, None, 0)


def test_the_environment_speaks_of_the_home_alone(home: Home) -> None:
    variable = {"MAST_QUOTA_BYTES": str(9 * MB)}
    folder = str(home.folder / ".hidden")
    for _ in range(2):
        told = home.usage(folder, **variable)
        assert (told["limit"], told["free"], told["used"]) == (None, None, told["allocated"])
        # Nobody has counted the home before the first time.
        assert home.usage(**variable)["limit"] == 9 * MB


def test_another_root_keeps_its_own_limit(home: Home, tmp_path: Path) -> None:
    team, free = tmp_path / "team", tmp_path / "free"
    team.mkdir()
    free.mkdir()
    roots = [
        Usage("home", "Home", str(home.folder)),
        Usage("team", "Team", str(team), limit=7 * MB, source="setting", reserve=MB),
        Usage("free", "Free", str(free)),
    ]
    write_usages(usages_in(data_of(home)), roots)
    variable = {"MAST_QUOTA_BYTES": str(9 * MB)}
    assert home.usage(str(team), **variable)["limit"] == 7 * MB
    assert home.usage(str(free), **variable)["limit"] is None
    published = read_usages(usages_in(data_of(home)))
    assert [(one.id, one.limit, one.reserve) for one in published] == [
        ("home", None, 0),
        ("team", 7 * MB, MB),
        ("free", None, 0),
    ]
    assert [one.measured is None for one in published] == [True, False, False]


def test_a_home_is_not_filled_to_the_last_byte(home: Home, faulty: Faulty) -> None:
    found = home.usage(MAST_QUOTA_BYTES=str(10 * MB))
    # Files take whole blocks.
    left = (10 * MB - found["used"] - MB) // 4096 * 4096
    copy = ("copy", "--endpoint", faulty.endpoint, "s3://open/hst/public/x/1.fits", "copies")
    faulty.put("hst/public/x/1.fits", bytes(left + 100_000))
    assert home.run(*copy).returncode == 3
    faulty.put("hst/public/x/1.fits", bytes(left))
    assert home.run(*copy).returncode == 0
