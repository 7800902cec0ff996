"""Other people's recorders, installed beside the environment and never in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.bench.recordings import REPO

_FOLDER = REPO / "var" / "peers"
_UV = REPO / ".tools" / "bin" / "uv"
_EXPORT = ("export", "--frozen", "--quiet", "--only-group", "peers", "--prune", "jupyter-server", "--no-header")


def pioneer() -> Path:
    """Install jupyterlab-pioneer in the locked version, once; returns the folder that Python finds it in."""
    if not (_FOLDER / "jupyterlab_pioneer").exists():
        _FOLDER.mkdir(parents=True, exist_ok=True)
        locked = _FOLDER / "requirements.txt"
        locked.write_text(_uv(*_EXPORT), encoding="utf-8")
        _uv("pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", _FOLDER, "-r", locked)
    return _FOLDER


def _uv(*words: str | Path) -> str:
    done = subprocess.run([_UV, *words], cwd=REPO, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"uv {words[0]} failed: {done.stderr[-2000:]}")
    return done.stdout
