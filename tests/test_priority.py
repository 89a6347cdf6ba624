import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOK = """
import os
from pathlib import Path
from jupyterlab_mast.processes import give_way
group = Path("/proc/self/autogroup")
before = group.read_text().strip()
give_way(5)
print(os.nice(0), before == group.read_text().strip(), group.read_text().split()[-1])
"""


def looked(*, session: bool) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", LOOK],
        capture_output=True,
        check=True,
        text=True,
        start_new_session=session,
    ).stdout.split()


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this system groups no processes by session"
)
def test_a_process_gives_way_with_its_session_and_never_with_another_s() -> None:
    whole = str(os.nice(0) + 5)
    assert looked(session=True) == [whole, "False", whole]
    assert looked(session=False)[:2] == [whole, "True"]
