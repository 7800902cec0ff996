"""Somebody works against their own recording: real site, real container, real page (threats R01-R04, R15).

Two sittings. Mallory tries; Eve's server is frozen from outside meanwhile, because a silence takes a minute to see. The
tests run in the order of the file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import docker
import pytest
from nbassess_events.model import Edit
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.candidate_page import Candidate, candidate_at
from tests.support.chromium import person
from tests.support.containers import server_token
from tests.support.site import Site, wait_for

pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.timeout(600)]

TYPED, UNRECORDED, REWRITTEN = "peak-calls", "join-duplicates", "clean-expenses"
FORGER = "f00df00df00df00d"
COPIED_ELSEWHERE = "canary-copied-on-another-site"
TITLE_ELSEWHERE = "canary-title-of-another-site"
PASTED = "canary-pasted-into-a-cell"


@pytest.fixture(scope="module")
def mallory(recording_site: Site, engine: docker.DockerClient, context: BrowserContext) -> Iterator[Candidate]:
    with candidate_at(recording_site, engine, context, "faults", "Mallory") as candidate:
        yield candidate


@pytest.fixture(scope="module")
def eve(recording_site: Site, engine: docker.DockerClient, browser: Browser) -> Iterator[Candidate]:
    with person(browser) as own, candidate_at(recording_site, engine, own, "faults", "Eve") as candidate:
        yield candidate


@pytest.fixture(scope="module")
def frozen(eve: Candidate) -> Iterator[float]:
    """Freeze Eve's server, kernel and recorder from the host; yields since when."""
    container = eve.container()
    container.pause()
    yield time.monotonic()
    with suppress(docker.errors.APIError):  # the test let it go on
        container.unpause()


def test_a_frozen_server_is_told_within_30_seconds_and_typing_goes_on(eve: Candidate, frozen: float) -> None:
    """R02: the page notices by itself."""
    eve.type(3, "\n# typed while the server stood still")
    wait_for(lambda: "Recording delayed" in eve.recording(), "the panel to say it", timeout_s=30, every_s=0.2)
    assert time.monotonic() - frozen < 30 + 5  # the typing came first


def test_code_in_a_kernel_finds_no_token(mallory: Candidate) -> None:
    """R01: wherever it may read."""
    with mallory.kernel() as kernel:
        found = kernel.ask("""
            import os, re
            places = [f"/proc/{pid}/environ" for pid in os.listdir("/proc") if pid.isdigit()]
            for top in ("/home", "/tmp", "/run", "/srv", "/etc", "/dev/shm"):
                places += [os.path.join(folder, name) for folder, _, names in os.walk(top) for name in names]
            read, text = 0, str(dict(os.environ))
            for place in places:
                try:
                    with open(place, "rb") as file:
                        text += file.read(1_000_000).decode("latin-1")
                    read += 1
                except OSError:
                    pass
            answer = [read, sorted(set(re.findall('[0-9a-f]{32}', text)))]
        """)
    assert found[0] > 10, "there is something to read"
    assert server_token(mallory.container()) not in found[1]


def test_nobody_takes_events_of_code_in_a_kernel(mallory: Candidate) -> None:
    """R01: not the collector, not the Jupyter server's stream; with the token that it does not have, it could."""
    api = f"{mallory.site.settings.service_api_url}/sitting/events"
    forge = f"""
        import json, urllib.error, urllib.request
        event = {{"seq": 0, "t_ms": 1, "type": "client_started", "recorder": "forged", "lab": "forged"}}
        body = json.dumps({{"v": 1, "client": {FORGER!r}, "events": [event]}}).encode()
        upgrade = {{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}}
        def status(url, headers, data=None):
            try:
                return urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5).status
            except urllib.error.HTTPError as error:
                return error.code
        stream = "http://127.0.0.1:8888/user/{mallory.user}/nbassess/stream"
        answer = [status({api!r}, {{}}, body), status({api!r}, {{"Authorization": "token " + 32 * "0"}}, body),
                  status(stream, upgrade), status(stream.replace("stream", "sitting"), {{}})]
    """
    with mallory.kernel() as kernel:
        answers = kernel.ask(forge)
        assert [answer in (401, 403) for answer in answers] == [True] * 4, answers
        assert FORGER not in {record.client for record in mallory.records()}
        token = server_token(mallory.container())
        assert kernel.ask(forge.replace('32 * "0"', repr(token)))[1] == 200


def send(page: Page, *batches: dict[str, Any]) -> None:
    """Send batches over a stream of the page's own, as a script in it could."""
    page.evaluate(
        """batches => new Promise(done => {
            const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
            const socket = new WebSocket(location.origin.replace('http', 'ws') + base + 'nbassess/stream');
            socket.onopen = () => {
                batches.forEach(each => socket.send(JSON.stringify(each)));
                setTimeout(done, 1000);
            };
            socket.onerror = socket.onclose = () => done();
        })""",
        list(batches),
    )


def test_a_page_cannot_speak_as_the_server(mallory: Candidate) -> None:
    """R01: what a script in the page sends is that page's word, in a client of its own, never the server's."""
    witness = next(record.client for record in mallory.records() if record.event.TYPE == "server_started")
    begin = {"seq": 0, "t_ms": 1, "type": "client_started", "recorder": "forged", "lab": "forged"}
    forged = {"seq": 0, "t_ms": 1, "type": "server_started", "server": "forged"}
    last = max(record.event.seq for record in mallory.records() if record.client == witness)
    send(mallory.page, {"v": 1, "client": "0" * 16, "events": [forged]})
    send(mallory.page, *({"v": 1, "client": witness, "events": [begin | {"seq": last + ahead}]} for ahead in range(9)))
    send(mallory.page, {"v": 1, "client": "a" * 16, "events": [begin]})
    wait_for(lambda: "a" * 16 in {record.client for record in mallory.records()}, "the page's own client")
    records = mallory.records()
    assert "0" * 16 not in {record.client for record in records}
    own = [record.event.TYPE for record in records if record.client == witness]
    assert own
    assert all(kind.startswith("server_") for kind in own), own


