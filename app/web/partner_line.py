"""This node's line to its partners' nodes, where it has a zone and root hints; a node without them asks nobody."""

from flask import current_app

from app.domain.identifiers import Identifier, Key
from app.domain.provenance import Provenance
from app.errors import Refused
from app.services import adopting, certifying, reporting
from app.services.calling import Line
from app.services.scan_events import ScanRequest
from app.web import edge

KEPT = "suyuan-line"


def line() -> Line | None:
    """One for the process. Never to be used inside a transaction."""
    node = edge.node()
    if not node.settings.zone or not node.settings.root_hints:
        return None
    made: Line | None = current_app.extensions.get(KEPT)
    if made is None:
        found = Line(
            node.settings.zone,
            certifying.signing_key(node.keys),
            node.fetch,
            edge.recursor().delegation,
            node.now,
        )
        made = current_app.extensions.setdefault(KEPT, found)
    return made


def report(name: str | Identifier | Key) -> Provenance:
    """The trace of a thing over all companies, for who asks in this request."""
    return reporting.report(
        edge.actor(), name, reading=edge.reading, writing=edge.writing, line=line(), now=edge.now()
    )


def take_in(request: ScanRequest) -> None:
    """Before a scan: what a partner has sent is asked for and taken in, where the scan is of such a thing. Raises
    PeerFailed when its node does not answer; the scan can be sent again."""
    asked = line()
    if asked is None or request.step != "receive":
        return
    actor = edge.actor()
    with edge.reading() as session:
        wanted = adopting.wanted(session, actor, request)
    if wanted is None:
        return
    refused: Refused | None = None
    taken = False
    for notice in adopting.fetch(asked, wanted):
        try:
            with edge.writing() as session:
                taken = adopting.adopt(session, actor, notice, request.event_time, edge.now()) or taken
        except Refused as error:
            refused = refused or error
    if refused is not None and not taken:
        raise refused
