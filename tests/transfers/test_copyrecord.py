"""Records of copies: as lines, and packed."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mast.transfers.copyrecord import Copy, Packing, from_lines, to_line
from jupyterlab_mast.transfers.provenance import Provenance

_text = st.text(st.characters(), max_size=12)
_any_text = st.text(st.characters(exclude_categories=()), max_size=12)
_names = st.lists(st.sampled_from(["a", "b", "é", "file.fits", ""]), max_size=5).map("/".join)
_nanoseconds = st.integers(-(2**63), 2**63 - 1)
_numbers = st.integers(0, 2**64 - 1)
_copies = st.builds(
    Copy,
    path=st.one_of(_names, _any_text).map("/".__add__),
    archive=_text,
    bucket_url=_text,
    key=st.one_of(_names, _any_text),
    etag=_any_text,
    size=st.integers(0, 2**63 - 1),
    time=st.floats(allow_nan=False),
    check=st.sampled_from([None, "checksum", "version"]),
    algorithm=_text,
    checksum=_any_text,
    own=_text,
    device=_numbers,
    inode=_numbers,
    mtime_ns=_nanoseconds,
    ctime_ns=_nanoseconds,
    transfer=_text,
    removed=st.just(False),
)


@given(st.lists(_copies, max_size=5))
def test_a_packed_record_is_the_record(copies: list[Copy]) -> None:
    packing = Packing()
    packed = [(copy.path, packing.pack(copy)) for copy in copies]
    assert [packing.unpack(path, one) for path, one in packed] == copies
    assert [packing.size_of(one) for _, one in packed] == [copy.size for copy in copies]
    assert [packing.time_of(one) for _, one in packed] == [copy.time for copy in copies]


@given(st.lists(_copies, min_size=1, max_size=5))
def test_lines_are_the_records(copies: list[Copy]) -> None:
    assert from_lines(b"".join(map(to_line, copies)).removesuffix(b"\n")) == copies


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": -1},
        {"size": 2**64},
        {"inode": -1},
        {"inode": 2**64},
        {"device": 2**64},
        {"mtime_ns": 2**63},
        {"ctime_ns": -(2**63) - 1},
        {"time": 10**400},
    ],
)
def test_a_line_with_a_number_that_no_file_has_is_damage(
    tmp_path: Path, wrong: dict[str, int]
) -> None:
    lines = map(json.dumps, (_copy(1)._asdict(), {**_copy(2)._asdict(), **wrong}))
    (tmp_path / "host-1.jsonl").write_text("".join(f"{line}\n" for line in lines))
    index = Provenance(tmp_path)
    assert index.of_path(_copy(1).path) == _copy(1)
    assert index.of_path(_copy(2).path) is None
    assert (len(index), index.damaged) == (1, 1)


def _copy(number: int) -> Copy:
    name = f"tess2018206045859-s0001-{number:016d}-0120-s_lc.fits"
    return Copy(
        path=f"/home/jovyan/mastDownload/TESS/{name}",
        archive="mast",
        bucket_url="https://stpubdata.s3.us-east-1.amazonaws.com",
        key=f"tess/public/tid/s0001/0000/0000/0000/{number % 9999:04d}/{name}",
        etag='"0123456789abcdef0123456789abcdef"',
        size=2_039_040,
        time=1.7e9 + number,
        check="checksum",
        algorithm="CRC64NVME",
        checksum="AAAAAAAAAAA=",
        device=66305,
        inode=10_000_000 + number,
        mtime_ns=1_700_000_000_123_456_789,
        ctime_ns=1_700_000_000_123_456_789,
        transfer="20261128T092032-0123456789ab",
    )


def test_an_index_takes_few_bytes_a_record(tmp_path: Path) -> None:
    count = 20_000
    lines = b"".join(to_line(_copy(number)) for number in range(count))
    (tmp_path / "host-1.jsonl").write_bytes(lines)
    tracemalloc.start()
    try:
        index = Provenance(tmp_path)
        held, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(index) == count
    assert held / count < 500
    assert most - held < 16 << 20
