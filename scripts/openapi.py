"""Writes what is generated from the models of the HTTP API: docs/openapi.json, and from that
src/rest/generated.ts.

``python -m scripts.openapi`` after a change in a models.py; a test fails
until then. Needs Node and the packages of package.json.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from jupyterlab_mast.app import APIS
from jupyterlab_mast.openapi import document
from scripts.paths import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
TYPES = ROOT / "src" / "rest" / "generated.ts"

_BANNER = """\
/* eslint-disable */
// Generated from docs/openapi.json: change models.py in jupyterlab_mast/*,
// then run `python -m scripts.openapi`.

"""


def find_node() -> str | None:
    """Node and the packages that generate; None where one of them is missing."""
    node = shutil.which(
        "node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    packages = ("openapi-typescript", "prettier")
    if node and all((ROOT / "node_modules" / package).is_dir() for package in packages):
        return node
    return None


def generate(node: str) -> tuple[str, str]:
    """Return the text of both files, as they should be."""
    with tempfile.TemporaryDirectory() as folder:
        source, types = Path(folder) / "openapi.json", Path(folder) / "generated.ts"
        source.write_text(json.dumps(document(APIS)), encoding="utf-8")
        modules = ROOT / "node_modules"
        subprocess.run(
            [
                *(node, modules / "openapi-typescript" / "bin" / "cli.js", source),
                *(
                    "--output",
                    types,
                    "--immutable",
                    "--root-types",
                    "--default-non-nullable=false",
                    "--root-types-no-schema-prefix",
                ),
            ],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        types.write_text(_BANNER + types.read_text(encoding="utf-8"), encoding="utf-8")
        return _format(node, source, DOCUMENT), _format(node, types, TYPES)


def _format(node: str, file: Path, name: Path) -> str:
    return subprocess.run(
        [
            *(node, ROOT / "node_modules" / "prettier" / "bin" / "prettier.cjs"),
            *("--stdin-filepath", name),
        ],
        cwd=ROOT,
        input=file.read_text(encoding="utf-8"),
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    ).stdout


def main() -> int:
    """Write both files. Returns the exit status."""
    node = find_node()
    if node is None:
        print("Node or the packages of package.json are missing: run jlpm install.")
        return 1
    for path, text in zip((DOCUMENT, TYPES), generate(node), strict=True):
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
