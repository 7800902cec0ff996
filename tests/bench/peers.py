"""Other people's recorders, installed beside the environment and never in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.needs import CannotRun
from tests.bench.recordings import REPO

_FOLDER = REPO / "var" / "peers"
_UV = REPO / ".tools" / "bin" / "uv"
_EXPORT = ("export", "--frozen", "--quiet", "--only-group", "peers", "--prune", "jupyter-server", "--no-header")


def pioneer() -> Path:
    """Install jupyterlab-pioneer in the locked version, once; returns the folder that Python finds it in."""
    done, wanted = _FOLDER / "requirements.txt", _uv(*_EXPORT)
    if not done.exists() or done.read_text("utf-8") != wanted:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        locked = _FOLDER / "requirements.new"
        locked.write_text(wanted, encoding="utf-8")
        install = ("pip", "install", "--quiet", "--no-deps", "--upgrade", "--python", sys.executable)
        _uv(*install, "--target", _FOLDER, "-r", locked)
        locked.replace(done)
    return _FOLDER


def _uv(*words: str | Path) -> str:
    done = subprocess.run([_UV, *words], cwd=REPO, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotRun(f"the peers cannot be installed: uv {words[0]} says {done.stderr.strip()[-500:]}")
    return done.stdout
