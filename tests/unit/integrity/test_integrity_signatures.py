"""What is said of the signature of a head."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from nbassess_hub.integrity.files import Taken
from nbassess_hub.integrity.heads import Witnessed, signature_problem
from nbassess_hub.integrity.verdict import Trusted, judge

from tests.unit.integrity.test_integrity_breaks import LINKS, RECORDS, SITTING

SIGNED = Witnessed(head=LINKS[-1], source="the receipt", position=12, at_ms=1, key="k", signature="00")


@pytest.mark.parametrize("missing", ["position", "at_ms", "key"])
def test_a_signature_without_what_belongs_to_it_does_not_hold(missing: str) -> None:
    """threats R07: taking the time away must not make a forged signature a good one"""
    nothing: dict[str, Any] = {missing: None}
    head = replace(SIGNED, **nothing)
    assert "without the position, time and key" in (signature_problem(SITTING, head, {}) or "")
    taken = Taken(sitting=SITTING, bodies=RECORDS, links=LINKS, heads=())
    verdict = judge(taken, [head], Trusted(keys={}, are_all=True))
    assert verdict.broken is not None
    assert verdict.broken.message.startswith("The receipt is signed, but without")
    unsure = judge(taken, [head], Trusted(keys={}, are_all=False))
    assert (unsure.broken, unsure.compared) == (None, ("the receipt",))
    assert "the signature was not checked" in unsure.notes[0]
