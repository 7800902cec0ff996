"""The second fence: each distribution works with only what it declares, from its wheel, on a machine without Node."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.distributions import build_wheels, install
from tests.support.tree import PACKAGES, ROOT

pytestmark = pytest.mark.timeout(600)

# Alembic's environment and the programs that read their orders when they are loaded are no modules to import.
IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
names = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
names = [name for name in names if name.rsplit(".", 1)[1] not in ("__main__", "env", "entry", "jupyter_server_config")]
names = [name for name in names if ".inside." not in name]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    return build_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.mark.parametrize("distribution", PACKAGES)
def test_every_module_imports_with_only_what_is_declared(
    distribution: str, wheels: Mapping[str, Path], tmp_path: Path
) -> None:
    alone = install(distribution, wheels, tmp_path)

    done = alone.run("-I", "-c", IMPORT_EVERYTHING, PACKAGES[distribution].name, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 3


def test_events_pass_their_tests_with_nothing_else_installed(wheels: Mapping[str, Path], tmp_path: Path) -> None:
    tools = ["pytest", "pytest-asyncio", "pytest-timeout", "hypothesis", "jsonschema"]
    alone = install("nbassess-events", wheels, tmp_path, extra=tools)

    options = ["-q", "-p", "no:cacheprovider", "--noconftest", "-c", str(ROOT / "pyproject.toml")]
    done = alone.run("-m", "pytest", *options, "tests/unit/events", cwd=ROOT)

    assert done.returncode == 0, done.stdout[-4000:]


def test_the_wheel_of_the_recorder_carries_the_labextension(wheels: Mapping[str, Path]) -> None:
    """So a machine that installs it needs no Node."""
    names = zipfile.ZipFile(wheels["nbassess-recorder"]).namelist()

    assert [name for name in names if name.endswith("labextensions/@nbassess/recorder/package.json")] != []


@pytest.mark.parametrize("distribution", PACKAGES)
def test_a_wheel_holds_its_package_and_no_tests_problems_or_solutions(
    distribution: str, wheels: Mapping[str, Path]
) -> None:
    names = zipfile.ZipFile(wheels[distribution]).namelist()
    strangers = {"tests", "node_modules", "grading/cases.py", "reference.py", "brute_force.py"}
    if distribution == "nbassess-hub":
        strangers -= {"reference.py"}  # writes the reference pages

    assert [name for name in names if name.split("/")[-1] in strangers or strangers & set(name.split("/"))] == []
