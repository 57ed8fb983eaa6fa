"""Every error as the reader should see it: a page for people, problem+json for programs, in the reader's language.

No stack trace, class name or SQL reaches a reader; what nobody foresaw is logged and told as one sentence.
"""

import time
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any

from apiflask import APIFlask
from flask import Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_datetime, format_decimal, gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from app.domain.masterdata import LEVELS, UNITS
from app.domain.people import ROLE_NAMES
from app.domain.steps import STEPS
from app.domain.templates import BadValues
from app.errors import N_, TraceError
from app.web.edge import NotSignedIn, node
from app.web.label_words import PROPERTIES
from app.web.security import MOST_TEXT, most_sent

PROBLEM = "application/problem+json"
# Clients of the Handle API look for the protocol's code in every answer (RFC 3652, 3.3): busy, not supported, error.
OF_HANDLES = ("/api/handles", "/api/sessions", "/api/site", "/hrls/handles")
RESPONSE_CODES = {503: 3, 429: 3, 405: 5}
MOST_TAKEN_IN = 128 * 1024 * 1024  # bytes of an upload that is refused for its size
LONGEST_TAKING_IN = 15.0  # s
RIGHT_NAMES = {
    "scan": N_("Scan"),
    "mint": N_("Mint identifiers"),
    "print": N_("Print labels"),
    "trace": N_("Trace"),
    "browse": N_("Items and lots"),
    "hold": N_("Holds"),
    "report": N_("Reports"),
    "master": N_("Master data"),
    "people": N_("People"),
    "audit": N_("Audit trail"),
    "void": N_("Void"),
}
NAMES: dict[str, Callable[[str], str]] = {
    "role": lambda value: ROLE_NAMES.get(value, value),
    "right": lambda value: RIGHT_NAMES.get(value, value),
    "step": lambda value: STEPS[value].title if value in STEPS else value,
    "level": lambda value: LEVELS.get(value, value),
    "unit": lambda value: UNITS.get(value, value),
    "given": lambda value: UNITS.get(value, value),  # a unit, too
    "property": lambda value: PROPERTIES.get(value, value),  # of an element of a label
    "reason": lambda value: value,  # part of a sentence, a msgid itself
}
MOMENTS = {"time", "last", "now", "earliest"}  # come as ISO 8601 where an answer was kept as JSON
TITLES = {
    400: N_("That cannot be used"),
    401: N_("Please sign in"),
    403: N_("Not allowed"),
    404: N_("Nothing here"),
    405: N_("Not possible here"),
    409: N_("Already there"),
    413: N_("Too large"),
    415: N_("Unknown kind of data"),
    422: N_("Not possible"),
    429: N_("Too many tries"),
    500: N_("Something went wrong here"),
    502: N_("Another node did not answer"),
    503: N_("Busy"),
}
SENTENCES = {
    400: ("bad-request", N_("The request could not be read."), N_("Go back, reload the page and try again.")),
    403: ("forbidden", N_("You may not do this."), N_("Ask an administrator of your organisation.")),
    404: (
        "not-found",
        N_("There is nothing at {path}, or you may not see it."),
        N_("Check the address, or search for the identifier."),
    ),
    405: ("method-not-allowed", N_("{method} does not work at {path}."), N_("Use one of: {allowed}.")),
    413: (
        "too-large",
        N_("What was sent is larger than {most} MB."),
        N_("Send a smaller file; a photo of the label alone is enough."),
    ),
    415: (
        "unsupported-media-type",
        N_("This kind of data cannot be read."),
        N_("Send JSON with Content-Type: application/json."),
    ),
    422: (
        "invalid-input",
        N_("Some values cannot be used."),
        N_("Correct the fields named and send it again."),
    ),
    429: ("too-many-requests", N_("Too many requests came from you."), N_("Wait a minute and try again.")),
    500: (
        "internal-error",
        N_("The mistake is ours, and it has been written down."),
        N_("Try again; if it happens again, tell your administrator when it did."),
    ),
    503: ("busy", N_("The node is busy."), N_("Try again in a moment.")),
}
UNREADABLE = (
    N_("What was sent could not be read."),
    N_("Send JSON in UTF-8, as the description of the API says."),
)
CSRF = TraceError(
    "stale-form",
    N_("This form was open for too long, or came from another page."),
    N_("Reload the page and send it again; nothing was changed."),
)


def register(app: APIFlask) -> None:
    app.register_error_handler(TraceError, _trace_error)
    app.register_error_handler(NotSignedIn, _not_signed_in)
    app.register_error_handler(CSRFError, lambda _: _answer(400, CSRF))
    app.register_error_handler(HTTPException, _http_error)


