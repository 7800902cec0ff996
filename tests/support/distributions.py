"""Wheels of the five distributions, and environments that hold one of them and what it declares."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.tree import PACKAGES, ROOT, project

_WITHOUT_NODE = f"{Path(sys.executable).parent}:/nonexistent"


def build_wheels(folder: Path) -> Mapping[str, Path]:
    """Build every distribution's wheel with the locked build tools; return them by distribution."""
    for package in PACKAGES.values():
        command = [_uv(), "build", "--wheel", "--quiet", "--no-build-isolation", "--python", sys.executable]
        _run([*command, "--out-dir", str(folder), str(package.parent)])
    return {name: next(folder.glob(f"{name.replace('-', '_')}-*.whl")) for name in PACKAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A Python environment that holds one distribution and what it declares."""

    python: Path

    def run(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run this environment's interpreter where the sources cannot be seen, unless `cwd` is the checkout."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        command = [str(self.python), *arguments]
        return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def install(distribution: str, wheels: Mapping[str, Path], folder: Path, extra: Sequence[str] = ()) -> Environment:
    """Install one distribution from its wheel, in the locked versions, without a Node on PATH."""
    constraints = folder / "constraints.txt"
    export = [_uv(), "export", "--frozen", "--quiet", "--no-hashes", "--no-emit-workspace", "--all-packages"]
    constraints.write_text(_run([*export, "--all-extras", "--no-header", "--no-annotate"]))
    python = folder / "venv/bin/python"
    _run([_uv(), "venv", "--quiet", "--python", sys.executable, str(folder / "venv")])
    ours = [str(wheels[name]) for name in _members(distribution)]
    command = [_uv(), "pip", "install", "--quiet", "--python", str(python), "--constraint", str(constraints)]
    _run([*command, *ours, *extra])
    return Environment(python=python)


def _members(distribution: str) -> list[str]:
    declared = [line.partition("==")[0] for line in project(distribution)["dependencies"]]
    return [distribution, *(name for name in declared if name in PACKAGES)]


def _uv() -> str:
    return str(ROOT / ".tools/bin/uv")


def _run(command: Sequence[str]) -> str:
    environment = {**os.environ, "PATH": f"{_WITHOUT_NODE}:/usr/sbin:/sbin"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout
