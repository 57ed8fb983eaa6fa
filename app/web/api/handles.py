"""The Handle HTTP API at /api/handles: answers, status codes and headers as the reference server gives them.

Not here: sessions and the site (handle_sessions), who asks (handle_auth), the rules themselves (domain.handles).
"""

from collections.abc import Iterable

import orjson
from flask import Blueprint, Response, request
from werkzeug.routing import PathConverter

from app.domain import handles
from app.domain.handles import Answer, HandleError, answers, refused, trust
from app.errors import N_, TraceError
from app.services import answering, certifying, handle_keys, handle_listing, registering, resolving
from app.web import edge, recursion
from app.web.api import handle_auth
from app.web.api.handle_auth import SessionEnded, Unproven
from app.web.errors import take_in_the_rest

blueprint = Blueprint("handles", __name__)

PATH = "/api/handles/<handle:handle>"
PAGE_SIZE = 10_000  # handles of one page, also where a client asks for all of them
FALSE = frozenset({"false", "no", "0", "off"})
# our other refusals -> response code of the protocol, HTTP status
OTHERS = {
    "quota-used-up": (604, 403),
    "range-used-up": (604, 403),
    "range-closed": (604, 403),
    "prefix-not-yours": (400, 403),
    "prefix-inactive": (401, 403),
    "name-reserved": (401, 403),
    "too-many-attempts": (3, 429),
    "busy": (3, 503),
    "disk-full": (2, 503),
    "database-away": (3, 503),
}


class HandleConverter(PathConverter):
    """The rest of the path, whatever it is; what no handle can be is for the rules to say."""

    regex = r"(?s:[^/].*?)"  # werkzeug looks for the slash in it to know that it may match one


@blueprint.get(PATH)
@edge.own_credentials
def show(handle: str) -> Response:
    indexes, types = _numbers(request.args.getlist("index")), request.args.getlist("type")
    who = handle_auth.who()
    with edge.reading() as session:
        answer = resolving.answer_of(
            session,
            handle,
            base_url=edge.node().settings.base_url,
            indexes=indexes,
            types=types,
            who=None if _flag("publicOnly", default=False) else who,
        )
    if recursion.recurses() and not recursion.is_ours(handle) and answer.status == 400:
        return elsewhere(handle)
    return answered(_certified(answer, handle) if _flag("cert", default=False) else answer)


@blueprint.put(PATH)
@edge.own_credentials
def register(handle: str) -> Response:
    who = handle_auth.required()
    node = edge.node()
    values = handle_keys.guarded(
        handles.parse_body(_body()),
        node.keys,
        sealed=node.settings.handle_sealed_secrets,
        fast=node.settings.fast_hash,
    )
    with edge.writing() as session:
        done = registering.put(
            session,
            who,
            handle,
            values,
            overwrite=_flag("overwrite", default=True),
            indexes=_indexes(),
            mint_suffix=_flag("mintNewSuffix", default=False),
            now=edge.now(),
            base_url=node.settings.base_url,
        )
    registering.confirm(node.engine)
    return answered(answers.failure(201 if done.new else 200, 1, done.handle))


@blueprint.delete(PATH)
@edge.own_credentials
def remove(handle: str) -> Response:
    who = handle_auth.required()
    indexes = _numbers(request.args.getlist("index"))
    with edge.writing() as session:
        registering.delete(session, who, handle, indexes=indexes, now=edge.now())
    registering.confirm(edge.node().engine)
    return answered(answers.failure(200, 1, handle))


@blueprint.get("/api/handles", strict_slashes=False)
@edge.own_credentials
def listed() -> Response:
    """The handles under a prefix, in the order of their keys; `pageSize` 0 gives their number alone."""
    who = handle_auth.required()
    prefix = request.args.get("prefix", "")
    page, size = (
        _number(request.args.get(name), standard) for name, standard in (("page", 0), ("pageSize", -1))
    )
    limit = PAGE_SIZE if size < 0 else min(size, PAGE_SIZE)
    with edge.reading() as session:
        total, found = handle_listing.page(session, who, prefix, max(page, 0) * limit, limit)
    body = {
        "responseCode": 1,
        "prefix": prefix,
        "totalCount": str(total),  # a string: the reference server's, so clients expect it
        "page": page,
        "pageSize": size,
        "handles": found,
    }
    return answered(Answer(200, orjson.dumps(body)))


