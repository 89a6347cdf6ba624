"""Makes sure that ./run and ./test run under a Python that they understand.

Written so that every Python since 2.7 can read it and say what is missing.
"""

import os
import subprocess
import sys

OLDEST = (3, 10)


def ensure_python(program):
    # type: (str) -> None
    """Go on, start again under a newer Python, or stop with a sentence."""
    if sys.version_info < OLDEST:
        newer = newer_python()
        if newer is None:
            sys.exit(
                "%s needs Python %s or later; this is %s, and no newer python3 was found on the "
                "PATH."
                % (os.path.basename(program), ".".join(map(str, OLDEST)), sys.version.split()[0])
            )
        os.execv(newer, [newer, os.path.realpath(program)] + sys.argv[1:])
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            sys.exit(
                "This Python (%s) has no '%s' module. Install the package that brings it, then "
                "start again: python3-venv on Debian and Ubuntu (apt-get install python%s-venv "
                "where several Pythons are installed)."
                % (sys.executable, module, ".".join(map(str, sys.version_info[:2])))
            )


def newer_python():
    # type: () -> str | None
    """A python3.x of the PATH that is new enough and starts."""
    for minor in range(14, OLDEST[1] - 1, -1):
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
            path = os.path.join(folder, "python3.%d" % minor)
            if os.access(path, os.X_OK) and starts(path):
                return path
    return None


def starts(path):
    # type: (str) -> bool
    """Whether that Python is what it is called (a wrapper may refuse)."""
    code = "import sys, ensurepip, venv; sys.exit(sys.version_info < %r)" % (OLDEST,)
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call([path, "-c", code], stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False
