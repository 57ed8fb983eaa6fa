"""The log's head signed every hour, so that there is never much that nobody vouches for, and shown to the partners."""

from contextlib import closing
from functools import partial

from app.domain import zones
from app.rounds import Turn
from app.services import certifying, cosigning, exchanging, rotating
from app.services.calling import Line
from app.store import database

SECONDS = 20.0  # for all partners together


def sign(turn: Turn) -> None:
    origin = certifying.origin_of(turn.settings.base_url)
    with database.writing(turn.engine) as session:
        certifying.checkpoint(session, turn.settings.keys_dir, origin, turn.now)


def cosign(turn: Turn) -> None:
    """Signs what came since, shows it to all partners, and keeps their signatures. What went wrong with one is kept
    with it; raises the last such where not one could be reached."""
    settings = turn.settings
    zone = zones.zone(settings.zone)
    with database.reading(turn.engine) as session:
        partners = [row.zone for row in cosigning.partners(session)]
    if not partners or not zone or not settings.root_hints:
        return
    sign(turn)
    seed = certifying.signing_key(settings.keys_dir)
    with closing(turn.recursor()) as recursor:
        desk = exchanging.Desk(
            reading=partial(database.reading, turn.engine),
            writing=partial(database.writing, turn.engine),
            line=Line(
                zone,
                seed,
                turn.fetch,
                recursor.delegation,
                lambda: turn.now,
                renewed=partial(recursor.delegation, fresh=True),
            ),
            origin=certifying.origin_of(settings.base_url),
            own_keys=rotating.own_keys(settings.keys_dir),
        )
        told = exchanging.with_all(desk, partners, SECONDS)
    errors = [error for error in told.values() if error is not None]
    if len(errors) == len(partners):
        raise errors[-1]
