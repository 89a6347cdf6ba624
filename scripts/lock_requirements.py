#!/usr/bin/env python3
"""Pin the lists in scripts/requirements again: constraints.txt and its kin.

    python3 scripts/lock_requirements.py [NAME ...]

Each list NAME.txt gets a file of exact versions for Python 3.10 and later, on
every platform, made by uv. `base.txt` and `dev.txt` share the constraints.txt
of the top folder; every other list has scripts/requirements/constraints-NAME.txt. What
pyproject.toml asks for is pinned with them. Needs Python 3.11.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "scripts" / "requirements"
UV = "uv==0.13.9"
HEADER = """\
# Exact versions for scripts/requirements/{source}, made by
# scripts/lock_requirements.py. Change the list, then make this file again.
"""


def target(name: str) -> Path:
    """The file that pins the list `name`."""
    return ROOT / "constraints.txt" if name == "dev" else LISTS / f"constraints-{name}.txt"


def names() -> list[str]:
    """The lists that have a file of versions; `base` is part of `dev`."""
    return sorted(
        path.stem
        for path in LISTS.glob("*.txt")
        if path.stem != "base" and not path.stem.startswith("constraints-")
    )


def ours(name: str) -> list[str]:
    """What the extension itself needs, as pyproject.toml says."""
    if name in ("go", "kernel"):
        return []
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    extras = project.get("optional-dependencies", {}) if name == "dev" else {}
    return [*project["dependencies"], *(line for extra in extras.values() for line in extra)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names()))
    chosen = parser.parse_args().names or names()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        programs = Path(folder) / "bin"
        subprocess.run([programs / "python", "-m", "pip", "install", "-q", UV], check=True)
        for name in chosen:
            pins = Path(folder) / f"{name}.lock"
            command = [programs / "uv", "pip", "compile", "--quiet", "--universal"]
            command += ["--python-version", "3.10", "--no-header", "--no-annotate"]
            command += ["--no-emit-index-url", "--no-emit-find-links", "--output-file", pins]
            wanted = Path(folder) / "ours.txt"
            wanted.write_text("\n".join(ours(name)) + "\n", encoding="utf-8")
            subprocess.run([*command, LISTS / f"{name}.txt", wanted], check=True)
            target(name).write_text(
                HEADER.format(source=f"{name}.txt") + pins.read_text(encoding="utf-8"),
                encoding="utf-8",
            )
            print(target(name).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
