"""What a scripted candidate writes for a problem: a short series of drafts, the last of which is graded.

Drafts are whole texts of the answer cell, taken from the author's solutions. A person of little skill stops at a wrong
or half one; a person of more skill often passes through a wrong one first.
"""

from __future__ import annotations

from random import Random

from nbassess_hub.demo.material import Material
from nbassess_hub.demo.personas import Persona

_DIFFICULTY = {"easy": 0.18, "medium": 0.0, "hard": -0.2}
_CLUTTER = "import os\nimport sys\nimport json as j\n\n"


def plan_drafts(persona: Persona, material: Material, random: Random) -> list[str]:
    """Return the texts the answer cell goes through; empty when the problem is left untouched."""
    chance = persona.skill + _DIFFICULTY.get(material.difficulty, 0.0)
    roll = random.random()
    if roll < chance:
        drafts = _way_to_success(persona, material, random)
    elif roll < chance + 0.62 * (1 - chance) and material.wrong:
        drafts = _wrong_turns(material, random)
    elif roll < 0.94:
        drafts = [half_of(material.reference)]
    else:
        return []
    if random.random() > persona.tidy:
        drafts[-1] = _CLUTTER + drafts[-1]
    if random.random() < 0.4:
        drafts.insert(len(drafts) - 1, with_slip(drafts[-1]))
    return drafts


def with_slip(source: str) -> str:
    """Return a text that a person runs once before noticing: its last colon is missing."""
    before, _, after = source.rpartition(":")
    return before + after


def half_of(source: str) -> str:
    """Return the first half of a text's lines: an answer that was being typed when time ran out."""
    lines = source.splitlines()
    return "\n".join(lines[: max(1, (len(lines) + 1) // 2)])


def _way_to_success(persona: Persona, material: Material, random: Random) -> list[str]:
    before: list[str] = []
    if material.wrong and random.random() > persona.skill * 0.7:
        before.append(random.choice(material.wrong))
    elif random.random() < 0.5:
        before.append(half_of(material.reference))
    is_slow = material.brute_force is not None and random.random() < 0.15
    return [*before, material.brute_force if is_slow and material.brute_force else material.reference]


def _wrong_turns(material: Material, random: Random) -> list[str]:
    count = min(len(material.wrong), random.choice([1, 1, 2]))
    return random.sample(material.wrong, count)
