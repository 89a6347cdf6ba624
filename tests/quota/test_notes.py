"""Notes for the one that measures: nothing is lost or said twice, and nothing stays behind."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from jupyterlab_mast.quota import notes
from jupyterlab_mast.quota.notes import Note, Notes


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "hints"


def test_what_is_left_is_taken_once(folder: Path) -> None:
    one, two, reader = Notes(folder), Notes(folder), Notes(folder)
    assert reader.take() == []
    odd = os.fsdecode(b"/home/caf\xe9\n\xff")
    one.leave("look", ["/home/a", odd])
    one.leave("save", ["/home"])
    two.leave("again", ["/home"])
    two.leave("look", [])
    assert len(list(folder.iterdir())) == 2
    assert sorted(reader.take()) == sorted(
        [Note("look", "/home/a"), Note("look", odd), Note("save", "/home"), Note("again", "/home")]
    )
    assert list(folder.iterdir()) == []
    assert reader.take() == []
    # The same again is new: something has changed there once more.
    one.leave("look", ["/home/a"])
    assert reader.take() == [Note("look", "/home/a")]


def test_what_is_still_to_be_read_is_not_said_twice(folder: Path) -> None:
    writer = Notes(folder)
    writer.leave("look", ["/home/a"])
    (file,) = folder.iterdir()
    size = file.stat().st_size
    for _ in range(1000):
        writer.leave("look", ["/home/a"])
    assert file.stat().st_size == size


def test_a_file_stays_small(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_BYTES", 1000)
    writer = Notes(folder)
    left = [writer.leave("look", [f"/home/{number}"]) for number in range(100)]
    (file,) = folder.iterdir()
    assert file.stat().st_size <= 1000
    found = Notes(folder).take()
    # Who leaves too much is told.
    assert found == [Note("look", f"/home/{number}") for number in range(left.index(False))]
    assert writer.leave("look", ["/home/99"])
    assert Notes(folder).take() == [Note("look", "/home/99")]


def test_whoever_closes_leaves_no_file(folder: Path) -> None:
    writer = Notes(folder)
    writer.leave("look", ["/home/a"])
    writer.close()
    writer.leave("look", ["/home/b"])
    assert list(folder.iterdir()) == []
    writer.close()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\0",
        b"{",
        b"5",
        b'"look"',
        b"[]",
        b'["look"]',
        b'["look", "/home", 1]',
        b'["look", 5]',
        b'["look", ["/home"]]',
        b'["look", {"/": 1}]',
        b'["look", "home"]',
        b'["look", ""]',
        b'["look", "/\\ud800"]',
        b'["delete", "/home"]',
        b'[["look"], "/home"]',
        b'["look", "/\xff"]',
        b"[" * 100_000,
        b"9" * 100_000,
        b'["look", "/' + b"x" * 2 * notes.MAX_BYTES,
    ],
    ids=range(20),
)
def test_what_is_no_note_is_passed_over(folder: Path, line: bytes) -> None:
    folder.mkdir(parents=True)
    whole = json.dumps(["look", "/home/a"]).encode()
    (folder / "damaged.jsonl").write_bytes(whole + b"\n" + line + b"\n")
    assert Notes(folder).take() == [Note("look", "/home/a")]
    assert list(folder.iterdir()) == []


def test_what_is_no_file_of_notes_is_left_alone(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    other = tmp_path / "other"
    other.write_bytes(b'["look", "/home/a"]\n')
    (folder / "link.jsonl").symlink_to(other)
    (folder / "folder.jsonl").mkdir()
    (folder / "text").write_bytes(other.read_bytes())
    os.mkfifo(folder / "pipe.jsonl")
    assert Notes(folder).take() == []
    assert len(list(folder.iterdir())) == 4
    assert other.exists()


def test_a_disk_without_room_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "hints").write_bytes(b"")
    writer = Notes(tmp_path / "hints")
    writer.leave("look", ["/home/a"])
    assert writer.take() == []
    writer.close()


def test_a_line_that_was_torn_takes_none_with_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Notes(folder)
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, some: write(file, some[:5]))
    writer.leave("look", ["/home/a"])
    monkeypatch.undo()
    writer.leave("look", ["/home/a", "/home/b"])
    assert Notes(folder).take() == [Note("look", "/home/a"), Note("look", "/home/b")]


def test_nothing_is_lost_while_it_is_read(folder: Path) -> None:
    writers = [Notes(folder) for _ in range(2)]
    reader = Notes(folder)
    found: set[Note] = set()

    def write(number: int) -> None:
        for count in range(1000):
            writers[number].leave("look", [f"/{number}/{count}"])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        found.update(reader.take())
    found.update(reader.take())
    assert len(found) == 2000
    assert list(folder.iterdir()) == []
