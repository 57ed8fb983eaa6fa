"""The log's head signed every hour, so that there is never much that nobody vouches for."""

from app.rounds import Turn
from app.services import certifying
from app.store import database


def sign(turn: Turn) -> None:
    origin = certifying.origin_of(turn.settings.base_url)
    with database.writing(turn.engine) as session:
        certifying.checkpoint(session, turn.settings.keys_dir, origin, turn.now)
