"""Who sits the demo cohort: invented people with a skill, a speed and habits.

Nobody here exists. Names carry the word "Synthetic" and a number, so that no table, figure or export can be mistaken
for a record of a person. The same seed always makes the same cohort.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

# Invented surnames-as-names, alphabetical, so that a numbered list is easy to scan.
NAMES = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ironwood", "Juniper", "Katsura", "Larch",
    "Maple", "Neem", "Oak", "Pine", "Quince", "Rowan", "Spruce", "Teak", "Ulmo", "Viburnum", "Willow", "Yew",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """How one scripted candidate works. Rates are per opportunity, 0 to 1."""

    name: str
    skill: float  # 0 to 1: how likely a right answer is
    keys_per_s: float
    pace: float  # share of a problem's stated minutes that this person takes
    typo_rate: float  # per character
    undo_rate: float  # per line
    complete_rate: float  # per long identifier
    paste_rate: float  # per draft: the text arrives from elsewhere in one piece
    away_rate: float  # per pause: the window loses focus
    scratch_rate: float  # per problem: an extra cell to look at something
    reload_rate: float  # per problem: the page is loaded anew
    restart_rate: float  # per run: the kernel is started anew before it
    writes_from_outside: bool  # a notebook's file is written by something other than a save
    tidy: float  # 0 to 1: how likely an answer is left without clutter
    submits: bool  # False: never presses Submit and is collected at the deadline


def cohort(seed: int, size: int) -> list[Persona]:
    """Make `size` personas; the same seed gives the same people in the same order."""
    return [_persona(number, Random(f"{seed}/persona/{number}")) for number in range(1, size + 1)]  # noqa: S311 -- play


def _persona(number: int, random: Random) -> Persona:
    skill = min(0.98, max(0.05, random.betavariate(1.9, 2.0)))
    return Persona(
        name=f"Synthetic {number:02d} {NAMES[(number - 1) % len(NAMES)]}",
        skill=skill,
        keys_per_s=random.uniform(2.2, 3.6) + 2.0 * skill * random.random(),
        pace=random.lognormvariate(-0.1 - 0.45 * (skill - 0.5), 0.26),
        typo_rate=random.uniform(0.008, 0.035),
        undo_rate=random.choice([0.0, 0.02, 0.05, 0.1]),
        complete_rate=random.choice([0.0, 0.1, 0.3, 0.5]),
        paste_rate=random.choice([0.0, 0.0, 0.0, 0.1, 0.35, 0.9 if number % 8 == 0 else 0.05]),
        away_rate=random.choice([0.0, 0.02, 0.05, 0.15, 0.3 if number % 6 == 0 else 0.03]),
        scratch_rate=random.uniform(0.0, 0.7),
        reload_rate=random.choice([0.0, 0.0, 0.0, 0.1, 0.3]),
        restart_rate=random.choice([0.0, 0.0, 0.02, 0.08]),
        writes_from_outside=number % 9 == 5,
        tidy=min(1.0, max(0.0, 0.35 + 0.6 * skill + random.uniform(-0.25, 0.25))),
        submits=random.random() > 0.1,
    )
