"""Reading the change logs of the other nodes that hold our zone: every minute, a sister at a time, page after page; and
stating anew what a replaced key of this node had signed."""

import logging
import secrets
from datetime import timedelta

from app.domain.trust import public_key_of
from app.errors import PeerFailed, TraceError
from app.rounds import Turn
from app.services import certifying, meshing, rotating
from app.services.meshing import Merged, Standing
from app.store import database

log = logging.getLogger(__name__)
MOST_PAGES = 100  # of one sister in one turn; the next turn goes on where this one ended
AT_ONCE = 300  # statements in one transaction
OVERLAP = timedelta(
    days=30
)  # for which a replaced key may still be on statements: longer than any overlap of keys


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


def restate(turn: Turn) -> None:
    """After this node's key was replaced: what it had stated of zones below is stated anew with the present key, before
    the old one counts no more. Waits until the parent has stated the present key; the root has no parent."""
    now, seed = turn.now, certifying.signing_key(turn.settings.keys_dir)
    lately = [each.key for each in rotating.former(turn.settings.keys_dir) if now - each.left < OVERLAP]
    if not lately:
        return
    if turn.settings.zone:
        ours = standing(turn)
        if ours is None or public_key_of(seed) not in ours.keys:
            return
    for key in lately:
        more = True
        while more:
            with database.writing(turn.engine) as session:
                more = bool(meshing.restate(session, key.key_id, seed, now, AT_ONCE))


def forget(turn: Turn) -> None:
    """What was replaced long ago goes from the log of changes, or it would grow for ever with each renewal."""
    gone = AT_ONCE
    while gone == AT_ONCE:
        with database.writing(turn.engine) as session:
            gone = meshing.forget(session, turn.now, AT_ONCE)


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
