"""Jobs of a recall that take long: finding what it reaches, stopping thousands of things, asking partners' nodes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from app.jobkinds import line_of
from app.jobrunner import Work
from app.services import recalling
from app.services.recalling import partners, stopping
from app.store import database


def trace(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall. Reads in one snapshot, writes in one transaction; cancelled, nothing is written."""
    now = datetime.now(UTC)
    with database.reading(work.engine) as session:
        found = recalling.gather(session, work.actor, parameters["recall"], now, progress=work.progress)
    with database.writing(work.engine) as session:
        work.still_mine(session)
        recalling.keep(session, work.actor, parameters["recall"], found, datetime.now(UTC))
    return _written(work, {"things": len(found.items), "seconds": round(found.seconds, 3)})


def hold(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall, reason. In parts; what was stopped when it is cancelled stays stopped."""
    return _in_parts(work, parameters, "held", stopping.hold_some, stopping.to_hold)


def release(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall, reason. In parts; what is not released yet when it is cancelled stays on hold."""
    return _in_parts(work, parameters, "released", stopping.release_some, stopping.to_release)


def _in_parts(
    work: Work,
    parameters: dict[str, Any],
    action: str,
    some: Callable[..., stopping.Part],
    count: Callable[..., int],
) -> Path:
    recall_id, reason = parameters["recall"], parameters["reason"]
    with database.reading(work.engine) as session:
        total = count(session, work.actor, recall_id)
    done = skipped = 0
    after = ""
    try:
        while True:
            with database.writing(work.engine) as session:
                work.still_mine(session)
                part = some(session, work.actor, recall_id, reason, datetime.now(UTC), after)
            done, skipped, after = done + part.done, skipped + part.skipped, part.after
            work.progress(done + skipped, max(total, done + skipped))
            if not after:
                break
    finally:  # cancelled or not, it is on record what was done
        with database.writing(work.engine) as session:
            stopping.finish(session, work.actor, recall_id, action, reason, done, datetime.now(UTC))
    return _written(work, {action: done, "skipped": skipped})


def ask(work: Work, parameters: dict[str, Any]) -> Path:
    """Parameters: recall."""
    told = partners.ask(
        work.actor,
        parameters["recall"],
        reading=lambda: database.reading(work.engine),
        writing=lambda: database.writing(work.engine),
        line=line_of(work.settings, work.engine),
        now=datetime.now(UTC),
        progress=work.progress,
    )
    with database.writing(work.engine) as session:
        work.still_mine(session)
        partners.keep(session, work.actor, parameters["recall"], told, datetime.now(UTC))
    return _written(work, {"asked": len(told.sources), "seconds": round(told.seconds, 3)})


def _written(work: Work, told: dict[str, Any]) -> Path:
    path = work.folder / "recall.json"
    path.write_bytes(orjson.dumps(told))
    return path
