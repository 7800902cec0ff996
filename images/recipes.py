"""What each image is made of, and the tag that follows from it.

An image is decided by its inputs: the image below, the Dockerfile's folder, the locked requirements of one
distribution, and the source of the wheels put into it. The tag is a hash of exactly these, so an image that exists
never has to be rebuilt, and one that would differ has another name. Nothing here asks the Docker engine or the clock.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout that this file is part of."""

SKIPPED_PARTS = frozenset({"__pycache__", "node_modules", ".ipynb_checkpoints"})
TAG_LENGTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image that carries wheels of ours.

    `members` are the workspace folders whose wheels go in, the last one being the distribution whose lock is exported
    (with the extra `image`); `folders` are copied into the build context as they are, by their last name.
    """

    name: str
    distribution: str
    members: tuple[str, ...]
    folders: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


CANDIDATE = Recipe(
    name="candidate",
    distribution="nbassess-recorder",
    members=("extensions/events", "extensions/recorder"),
    left_out=(
        "rfc3987-syntax",
        "lark",
    ),  # an optional check of jsonschema whose import alone takes 0.8 s of every start
)
ANALYST = Recipe(
    name="analyst",
    distribution="nbassess-dashboards",
    members=("extensions/events", "notebooks"),
    folders=("notebooks/dashboards",),
    left_out=("rfc3987-syntax", "lark"),
)
RECIPES = (CANDIDATE, ANALYST)


def tag_of(name: str, parts: Iterable[bytes]) -> str:
    """Name an image after its parts; each part counts with its length, so that none can flow into the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return f"nbassess/{name}:{digest.hexdigest()[:TAG_LENGTH]}"


def base_tag(root: Path, variant: str) -> str:
    """Name the base image: its Dockerfile and the root file system it starts from."""
    return tag_of("base", [variant.encode(), *_contents(root / "images/base")])


def recipe_tag(recipe: Recipe, *, root: Path, base: str, requirements: str) -> str:
    """Name the image that `recipe` makes on top of `base` from this checkout and these locked requirements."""
    parts = [base.encode(), requirements.encode(), *_contents(root / "images" / recipe.name)]
    for member in recipe.members:
        parts += wheel_sources(root / member)
    for folder in recipe.folders:
        parts += _contents(root / folder)
    return tag_of(recipe.name, parts)


def wheel_sources(member: Path) -> Iterator[bytes]:
    """Yield what a member's wheel is made from: its packages, and the files beside them that decide what goes in."""
    for name in ("pyproject.toml", "install.json"):
        if (member / name).is_file():
            yield (member / name).read_bytes()
    for package in sorted(member.glob("nbassess_*")):
        yield from _contents(package)


def _contents(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not SKIPPED_PARTS.intersection(path.relative_to(folder).parts):
            yield path.relative_to(folder).as_posix().encode()
            yield path.read_bytes()
