"""What Python answers to the replay widget: new records, the end of the sitting, trouble, a moment as a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, cast

import pytest
from nbassess_dashboards.activity import parse_records
from nbassess_dashboards.api import Record
from nbassess_dashboards.attendant import FLAGS_EVERY_S, NO_BUNDLE, STATUS_EVERY_S, Attendant, left_out_note
from nbassess_dashboards.client import Client
from nbassess_dashboards.opening import Workbench
from nbassess_dashboards.packing import Packing

from tests.unit.dashboards.api_server import LARGEST_PAGE, READER, serving
from tests.unit.dashboards.synthetic_cohort import Fixture, synthetic_fixture


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class AtOnce(Executor):
    """Does what it is given before it returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


class Watched:
    """A running sitting of which the first `known` records were there when the page was opened."""

    def __init__(self, fixture: Fixture, url: str, root: Path, known: int) -> None:
        self.sitting = fixture.sittings[-1]
        self.all = fixture.recordings[self.sitting["id"]]
        self.later = self.all[known:]
        del self.all[known:]
        self.client, self.clock = Client(url, READER), Clock()
        self.packing = Packing(parse_records(cast("list[Record]", self.all)))
        bench = Workbench(root=root, folder="dashboards", candidate="Ada")
        identifier = str(self.sitting["id"])
        self.attendant = Attendant(
            self.client, identifier, self.packing, bench, is_running=True, clock=self.clock, executor=AtOnce()
        )

    def happen(self, count: int) -> None:
        self.all += self.later[:count]
        del self.later[:count]

    def more(self, after: int) -> dict[str, Any]:
        answer = self.attendant.answer({"kind": "more", "after": after})
        assert answer is not None
        return answer


@pytest.fixture
def fixture() -> Fixture:
    return synthetic_fixture(2)


@pytest.fixture
def watched(fixture: Fixture, tmp_path: Path) -> Iterator[Watched]:
    with serving(fixture) as url:
        made = Watched(fixture, url, tmp_path, known=20)
        yield made
        made.client.close()


def test_records_that_came_since_are_told_once_each(watched: Watched) -> None:
    assert watched.more(20)["records"] == []
    watched.happen(5)
    answer = watched.more(20)
    assert (answer["kind"], answer["after"], len(answer["records"]), answer["is_running"]) == ("records", 20, 5, True)
    assert answer["records"] == watched.packing.rows[20:]
    assert watched.more(25)["records"] == []


def test_view_that_was_opened_later_catches_up_from_where_it_is(watched: Watched) -> None:
    watched.happen(5)
    watched.more(20)
    assert len(watched.more(3)["records"]) == 22


def test_long_absence_is_caught_up_page_by_page(watched: Watched) -> None:
    watched.happen(len(watched.later))
    assert len(watched.later) == 0
    position, turns = 20, 0
    while position < len(watched.all):
        position += len(watched.more(position)["records"])
        turns += 1
    assert turns == -(-(len(watched.all) - 20) // LARGEST_PAGE)


def test_end_is_told_after_everything_was_told(watched: Watched) -> None:
    watched.sitting["status"] = "submitted"
    watched.happen(5)
    assert watched.more(20)["is_running"] is True
    watched.clock.now_s += STATUS_EVERY_S
    watched.happen(5)
    assert watched.more(25)["is_running"] is True
    last = watched.more(30)
    assert (last["is_running"], last["records"], last["flags"]) == (False, [], [])


def test_flags_are_told_again_now_and_then(watched: Watched) -> None:
    del watched.later[3]
    watched.happen(10)
    assert "flags" not in watched.more(20)
    watched.clock.now_s += FLAGS_EVERY_S
    watched.happen(1)
    assert "flags" not in watched.more(30)
    answer = watched.more(31)
    assert [flag["kind"] for flag in answer["flags"]][:1] == ["gap"]


def test_service_that_is_away_is_an_answer_and_not_the_end(fixture: Fixture, tmp_path: Path) -> None:
    with serving(fixture) as url:
        watched = Watched(fixture, url, tmp_path, known=20)
    answer = watched.more(20)
    assert answer["kind"] == "away"
    assert "no answer from" in answer["text"]
    watched.client.close()


def test_moment_is_laid_out_with_the_candidates_data(watched: Watched, tmp_path: Path) -> None:
    path = "clean-orders/clean-orders.ipynb"
    answer = watched.attendant.answer({"kind": "open", "position": 12, "path": path})
    assert answer is not None
    assert (answer["kind"], answer["files"], answer["note"]) == ("opened", 3, "")
    assert (tmp_path / answer["path"]).is_file()
    assert (tmp_path / answer["path"]).with_name("orders.csv").is_file()


def test_moment_without_data_files_is_laid_out_and_says_so(fixture: Fixture, watched: Watched) -> None:
    fixture.bundles.clear()
    answer = watched.attendant.answer({"kind": "open", "position": 12, "path": "clean-orders/clean-orders.ipynb"})
    assert answer is not None
    assert (answer["kind"], answer["files"], answer["note"]) == ("opened", 0, NO_BUNDLE)


def test_document_that_was_not_open_yet_is_refused_in_a_sentence(watched: Watched) -> None:
    answer = watched.attendant.answer({"kind": "open", "position": 1, "path": "clean-orders/clean-orders.ipynb"})
    assert answer == {
        "kind": "refused",
        "text": "'clean-orders/clean-orders.ipynb' was not open at this moment; move to a later one, then open it",
    }


@pytest.mark.parametrize("question", [{}, {"kind": "more"}, {"kind": "open", "position": "1"}, {"kind": "telepathy"}])
def test_question_of_another_form_is_left_alone(watched: Watched, question: dict[str, Any]) -> None:
    assert watched.attendant.answer(question) is None


def test_reader_is_told_what_was_left_out() -> None:
    assert left_out_note(()) == ""
    assert left_out_note(("a/b",)) == "Left out, because they cannot be files here: 'a/b'."
    many = left_out_note(("\ud800", "b" * 500, "c", "d", "e"))
    assert many.startswith("Left out, because they cannot be files here: '\\ud800', 'bbb")
    assert many.endswith(", 'c' and 2 more.")
    assert len(many) < 200
