"""Where the base image's root file system comes from.

Normally the official Python image. Where no registry can be reached (closed networks, CI), debootstrap builds a minimal
Debian from the package mirror that this host itself uses.
"""

import re
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from images.engine import Engine
from images.errors import ImageError

Variant = Literal["registry", "debootstrap"]

REGISTRY_IMAGE = "python:3.12-slim-bookworm"
REGISTRY_PROBE = "https://registry-1.docker.io/v2/"
SUITE = "bookworm"
DEFAULT_MIRROR = "http://deb.debian.org/debian"
DEBIAN_ROOT = f"nbassess/debian:{SUITE}"


def registry_answers(url: str = REGISTRY_PROBE, timeout_s: float = 4.0) -> bool:
    """Ask whether an image registry can be reached; a refusal to serve without a login is an answer."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_s):  # noqa: S310 - a constant https address
            return True
    except urllib.error.HTTPError as refusal:
        return refusal.code == 401
    except OSError:
        return False


def debian_mirror(sources: Iterable[str]) -> str:
    """Read the Debian mirror from the texts of apt's source files, in either of their two formats."""
    for text in sources:
        for address in re.findall(r"^(?:URIs:|deb\s+(?:\[[^\]]*\]\s*)?)\s*(https?://\S+)", text, flags=re.MULTILINE):
            if address.rstrip("/").endswith("/debian"):
                return str(address.rstrip("/"))
    return DEFAULT_MIRROR


def prepare_root(engine: Engine, variant: Variant) -> str:
    """Return the image name that the base's Dockerfile starts from, making it when it is ours to make."""
    if variant == "registry":
        return REGISTRY_IMAGE
    if not engine.has_image(DEBIAN_ROOT):
        _debootstrap(engine)
    return DEBIAN_ROOT


def _debootstrap(engine: Engine) -> None:
    mirror = debian_mirror(_apt_sources())
    with tempfile.TemporaryDirectory(prefix="nbassess-debian-") as folder:
        tree = Path(folder) / "root"
        command = ["debootstrap", "--variant=minbase", SUITE, str(tree), mirror]
        try:
            done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            raise ImageError("debootstrap is not installed and no registry answers; run `make setup` as root") from None
        if done.returncode != 0:
            raise ImageError(f"debootstrap from {mirror} failed (it needs root); no registry answers either")
        engine.import_tree(tree, tag=DEBIAN_ROOT)


def _apt_sources() -> list[str]:
    places = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    return [place.read_text(errors="replace") for place in places if place.is_file()]
