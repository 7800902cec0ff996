"""The witnesses compared: a whole recording gives nothing, every way of being incomplete is told with from and to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nbassess_events.codec import parse_event
from nbassess_events.document import Cell, Document, text_document, text_sha256
from nbassess_events.model import Recorded
from nbassess_events.witness import Finding, incompleteness

PAGE, SERVER = "a" * 16, "b" * 16
PATH = "p/p.ipynb"


class Sitting:
    """Writes a recording second by second, as both witnesses."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []
        self.now_ms = 0
        self.seqs = {PAGE: 0, SERVER: 0}

    def at(self, second: int) -> Sitting:
        """Let time pass, with heartbeats of both."""
        while self.now_ms + 10_000 <= second * 1000:
            self.now_ms += 10_000
            self.page("heartbeat", wall_ms=self.now_ms).server("server_heartbeat", wall_ms=self.now_ms)
        self.now_ms = second * 1000
        return self

    def page(self, name: str, **fields: Any) -> Sitting:
        return self._add(PAGE, name, fields)

    def server(self, name: str, **fields: Any) -> Sitting:
        return self._add(SERVER, name, fields)

    def begun(self) -> Sitting:
        self.server("server_started", server="2").page("client_started", recorder="1", lab="4")
        cells = [{"id": "c", "cell_type": "code", "source": ""}]
        return self.page("notebook_opened", path=PATH, cells=cells)

    def typed(self, text: str) -> Sitting:
        return self.page("edit", path=PATH, cell="c", source="type", ops=[[0, 0, text]])

    def ran(self, code: str) -> Sitting:
        """Let the server's note come before the page's, as it does."""
        self.server("server_execute", path=PATH, cell="c", code_sha256=text_sha256(code), length=len(code))
        return self.page("execution_started", path=PATH, cell="c")

    def saved(self, source: str) -> Sitting:
        self.server("server_save", path=PATH, digest=digest(source)).page("save_started", path=PATH)
        return self.page("saved", path=PATH)

    def _add(self, client: str, name: str, fields: dict[str, Any]) -> Sitting:
        event = parse_event({"type": name, "seq": self.seqs[client], "t_ms": self.now_ms, **fields})
        self.seqs[client] += 1
        position = len(self.records) + 1
        self.records.append(Recorded(position=position, client=client, received_ms=self.now_ms, event=event))
        return self

    def found(self) -> list[tuple[str, str]]:
        return [(each.kind, each.text) for each in incompleteness(self.records)]


def digest(source: str) -> str:
    return Document(path=PATH, cells=(Cell(id="c", cell_type="code", source=source),)).digest()


def test_a_whole_recording_gives_no_finding() -> None:
    sitting = Sitting().begun().at(30).typed("x").ran("x").at(90).saved("x").typed("y").ran("yx").ran("yx")
    assert sitting.found() == []


def test_code_that_no_recorded_cell_held_is_told() -> None:
    sitting = Sitting().begun().at(65).typed("x").ran("x")
    sitting.server("server_execute", path=PATH, cell="c", code_sha256=text_sha256("z"), length=1)
    assert sitting.found() == [
        (
            "unseen_execution",
            "Record incomplete from 00:01:05 to 00:01:05: the server passed code to a kernel that no recorded cell "
            "held.",
        )
    ]


def test_one_recorded_run_explains_one_run_that_the_server_saw() -> None:
    sitting = Sitting().begun().typed("x").ran("x")
    sitting.server("server_execute", path=PATH, cell="c", code_sha256=text_sha256("x"), length=1)
    assert [kind for kind, _ in sitting.found()] == ["unseen_execution"]


def test_a_save_that_the_changes_do_not_lead_to_is_told() -> None:
    sitting = Sitting().begun().typed("x").server("server_save", path=PATH, digest=digest("forged"))
    assert [kind for kind, _ in sitting.found()] == ["unseen_save"]


def test_a_file_that_something_else_wrote_is_told_and_a_known_text_is_not() -> None:
    """Promise: R04."""
    sitting = Sitting().begun().typed("x").server("server_file", path=PATH, digest=digest("x"))
    assert sitting.found() == []
    sitting.at(5).server("server_file", path=PATH, digest=digest("from the kernel"))
    expected = f"The file changed without edits at 00:00:05 ({PATH}): something other than a save wrote it."
    assert sitting.found() == [("outside_change", expected)]


def test_text_files_are_witnessed_too() -> None:
    sitting = Sitting().begun().page("file_opened", path="notes.py", text="a")
    sitting.page("edit", path="notes.py", cell="file", source="type", ops=[[1, 0, "b"]])
    sitting.page("save_started", path="notes.py")
    assert sitting.server("server_save", path="notes.py", digest=text_document("notes.py", "ab").digest()).found() == []
    forged = text_document("notes.py", "other").digest()
    assert [kind for kind, _ in sitting.server("server_save", path="notes.py", digest=forged).found()] == [
        "unseen_save"
    ]


