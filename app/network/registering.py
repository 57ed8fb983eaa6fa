"""Every node gets its zone as anybody does: it applies at the node above, signed with its own key; a reviewer there
approves; its next round fetches the statement, verifies it from the root down and keeps it.
"""

import secrets
from datetime import UTC, datetime

from app import rounds_of_zones
from app.demo.companies import PASSWORD
from app.network.nodes import Network, Node
from app.network.plan import ENTERPRISE, NATIONAL, SECOND
from app.network.visiting import Visitor, expect
from app.services import joining
from app.store import applications, database

VERIFICATION = "registry"


class Reviewers:
    """The reviewers of all nodes that hand out zones, each signed in once, deciding on the pages as people do."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._visitors: dict[str, Visitor] = {}

    def approve(self, key: str, zone: str, kinds: set[str]) -> None:
        """The one application of these kinds that waits for this zone."""
        node = self.network[key]
        with database.reading(node.engine) as session:
            (waiting,) = applications.of_zone(session, zone, {"submitted"}, kinds)
        visitor = self._visitor(key)
        path = f"/applications/{waiting.id}"
        expect(visitor.get(path), 200, f"reading the application of {zone} at {key}")
        expect(visitor.send(f"{path}/take", {}), 303, f"taking the application of {zone}")
        form = {"step": "approve", "zone": zone, "verification": VERIFICATION}
        expect(visitor.send(f"{path}/decide", form), 303, f"approving {zone}")

    def change(self, key: str, zone: str, step: str, reason: str) -> None:
        """Suspends a zone, or takes another step with it."""
        visitor = self._visitor(key)
        expect(visitor.get(f"/zones/{zone}"), 200, f"reading {zone} at {key}")
        expect(visitor.send(f"/zones/{zone}/{step}", {"reason": reason}), 303, f"{step} of {zone}")

    def _visitor(self, key: str) -> Visitor:
        if key not in self._visitors:
            node = self.network[key]
            self._visitors[key] = node.visitor(node.plan.administrator.login, PASSWORD)
        return self._visitors[key]


def register_all(network: Network) -> Reviewers:
    """From the top down, since a node has to be in force before it hands out zones. Those who share the root's zone
    fetch their statement when it names all of them."""
    reviewers = Reviewers(network)
    for level in (NATIONAL, SECOND, ENTERPRISE):
        for plan in level:
            apply(network[plan.key], network[plan.above[0]], network)
            reviewers.approve(plan.above[0], plan.zone, {"join", "share"})
        for plan in level:
            network.turn(plan.key, "own-zone")
        for plan in NATIONAL:  # what one of them has approved, all of them answer
            network.turn(plan.key, "mesh-pull")
    return reviewers


def apply(child: Node, parent: Node, network: Network) -> None:
    """One node applies at the one above, and keeps what it needs to follow its application."""
    own = rounds_of_zones.own_of(child.settings)
    now = datetime.now(UTC)
    first = next(node for node in network if node.plan.zone == child.plan.zone)
    signed = joining.application(
        own, child.plan.subject, secrets.token_urlsafe(24), now, share=first is not child
    )
    sent = joining.send_application(network.fetch, parent.url, signed)
    with database.writing(child.engine) as session:
        joining.began(session, own, parent.url, sent, now, child.plan.subject)