@blueprint.get("/hrls/handles", strict_slashes=False)
@edge.own_credentials
def searched() -> Response:
    """Reverse look-up: the handles with all of these values, `?URL=https://…&LOT=7*`, as a list."""
    who = handle_auth.required()
    wanted = {
        name: value for name, value in request.args.items() if name not in {"limit", "callback", "pretty"}
    }
    limit = min(max(_number(request.args.get("limit"), 1_000), 1), PAGE_SIZE)
    if not wanted:
        raise refused("bad-handle-body", reason=N_("no value is named"))
    with edge.reading() as session:
        found = handle_listing.with_values(session, who, wanted, limit)
    return answered(Answer(200, orjson.dumps(found)))


def elsewhere(handle: str) -> Response:
    """What other nodes say, where this one recurses."""
    indexes, types = _numbers(request.args.getlist("index")), request.args.getlist("type")
    answer = recursion.answer(handle, indexes, types, fresh=_flag("auth", default=False))
    response = answered(answer)
    response.headers.update(recursion.headers_of(answer.status))
    return response


def _certified(answer: Answer, handle: str) -> Answer:
    node = edge.node()
    zone = answering.zone_of(node.settings.zone, node.capabilities)
    return trust.signed_answer(answer, handle, zone, certifying.signing_key(node.keys), edge.now())


# --- what goes in ---


def _body() -> bytes:
    """At most a message of the protocol; a larger one is taken in, so that who sends it reads why it is refused."""
    if (request.content_length or 0) > handles.MOST_BYTES:
        take_in_the_rest()
        raise refused("handle-body-too-large", most=handles.MOST_BYTES)
    body = request.get_data(cache=False)
    if len(body) > handles.MOST_BYTES:  # in pieces of unknown number
        raise refused("handle-body-too-large", most=handles.MOST_BYTES)
    return body


def _indexes() -> registering.Indexes:
    texts = request.args.getlist("index")
    if "various" in texts:
        return "various"
    return frozenset(_numbers(texts)) or None


def _numbers(texts: Iterable[str]) -> list[int]:
    return [_number(text, 0) for text in texts]


def _number(text: str | None, standard: int) -> int:
    if text is None:
        return standard
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 11):
        raise refused("bad-handle-body", reason=N_("a number in the address is no number"))
    return int(text)


def _flag(name: str, *, default: bool) -> bool:
    """`?overwrite`, `?overwrite=true`."""
    found = request.args.get(name)
    return default if found is None else found.lower() not in FALSE


# --- what comes out ---


def answered(answer: Answer) -> Response:
    callback = request.args.get("callback", "") if request.method == "GET" else ""
    if callback and not answers.is_callback(callback):
        answer, callback = answers.unreadable("the name of the callback is no name of JavaScript"), ""
    dressed = answers.dressed(answer, pretty=_flag("pretty", default=False), callback=callback)
    return Response(dressed.body, dressed.status, content_type=dressed.content_type)


def _asked_for() -> str:
    return str((request.view_args or {}).get("handle") or request.args.get("prefix", ""))


@blueprint.errorhandler(TraceError)
def refusal(error: TraceError) -> Response:
    if isinstance(error, HandleError):
        return answered(answers.refusal(error, _asked_for()))
    code, status = OTHERS.get(error.code, (2, error.http_status))
    answer = answered(answers.failure(status, code, _asked_for(), error.message.format(**error.values)))
    if status in {429, 503}:
        answer.headers["Retry-After"] = "60"
    return answer


@blueprint.errorhandler(Unproven)
def unproven(error: Unproven) -> Response:
    """401 with both ways to prove oneself; 403 where no way would do, since anybody could listen."""
    if not handle_auth.is_secure():
        return answered(answers.failure(403, 402, _asked_for()))
    answer = (
        Response(b"", 401) if error.reason else answered(answers.failure(401, 402, _asked_for()))
    )  # without a body after a failed try, as the reference server
    challenge_with(answer, error.reason)
    return answer


@blueprint.errorhandler(SessionEnded)
def ended(_error: SessionEnded) -> Response:
    return answered(answers.failure(403, 402, _asked_for()))


def challenge_with(answer: Response, reason: str = "") -> None:
    new = handle_auth.challenge()
    told = f', error="{reason}"' if reason else ""
    answer.headers.add("WWW-Authenticate", 'Basic realm="handle"')
    answer.headers.add(
        "WWW-Authenticate", f'Handle sessionId="{new.session_id}", nonce="{new.nonce_text}"{told}'
    )
