"""The server extension: makes journal, forwarder, witness and handlers, and takes them down with the server.

Enabled by `c.ServerApp.jpserver_extensions = {"nbassess_recorder.app": True}`. Where no service is named
(NBASSESS_API_URL), it stays inert, and so does the browser part, which looks for the page option set here.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float, Unicode, default

from nbassess_recorder import __version__, bundle, credential, handlers
from nbassess_recorder.contents import WitnessedContents
from nbassess_recorder.errors import BundleError, JournalError, ServiceRefusedError, ServiceUnreachableError
from nbassess_recorder.forward import GATHER_S, Forwarder, Status
from nbassess_recorder.heads import Heads
from nbassess_recorder.intake import Intake
from nbassess_recorder.journal import open_journal
from nbassess_recorder.kernels import ACTIONS_SCHEMA, SETTING, KernelEye
from nbassess_recorder.service import HttpService, Service
from nbassess_recorder.watch import Watch
from nbassess_recorder.witness import Clocks, Witness

PAGE_OPTION = "nbassessRecorder"
RECEIPT_NAME = "receipt.json"
BUNDLE_RETRY_S = 1.0
PING_EVERY_MS = 10_000
PING_TIMEOUT_MS = 25_000
# What the candidate reads.
DISK_REFUSES = "the server's disk is full; your work goes to the service directly"


class Recorder:
    """What one sitting needs at this server."""

    def __init__(self, *, journal_dir: Path, work_dir: Path, service: Service, gather_s: float = GATHER_S) -> None:
        self.work_dir = work_dir
        self.service = service
        self.journal = open_journal(journal_dir)
        self.heads = Heads(journal_dir)
        self.forwarder = Forwarder(self.journal, service, self.heads, gather_s=gather_s)
        self.witness = Witness(self.journal, self.forwarder, server_clocks())
        self.intake = Intake(self.journal, self.forwarder, self.witness.client)
        self.watch = Watch(self.witness, work_dir)
        self._receipt_file = journal_dir / RECEIPT_NAME

    @property
    def status(self) -> Status:
        """How the recording is doing, the disk included."""
        forwarding = self.forwarder.status
        if forwarding.recording == "ok" and not self.journal.is_writable:
            return Status(recording="delayed", detail=DISK_REFUSES)
        return forwarding

    @property
    def receipt(self) -> dict[str, Any] | None:
        """The receipt of the submission, None before it."""
        with suppress(OSError, ValueError):
            found = json.loads(self._receipt_file.read_text("utf-8"))
            return found if isinstance(found, dict) else None
        return None

    def keep_receipt(self, receipt: dict[str, Any]) -> None:
        """Keep the receipt, so that a reload of the page shows it again."""
        with suppress(OSError):  # the service has it too
            self._receipt_file.write_text(json.dumps(receipt), "utf-8")

    async def lay_out_files(self, report: Callable[[str], None]) -> None:
        """Fetch the bundle and write what is missing; tries until the service answers."""
        while True:
            try:
                files = await self.service.bundle()
                written = bundle.lay_out(files, self.work_dir)
            except (ServiceUnreachableError, ServiceRefusedError) as error:
                report(f"bundle not fetched yet: {error}")
                await asyncio.sleep(BUNDLE_RETRY_S)
            except BundleError as error:
                report(f"bundle cannot be used: {error}")
                return
            else:
                report(f"bundle: {len(written)} files written")
                for path in (str(file.get("path", "")) for file in files.get("files", [])):
                    if path.endswith(".ipynb"):
                        self.watch.learn(path)
                return

    def tasks(self) -> list[asyncio.Task[None]]:
        """Start what runs as long as the server."""
        running = (self.forwarder.run(), self.witness.run(), self.witness.beat(), self.watch.run())
        return [asyncio.ensure_future(task) for task in running]


def server_clocks() -> Clocks:
    """Return the server's clocks: one that never runs backwards, one as people see it."""
    origin_ms = time.time_ns() // 1_000_000 - time.monotonic_ns() // 1_000_000
    return Clocks(
        t_ms=lambda: origin_ms + time.monotonic_ns() // 1_000_000,
        wall_ms=lambda: time.time_ns() // 1_000_000,
    )


