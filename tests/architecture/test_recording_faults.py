"""Every case of the faults and attacks on the recording has a test that CI runs, and the page names real ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fault_table import IDS, PAGE, named_by_tests, named_on_page

NAMING = named_by_tests()
ON_PAGE = named_on_page(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("fault", IDS)
def test_every_case_is_named_by_a_test(fault: str) -> None:
    assert NAMING.get(fault, set()) != set()


@pytest.mark.parametrize("fault", IDS)
def test_the_row_of_every_case_names_tests_that_are_about_it(fault: str) -> None:
    assert ON_PAGE[fault] != set()
    assert ON_PAGE[fault] - NAMING[fault] == set()


def test_the_page_has_the_cases_and_no_others() -> None:
    assert tuple(ON_PAGE) == IDS


def test_what_the_page_needs_of_a_real_system_is_shown_on_one() -> None:
    """Isolation, dying servers and full disks cannot be shown by a part of the system alone."""
    on_real_parts = ("R01", "R02", "R03", "R04", "R15", "F07", "F08", "F09", "F10", "F19")
    assert [
        fault for fault in on_real_parts if not any(test.startswith("tests/integration/") for test in ON_PAGE[fault])
    ] == []


def test_a_case_that_loses_its_test_is_noticed(tmp_path: Path) -> None:
    """The scan itself: names and docstrings count, skipped tests, helpers and other words do not."""
    suite, scripts = tmp_path / "tests", tmp_path / "extensions" / "recorder" / "tests"
    for folder in (suite, scripts):
        folder.mkdir(parents=True)
    file = suite / "test_one.py"
    file.write_text(
        '"""R01 in the module only."""\n'
        'def test_a() -> None:\n    """R02, F07-F09: shown."""\n'
        'def test_b() -> None:\n    """XR03, R0, R045."""\n'
        '@pytest.mark.skip(reason="later")\ndef test_c() -> None:\n    """R05"""\n'
        'def looks(r: int) -> None:\n    """R06"""\n'
    )
    (scripts / "one.test.ts").write_text("test('lost and found (R07)', () => {});\n// R08\n")
    assert named_by_tests(tmp_path) == {
        **{fault: {"tests/test_one.py::test_a"} for fault in ("R02", "F07", "F08", "F09")},
        "R07": {"extensions/recorder/tests/one.test.ts::lost and found (R07)"},
    }
    file.unlink()
    assert set(named_by_tests(tmp_path)) == {"R07"}


def test_a_row_that_stands_twice_is_refused() -> None:
    with pytest.raises(AssertionError, match="two rows"):
        named_on_page("| R01 | a | `x::y` |\n| R01 | b | `x::z` |\n")
