"""The Docker client: find one that can build with BuildKit, and call it.

Clients from 23 on build through the buildx plugin, which is packaged apart and often missing; older ones have
BuildKit built in. A client without either cannot do cache mounts or build secrets, so it is passed over even when it
comes first on PATH.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from images.errors import ImageError

BUILDX_REQUIRED_SINCE = 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A Docker client that answers and can build; `program` is its path."""

    program: str

    def has_image(self, tag: str) -> bool:
        """Tell whether the engine holds an image of this name."""
        return self._run("image", "inspect", tag).returncode == 0

    def build(self, context: Path, *, tag: str, args: Mapping[str, str], secrets: Mapping[str, Path]) -> None:
        """Build `context` as `tag`, passing each secret to the steps that mount it and leaving none in the image."""
        command = [self.program, *build_arguments(context, tag=tag, args=args, secrets=secrets)]
        environment = {**os.environ, "DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}
        if subprocess.run(command, env=environment, check=False).returncode != 0:
            raise ImageError(f"{tag}: the build failed; the engine's output above names the step")

    def import_tree(self, tree: Path, *, tag: str) -> None:
        """Make an image of one layer from a directory tree, keeping owners as numbers."""
        pack = subprocess.Popen(["tar", "--numeric-owner", "-C", str(tree), "-c", "."], stdout=subprocess.PIPE)
        load = subprocess.run([self.program, "import", "-", tag], stdin=pack.stdout, check=False, capture_output=True)
        if pack.wait() != 0 or load.returncode != 0:
            raise ImageError(f"{tag}: could not import {tree}: {load.stderr.decode(errors='replace').strip()}")

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([self.program, *arguments], check=False, capture_output=True)


def build_arguments(context: Path, *, tag: str, args: Mapping[str, str], secrets: Mapping[str, Path]) -> list[str]:
    """Spell the arguments of `docker build`, in a fixed order."""
    arguments = ["build", "--tag", tag]
    for name, value in sorted(args.items()):
        arguments += ["--build-arg", f"{name}={value}"]
    for name, source in sorted(secrets.items()):
        arguments += ["--secret", f"id={name},src={source}"]
    return [*arguments, str(context)]


def can_build(version: str, has_buildx: bool) -> bool:
    """Decide from a client's version whether BuildKit is within its reach."""
    major = version.partition(".")[0]
    return has_buildx or (major.isdigit() and int(major) < BUILDX_REQUIRED_SINCE)


def find_engine(candidates: Iterable[str] | None = None) -> Engine:
    """Pick the first Docker client that reaches an engine and can build.

    Raises: ImageError, naming each client that was tried and what it lacks.
    """
    refusals = []
    for program in candidates if candidates is not None else _clients():
        refusal = _refusal(program)
        if refusal is None:
            return Engine(program=program)
        refusals.append(f"{program} {refusal}")
    tried = "; ".join(refusals) or "there is no docker program on PATH"
    raise ImageError(
        f"no usable Docker engine: {tried}; run `make setup` as root, or install docker.io and start dockerd"
    )


def _clients() -> Sequence[str]:
    found = [os.environ.get("NBASSESS_DOCKER", ""), shutil.which("docker") or "", "/usr/bin/docker"]
    return [program for program in dict.fromkeys(found) if program and Path(program).exists()]


def _refusal(program: str) -> str | None:
    answer = subprocess.run([program, "version", "--format", "{{json .}}"], check=False, capture_output=True)
    if answer.returncode != 0:
        return "reaches no engine"
    version = str(json.loads(answer.stdout)["Client"]["Version"])
    has_buildx = subprocess.run([program, "buildx", "version"], check=False, capture_output=True).returncode == 0
    return None if can_build(version, has_buildx) else f"({version}) has no BuildKit: its buildx plugin is missing"
