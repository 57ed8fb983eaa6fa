"""This node's line to its partners' nodes, where it has a zone and root hints; a node without them asks nobody."""

from functools import partial

from flask import current_app

from app.domain import zones
from app.domain.delegations import Delegation
from app.domain.identifiers import Identifier, Key
from app.domain.provenance import Provenance
from app.errors import N_, Refused
from app.services import adopting, certifying, inquiring
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
    seed = certifying.signing_key(node.keys)  # which another process may have changed
    if made is None or made.seed != seed:
        known = edge.recursor().delegation
        made = Line(
            zones.zone(node.settings.zone),
            seed,
            node.fetch,
            known,
            node.now,
            renewed=partial(known, fresh=True),
        )
        current_app.extensions[KEPT] = made
    return made


def found(prefix: str) -> Delegation:
    """The company of a prefix as the network vouches for it. Malformed, Unknown, or Refused where this node is in no
    network."""
    zone = zones.zone(prefix)
    asked = line()
    if asked is None:
        raise Refused(
            "no-network",
            N_("This node is not part of a network yet."),
            N_("Set ZONE and ROOT_HINTS, and register it with the node above."),
            field="prefix",
        )
    return asked.delegation(zone)


def report(name: str | Identifier | Key) -> Provenance:
    """The trace of a thing over all companies, for who asks in this request."""
    return inquiring.report(
        edge.actor(), name, reading=edge.reading, writing=edge.writing, line=line(), now=edge.now()
    )


def take_in(request: ScanRequest) -> None:
    """Before a scan: what a partner has sent is asked for and taken in, where the scan is of such a thing. Raises
    PeerFailed when its node does not answer; the scan can be sent again."""
    asked, actor = line(), edge.actor()
    if asked is None or request.step != "receive" or actor.prefix != asked.zone:
        return
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
