"""Run the authors' own code: cases, reference, brute force.

This code is trusted: it comes from the people who publish problems, and runs in the grading worker, outside the
sandbox. A candidate's code never comes here.
"""

from __future__ import annotations

import copy
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbassess_graders.assessment import TAGS, UNSET, Case, Problem
from nbassess_graders.errors import AssessmentError
from nbassess_graders.inside import plain
from nbassess_graders.shown import shown_args

Entry = Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Hold a case ready to run: its input, and the value it must bring or the exceptions it may."""

    case: Case
    args: Any
    input: str
    value: object
    exceptions: tuple[str, ...]


class Material:
    """Keep what the authors' code computes, so that a batch of submissions computes it once."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Expectation, ...]] = {}

    def expectations(self, problem: Problem) -> tuple[Expectation, ...]:
        """Return every case of a problem, ready to run.

        Raises:
            AssessmentError: the material cannot be run, or the reference fails a case.
        """
        if problem.folder not in self._known:
            self._known[problem.folder] = expectations(problem)
        return self._known[problem.folder]


def load_cases(problem: Problem) -> tuple[Case, ...]:
    """Run `grading/cases.py` and return its CASES.

    Raises:
        AssessmentError: the file fails, CASES is no list of Case, a name is used twice or a tag carries no points.
    """
    file = problem.folder / "grading" / "cases.py"
    cases = _run(file).get("CASES")
    if not isinstance(cases, (list, tuple)) or not all(isinstance(case, Case) for case in cases):
        raise AssessmentError(f"{file}: CASES is not a list of Case; define CASES: list[Case]")
    names = [case.name for case in cases]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise AssessmentError(f"{file}: the names {twice} are used more than once; give every case its own name")
    for case in cases:
        if case.tag not in TAGS or case.tag not in problem.points_by_tag:
            raise AssessmentError(
                f"{file}: case {case.name!r} has the tag {case.tag!r}, which has no points; add it to [points_by_tag]"
            )
    return tuple(cases)


def load_entry(problem: Problem, file: str) -> Entry:
    """Run a solution below `grading/` and return its entry function.

    Raises:
        AssessmentError: the file fails or does not define the function.
    """
    path = problem.folder / "grading" / file
    entry = _run(path).get(problem.entry.name)
    if not callable(entry):
        raise AssessmentError(f"{path}: does not define {problem.entry.name}(); define the entry function")
    return entry


def expectations(problem: Problem) -> tuple[Expectation, ...]:
    """Return every case of a problem ready to run, by the reference where the author gave no value.

    Raises:
        AssessmentError: the material cannot be run, or the reference fails a case.
    """
    reference = load_entry(problem, "reference.py")
    return tuple(_expect(problem, case, reference) for case in load_cases(problem))


def fresh_args(case: Case) -> tuple[object, ...]:
    """Return args that nobody has touched yet.

    Raises:
        AssessmentError: the author's function fails or returns something else than a tuple.
    """
    if isinstance(case.args, tuple):
        return copy.deepcopy(case.args)
    try:
        args = case.args()
    except Exception as error:
        raise AssessmentError(f"case {case.name!r}: making its args fails ({error!r}); correct cases.py") from error
    if not isinstance(args, tuple):
        raise AssessmentError(f"case {case.name!r}: args are {type(args).__name__}, expected a tuple; correct cases.py")
    return args


def _expect(problem: Problem, case: Case, reference: Entry) -> Expectation:
    args = fresh_args(case)
    exceptions = case.accepted_exceptions()
    return Expectation(
        case=case,
        args=_encoded(problem, case, args),
        input=shown_args(args),
        value=None if exceptions else plain.decode(_encoded(problem, case, _value(problem, case, reference))),
        exceptions=exceptions,
    )


def _value(problem: Problem, case: Case, reference: Entry) -> object:
    if case.expected is not UNSET:
        return case.expected
    try:
        return reference(*fresh_args(case))
    except Exception as error:
        raise AssessmentError(
            f"{problem.slug}: the reference raises {error!r} in case {case.name!r}; correct it or give `raises`"
        ) from error


def _encoded(problem: Problem, case: Case, value: object) -> Any:
    try:
        return plain.encode(value)
    except (plain.Unsupported, plain.TooLarge) as error:
        raise AssessmentError(
            f"{problem.slug}: case {case.name!r} holds a value that cannot cross the sandbox ({error}); use plain data"
        ) from error


def _run(file: Path) -> dict[str, object]:
    """Execute one trusted file; it may import its siblings, and leaves nothing behind in sys.modules."""
    before = set(sys.modules)
    module = types.ModuleType(f"nbassess_material_{file.stem}")
    module.__file__ = str(file)
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(file.parent))
    try:
        exec(compile(file.read_text("utf-8"), str(file), "exec"), module.__dict__)  # noqa: S102 - trusted author code
    except Exception as error:
        raise AssessmentError(f"{file}: fails when it is run ({error!r}); correct this file") from error
    finally:
        sys.path.remove(str(file.parent))
        _forget(set(sys.modules) - before, file.parent)
    return module.__dict__


def _forget(names: set[str], folder: Path) -> None:
    for name in names:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if Path(origin).parent == folder:
            del sys.modules[name]
