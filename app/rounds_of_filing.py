"""Filing's periodic work: changes gathered and pushed upward every minute, the node's own measurements settled."""

import secrets
import time
from dataclasses import replace
from datetime import timedelta

from app.errors import N_, PeerFailed, TraceError
from app.rounds import Turn
from app.services import certifying, filing, filing_push, measuring
from app.services.filing_push import Above
from app.store import database

MOST_PUSHES = 200  # of one turn; the next goes on where this one ended
FORGOTTEN_AT_ONCE = 5_000  # changes that the node above has had for long
MOST_BATCHES = 50  # of things, of one turn


def settle(turn: Turn) -> None:
    """The busiest second, the minutes at work; addresses that need not be kept any more."""
    with database.writing(turn.engine) as session:
        measuring.settle(session, turn.now)
        measuring.forget(session, turn.now, turn.settings.retention_months)


def file(turn: Turn, *, everything: bool = False) -> None:
    """Each data set by its period, or all of them now; then what the node above has not got yet."""
    zone = turn.settings.zone
    if not zone and "delegate" not in turn.capabilities:
        return  # a node of its own, outside the network
    gather(turn, everything=everything)
    with database.reading(turn.engine) as session:
        above = filing_push.above(session, zone)
    if above is not None:
        push(turn, above)


def gather(turn: Turn, *, everything: bool = False) -> None:
    given = (turn.settings.zone, turn.capabilities, turn.settings.base_url)
    with database.writing(turn.engine) as session:
        filing.capture(session, filing.filer(session, *given), turn.now, everything=everything)
    for _ in range(MOST_BATCHES):
        with database.writing(turn.engine) as session:
            me = filing.filer(session, *given)
            if not filing.capture_things(session, me, turn.now, everything=everything):
                break


def push(turn: Turn, above: Above) -> None:
    """Call after call, each kept track of; raises what the node above, or the way there, has against it."""
    try:
        began, left = time.monotonic(), above
        for _ in range(
            MOST_PUSHES
        ):  # a call is signed for a few minutes only, and all of them may take longer
            passed = timedelta(seconds=time.monotonic() - began)
            told = _push_once(replace(turn, now=turn.now + passed), left)
            if told is None:
                break
            left = told
        _forget(turn, above.url)
    except TraceError as error:
        with database.writing(turn.engine) as session:
            filing_push.failed(session, above, error, turn.now)
        raise


def _forget(turn: Turn, url: str) -> None:
    """A part of it each turn, so that nobody waits for long."""
    with database.writing(turn.engine) as session:
        filing.forget(session, filing_push.acknowledged_by(session, url), turn.now, FORGOTTEN_AT_ONCE)


def _push_once(turn: Turn, above: Above) -> Above | None:
    """What is to be pushed next; None when the node above has all."""
    zone = turn.settings.zone
    with database.reading(turn.engine) as session:
        body = filing.push(session, above.seq)
    have = filing_push.send(
        turn.fetch, above, body, seed=certifying.signing_key(turn.settings.keys_dir), sender=zone,
        nonce=secrets.token_urlsafe(24), now=turn.now,
    )  # fmt: skip
    with database.writing(turn.engine) as session:
        me = filing.filer(session, zone, turn.capabilities, turn.settings.base_url)
        if filing.lost(session, have, body["newest"]):
            filing.begin_again(session, me, turn.now)
            return Above(above.zone, above.url, above.keys, 0)
        filing_push.acknowledged(session, above, me.stream, have, turn.now)
    if have == above.seq and body["items"]:
        raise PeerFailed(
            "filing-stuck",
            N_("The node at {url} takes nothing behind change {seq}."),
            N_("Ask the operator of that node."),
            url=above.url,
            seq=have,
        )
    return Above(above.zone, above.url, above.keys, have) if have < body["newest"] else None
