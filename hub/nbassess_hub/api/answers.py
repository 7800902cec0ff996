"""Turn every failure into the one error shape: JSON for programs, a page for people."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError
from starlette.exceptions import HTTPException

from nbassess_hub.errors import BadInput, HubError, NotFound
from nbassess_hub.rendering import error_page
from nbassess_hub.settings import SERVICE_PREFIX

log = logging.getLogger(__name__)

_SHOWN_PROBLEMS = 5


class AsciiJson(JSONResponse):
    """JSON in ASCII with escapes: half a surrogate pair, which anyone can type, has no UTF-8 form."""

    def render(self, content: object) -> bytes:
        """Write what the browser or the client reads back unchanged."""
        return json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")


def install_error_answers(app: FastAPI) -> None:
    """Make the application answer every failure in the one shape."""
    app.add_exception_handler(HubError, _hub_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(DBAPIError, _database_error)
    app.add_exception_handler(Exception, _unexpected)


def _hub_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    if error.http_status >= 500:
        log.warning("%s %s: %s", request.method, request.url.path, error.message)
    return _answer(request, error)


def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        {"where": ".".join(map(str, problem["loc"])), "problem": str(problem["msg"])}
        for problem in error.errors()[:_SHOWN_PROBLEMS]
    ]
    listed = "; ".join(f"{problem['where']}: {problem['problem']}" for problem in problems)
    message = f"This request does not have the documented shape ({listed}). See api/docs."
    return _answer(request, BadInput(message, code="bad_request", http_status=422, details={"problems": problems}))


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path = request.url.path
    if error.status_code == 404:
        return _answer(request, NotFound(f"There is nothing at {path!r:.200}. See api/docs for what there is."))
    if error.status_code == 405:
        message = f"{request.method} is not what {path!r:.200} takes. See api/docs."
        return _answer(request, BadInput(message, code="method_not_allowed", http_status=405), error.headers)
    message = f"{HTTPStatus(error.status_code).phrase}: {error.detail}"
    return _answer(request, BadInput(message, code="http_error", http_status=error.status_code), error.headers)


def _database_error(request: Request, error: Exception) -> Response:
    if isinstance(error, DataError):  # PostgreSQL takes no NUL in a text, wherever it came from
        message = "This request holds a character or a number that cannot be stored. Leave it out; see api/docs."
        return _answer(request, BadInput(message, code="not_storable"))
    log.error("%s %s: the database failed", request.method, request.url.path, exc_info=error)
    message = "The database cannot be used at the moment. Nothing acknowledged is lost; try again in a few seconds."
    return _answer(request, HubError(message, code="database_unavailable", http_status=503))


def _unexpected(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    message = "The service failed at this request; its log says why. Try again, then tell the operator."
    return _answer(request, HubError(message, code="internal"))


def _answer(request: Request, error: HubError, headers: Mapping[str, str] | None = None) -> Response:
    retry = {"Retry-After": str(error.details["retry_after_s"])} if "retry_after_s" in error.details else {}
    both = {**(headers or {}), **retry}
    wants_page = "text/html" in request.headers.get("Accept", "")
    if wants_page and not request.url.path.startswith(f"{SERVICE_PREFIX}api"):
        return error_page(request, error, both)
    return AsciiJson(error.as_json(), status_code=error.http_status, headers=both)
