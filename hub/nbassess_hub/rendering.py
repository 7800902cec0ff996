"""Render the pages: one environment, everything escaped, nothing from another origin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import State

from nbassess_hub.errors import HubError
from nbassess_hub.settings import SERVICE_PREFIX

_FOLDER = Path(__file__).parent / "pages"
_SHOWN_CHARACTERS = 2_000


def utc(epoch_ms: int | None) -> str:
    """Write a moment for people: minutes, in UTC."""
    return "" if epoch_ms is None else f"{datetime.fromtimestamp(epoch_ms / 1000, UTC):%Y-%m-%d %H:%M} UTC"


def iso(epoch_ms: int | None) -> str:
    """Write a moment for programs, as in a time element."""
    return "" if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="seconds")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(utc=utc, iso=iso)
    environment.globals["prefix"] = SERVICE_PREFIX
    return environment


_PAGES = _environment()


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page. The form token and the try-out banner come with every one."""
    state: State = request.state
    text = _PAGES.get_template(template).render(
        form_token=getattr(state, "form_token", ""),
        person=getattr(state, "signed_in", None),
        is_local=request.app.state.parts.settings.spawn.mode == "local",
        contact=request.app.state.parts.settings.service.contact,
        **values,
    )
    return HTMLResponse(text, status_code=status)


def error_page(request: Request, error: HubError, headers: Mapping[str, str]) -> HTMLResponse:
    """Return a page that says what happened and what to do next."""
    page = render(
        request, "error.html", status=error.http_status, message=error.message[:_SHOWN_CHARACTERS], code=error.code
    )
    page.headers.update(headers)
    return page


def asset_path(name: str) -> Path | None:
    """Return a style sheet or script of ours, None for anything else."""
    known = {path.name: path for path in (_FOLDER / "assets").iterdir() if path.suffix in (".css", ".js", ".svg")}
    return known.get(name)
