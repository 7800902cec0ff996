"""Every address of the service, and who may call it: the one table that routes, guards and documents.

An endpoint exists because it has a row here, and a row cannot be written without a decision. Paths are below
`/services/nbassess/`. `docs/reference/endpoints.md` is written from this table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import Depends, FastAPI

from nbassess_hub.api import administration, documentation, heads, recordings, sitting, staff
from nbassess_hub.api.access import ADMIN, PUBLIC, SERVICE, SIGNED_IN, Access, page, token
from nbassess_hub.api.answers import AsciiJson
from nbassess_hub.api.guard import guard
from nbassess_hub.pages import candidate, coordinator, doors, waiting
from nbassess_hub.scopes import (
    MANAGE_ASSESSMENTS,
    MANAGE_INVITATIONS,
    READ_RECORDINGS,
    READ_REPORTS,
    READ_SITTINGS,
    SIT,
)
from nbassess_hub.settings import SERVICE_PREFIX


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row of the table."""

    method: Literal["GET", "POST"]
    path: str
    access: Access
    handler: Callable[..., Any]

    @property
    def about(self) -> str:
        """Return what it does, in one line."""
        return (self.handler.__doc__ or "").strip().splitlines()[0]


def _get(path: str, access: Access, handler: Callable[..., Any]) -> Endpoint:
    return Endpoint(method="GET", path=path, access=access, handler=handler)


def _post(path: str, access: Access, handler: Callable[..., Any]) -> Endpoint:
    return Endpoint(method="POST", path=path, access=access, handler=handler)


API: tuple[Endpoint, ...] = (
    _get("api/health", PUBLIC, documentation.health),
    _get("api/docs", PUBLIC, documentation.show_docs),
    _get("api/openapi.json", PUBLIC, documentation.openapi),
    _get("api/keys", PUBLIC, heads.read_keys),
    _get("api/heads", token(READ_RECORDINGS), heads.read_heads),
    _get("api/sitting", token(SIT), sitting.read_sitting),
    _get("api/sitting/bundle", token(SIT), sitting.read_bundle),
    _post("api/sitting/events", token(SIT), sitting.post_own_events),
    _post("api/sitting/submit", token(SIT), sitting.submit),
    _post("api/sittings/{sitting_id}/events", token(SIT), sitting.post_events),
    _get("api/assessments", token(MANAGE_ASSESSMENTS, MANAGE_INVITATIONS, READ_REPORTS), staff.list_assessments),
    _get("api/assessments/{assessment_id}", token(MANAGE_ASSESSMENTS, READ_REPORTS), staff.read_assessment),
    _post("api/assessments", token(MANAGE_ASSESSMENTS), administration.publish),
    _get("api/sittings", token(READ_SITTINGS), staff.list_sittings),
    _get("api/sittings/{sitting_id}", token(READ_SITTINGS), staff.read_sitting),
    _get("api/sittings/{sitting_id}/events", token(READ_RECORDINGS), staff.read_events),
    _get("api/sittings/{sitting_id}/late-events", token(READ_RECORDINGS), staff.read_late_events),
    _get("api/sittings/{sitting_id}/integrity", token(READ_RECORDINGS), recordings.read_integrity),
    _get("api/sittings/{sitting_id}/recording", token(READ_RECORDINGS), recordings.read_recording),
    _get("api/sittings/{sitting_id}/bundle", token(READ_RECORDINGS), recordings.read_bundle),
    _get("api/sittings/{sitting_id}/submission", token(READ_RECORDINGS), staff.read_submission),
    _get("api/sittings/{sitting_id}/report", token(READ_REPORTS), staff.read_report),
    _post("api/sittings/{sitting_id}/grade", ADMIN, administration.grade_again),
    _get("api/cohorts/{assessment_id}", token(READ_REPORTS), staff.read_cohort),
    _post("api/invitations", token(MANAGE_INVITATIONS), administration.create_invitation),
    _post("api/invitations/{invitation_id}/reissue", token(MANAGE_INVITATIONS), administration.reissue_invitation),
    _post("api/staff-links", ADMIN, administration.create_staff_link),
    _post("api/synthetic/sittings", ADMIN, administration.create_synthetic),
    _post("api/synthetic/sittings/{sitting_id}/finish", ADMIN, administration.finish_synthetic),
    _post("api/internal/tickets/redeem", SERVICE, administration.redeem),
)

PAGES: tuple[Endpoint, ...] = (
    _get("", PUBLIC, doors.show_start),
    _get("invite", PUBLIC, doors.show_link_page),
    _get("staff", PUBLIC, doors.show_link_page),
    _post("invite/exchange", PUBLIC, doors.exchange_link),
    _post("leave", SIGNED_IN, doors.leave),
    _get("assets/{name}", PUBLIC, doors.asset),
    _get("consent", page(SIT), candidate.show_consent),
    _get("practice", page(SIT), candidate.show_practice),
    _post("start", page(SIT), candidate.start),
    _get("ended", page(SIT), candidate.show_ended),
    _get("home", page(READ_REPORTS, MANAGE_INVITATIONS), coordinator.show_home),
    _post("home/invitations", page(MANAGE_INVITATIONS), coordinator.create_invitation),
    _post("home/invitations/{invitation_id}/reissue", page(MANAGE_INVITATIONS), coordinator.reissue_invitation),
    _post("home/dashboards", page(READ_REPORTS), waiting.open_dashboards),
    _get("waiting", SIGNED_IN, waiting.show_waiting),
    _get("waiting/progress", SIGNED_IN, waiting.read_progress),
    _post("waiting/retry", SIGNED_IN, waiting.retry),
    _get("enter", SIGNED_IN, waiting.enter),
)

ENDPOINTS: tuple[Endpoint, ...] = API + PAGES


def add_endpoints(app: FastAPI) -> None:
    """Route every row of the table, behind its guard."""
    for row in ENDPOINTS:
        app.add_api_route(
            SERVICE_PREFIX + row.path,
            row.handler,
            methods=[row.method],
            dependencies=[Depends(guard(row.access))],
            summary=row.about,
            description=f"Access: {row.access}.",
            tags=["pages" if row in PAGES else "api"],
            include_in_schema=row in API,
            response_model=None,
            response_class=AsciiJson,
        )
