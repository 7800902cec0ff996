"""The spine, end to end: invitation, consent, a sitting in a container, grading, dashboards, in a real browser.

Provenance: promises 1, 2, 3 and 4 of the design.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbassess_events.codec import parse_record
from nbassess_events.replay import Replay
from nbassess_graders.assessment import Problem, load_problem
from nbassess_graders.material import load_cases
from nbassess_hub.api_client import AdminClient
from nbassess_hub.images import CHECKOUT
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support import progsnap
from tests.support.chromium import person, screenshot
from tests.support.site import Site, running_site, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(900)]

PROBLEMS = ["clean-expenses", "join-duplicates", "peak-calls"]
RIGHT, WRONG, UNSAVED = PROBLEMS
WRONG_FILE = "wrong/fans_out.py"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("spine")) as running:
        running.publish("spine", minutes=15, problems=PROBLEMS)
        running.publish("spine-short", minutes=1, problems=[UNSAVED])
        running.cli("assessment", "publish", "--unchecked", str(CHECKOUT / "notebooks" / "practice" / "practice.toml"))
        yield running


def problem(slug: str) -> Problem:
    return load_problem(CHECKOUT / "notebooks" / "problems" / slug)


def solution(slug: str, file: str = "reference.py") -> str:
    return (CHECKOUT / "notebooks" / "problems" / slug / "grading" / file).read_text(encoding="utf-8").strip()


def enter(context: BrowserContext, link: str, *, shots: str = "") -> Page:
    """Open an invitation, consent and start; returns the page once the first notebook can be edited."""
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="What this sitting records")).to_be_visible()
    if shots:
        screenshot(page, f"{shots}-consent")
        page.get_by_role("link", name="Practise first").click()
        expect(page.get_by_role("button", name="Start practising")).to_be_visible()
        screenshot(page, f"{shots}-practice")
        page.go_back()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Start", exact=True).click()
    if shots:
        expect(page.get_by_role("progressbar")).to_be_visible()
        screenshot(page, f"{shots}-waiting")
    expect(page.get_by_role("region", name="Assessment")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Submit …")).to_be_visible()
    expect(page.locator(".jp-Notebook:visible .jp-CodeCell").first).to_be_visible(timeout=60_000)
    return page


def open_problem(page: Page, slug: str) -> None:
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("navigation", name="Problems").get_by_role("button", name=problem(slug).title).click()
    expect(page.locator(".jp-NotebookPanel:visible")).to_have_count(1)
    answer_cell(page, slug).scroll_into_view_if_needed()


def answer_cell(page: Page, slug: str) -> Any:
    entry = problem(slug).entry.name
    return page.locator(".jp-Notebook:visible .jp-CodeCell", has_text=f"def {entry}(").first


def clear_answer(page: Page, slug: str) -> None:
    answer_cell(page, slug).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def type_answer(page: Page, slug: str, code: str) -> None:
    clear_answer(page, slug)
    page.keyboard.insert_text(code)


def paste_answer(page: Page, slug: str, code: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", code)
    clear_answer(page, slug)
    page.keyboard.press("Control+v")


def run_cell(page: Page) -> None:
    """Run the cell as soon as the kernel is there; before that JupyterLab may ask which kernel to use."""
    expect(page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible(timeout=60_000)
    page.keyboard.press("Shift+Enter")


def expected_points(slug: str, verdicts: dict[str, str]) -> float:
    """What a set of verdicts is worth, from problem.toml alone: a tag's points are shared equally by its cases."""
    found = problem(slug)
    earned = 0.0
    for tag, points in found.points_by_tag.items():
        names = [case.name for case in load_cases(found) if case.tag == tag]
        earned += float(points) * sum(verdicts[name] == "OK" for name in names) / len(names)
    return round(earned, 2)


def verdicts_of(report: dict[str, Any], slug: str) -> dict[str, str]:
    found = next(each for each in report["problems"] if each["slug"] == slug)
    return {case["name"]: case["verdict"] for case in found["cases"]}


def points_of(report: dict[str, Any], slug: str) -> float:
    return float(next(each for each in report["problems"] if each["slug"] == slug)["points"])


