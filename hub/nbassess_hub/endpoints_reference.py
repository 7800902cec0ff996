"""The reference page of the endpoints, read off their table."""

from collections.abc import Iterable

from nbassess_hub.endpoints import API, PAGES, Endpoint
from nbassess_hub.settings import SERVICE_PREFIX

_ERRORS = """## Errors

Every failure has one shape, whatever the address and the status:

```json
{"error": {"code": "gap", "message": "what, which, what next", "details": {"expected_seq": 7}}}
```

A browser that asks for a page (`Accept: text/html`) outside `api/` gets the same message as a page.

| Status | Codes | What a sender does |
|---|---|---|
| 400, 422 | `bad_batch`, `bad_request`, `bad_input`, `bad_archive`, `foreign_form` | correct the request |
| 401 | `not_authenticated`, `not_signed_in` | get a new token; open the link |
| 403 | `forbidden`, `wrong_sitting`, `not_synthetic` | nothing: it is not allowed |
| 404 | `not_found`, `link_unknown`, `not_submitted` | check the id |
| 409 | `gap` | send from `details.expected_seq` |
| 409 | `sitting_ended` | stop: the events are kept apart |
| 409 | `not_sealed` | ask for another format, or after the end of the sitting |
| 409 | `sitting_not_started`, `not_running`, `version_taken`, `name_taken` | see the message |
| 410 | `link_altered`, `link_expired`, `link_used`, `link_replaced`, `ticket_unusable` | ask for a new link |
| 413 | `too_large`, `recording_full` | send less at once |
| 429 | `too_many_requests` | wait as `Retry-After` says, send the same again |
| 503 | `hub_down`, `unavailable`, `database_unavailable` | send the same again later |
"""


def endpoints_page() -> str:
    """Return docs/reference/endpoints.md."""
    lines = [
        "<!-- Written by `python -m nbassess_hub.reference` from nbassess_hub/endpoints.py; edit it there. -->",
        "",
        "# Endpoints",
        "",
        f"All paths are below `{SERVICE_PREFIX}`. An endpoint exists because it has a row in this table, and a row",
        "names who may call it. A running service shows the parameters and bodies at `api/docs`.",
        "",
        "Tokens go into the header `Authorization: token <token>`. A notebook server uses its own token, the command",
        "line the administrator's. A browser session is a cookie that only pages accept; forms carry their own token.",
        "",
        "## API",
        "",
        *_table(API),
        "",
        "## Pages",
        "",
        *_table(PAGES),
        "",
        _ERRORS,
    ]
    return "\n".join(lines).rstrip() + "\n"


def _table(rows: Iterable[Endpoint]) -> list[str]:
    head = ["| Method | Path | Who | What |", "|---|---|---|---|"]
    return head + [f"| {row.method} | `{row.path or '(root)'}` | {row.access} | {row.about} |" for row in rows]
