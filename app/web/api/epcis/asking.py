"""Events as a query in the address asks for them, a page at a time.

The token of a page carries its query: some clients go on with the token alone, others with the whole link.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any

import orjson
from flask import Response, request

from app.domain.epcis import queries
from app.errors import N_, Malformed
from app.services import querying
from app.web import edge
from app.web.api.epcis import answers, endpoint, paging, problems
from app.web.api.epcis.media import Wish

MARK = "~"  # between the query and the place in a token
LONGEST_PACKED = 1_500  # of a longer query its token carries nothing
Said = tuple[dict[str, str], dict[str, str]]  # parameters, namespaces of prefixes


class BadParameter(Malformed):
    exception = problems.QUERY_PARAMETER


def events_asked(wish: Wish, fixed: Mapping[str, Any]) -> Response:
    """The events that the address asks for, within `fixed`, which the path says and the query may not say again."""
    per_page, token = paging.asked()
    packed, mark, place = token.rpartition(MARK)
    parameters, namespaces = said = _said()
    if mark and not parameters:
        parameters, namespaces = said = _unpacked(packed)
    for name in fixed:
        if name in parameters:
            raise BadParameter(
                "parameter-in-path",
                N_("The path says {parameter} already."),
                N_("Leave it out of the query, or ask /epcis/events."),
                parameter=name,
            )
    query = queries.parse(parameters | dict(fixed), namespaces)
    with edge.reading() as session:
        page = querying.page_of(session, edge.actor(), query, place, per_page)
    following = f"{_packed(said)}{page.next_token}" if page.next_token else ""
    return paging.with_next(answers.events(page.events, wish), following)


def _said() -> Said:
    """A parameter given twice is a list, as if it had `|` between its values."""
    parameters = {
        name: "|".join(values)
        for name, values in request.args.lists()
        if name not in {paging.PER_PAGE, paging.TOKEN}
    }
    return parameters, endpoint.namespaces()


def _packed(said: Said) -> str:
    if not any(said):
        return ""
    text = urlsafe_b64encode(orjson.dumps(said)).decode().rstrip("=")
    return f"{text}{MARK}" if len(text) <= LONGEST_PACKED else ""


def _unpacked(text: str) -> Said:
    try:
        said = orjson.loads(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except (ValueError, Error) as error:
        raise paging.bad_token() from error
    match said:
        case [dict() as parameters, dict() as namespaces] if all(
            isinstance(value, str) for value in (*parameters.values(), *namespaces.values())
        ):
            return parameters, namespaces
    raise paging.bad_token()
