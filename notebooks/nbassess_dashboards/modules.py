"""Put the JavaScript modules of a widget together into the one module that anywidget takes.

The modules are ordinary ES modules, so that tests import them one by one in Node. Joining needs no bundler because they
keep three rules: imports stand on one line and name a sibling, exports are declared where the thing is defined, and no
two modules define the same name (JavaScript itself refuses that).
"""

import re
from collections.abc import Sequence
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) )", re.MULTILINE)


def join(folder: Path, names: Sequence[str]) -> str:
    """Return one module made of `names`, in an order in which each follows what it imports. Raises: ValueError."""
    parts: list[str] = []
    for index, name in enumerate(names):
        source = (folder / name).read_text(encoding="utf-8")
        later = set(_IMPORT.findall(source)) - set(names[:index])
        if later:
            raise ValueError(
                f"{folder / name}: imports {sorted(later)}, which must come earlier in the list of modules"
            )
        source = _IMPORT.sub("", source)
        if re.search(r"^import\b", source, re.MULTILINE):
            raise ValueError(f'{folder / name}: has an import that is not `import {{ a }} from "./sibling.js";`')
        if index < len(names) - 1 and "export default" in source:
            raise ValueError(f"{folder / name}: only the last module of a widget has a default export")
        parts.append(_EXPORT.sub("", source))
    return "\n".join(parts)
