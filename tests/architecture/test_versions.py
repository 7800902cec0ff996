"""The five distributions are released together: one version, pinned exactly where one needs another."""

from __future__ import annotations

import ast
import json
import re

import pytest

from tests.support.tree import PACKAGES, ROOT, project

VERSIONS = {distribution: project(distribution)["version"] for distribution in PACKAGES}


def test_versions_are_equal() -> None:
    assert len(set(VERSIONS.values())) == 1, VERSIONS


def test_the_javascript_part_has_the_same_version() -> None:
    package = json.loads((ROOT / "extensions/recorder/package.json").read_text())

    assert package["version"] == VERSIONS["nbassess-recorder"]


@pytest.mark.parametrize("distribution", PACKAGES)
def test_members_pin_each_other_exactly(distribution: str) -> None:
    ours = [line for line in project(distribution)["dependencies"] if line.startswith("nbassess-")]

    assert all(re.fullmatch(rf"nbassess-[a-z]+=={re.escape(VERSIONS[distribution])}", line) for line in ours), ours


@pytest.mark.parametrize("distribution", PACKAGES)
def test_a_package_says_the_version_of_its_distribution(distribution: str) -> None:
    tree = ast.parse((PACKAGES[distribution] / "__init__.py").read_text())
    said = [ast.literal_eval(node.value) for node in tree.body if isinstance(node, ast.Assign)]

    assert said in ([], [VERSIONS[distribution]])


def test_the_changelog_has_a_section_for_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()

    assert VERSIONS["nbassess-hub"] in text or "Unreleased" in text
