"""Errors as EPCIS 2.0 has them: RFC 9457 with the standard's types, as JSON or XML. The sentences are ours."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import orjson
from flask import Response, g, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.domain.epcis.faults import Fault
from app.errors import N_, Forbidden, Malformed, TraceError, Unknown
from app.web import edge
from app.web.api.epcis import limits, media, xml_bodies
from app.web.errors import SENTENCES, take_in_the_rest, title_of, translate_error

PREFIX = "epcisException:"
VALIDATION, SECURITY = "ValidationException", "SecurityException"
QUERY_PARAMETER, SUBSCRIPTION = "QueryParameterException", "SubscriptionControlsException"
IMPLEMENTATION = "ImplementationException"
BY_STATUS = {
    401: SECURITY,
    403: SECURITY,
    404: "NoSuchNameException",
    406: "NotAcceptableException",
    409: "ResourceAlreadyExistsException",
    413: "CaptureLimitExceededException",
    414: "URITooLongException",
    415: "UnsupportedMediaTypeException",
}
EXISTS = {"event-differs", "event-exists"}
MOST_FAULTS = 100  # named in one answer
TITLES = {406: N_("Not to be had like that"), 414: N_("The address is too long"), 501: N_("Not done here")}
JSON, XML = "application/problem+json", "application/problem+xml"


class Invalid(Malformed):
    """What was sent is not what EPCIS 2.0 asks for; `faults` say where, at most MOST_FAULTS are told."""

    faults: Sequence[Fault] = ()


def invalid(faults: Sequence[Fault]) -> Invalid:
    first = faults[0]
    error = Invalid(
        "invalid-event",
        N_("The event cannot be taken: at “{path}” {fault}"),
        N_("Correct it and send it again; nothing was recorded."),
        path=first.path or "/",
        fault=first.english(),
    )
    error.faults = faults
    return error


class TooLong(TraceError):
    http_status = 414


class TooLarge(TraceError):
    http_status = 413


class NotOffered(TraceError):
    http_status = 501


class KeyWanted(TraceError):
    http_status = 401

    def __init__(self) -> None:
        super().__init__(
            "not-signed-in",
            N_("Who asks is not known: there is no key, or it is not valid any more."),
            N_("Send a personal API key: Authorization: Bearer sy_…"),
        )


class WrongMethod(TraceError):
    http_status = 405

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(*SENTENCES[405], method=method, path=request.path, allowed=allowed)
        self.allowed = allowed


def answer(error: TraceError, status: int = 0) -> Response:
    """The problem as an answer, with the headers that go with it; `status` where it is not the error's own."""
    status = status or status_of(error)
    body = body_of(error, status)
    if media.prefers_xml(request.headers.get("Accept", "")):
        response = Response(xml_bodies.problem(body), status, content_type=XML)
    else:
        response = Response(orjson.dumps(body), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 413:
        response.headers.update(limits.headers())
    if isinstance(error, media.UnknownPacking):
        response.headers["Accept-Encoding"] = "gzip"
    if isinstance(error, WrongMethod):
        response.headers["Allow"] = error.allowed
    if status in {429, 503}:
        response.headers["Retry-After"] = "60" if status == 429 else "1"
    return response


def status_of(error: TraceError) -> int:
    """The standard knows no 422: what is understood and refused is 400 with a type that says so."""
    return 400 if error.http_status == 422 else error.http_status


def body_of(error: TraceError, status: int) -> dict[str, Any]:
    """One problem; a job has them in a list."""
    message, hint = translate_error(error)
    body: dict[str, Any] = {
        "type": f"{PREFIX}{type_of(error, status)}",
        "title": gettext(TITLES[status]) if status in TITLES else title_of(status),
        "status": status,
        "detail": message,
        "code": error.code,
    }
    if hint:
        body["hint"] = hint
    if faults := list(_faults(getattr(error, "faults", ()))):
        body["errors"] = faults
    return body


def type_of(error: TraceError, status: int) -> str:
    """The exception of the standard: the error's own where it names one, else by status and by what was asked."""
    if own := getattr(error, "exception", ""):
        return str(own)
    return BY_STATUS.get(status) or (g.get("epcis_invalid", VALIDATION) if status == 400 else IMPLEMENTATION)


def _faults(faults: Iterable[Fault]) -> Iterable[dict[str, str]]:
    for fault in islice(faults, MOST_FAULTS):
        yield {"field": fault.path, "message": " ".join(translate_error(fault.error())).strip()}


def without_token() -> TraceError:
    """Whoever shows nothing at all is told to sign in; a cookie alone changes nothing."""
    if edge.visitor() is None:
        return KeyWanted()
    return Forbidden(
        "cookie-alone",
        N_("A browser's cookie alone changes nothing here."),
        N_("Send the page's token in X-CSRFToken, or a key in Authorization."),
    )


def of_flask(error: HTTPException) -> Response | HTTPException:
    """What Flask refuses by itself, and what nobody foresaw."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    if isinstance(error, RequestEntityTooLarge):
        take_in_the_rest()
        return answer(too_large_body())
    code, message, hint = SENTENCES.get(status) or SENTENCES[400 if status < 500 else 500]
    told = TraceError(code, message, hint, path=request.path, method=request.method, allowed="", most=0)
    told.http_status = status
    return answer(told)


def too_large_body() -> TooLarge:
    return TooLarge(
        "capture-too-large",
        N_("What was sent is larger than {most} bytes."),
        N_("Send it in parts; OPTIONS says how large they may be."),
        most=limits.bytes_taken(),
    )


def nothing_here() -> Unknown:
    return Unknown(*SENTENCES[404], path=request.path)
