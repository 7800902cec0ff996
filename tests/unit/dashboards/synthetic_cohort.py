"""A small cohort for tests and screenshots: scripted sittings, labelled synthetic, and what the API says of them.

Reports are written by a rule (a share of cases passes); nothing was executed. Recordings, chain and submissions
are real: made by the scribe and put together by nbassess_events.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from random import Random
from typing import Any

from nbassess_events.chain import links
from nbassess_events.replay import Replay

from tests.unit.dashboards.scribe import PNG, Cell, Scribe, failed, shown, stream

START_MS = 1_795_000_000_000
ASSESSMENT: dict[str, Any] = {
    "id": "analyst-screening",
    "version": 2,
    "title": "Analyst screening",
    "minutes": 60,
    "monitoring": "basic",
    "problems": [],
}
PROBLEMS = (
    ("clean-orders", "Clean an order export", 10),
    ("join-duplicates", "Join with duplicate keys", 12),
    ("fill-gaps", "Fill gaps in a time series", 14),
)
NAMES = ("Ada", "Björn", "Chen", "Dalia", "Emeka", "Fatima", "Goran", "Hana", "Ines", "Jamal", "Kiri", "Lars")
CASE_TAGS = ("basic", "basic", "edge", "edge", "error", "large")
TABLE = (
    '<table border="1" class="dataframe"><thead><tr><th></th><th>customer</th><th>total</th></tr></thead><tbody>'
    "<tr><th>0</th><td>7</td><td>120.5</td></tr><tr><th>1</th><td>9</td><td>88.0</td></tr></tbody></table>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixture:
    """Everything the API of one service would answer; while there are `troubles`, it answers with the last of them."""

    assessments: list[dict[str, Any]]
    sittings: list[dict[str, Any]]
    reports: list[dict[str, Any]]
    recordings: dict[str, list[dict[str, Any]]]
    heads: dict[str, str]
    submissions: dict[str, dict[str, Any]]
    bundles: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    integrities: dict[str, dict[str, Any]] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    def cohort(self, assessment: str) -> dict[str, Any]:
        chosen = [sitting for sitting in self.sittings if sitting["assessment"] == assessment]
        ids = {sitting["id"] for sitting in chosen}
        found = next(item for item in self.assessments if item["id"] == assessment)
        return {
            "assessment": found,
            "sittings": chosen,
            "reports": [report for report in self.reports if report["sitting"] in ids],
        }


def synthetic_fixture(people: int = len(NAMES), *, seed: int = 7) -> Fixture:
    """Make the cohort: the last person is still working, the one before was collected and is not graded yet."""
    random = Random(seed)
    made = Fixture(assessments=[ASSESSMENT], sittings=[], reports=[], recordings={}, heads={}, submissions={})
    for index in range(people):
        _add_sitting(made, random, index, people)
    return made


def _add_sitting(made: Fixture, random: Random, index: int, people: int) -> None:
    sitting_id = "s-" + "".join(random.choices("abcdefghijklmnopqrstuvwxyz234567", k=12))
    started = START_MS + index * 3_600_000
    skill = random.uniform(0.15, 1.0)
    scribe = scripted_recording(random, started, skill)
    is_running, is_graded = index == people - 1, index < people - 2
    made.sittings.append(_sitting(sitting_id, index, started, scribe.now_ms, is_running=is_running))
    made.recordings[sitting_id] = scribe.records
    made.bundles[sitting_id] = [
        {"path": f"{slug}/orders.csv", "content_b64": b64encode(b"customer,amount\n7,120.5\n").decode()}
        for slug, _, _ in PROBLEMS
    ]
    made.heads[sitting_id] = links(sitting_id, scribe.recorded())[-1]
    if not is_running:
        documents = Replay(scribe.recorded()).end.documents
        plain = {path: document.to_json() for path, document in documents.items()}
        made.submissions[sitting_id] = {
            "submission_id": f"sub-{index}",
            "digest": "0" * 64,
            "position": len(scribe.records),
            "is_complete": True,
            "documents": plain,
        }
    if is_graded:
        report = _report(sitting_id, random, skill, scribe.now_ms)
        made.reports.append(report)
        made.sittings[-1] |= {"points": report["points"], "max_points": report["max_points"]}


def _sitting(sitting_id: str, index: int, started: int, ended: int, *, is_running: bool) -> dict[str, Any]:
    status = "running" if is_running else "collected" if index % 4 == 2 else "submitted"
    return {
        "id": sitting_id,
        "candidate": f"{NAMES[index % len(NAMES)]} Example",
        "assessment": ASSESSMENT["id"],
        "assessment_version": ASSESSMENT["version"],
        "status": status,
        "is_synthetic": True,
        "started_ms": started,
        "deadline_ms": started + 3_600_000,
        "ended_ms": None if is_running else ended,
        "end_reason": None if is_running else status,
        "points": None,
        "max_points": None,
    }


def cells_of(slug: str, title: str) -> list[Cell]:
    """The starter notebook of a problem."""
    prompt = (
        f"# {title}\n\nWrite `solve(frame)`. It must:\n\n- keep the **order** of rows\n- not change its argument 🐼\n"
    )
    return [
        {"id": f"{slug}-prompt", "cell_type": "markdown", "source": prompt},
        {"id": f"{slug}-setup", "cell_type": "code", "source": "import pandas as pd"},
        {"id": f"{slug}-answer", "cell_type": "code", "source": ""},
        {"id": f"{slug}-try", "cell_type": "code", "source": ""},
    ]


def scripted_recording(random: Random, started_ms: int, skill: float) -> Scribe:
    """Work through the three problems: read, type, run, fail, correct, sometimes paste, sometimes look elsewhere."""
    scribe = Scribe(random=random, now_ms=started_ms)
    scribe.load_page()
    for number, (slug, title, _) in enumerate(PROBLEMS):
        _work_on(scribe, slug, title, number, skill)
    scribe.add("submit_requested", documents={})
    return scribe


def _work_on(scribe: Scribe, slug: str, title: str, number: int, skill: float) -> None:
    path, answer, trial = f"{slug}/{slug}.ipynb", f"{slug}-answer", f"{slug}-try"
    scribe.open(path, cells_of(slug, title))
    scribe.wait(scribe.random.uniform(40, 140))
    scribe.run(path, f"{slug}-setup", count=1)
    first = f'def solve(frame):\n    """Solve {slug}."""\n    # sum per customer\n    total = frame.groupby("customer")'
    first += '["amount"].sum()\n'
    end = scribe.type(path, answer, first, per_minute=150 + 150 * skill)
    scribe.run(path, answer, failed("SyntaxError", "unexpected end of input"), ok=False, count=2)
    if number == 1:
        scribe.leave(scribe.random.uniform(20, 90))
        end = scribe.paste(path, answer, "    # see the pandas manual: reset_index 🧮\n", at=end)
    else:
        end = scribe.type(path, answer, "    # tidy up 🧮\n", at=end)
    scribe.type(path, answer, "    return total.reset_index()\n", at=end)
    scribe.run(path, answer, count=3)
    scribe.type(path, trial, "solve(orders)")
    scribe.run(path, trial, *_outputs(number), count=4)
    scribe.add("saved", path=path)
    scribe.wait(scribe.random.uniform(20, 60))


def _outputs(number: int) -> list[dict[str, Any]]:
    hostile = "<script>document.title = 'hacked'</script><img src='http://192.0.2.1/beacon.png' onerror='alert(1)'>"
    return [
        [shown(text__html=TABLE + hostile, text__plain="   customer  total\n0  7  120.5")],
        [stream("two rows\n"), stream("careful: duplicates\n", "stderr")],
        [shown(image__png=PNG, text__plain="<Figure>")],
    ][number]


def _report(sitting: str, random: Random, skill: float, ended_ms: int) -> dict[str, Any]:
    problems = [_problem(slug, title, points, random, skill) for slug, title, points in PROBLEMS]
    points, maximum = sum(item["points"] for item in problems), sum(item["max_points"] for item in problems)
    correctness = points / maximum
    quality = sum(item["dimensions"]["quality"]["score"] for item in problems) / len(problems)
    return {
        "format": 1,
        "sitting": sitting,
        "submission": "0" * 64,
        "graded_ms": ended_ms + 9_000,
        "grader": {"version": "0.1.0", "rootfs_digest": "sha256:" + "1" * 64, "python": "3.12.8"},
        "assessment": {name: ASSESSMENT[name] for name in ("id", "version", "title")},
        "points": points,
        "max_points": maximum,
        "score": round(0.8 * correctness + 0.2 * quality, 4),
        "problems": problems,
    }


def _problem(slug: str, title: str, points: int, random: Random, skill: float) -> dict[str, Any]:
    each = points / len(CASE_TAGS)
    cases = [_case(f"{tag}-{number + 1}", tag, each, random.random() < skill) for number, tag in enumerate(CASE_TAGS)]
    earned = round(sum(case["points"] for case in cases), 2)
    finding = {"code": "F841", "message": "The variable 'total' is never used.", "cell": f"{slug}-answer", "line": 3}
    quality = {"score": round(0.5 + skill / 2, 2), "findings": [] if skill > 0.6 else [finding]}
    return {
        "slug": slug,
        "version": 1,
        "title": title,
        "points": earned,
        "max_points": points,
        "seconds": round(random.uniform(240, 1300)),
        "dimensions": {"correctness": {"score": round(earned / points, 4), "findings": []}, "quality": quality},
        "cases": cases,
    }


def _case(name: str, tag: str, points: float, is_passed: bool) -> dict[str, Any]:
    verdict = "OK" if is_passed else {"error": "RUNTIME", "large": "TIMEOUT"}.get(tag, "WRONG")
    message = {
        "RUNTIME": "It raised KeyError: 'customer'.",
        "TIMEOUT": "It took longer than 10 s.",
        "WRONG": "Row 2, column 'total': 88.0 was expected.",
    }
    finding = None if is_passed else {"code": verdict.lower(), "message": message[verdict], "cell": None, "line": None}
    return {
        "name": name,
        "tag": tag,
        "verdict": verdict,
        "points": round(points, 2) if is_passed else 0,
        "max_points": round(points, 2),
        "finding": finding,
        "cpu_s": 0.04,
    }