def test_what_is_copied_on_other_sites_is_nowhere(mallory: Candidate, context: BrowserContext) -> None:
    """R15: neither what lies in the clipboard nor what another page is called; what is pasted is an edit, once."""
    other = context.new_page()
    other.goto(f"{mallory.site.settings.instance.public_url}/services/nbassess/invite")
    other.evaluate("title => { document.title = title; }", TITLE_ELSEWHERE)
    mallory.page.bring_to_front()
    mallory.page.evaluate("text => navigator.clipboard.writeText(text)", PASTED)
    mallory.edit(3)
    mallory.page.keyboard.press("Enter")
    mallory.page.keyboard.press("Control+v")
    other.bring_to_front()
    other.evaluate("text => navigator.clipboard.writeText(text)", COPIED_ELSEWHERE)
    for name in ("blur", "focus"):
        mallory.page.evaluate("name => window.dispatchEvent(new Event(name))", name)
    mallory.page.bring_to_front()
    other.close()
    mallory.type(3, "\n# back again")
    wait_for(lambda: mallory.is_replayed("# back again"), "the recording")
    kept = everything_kept(mallory)
    assert PASTED.encode() in kept
    assert COPIED_ELSEWHERE.encode() not in kept
    assert TITLE_ELSEWHERE.encode() not in kept
    assert [record.event.TYPE for record in mallory.records() if PASTED in str(record.event)] == [Edit.TYPE]


def everything_kept(candidate: Candidate) -> bytes:
    """Return all bytes that the installation and the browser keep of a sitting: journal, database, logs, IndexedDB."""
    stored: str = candidate.page.evaluate(
        """async () => {
            const answer = request => new Promise(done => { request.onsuccess = () => done(request.result); });
            const found = [];
            for (const {name} of await indexedDB.databases()) {
                const database = await answer(indexedDB.open(name));
                for (const table of database.objectStoreNames) {
                    found.push(await answer(database.transaction(table).objectStore(table).getAll()));
                }
                database.close();
            }
            return JSON.stringify(found);
        }"""
    )
    files: list[Path] = [path for path in candidate.site.settings.state_dir.rglob("*") if path.is_file()]
    assert any(path.is_relative_to(candidate.volume / "journal") for path in files)
    return b"".join(path.read_bytes() for path in files if path.suffix != ".img") + stored.encode()


def test_a_page_without_the_recorder_is_seen_by_the_server(mallory: Candidate, context: BrowserContext) -> None:
    """R03: the extension is kept from loading; runs and saves that no page recorded are findings."""
    page = context.new_page()
    page.route("**/@nbassess/recorder/**", lambda route: route.abort())
    base = mallory.page.url.partition("/lab")[0]
    page.goto(f"{base}/lab/tree/{UNRECORDED}/{UNRECORDED}.ipynb")
    cell = page.locator(f".jp-NotebookPanel:visible .jp-Cell[data-windowed-list-index='{3}'] .cm-content")
    cell.click(timeout=60_000)
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("unrecorded = 'typed where nobody looked'")
    expect(page.locator("#jp-main-statusbar").get_by_text("| Idle")).to_be_visible(timeout=60_000)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+s")
    wait_for(lambda: "nobody looked" in mallory.file(UNRECORDED), "the save")
    assert page.locator(".nbassess-recording").count() == 0
    page.close()
    wait_for(lambda: {each.kind for each in mallory.findings()} >= {"unseen_save", "unseen_execution"}, "both findings")
    told = mallory.findings("unseen_save")
    assert [each.path for each in told] == [f"{UNRECORDED}/{UNRECORDED}.ipynb"]
    assert told[0].text.startswith("Record incomplete from ")


def test_a_notebook_that_code_rewrites_is_a_change_without_edits(mallory: Candidate) -> None:
    """R04"""
    path = f"{REWRITTEN}/{REWRITTEN}.ipynb"
    assert mallory.findings("outside_change") == []
    with mallory.kernel() as kernel:
        kernel.run(f"""
            import json
            notebook = json.load(open("/home/work/{path}"))
            notebook["cells"][2]["source"] = "written = 'by a program'"
            with open("/home/work/{path}", "w") as file:
                json.dump(notebook, file)
        """)
    told = wait_for(lambda: mallory.findings("outside_change"), "the finding", timeout_s=30)
    assert [each.path for each in told] == [path]
    assert told[0].text.startswith("The file changed without edits")


def test_a_frozen_server_is_a_finding_when_work_went_on(eve: Candidate, frozen: float) -> None:
    """R02: half a minute before and after what was typed, the server said nothing; nothing of it is lost."""
    wait_for(lambda: time.monotonic() - frozen > 35, "half a minute of silence", timeout_s=40)
    eve.type(3, "\n# typed in the middle of the silence")
    begun = time.monotonic()
    wait_for(lambda: time.monotonic() - begun > 33, "another half minute", timeout_s=40)
    eve.container().unpause()
    wait_for(lambda: eve.is_replayed("# typed in the middle of the silence"), "what the page kept", timeout_s=60)
    told = wait_for(lambda: eve.findings("silent"), "the finding", timeout_s=30)
    assert "the server said nothing while the page recorded work" in told[0].text
    assert eve.findings("gap") == []
    assert eve.is_replayed("# typed while the server stood still")
