"""What the calls of the API share: one effect for a call sent twice, pages of a list, answers as JSON."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel

from app import jobqueue
from app.services import idempotency
from app.services.idempotency import Answer
from app.web import edge
from app.web.api.v1.models import Page

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
ID = "<int(max=9007199254740991):id>"  # in paths: larger numbers are nobody's, and no database takes them


@dataclass(frozen=True, slots=True)
class Made:
    """What a call did. `kept` is what a repeated call is told instead of `body`, where that holds a secret;
    `job_id` is a job to be started once its row is committed."""

    body: BaseModel
    status: int = 201
    kept: BaseModel | None = None
    job_id: str = ""


def idempotent(view: Callable[..., Made]) -> Callable[..., Response]:
    """Runs the view in one writing transaction, given as `session`; with an Idempotency-Key, once for all equal calls.

    Goes innermost. A call that was refused left nothing behind, so its key may be sent again.
    """

    @wraps(view)
    def once(**values: Any) -> Response:
        call = _call()
        with edge.writing() as session:
            if call and (earlier := idempotency.claim(session, call, edge.now())):
                return _replayed(earlier)
            made = view(session=session, **values)
            text = made.body.model_dump_json()
            if call:
                kept = made.kept.model_dump_json() if made.kept else text
                idempotency.keep(session, call, Answer(made.status, kept))
        if made.job_id:
            jobqueue.enqueue(edge.node().settings, made.job_id)
        return _json(text, made.status)

    once.idempotent = True  # type: ignore[attr-defined]
    return once


def prepared(prepare: Callable[..., Any]) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """For an idempotent view whose checks take long: `prepare` gets the view's arguments before the transaction that
    writes, and the view gets its value as `ready` instead. A repeated call is answered without either."""

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def both(**values: Any) -> Response:
            if call := _call():
                with edge.reading() as session:
                    if earlier := idempotency.answered(session, call, edge.now()):
                        return _replayed(earlier)
            return view(ready=prepare(**values))

        return both

    return decorate


def page(
    kind: type[Page[Any]], rows: Sequence[Any], following: str | int | None = None, **more: Any
) -> Response:
    """A page of a list, with the address of the next one in the Link header (RFC 8288) as well."""
    key = None if following in (None, "") else str(following)
    body = kind.model_validate({"items": rows, "next": key} | more)
    headers = {}
    if key:
        query = request.args.to_dict() | {"after": key}
        headers["Link"] = f'<{request.path}?{urlencode(query)}>; rel="next"'
    return _json(body.model_dump_json(), 200, headers)


def also(status: int, description: str, content: dict[str, dict[str, Any]]) -> Any:
    """For `blueprint.doc(responses=…)`: an answer that is no JSON, or another than `blueprint.output` says."""
    return {status: {"description": description, "content": content}}


def answer(body: BaseModel, status: int = 200) -> Response:
    return _json(body.model_dump_json(), status)


def nothing() -> Response:
    return Response(status=204)


def changes(sent: BaseModel) -> dict[str, Any]:
    """The fields that were sent; the others stay as they are."""
    return {name: getattr(sent, name) for name in sent.model_fields_set}


def _call() -> idempotency.Call | None:
    """This call, however its JSON is spaced and ordered; None when it carries no key."""
    key = request.headers.get(KEY_HEADER)
    if key is None:
        return None
    body = request.get_json(force=True) if request.get_data() else None
    query = sorted(request.args.items(multi=True))
    content = json.dumps([request.method, request.path, query, body], sort_keys=True).encode()
    return idempotency.call_of(edge.actor(), key, content)


def _replayed(earlier: Answer) -> Response:
    return _json(earlier.text, earlier.status, {REPLAYED_HEADER: "true"})


def _json(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, headers, mimetype="application/json")
