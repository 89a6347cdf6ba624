"""What holds while the files of a home are counted for the first time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.home import until
from helpers.published import MB, publish
from helpers.trees import folders_of_one_file

from jupyterlab_mast.quota import accountant, walk
from jupyterlab_mast.quota.accountant import Accountant, Settings
from jupyterlab_mast.quota.interface import HomeQuota, QuotaError
from jupyterlab_mast.quota.usage import Usage

FOLDERS = 200


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home of 200 folders with 20 kB each."""
    return folders_of_one_file(tmp_path / "home", FOLDERS, 20_000)


@pytest.fixture
def counting(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Accountant]:
    """A count of it that will not end soon; nothing is known of the home before."""
    monkeypatch.setattr(accountant, "TELL_SECONDS", 0.0)
    # A folder at a time.
    monkeypatch.setattr(walk, "UNIT_SECONDS", 0.0)
    root = Usage("home", "Home", str(home), limit=10 * MB)
    settings = Settings(rate=20.0)
    one = Accountant(tmp_path / "data", [root], settings, lambda: None)
    one.start()
    yield one
    one.close()


def test_the_limit_holds_as_soon_as_the_count_begins(
    tmp_path: Path, home: Path, counting: Accountant
) -> None:
    quota = HomeQuota(tmp_path / "data")
    until(lambda: quota.space(str(home)).limit is not None)
    with pytest.raises(QuotaError) as refused:
        quota.reserve("a", str(home), 10 * MB + 1)
    assert refused.value.limit == 10 * MB
    # What was found so far is known, and more with time.
    until(lambda: (quota.space(str(home)).used or 0) > 0)
    first = quota.space(str(home))
    assert first.counting
    until(lambda: quota.space(str(home)).free < first.free)
    assert counting.snapshot()[0].measured is None
    assert 0 < counting.snapshot()[0].allocated < 20_000 * FOLDERS


def test_what_was_found_so_far_is_not_free(tmp_path: Path, home: Path) -> None:
    data = tmp_path / "data"
    publish(data, home, allocated=6 * MB, measured=None, refreshed=None, counting=1000)
    quota = HomeQuota(data)
    space = quota.space(str(home))
    assert (space.free, space.limit, space.used) == (4 * MB, 10 * MB, 6 * MB)
    with pytest.raises(QuotaError) as refused:
        quota.reserve("a", str(home), 5 * MB)
    assert (refused.value.free, refused.value.limit) == (4 * MB, 10 * MB)
    quota.reserve("b", str(home), 3 * MB)
    assert quota.space(str(home)).free == MB
    # When the count has ended it is still there.
    publish(data, home, allocated=7 * MB)
    space = quota.space(str(home))
    assert (space.free, space.counting) == (0, False)
    quota.give_back("b")
    assert quota.space(str(home)).free == 3 * MB


def test_what_was_counted_before_goes_on_to_count(
    tmp_path: Path, home: Path, counting: Accountant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A count that is cut off leaves what it has found; the next one says so before it reads."""
    quota = HomeQuota(tmp_path / "data")
    until(lambda: (quota.space(str(home)).used or 0) > 100_000)
    counting.close()
    used = quota.space(str(home)).used or 0
    monkeypatch.setattr(accountant, "TELL_SECONDS", float("inf"))
    root = Usage("home", "Home", str(home), limit=8 * MB)
    again = Accountant(tmp_path / "data", [root], Settings(rate=2.0), lambda: None)
    again.start()
    try:
        until(lambda: quota.space(str(home)).limit == 8 * MB)
        assert (quota.space(str(home)).used or 0) >= used
    finally:
        again.close()
