"""The wheel: built and installed without any Node but the one pip brings."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

from scripts.checks import Session
from scripts.environments import (
    LOGS,
    MARKER,
    Marker,
    PythonEnvironment,
    constraints,
    digest,
    lock,
    python_environment,
    say,
)
from scripts.paths import ROOT, VENV
from scripts.processes import Failure, call, environment, temporary_folder

#: What a wheel is built from; the rest of the checkout is not there when it is.
SOURCES = (
    *("src", "style", "schema", "jupyterlab_mast", "jupyter-config"),
    *("package.json", "yarn.lock", ".yarnrc.yml", "tsconfig.json", "install.json"),
    *("pyproject.toml", "README.md", "LICENSE"),
)
MADE = shutil.ignore_patterns("labextension", "_version.py", "__pycache__", ".ipynb_checkpoints")
EXTENSION = r"share/jupyter/labextensions/jupyterlab-mast"
MUST_HOLD = (
    r"jupyterlab_mast/app\.py",
    r"jupyterlab_mast/_version\.py",
    rf".*/{EXTENSION}/package\.json",
    rf".*/{EXTENSION}/install\.json",
    rf".*/{EXTENSION}/static/remoteEntry\..*\.js",
    rf".*/{EXTENSION}/static/style\.js",
    rf".*/{EXTENSION}/schemas/jupyterlab-mast/.*\.json",
    r".*/etc/jupyter/jupyter_server_config\.d/jupyterlab_mast\.json",
    r".*\.dist-info/licenses/LICENSE",
)
MUST_NOT_HOLD = (
    r".*\.map",
    r".*\.tsx?",
    r".*\.spec\..*",
    r"(.*/)?tests?/.*",
    r"(.*/)?(samples|scripts|ui-tests|benchmarks|node_modules)/.*",
    r".*\.(fits|gz|jpg|png)",
)
LARGEST = 3_000_000
#: The line of the extension in the list of labextensions.
ENABLED = r"jupyterlab-mast v\S+ .*enabled.* .*OK"
#: Bytes (gzip -6) that JupyterLab loads before anybody opens a panel of ours: scripts, our
#: schemas among the settings, and our part of the page. `python -m benchmarks.startup` weighs
#: the same in a browser.
FIRST_LOAD = 30_000
#: What the page, and the answer with the settings, say of us besides.
PAGE = 400
#: The environments that the wheel is installed into have JupyterLab, and no Node.
INSTALLED = "lab-4.6"
OLDEST = "lab-4.2"


def wheel(session: Session) -> Path:
    """Build the wheel, if its sources changed since the last one; once a run."""
    with lock("wheel"):
        if session.wheel is None:
            session.wheel = built(session)
        return session.wheel


def built(session: Session) -> Path:
    key = source_key()
    folder = VENV / f"wheel-{key}"
    if not (folder / MARKER).exists():
        dev = session.dev
        say("Building the wheel, with no Node but the one that the build brings …")
        for old in VENV.glob("wheel-*"):
            shutil.rmtree(old, ignore_errors=True)
        log = LOGS / "wheel.log"
        log.unlink(missing_ok=True)
        with temporary_folder("wheel") as copy:
            for name in SOURCES:
                source = ROOT / name
                if source.is_dir():
                    shutil.copytree(source, copy / name, ignore=MADE)
                else:
                    shutil.copyfile(source, copy / name)
            command: list[str | Path] = [dev.python, "-m", "pip", "wheel", "--no-deps"]
            command += ["--build-constraint", constraints("dev"), "--wheel-dir", folder, copy]
            call(
                command,
                what="building the wheel",
                env=environment(node=False),
                log=log,
                cwd=copy,
            )
        (folder / MARKER).write_text(key + "\n", encoding="ascii")
    return next(folder.glob("*.whl"))


def source_key() -> str:
    """The hash of all that goes into the wheel."""
    files: list[Path] = []
    for name in SOURCES:
        path = ROOT / name
        files += sorted(path.rglob("*")) if path.is_dir() else [path]
    made = {"labextension", "__pycache__", ".ipynb_checkpoints", "_version.py"}
    kept = [f for f in files if f.is_file() and not made & set(f.relative_to(ROOT).parts)]
    return digest(*(text for f in kept for text in (str(f.relative_to(ROOT)), f)))


def with_wheel(session: Session, name: str) -> PythonEnvironment:
    """The environment `name` of scripts/requirements, with the wheel in it."""
    env = python_environment(name, name)
    file = wheel(session)
    marker = Marker(env.folder / "wheel.key")
    with lock(f"wheel-{name}"):
        if not marker.fits(digest(file)):
            marker.clear()
            pip = ("python", "-m", "pip")
            env.call(*pip, "uninstall", "--yes", "--quiet", "jupyterlab-mast", what="uninstalling")
            env.pip_install("-c", constraints(name), file, what=f"installing the wheel in {name}")
            marker.set(digest(file))
    return env


def run(session: Session) -> None:
    results = session.results
    try:
        file = wheel(session)
    except Failure as error:
        results.add("wheel: built without the system's Node", False, str(error))
        return
    results.add("wheel: built without the system's Node", True)
    contents(session, file)
    weigh(session, file)
    env = with_wheel(session, INSTALLED)
    found = shutil.which("node", path=env.variables()["PATH"])
    results.add("wheel: no Node where it is installed", found is None, str(found))
    listed(session, env, "labextension", ENABLED)
    oldest = with_wheel(session, OLDEST)
    # An older JupyterLab looks whether the packages that are asked for fit its own.
    listed(session, oldest, "labextension", ENABLED, "in JupyterLab 4.2")
    listed(session, env, "server extension", r"jupyterlab_mast \S+ .*OK")
    session.check("wheel: pip check", [env.python, "-m", "pip", "check"], env=env)
    if session.full:
        beside = with_wheel(session, "neighbours")
        name = "wheel: pip check beside s3fs, astroquery, lightkurve and others"
        session.check(name, [beside.python, "-m", "pip", "check"], env=beside)


def contents(session: Session, file: Path) -> None:
    """What must and what must not be in the wheel."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    wrong = [
        f"nothing like {pattern}"
        for pattern in MUST_HOLD
        if not any(re.fullmatch(pattern, name) for name in names)
    ]
    wrong += [
        name for name in names if any(re.fullmatch(pattern, name) for pattern in MUST_NOT_HOLD)
    ]
    if file.stat().st_size > LARGEST:
        wrong.append(f"{file.stat().st_size:,} bytes, more than {LARGEST:,}")
    session.results.add("wheel: contents", not wrong, "\n".join(wrong))


