"""A small problem for scripted candidates."""

from pathlib import Path

from nbassess_hub.demo.desk import Cell
from nbassess_hub.demo.material import Material

REFERENCE = '''import math


def area(radius: float) -> float:
    """Return the area of a circle."""
    if radius < 0:
        raise ValueError(f"radius is {radius}, expected 0 or more")
    squared = radius * radius
    return math.pi * squared'''
WRONG = "def area(radius):\n    return 3.14 * radius * radius"
STARTER = "def area(radius: float) -> float:\n    ..."


def circle(folder: Path, slug: str = "circle") -> Material:
    """Make the problem; its outputs are made in `folder`."""
    cells = [
        ("prompt", "markdown", "# Area\nWrite `area(radius)`."),
        ("setup", "code", "import math"),
        ("answer", "code", STARTER),
        ("scratch", "code", "area(2)"),
    ]
    return Material(
        slug=slug,
        path=f"{slug}/{slug}.ipynb",
        folder=folder,
        minutes=8,
        difficulty="easy",
        cells=tuple(Cell(id=f"{slug}-{role}", cell_type=kind, source=source) for role, kind, source in cells),
        answer=f"{slug}-answer",
        roles={f"{slug}-{role}": role for role, _, _ in cells},
        reference=REFERENCE,
        brute_force=None,
        wrong=(WRONG,),
    )
