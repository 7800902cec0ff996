"""Build the images of this checkout, or print the tags that they have.

    python -m images.build                 build what does not exist yet
    python -m images.build --print-tags    say what the images of this checkout are called

Order: base, then candidate and analyst on top of it. A tag is a hash of its image's inputs (`recipes`), so a second run
finds everything there and builds nothing.
"""

import argparse
import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from images.debian import Variant, prepare_root, registry_answers
from images.engine import Engine, find_engine
from images.errors import ImageError
from images.recipes import RECIPES, ROOT, Recipe, base_tag, recipe_tag
from images.workspace import build_wheels, find_uv, locked_requirements

VARIANT_FILE = "var/image-base"
RECIPE_NAMES = tuple(recipe.name for recipe in RECIPES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is decided before the engine is asked: tags and locked requirements, by image name."""

    variant: Variant
    tags: Mapping[str, str]
    requirements: Mapping[str, str]


def make_plan(root: Path, variant: Variant) -> Plan:
    """Work out what the images of this checkout are called."""
    base = base_tag(root, variant)
    requirements = {recipe.name: locked_requirements(root, recipe) for recipe in RECIPES}
    tags = {
        recipe.name: recipe_tag(recipe, root=root, base=base, requirements=requirements[recipe.name])
        for recipe in RECIPES
    }
    return Plan(variant=variant, tags={"base": base, **tags}, requirements=requirements)


def choose_variant(root: Path, environment: Mapping[str, str]) -> Variant:
    """Choose where the base comes from: told by NBASSESS_IMAGE_BASE, remembered from last time, or found by asking."""
    remembered = root / VARIANT_FILE
    choice = environment.get("NBASSESS_IMAGE_BASE") or (remembered.read_text().strip() if remembered.exists() else "")
    if choice == "":
        choice = "registry" if registry_answers() else "debootstrap"
        remembered.parent.mkdir(exist_ok=True)
        remembered.write_text(choice + "\n")
    if choice == "registry":
        return "registry"
    if choice == "debootstrap":
        return "debootstrap"
    raise ImageError(f"NBASSESS_IMAGE_BASE is {choice!r}; it can be 'registry' or 'debootstrap'")


def build_images(root: Path, plan: Plan, engine: Engine, names: Collection[str]) -> None:
    """Build each named image of `plan` that the engine does not hold yet, and the base below them."""
    base = plan.tags["base"]
    if not engine.has_image(base):
        _say(f"building {base} from {plan.variant}")
        below = prepare_root(engine, plan.variant)
        engine.build(root / "images/base", tag=base, args={"ROOT": below}, secrets={})
    for recipe in RECIPES:
        if recipe.name in names and not engine.has_image(plan.tags[recipe.name]):
            _say(f"building {plan.tags[recipe.name]}")
            _build_recipe(root, plan, recipe, engine)


def _build_recipe(root: Path, plan: Plan, recipe: Recipe, engine: Engine) -> None:
    with tempfile.TemporaryDirectory(prefix="nbassess-image-") as folder, build_secrets(os.environ) as secrets:
        context = Path(folder)
        stage_context(root, recipe, plan.requirements[recipe.name], context)
        engine.build(context, tag=plan.tags[recipe.name], args={"BASE": plan.tags["base"]}, secrets=secrets)


def stage_context(root: Path, recipe: Recipe, requirements: str, context: Path) -> None:
    """Lay out a build context: the image's own folder, wheels, requirements, and uv; nothing else can get in."""
    shutil.copytree(root / "images" / recipe.name, context, dirs_exist_ok=True)
    (context / "requirements.txt").write_text(requirements)
    build_wheels(root, recipe, context / "wheels")
    shutil.copy(find_uv(root), context / "uv")
    for folder in recipe.folders:
        shutil.copytree(root / folder, context / Path(folder).name, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))


@contextmanager
def build_secrets(environment: Mapping[str, str]) -> Iterator[dict[str, Path]]:
    """Provide what the build host's network asks for: its certificate authorities and its package index.

    Both are mounted into single build steps and are part of no layer.
    """
    with tempfile.TemporaryDirectory(prefix="nbassess-secrets-") as folder:
        secrets = {}
        bundle = environment.get("SSL_CERT_FILE", "")
        if bundle and Path(bundle).is_file():
            secrets["ca"] = Path(bundle)
        index = environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL", "")
        if index:
            secrets["index"] = Path(folder) / "index"
            secrets["index"].write_text(index)
        yield secrets


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Let one build of this checkout run at a time; the others wait and then find its images."""
    lock = root / "var/images.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _say(line: str) -> None:
    sys.stderr.write(f"images: {line}\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; standard output is one JSON object of tags by image name."""
    parser = argparse.ArgumentParser(prog="python -m images.build", description="Build the images of this checkout.")
    parser.add_argument("--print-tags", action="store_true", help="only say what the images are called")
    parser.add_argument("names", nargs="*", metavar="NAME", help="candidate, analyst (default: both)")
    options = parser.parse_args(arguments)
    try:
        with one_at_a_time(ROOT):
            plan = make_plan(ROOT, choose_variant(ROOT, os.environ))
            if not options.print_tags:
                build_images(ROOT, plan, find_engine(), options.names or RECIPE_NAMES)
    except ImageError as error:
        _say(str(error))
        return 1
    sys.stdout.write(json.dumps(dict(plan.tags)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
