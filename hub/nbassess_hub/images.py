"""The images of this installation: what they are called, how they come to be, and the file system inside one.

A source checkout builds its own images, named by a hash of their inputs; the build script is run as a program because
the hub may not import it. An installation without the sources names its images in the settings and builds nothing. The
grading sandbox runs on an exported candidate image, so that a submission is graded with the very files it was written
with.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import docker
from docker import DockerClient
from docker.errors import DockerException

from nbassess_hub.errors import HostError

ImageName = Literal["candidate", "analyst"]

CHECKOUT = Path(__file__).resolve().parents[2]
DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTags:
    """What the images are called."""

    candidate: str
    analyst: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootFilesystem:
    """An exported image: a directory that can be the root of a sandbox, and the digest of the image it came from."""

    path: Path
    digest: str


def in_checkout(checkout: Path = CHECKOUT) -> bool:
    """Tell whether the build script is here, that is, whether this is a source checkout."""
    return (checkout / "images/build.py").is_file()


def image_tag(name: ImageName, *, configured: str = "", checkout: Path = CHECKOUT) -> str:
    """Name the image to use: the configured one, else the one that this checkout would build.

    Raises: HostError when there is neither.
    """
    if configured:
        return configured
    tags = _tags(_run_build(checkout, "--print-tags"), checkout)
    return tags.candidate if name == "candidate" else tags.analyst


def ensure_images(progress: Callable[[str], None], *, checkout: Path = CHECKOUT) -> ImageTags:
    """Build the images that this checkout does not have yet, passing each line of the build to `progress`.

    Raises: HostError when a build fails or this is no checkout.
    """
    return _tags(_run_build(checkout, progress=progress), checkout)


def export_rootfs(tag: str, destination: Path) -> RootFilesystem:
    """Export an image's files below `destination`, once per image; a second call finds them there.

    The directory appears under its final name only when it is complete. Needs root, because files keep their owners.

    Raises: HostError when the image is unknown or the export fails.
    """
    try:
        with closing(docker.from_env()) as client:
            digest = str(client.images.get(tag).id)
            place = destination / digest.removeprefix("sha256:")[:DIGEST_LENGTH]
            if not place.exists():
                _export(client, digest, place)
    except DockerException as error:
        raise HostError(f"image {tag!r} could not be exported: {error}; run `make images`") from error
    return RootFilesystem(path=place / "root", digest=digest)


def _export(client: DockerClient, digest: str, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".export-", dir=place.parent))
    try:
        container = client.containers.create(digest, command=["true"], network_disabled=True)
        try:
            _unpack(cast("Iterator[bytes]", container.export()), unfinished / "root")
        finally:
            container.remove(force=True)
        (unfinished / "digest").write_text(digest + "\n")
        unfinished.chmod(0o755)
        with suppress(OSError):  # another process was first: its directory holds the same files
            unfinished.rename(place)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _unpack(chunks: Iterator[bytes], root: Path) -> None:
    root.mkdir(mode=0o755)
    command = [
        "tar",
        "--extract",
        "--numeric-owner",
        "--preserve-permissions",
        "--exclude=dev/*",
        "--directory",
        str(root),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as unpacking:
        assert unpacking.stdin is not None
        assert unpacking.stderr is not None
        for chunk in chunks:
            unpacking.stdin.write(chunk)
        unpacking.stdin.close()
        complaint = unpacking.stderr.read().decode(errors="replace").strip()
    if unpacking.returncode != 0:
        raise HostError(f"unpacking an image into {root} failed: {complaint}; check free space and that you are root")


def _run_build(checkout: Path, *arguments: str, progress: Callable[[str], None] | None = None) -> str:
    if not in_checkout(checkout):
        raise HostError(
            "no image is configured and this is not a source checkout; set candidate_image and analyst_image in [spawn]"
        )
    command = [sys.executable, "-m", "images.build", *arguments]
    last = ""
    with (
        tempfile.TemporaryFile("w+") as answer,
        subprocess.Popen(command, cwd=checkout, stdout=answer, stderr=subprocess.PIPE, text=True) as building,
    ):
        assert building.stderr is not None
        for line in building.stderr:
            last = line.strip() or last
            if progress is not None:
                progress(line.rstrip("\n"))
        if building.wait() != 0:
            raise HostError(f"the images could not be built: {last}")
        answer.seek(0)
        return answer.read()


def _tags(answer: str, checkout: Path) -> ImageTags:
    try:
        tags = json.loads(answer.splitlines()[-1])
        return ImageTags(candidate=tags["candidate"], analyst=tags["analyst"])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise HostError(f"{checkout / 'images/build.py'} did not say what the images are called: {answer!r}") from error
