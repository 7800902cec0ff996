"""Write the JSON Schema files of the wire format from the model: `python -m nbassess_events.schema [--check]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nbassess_events.codec import defaults_of, kinds_of
from nbassess_events.kinds import Json
from nbassess_events.model import EVENT_TYPES, Event

FOLDER = Path(__file__).parent / "schemas" / "v1"


def event_schema(cls: type[Event]) -> Json:
    """Return the JSON Schema (2020-12) of one event type."""
    properties: Json = {"type": {"const": cls.TYPE}}
    defaults = defaults_of(cls)
    for name, kind in kinds_of(cls).items():
        properties[name] = kind.schema() | ({"default": defaults[name]} if name in defaults else {})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": cls.TYPE,
        "description": (cls.__doc__ or "").strip(),
        "type": "object",
        "properties": properties,
        "required": sorted(properties.keys() - defaults.keys()),
        "additionalProperties": False,
    }


def files() -> dict[Path, str]:
    """Return every schema file with its text."""
    return {FOLDER / f"{cls.TYPE}.json": json.dumps(event_schema(cls), indent=2) + "\n" for cls in EVENT_TYPES}


def stale_files() -> list[Path]:
    """Return the files that are missing, old, or belong to no event."""
    wanted = files()
    wrong = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    return wrong + [path for path in FOLDER.glob("*.json") if path not in wanted]


def main(arguments: list[str]) -> int:
    """Write the files, or with --check name those that are not up to date."""
    if "--check" in arguments:
        stale = stale_files()
        for path in stale:
            sys.stderr.write(f"{path} is not up to date; run python -m nbassess_events.schema\n")
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in files().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
