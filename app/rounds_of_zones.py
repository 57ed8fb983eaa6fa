"""What a node does for zones by itself: renews its statements on those below, and looks how its own stands above."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

from app.domain import zones
from app.domain.trust import PublicKey
from app.rounds import Turn
from app.services import attaching, certifying, delegating, joining, rotating
from app.services.joining import Heard, Own
from app.services.recursing import hints
from app.settings import Settings
from app.store import database

KEPT_DOCUMENTS = timedelta(days=180)  # of what was refused or withdrawn


def renew(turn: Turn) -> None:
    """In transactions of at most MOST_RENEWED statements each, until none is left."""
    settings = turn.settings
    issuer = delegating.Issuer(
        zones.zone(settings.zone),
        certifying.signing_key(settings.keys_dir),
        timedelta(days=settings.delegation_days),
        timedelta(hours=settings.key_overlap_hours),
    )
    renewed = delegating.MOST_RENEWED
    while renewed == delegating.MOST_RENEWED:
        with database.writing(turn.engine) as session:
            renewed = delegating.renew(session, issuer, turn.now)
    with database.writing(turn.engine) as session:
        attaching.forget_documents(session, turn.now - KEPT_DOCUMENTS)


def refresh(turn: Turn) -> None:
    """Fetches what the node above says of our zone, where we ever applied. Raises what kept us from it."""
    settings = turn.settings
    zone = zones.zone(settings.zone)
    with database.reading(turn.engine) as session:
        row = joining.known(session, zone) if zone else None
    if row is None or row.state in {"left", "refused", "withdrawn", "ended"}:
        return
    own = own_of(settings)
    keep(turn, own, row.parent_url, joining.look(turn.fetch, row.parent_url, zone, row.follow))


def keep(turn: Turn, own: Own, parent_url: str, heard: Heard) -> None:
    """What the node above says of our zone, verified as far as this node can; its key follows where it was replaced."""
    keys, keys_dir = parent_keys(turn, own), turn.settings.keys_dir
    with database.writing(turn.engine) as session:
        row = joining.take_in(session, own, parent_url, heard, keys, turn.now)
        follows = joining.took_next_key(row, rotating.next_key(keys_dir))
    if follows:
        rotating.swap(keys_dir, turn.now)


def own_of(settings: Settings) -> Own:
    seed = certifying.signing_key(settings.keys_dir)
    return Own(zones.zone(settings.zone), seed, settings.base_url.rstrip("/"), settings.handle_port)


def parent_keys(turn: Turn, own: Own) -> Sequence[PublicKey]:
    """With which the node above signs; none where this node knows no root to verify them from."""
    if not turn.settings.root_hints:
        return ()
    if own.parent == zones.ROOT:
        return hints.read(turn.settings.root_hints).keys
    with closing(turn.recursor()) as recursor:
        return recursor.keys_of(own.parent)
