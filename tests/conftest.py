"""Gates: a test whose requirement is missing is skipped with the reason, or fails where everything is required."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.support.requirements import REQUIRE_ALL, REQUIREMENTS, everything_is_required


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look at a test's markers before any of its fixtures starts something."""
    for marker, missing in REQUIREMENTS.items():
        reason = missing() if item.get_closest_marker(marker) else None
        if reason is not None:
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip, wherever it was decided, into a failure when every requirement has to be met."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and everything_is_required():
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid}: {why}; {REQUIRE_ALL} is set, so this is a failure"
    return report
