"""Reading the change logs of the other nodes that hold our zone: every minute, a sister at a time, page after page."""

import logging
import secrets

from app.errors import PeerFailed, TraceError
from app.rounds import Turn
from app.services import certifying, meshing
from app.services.meshing import Merged, Standing
from app.store import database

log = logging.getLogger(__name__)
MOST_PAGES = 100  # of one sister in one turn; the next turn goes on where this one ended


def pull(turn: Turn) -> None:
    """Raises the last failure when no sister could be read at all; each one's own is kept with her."""
    ours = standing(turn)
    if ours is None:
        return
    errors: list[TraceError] = []
    for url in ours.sisters:
        try:
            pull_from(turn, ours, url)
        except TraceError as error:
            errors.append(error)
            _note(turn, url, error)
    if errors and len(errors) == len(ours.sisters):
        raise errors[-1]


def standing(turn: Turn) -> Standing | None:
    with database.reading(turn.engine) as session:
        return meshing.standing(session, turn.settings.zone, turn.settings.base_url, turn.now)


def pull_from(turn: Turn, ours: Standing, url: str) -> Merged:
    """Everything one sister has that we have not, each page in a transaction of its own."""
    seed = certifying.signing_key(turn.settings.keys_dir)
    new = refused = 0
    merged = Merged()
    for _ in range(MOST_PAGES):
        with database.reading(turn.engine) as session:
            wanted = meshing.wanted(session, ours, url)
        page, key_id = meshing.asked(
            turn.fetch, url, ours, wanted, seed=seed, nonce=secrets.token_hex(16), now=turn.now
        )
        with database.writing(turn.engine) as session:
            merged = meshing.merge(session, ours, url, wanted, page, key_id, turn.now)
        new, refused = new + merged.new, refused + merged.refused
        if not merged.more:
            break
    return Merged(new, refused, merged.more)


def _note(turn: Turn, url: str, error: TraceError) -> None:
    if not isinstance(error, PeerFailed):  # unreachable is weather; this is a fault of somebody's
        log.warning("mesh %s: %s", url, error.english())
    with database.writing(turn.engine) as session:
        meshing.failed(session, url, error, turn.now)
