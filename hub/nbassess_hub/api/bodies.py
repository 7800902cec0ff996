"""What requests carry: JSON bodies, checked before a handler sees them."""

from typing import Annotated, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from nbassess_hub.sittings.invitations import DEFAULT_S

Name = Annotated[str, Field(min_length=1, max_length=500)]
Digest = Annotated[str, Field(max_length=64)]
Path = Annotated[str, Field(max_length=1024)]
Milliseconds = Annotated[int, Field(ge=0, le=2**53)]


class Body(BaseModel):
    """A JSON object whose unknown keys are errors."""

    model_config = ConfigDict(extra="forbid")


class LinkToken(Body):
    """The part of a link after the #."""

    token: Annotated[str, Field(max_length=200)]


class TicketBody(Body):
    """A one-time login to the hub."""

    ticket: Annotated[str, Field(max_length=200)]


class SubmitBody(Body):
    """The SHA-256 of each document as the browser sees it, "" where it could not be computed."""

    documents: Annotated[dict[Path, Digest], Field(max_length=200)] = Field(default_factory=dict)


class InvitationBody(Body):
    """Whom to invite to which assessment."""

    assessment: Name
    candidate_name: Name
    email: Annotated[str, Field(max_length=320)] | None = None
    expires_in_s: int = DEFAULT_S


class StaffLinkBody(Body):
    """Who shall sign in, in which role."""

    name: Name
    role: Name
    expires_in_s: int = DEFAULT_S


class SyntheticBody(Body):
    """A scripted sitting and its clock."""

    assessment: Name
    candidate_name: Name
    started_ms: Milliseconds
    limit_ms: Annotated[int, Field(gt=0, le=7 * 24 * 3600 * 1000)] | None = None


class SyntheticEndBody(Body):
    """How and when a scripted sitting ended."""

    ended_ms: Milliseconds
    end_reason: Literal["submitted", "deadline"]


class RegradeBody(Body):
    """Why a submission is graded again; kept in the audit trail."""

    reason: Annotated[str, Field(max_length=2000)] = ""


async def raw_body(request: Request) -> bytes:
    """Return the body as it came; the size was bounded before."""
    return await request.body()
