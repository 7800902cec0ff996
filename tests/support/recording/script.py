"""A script: a named thing that a candidate does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.recording.hands import Hands

Play = Callable[[Hands], None]


@dataclass(frozen=True, slots=True)
class Script:
    """A function of the hands; its name says what a person does, its docstring why it is hard."""

    name: str
    play: Play


@dataclass(frozen=True, slots=True)
class Collection:
    """The scripts of one subject, in order."""

    scripts: list[Script]

    def __call__(self, play: Play) -> Play:
        """Add a script; used as a decorator."""
        self.scripts.append(Script(play.__name__, play))
        return play


def collection() -> Collection:
    """Return an empty collection."""
    return Collection([])
