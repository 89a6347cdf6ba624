"""A store that misbehaves: every file ends right or with a named failure, never wrong or half."""

from __future__ import annotations

import base64
import functools
import gzip
import os
import random
import threading
from dataclasses import replace
from typing import Any

import pytest
from helpers.faulty import Answer, Asked, Fault, Faulty, bodies, first, of
from helpers.home import FAST, Home, key, until

from jupyterlab_mast.transfers import copying, listing, planner
from jupyterlab_mast.transfers.bucket import with_retries
from jupyterlab_mast.transfers.provenance import Provenance
from jupyterlab_mast.transfers.types import Source, TransferError
from jupyterlab_mast.transfers.verify import verify_copy

MIB = 1 << 20
RANDOM = random.Random(15)
#: Held in memory; one request; many ranges.
SIZES = {"small": 70_000, "middle": 5 * MIB + 5, "large": 20 * MIB + 17}


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> int:
    return SIZES[request.param]


def body_of(length: int) -> bytes:
    return RANDOM.randbytes(length)


def assert_right_end(home: Home, summary: dict[str, Any], *bad: str) -> None:
    """All is right but the objects `bad`, of which there is nothing."""
    good = [one for one in home.server.objects if one not in bad]
    if bad:
        assert summary["state"] == ("done-with-failures" if good else "failed")
    else:
        assert summary["state"] == "done"
    assert summary["files"]["failed"] == len(bad)
    assert sorted(one["key"] for one in summary["failures"]) == sorted(bad)
    home_files = home.files()
    if good:
        home.assert_right(*good)
    else:
        assert home_files == {}
    assert summary["bytes"]["done"] == sum(len(home.server.objects[one].body) for one in good)


# Faults that pass


def slow_down(asked: Asked, answer: Answer) -> None:
    answer.fail(503, "SlowDown")


def slow_down_for_a_while(asked: Asked, answer: Answer) -> None:
    answer.fail(503, "SlowDown", Retry_After="100")


def broken_inside(asked: Asked, answer: Answer) -> None:
    answer.fail(500, "InternalError")


def reset_at_once(asked: Asked, answer: Answer) -> None:
    answer.cut, answer.then = 0, "reset"


def reset_midway(asked: Asked, answer: Answer) -> None:
    answer.cut, answer.then = len(answer.body) // 2, "reset"


def cut_midway(asked: Asked, answer: Answer) -> None:
    answer.cut = len(answer.body) // 2


def stall_midway(asked: Asked, answer: Answer) -> None:
    answer.cut, answer.then = len(answer.body) // 3, "hang"


def hang_before(asked: Asked, answer: Answer) -> None:
    answer.cut, answer.then = 0, "hang"


def garbage(asked: Asked, answer: Answer) -> None:
    answer.raw = b"\x16\x03\x01 nothing that is HTTP\r\n\r\n\x00\xff"


def no_answer(asked: Asked, answer: Answer) -> None:
    answer.raw = b""


def short_length(asked: Asked, answer: Answer) -> None:
    answer.body = answer.body[:-100]
    answer.headers["content-length"] = str(len(answer.body))


def long_length(asked: Asked, answer: Answer) -> None:
    answer.body += b"x"
    answer.headers["content-length"] = str(len(answer.body))


def no_length(asked: Asked, answer: Answer) -> None:
    del answer.headers["content-length"]
    answer.cut = len(answer.body)


def other_status(asked: Asked, answer: Answer) -> None:
    answer.status = 203