def translate_error(error: TraceError) -> tuple[str, str]:
    """Message and hint in the reader's language, with the values filled in afterwards."""
    values = {name: _value(name, value) for name, value in error.values.items()}
    return (
        gettext(error.message).format(**values),
        gettext(error.hint).format(**values) if error.hint else "",
    )


def sentence(template: str, values: Mapping[str, Any]) -> str:
    """The same for a sentence that is no error."""
    return str(gettext(template).format(**{name: _value(name, value) for name, value in values.items()}))


def wants_problem() -> bool:
    return request.path.startswith("/api/") or request.path.endswith(".json") or g.get("for_program", False)


def problem(status: int, error: TraceError, **more: Any) -> Response:
    """RFC 9457."""
    message, hint = translate_error(error)
    body: dict[str, Any] = {
        "type": f"urn:suyuan:problem:{error.code}",
        "title": title_of(status),
        "status": status,
        "detail": message,
        "hint": hint,
        "code": error.code,
    }
    if request.path.startswith(OF_HANDLES):
        body["responseCode"] = RESPONSE_CODES.get(status, 2)
    if isinstance(error, BadValues):
        body["errors"] = [_field_error(fault) for fault in error.faults]
    elif "field" in error.values:
        body["errors"] = [_field_error(error)]
    answer = jsonify(body | more)
    answer.status_code = status
    answer.content_type = PROBLEM
    return answer


def _field_error(error: TraceError) -> dict[str, str]:
    return {"field": str(error.values["field"]), "message": " ".join(translate_error(error)).strip()}


def title_of(status: int) -> str:
    return gettext(TITLES[status]) if status in TITLES else HTTPStatus(status).phrase


def _value(name: str, value: Any) -> str:
    if isinstance(value, datetime):
        return str(format_datetime(value))
    if isinstance(value, date):
        return str(format_date(value))
    if isinstance(value, Decimal | float) or (isinstance(value, int) and not isinstance(value, bool)):
        return _number(value)
    if name in NAMES:
        return str(gettext(NAMES[name](str(value)))) if value else ""
    return _moment(str(value)) if name in MOMENTS else str(value).removeprefix("hdl:")


def _number(value: Decimal | float) -> str:
    try:
        return str(format_decimal(value))
    except InvalidOperation:  # more digits than decimal arithmetic keeps: somebody is trying things out
        return str(value)[:40]


def _moment(text: str) -> str:
    try:
        return str(format_datetime(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):  # no moment, or one that another time zone's calendar does not have
        return text


def _answer(status: int, error: TraceError, headers: Mapping[str, str] | None = None) -> Response:
    if wants_problem():
        answer = problem(status, error)
    else:
        if status >= 500:
            g.setdefault("actor", None)  # a broken database must not break the page that says so
        message, hint = translate_error(error)
        page = render_template(
            "error.html", status=status, title=title_of(status), message=message, hint=hint
        )
        answer = current_app.make_response((page, status))
    answer.headers.update(headers or {})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _trace_error(error: TraceError) -> ResponseReturnValue:
    return _answer(error.http_status, error)


def _not_signed_in(error: NotSignedIn) -> ResponseReturnValue:
    if wants_problem():
        return _answer(401, error, {"WWW-Authenticate": "Bearer"})
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("sign_in.form", next=back if back != "/" else None))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if (
        error.response is not None or error.code is None or error.code < 400
    ):  # a redirect is an exception, too
        return error
    if error.code == 413:
        take_in_the_rest()
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Retry-After"}}
    return _answer(error.code, _sentence(error.code, headers.get("Allow", "")), headers)


def take_in_the_rest() -> None:
    """What is still being sent, within limits: who is cut off amid sending never reads why."""
    stream, left, end = request.environ["wsgi.input"], MOST_TAKEN_IN, time.monotonic() + LONGEST_TAKING_IN
    while left > 0 and time.monotonic() < end and (piece := stream.read(65_536)):
        left -= len(piece)


def _sentence(status: int, allowed: str) -> TraceError:
    code, message, hint = SENTENCES.get(status) or SENTENCES[400 if status < 500 else 500]
    if status == 400 and wants_problem():
        message, hint = UNREADABLE
    is_file = request.mimetype == "multipart/form-data"
    own = most_sent(current_app.view_functions.get(request.endpoint or ""), node().settings)
    most = own >> 20 if own else node().settings.max_upload_mb if is_file else MOST_TEXT >> 20
    return TraceError(
        code, message, hint, path=request.path, method=request.method, allowed=allowed, most=most
    )
