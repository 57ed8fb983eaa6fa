"""What showing our log to partners needs in a web process: transactions that threads may open, this node's line."""

from functools import partial

from app.errors import N_, Refused
from app.services import certifying, rotating
from app.services.exchanging import Desk
from app.store import database
from app.web import edge, partner_line


def desk() -> Desk:
    """Refused `no-network` for a node without zone or root hints."""
    node = edge.node()
    line = partner_line.line()
    if line is None:
        raise Refused(
            "no-network",
            N_("This node is not part of a network yet."),
            N_("Set ZONE and ROOT_HINTS, and register it with the node above."),
        )
    return Desk(
        reading=partial(database.reading, node.engine),
        writing=partial(database.writing, node.engine),
        line=line,
        origin=certifying.origin_of(node.settings.base_url),
        own_keys=rotating.own_keys(node.keys),
    )