def test_a_page_that_says_nothing_while_the_server_sees_work_is_told() -> None:
    """Promise: R03. Half a minute of silence around the work, and one finding for neighbouring work."""
    sitting = Sitting().begun().at(20)
    for second in (100, 110):
        sitting.now_ms = second * 1000
        sitting.server("server_save", path=PATH, digest=digest(""))
    assert sitting.found() == [
        ("silent", "Record incomplete from 00:01:40 to 00:01:50: the page said nothing while the server saw work.")
    ]


def test_a_page_whose_whole_life_lies_in_an_outage_is_not_called_silent() -> None:
    """Promise: R03, R08. All it said was received after the outage, so its clock is unknown; the order is not."""
    sitting = Sitting().begun().at(600)
    outage = len(sitting.records)
    page, second = "c" * 16, 630
    sitting.seqs[page] = 0
    sitting.at(second)._add(page, "client_started", {"recorder": "1", "lab": "4"})
    sitting._add(page, "notebook_opened", {"path": PATH, "cells": []})
    for second in range(640, 900, 10):
        sitting.now_ms = second * 1000
        sitting._add(page, "heartbeat", {"wall_ms": sitting.now_ms})
        sitting.server("server_heartbeat", wall_ms=sitting.now_ms)
    sitting._add(page, "save_started", {"path": PATH})
    sitting.server("server_save", path=PATH, digest=Document(path=PATH, cells=()).digest())
    sitting.server("server_heartbeat", wall_ms=sitting.now_ms)
    late = [replace(record, received_ms=3_000_000) for record in sitting.records[outage:]]
    sitting.records[outage:] = late
    sitting.now_ms = 3_000_000
    for name, wall in (("server_heartbeat", 3_000_000), ("server_heartbeat", 3_010_000)):
        sitting.server(name, wall_ms=wall)
    assert sitting.found() == []


def test_a_server_that_says_nothing_while_the_page_records_work_is_told() -> None:
    """Promise: R02."""
    sitting = Sitting().begun().at(20)
    sitting.now_ms = 80_000
    assert [kind for kind, _ in sitting.typed("x").found()] == ["silent"]


def test_a_recording_from_before_servers_were_witnesses_is_not_called_silent() -> None:
    sitting = Sitting().page("client_started", recorder="1", lab="4")
    sitting.page("notebook_opened", path=PATH, cells=[{"id": "c", "cell_type": "code", "source": ""}])
    sitting.now_ms = 500_000
    assert sitting.typed("x").found() == []


def test_what_a_full_buffer_gave_up_is_told_with_its_counters() -> None:
    """Promise: R09."""
    sitting = Sitting().begun().at(60)
    fields = {"from_ms": 20_000, "to_ms": 50_000, "events": 9, "edits": 5, "runs": 1, "inserted": 7}
    [(kind, text)] = sitting.page("detail_dropped", **fields).found()
    assert kind == "dropped"
    assert text.startswith("Record incomplete from 00:00:20 to 00:00:50: the browser's buffer was full")
    assert "5 edits with 7 characters and 1 runs" in text


def test_a_change_that_does_not_fit_is_a_gap_until_the_next_snapshot() -> None:
    """Promise: R17."""
    sitting = Sitting().begun().at(10)
    sitting.page("edit", path=PATH, cell="c", source="type", ops=[[9, 0, "x"]]).at(25)
    sitting.page("notebook_opened", path=PATH, cells=[{"id": "c", "cell_type": "code", "source": "x"}])
    [finding] = incompleteness(sitting.records)
    assert (finding.kind, finding.path, finding.from_ms, finding.to_ms) == ("gap", PATH, 0, 25_000)


@pytest.mark.parametrize("dropped", range(3, 11))
def test_every_event_that_is_missing_is_a_gap_with_from_and_to(dropped: int) -> None:
    """Promise: R07. The last event of a client has no successor that tells: the chain's head does."""
    records = Sitting().begun().typed("a").typed("b").at(20).typed("c").at(30).typed("d").records
    kept = [*records[:dropped], *records[dropped + 1 :]]
    found = incompleteness([replace(record, position=n) for n, record in enumerate(kept, start=1)])
    assert "gap" in {finding.kind for finding in found}
    assert all(isinstance(finding, Finding) and finding.from_ms <= finding.to_ms for finding in found)


def test_no_word_accuses() -> None:
    sitting = Sitting().begun().typed("x").server("server_save", path=PATH, digest=digest("forged"))
    sitting.server("server_file", path=PATH, digest=digest("kernel"))
    words = " ".join(text for _, text in sitting.found()).lower()
    assert not any(word in words for word in ("cheat", "fraud", "suspicious", "manipulat", "forge"))
