"""How a scripted candidate types: one key after the other, with slips, undo, completion and pasting.

`Hands.rewrite` turns the present text of a cell into another one the way a person does: it leaves alone what is
already right, selects and removes what is wrong, and types what is missing.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from random import Random

from nbassess_hub.demo.desk import Desk
from nbassess_hub.demo.personas import Persona
from nbassess_hub.demo.tape import Tape

_NEIGHBOURS = {row[i]: row[i + 1] for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm") for i in range(len(row) - 1)}
_TOKEN = re.compile(r"\n[ \t]*|[A-Za-z_][A-Za-z0-9_]*|.", re.DOTALL)
_LONG_IDENTIFIER = 7
_PREFIX_TYPED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """One person's keyboard on one desk."""

    desk: Desk
    tape: Tape
    persona: Persona
    random: Random
    line_pause_s: float = 1.2  # median pause before a new line

    def rewrite(self, path: str, cell: str, target: str) -> None:
        """Change the cell's text into `target` by deleting and typing."""
        present = self.desk.source(path, cell)
        if self.random.random() < self.persona.paste_rate and len(target) > 40:
            self._paste_over(path, cell, target)
            return
        shift = 0
        for tag, start, end, new_start, new_end in _line_opcodes(present, target):
            if tag == "equal":
                continue
            at = start + shift
            if end > start:
                self._pause(0.6)
                self.desk.edit(
                    path, cell, at=at, delete=end - start, insert="", how="cut" if end - start > 80 else "type"
                )
            self.type_text(path, cell, at, target[new_start:new_end])
            shift += (new_end - new_start) - (end - start)

    def type_text(self, path: str, cell: str, at: int, text: str) -> None:
        """Type `text` at position `at`, key by key."""
        position = at
        for token in _TOKEN.findall(text):
            if token.startswith("\n"):
                position = self._new_line(path, cell, position, token)
            elif len(token) >= _LONG_IDENTIFIER and self.random.random() < self.persona.complete_rate:
                position = self._complete(path, cell, position, token)
            else:
                position = self._keys(path, cell, position, token)

    def _keys(self, path: str, cell: str, at: int, token: str) -> int:
        for character in token:
            if character in _NEIGHBOURS and self.random.random() < self.persona.typo_rate:
                self._slip(path, cell, at, _NEIGHBOURS[character])
            self._key_delay()
            self.desk.edit(path, cell, at=at, delete=0, insert=character, how="type")
            at += 1
        return at

    def _slip(self, path: str, cell: str, at: int, wrong: str) -> None:
        self._key_delay()
        self.desk.edit(path, cell, at=at, delete=0, insert=wrong, how="type")
        self._pause(0.35)
        self.desk.edit(path, cell, at=at, delete=1, insert="", how="type")

    def _new_line(self, path: str, cell: str, at: int, line_break: str) -> int:
        self._pause(self.line_pause_s)
        self.desk.edit(path, cell, at=at, delete=0, insert=line_break, how="type")
        if self.random.random() < self.persona.undo_rate:
            self._pause(0.8)
            self.desk.edit(path, cell, at=at, delete=len(line_break), insert="", how="undo")
            self._pause(0.8)
            self.desk.edit(path, cell, at=at, delete=0, insert=line_break, how="redo")
        return at + len(line_break)

    def _complete(self, path: str, cell: str, at: int, token: str) -> int:
        end = self._keys(path, cell, at, token[:_PREFIX_TYPED])
        self._pause(0.5)
        self.desk.edit(path, cell, at=at, delete=end - at, insert=token, how="complete")
        return at + len(token)

    def _paste_over(self, path: str, cell: str, target: str) -> None:
        present = self.desk.source(path, cell)
        self._pause(2.0)
        if present:
            self.desk.edit(path, cell, at=0, delete=len(present), insert="", how="cut")
            self._pause(0.7)
        self.desk.paste(path, cell, at=0, text=target)

    def _key_delay(self) -> None:
        self.tape.wait(self.random.lognormvariate(math.log(1 / self.persona.keys_per_s), 0.45))

    def _pause(self, median_s: float) -> None:
        self.tape.wait(self.random.lognormvariate(math.log(median_s), 0.6))


def _line_opcodes(present: str, target: str) -> list[tuple[str, int, int, int, int]]:
    """Compare by lines, answer in characters: people rewrite lines, not scattered letters."""
    old, new = present.splitlines(keepends=True), target.splitlines(keepends=True)
    old_at, new_at = _offsets(old), _offsets(new)
    return [
        (tag, old_at[i1], old_at[i2], new_at[j1], new_at[j2])
        for tag, i1, i2, j1, j2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    ]


def _offsets(lines: list[str]) -> list[int]:
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    return offsets
