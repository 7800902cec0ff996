"""An export can be checked without us, and runs nothing when it is opened. Promises: threats I05, I06, R07."""

import csv
import io
import json
from pathlib import Path

import pytest
from nbassess_hub.errors import Conflict
from nbassess_hub.export import export_scores, export_sitting, safe_path
from nbassess_hub.integrity.files import read_taken
from nbassess_hub.integrity.verdict import Trusted, judge
from nbassess_hub.spreadsheet import to_csv

from tests.unit.cli.fake_service import PUBLISHED, RECORDS, REPORT, SITTING, FakeService, head_of


def exported(tmp_path: Path) -> Path:
    with FakeService().client() as client:
        return export_sitting(client, SITTING, tmp_path)


def test_an_export_holds_everything_and_its_recording_verifies(tmp_path: Path) -> None:
    folder = exported(tmp_path)
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    assert names == [
        "chain.json",
        "events.jsonl",
        "links.txt",
        "notebooks/evil.ipynb",
        "reports/1.json",
        "sitting.json",
        "submission.json",
    ]
    assert json.loads((folder / "reports/1.json").read_text()) == REPORT
    taken = read_taken(folder / "events.jsonl")
    verdict = judge(taken, [], Trusted(keys={PUBLISHED["key"]: PUBLISHED["public_key"]}, are_all=True))
    assert (verdict.broken, verdict.sitting, verdict.records, verdict.head) == (None, SITTING, 3, head_of(RECORDS))


def test_an_export_that_does_not_end_in_the_services_head_is_refused(tmp_path: Path) -> None:
    with FakeService(head="0" * 64).client() as client, pytest.raises(Conflict, match="was changed"):
        export_sitting(client, SITTING, tmp_path)


def test_a_download_that_was_cut_is_no_export(tmp_path: Path) -> None:
    with FakeService(announced=4).client() as client, pytest.raises(Conflict, match="3 of 4 records came"):
        export_sitting(client, SITTING, tmp_path)


def test_half_a_surrogate_pair_is_exported_as_it_is(tmp_path: Path) -> None:
    source = "# \u6f22 \ud800 \U0001f600"
    with FakeService(source=source).client() as client:
        folder = export_sitting(client, SITTING, tmp_path)
    assert json.loads((folder / "notebooks/evil.ipynb").read_text("utf-8"))["cells"][0]["source"] == source


def test_a_text_file_is_exported_as_the_text_that_it_is(tmp_path: Path) -> None:
    with FakeService(texts={"a/notes.py": "x = '\u6f22'\n"}).client() as client:
        folder = export_sitting(client, SITTING, tmp_path)
    assert (folder / "notebooks/a/notes.py").read_text("utf-8") == "x = '\u6f22'\n"


def test_an_export_overwrites_nothing(tmp_path: Path) -> None:
    exported(tmp_path)
    with pytest.raises(Conflict, match="exists already"):
        exported(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b.ipynb", "a/b.ipynb"),
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a\0b\n.ipynb", "a_b_.ipynb"),
        ("....", "unnamed"),
        ("", "unnamed"),
    ],
)
def test_a_recorded_path_names_a_place_below_the_export(name: str, expected: str) -> None:
    assert str(safe_path(name)) == expected


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1+2", "@SUM(A1)", "\tx", "\rx", "  =1", "＝1"])
def test_a_name_that_looks_like_a_formula_is_written_as_text(name: str) -> None:
    assert next(csv.reader(io.StringIO(to_csv([name], []), newline=""))) == [name]
    row = list(csv.reader(io.StringIO(to_csv(["name"], [[name]]), newline="")))[1]
    assert row == [f"'{name}"]


def test_scores_are_numbers_and_names_are_quoted(tmp_path: Path) -> None:
    service = FakeService(candidate='=cmd|" /C calc"!A0')
    with service.client() as client:
        text = export_scores(client, [service.sitting()], tmp_path).read_text()
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["candidate"].startswith("'=")
    assert (row["points"], row["score"], row["a"], row["synthetic"]) == ("7", "0.66", "7", "synthetic")
