"""Answers in the form the client wants: lists of names, JSON objects, and events as a query document."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from flask import Response

from app.domain.epcis import CONTEXT, contexts, documents
from app.domain.epcis.translating import Lengths, link_of, translated, urn_of
from app.services import company_prefixes
from app.web import edge
from app.web.api.epcis import media, xml_bodies
from app.web.api.epcis.media import Wish

STANDARD_CONTEXT = CONTEXT[0]
EXTENSIONS = "GS1-Extensions"
LONGEST_EXTENSIONS = 2_000  # characters of a header
SIMPLE = "SimpleEventQuery"


def collection(members: Sequence[str], wish: Wish) -> Response:
    if wish.is_xml:
        return Response(xml_bodies.collection(list(members)), content_type=wish.media_type)
    return data({"@context": STANDARD_CONTEXT, "type": "Collection", "member": list(members)}, wish)


def names(kind: str, members: Sequence[str], wish: Wish) -> Response:
    """A collection of identifiers, spelt as the client wants them; two spellings of one name are one."""
    turn: Callable[[str], str] = str
    if wish.epc_format == media.DIGITAL_LINK:
        turn = link_of
    elif wish.epc_format == media.URN:
        with edge.reading() as session:
            turn = partial(urn_of, lengths=company_prefixes.of_names(session, edge.actor(), kind, members))
    return _said(collection(list(dict.fromkeys(map(turn, members))), wish), wish)


def _lengths(found: Sequence[Mapping[str, Any]], wish: Wish) -> Lengths | None:
    if wish.epc_format != media.URN:
        return None
    with edge.reading() as session:
        return company_prefixes.known(session, found)


def data(body: Mapping[str, Any] | Sequence[Any], wish: Wish, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, content_type=wish.media_type)


def events(
    found: Sequence[Mapping[str, Any]], wish: Wish, *, query_name: str = SIMPLE, status: int = 200
) -> Response:
    """A query document of the events."""
    lengths = _lengths(found, wish)
    spelt = [translated(each, wish.epc_format, lengths) for each in found]
    document = documents.to_document(spelt, created=edge.now(), query_name=query_name)
    if wish.is_xml:
        from app.domain.epcis.xml_writing import to_xml  # late: most answers are JSON

        body = to_xml(document, wish.cbv_format)
        response = Response(body, status, content_type=f"{wish.media_type}; charset=utf-8")
        response.headers[media.CBV_HEADER] = wish.cbv_format
    else:
        response = data(document, wish, status)
    if told := _extensions(document["@context"]):
        response.headers[EXTENSIONS] = told
    return _said(response, wish)


def one_event(event: Mapping[str, Any], event_id: str, wish: Wish, status: int) -> Response:
    """An event that was captured alone, with its id: bare in JSON; XML has no form for that but the document."""
    told = documents.recorded(event, event_id, edge.now())
    if wish.is_xml:
        return events([told], wish, status=status)
    context, (plain,) = contexts.hoisted([translated(told, wish.epc_format, _lengths([told], wish))])
    return _said(data({"@context": context} | plain, wish, status), wish)


def _said(response: Response, wish: Wish) -> Response:
    response.headers[media.EPC_HEADER] = wish.epc_format
    return response


def _extensions(context: Any) -> str:
    """The prefixes that the document explains, as the header has them; those that do not fit are in the document."""
    told, length = [], 0
    for prefix, namespace in contexts.defined(context).items():
        text = f"{prefix}={namespace}"
        length += len(text) + 2
        if text.isascii() and text.isprintable() and length < LONGEST_EXTENSIONS:
            told.append(text)
    return ", ".join(told)
