"""Who this node is when it hands out zones: its own zone, its key, and how long its statements hold."""

from datetime import timedelta

from app.domain import zones
from app.services import certifying
from app.services.delegating import Issuer
from app.web import edge


def issuer() -> Issuer:
    node = edge.node()
    settings = node.settings
    return Issuer(
        zones.zone(settings.zone),
        certifying.signing_key(node.keys),
        timedelta(days=settings.delegation_days),
        timedelta(hours=settings.key_overlap_hours),
    )
