"""A real Chromium for the benchmarks: benchmarks/browser.mjs, led from Python."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import tools
from benchmarks.servers import Lab
from scripts.paths import ROOT
from scripts.processes import Failure


class Browser:
    """One browser; `ask` names a task of browser.mjs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.version: str = self._answer()

    def ask(self, task: str, **options: Any) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"task": task, **options}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def open(self, jupyter: Lab, *, weigh: bool = False) -> float:
        """Open JupyterLab in a fresh profile; the milliseconds until it can be used."""
        server = jupyter.server
        answer = self.ask("open", base=server.base, token=server.token, weigh=weigh)
        return float(answer["ready"])

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise Failure("the browser ended at once")
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(answer["error"])
        return answer["result"]


@contextlib.contextmanager
def browser(log: Path) -> Iterator[Browser]:
    """Start Chromium, and end it afterwards."""
    program = tools.chromium()
    node = tools.session().dev
    with (
        open(log, "w", encoding="utf-8") as errors,
        subprocess.Popen(
            [node.programs / "node", ROOT / "benchmarks" / "browser.mjs"],
            env=node.variables({"CHROMIUM": str(program)}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            yield Browser(process)
        finally:
            assert process.stdin
            process.stdin.close()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
