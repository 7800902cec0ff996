"""What a benchmark says when it cannot run here."""

from __future__ import annotations


class CannotRun(Exception):
    """This machine lacks something the benchmark needs."""
