"""Copied files compared with the record of their copy."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from awscrt import checksums as crt

from jupyterlab_mast.transfers.copyrecord import Copy
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.types import TransferError
from jupyterlab_mast.transfers.verify import Verdict, verify_copy

BODY = bytes(range(256)) * 9000

Verify = Callable[[], Verdict]


def crc64(body: bytes) -> str:
    return base64.b64encode(crt.crc64nvme(body).to_bytes(8, "big")).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "home" / "hst"
    folder.mkdir(parents=True)
    file = folder / "a.fits"
    file.write_bytes(BODY)
    return file


def recorded(file: Path, algorithm: str, checksum: str, own: str = "") -> Verify:
    """What compares the file, of whose copy there is a record with this checksum."""
    index = Provenance(file.parent.parent.parent / "copies")
    found = file.stat()
    index.add(
        Copy(
            path=str(file),
            archive="mast",
            bucket_url="https://example.org/b",
            key="hst/a.fits",
            etag='"1"',
            size=len(BODY),
            time=time.time(),
            check="checksum",
            algorithm=algorithm,
            checksum=checksum,
            own=own,
            inode=found.st_ino,
            mtime_ns=found.st_mtime_ns,
        )
    )
    root = str(file.parent.parent)
    # Another process's index: it reads what was written.
    other = Provenance(file.parent.parent.parent / "copies")
    return lambda: verify_copy(other, root, str(file.parent), file.name)


@pytest.mark.parametrize(
    ("algorithm", "checksum"),
    [
        ("CRC64NVME", crc64(BODY)),
        ("SHA256", base64.b64encode(hashlib.sha256(BODY).digest()).decode()),
        ("MD5", hashlib.md5(BODY).hexdigest()),
    ],
)
def test_the_bytes_decide(file: Path, algorithm: str, checksum: str) -> None:
    verify = recorded(file, algorithm, checksum)
    assert verify()[:3] == (
        True,
        algorithm,
        f"a.fits is unchanged since it was copied ({algorithm}).",
    )

    # The same size, and the same time.
    found = file.stat()
    file.write_bytes(BODY[:-1] + b"\0")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    same, by, message, _ = verify()
    assert (same, by) == (False, algorithm)
    assert message == f"a.fits was changed since it was copied ({algorithm})."

    # Put back, it is what was copied, whenever it was written.
    file.write_bytes(BODY)
    assert verify().same is True


def test_another_size_needs_no_checksum(file: Path) -> None:
    verify = recorded(file, "CRC64NVME", crc64(BODY))
    file.write_bytes(BODY + b"x")
    verdict = verify()
    assert (verdict.same, verdict.algorithm) == (False, "")
    assert f"{len(BODY) + 1} bytes" in verdict.message


def test_where_the_store_has_a_checksum_of_parts_our_own_decides(file: Path) -> None:
    verify = recorded(file, "CRC32C", "AAAAAA==-3", crc64(BODY))
    assert verify()[:2] == (True, "CRC64NVME")
    found = file.stat()
    file.write_bytes(BODY[:-1] + b"\0")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert verify()[:2] == (False, "CRC64NVME")


def test_without_a_checksum_of_the_whole_nothing_is_said(file: Path) -> None:
    verdict = recorded(file, "CRC32C", "AAAAAA==-3")()
    assert (verdict.same, verdict.algorithm) == (None, "")
    assert verdict.message.endswith("Fetch it again to be sure.")


def test_a_moved_copy_is_known_again(file: Path) -> None:
    recorded(file, "CRC64NVME", crc64(BODY))
    index = Provenance(file.parent.parent.parent / "copies")
    root = file.parent.parent
    file.rename(root / "moved.fits")
    verdict = verify_copy(index, str(root), str(root), "moved.fits")
    assert verdict.same is True
    assert index.of_path(str(file)) is None
    # Written anew with the same bytes, as by a move to another disk: known by them.
    (root / "far.fits").write_bytes(BODY)
    (root / "moved.fits").unlink()
    assert verify_copy(index, str(root), str(root), "far.fits").same is True
    assert [copy.path for copy in index.of_size(len(BODY))] == [str(root / "far.fits")]
    # Moved and edited: nothing can be said of it.
    edited = (root / "far.fits").rename(root / "edited.fits")
    edited.write_bytes(BODY[::-1])
    with pytest.raises(TransferError, match="not known as a copy"):
        verify_copy(index, str(root), str(root), "edited.fits")


def test_only_a_file_that_is_a_copy_is_compared(file: Path) -> None:
    verify = recorded(file, "CRC64NVME", crc64(BODY))
    root, folder = str(file.parent.parent), str(file.parent)
    index = Provenance(file.parent.parent.parent / "copies")
    file.with_name("b.fits").write_bytes(BODY[::-1])
    with pytest.raises(TransferError, match="not known as a copy") as caught:
        verify_copy(index, root, folder, "b.fits")
    assert caught.value.kind == "not-found"
    file.rename(file.with_name("moved"))
    with pytest.raises(TransferError, match="not there any more"):
        verify()
    # A link is not followed, wherever it leads.
    file.symlink_to(file.with_name("moved"))
    with pytest.raises(TransferError) as caught:
        verify()
    assert caught.value.kind == "target"
    file.unlink()
    os.mkfifo(file)
    assert verify().same is False
