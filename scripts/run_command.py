"""./run: JupyterLab with this checkout and the sample archive."""

from __future__ import annotations

import argparse
import signal
import sys
import webbrowser
from pathlib import Path

from scripts.environments import LOGS, editable, front_end, require, run_environment, say
from scripts.lab import jupyter, python_list, sample_entry
from scripts.paths import VENV
from scripts.processes import Failure, temporary_folder
from scripts.sample_archive import sample_archive


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./run",
        description="Set up what is missing, then start JupyterLab with this checkout and the "
        "sample archive. Ctrl-C ends all of it.",
    )
    parser.add_argument("--port", type=int, help="the port of JupyterLab (default: a free one)")
    parser.add_argument(
        "--workspace",
        type=Path,
        default=VENV / "workspace",
        help="the folder that JupyterLab shows (default: .venv/workspace)",
    )
    parser.add_argument("--browser", action="store_true", help="also open it in your browser")
    return parser.parse_args(arguments)


def interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def start(options: argparse.Namespace) -> int:
    env = run_environment()
    editable(env)
    front_end(env)
    log = LOGS / "jupyterlab.log"
    log.unlink(missing_ok=True)
    say("Starting the sample archive and JupyterLab …")
    weed = require(env.programs / "weed", "SeaweedFS")
    with (
        temporary_folder("run") as folder,
        sample_archive(weed, log=folder / "weed.log") as archive,
        jupyter(
            env,
            folder=folder,
            workspace=options.workspace.resolve(),
            archives=python_list("DEFAULT_ARCHIVES", sample_entry(archive)),
            port=options.port,
            log=log,
            variables={
                # What people set in JupyterLab stays from one ./run to the next.
                "JUPYTERLAB_SETTINGS_DIR": str(VENV / "settings"),
                "JUPYTERLAB_WORKSPACES_DIR": str(VENV / "workspaces"),
            },
        ) as server,
    ):
        print(server.url(), flush=True)
        if options.browser:
            webbrowser.open(server.url())
        server.process.wait()
    return 0


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        return start(options)
    except KeyboardInterrupt:
        print("Ended.", file=sys.stderr)
        return 130
    except Failure as error:
        print(error, file=sys.stderr)
        return 1
