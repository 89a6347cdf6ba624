"""pytest: the server extension, the samples and the tools themselves."""

from __future__ import annotations

from pathlib import Path

from scripts.checks import Session, report, run_reported
from scripts.results import read_junit

#: That run tests at the same time.
PROCESSES = 3


def run(session: Session) -> None:
    # One of the relay's clients is the AWS SDK for JavaScript.
    session.packages()
    env = session.checkout()
    path = report("pytest.xml")
    command: list[str | Path] = [env.python, "-m", "pytest", f"--junitxml={path}"]
    if session.name:
        command += ["-k", session.name]
    else:
        # They wait more than they work. A file stays in one process: its servers are made once.
        command += ["-n", str(PROCESSES), "--dist", "loadfile"]
    extra = {
        "AWS_EC2_METADATA_DISABLED": "true",
        # The inserted code runs with what astronomers have.
        "MAST_KERNEL_PYTHON": str(session.kernel.python),
    }
    if session.full:
        extra["MAST_TEST_FULL"] = "1"
    run_reported(session, "server", command, path, read_junit, env=env, extra=extra)
