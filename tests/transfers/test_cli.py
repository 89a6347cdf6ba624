"""`jupyter mast` in a process of its own, against a real S3 server."""

from __future__ import annotations

import csv
import json
import os
import pty
import random
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.counting import CountingWay
from helpers.home import until
from helpers.partial import partial_bytes
from helpers.servers import (
    ACCESS_KEY,
    CLOSED,
    OPEN,
    SECRET_KEY,
    SeaweedFS,
    archive_of,
    clean_environment,
    free_ports,
)

from jupyterlab_mast.archive.config import read_archives
from jupyterlab_mast.transfers.runner import Transfers
from jupyterlab_mast.transfers.site import Site, note_site

Json = dict[str, Any]
FOLDER = "cli/public/obs/"
FILES = {f"{FOLDER}{number}.dat": bytes([number]) * (number * 1000) for number in range(1, 6)}
ODD = {
    f"cli/odd/{name}": name.encode()
    for name in ("a b+c.txt", "ü→%41.txt", "'quoted' & \"more\".txt", "-dash", "x" * 250)
}
LARGE_KEY = "cli/large/large.bin"
LARGE = random.Random(15).randbytes(24_000_000)
SECONDS = 60.0


@pytest.fixture(scope="module")
def store(seaweed: SeaweedFS) -> SeaweedFS:
    for key, body in {**FILES, **ODD, LARGE_KEY: LARGE}.items():
        seaweed.admin.put_object(Bucket=OPEN, Key=key, Body=body)
    seaweed.admin.put_object(Bucket=CLOSED, Key="hst/public/secret.dat", Body=b"secret")
    return seaweed


