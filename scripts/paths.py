"""Where things lie in a checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Everything that ./run and ./test make; may be deleted at any time.
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "scripts" / "requirements"
SAMPLES = ROOT / "samples"
UI_TESTS = ROOT / "ui-tests"
FLOOR = ROOT / "floor"