def document_bytes(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


@pytest.fixture(scope="module")
def submitted(site: Site, browser: Browser) -> dict[str, Any]:
    """Ada's whole sitting; the tests below look at what came of it."""
    link = site.invite("spine", "Ada Lovelace")
    with person(browser) as context:
        page = enter(context, link, shots="candidate")
        screenshot(page, "candidate-lab")
        open_problem(page, RIGHT)
        type_answer(page, RIGHT, solution(RIGHT))
        run_cell(page)
        page.keyboard.press("Control+s")
        open_problem(page, WRONG)
        paste_answer(page, WRONG, solution(WRONG, WRONG_FILE))
        run_cell(page)
        page.keyboard.press("Control+s")
        open_problem(page, UNSAVED)
        type_answer(page, UNSAVED, solution(UNSAVED))
        screenshot(page, "candidate-working")
        on_disk = _saved_answer(page, UNSAVED)
        page.get_by_role("button", name="Submit …").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("will be graded, also what you typed but did not run or save")
        screenshot(page, "candidate-submit")
        dialog.get_by_role("button", name="Submit").click()
        expect(page.get_by_role("dialog")).to_contain_text("the sitting is over", timeout=60_000)
        screenshot(page, "candidate-receipt")
        page.goto(f"{site.settings.instance.public_url}/services/nbassess/ended")
        expect(page.get_by_role("heading", name="You are done")).to_be_visible()
        screenshot(page, "candidate-ended")
        receipt = page.locator("dl.values").inner_text()
    return {"link": link, "on_disk": on_disk, "receipt": receipt, "report": site.report_of("Ada Lovelace")}


def _saved_answer(page: Page, slug: str) -> str:
    """Read the answer cell as it is on the candidate's disk, through the Jupyter server's own API."""
    base = page.evaluate("() => JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl")
    answer = page.request.get(f"{page.url.split('/user/')[0]}{base}api/contents/{slug}/{slug}.ipynb")
    assert answer.ok, answer.text()
    cells = answer.json()["content"]["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["id"] == f"{slug}-answer"))


def test_a_right_answer_gets_all_points(submitted: dict[str, Any]) -> None:
    report = submitted["report"]
    assert set(verdicts_of(report, RIGHT).values()) == {"OK"}
    assert points_of(report, RIGHT) == problem(RIGHT).points


def test_a_wrong_answer_gets_exactly_the_points_of_the_cases_it_passes(submitted: dict[str, Any]) -> None:
    report = submitted["report"]
    verdicts = verdicts_of(report, WRONG)
    declared = next(wrong for wrong in problem(WRONG).wrong if wrong.file == WRONG_FILE)
    assert {name for name, verdict in verdicts.items() if verdict != "OK"} == set(declared.fails)
    assert points_of(report, WRONG) == expected_points(WRONG, verdicts) < problem(WRONG).points


def test_what_was_typed_but_neither_run_nor_saved_is_graded(submitted: dict[str, Any]) -> None:
    """Promise 1."""
    assert solution(UNSAVED) not in submitted["on_disk"]
    report = submitted["report"]
    assert set(verdicts_of(report, UNSAVED).values()) == {"OK"}
    assert points_of(report, UNSAVED) == problem(UNSAVED).points


def test_the_replay_equals_the_submission_and_the_browser_byte_for_byte(
    site: Site, submitted: dict[str, Any], tmp_path: Path
) -> None:
    """Promise 2: the browser's own digests, the stored submission and a replay of the exported events agree."""
    sitting = site.sitting_of("Ada Lovelace")["id"]
    site.cli("export", sitting, "--to", str(tmp_path))
    replayed = _replayed(next(tmp_path.rglob("*.jsonl")))
    stored = {path: document_bytes(document) for path, document in _submission(site, sitting)["documents"].items()}
    assert replayed == stored
    assert sorted(stored) == sorted(f"{slug}/{slug}.ipynb" for slug in PROBLEMS)
    assert "yes, byte for byte" in submitted["receipt"]


def test_others_can_verify_and_rebuild_what_was_recorded(site: Site, submitted: dict[str, Any], tmp_path: Path) -> None:
    """Promises 2 and 4: with the receipt that the candidate saw, and with a reader that knows ProgSnap2 only."""
    sitting = site.sitting_of("Ada Lovelace")["id"]
    site.cli("recording", "export", sitting, "--to", str(tmp_path / "log"))
    head = site.cli("recording", "verify", str(tmp_path / "log" / sitting / "events.jsonl")).strip()
    assert head in submitted["receipt"]
    site.cli("recording", "export", sitting, "--format", "progsnap2", "--to", str(tmp_path / "dataset"))
    dataset = progsnap.Dataset(tmp_path / "dataset")
    *_, (_, _, sections) = dataset.codes(sitting)
    assert progsnap.documents(sections) == _submission(site, sitting)["documents"]
    assert progsnap.complaints(dataset) == []


def _replayed(events: Path) -> dict[str, bytes]:
    lines = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    records = [parse_record(line) for line in lines if "event" in line]
    replay = Replay(records)
    assert replay.gaps == ()
    return {path: document.to_bytes() for path, document in replay.end.documents.items()}


def _submission(site: Site, sitting: str) -> dict[str, Any]:
    with AdminClient.of(site.settings) as service:
        found: dict[str, Any] = service.get("sittings", sitting, "submission")
    return found


def test_a_used_link_says_so_on_a_second_device(browser: Browser, submitted: dict[str, Any]) -> None:
    with person(browser) as stranger:
        page = stranger.new_page()
        page.goto(submitted["link"])
        expect(page.get_by_role("status")).to_contain_text("This link was already used")
        screenshot(page, "candidate-link-used")


def test_an_altered_link_is_refused_and_says_what_next(browser: Browser, submitted: dict[str, Any]) -> None:
    with person(browser) as stranger:
        page = stranger.new_page()
        page.goto(submitted["link"][:-6] + "aaaaaa")
        expect(page.get_by_role("heading", name="This did not work")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("ask the person who invited you")
        screenshot(page, "candidate-link-unknown")


def test_a_coordinator_invites_on_the_page(site: Site, browser: Browser) -> None:
    link = site.cli_json("staff", "link", "kim", "--role", "coordinator")["link"]
    with person(browser) as context:
        page = context.new_page()
        page.goto(link)
        page.get_by_label("Candidate’s name").fill("Katherine Johnson")
        screenshot(page, "coordinator-home")
        page.get_by_role("button", name="Create the link").click()
        made = page.get_by_label("Link", exact=True).input_value()
        assert made.startswith(f"{site.settings.instance.public_url}/services/nbassess/invite#")
        screenshot(page, "coordinator-link")
        page.goto(f"{site.settings.instance.public_url}/services/nbassess/api/docs")
        expect(page.get_by_text("api/sitting/events").first).to_be_visible()
        screenshot(page, "api-docs")


def test_a_candidate_who_never_submits_is_collected_at_the_deadline(site: Site, browser: Browser) -> None:
    """Promise 1: the deadline is the server's, and the page need not even be open."""
    link = site.invite("spine-short", "Grace Hopper")
    with person(browser) as context:
        page = enter(context, link)
        type_answer(page, UNSAVED, solution(UNSAVED))
        wait_for(lambda: "Recorded up to" in page.locator(".nbassess-recording").inner_text(), "the recording")
        wait_for(
            lambda: site.sitting_of("Grace Hopper")["status"] == "collected", "the deadline", timeout_s=120, every_s=2
        )
        expect(page.get_by_role("dialog")).to_contain_text("The time is up", timeout=30_000)
        screenshot(page, "candidate-time-up")
    report = site.report_of("Grace Hopper")
    assert site.sitting_of("Grace Hopper")["end_reason"] == "deadline"
    assert report["points"] == report["max_points"]


def test_the_manager_sees_these_figures_in_both_dashboards(
    site: Site, browser: Browser, submitted: dict[str, Any]
) -> None:
    link = site.cli_json("staff", "link", "mia", "--role", "manager")["link"]
    report = submitted["report"]
    with person(browser) as context:
        page = context.new_page()
        page.goto(link)
        expect(page.get_by_role("button", name="Open dashboards")).to_be_visible()
        screenshot(page, "manager-home")
        page.get_by_role("button", name="Open dashboards").click()
        expect(page.locator(".jp-NotebookPanel:visible")).to_be_visible(timeout=90_000)
        expect(page.get_by_text("Ada Lovelace").first).to_be_visible(timeout=90_000)
        screenshot(page, "manager-cohort-lab")
        base = page.url.split("/lab")[0]
        sitting = site.sitting_of("Ada Lovelace")["id"]
        page.goto(f"{base}/voila/render/dashboards/cohort.ipynb")
        row = page.get_by_role("row", name="Ada Lovelace")
        expect(row).to_be_visible(timeout=90_000)
        expect(row).to_contain_text(f"{report['points']:g}")
        screenshot(page, "manager-cohort-voila")
        page.goto(f"{base}/voila/render/dashboards/candidate.ipynb?sitting={sitting}")
        _check_candidate_page(page, report)
        screenshot(page, "manager-candidate-voila")
        _watch_replay(page)
        screenshot(page, "manager-replay-voila")
        page.goto(f"{base}/lab/tree/dashboards/candidate.ipynb")
        expect(page.get_by_text("chain intact").first).to_be_visible(timeout=90_000)
        screenshot(page, "manager-candidate-lab")


def _check_candidate_page(page: Page, report: dict[str, Any]) -> None:
    expect(page.get_by_text("chain intact").first).to_be_visible(timeout=90_000)
    expect(page.get_by_text(f"{report['points']:g} of {report['max_points']:g}").first).to_be_visible()
    for slug in PROBLEMS:
        expect(page.get_by_text(problem(slug).title).locator("visible=true").first).to_be_visible()


def _watch_replay(page: Page) -> None:
    """Play from the start, then seek to the end, where the last notebook shows what was typed last."""
    page.get_by_label("Speed").select_option(label="0.5×")  # Ada's sitting is only seconds long
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("slider", name="Time in the sitting").focus()
    page.keyboard.press("End")
    shown = page.get_by_role("tabpanel", name="Document as it was")
    expect(shown).to_contain_text(solution(UNSAVED).splitlines()[-1].strip())
    shown.scroll_into_view_if_needed()