def weigh(session: Session, file: Path) -> None:
    """What starts with JupyterLab is small."""
    with zipfile.ZipFile(file) as archive:
        static = read_all(archive, "static", "js")
        schemas = read_all(archive, "schemas/jupyterlab-mast", "json")
    name = f"wheel: the first load is at most {FIRST_LOAD:,} bytes"
    try:
        sizes = {one: len(gzip.compress(static[one], 6)) for one in first_load(static)}
        # As JupyterLab sends them: in one answer.
        sent = b"".join(json.dumps(json.loads(schemas[one])).encode() for one in sorted(schemas))
        sizes["the schemas of our settings"] = len(gzip.compress(sent, 6))
        sizes["our part of the page"] = PAGE
    except ValueError as error:
        session.results.add(name, False, str(error))
        return
    total = sum(sizes.values())
    detail = "\n".join(f"{size:>7,} {one}" for one, size in sizes.items())
    session.results.add(name, total <= FIRST_LOAD, f"{detail}\n{total:>7,} together")


def read_all(archive: zipfile.ZipFile, folder: str, ending: str) -> dict[str, bytes]:
    """The files of one of the extension's folders, by their names."""
    return {
        Path(name).name: archive.read(name)
        for name in archive.namelist()
        if re.fullmatch(rf".*/{EXTENSION}/{folder}/[^/]*\.{ending}", name)
    }


def first_load(static: Mapping[str, bytes]) -> list[str]:
    """The scripts that load with JupyterLab: entry, style, and what the plugins are in.

    Which chunks those are stands in the entry, where it exposes `./extension`. Raises ValueError
    when it cannot be found there.
    """
    entries = [name for name in static if re.fullmatch(r"remoteEntry\..*\.js", name)]
    if len(entries) != 1:
        raise ValueError(f"{len(entries)} files are called remoteEntry.*.js, not 1.")
    text = static[entries[0]].decode()
    exposed = re.search(r'"\./extension":\s*\(\)\s*=>(.*?)\.then\(', text, re.DOTALL)
    chunks = re.findall(r'\.e\("?([\w-]+)"?\)', exposed[1]) if exposed else []
    if not chunks:
        raise ValueError(f"{entries[0]} does not say which chunks ./extension is in.")
    names = [entries[0], "style.js"]
    for chunk in chunks:
        found = [name for name in static if re.fullmatch(rf"{re.escape(chunk)}\..*\.js", name)]
        if len(found) != 1:
            raise ValueError(f"{len(found)} files are of the chunk {chunk}, not 1.")
        names += found
    return names


def listed(session: Session, env: PythonEnvironment, kind: str, line: str, where: str = "") -> None:
    """`jupyter … list` says that the extension is there, enabled and OK."""
    with temporary_folder("list") as folder:
        extra = {"JUPYTER_CONFIG_DIR": str(folder), "JUPYTER_DATA_DIR": str(folder)}
        done = subprocess.run(
            [env.programs / "jupyter", *kind.split(), "list"],
            env=env.variables(extra),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode(errors="replace"))
    passed = done.returncode == 0 and re.search(line, text) is not None
    session.results.add(f"wheel: jupyter {kind} list says OK {where}".rstrip(), passed, text)
