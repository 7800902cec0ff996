"""The authored material: problems, their cases, and the assessments that order them.

A problem is a folder with one `problem.toml`; an assessment is one TOML file that names problems. Loading reads
and checks the description only: it is cheap, runs no author code, and refuses what it does not understand,
because a misspelt key that is ignored today is a wrong score tomorrow. Author code (cases, reference) is run by
`nbassess_graders.material`, the starter notebook is read by `nbassess_graders.template`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, cast, get_args

from nbassess_graders.errors import AssessmentError
from nbassess_graders.fields import Fields, Shape, check_slug

__all__ = [
    "Assessment",
    "AssessmentError",
    "Case",
    "Compare",
    "Entry",
    "Problem",
    "Wrong",
    "load_assessment",
    "load_problem",
]

Tag = Literal["basic", "edge", "error", "large"]
Difficulty = Literal["easy", "medium", "hard"]
Monitoring = Literal["none", "basic", "full"]

TAGS: Final[tuple[Tag, ...]] = get_args(Tag)
DIMENSIONS: Final = ("correctness", "quality")
DEFAULT_CASE_WALL_S: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """Say how close an answer must come to the expected value.

    Numbers are equal by value; `rtol` and `atol` apply to floats only. The ignore_ settings apply to data frames and
    series; `ignore_row_order` also to lists. With `check_dtype` the types of numbers and columns must agree too.
    """

    rtol: float = 0.0
    atol: float = 0.0
    ignore_row_order: bool = False
    ignore_column_order: bool = False
    ignore_index: bool = True
    check_dtype: bool = False


class _Unset:
    """Mark the absence of an expected value, because None is a value."""

    def __repr__(self) -> str:
        return "<computed by the reference>"


UNSET: Final = _Unset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Describe one call of the entry function and what must come back.

    `args` is a tuple, or a function that makes one: every call gets its own copy. The expected value is what the
    reference returns for the same args unless `expected` is given. `raises` names the exceptions that are right
    (a subclass of a named one is right too). A changed argument is WRONG unless `mutates_ok`.
    """

    name: str
    tag: Tag
    args: tuple[object, ...] | Callable[[], tuple[object, ...]]
    raises: str | tuple[str, ...] | None = None
    compare: Compare = field(default_factory=Compare)
    expected: object = UNSET
    mutates_ok: bool = False

    def accepted_exceptions(self) -> tuple[str, ...]:
        """Return the names of the exceptions that count as right."""
        if self.raises is None:
            return ()
        return (self.raises,) if isinstance(self.raises, str) else self.raises


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Name the function that is called, and how."""

    name: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Describe a plausible wrong solution and the cases it must fail."""

    file: str
    why: str
    fails: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Hold one problem as its author described it; `folder` has the files."""

    slug: str
    version: int
    title: str
    difficulty: Difficulty
    topics: tuple[str, ...]
    skills: tuple[str, ...]
    minutes: int
    points: int
    points_by_tag: Mapping[Tag, int]
    entry: Entry
    case_wall_s: float
    wrong: tuple[Wrong, ...]
    folder: Path

    @property
    def path(self) -> str:
        """Return the path of the candidate's notebook in the work directory."""
        return f"{self.slug}/{self.slug}.ipynb"

    @property
    def starter(self) -> Path:
        """Return the template notebook on disk."""
        return self.folder / "candidate" / "starter.ipynb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """Hold an ordered set of problems with a time limit and rules; `file` is where it was read."""

    id: str
    version: int
    title: str
    minutes: int
    monitoring: Monitoring
    ai_policy: str
    rubric: Mapping[str, float]
    problems: tuple[Problem, ...]
    is_practice: bool
    file: Path

    @property
    def points(self) -> int:
        """Return the points that can be reached."""
        return sum(problem.points for problem in self.problems)


PROBLEM_SHAPE: Final = Shape(
    required=(
        "id",
        "version",
        "title",
        "difficulty",
        "topics",
        "skills",
        "minutes",
        "points",
        "points_by_tag",
        "entry",
    ),
    optional=("grading", "wrong"),
)
ASSESSMENT_SHAPE: Final = Shape(
    required=("id", "version", "title", "minutes", "monitoring", "ai_policy", "problems", "rubric"),
    optional=("practice",),
)


def load_problem(folder: Path) -> Problem:
    """Read `problem.toml` in a problem's folder.

    Raises:
        AssessmentError: a file is missing, a key is missing, unknown or of the wrong kind, or points do not add up.
    """
    file = folder / "problem.toml"
    fields = Fields(file, _read_toml(file), PROBLEM_SHAPE)
    problem = Problem(
        slug=check_slug(file, fields.text("id")),
        version=fields.count("version"),
        title=fields.text("title"),
        difficulty=cast("Difficulty", fields.one_of("difficulty", get_args(Difficulty))),
        topics=fields.texts("topics"),
        skills=fields.texts("skills"),
        minutes=fields.count("minutes"),
        points=fields.count("points"),
        points_by_tag=_points_by_tag(file, fields),
        entry=_entry(file, fields),
        case_wall_s=_case_wall_s(file, fields),
        wrong=tuple(_wrong(file, table) for table in fields.tables("wrong")),
        folder=folder,
    )
    _check_problem(file, problem)
    return problem


def load_assessment(file: Path, problems_dir: Path | None = None) -> Assessment:
    """Read an assessment and the problems it names.

    A problem is looked for in `problems_dir`; without one, beside the file and then in `../problems`.

    Raises:
        AssessmentError: the file or one of its problems cannot be used.
    """
    fields = Fields(file, _read_toml(file), ASSESSMENT_SHAPE)
    places = (problems_dir,) if problems_dir is not None else (file.parent, file.parent.parent / "problems")
    slugs = fields.texts("problems")
    if not slugs or len(set(slugs)) != len(slugs):
        raise AssessmentError(f"{file}: problems is {list(slugs)!r}; name at least one problem and each only once")
    return Assessment(
        id=check_slug(file, fields.text("id")),
        version=fields.count("version"),
        title=fields.text("title"),
        minutes=fields.count("minutes"),
        monitoring=cast("Monitoring", fields.one_of("monitoring", get_args(Monitoring))),
        ai_policy=fields.text("ai_policy"),
        rubric=_rubric(file, fields),
        problems=tuple(load_problem(_find_problem(file, check_slug(file, slug), places)) for slug in slugs),
        is_practice=fields.flag("practice"),
        file=file,
    )


def _read_toml(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise AssessmentError(f"{file}: cannot be read ({error.strerror}); create it or correct the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssessmentError(f"{file}: is not valid TOML ({error}); correct this place") from error


def _points_by_tag(file: Path, fields: Fields) -> Mapping[Tag, int]:
    table = fields.table("points_by_tag", Shape(optional=TAGS))
    return {tag: table.count(tag) for tag in TAGS if table.has(tag)}


def _entry(file: Path, fields: Fields) -> Entry:
    table = fields.table("entry", Shape(required=("name", "signature")))
    name = table.text("name")
    if not name.isidentifier():
        raise AssessmentError(f"{file}: entry.name is {name!r}, which is no Python name; name the function to call")
    return Entry(name=name, signature=table.text("signature"))


def _case_wall_s(file: Path, fields: Fields) -> float:
    if not fields.has("grading"):
        return DEFAULT_CASE_WALL_S
    table = fields.table("grading", Shape(optional=("case_wall_s",)))
    return table.number("case_wall_s") if table.has("case_wall_s") else DEFAULT_CASE_WALL_S


def _wrong(file: Path, table: dict[str, object]) -> Wrong:
    fields = Fields(file, table, Shape(required=("file", "why", "fails")), where="wrong.")
    wrong = Wrong(file=fields.text("file"), why=fields.text("why"), fails=fields.texts("fails"))
    if not wrong.fails:
        raise AssessmentError(f"{file}: wrong solution {wrong.file!r} fails no case; name at least one in `fails`")
    return wrong


def _rubric(file: Path, fields: Fields) -> Mapping[str, float]:
    table = fields.table("rubric", Shape(optional=DIMENSIONS))
    weights = {name: table.number(name) for name in DIMENSIONS if table.has(name)}
    total = sum(weights.values())
    if abs(total - 1.0) > 1e-9:
        raise AssessmentError(f"{file}: rubric weights sum to {total!r}, expected 1.0; adjust [rubric] in this file")
    return weights


def _find_problem(file: Path, slug: str, places: tuple[Path, ...]) -> Path:
    for place in places:
        if (place / slug / "problem.toml").is_file():
            return place / slug
    searched = ", ".join(str(place / slug) for place in places)
    raise AssessmentError(f"{file}: problem {slug!r} was not found in {searched}; correct `problems` or add the folder")


def _check_problem(file: Path, problem: Problem) -> None:
    if problem.folder.name != problem.slug:
        raise AssessmentError(
            f"{file}: id is {problem.slug!r} but the folder is {problem.folder.name!r}; give both one name"
        )
    total = sum(problem.points_by_tag.values())
    if total != problem.points:
        raise AssessmentError(
            f"{file}: points_by_tag sums to {total}, points says {problem.points}; make the two agree"
        )
    needed = (problem.starter, problem.folder / "grading" / "cases.py", problem.folder / "grading" / "reference.py")
    wanted = (*needed, *(problem.folder / "grading" / wrong.file for wrong in problem.wrong))
    for path in wanted:
        inside = path.resolve().is_relative_to(problem.folder.resolve())
        if not inside or not path.is_file():
            raise AssessmentError(f"{file}: {path.relative_to(problem.folder)} is not in the folder; add this file")
