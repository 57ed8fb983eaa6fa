"""Processes that capture events until they are killed: `python -m tests.support.killed URL FILE KILLS SEED`.

Each kill is that of a process of its own, forked from this one, at a moment drawn by chance. What a process was told is
recorded it writes into the file at once, a line each: the id, or several with blanks between, of one transaction.
"""

import os
import random
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlmodel import col

from app.domain.people import Actor
from app.services.authenticating import actor_of_operator
from app.services.capturing_events import PROCEED, ROLLBACK, capture_prepared
from app.services.preparing import prepare
from app.store.database import engine_for, reading, writing
from app.store.tables import Operator
from app.web.group_commit import Group
from tests.support.events import aggregation, declaration, observed

LONGEST = 0.4  # seconds that a process is at work before it is killed
START = datetime(2026, 5, 1, tzinfo=UTC)


def main() -> None:
    url, path, kills, seed = sys.argv[1:]
    chance = random.Random(int(seed))
    acknowledged = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    prepare(
        [observed("urn:epc:id:sgtin:4012345.011111.0", START)], datetime.now(UTC)
    )  # loads the schema once
    for number in range(int(kills)):
        ready, at_work = os.pipe()
        child = os.fork()
        if child == 0:
            _capture(url, acknowledged, at_work, number)
        os.close(at_work)
        os.read(ready, 1)
        os.close(ready)
        time.sleep(chance.uniform(0, LONGEST))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _capture(url: str, acknowledged: int, at_work: int, number: int) -> None:
    engine = engine_for(url)
    with reading(engine) as session:
        operator = session.execute(select(col(Operator.id)).where(col(Operator.login) == "ana")).scalar_one()
        actor = actor_of_operator(session, operator or 0)
    group = Group(engine, lambda: datetime.now(UTC))
    os.write(at_work, b".")
    for line in range(3):
        threading.Thread(target=_singles, args=(group, actor, acknowledged, number * 10 + line)).start()
    for turn in count():
        events = [
            observed(f"urn:epc:id:sgtin:4012345.{number:06d}.{turn * 10 + n}", START, bizStep="commissioning")
            for n in range(10)
        ]
        prepared = prepare(events, datetime.now(UTC))
        behaviour = ROLLBACK if turn % 2 else PROCEED
        with writing(engine) as session:
            outcomes = capture_prepared(session, actor, prepared, datetime.now(UTC), behaviour)
        _acknowledge(acknowledged, [outcome.event_id for outcome in outcomes])


def _singles(group: Group, actor: Actor, acknowledged: int, line: int) -> None:
    """In and out of a pallet of its own; every fifth event comes late, every seventh is withdrawn."""
    pallet = f"urn:epc:id:sscc:4012345.{line:010d}"
    for turn in count():
        moment = START + timedelta(seconds=turn if turn % 5 else turn - 3)
        packed = aggregation(pallet, moment, [f"urn:epc:id:sgtin:4012345.{line:06d}.9{turn // 2}"])
        packed |= {"action": "DELETE" if turn % 2 else "ADD"}
        for event in (packed, declaration(packed, moment)) if turn % 7 == 6 else (packed,):
            (prepared,) = prepare([event], datetime.now(UTC))
            outcome = group.capture(actor, prepared)
            if outcome.seq is None:
                raise RuntimeError(str(outcome.problem))
            _acknowledge(acknowledged, [outcome.event_id])


def _acknowledge(file: int, ids: list[str]) -> None:
    os.write(file, (" ".join(ids) + "\n").encode())


if __name__ == "__main__":
    main()