def flipped(asked: Asked, answer: Answer) -> None:
    changed = bytearray(answer.body)
    changed[len(changed) // 2] ^= 4
    answer.body = bytes(changed)


def other_etag(asked: Asked, answer: Answer) -> None:
    answer.headers["etag"] = '"0123456789abcdef0123456789abcdef"'


def no_etag(asked: Asked, answer: Answer) -> None:
    answer.headers.pop("etag", None)


PASSING: list[Fault] = [
    slow_down,
    slow_down_for_a_while,
    broken_inside,
    reset_at_once,
    reset_midway,
    cut_midway,
    garbage,
    short_length,
    long_length,
    no_length,
    other_status,
    flipped,
    other_etag,
    no_etag,
]


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_leaves_the_right_file(
    home: Home, faulty: Faulty, size: int, fault: Fault
) -> None:
    faulty.put(key("a.fits"), body_of(size))
    faulty.fault = first(2 if fault not in (flipped, other_etag, no_etag) else 1, fault)
    assert_right_end(home, home.run())


@pytest.mark.parametrize("fault", [stall_midway, hang_before])
def test_silence_is_cut(home: Home, faulty: Faulty, fault: Fault) -> None:
    # libcurl looks at the mean of some seconds: so all sizes at once.
    for name, length in SIZES.items():
        faulty.put(key(f"{name}.fits"), body_of(length))
    faulty.fault = first(4, fault)
    assert_right_end(home, home.run())


@pytest.mark.parametrize("length", [3 * MIB, SIZES["large"]], ids=["in memory", "in a file"])
def test_what_arrived_before_a_break_does_not_come_again(
    home: Home, faulty: Faulty, length: int
) -> None:
    faulty.put(key("a.fits"), body_of(length))
    faulty.fault = first(3, cut_midway)
    assert_right_end(home, home.run())
    assert faulty.sent < length + MIB


@pytest.mark.parametrize("seconds", [None, "0", "1", "nonsense", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_storm(home: Home, faulty: Faulty, seconds: str | None) -> None:
    """Every other request is refused for a while."""
    for number in range(40):
        faulty.put(key(f"s{number}.fits"), body_of(20_000))
    faulty.put(key("large.fits"), body_of(SIZES["large"]))
    chance, lock, left = random.Random(3), threading.Lock(), 120

    def storm(asked: Asked, answer: Answer) -> None:
        nonlocal left
        with lock:
            left -= 1
            refuse = left > 0 and chance.random() < 0.5
        if refuse:
            answer.fail(503, "SlowDown", **({"Retry_After": seconds} if seconds else {}))

    faulty.fault = bodies(storm)
    assert_right_end(home, home.run())


def test_faults_of_all_kinds_at_once(home: Home, faulty: Faulty, full: bool) -> None:
    for number in range(30):
        faulty.put(key(f"s{number}.fits"), body_of(RANDOM.randrange(0, 200_000)))
    for number in range(3):
        faulty.put(key(f"l{number}.fits"), body_of(SIZES["large"] // (number + 1)))
    for round_number in range(10 if full else 2):
        chance, lock = random.Random(round_number), threading.Lock()
        kinds = [slow_down, broken_inside, reset_at_once, reset_midway, cut_midway, garbage]

        def any_fault(asked: Asked, answer: Answer) -> None:
            with lock:  # noqa: B023
                fault = chance.choice(kinds) if chance.random() < 0.25 else None  # noqa: B023
            if fault:
                fault(asked, answer)

        faulty.fault = bodies(any_fault)
        summary = home.run(target=str(home.root / f"round{round_number}"))
        assert summary["state"] == "done"
        for one, stored in faulty.objects.items():
            path = home.root / f"round{round_number}" / one.rsplit("/", 1)[1]
            assert path.read_bytes() == stored.body
    assert home.leftovers() == []


# Faults that stay


def total_wrong(asked: Asked, answer: Answer) -> None:
    change_range(answer, total=1)


def start_wrong(asked: Asked, answer: Answer) -> None:
    change_range(answer, start=1)


def end_wrong(asked: Asked, answer: Answer) -> None:
    change_range(answer, end=1)


def change_range(answer: Answer, start: int = 0, end: int = 0, total: int = 0) -> None:
    given = answer.headers.get("content-range")
    if given:
        numbers, whole = given.removeprefix("bytes ").split("/")
        one, two = numbers.split("-")
        answer.headers["content-range"] = (
            f"bytes {int(one) + start}-{int(two) + end}/{int(whole) + total}"
        )


def no_content_range(asked: Asked, answer: Answer) -> None:
    answer.headers.pop("content-range", None)


def whole_for_a_range(asked: Asked, answer: Answer) -> None:
    if asked.range:
        answer.status = 200
        answer.headers.pop("content-range")


def other_bytes(asked: Asked, answer: Answer) -> None:
    """Of another place, with the right headers."""
    answer.body = answer.body[1:] + answer.body[:1]


def redirect(asked: Asked, answer: Answer) -> None:
    answer.fail(307, "TemporaryRedirect", Location="/open/elsewhere")


def compressed_on_the_way(asked: Asked, answer: Answer) -> None:
    answer.body = gzip.compress(answer.body)
    answer.headers["content-encoding"] = "gzip"
    answer.headers["content-length"] = str(len(answer.body))


def empty(asked: Asked, answer: Answer) -> None:
    answer.body = b""
    answer.headers["content-length"] = "0"


def no_content(asked: Asked, answer: Answer) -> None:
    answer.status, answer.body = 204, b""
    answer.headers.pop("content-length")


STAYING: list[tuple[Fault, set[str]]] = [
    (total_wrong, {"malformed"}),
    (start_wrong, {"malformed"}),
    (end_wrong, {"malformed"}),
    (no_content_range, {"malformed"}),
    (whole_for_a_range, {"malformed"}),
    (short_length, {"malformed"}),
    (long_length, {"malformed"}),
    (no_length, {"malformed"}),
    (other_bytes, {"checksum"}),
    (flipped, {"checksum"}),
    (other_etag, {"changed"}),
    (no_etag, {"changed"}),
    (redirect, {"malformed"}),
    (compressed_on_the_way, {"malformed"}),
    (empty, {"malformed"}),
    (no_content, {"malformed"}),
    (lambda _, answer: answer.fail(403, "AccessDenied"), {"forbidden"}),
    (lambda _, answer: answer.fail(404, "NoSuchKey"), {"not-found"}),
    (lambda _, answer: answer.fail(400, "InvalidRequest"), {"malformed"}),
]


@pytest.mark.parametrize(("fault", "kinds"), STAYING)
def test_a_fault_that_stays_is_a_failure_of_that_file(
    home: Home, faulty: Faulty, fault: Fault, kinds: set[str]
) -> None:
    bad = key("bad.fits")
    faulty.put(bad, body_of(SIZES["large"]))
    faulty.put(key("good.fits"), body_of(SIZES["large"] // 2))
    for number in range(20):
        faulty.put(key(f"s{number}.fits"), body_of(1000))
    faulty.fault = bodies(of(bad, fault))
    summary = home.run()
    assert_right_end(home, summary, bad)
    (failure,) = summary["failures"]
    assert failure["kind"] in kinds
    assert "bad.fits" in failure["message"]
    assert failure["message"].endswith(".")


@pytest.mark.parametrize(
    "fault", [slow_down, reset_at_once, garbage, short_length, flipped, redirect, empty]
)
def test_a_small_file_with_a_fault_that_stays(home: Home, faulty: Faulty, fault: Fault) -> None:
    bad = key("bad.fits")
    faulty.put(bad, body_of(5000))
    for number in range(200):
        faulty.put(key(f"s{number}.fits"), body_of(3000))
    faulty.pace = 200_000  # others must succeed while it fails
    faulty.fault = bodies(of(bad, fault))
    transfers = home.transfers()
    id = transfers.create(home.request())["id"]  # noqa: A001
    summary = transfers.wait(id, 6)
    if summary["state"] == "running" or summary["state"] == "waiting":
        # Nothing tells this fault from a network that is away: it is tried until somebody stops.
        assert fault in (slow_down, reset_at_once, garbage)
        assert summary["files"]["copied"] == 200
        transfers.act(id, "cancel")
        summary = transfers.wait(id, 5)
        assert summary["state"] == "cancelled"
        home.assert_right(*(one for one in faulty.objects if one != bad))
        return
    assert_right_end(home, summary, bad)


def test_odd_answers_between_good_ones_are_borne(
    home: Home, faulty: Faulty, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than are borne in a row: every other part of a large object comes oddly at first."""
    monkeypatch.setattr(copying, "RANGE", MIB)
    faulty.put(key("large.fits"), body_of(8 * MIB))
    odd = 0

    def every_other(asked: Asked, answer: Answer) -> None:
        nonlocal odd
        if asked.range and faulty.count("GET") % 2:
            odd += 1
            no_content_range(asked, answer)

    faulty.fault = every_other
    transfers = home.transfers(settings={"streams": 1})
    name = transfers.create(home.request())["id"]
    assert_right_end(home, transfers.wait(name, 20))
    assert odd >= 7


def test_an_archive_that_is_away_is_waited_for(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), body_of(SIZES["middle"]))
    faulty.put(key("b.fits"), body_of(SIZES["small"]))
    faulty.fault = bodies(reset_at_once)
    transfers = home.transfers()
    id = transfers.create(home.request())["id"]  # noqa: A001
    summary = transfers.wait(id, 2.5)
    assert summary["state"] == "waiting"
    assert summary["waiting"]["reason"] == "network"
    assert summary["waiting"]["next"]
    assert "broke off" in summary["waiting"]["message"]
    faulty.fault = None
    transfers.act(id, "try-now")
    assert_right_end(home, transfers.wait(id, 10))


@pytest.fixture
def listings_refused(faulty: Faulty, monkeypatch: pytest.MonkeyPatch) -> None:
    """All listings break off, and are not asked for again at once."""
    once = functools.partial(with_retries, tries=1)
    monkeypatch.setattr(planner, "with_retries", once)
    monkeypatch.setattr(listing, "with_retries", once)
    faulty.fault = lambda asked, answer: reset_at_once(asked, answer) if asked.listing else None


@pytest.mark.usefixtures("listings_refused")
def test_a_folder_is_counted_once_the_archive_is_back(home: Home, faulty: Faulty) -> None:
    for name in "abc":
        faulty.put(key(f"{name}.fits"), body_of(SIZES["small"]))
    transfers = home.transfers(settings={"plan_seconds": 0.1})
    name = transfers.create(home.request(start="auto"))["id"]
    until(lambda: len(faulty.asked) >= 4 and transfers.summary(name)["confirm"])
    summary = transfers.summary(name)
    assert summary["state"] == "planning"
    assert summary["waiting"]["reason"] == "network"
    assert "broke off" in summary["waiting"]["message"]
    assert summary["waiting"]["next"] - summary["waiting"]["since"] < 60
    assert home.files() == {}
    faulty.fault = None
    transfers.act(name, "try-now")
    until(lambda: transfers.summary(name)["plan"]["complete"])
    summary = transfers.summary(name)
    # It took long enough that somebody is asked.
    assert (summary["waiting"], summary["confirm"]) == (None, True)
    transfers.act(name, "start")
    assert_right_end(home, transfers.wait(name, 10))


@pytest.mark.usefixtures("listings_refused")
def test_a_folder_that_waits_to_be_counted_is_cancelled_at_once(home: Home, faulty: Faulty) -> None:
    transfers = home.transfers(replace(FAST, first_pause=30.0, longest_pause=60.0))
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["waiting"] is not None)
    asked = len(faulty.asked)
    assert transfers.act(name, "cancel")["state"] == "cancelled"
    assert transfers.summary(name)["waiting"] is None
    until(lambda: all(one.name != "mast-plan" for one in threading.enumerate()), 5)
    assert len(faulty.asked) == asked


@pytest.mark.parametrize("fault", [no_answer, slow_down, slow_down_for_a_while])
def test_files_that_need_only_be_compared_wait_for_the_archive_too(
    home: Home, faulty: Faulty, fault: Fault
) -> None:
    home.target.mkdir()
    for number in range(60):
        body = body_of(1000)
        faulty.put(key(f"a{number}.fits"), body)
        (home.target / f"a{number}.fits").write_bytes(body)
    faulty.fault = lambda asked, answer: fault(asked, answer) if asked.method == "HEAD" else None
    transfers = home.transfers()
    name = transfers.create(home.request())["id"]
    until(lambda: transfers.summary(name)["state"] == "waiting")
    summary = transfers.summary(name)
    assert summary["waiting"]["reason"] == "network"
    assert summary["files"]["failed"] == 0
    # While nothing gets through, no more than one round of the disk's threads asks each time.
    before = faulty.count("HEAD")
    transfers.wait(name, 1.5)
    assert faulty.count("HEAD") - before <= 16 * 1.5 / (0.75 * FAST.longest_pause) + 16
    faulty.fault = None
    transfers.act(name, "try-now")
    summary = transfers.wait(name, 20)
    assert summary["state"] == "done"
    assert summary["files"]["identical"] == 60
    assert faulty.count("GET") == 0


def test_a_file_that_cannot_be_compared_while_others_can_is_a_failure(
    home: Home, faulty: Faulty
) -> None:
    home.target.mkdir()
    for number in range(300):
        faulty.put(key(f"a{number}.fits"), body_of(3000))
    body = body_of(1000)
    faulty.put(key("a100.fits"), body)
    (home.target / "a100.fits").write_bytes(body)
    faulty.pace = 400_000  # others must succeed while it fails
    faulty.fault = lambda asked, answer: garbage(asked, answer) if asked.method == "HEAD" else None
    summary = home.run()
    assert summary["state"] == "done-with-failures"
    assert [one["key"] for one in summary["failures"]] == [key("a100.fits")]
    home.assert_right()


# Checksums


ALGORITHMS = ["CRC64NVME", "CRC32C", "CRC32", "SHA256", "SHA1"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("parts", ["one", "whole", "composite"])
def test_checksums(home: Home, faulty: Faulty, size: int, algorithm: str, parts: str) -> None:
    body = body_of(size)
    sizes = [size // 3, size // 3, size - 2 * (size // 3)] if parts != "one" else []
    faulty.put(key("a.fits"), body, algorithm, parts=sizes, full=parts == "whole")
    summary = home.run()
    assert_right_end(home, summary)
    assert summary["checked"] == {
        "checksum": 1,
        "version": 0,
        "size": 0,
        "algorithms": {algorithm: 1},
    }
    faulty.fault = bodies(flipped)
    summary = home.run(target=str(home.root / "other"))
    assert summary["state"] == "failed"
    assert summary["failures"][0]["kind"] == "checksum"
    assert list(home.files()) == ["a.fits"]


def test_what_was_checked_by_parts_is_read_when_it_is_verified(
    home: Home, faulty: Faulty, size: int
) -> None:
    sizes = [size // 2, size - size // 2]
    faulty.put(key("a.fits"), body_of(size), "SHA256", parts=sizes)
    assert home.run()["checked"]["algorithms"] == {"SHA256": 1}
    index = Provenance(home.data / "copies")
    path, root = home.target / "a.fits", str(home.root)
    copy = index.of_path(str(path))
    assert copy is not None
    assert (copy.check, copy.algorithm, copy.checksum[-2:]) == ("checksum", "SHA256", "-2")
    # Written anew elsewhere, as by a move to another disk: known by its bytes.
    (home.root / "moved.fits").write_bytes(path.read_bytes())
    assert verify_copy(index, root, root, "moved.fits").same is True
    before = path.stat()
    with path.open("r+b") as file:
        file.write(bytes(64))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert verify_copy(index, root, str(home.target), "a.fits").same is False


@pytest.mark.parametrize(
    "sizes", [[3 * MIB, MIB, 2 * MIB], [5 * MIB, MIB], [6 * MIB], [MIB, MIB, MIB]]
)
def test_parts_of_any_sizes(home: Home, faulty: Faulty, sizes: list[int]) -> None:
    faulty.put(key("a.fits"), body_of(sum(sizes)), "CRC32C", parts=sizes)
    assert home.run()["checked"]["algorithms"] == {"CRC32C": 1}


@pytest.mark.parametrize("refused", [False, True])
def test_a_store_that_knows_no_parts_gives_the_version_only(
    home: Home, faulty: Faulty, refused: bool
) -> None:
    faulty.put(key("a.fits"), body_of(6 * MIB), "SHA256", parts=[4 * MIB, 2 * MIB])

    def ignore(asked: Asked, answer: Answer) -> None:
        if "partNumber" not in asked.query:
            return
        if refused:
            answer.fail(501, "NotImplemented")
        else:
            answer.status = 200
            answer.headers["content-length"] = str(6 * MIB)

    faulty.fault = ignore
    summary = home.run()
    assert_right_end(home, summary)
    assert summary["checked"]["version"] == 1


def test_the_etag_of_one_part_is_an_md5(home: Home, faulty: Faulty, size: int) -> None:
    faulty.put(key("a.fits"), body_of(size), None)
    assert home.run()["checked"]["algorithms"] == {"MD5": 1}
    faulty.fault = bodies(flipped)
    assert home.run(target=str(home.root / "b"))["failures"][0]["kind"] == "checksum"


@pytest.mark.parametrize(
    "more",
    [
        {"parts": [MIB, MIB]},
        {"etag": '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', "x_amz_server_side_encryption": "aws:kms"},
        {
            "etag": '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
            "x_amz_server_side_encryption": "aws:kms:dsse",
        },
        {
            "etag": '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
            "x_amz_server_side_encryption_customer_algorithm": "AES256",
        },
        {"etag": '"something-else"'},
        {"etag": '"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"'},
    ],
)
def test_without_a_checksum_the_version_was_checked(
    home: Home, faulty: Faulty, more: dict[str, Any]
) -> None:
    faulty.put(key("a.fits"), body_of(5 * MIB), None, **more)
    summary = home.run()
    assert_right_end(home, summary)
    assert summary["checked"] == {"checksum": 0, "version": 1, "size": 0, "algorithms": {}}
    transfers = home.transfers()
    (file,) = transfers.files(summary["id"])["files"]
    assert (file["check"], file["outcome"]) == ("version", "copied")


def test_a_checksum_that_nobody_can_read_is_passed_over(home: Home, faulty: Faulty) -> None:
    stored = faulty.put(key("a.fits"), body_of(5000), "SHA256")
    stored.checksums["x-amz-checksum-crc64nvme"] = "%%%"
    assert home.run()["checked"]["algorithms"] == {"SHA256": 1}


def test_the_stronger_of_two_checksums_counts(home: Home, faulty: Faulty) -> None:
    stored = faulty.put(key("a.fits"), body_of(5000), "SHA1")
    stored.checksums |= faulty.put(key("b.fits"), stored.body, "CRC64NVME").checksums
    assert home.run(key("a.fits"))["checked"]["algorithms"] == {"CRC64NVME": 1}


def test_an_object_that_is_stored_compressed_is_copied_as_it_is(
    home: Home, faulty: Faulty, size: int
) -> None:
    faulty.put(key("a.fits.gz"), body_of(size), content_encoding="gzip")
    assert_right_end(home, home.run())


# Objects that change


@pytest.mark.parametrize("new_size", [0, 100, MIB, MIB + 1, 3 * MIB, 30 * MIB])
def test_an_object_that_is_replaced_once_is_copied_anew(
    home: Home, faulty: Faulty, size: int, new_size: int
) -> None:
    faulty.put(key("a.fits"), body_of(size))

    def replace(asked: Asked, answer: Answer) -> None:
        # What one request brought whole is the version that it asked for: so it breaks off.
        cut_midway(asked, answer)
        faulty.put(asked.key, body_of(new_size))

    faulty.fault = first(1, replace)
    summary = home.run()
    assert_right_end(home, summary)
    assert summary["bytes"] == {"total": new_size, "done": new_size}


def test_an_object_that_is_replaced_twice_fails(home: Home, faulty: Faulty) -> None:
    changing = key("a.fits")
    faulty.put(changing, body_of(SIZES["large"]))
    faulty.put(key("b.fits"), body_of(1000))
    versions = [body_of(SIZES["large"]) for _ in range(2)]
    lock = threading.Lock()

    def replace(asked: Asked, answer: Answer) -> None:
        with lock:
            newest = asked.headers.get("if-match") == faulty.objects[changing].etag
            if asked.body and newest and versions:
                faulty.put(changing, versions.pop())
                cut_midway(asked, answer)

    faulty.fault = of(changing, replace)
    summary = home.run()
    assert_right_end(home, summary, changing)
    assert summary["failures"][0]["kind"] == "changed"
    assert "changed in the archive twice while copying" in summary["failures"][0]["message"]
    transfers = home.transfers()
    faulty.fault = None
    transfers.act(summary["id"], "retry")
    assert_right_end(home, transfers.wait(summary["id"], 10))


@pytest.mark.parametrize("sized", [True, False], ids=["with sizes", "without sizes"])
def test_a_version_that_a_list_names_is_the_only_one_that_will_do(
    home: Home, faulty: Faulty, size: int, sized: bool
) -> None:
    listed, replaced = key("a.fits"), key("b.fits")
    etags = {one: faulty.put(one, body_of(size)).etag for one in (listed, replaced)}
    faulty.put(replaced, body_of(size))
    sources = tuple(Source(one, None, size if sized else None, etags[one]) for one in etags)
    summary = home.run(sources=sources, exact=True)
    assert_right_end(home, summary, replaced)
    (failure,) = summary["failures"]
    assert failure["kind"] == "other-version"
    assert "another version" in failure["message"]
    assert "twice" not in failure["message"]


@pytest.mark.parametrize("listed", [100, 0, 30 * MIB])
def test_a_size_that_a_list_names_is_the_only_one_that_will_do(
    home: Home, faulty: Faulty, size: int, listed: int
) -> None:
    right, wrong = key("a.fits"), key("b.fits")
    for one in (right, wrong):
        faulty.put(one, body_of(size))
    sources = (Source(right, None, size), Source(wrong, None, listed))
    summary = home.run(sources=sources, exact=True)
    assert_right_end(home, summary, wrong)
    (failure,) = summary["failures"]
    assert failure["kind"] == "other-version"
    assert "another version" in failure["message"]
    # Elsewhere a size is what a listing told some time ago.
    assert home.run(sources=sources)["state"] == "done"


def test_no_etag_becomes_more_than_one_header(home: Home, faulty: Faulty, size: int) -> None:
    # Nobody checked this one: the last place where it could be stopped is the request itself.
    stored = faulty.put(key("a.fits"), body_of(size))
    etag = f'{stored.etag}\r\nX-Evil: 1\r\n\r\nDELETE /open/other HTTP/1.1\r\nHost: x\r\nX: "'
    summary = home.run(sources=(Source(key("a.fits"), None, size, etag),), exact=True)
    assert summary["state"] == "failed"
    assert summary["failures"][0]["kind"] == "malformed"
    assert "no header may hold" in summary["failures"][0]["message"]
    assert faulty.asked == []
    assert home.files() == {}


def test_an_object_that_vanishes_fails(home: Home, faulty: Faulty) -> None:
    faulty.put(key("a.fits"), body_of(SIZES["large"]))
    gone = threading.Event()

    def vanish(asked: Asked, answer: Answer) -> None:
        if asked.body and asked.range and asked.range[0] > 0:
            gone.set()
        if gone.is_set() and not asked.listing:
            answer.fail(404, "NoSuchKey")

    faulty.fault = vanish
    summary = home.run()
    assert summary["state"] == "failed"
    assert summary["failures"][0]["kind"] == "not-found"
    assert home.files() == {}


# Some of many


def test_retry_fetches_the_failed_only(home: Home, faulty: Faulty) -> None:
    for number in range(30):
        faulty.put(key(f"s{number}.fits"), body_of(2000))
    faulty.put(key("large.fits"), body_of(SIZES["large"]))
    bad = {key("s3.fits"): 403, key("s7.fits"): 404, key("large.fits"): 403}

    def refuse(asked: Asked, answer: Answer) -> None:
        if asked.key in bad:
            answer.fail(bad[asked.key], "AccessDenied" if bad[asked.key] == 403 else "NoSuchKey")

    faulty.fault = refuse
    transfers = home.transfers()
    id = transfers.create(home.request())["id"]  # noqa: A001
    summary = transfers.wait(id, 20)
    assert_right_end(home, summary, *bad)
    assert {one["kind"] for one in summary["failures"]} == {"forbidden", "not-found"}
    assert transfers.files(id, outcome="failed")["total"] == 3
    faulty.fault = None
    faulty.asked.clear()
    transfers.act(id, "retry")
    assert_right_end(home, transfers.wait(id, 20))
    assert {one.key for one in faulty.asked} == set(bad)


def test_one_file_of_several_that_failed_is_retried(home: Home, faulty: Faulty) -> None:
    for number in range(30):
        faulty.put(key(f"s{number:02}.fits"), body_of(2000))
    bad = [key("s03.fits"), key("s07.fits"), key("s12.fits")]

    def refuse(asked: Asked, answer: Answer) -> None:
        if asked.key in bad:
            answer.fail(403, "AccessDenied")

    faulty.fault = refuse
    transfers = home.transfers()
    id = transfers.create(home.request())["id"]  # noqa: A001
    assert_right_end(home, transfers.wait(id, 20), *bad)
    for wrong in ([2], [3, 2], [30], [-1], [10**30]):
        with pytest.raises(TransferError, match="have not failed"):
            transfers.act(id, "retry", files=wrong)
    assert transfers.summary(id)["state"] == "done-with-failures"

    faulty.fault = None
    faulty.asked.clear()
    transfers.act(id, "retry", files=[7])
    assert_right_end(home, transfers.wait(id, 20), bad[0], bad[2])
    assert {one.key for one in faulty.asked} == {bad[1]}
    # As another process finds it, and the rest after all.
    transfers.close()
    transfers = home.transfers()
    assert transfers.files(id, outcome="failed")["total"] == 2
    faulty.asked.clear()
    transfers.act(id, "retry")
    assert_right_end(home, transfers.wait(id, 20))
    assert {one.key for one in faulty.asked} == {bad[0], bad[2]}


def test_everything_that_failed_is_failed(home: Home, faulty: Faulty) -> None:
    for number in range(30):
        faulty.put(key(f"s{number}.fits"), body_of(2000))
    faulty.fault = bodies(lambda _, answer: answer.fail(403, "AccessDenied"))
    summary = home.run()
    assert summary["state"] == "failed"
    assert summary["files"]["failed"] == 30
    assert len(summary["failures"]) == 10
    assert home.files() == {}


def test_nothing_stays_open(home: Home, faulty: Faulty) -> None:
    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    def threads() -> set[str]:
        return {one.name for one in threading.enumerate() if one.name.startswith("mast")}

    for number in range(20):
        faulty.put(key(f"s{number}.fits"), body_of(2000))
    faulty.put(key("large.fits"), body_of(SIZES["large"]))
    home.run()
    before = descriptors()
    for number in range(3):
        faulty.fault = first(10, [cut_midway, slow_down, other_etag][number])
        home.run(target=str(home.root / str(number)))
        faulty.fault = bodies(of(key("large.fits"), flipped))
        home.run(target=str(home.root / f"{number}b"))
    # Connections of the server in this process end in their own time.
    until(lambda: descriptors() <= before + 4)
    assert not threads()


def test_the_checksum_is_kept_as_the_store_wrote_it(home: Home, faulty: Faulty) -> None:
    stored = faulty.put(key("a.fits"), body_of(5000), "SHA256")
    home.run()
    transfers = home.transfers()
    bucket = f"{faulty.endpoint}/open"
    (copy,) = transfers.copies(bucket, "hst/")
    assert copy["algorithm"] == "SHA256"
    assert copy["checksum"] == stored.checksums["x-amz-checksum-sha256"]
    assert len(base64.b64decode(copy["checksum"])) == 32
