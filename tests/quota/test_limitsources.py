"""Who says how much a person may store: the file system, an administrator, or the environment."""

from __future__ import annotations

import fcntl
import os
import struct
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from jupyterlab_mast.quota import limits
from jupyterlab_mast.quota.limits import Limit, limit_of


def test_the_first_limit_that_is_set_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, environment = str(tmp_path), {"MAST_QUOTA_BYTES": "4"}
    assert limit_of(path, environment={}) is None
    assert limit_of(path, environment=environment) == Limit(4, "environment")
    assert limit_of(path, setting=3, environment=environment) == Limit(3, "setting")
    asked = []

    def ask(root: str) -> int | None:
        asked.append(root)
        return 2

    found = limit_of(path, ask=ask, setting=3, environment=environment)
    assert found == Limit(2, "administrator")
    assert asked == [path]
    assert limit_of(path, ask=lambda _: None, setting=3, environment={}) == Limit(3, "setting")
    monkeypatch.setattr(limits, "project_limit", lambda path, declared: 1)
    assert limit_of(path, ask=ask, setting=3, environment=environment) == Limit(1, "file-system")


def test_the_size_of_a_whole_file_system_is_nobodys_limit(tmp_path: Path) -> None:
    assert limits.project_limit(str(tmp_path)) is None


class _Sizes:
    """What ``statvfs`` tells of a home and of the file system that it lies on, in bytes."""

    def __init__(self, home: Path, here: int, top: int) -> None:
        self._home = str(home)
        self._here, self._top = here, top

    def __call__(self, path: str) -> SimpleNamespace:
        size = self._here if path == self._home else self._top
        return SimpleNamespace(f_blocks=size // 4096, f_frsize=4096)


@pytest.mark.parametrize(
    ("project", "here", "limit"),
    [
        (7, 5 << 20, 5 << 20),
        # As large as the file system: nobody has limited the project.
        (7, 9 << 20, None),
        # Smaller for another reason, as in a subvolume.
        (0, 5 << 20, None),
        (0, 9 << 20, None),
    ],
)
@pytest.mark.parametrize("declared", [False, True])
def test_a_project_that_is_smaller_than_its_file_system_is_limited(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    project: int,
    here: int,
    limit: int | None,
    declared: bool,
) -> None:
    monkeypatch.setattr(limits, "project_of", lambda path: project)
    monkeypatch.setattr(limits, "mount_point", lambda path: "/")
    monkeypatch.setattr(os, "statvfs", _Sizes(tmp_path, here, 9 << 20))
    expected = here if declared else limit
    assert limits.project_limit(str(tmp_path), declared) == expected
    found = limit_of(str(tmp_path), declared=declared, setting=3, environment={})
    assert found == (Limit(3, "setting") if expected is None else Limit(expected, "file-system"))


def test_a_project_that_cannot_be_asked_about_is_no_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "project_of", lambda path: 7)
    gone = str(tmp_path / "gone")
    assert limits.project_limit(gone) is None
    assert limits.project_limit(gone, True) is None


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone has projects")
def test_the_project_of_a_folder_is_what_the_kernel_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``struct fsxattr``: flags, extent size, extents, project id, copy-on-write extent size."""
    asked = []

    def ioctl(file: int, request: int, attributes: bytes) -> bytes:
        asked.append((os.readlink(f"/proc/self/fd/{file}"), request, len(attributes)))
        return struct.pack("=5I8x", 1, 2, 3, 41, 5)

    monkeypatch.setattr(fcntl, "ioctl", ioctl)
    assert limits.project_of(str(tmp_path)) == 41
    # FS_IOC_FSGETXATTR of linux/fs.h: _IOR('X', 31, struct fsxattr).
    assert asked == [(str(tmp_path), 2 << 30 | 28 << 16 | ord("X") << 8 | 31, 28)]
    assert limits.project_of(str(tmp_path / "gone")) == 0


def test_a_file_system_begins_where_it_is_mounted(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(folder)
    top = limits.mount_point(str(folder))
    assert os.path.ismount(top)
    assert os.stat(top).st_dev == os.stat(folder).st_dev
    assert limits.mount_point(str(tmp_path / "link")) == top
    assert limits.mount_point("/") == "/"


def test_a_file_system_that_is_declared_to_be_ones_own(tmp_path: Path) -> None:
    found = os.statvfs(tmp_path)
    assert limits.project_limit(str(tmp_path), True) == found.f_blocks * found.f_frsize


NO_NUMBERS = ["ten", "-1", "1e9", "10 GB", "1_000", "+1", "0x10", "\u0661\u0662", "\u00b2", "1.0"]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_limit_that_is_no_number_of_bytes(tmp_path: Path, value: str) -> None:
    with pytest.raises(ValueError, match=r"MAST_QUOTA_BYTES gives .* no number of bytes"):
        limit_of(str(tmp_path), environment={"MAST_QUOTA_BYTES": value})
    with pytest.raises(ValueError, match=r"administrator's function gives .* no number of bytes"):
        # What a function of an administrator returns nobody has checked.
        limit_of(str(tmp_path), ask=lambda _: cast(int, value), environment={})


#: What a page can tell exactly: all numbers of JavaScript up to it.
MOST = 2**53 - 1


@pytest.mark.parametrize("value", [0, 1_000, MOST])
def test_a_limit_is_written_in_digits(tmp_path: Path, value: int) -> None:
    path = str(tmp_path)
    for text in (f"{value}", f" {value}\n", f"000{value}"):
        found = limit_of(path, environment={"MAST_QUOTA_BYTES": text})
        assert found == Limit(value, "environment")
    assert limit_of(path, setting=value, environment={}) == Limit(value, "setting")
    assert limit_of(path, ask=lambda _: value, environment={}) == Limit(value, "administrator")


@pytest.mark.parametrize("digits", [16, 17, 400, 5000])
def test_a_limit_that_is_too_large_to_be_told(tmp_path: Path, digits: int) -> None:
    """However it was set; the sentence has not all of its digits."""
    path, value = str(tmp_path), MOST + 1 if digits == 16 else 10 ** (digits - 1)
    text = f"{value}" if digits < 4000 else "1" * digits
    ways: dict[str, dict[str, Any]] = {
        "MAST_QUOTA_BYTES": {"environment": {"MAST_QUOTA_BYTES": text}},
        "the setting": {"setting": value, "environment": {}},
        "the administrator's function": {"ask": lambda _: value, "environment": {}},
    }
    for name, values in ways.items():
        with pytest.raises(ValueError, match=f"^{name} gives more than ") as wrong:
            limit_of(path, **values)
        assert len(str(wrong.value)) < 120
