"""Every node gets its zone as anybody does: it applies at the node above, signed with its own key; a reviewer there
approves; its next round fetches the statement, verifies it from the root down and keeps it.
"""

import secrets
from datetime import UTC, datetime, timedelta

from app import rounds_of_zones
from app.network.nodes import Network, Node
from app.network.plan import ENTERPRISE, NATIONAL, SECOND
from app.services import joining, reviewing
from app.services.delegating import Issuer
from app.store import applications, database

VERIFICATION = "registry"


def register_all(network: Network) -> None:
    """From the top down, since a node has to be in force before it hands out zones. Those who share the root's zone
    fetch their statement when it names all of them."""
    for level in (NATIONAL, SECOND, ENTERPRISE):
        for plan in level:
            apply(network[plan.key], network[plan.above[0]], network)
        for plan in level:
            network.turn(plan.key, "own-zone")
        for plan in NATIONAL:  # what one of them has approved, all of them answer
            network.turn(plan.key, "mesh-pull")


def apply(child: Node, parent: Node, network: Network) -> None:
    """One node, from its application to its approval."""
    own = rounds_of_zones.own_of(child.settings)
    now = datetime.now(UTC)
    first = next(node for node in network if node.plan.zone == child.plan.zone)
    signed = joining.application(
        own, child.plan.subject, secrets.token_urlsafe(24), now, share=first is not child
    )
    sent = joining.send_application(network.fetch, parent.url, signed)
    with database.writing(child.engine) as session:
        joining.began(session, own, parent.url, sent, now)
    _approve(parent, own.zone)


def _approve(parent: Node, zone: str) -> None:
    now = datetime.now(UTC)
    with database.writing(parent.engine) as session:
        (waiting,) = applications.of_zone(session, zone, {"submitted"}, {"join", "share"})
        reviewing.take(session, parent.actor, waiting.id or 0, now)
        reviewing.approve(
            session, parent.actor, issuer_of(parent), waiting.id or 0, now, verification=VERIFICATION
        )


def issuer_of(node: Node) -> Issuer:
    settings = node.settings
    overlap = timedelta(hours=settings.key_overlap_hours)
    return Issuer(node.plan.zone, node.seed, timedelta(days=settings.delegation_days), overlap)
