"""What a recursive node tells its clients: what others answer for, as the Handle API and as printed URLs have it.

The network is asked outside every transaction. What is remembered is answered in front of Flask (recursive_path).
"""

from collections.abc import Collection
from urllib.parse import urlsplit

import orjson
from flask import Response, render_template, request

from app.domain import handles, link_rules, negotiation
from app.domain.chains import VERIFIED
from app.domain.handles import Answer, answers
from app.domain.link_choice import HTML, JSON
from app.domain.resolution import RECORD
from app.errors import N_, Malformed
from app.services import resolving
from app.services.recursing import NoAnswer, Resolution, TooManyLookUps
from app.web import edge

TOO_MANY = 603  # response code of nodes in the field for whoever has had their share
LONGEST = 2_000  # characters of a handle that anybody is asked for
RETRY_SECONDS = "5"


def recurses() -> bool:
    return "recurse" in edge.node().capabilities


def is_ours(handle: str) -> bool:
    """Whether this very node is the one to say what there is."""
    if "answer" not in edge.node().capabilities:
        return False
    with edge.reading() as session:
        return resolving.serves(session, handle)


def answer(handle: str, indexes: Collection[int], types: Collection[str], *, fresh: bool) -> Answer:
    """To a GET of the Handle API. `fresh` asks from the root on, as `auth=true` wants it."""
    if len(handle) > LONGEST:
        return handles.missing(handle)
    try:
        found = edge.recursor().resolve(handle, fresh=fresh, client=request.remote_addr or "unknown")
    except NoAnswer as error:
        return answers.failure(504, 2, handle, error.english())
    except TooManyLookUps as error:
        return answers.failure(429, TOO_MANY, handle, error.english())
    return told(found, handle, indexes, types)


def told(
    found: Resolution, handle: str, indexes: Collection[int] = (), types: Collection[str] = ()
) -> Answer:
    """A suspended zone looks as if it were not there."""
    if found.outcome == RECORD and found.array is not None:
        return handles.found(handle, found.array, indexes, types)
    return handles.missing(handle)


def headers_of(status: int) -> dict[str, str]:
    return {"Retry-After": RETRY_SECONDS} if status in {429, 504} else {}


def explained(handle: str, *, fresh: bool) -> Resolution:
    """The whole way; raises TooManyLookUps, and Malformed for what is too long to be a name."""
    if len(handle) > LONGEST or not handle.isprintable():
        raise Malformed(
            "invalid-handle",
            N_("“{handle}” cannot be a handle."),
            N_("A handle is a prefix, a slash and a suffix; up to 255 printable characters in all."),
            handle="".join(letter if letter.isprintable() else "\ufffd" for letter in handle[:80]),
        )
    return edge.recursor().explain(handle, fresh=fresh, client=request.remote_addr or "unknown")


def words_of(found: Resolution) -> list[tuple[str, str]]:
    """Type and text of the values that are words."""
    values = orjson.loads(found.array) if found.array is not None else []
    return [(value["type"], text) for value in values if (text := _text(value))]


# --- printed URLs ---


def printed(handle: str) -> Response | None:
    """The answer at a printed URL for what another node answers for; None for what is ours or nowhere."""
    if not recurses() or len(handle) > LONGEST or is_ours(handle):
        return None
    found = edge.recursor().resolve(handle, client=request.remote_addr or "unknown")
    if found.outcome != RECORD or found.array is None:
        return None
    media = negotiation.media(request.headers.get("Accept", ""))
    if negotiation.names(media, JSON) > negotiation.quality(media, HTML):
        return Response(handles.found(handle, found.array).body, content_type=JSON)
    values = orjson.loads(found.array)
    link = next((url for value in values if (url := _leads_to(value))), "")
    if link and found.state == VERIFIED and not found.stale:
        return Response(b"", 307, {"Location": link, "Content-Type": "text/plain; charset=utf-8"})
    page = render_template(
        "public/elsewhere.html",
        found=found,
        link=link,
        host=urlsplit(link).netloc,
        words=words_of(found),
    )
    return Response(page, content_type="text/html; charset=utf-8")


def _leads_to(value: dict[str, object]) -> str:
    """Where a URL value leads, unless that is no web address or one that asks us again."""
    text = _text(value) if value["type"] == "URL" else ""
    try:
        address = link_rules.href(text) if text and "{" not in text else ""
    except Malformed:
        return ""
    root = edge.node().settings.base_url.rstrip("/").lower()
    return "" if address.lower().startswith(f"{root}/") else address


def _text(value: dict[str, object]) -> str:
    data = value["data"]
    text = data.get("value") if isinstance(data, dict) else None
    is_words = isinstance(text, str) and not str(value["type"]).startswith("HS_")
    return str(text) if is_words else ""
