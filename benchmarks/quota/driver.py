"""An account in a process of its own, as the accountant keeps it: asked by lines, answered by JSON.

python benchmarks/quota/driver.py ROOT KEPT

``measure``: read all anew. ``refresh [N]``: look for changes, N folders again besides, or a share.
``hint PATH``: something changed there. Each answers {"seconds", "cpu", "files", "allocated",
"read"}; "cpu" is in seconds, with that of the processes that read.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil

from jupyterlab_mast.quota.account import Account


def busy() -> float:
    """Seconds of CPU of this process and of those that it has started."""
    running = (child.cpu_times() for child in psutil.Process().children())
    return sum(os.times()[:4]) + sum(times.user + times.system for times in running)


def main() -> int:
    root, kept = sys.argv[1:]
    account = Account(root, Path(kept))
    for line in sys.stdin:
        do, _, rest = line.rstrip("\n").partition(" ")
        read = 0
        worked = busy()
        began = time.perf_counter()
        if do == "measure":
            account.measure(again=True)
        elif do == "refresh":
            read = account.refresh(again=int(rest) if rest else None)
        else:
            account.hint([rest])
        took = time.perf_counter() - began
        sums = account.tree.sums
        answer = {
            "seconds": took,
            "cpu": busy() - worked,
            "files": sums.files,
            "allocated": sums.allocated,
            "read": read,
        }
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