class RecorderApp(ExtensionApp):
    """Jupyter server extension of nbassess."""

    name = "nbassess_recorder"
    load_other_extensions = True

    api_url = Unicode(help="Address of the service's API; empty: the extension is inert").tag(config=True)
    journal_dir = Unicode(help="Where the journal is; only the server may enter it").tag(config=True)
    work_dir = Unicode(help="Where the candidate's files are").tag(config=True)
    api_token = Unicode(help="Token for the service; default: what the entry script passed on").tag(config=True)
    fetch_bundle = Bool(True, help="Whether to lay out the candidate's files at start").tag(config=True)

    gather_s = Float(GATHER_S, help="How long events wait for others to be sent on with").tag(config=True)

    recorder: Recorder | None = None

    @default("api_url")
    def _api_url(self) -> str:
        return os.environ.get("NBASSESS_API_URL", "")

    @default("journal_dir")
    def _journal_dir(self) -> str:
        return os.environ.get("NBASSESS_JOURNAL_DIR", "/srv/journal")

    @default("work_dir")
    def _work_dir(self) -> str:
        return os.environ.get("NBASSESS_WORK_DIR", "/home/work")

    @default("api_token")
    def _api_token(self) -> str:
        return credential.token()

    def initialize_settings(self) -> None:
        """Make the recorder and tell the page that there is one."""
        if not self.api_url:
            self.log.info("nbassess: NBASSESS_API_URL is not set, nothing is recorded")
            return
        service = HttpService(self.api_url, lambda: str(self.api_token))
        self.recorder = Recorder(
            journal_dir=Path(self.journal_dir),
            work_dir=Path(self.work_dir),
            service=service,
            gather_s=float(self.gather_s),
        )
        # A connection to a kernel that died silently (a cut, a sleep) is noticed in half a minute instead of two: from
        # then on the server keeps the outputs for the page's return.
        self.settings.setdefault("ws_ping_interval", PING_EVERY_MS)
        self.settings.setdefault("ws_ping_timeout", PING_TIMEOUT_MS)
        self.settings.setdefault("page_config_data", {})[PAGE_OPTION] = __version__

    def initialize_handlers(self) -> None:
        """Add the endpoints."""
        if self.recorder is not None:
            self.handlers.extend(handlers.routes(self.recorder))

    async def _start_jupyter_server_extension(self, server: Any) -> None:
        if self.recorder is None:
            return
        self._let_witness_see(self.recorder, server)
        self._tasks = self.recorder.tasks()
        if self.fetch_bundle:
            self._tasks.append(asyncio.ensure_future(self.recorder.lay_out_files(self._report)))

    def _let_witness_see(self, recorder: Recorder, server: Any) -> None:
        """Join the witness to the parts of the server that `jupyter_server_config.py` names."""
        eye = KernelEye(recorder.witness)
        server.web_app.settings[SETTING] = eye
        server.event_logger.add_listener(schema_id=ACTIONS_SCHEMA, listener=eye.acted)
        recorder.witness.path_of = lambda kernel_id: _path_of(server.session_manager, kernel_id)
        if isinstance(server.contents_manager, WitnessedContents):
            server.contents_manager.watch = recorder.watch

    async def stop_extension(self) -> None:
        """Stop forwarding; what is not forwarded stays in the journal for the next start."""
        if self.recorder is None:
            return
        with suppress(TimeoutError, JournalError):
            async with asyncio.timeout(2.0):
                await self.recorder.witness.settled()
                await self.recorder.journal.commit()
        await self.recorder.forwarder.flush(2.0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.recorder.heads.keep()
        self.recorder.journal.close()

    def _report(self, message: str) -> None:
        self.log.info("nbassess: %s", message)


async def _path_of(sessions: Any, kernel_id: str) -> str:
    return str((await sessions.get_session(kernel_id=kernel_id))["path"])


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "nbassess_recorder.app", "app": RecorderApp}]
