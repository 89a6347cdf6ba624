"""The Jupyter server is killed, and its copy process with it; the next one goes on."""

from __future__ import annotations

import random
from pathlib import Path

from helpers.faulty import Faulty
from helpers.home import MIB, PREFIX, fill, until
from helpers.partial import partial_bytes
from helpers.servers import JupyterProcess, archive_of

#: What eight requests may have written and not noted when they are cut: each up to a mebibyte, and
#: what came last.
UNNOTED = 8 * (MIB + MIB // 8)


def start(folder: Path, faulty: Faulty) -> JupyterProcess:
    return JupyterProcess(folder, {"archives": [archive_of("a", faulty.endpoint)], "quota": False})


def test_a_killed_server_loses_and_spoils_nothing(
    tmp_path: Path, faulty: Faulty, full: bool
) -> None:
    """Its copy process ends by itself, while the next server's wants to go on."""
    total = fill(faulty, 40 * MIB)
    bodies = {key.rsplit("/", 1)[1]: one.body for key, one in faulty.objects.items()}
    folder = tmp_path / "home"
    target = folder / "copies"
    count = 20 if full else 5
    # Each round brings some, the last one much of what must not come again.
    chance = random.Random(7)
    moments = sorted(chance.randrange(total // 2) for _ in range(count - 1))
    moments.append(int(0.9 * total))
    faulty.allow(moments[0])
    server = start(folder, faulty)
    fetched_again: set[str] = set()
    in_place: set[str] = set()
    try:
        body = {"archive": "a", "sources": [{"prefix": PREFIX}], "target": "copies"}
        server.ask_transfers("POST", body={**body, "layout": "flat", "start": "now"})
        for before, moment in zip(moments, [*moments[1:], None], strict=True):
            assert faulty.halted.wait(120)
            server.kill()
            fetched_again |= in_place & names(faulty)
            in_place = {path.name for path in target.glob("f*.fits")}
            kept = partial_bytes(target) + sum(len(bodies[name]) for name in in_place)
            faulty.asked.clear()
            faulty.allow(None if moment is None else moment - before)
            server = start(folder, faulty)
        until(lambda: server.ask_transfers("GET")["transfers"][0]["state"] == "done", 120)
        (transfer,) = server.ask_transfers("GET")["transfers"]
        assert transfer["bytes"] == {"total": total, "done": total}
        assert transfer["files"]["copied"] == len(bodies)
    finally:
        server.stop()
    assert {path.name: path.read_bytes() for path in target.iterdir()} == bodies
    # What had its place does not come again, nor what its partial file had.
    assert fetched_again | (in_place & names(faulty)) == set()
    assert faulty.sent <= total - kept + UNNOTED


def names(faulty: Faulty) -> set[str]:
    """The files that were asked for."""
    return {one.key.rsplit("/", 1)[1] for one in list(faulty.asked) if one.body}
