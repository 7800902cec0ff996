"""Tags follow from inputs, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from images.recipes import Recipe, base_tag, recipe_tag, tag_of

RECIPE = Recipe(name="candidate", distribution="nbassess-x", members=("member",), folders=("shipped",))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for path, text in {
        "images/base/Dockerfile": "FROM scratch",
        "images/candidate/Dockerfile": "FROM base",
        "member/pyproject.toml": "[project]",
        "member/nbassess_x/model.py": "A = 1",
        "member/src/index.ts": "export {}",
        "shipped/page.ipynb": "{}",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def tag(checkout: Path, *, base: str = "b", requirements: str = "numpy==1") -> str:
    return recipe_tag(RECIPE, root=checkout, base=base, requirements=requirements)


def test_the_same_inputs_have_the_same_tag(checkout: Path) -> None:
    assert tag(checkout) == tag(checkout)


@pytest.mark.parametrize(
    "path", ["images/candidate/Dockerfile", "member/pyproject.toml", "member/nbassess_x/model.py", "shipped/page.ipynb"]
)
def test_a_changed_input_changes_the_tag(checkout: Path, path: str) -> None:
    before = tag(checkout)

    (checkout / path).write_text("something else")

    assert tag(checkout) != before


def test_a_renamed_file_changes_the_tag(checkout: Path) -> None:
    before = tag(checkout)

    (checkout / "member/nbassess_x/model.py").rename(checkout / "member/nbassess_x/models.py")

    assert tag(checkout) != before


def test_another_base_or_lock_changes_the_tag(checkout: Path) -> None:
    assert len({tag(checkout), tag(checkout, base="c"), tag(checkout, requirements="numpy==2")}) == 3


@pytest.mark.parametrize("path", ["member/src/other.ts", "member/nbassess_x/__pycache__/model.pyc", "README.md"])
def test_what_no_wheel_carries_does_not_count(checkout: Path, path: str) -> None:
    before = tag(checkout)

    (checkout / path).parent.mkdir(exist_ok=True)
    (checkout / path).write_text("noise")

    assert tag(checkout) == before


def test_the_variant_of_the_base_counts(checkout: Path) -> None:
    assert base_tag(checkout, "registry") != base_tag(checkout, "debootstrap")


def test_parts_cannot_flow_into_each_other() -> None:
    assert tag_of("x", [b"ab", b"c"]) != tag_of("x", [b"a", b"bc"])


def test_a_tag_is_a_repository_and_twelve_hex_digits() -> None:
    assert tag_of("candidate", []) == "nbassess/candidate:e3b0c44298fc"
