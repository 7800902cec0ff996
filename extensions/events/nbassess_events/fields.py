"""What the fields of our events can hold beyond the plain kinds: cells, operations, and the bounds of all.

Positions inside texts count UTF-16 code units.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field
from typing import Any

from nbassess_events.document import Cell
from nbassess_events.errors import EventError
from nbassess_events.kinds import Json, Kind, OneOf, Plain, Text, Whole, read_list, read_object

MAX_TEXT = 1_000_000
MAX_CELLS = 2_000
MAX_OPS = 10_000

CELL_TYPES = ("code", "markdown", "raw")

PATH = Text(1024)
CELL_ID = Text(128)
BODY = Text(MAX_TEXT)
CLIENT = Text(16, "[0-9a-f]{16}")
DIGEST = Text(64, "([0-9a-f]{64})?")

_CELL_KINDS: dict[str, Kind] = {"cell_type": OneOf(CELL_TYPES), "id": CELL_ID, "source": BODY}


class Cells(Plain):
    """A list of cells."""

    def read(self, value: object) -> tuple[Cell, ...]:
        """Refuse what is no list of {id, cell_type, source}."""
        return tuple(self._cell(item) for item in read_list(value, MAX_CELLS))

    @staticmethod
    def _cell(item: object) -> Cell:
        found = read_object(item, frozenset(_CELL_KINDS))
        return Cell(**{name: kind.read(found[name]) for name, kind in _CELL_KINDS.items()})  # type: ignore[arg-type] # the kinds check

    def write(self, value: tuple[Cell, ...]) -> object:
        """Return plain objects."""
        return [{"id": cell.id, "cell_type": cell.cell_type, "source": cell.source} for cell in value]

    def schema(self) -> Json:
        """Describe the list."""
        properties = {name: kind.schema() for name, kind in _CELL_KINDS.items()}
        cell = {
            "type": "object",
            "properties": properties,
            "required": sorted(properties),
            "additionalProperties": False,
        }
        return {"type": "array", "maxItems": MAX_CELLS, "items": cell}


CELLS = Cells()


@dataclass(frozen=True, slots=True)
class Ops(Plain):
    """A list of [position, delete count, what is inserted], applied one after the other."""

    inserted: Kind

    def read(self, value: object) -> tuple[tuple[int, int, Any], ...]:
        """Refuse what is no list of such triples."""
        return tuple(self._op(item) for item in read_list(value, MAX_OPS))

    def _op(self, item: object) -> tuple[int, int, Any]:
        triple = read_list(item, 3)
        if len(triple) != 3:
            raise EventError(f"an operation has 3 items, got {len(triple)}")
        position, delete_count = COUNT.read(triple[0]), COUNT.read(triple[1])
        return position or 0, delete_count or 0, self.inserted.read(triple[2])

    def write(self, value: tuple[tuple[int, int, Any], ...]) -> object:
        """Return plain lists."""
        return [[position, delete_count, self.inserted.write(inserted)] for position, delete_count, inserted in value]

    def schema(self) -> Json:
        """Describe the list of triples."""
        triple = {"type": "array", "prefixItems": [COUNT.schema(), COUNT.schema(), self.inserted.schema()]}
        return {"type": "array", "maxItems": MAX_OPS, "items": triple | {"minItems": 3, "maxItems": 3}}


COUNT = Whole(limit=10 * MAX_TEXT)


def declared(kind: Kind, default: object = MISSING) -> Any:
    """Declare a field of an event. With a default it is optional on the wire: absent means the default."""
    if default is MISSING:
        return field(metadata={"kind": kind})
    return field(default=default, metadata={"kind": kind})
