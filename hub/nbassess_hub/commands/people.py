"""Links for people: invitations for candidates, sign-in links for staff."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from nbassess_hub.api_client import AdminClient
from nbassess_hub.console.terminal import (
    JsonOption,
    invocation,
    out,
    plain,
    print_json,
    print_table,
    progress,
    say,
    when,
)
from nbassess_hub.errors import BadInput

staff_app = typer.Typer(no_args_is_help=True, help="Links for the people who manage, review and coordinate.")


class Role(StrEnum):
    """What a member of staff may do."""

    REVIEWER = "reviewer"
    MANAGER = "manager"
    COORDINATOR = "coordinator"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an invitation is for."""

    name: str
    email: str | None


def invite(
    context: typer.Context,
    assessment: Annotated[str, typer.Argument(help="Id of a published assessment.")],
    name: Annotated[list[str] | None, typer.Option("--name", help="Name of a candidate; may be given again.")] = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="CSV file with a column `name` and, if you like, `email`.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address, with one --name.")] = None,
    expires_h: Annotated[float, typer.Option(min=0.01, help="Hours until the link expires.")] = 72.0,
    as_json: JsonOption = False,
) -> None:
    """Make an invitation link for each candidate. A link works once; only its recipient should see it."""
    people = _people(name or [], email, csv_file)
    made: list[dict[str, Any]] = []
    with invocation(context).service() as service:
        if len(people) == 1:
            made.append(_invite_one(service, assessment, people[0], expires_h))
        else:
            with progress("Inviting", len(people)) as advance:
                for person in people:
                    made.append(_invite_one(service, assessment, person, expires_h))
                    advance(person.name)
    if as_json:
        print_json(made)
    elif len(made) == 1:
        out().print(plain(made[0]["link"]))
        say(f"For {made[0]['name']}; works once, until {when(made[0]['expires_ms'])}.")
    else:
        print_table(
            "Invitations", ["Name", "Link", "Expires"], [(m["name"], m["link"], when(m["expires_ms"])) for m in made]
        )


def _invite_one(service: AdminClient, assessment: str, person: Person, expires_h: float) -> dict[str, Any]:
    body: dict[str, Any] = {
        "assessment": assessment,
        "candidate_name": person.name,
        "expires_in_s": round(expires_h * 3600),
    }
    if person.email:
        body["email"] = person.email
    return {"name": person.name, **service.post("invitations", json=body)}


def _people(names: list[str], email: str | None, csv_file: Path | None) -> list[Person]:
    if email and (len(names) != 1 or csv_file):
        raise BadInput("--email goes with exactly one --name; put several people into a file for --csv")
    people = [Person(name, email) for name in names] + (_from_csv(csv_file) if csv_file else [])
    if not people:
        raise BadInput("Nobody to invite; give --name NAME or --csv FILE")
    return people


def _from_csv(file: Path) -> list[Person]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file}: cannot be read as CSV ({error}); save it as UTF-8 with a header line") from error
    people = []
    for number, row in enumerate(rows, start=2):
        name = (row.get("name") or "").strip()
        if not name:
            raise BadInput(f"{file}: line {number} has no name; give the file a column `name` and fill it on each line")
        people.append(Person(name, (row.get("email") or "").strip() or None))
    return people


@staff_app.command("link")
def staff_link(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the member of staff.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")],
    as_json: JsonOption = False,
) -> None:
    """Make a sign-in link for a member of staff."""
    with invocation(context).service() as service:
        made = service.post("staff-links", json={"name": name, "role": role.value})
    if as_json:
        print_json(made)
        return
    out().print(plain(made["link"]))
    say(f"For {name}, {role.value}; whoever opens it first is signed in.")
