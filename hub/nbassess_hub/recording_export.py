"""Write the recordings of sittings as files, through the service: event logs, sealed files, one ProgSnap2 dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nbassess_hub.api_client import AdminClient
from nbassess_hub.errors import Conflict
from nbassess_hub.event_log import records, write_event_log
from nbassess_hub.progsnap.dataset import Dataset
from nbassess_hub.progsnap.subjects import subject_of

Sittings = Sequence[dict[str, Any]]
Advance = Callable[..., None]


def write_event_logs(service: AdminClient, sittings: Sittings, directory: Path, advance: Advance) -> Path:
    """Write `<directory>/<sitting>/` for each. Raises Conflict when one exists."""
    for sitting in sittings:
        folder = new_folder(directory / str(sitting["id"]))
        write_event_log(service, str(sitting["id"]), folder)
        advance(sitting["id"])
    return directory


def write_sealed(service: AdminClient, sittings: Sittings, directory: Path, advance: Advance) -> Path:
    """Write `<directory>/<sitting>.parquet` for each. Raises Conflict when one exists or is not sealed yet."""
    directory.mkdir(parents=True, exist_ok=True)
    for sitting in sittings:
        file = directory / f"{sitting['id']}.parquet"
        if file.exists():
            raise Conflict(f"{file}: exists already; remove it or export to another directory")
        draft = file.with_suffix(".part")
        wanted = ("sittings", str(sitting["id"]), "recording")
        with service.download(*wanted, format="parquet") as answer, draft.open("wb") as target:
            target.writelines(answer.iter_bytes())
        draft.rename(file)
        advance(sitting["id"])
    return directory


def write_datasets(service: AdminClient, sittings: Sittings, directory: Path, advance: Advance) -> Path:
    """Write one dataset of all sittings. Raises Conflict when the directory holds something."""
    if directory.exists() and any(directory.iterdir()):
        raise Conflict(f"{directory}: is not empty; a dataset needs a directory of its own")
    directory.mkdir(parents=True, exist_ok=True)
    with Dataset(directory) as dataset:
        for sitting in sittings:
            report = service.report(str(sitting["id"]))
            score = None if report is None else float(report["score"])
            dataset.add(subject_of(sitting, score=score), records(service, str(sitting["id"])))
            advance(sitting["id"])
    return directory


def new_folder(folder: Path) -> Path:
    """Make a folder. Raises Conflict when it exists."""
    if folder.exists():
        raise Conflict(f"{folder}: exists already; remove it or export to another directory")
    folder.mkdir(parents=True)
    return folder