class Home:
    """A home of its own, in which the command runs."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.environ = clean_environment(folder)
        self.target = folder / "files"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "jupyterlab_mast.cli", *arguments]

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env={**self.environ, **environ},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environ,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def copy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("copy", "--endpoint", self.endpoint, *arguments, str(self.target))

    def start_copy(self, *arguments: str) -> subprocess.Popen[str]:
        return self.start("copy", "--endpoint", self.endpoint, *arguments, str(self.target))

    def transfers(self) -> list[Json]:
        answer = self.run("transfers", "--json")
        assert answer.returncode == 0, answer.stderr
        return list(json.loads(answer.stdout)["transfers"])

    def only(self) -> Json:
        (transfer,) = self.transfers()
        return transfer

    def parts(self) -> list[Path]:
        return list(self.target.rglob(".mast-*.part"))

    def journal_bytes(self) -> int:
        """Bytes that the partial files hold by now."""
        return partial_bytes(self.target)

    def files(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.target)): path.read_bytes()
            for path in sorted(self.target.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def home(tmp_path: Path, store: SeaweedFS) -> Home:
    return Home(tmp_path, store.endpoint)


@pytest.fixture
def slow(tmp_path: Path, store: SeaweedFS) -> Iterator[Home]:
    """A home with a way to the store that takes some seconds for the large object."""
    way = CountingWay(store.endpoint, len(LARGE) / 6)
    yield Home(tmp_path, way.endpoint)
    way.stop()


def uri(key: str, bucket: str = OPEN) -> str:
    return f"s3://{bucket}/{key}"


# ls


def test_lists_folders_and_objects(home: Home) -> None:
    answer = home.run("ls", "--endpoint", home.endpoint, uri("cli/public/"))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.split() == ["obs/"]
    answer = home.run("ls", "--endpoint", home.endpoint, uri(FOLDER.rstrip("/")))
    lines = answer.stdout.splitlines()
    assert len(lines) == 5
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d +1\.0 kB  1\.dat", lines[0])


def test_lists_as_json_and_by_beginnings(home: Home) -> None:
    answer = home.run("ls", "--json", "--endpoint", home.endpoint, "--bucket", OPEN, f"{FOLDER}1")
    listing = json.loads(answer.stdout)
    assert answer.returncode == 0
    assert listing["bucket"] == OPEN
    assert listing["error"] is None
    (entry,) = listing["entries"]
    assert (entry["key"], entry["size"]) == (f"{FOLDER}1.dat", 1000)


@pytest.fixture(scope="module")
def many(store: SeaweedFS) -> list[str]:
    """More objects than a page has."""
    keys = [f"cli/many/{number:04}" for number in range(1100)]
    for key in keys:
        store.admin.put_object(Bucket=OPEN, Key=key, Body=b"")
    return keys


def test_lists_all_pages(home: Home, many: list[str]) -> None:
    answer = home.run("ls", "--json", "--endpoint", home.endpoint, uri("cli/many/"))
    assert [one["key"] for one in json.loads(answer.stdout)["entries"]] == many


@pytest.mark.usefixtures("many")
def test_ends_quietly_when_nobody_reads_on(home: Home) -> None:
    command = " ".join(
        [*home.command("ls", "--endpoint", home.endpoint, uri("cli/many/")), "| head -n 1"]
    )
    answer = subprocess.run(
        command, shell=True, env=home.environ, capture_output=True, text=True, timeout=SECONDS
    )
    assert answer.stderr == ""


def test_lists_the_folders_of_mast_without_asking(home: Home) -> None:
    answer = home.run("ls")
    assert answer.returncode == 0
    assert "hst/public/" in answer.stdout.split()


def test_names_cannot_steer_the_terminal(home: Home, store: SeaweedFS) -> None:
    store.admin.put_object(Bucket=OPEN, Key="cli/evil/\u202etxt.exe", Body=b"")
    answer = home.run("ls", "--endpoint", home.endpoint, uri("cli/evil/"))
    assert "\\u202etxt.exe" in answer.stdout


@pytest.mark.parametrize("arguments", [["ls"], ["copy"]])
def test_an_archive_out_of_reach_is_4(home: Home, arguments: list[str]) -> None:
    (port,) = free_ports(1)
    endpoint = ["--endpoint", f"http://127.0.0.1:{port}", "--timeout", "2"]
    target = [str(home.target)] if arguments == ["copy"] else []
    answer = home.run(*arguments, *endpoint, uri("a/b"), *target)
    assert answer.returncode == 4
    assert f"127.0.0.1:{port} cannot be reached." in answer.stderr
    assert home.transfers() == []


def test_what_is_not_there_is_1(home: Home) -> None:
    answer = home.run("ls", "--endpoint", home.endpoint, uri("nothing/here"))
    assert answer.returncode == 1
    answer = home.copy(uri("nothing/here.fits"))
    assert answer.returncode == 1
    assert "There is no nothing/here.fits" in answer.stderr
    assert home.transfers() == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["copy", "alone"],
        ["copy", "no-such-name", "x"],
        ["copy", "--layout", "round", "a/b", "x"],
        ["copy", "--endpoint", "http://127.0.0.1:1", "a/b", "x"],
        ["copy", "--endpoint", "ftp://127.0.0.1", "s3://open/a", "x"],
        ["copy", "--from-list", "missing.csv", "x"],
        ["transfers", "show"],
        ["transfers", "show", "20200101-000000-abcdef"],
    ],
)
def test_wrong_usage_is_2(home: Home, arguments: list[str]) -> None:
    answer = home.run(*arguments)
    assert answer.returncode == 2, answer.stderr
    assert answer.stderr
    assert "Traceback" not in answer.stderr


def test_one_copy_takes_from_one_bucket(home: Home) -> None:
    answer = home.copy(uri(f"{FOLDER}1.dat"), uri("a", CLOSED))
    assert answer.returncode == 2
    assert "one bucket" in answer.stderr


# copy


def test_copies_a_file_and_a_folder(home: Home) -> None:
    answer = home.copy(uri(f"{FOLDER}3.dat"))
    assert answer.returncode == 0, answer.stderr
    assert re.fullmatch(
        rf"1 file copied to {home.target}, 3\.0 kB in [\d.]+ s\. Checked by checksum \(.+\)\.\n",
        answer.stdout,
    ), answer.stdout
    assert home.files() == {"3.dat": FILES[f"{FOLDER}3.dat"]}
    answer = home.copy(uri(FOLDER.rstrip("/")))
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith(f"5 files copied to {home.target}, 15.0 kB in ")
    assert home.files() == {
        "3.dat": FILES[f"{FOLDER}3.dat"],
        **{f"obs/{key.rpartition('/')[2]}": body for key, body in FILES.items()},
    }


@pytest.mark.parametrize(
    ("layout", "path"),
    [("flat", "1.dat"), ("archive", f"{FOLDER}1.dat"), ("mastdownload", "obs/1.dat")],
)
def test_layouts(home: Home, layout: str, path: str) -> None:
    answer = home.copy("--layout", layout, uri(FOLDER))
    assert answer.returncode == 0, answer.stderr
    assert (home.target / path).read_bytes() == FILES[f"{FOLDER}1.dat"]


def test_reads_addresses_of_the_web_and_several_sources(home: Home) -> None:
    web = f"{home.endpoint}/{OPEN}/{FOLDER}1.dat"
    answer = home.copy(web, uri(f"{FOLDER}2.dat"), "--bucket", OPEN, f"{FOLDER}4.dat")
    assert answer.returncode == 0, answer.stderr
    assert sorted(home.files()) == ["1.dat", "2.dat", "4.dat"]


HST = "hst/public/ibzz/ibzz05010/"
NAMED = {
    f"{HST}ibzz05010_drz.fits": b"drz",
    f"{HST}ibzz05o8q_flt.fits": b"flt",
    f"{HST}ibzz05o8q_raw.fits": b"raw",
    "tess/public/tid/s0099/0000/0000/0000/4242/tess_4242_lc.fits": b"lc",
    "tess/public/tid/s0098/0000/0000/0000/4242/tess_4242_lc.fits": b"older",
}


@pytest.mark.parametrize(
    ("source", "bodies"),
    [
        ("ibzz05010", [b"drz", b"flt", b"raw"]),
        ("IBZZ05O8Q", [b"flt", b"raw"]),
        ("ibzz05010_drz.fits", [b"drz"]),
        ("mast:HST/product/ibzz05o8q_raw.fits", [b"raw"]),
        ("ibzz05", [b"drz", b"flt", b"raw"]),
        ("TIC 4242 s99", [b"lc"]),
        ("TIC 4242", [b"lc", b"older"]),
        (f"{HST}ibzz05010_drz.fits", [b"drz"]),
    ],
)
def test_finds_what_people_call_it(
    home: Home, store: SeaweedFS, source: str, bodies: list[bytes]
) -> None:
    for key, body in NAMED.items():
        store.admin.put_object(Bucket=OPEN, Key=key, Body=body)
    answer = home.copy("--bucket", OPEN, "--layout", "archive", source)
    assert answer.returncode == 0, answer.stderr
    assert sorted(home.files().values()) == bodies
    assert {key: NAMED[key] for key in home.files()} == home.files()


def test_a_name_that_is_not_there_is_1(home: Home) -> None:
    answer = home.copy("--bucket", OPEN, "ibzz07010")
    assert answer.returncode == 1
    assert "There is no ibzz07010 in open." in answer.stderr


def test_identical_files_are_not_fetched_again(tmp_path: Path, store: SeaweedFS) -> None:
    way = CountingWay(store.endpoint)
    home = Home(tmp_path, way.endpoint)
    assert home.copy(uri(FOLDER)).returncode == 0
    assert len(way.fetched()) == 5
    way.requests.clear()
    answer = home.copy(uri(FOLDER), uri(f"{FOLDER}1.dat"))
    assert answer.returncode == 0
    assert answer.stdout == f"Nothing to copy to {home.target}: 5 already there and identical.\n"
    assert way.fetched() == []
    assert way.requests
    way.stop()


def test_another_file_in_the_way_is_refused(home: Home) -> None:
    home.target.mkdir()
    (home.target / "1.dat").write_text("mine")
    answer = home.copy(uri(f"{FOLDER}1.dat"))
    assert answer.returncode == 3
    assert "1.dat" in answer.stderr
    assert "--conflict skip" in answer.stderr
    assert home.files() == {"1.dat": b"mine"}
    assert home.transfers() == []
    # A word that it may be much is no word that files may be replaced.
    assert home.copy("--yes", uri(f"{FOLDER}1.dat")).returncode == 3
    answer = home.copy("--conflict", "skip", uri(f"{FOLDER}1.dat"))
    assert (answer.returncode, home.files()) == (0, {"1.dat": b"mine"})
    assert "1 skipped" in answer.stdout
    assert home.copy("--conflict", "keep-both", uri(f"{FOLDER}1.dat")).returncode == 0
    assert len(home.files()) == 2
    assert home.files()["1.dat"] == b"mine"
    assert home.copy("--conflict", "replace", uri(f"{FOLDER}1.dat")).returncode == 0
    assert home.files()["1.dat"] == FILES[f"{FOLDER}1.dat"]


@pytest.mark.usefixtures("many")
def test_much_needs_a_word(home: Home) -> None:
    answer = home.copy(uri("cli/many/"))
    assert answer.returncode == 3
    assert "1,100 files" in answer.stderr
    assert "--yes" in answer.stderr
    assert not home.target.exists()
    answer = home.copy("--yes", uri("cli/many/"))
    assert answer.returncode == 0, answer.stderr
    assert len(home.files()) == 1100
    # What is there does not count.
    for path in [one for one in home.target.rglob("*") if one.is_file()][:5]:
        path.unlink()
    answer = home.copy(uri("cli/many/"))
    assert answer.returncode == 0, answer.stderr
    assert len(home.files()) == 1100


def test_shows_a_plan(home: Home) -> None:
    answer = home.copy("--plan", uri(FOLDER))
    assert answer.returncode == 0
    assert answer.stdout.startswith(f"5 files, 15.0 kB, to {home.target}\n15.0 kB to be written")
    answer = home.copy("--plan", "--json", uri(FOLDER))
    assert json.loads(answer.stdout)["plan"]["files"] == 5
    assert not home.target.exists()
    assert home.transfers() == []


def test_tells_programs_as_json(home: Home) -> None:
    answer = home.copy("--json", "--progress", "json", uri(FOLDER))
    told = json.loads(answer.stdout)
    assert (told["state"], told["exit"], told["files"]["copied"]) == ("done", 0, 5)
    assert told["origin"] == "command"
    assert told["checked"]["checksum"] == 5
    assert told["sentence"].startswith("5 files copied to")
    lines = [json.loads(line) for line in answer.stderr.splitlines()]
    assert {line["id"] for line in lines} == {told["id"]}
    answer = home.copy("--json", uri("nothing/here"))
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["error"]["kind"] == "not-found"


def test_copies_odd_keys(home: Home) -> None:
    answer = home.copy("--layout", "archive", uri("cli/odd/"))
    assert answer.returncode == 0, answer.stderr
    assert sorted(home.files().values()) == sorted(ODD.values())
    for key, body in ODD.items():
        single = Home(home.folder / "single", home.endpoint)
        single.folder.mkdir(exist_ok=True)
        answer = single.copy("--conflict", "replace", "--layout", "flat", uri(key))
        assert answer.returncode == 0, answer.stderr
        assert body in single.files().values()


def test_signs_with_credentials(home: Home) -> None:
    source = uri("hst/public/secret.dat", CLOSED)
    answer = home.copy(source)
    assert answer.returncode == 1
    assert "does not allow" in answer.stderr
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    endpoint = ["copy", "--signed", "--endpoint", home.endpoint]
    answer = home.run(*endpoint, source, str(home.target), **keys)
    assert answer.returncode == 0, answer.stderr
    assert home.files() == {"secret.dat": b"secret"}


def test_copies_what_a_list_names(home: Home, store: SeaweedFS) -> None:
    path = home.folder / "list.csv"
    etag = store.admin.head_object(Bucket=OPEN, Key=f"{FOLDER}1.dat")["ETag"]
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["archive", "key", "size", "etag"])
        rows.writerow(["team", f"{FOLDER}1.dat", 1000, etag])
        rows.writerow(["team", f"{FOLDER}2.dat", "", ""])
        rows.writerow(["team", f"{FOLDER}gone.dat", "", ""])
    answer = home.copy("--from-list", str(path))
    assert answer.returncode == 2  # of which bucket?
    answer = home.copy("--from-list", str(path), "--bucket", OPEN)
    assert answer.returncode == 1
    assert f"{FOLDER}gone.dat: " in answer.stderr
    assert "2 of 3 files copied" in answer.stderr
    assert sorted(home.files()) == ["1.dat", "2.dat"]


@pytest.mark.parametrize("etag", ['"x"\r\n\r\nDELETE /open/x HTTP/1.1', '"x y"', '"x', "x\1"])
def test_a_list_whose_etag_is_none_is_refused(home: Home, etag: str) -> None:
    path = home.folder / "list.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["archive", "key", "etag"], ["team", f"{FOLDER}1.dat", etag]])
    answer = home.copy("--from-list", str(path), "--bucket", OPEN)
    assert answer.returncode == 2
    assert f"Line 2 of {path} has an ETag that is none" in answer.stderr
    assert home.files() == {}


def test_a_list_is_of_the_archive_that_the_server_has_by_that_name(home: Home) -> None:
    path = home.folder / "list.csv"
    path.write_text(f"archive,key\nteam,{FOLDER}1.dat\n")
    archives = [archive_of("mast", "http://127.0.0.1:1"), archive_of("team", home.endpoint)]
    archives[1]["roots"] = [{"title": "Ours", "prefix": FOLDER}]
    site = Site(tuple(read_archives(archives, "archives").values()))
    note_site(home.folder / "data" / "jupyterlab-mast", site)
    answer = home.run("copy", "--from-list", str(path), str(home.target))
    assert answer.returncode == 0, answer.stderr
    assert home.files() == {"1.dat": FILES[f"{FOLDER}1.dat"]}


def test_a_target_that_cannot_be_written(home: Home) -> None:
    home.target.write_text("a file")
    answer = home.copy(uri(f"{FOLDER}1.dat"))
    assert answer.returncode == 2
    assert f"{home.target} is not a folder." in answer.stderr


def test_a_data_folder_that_cannot_be_made(home: Home) -> None:
    (home.folder / "data").write_text("a file")
    answer = home.run("transfers")
    assert answer.returncode == 1
    assert "Traceback" not in answer.stderr
    assert str(home.folder / "data") in answer.stderr


def test_prints_lines_where_there_is_no_terminal(slow: Home) -> None:
    answer = slow.copy(uri(LARGE_KEY))
    assert answer.returncode == 0
    assert "\r" not in answer.stderr
    assert re.match(r"\d\d:\d\d:\d\d  Copy started to ", answer.stderr), answer.stderr


# A person at a terminal


class Terminal:
    """The command on a terminal of 80 columns."""

    def __init__(self, home: Home, *arguments: str) -> None:
        self.text = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(home.folder)
            os.execve(sys.executable, home.command(*arguments), {**home.environ, "COLUMNS": "80"})

    def read_until(self, pattern: str, seconds: float = 30.0) -> None:
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < end, self.text
            if select.select([self.file], [], [], 0.1)[0]:
                self.text += self._read()

    def _read(self) -> str:
        try:
            return os.read(self.file, 4096).decode(errors="replace")
        except OSError:  # its end
            return ""

    def type(self, text: str) -> None:
        os.write(self.file, text.encode())

    def end(self) -> int:
        while data := self._read():
            self.text += data
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.file)
        return code


def copy_on_terminal(home: Home, *arguments: str) -> Terminal:
    return Terminal(home, "copy", "--endpoint", home.endpoint, *arguments, str(home.target))


def test_asks_about_files_in_the_way(home: Home) -> None:
    home.target.mkdir()
    (home.target / "1.dat").write_text("mine")
    terminal = copy_on_terminal(home, uri(f"{FOLDER}1.dat"))
    terminal.read_until(r"\[r\]eplace")
    assert "changed here" in terminal.text
    terminal.type("r\n")
    assert terminal.end() == 0, terminal.text
    assert home.files() == {"1.dat": FILES[f"{FOLDER}1.dat"]}


@pytest.mark.parametrize(("typed", "code"), [("\n", 3), ("\x03", 130), ("\x04", 130)])
def test_nothing_is_copied_without_an_answer(home: Home, typed: str, code: int) -> None:
    home.target.mkdir()
    (home.target / "1.dat").write_text("mine")
    terminal = copy_on_terminal(home, uri(f"{FOLDER}1.dat"))
    terminal.read_until(r"\[r\]eplace.*\) ")
    terminal.type(typed)
    assert terminal.end() == code, terminal.text
    assert home.files() == {"1.dat": b"mine"}
    assert home.transfers() == []


def test_draws_a_bar_that_fits(slow: Home) -> None:
    terminal = copy_on_terminal(slow, uri(LARGE_KEY))
    assert terminal.end() == 0
    drawn = [line.rstrip() for line in re.split(r"[\r\n]+", terminal.text)]
    assert any(re.search(r"^\[#+-+\]  .* of 24\.0 MB, 0 of 1 file", line) for line in drawn), drawn
    assert any(re.search(r"MB/s", line) for line in drawn)
    assert any(re.search(r"\d s left", line) for line in drawn)
    assert max(len(line) for line in drawn if line.startswith("[")) <= 80
    assert drawn[-2].startswith("1 file copied to ") or "1 file copied to " in terminal.text


# Stopping and going on


def test_ctrl_c_pauses_and_resume_goes_on(slow: Home) -> None:
    process = slow.start_copy(uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 4_000_000)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    paused = slow.only()
    assert f"jupyter mast transfers resume {paused['id']}" in errors
    assert (paused["state"], paused["bytes"]["done"] > 3_000_000) == ("paused", True)
    assert not (slow.target / "large.bin").exists()
    answer = slow.run("transfers", "resume", paused["id"], "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["state"] == "done"
    assert slow.files() == {"large.bin": LARGE}


def test_sigterm_pauses_and_cancel_leaves_nothing(slow: Home) -> None:
    process = slow.start_copy("--json", uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 2_000_000)
    process.terminate()
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert json.loads(output)["exit"] == 130
    assert slow.parts()
    answer = slow.run("transfers", "cancel", slow.only()["id"])
    assert answer.returncode == 0, answer.stderr
    assert slow.files() == {}
    assert slow.only()["state"] == "cancelled"
    assert slow.run("transfers", "clear", slow.only()["id"]).returncode == 0
    assert slow.transfers() == []


def test_a_killed_copy_is_resumed_where_it_was(tmp_path: Path, store: SeaweedFS) -> None:
    way = CountingWay(store.endpoint, len(LARGE) / 6)
    home = Home(tmp_path, way.endpoint)
    process = home.start_copy(uri(LARGE_KEY), uri(FOLDER))
    until(lambda: home.journal_bytes() > 12_000_000)
    process.kill()
    process.communicate(timeout=20)
    left = home.only()
    assert left["interrupted"]
    assert left["bytes"]["done"] > 8_000_000
    assert "interrupted" in home.run("transfers").stdout
    way.requests.clear()
    answer = home.run("transfers", "resume", left["id"][-6:])
    assert answer.returncode == 0, answer.stderr
    files = home.files()
    assert files.pop("large.bin") == LARGE
    assert sorted(files.values()) == sorted(FILES.values())
    # Three ranges has the object; what was whole is not asked for again.
    assert len(way.fetched()) <= 3
    way.stop()


def test_interrupting_the_plan_leaves_nothing(home: Home) -> None:
    listener = CountingWay(home.endpoint, 50)  # no answer before long
    hung = Home(home.folder, listener.endpoint)
    process = hung.start_copy(uri(LARGE_KEY))
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Nothing was copied." in errors
    assert home.transfers() == []
    listener.stop()


def test_two_programs_at_one_transfer(slow: Home) -> None:
    process = slow.start_copy(uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 1_000_000)
    transfer = slow.only()["id"]
    answer = slow.run("transfers", "resume", transfer)
    assert answer.returncode == 3
    assert "Another program works at" in answer.stderr
    assert slow.run("transfers", "clear", transfer).returncode == 3
    answer = slow.run("transfers", "pause", transfer, "--json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["state"] == "paused"
    assert process.poll() is None
    time.sleep(1.5)
    answer = slow.run("transfers", "resume", transfer, "--json")
    assert answer.returncode == 0, answer.stderr
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert slow.files() == {"large.bin": LARGE}


def test_cancelling_from_elsewhere(slow: Home) -> None:
    process = slow.start_copy(uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 1_000_000)
    answer = slow.run("transfers", "cancel", slow.only()["id"])
    assert answer.returncode == 0, answer.stderr
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "cancelled" in errors
    assert slow.files() == {}


def test_an_archive_that_goes_away_midway_is_4(tmp_path: Path, store: SeaweedFS) -> None:
    way = CountingWay(store.endpoint, len(LARGE) / 6)
    home = Home(tmp_path, way.endpoint)
    process = home.start_copy("--timeout", "3", uri(LARGE_KEY))
    until(lambda: home.journal_bytes() > 1_000_000)
    way.stop()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 4, errors
    assert "Waiting for the network" in errors
    assert "transfers resume" in errors
    assert home.only()["state"] == "paused"
    again = CountingWay(store.endpoint, port=way.port)
    answer = home.run("transfers", "resume", home.only()["id"])
    assert answer.returncode == 0, answer.stderr
    assert home.files() == {"large.bin": LARGE}
    again.stop()


# Beside a server


@pytest.fixture
def server(slow: Home) -> Iterator[Transfers]:
    """The engine as a Jupyter server has it."""
    data = slow.folder / "data" / "jupyterlab-mast"
    transfers = Transfers(data)
    yield transfers
    transfers.close()


def test_a_server_goes_on_with_what_was_killed(slow: Home, server: Transfers) -> None:
    process = slow.start_copy(uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 4_000_000)
    until(lambda: [one["state"] for one in server.snapshot()] == ["running"])
    process.kill()
    process.communicate(timeout=20)
    transfer = server.snapshot()[0]["id"]
    assert server.wait(transfer, 30)["state"] == "done"
    assert slow.files() == {"large.bin": LARGE}
    assert slow.run("transfers", "resume", transfer).returncode == 3


def test_a_server_hears_of_what_the_command_does(slow: Home, server: Transfers) -> None:
    assert slow.copy(uri(FOLDER)).returncode == 0
    until(lambda: [one["state"] for one in server.snapshot()] == ["done"])
    transfer = server.snapshot()[0]["id"]
    assert slow.run("transfers", "undo", transfer).returncode == 0
    until(lambda: server.snapshot()[0]["undone"])
    assert slow.files() == {}
    assert slow.run("transfers", "clear", transfer).returncode == 0
    until(lambda: server.snapshot() == [])


def test_a_paused_copy_is_left_to_the_server_that_took_it_up(slow: Home, server: Transfers) -> None:
    process = slow.start_copy(uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 2_000_000)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    (transfer,) = (one["id"] for one in server.snapshot())
    until(lambda: not server.summary(transfer)["elsewhere"])
    assert server.summary(transfer)["state"] == "paused"
    answer = slow.run("transfers", "resume", transfer)
    assert answer.returncode == 0, answer.stderr
    assert "is running" in answer.stdout
    assert server.wait(transfer, 30)["state"] == "done"
    assert slow.files() == {"large.bin": LARGE}


# transfers


def test_shows_and_undoes_a_transfer(home: Home) -> None:
    home.copy(uri(FOLDER))
    transfer = home.only()["id"]
    answer = home.run("transfers", "show", "--files", transfer)
    assert answer.returncode == 0
    assert "5 of 5 files, 15.0 kB" in answer.stdout
    assert "obs/1.dat" in answer.stdout
    told = json.loads(home.run("transfers", "show", "--files", "--json", transfer).stdout)
    assert [one["key"] for one in told["objects"]] == list(FILES)
    assert transfer in home.run("transfers").stdout
    (home.target / "obs" / "2.dat").write_text("changed since")
    answer = home.run("transfers", "undo", transfer)
    assert answer.returncode == 0, answer.stderr
    assert home.files() == {"obs/2.dat": b"changed since"}
    assert home.only()["undone"]


def test_retries_what_failed(home: Home, store: SeaweedFS) -> None:
    key = "cli/later/late.dat"
    path = home.folder / "list.csv"
    path.write_text(f"archive,key\nx,{key}\nx,{FOLDER}1.dat\n")
    answer = home.copy("--bucket", OPEN, "--from-list", str(path), "--json")
    told = json.loads(answer.stdout)
    assert (answer.returncode, told["state"]) == (1, "done-with-failures")
    store.admin.put_object(Bucket=OPEN, Key=key, Body=b"")
    answer = home.run("transfers", "retry", told["id"])
    assert answer.returncode == 0, answer.stderr
    assert sorted(home.files()) == ["1.dat", "late.dat"]


def test_cleans_what_nobody_goes_on_with(slow: Home) -> None:
    process = slow.start_copy(uri(LARGE_KEY))
    until(lambda: slow.journal_bytes() > 1_000_000)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    transfer = slow.only()["id"]
    (own,) = slow.parts()
    old = time.time() - 7200
    elsewhere = slow.folder / "elsewhere"
    elsewhere.mkdir()
    strangers = {
        folder / f".mast-20200101-000000-abcdef-{number}.part": age
        for folder in (slow.target, elsewhere)
        for number, age in enumerate((old, time.time()))
    }
    for path, age in strangers.items():
        path.write_bytes(b"x")
        os.utime(path, (age, age))
    (slow.target / ".mast-notes.part").write_text("a person's own")
    answer = slow.run("transfers", "clean", str(elsewhere), "--json")
    assert answer.returncode == 0, answer.stderr
    gone = sorted(str(path) for path, age in strangers.items() if age == old)
    assert sorted(json.loads(answer.stdout)["removed"]) == gone
    assert own.exists()
    assert (slow.target / ".mast-notes.part").exists()
    # The same once its transfer is over.
    left = own.read_bytes()[:1000]
    slow.run("transfers", "cancel", transfer)
    own.write_bytes(left)
    assert json.loads(slow.run("transfers", "clean", "--json").stdout)["removed"] == [str(own)]


def test_the_command_of_jupyter_finds_it(home: Home) -> None:
    """`jupyter mast` looks for `jupyter-mast` on the PATH."""
    folder = home.folder / "bin"
    folder.mkdir()
    script = folder / "jupyter-mast"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nfrom jupyterlab_mast.cli import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    answer = subprocess.run(
        [sys.executable, "-m", "jupyter", "mast", "--version"],
        env={**home.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip()
