"""Write the reference pages that are read off a table, or check that they are up to date.

`python -m nbassess_hub.reference [--check] [DIRECTORY]`; the directory is `docs/reference` unless given.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from nbassess_hub.cli_reference import cli_page
from nbassess_hub.endpoints_reference import endpoints_page
from nbassess_hub.scopes import CUSTOM_SCOPES, ROLES, SERVER_SCOPES
from nbassess_hub.settings import FILE_VARIABLE, SECTIONS, SETTINGS, Setting
from nbassess_hub.sittings.consent import RECORDED, TEXT_VERSION
from nbassess_hub.store.reference_page import store_page

_HEAD = "<!-- Written by `python -m nbassess_hub.reference` from nbassess_hub/{module}.py; edit the table there. -->\n"
_KINDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false"}


def settings_page() -> str:
    """Return docs/reference/settings.md."""
    lines = [
        _HEAD.format(module="settings"),
        "# Settings\n",
        f"Settings stand in a TOML file, named by the environment variable `{FILE_VARIABLE}`, one table per section.",
        "A variable of the environment (last column) wins over the file. An unknown key is an error, never ignored.",
        'Sizes ending in `_bytes` may be written as text: `"256 MiB"`.\n',
    ]
    for section, cls in SECTIONS.items():
        lines += [f"## [{section}]\n", f"{cls.__doc__}\n"]
        lines += _table(
            ("Key", "Kind", "Default", "Meaning", "Variable"),
            [
                (f"`{row.key}`", _kind(row), f"`{row.default!r}`", row.about, f"`{row.variable}`")
                for row in SETTINGS
                if row.section == section
            ],
        )
    return "\n".join(lines).rstrip() + "\n"


def scopes_page() -> str:
    """Return docs/reference/scopes.md."""
    lines = [
        _HEAD.format(module="scopes"),
        "# Roles and scopes\n",
        "What a role does not list is refused. `!user` limits a scope to its holder, `!server` to one server.",
        "JupyterHub's built-in role `user` is emptied: nobody can make tokens or start and stop servers by it.\n",
        "## Scopes of nbassess\n",
        *_table(("Scope", "Allows"), [(f"`{name}`", about) for name, about in CUSTOM_SCOPES.items()]),
        "## Roles\n",
        *_table(
            ("Role", "Held by", "Scopes at the hub", "Scopes at the service", "Who it is"),
            [
                (
                    f"`{role.name}`",
                    f"group `{role.group}`" if role.group else f"service `{role.service}`",
                    _codes(role.hub),
                    _codes(role.own),
                    role.about,
                )
                for role in ROLES
            ],
        ),
        "The command line's administrator token is known to the service only; it carries every scope of nbassess.\n",
        "## A notebook server's own token\n",
        f"{_codes(SERVER_SCOPES)}, and the scopes of nbassess of its owner's role.",
    ]
    return "\n".join(lines).rstrip() + "\n"


def monitoring_page() -> str:
    """Return docs/reference/monitoring.md."""
    lines = [
        _HEAD.format(module="sittings/consent"),
        "# What is recorded at which level\n",
        "An assessment picks a monitoring level: `none`, `basic` or `full`. Each adds to the one before. What a level",
        "does not list is not collected: the recorder does not send it. The sentences are what candidates read and",
        f"agree to before the clock starts (text of {TEXT_VERSION}). [Events](events.md) have their own page; how they",
        "become a recording that can be checked says [The recording](../explanation/recording.md).\n",
        *_table(
            ("From level", "What candidates read", "Events"),
            [(f"`{each.level}`", each.text, _codes(each.events)) for each in RECORDED],
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "scopes.md": scopes_page,
    "cli.md": cli_page,
    "endpoints.md": endpoints_page,
    "store.md": store_page,
    "monitoring.md": monitoring_page,
}


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check` write nothing and return 1 when one is out of date."""
    check = "--check" in arguments
    rest = [argument for argument in arguments if argument != "--check"]
    directory = Path(rest[0]) if rest else Path("docs/reference")
    stale = 0
    for name, page in PAGES.items():
        path, text = directory / name, page()
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}: {'out of date' if check else 'written'}\n")
    return 1 if check and stale else 0


def _kind(row: Setting) -> str:
    kind = " or ".join(f"`{choice}`" for choice in row.choices) or _KINDS[row.kind.__name__]
    bounds = [f"{word} {bound:g}" for word, bound in (("≥", row.at_least), ("≤", row.at_most)) if bound is not None]
    return ", ".join([kind, *bounds])


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    body = [head, tuple("---" for _ in head), *rows]
    return [*("| " + " | ".join(cells) + " |" for cells in body), ""]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
