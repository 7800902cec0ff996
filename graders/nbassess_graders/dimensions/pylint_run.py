"""Run pylint on files as texts, in a process of its own: `python -I pylint_run.py FILE...`, JSON on stdout.

Installed packages are taken off the path once pylint is loaded: it would otherwise read the sources of pandas to guess
types, which takes ten times as long and says little. Nothing that is checked is imported.
"""

from __future__ import annotations

import sys

from pylint.lint import PyLinter
from pylint.reporters.json_reporter import JSON2Reporter

OFF = (
    "imports",  # the packages are not on the path here
    "typecheck",  # guesses about data frames are mostly wrong
    "invalid-name",
    "pointless-statement",  # a notebook's last line shows a value
    "missing-module-docstring",
    "missing-class-docstring",
    "missing-function-docstring",
    "redefined-outer-name",  # data to explore is rightly called what the function calls it
    "duplicate-code",
    "line-too-long",
    "trailing-whitespace",
    "trailing-newlines",
    "missing-final-newline",
    "superfluous-parens",
)


def main(files: list[str]) -> None:
    """Check the files and write the messages to stdout."""
    linter = PyLinter()
    linter.load_default_plugins()
    linter.set_reporter(JSON2Reporter(sys.stdout))
    for name in OFF:
        linter.disable(name)
    sys.path[:] = [place for place in sys.path if "site-packages" not in place]
    linter.open()
    linter.check(files)
    linter.generate_reports()


if __name__ == "__main__":
    main(sys.argv[1:])
