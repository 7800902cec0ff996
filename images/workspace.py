"""What an image takes from the workspace: wheels and the locked requirements of one distribution.

Both come from the locked environment next to the sources. Wheels are built without build isolation, so that no build
downloads anything that is not in `uv.lock`.
"""

import os
import shutil
import subprocess
from pathlib import Path

from images.errors import ImageError
from images.recipes import Recipe


def find_uv(root: Path) -> str:
    """Locate uv: the pinned one of this checkout, else the one on PATH."""
    pinned = root / ".tools/bin/uv"
    found = str(pinned) if pinned.exists() else shutil.which("uv")
    if found is None:
        raise ImageError(f"uv is neither in {pinned} nor on PATH; run `make setup`")
    return found


def locked_requirements(root: Path, recipe: Recipe) -> str:
    """Export the lock for one image: every version pinned, every file with its hash, nothing of ours."""
    command = [find_uv(root), "export", "--frozen", "--quiet", "--no-dev", "--no-header", "--no-annotate"]
    command += ["--no-emit-workspace", "--package", recipe.distribution, "--extra", "image"]
    for package in recipe.left_out:
        command += ["--no-emit-package", package]
    return _output(command, root)


def build_wheels(root: Path, recipe: Recipe, destination: Path) -> None:
    """Build the wheels of a recipe's members into `destination`."""
    python = root / ".venv/bin/python"
    for member in recipe.members:
        command = [find_uv(root), "build", "--wheel", "--quiet", "--no-build-isolation", "--python", str(python)]
        _output([*command, "--out-dir", str(destination), str(root / member)], root)
    for marker in destination.glob(".gitignore"):
        marker.unlink()


def _output(command: list[str], root: Path) -> str:
    venv_first = f"{root / '.venv/bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PATH": venv_first}, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise ImageError(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
    return done.stdout
