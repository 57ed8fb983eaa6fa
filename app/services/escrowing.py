"""What a copy in escrow is made of, and an empty database filled from one. Files and ciphers are app.escrow's."""

from collections.abc import Iterable, Iterator
from datetime import datetime

import orjson
from sqlmodel import Session

from app.domain import escrow
from app.domain.escrow import ROUTES, Line
from app.services import exporting, rebuilding
from app.store import escrow as rows
from app.store.tables import EscrowCopy

DELEGATION, MEMBERSHIP = ROUTES


def lines(session: Session, verifier_key: str, now: datetime) -> Iterator[Line]:
    """The whole of the node's business: an export of its log, the zones it handed out, the one it was given. Neither
    people nor keys. `session` should be a snapshot."""
    for text in exporting.export(session, verifier_key, now):
        yield escrow.line(text)
    for kind, values in rows.routes(session):
        yield Line(kind, orjson.dumps({"kind": kind} | values).decode())


def restore(session: Session, copied: Iterable[Line], verifier_key: str) -> rebuilding.Rebuilt:
    """Into an empty database, every hash and signature of the log checked on the way; raises as `rebuild` does."""
    routes: list[Line] = []

    def of_log() -> Iterator[str]:
        for each in copied:
            if each.kind in ROUTES:
                routes.append(each)
            else:
                yield each.text

    rebuilt = rebuilding.rebuild(session, of_log(), verifier_key=verifier_key)
    for each in routes:
        rows.restore_route(session, each.kind, orjson.loads(each.text))
    return rebuilt


def note(session: Session, copy: EscrowCopy) -> None:
    rows.add(session, copy)


def newest(session: Session, kind: str = "") -> EscrowCopy | None:
    return rows.newest(session, kind)


def names(session: Session, limit: int) -> list[str]:
    """Identifiers that the node answers for, for a drill: some records and some things."""
    return rows.names(session, limit)
