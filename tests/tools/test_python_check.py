"""./run and ./test on a Python that lacks what they need: a sentence, and no trace."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Hides a module from a Python that is started with this beside it.
HIDE = "import sys\nsys.modules[{module!r}] = None\n"

#: Takes every Python for too old.
TOO_OLD = """
import sys
sys.path.insert(0, {root!r})
from scripts import python_check
python_check.OLDEST = (9, 10)
python_check.ensure_python("/somewhere/run")
"""


def run(*command: str | Path, **variables: str) -> tuple[int, str]:
    """The exit code, and what is said on standard error."""
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
@pytest.mark.parametrize("program", ["run", "test"])
def test_a_missing_module_is_named_with_its_package(
    tmp_path: Path, program: str, module: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(HIDE.format(module=module), encoding="utf-8")
    code, said = run(ROOT / program, "--help", PYTHONPATH=str(tmp_path))
    assert code == 1
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"has no '{module}' module" in said
    assert f"apt-get install python{version}-venv" in said
    assert "Traceback" not in said


def test_with_both_modules_it_starts() -> None:
    assert run(ROOT / "run", "--help") == (0, "")


def test_a_python_that_is_too_old_looks_for_a_newer_one(tmp_path: Path) -> None:
    code, said = run("-c", TOO_OLD.format(root=str(ROOT)), PATH=str(tmp_path))
    assert code == 1
    assert said.startswith("run needs Python 9.10 or later; this is ")
    assert "no newer python3 was found on the PATH" in said
    assert "Traceback" not in said
