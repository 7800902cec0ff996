"""How notebooks and text files become the sections of a code state.

A text file is one section, named by its path. A notebook is several: one for each cell, `path#cell`, that holds the
cell's text, and one, `path#~cells`, whose lines list the cells in their order as `<type> <cell>`. So the order, too, is
a text that edits change, and every reader of keystroke data rebuilds it without knowing what a notebook is.

Paths and cell ids are percent-encoded (RFC 3986), so a section never begins with the sign of a formula and never holds
a separator. A second cell with the same id, which only a broken notebook has, is `path#cell~2`.
"""

from __future__ import annotations

from urllib.parse import quote

from nbassess_events.document import Document

ORDER = "~cells"


def encoded(name: str) -> str:
    """Percent-encode a path; `/` stays."""
    text = quote(name, safe="/", errors="surrogatepass")
    return f"%2D{text[1:]}" if text.startswith("-") else text


def cell_section(path: str, cell_id: str, *, number: int = 1) -> str:
    """Return the section of the cell with this id; `number` counts cells with the same id."""
    return f"{encoded(path)}#{_key(cell_id, number)}"


def _key(cell_id: str, number: int) -> str:
    key = quote(cell_id, safe="", errors="surrogatepass").replace("~", "%7E")
    return key if number == 1 else f"{key}~{number}"


def section_of(document: Document, cell_id: str) -> str:
    """Return the section that an edit of this cell changes."""
    return encoded(document.path) if document.is_text_file else cell_section(document.path, cell_id)


def sections_of(document: Document) -> dict[str, str]:
    """Return every section of a document with its text, the order of the cells first."""
    if document.is_text_file:
        return {encoded(document.path): document.cells[0].source}
    path, numbers = encoded(document.path), dict[str, int]()
    lines, cells = [], {}
    for cell in document.cells:
        numbers[cell.id] = numbers.get(cell.id, 0) + 1
        key = _key(cell.id, numbers[cell.id])
        lines.append(f"{cell.cell_type} {key}\n")
        cells[f"{path}#{key}"] = cell.source
    return {f"{path}#{ORDER}": "".join(lines), **cells}
