"""Answers what the replay widget asks: what came since, and a moment as a notebook.

Whatever goes wrong is an answer too: a page that plays on and says why is worth more than one that stops.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any

from nbassess_events.replay import Replay

from nbassess_dashboards.activity import parse_records
from nbassess_dashboards.client import Client
from nbassess_dashboards.errors import DashboardError, NotFoundError
from nbassess_dashboards.frames import FINISHED
from nbassess_dashboards.opening import Workbench
from nbassess_dashboards.packing import Packing

STATUS_EVERY_S = 3.0
FLAGS_EVERY_S = 15.0
MOST_NAMED = 3
NO_BUNDLE = "The service has no data files of this sitting."


class Attendant:
    """Serve one replay of one sitting. `clock` counts seconds."""

    def __init__(
        self,
        client: Client,
        sitting: str,
        packing: Packing,
        workbench: Workbench | None,
        *,
        is_running: bool,
        clock: Callable[[], float] = time.monotonic,
        executor: Executor | None = None,
    ) -> None:
        """Nothing is asked of the service before the browser asks. `executor` finds flags, in a thread of its own."""
        self.client, self.sitting, self.packing, self.workbench = client, sitting, packing, workbench
        self.is_running, self.clock = is_running, clock
        self._executor = executor or ThreadPoolExecutor(max_workers=1, thread_name_prefix="nbassess-flags")
        self._status_at = self._flags_at = clock()
        self._counted = len(packing.records)
        self._comparing: Future[list[dict[str, Any]]] | None = None

    def answer(self, question: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer {kind: "more", after} or {kind: "open", position, path}; nothing else is known."""
        match question:
            case {"kind": "more", "after": int(after)}:
                return self._more(max(0, after))
            case {"kind": "open", "position": int(position), "path": str(path)}:
                return self._open(position, path)
        return None

    def _more(self, after: int) -> dict[str, Any]:
        try:
            # The status comes first: what was recorded up to the end is fetched after the end was seen.
            self._ask_status()
            fresh = self.client.events_after(self.sitting, len(self.packing.records))
            self.packing.extend(parse_records(fresh))
        except DashboardError as error:
            return {"kind": "away", "text": str(error)}
        goes_on = self.is_running or bool(fresh)
        told: dict[str, Any] = {"kind": "records", "after": after, "is_running": goes_on}
        rows = {"clients": self.packing.clients, "records": self.packing.rows[after:]}
        return told | rows | self._flags(is_last=not goes_on)

    def _ask_status(self) -> None:
        if self.is_running and self.clock() - self._status_at >= STATUS_EVERY_S:
            self._status_at = self.clock()
            self.is_running = self.client.sitting(self.sitting).get("status") not in FINISHED

    def _flags(self, *, is_last: bool) -> dict[str, Any]:
        """Compare the witnesses now and then, beside the answers, which must not wait; and once more at the end."""
        if is_last:
            return {"flags": self.packing.flags(is_running=False)}
        if self._comparing is not None and self._comparing.done():
            compared, self._comparing = self._comparing, None
            return {"flags": compared.result()}
        has_more = len(self.packing.records) > self._counted
        if self._comparing is None and has_more and self.clock() - self._flags_at >= FLAGS_EVERY_S:
            self._counted, self._flags_at = len(self.packing.records), self.clock()
            self._comparing = self._executor.submit(self.packing.flags, is_running=True)
        return {}

    def _open(self, position: int, path: str) -> dict[str, Any]:
        if self.workbench is None:
            return {"kind": "refused", "text": "This page has no folder to make notebooks in."}
        note, files = "", []
        try:
            files = self.client.bundle(self.sitting)
        except NotFoundError:
            note = NO_BUNDLE
        except DashboardError as error:
            note = str(error)
        wanted = min(max(position, 0), len(self.packing.records))
        # One moment is wanted, so the way there is gone once and no snapshots are kept.
        state = Replay(self.packing.records[:wanted], snapshot_every=max(1, wanted + 1)).end
        at_ms = self.packing.rows[wanted - 1][1] if wanted else 0
        try:
            made = self.workbench.lay_out(state, path, files, sitting=self.sitting, at_ms=at_ms)
        except DashboardError as error:
            return {"kind": "refused", "text": str(error)}
        note = " ".join(filter(None, (note, left_out_note(made.left_out))))
        return {"kind": "opened", "path": made.path, "folder": made.folder, "files": made.files, "note": note}


def left_out_note(names: Sequence[str]) -> str:
    """Return a sentence about recorded names that could not become files; empty if there are none."""
    if not names:
        return ""
    said = ", ".join(f"{name!r:.60}" for name in names[:MOST_NAMED])
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"Left out, because they cannot be files here: {said}{rest}."
