"""Try every solution of authored material in the grading sandbox, telling results as they come."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from nbassess_graders.assessment import load_assessment
from nbassess_graders.check import CheckResult, check_assessment
from nbassess_graders.errors import AssessmentError
from nbassess_graders.sandbox.port import Sandbox

from nbassess_hub.console.terminal import counted, out, plain, progress
from nbassess_hub.errors import BadInput
from nbassess_hub.grading.sandboxed import open_sandbox
from nbassess_hub.settings_sections import Grading


def run_checks(paths: list[Path], settings: Grading, *, is_quiet: bool = False) -> list[CheckResult]:
    """Check the material below some paths, each problem once, telling results as they come."""
    results: list[CheckResult] = []

    def tell(result: CheckResult) -> None:
        results.append(result)
        if not is_quiet:
            mark, style = ("✓", "green") if result.is_ok else ("✗", "red")
            where = f"{result.problem}: {result.name}" if result.problem else result.name
            out().print(plain(f"{mark} {where}: {result.message}"), style=style)

    def tell_news(result: CheckResult) -> None:
        if result.problem or not result.is_ok:  # that a folder holds one problem is no news
            tell(result)

    folders = _problem_folders(paths, tell)
    if not folders and not results:
        raise BadInput(f"{', '.join(map(str, paths))}: holds no problem that can be checked")
    with progress("Checking", len(folders)) as advance:
        for folder in folders:
            check_assessment(folder, _sandbox(settings), tell_news)
            advance(folder.name)
    return results


@cache
def _sandbox(settings: Grading) -> Sandbox:
    return open_sandbox(settings)


def _problem_folders(paths: list[Path], tell: Callable[[CheckResult], None]) -> list[Path]:
    """Find the problems to check; an assessment that cannot be read is told as refused."""
    folders: dict[Path, Path] = {}
    for path in paths:
        if not path.exists():
            raise BadInput(f"{path}: does not exist; name an assessment file or a problem folder")
        files = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
        for file in files:
            found = [file.parent] if file.name == "problem.toml" else _problems_of(file, tell)
            folders |= {folder.resolve(): folder for folder in found}
    if not folders:
        raise BadInput(f"{', '.join(map(str, paths))}: holds no problem that can be checked")
    return list(folders.values())


def _problems_of(file: Path, tell: Callable[[CheckResult], None]) -> list[Path]:
    try:
        assessment = load_assessment(file)
    except AssessmentError as error:
        tell(CheckResult(problem="", name=str(file), is_ok=False, message=str(error)))
        return []
    tell(CheckResult(problem="", name=str(file), is_ok=True, message=counted(len(assessment.problems), "problem")))
    return [problem.folder for problem in assessment.problems]
