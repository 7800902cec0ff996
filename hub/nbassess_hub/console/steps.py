"""Long work, told step by step: a spinner with the present detail at a terminal, plain lines in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

_DETAIL_WIDTH = 90


@dataclass(frozen=True, slots=True)
class Steps:
    """Print steps on one console."""

    console: Console

    def say(self, text: str) -> None:
        """Print one line as it is."""
        self.console.print(Text(text))

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show a step while it lasts; what is yielded shows where it is."""
        started_s = time.monotonic()
        if not self.console.is_terminal:
            self.say(f"… {title}")
        with self.console.status(Text(title)) as status:

            def tell(detail: str) -> None:
                status.update(Text(f"{title}: {detail.strip()[:_DETAIL_WIDTH]}"))

            try:
                yield tell
            except BaseException:
                self.console.print(Text(f"✗ {title}"), style="red")
                raise
        self.console.print(Text(f"✓ {title} ({time.monotonic() - started_s:.1f} s)"), style="green")
