"""Client of the service's API, with the credential of the person whose notebook this is.

The dashboards own no data and no other way to it: what the role of this token may not read, no dashboard shows.
Every failure becomes a `DashboardError` whose message can be shown as it is.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast
from urllib.parse import quote

import httpx

from nbassess_dashboards import errors
from nbassess_dashboards.api import Assessment, BundleFile, Cohort, Integrity, Record, Report, Sitting, Submission

API_URL_VARIABLE = "NBASSESS_API_URL"
TOKEN_VARIABLE = "JUPYTERHUB_API_TOKEN"  # noqa: S105  # the name of a variable, not a token
EVENTS_PER_PAGE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """All records of one sitting in the collector's order, and the head of its hash chain as the service states it."""

    sitting: str
    records: tuple[Record, ...]
    head: str


class Client:
    """Read the API of one nbassess service."""

    def __init__(
        self, api_url: str, token: str, *, timeout_s: float = 30.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Make a client; nothing is asked before the first call. `transport` replaces the network in tests."""
        self.api_url = api_url.rstrip("/")
        self._http = httpx.Client(
            base_url=self.api_url + "/",
            headers={"Authorization": f"token {token}", "Accept": "application/json"},
            timeout=timeout_s,
            transport=transport,
            trust_env=False,
        )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Make the client that the analyst's server has prepared. Raises: NotConfiguredError."""
        env = os.environ if environ is None else environ
        for name in (API_URL_VARIABLE, TOKEN_VARIABLE):
            if not env.get(name):
                raise errors.NotConfiguredError(
                    f"{name} is not set; open the dashboards from an analyst server started by nbassess, "
                    f"or set {API_URL_VARIABLE} and {TOKEN_VARIABLE} before this notebook starts"
                )
        return cls(env[API_URL_VARIABLE], env[TOKEN_VARIABLE])

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def assessments(self) -> list[Assessment]:
        """List the published assessments."""
        return cast("list[Assessment]", self._get("assessments", "the list of assessments", "assessments"))

    def sittings(self, assessment: str | None = None) -> list[Sitting]:
        """List sittings, all of them or those of one assessment."""
        params = {"assessment": assessment} if assessment else {}
        return cast("list[Sitting]", self._get("sittings", "the list of sittings", "sittings", params))

    def cohort(self, assessment: str, version: int | None = None) -> Cohort:
        """Fetch the sittings of one assessment version (the newest unless told) with their newest reports."""
        what = f"the cohort of assessment {assessment!r}"
        params = {} if version is None else {"version": str(version)}
        answer = self._get(f"cohorts/{quote(assessment, safe='')}", what, None, params)
        for key in ("assessment", "sittings", "reports"):
            if key not in answer:
                raise self._unexpected(what, key)
        return cast("Cohort", answer)

    def sitting(self, sitting: str) -> Sitting:
        """Fetch one sitting."""
        return cast("Sitting", self._get(_path(sitting), f"sitting {sitting!r}"))

    def report(self, sitting: str, version: int | None = None) -> Report | None:
        """Fetch the report of a sitting (the newest, or one version); None while it is not graded."""
        params = {} if version is None else {"version": str(version)}
        try:
            return cast(
                "Report", self._get(_path(sitting, "report"), f"the report of sitting {sitting!r}", None, params)
            )
        except errors.NotFoundError:
            return None

    def submission(self, sitting: str) -> Submission | None:
        """Fetch the documents that were graded; None before the sitting has ended."""
        try:
            answer = self._get(_path(sitting, "submission"), f"the submission of sitting {sitting!r}")
        except errors.NotFoundError:
            return None
        return cast("Submission", answer)

    def recording(self, sitting: str, *, page_size: int = EVENTS_PER_PAGE) -> Recording:
        """Fetch every record of a sitting, page by page."""
        records: list[Record] = []
        head = ""
        for page in self._event_pages(sitting, page_size):
            records += page["records"]
            head = str(page.get("head", head))
        return Recording(sitting=sitting, records=tuple(records), head=head)

    def events_after(self, sitting: str, after: int, *, limit: int = EVENTS_PER_PAGE) -> list[Record]:
        """Fetch the records that came after a position, one page of them at most."""
        what = f"what is new in sitting {sitting!r}"
        params = {"after": str(after), "limit": str(limit)}
        return cast("list[Record]", self._get(_path(sitting, "events"), what, "records", params))

    def integrity(self, sitting: str) -> Integrity | None:
        """Fetch what the service says about the recording's integrity; None where it says nothing."""
        try:
            return cast("Integrity", self._get(_path(sitting, "integrity"), f"the integrity of sitting {sitting!r}"))
        except errors.NotFoundError:
            return None

    def bundle(self, sitting: str) -> list[BundleFile]:
        """Fetch the files that the candidate was given. Raises: NotFoundError."""
        what = f"the data files of sitting {sitting!r}"
        return cast("list[BundleFile]", self._get(_path(sitting, "bundle"), what, "files"))

    def _event_pages(self, sitting: str, page_size: int) -> Iterator[dict[str, Any]]:
        """Walk the pages up to the end that the service names: pages may be smaller than asked for."""
        what = f"the recording of sitting {sitting!r}"
        after = 0
        while True:
            params = {"after": str(after), "limit": str(page_size)}
            page = self._get(_path(sitting, "events"), what, None, params)
            if "records" not in page:
                raise self._unexpected(what, "records")
            yield page
            if not page["records"]:
                return
            last = int(page["records"][-1]["position"])
            if last <= after:
                raise errors.ServiceFailedError(
                    f"{what}: the page after position {after} ends at position {last}; "
                    "tell the administrator that the events endpoint does not advance"
                )
            if last >= page.get("position", float("inf")):
                return
            after = last

    def _get(self, path: str, what: str, key: str | None = None, params: Mapping[str, str] | None = None) -> Any:
        try:
            response = self._http.get(path, params=dict(params or {}))
        except httpx.HTTPError as error:
            raise errors.ServiceUnreachableError(
                f"Could not load {what}: no answer from {self.api_url} ({type(error).__name__}); "
                "check that the service is running, then run this notebook again"
            ) from error
        if response.status_code != httpx.codes.OK:
            raise _refusal(response, what)
        try:
            answer = response.json()
        except ValueError as error:
            raise errors.ServiceFailedError(
                f"Could not load {what}: {self.api_url} answered with something that is not JSON; "
                f"check that {API_URL_VARIABLE} is the address of the service's API"
            ) from error
        if not isinstance(answer, dict) or (key and key not in answer):
            raise self._unexpected(what, key or "an object")
        return answer[key] if key else answer

    def _unexpected(self, what: str, missing: str) -> errors.ServiceFailedError:
        return errors.ServiceFailedError(
            f"Could not load {what}: the answer of {self.api_url} has no {missing!r}; "
            "the service and these dashboards are of different versions, install the same one for both"
        )


def _path(sitting: str, *rest: str) -> str:
    return "/".join(["sittings", quote(sitting, safe=""), *rest])


def _refusal(response: httpx.Response, what: str) -> errors.DashboardError:
    """Say what an HTTP error means for the person in front of the dashboard."""
    code, said = _error_of(response)
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return errors.CredentialRefusedError(
            f"Could not load {what}: the service does not know this server's token any more ({said}); "
            "sign in again through your staff link and restart the kernel"
        )
    if status == httpx.codes.FORBIDDEN:
        return errors.ScopeMissingError(
            f"Could not load {what}: your role does not allow it ({said}); "
            "ask an administrator for a role that has the scope named here"
        )
    if status == httpx.codes.NOT_FOUND:
        return errors.NotFoundError(
            f"Could not load {what}: it does not exist ({said}); pick another one from the list"
        )
    return errors.ServiceFailedError(
        f"Could not load {what}: the service answered {status} {code} ({said}); try again, "
        "and if it stays so give the administrator this message"
    )


def _error_of(response: httpx.Response) -> tuple[str, str]:
    """Read the one JSON error shape of the service, or make do with the status line."""
    try:
        error = response.json()["error"]
        return str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError):
        return "http_error", response.reason_phrase or f"HTTP {response.status_code}"
