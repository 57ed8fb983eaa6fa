"""The suffix patterns of products: set by their owners, shown with examples and what can be said of their names."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import patterns
from app.domain.people import Actor
from app.errors import N_, Conflict
from app.services import auditing, masterdata
from app.services.naming import DAY_OF
from app.store import counters
from app.store import masterdata as rows
from app.store.tables import Product

EXAMPLES = 3
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Preview:
    """What a pattern makes. `probability` that `count` names of one lot and day repeat, were they not drawn again;
    `most` how many a counter can tell apart within its scope."""

    text: str
    examples: tuple[str, ...]
    random_bits: float
    guessable: bool
    count: int
    probability: float
    most: int | None
    scope: str
    needs: tuple[str, ...]


def preview(
    text: str,
    *,
    tracing: str,
    now: datetime,
    part: str = "",
    lot: str = "",
    count: int = MANY,
    first: int = 1,
) -> Preview:
    """Raises Malformed `bad-pattern` with the position of what is wrong. Counts nothing and mints nothing."""
    pattern = patterns.parse(text, tracing=tracing)
    values = {
        "lot": lot or "L-0042",
        "part": part or "PART-1",
        "date": now.astimezone(DAY_OF).date().isoformat(),
    }
    room = EXAMPLES if pattern.most is None else max(1, min(EXAMPLES, pattern.most - first))
    data = secrets.token_bytes(patterns.bytes_needed(pattern, room))
    return Preview(
        text=pattern.text,
        examples=tuple(dict.fromkeys(patterns.generate(pattern, room, data, first, values))),
        random_bits=pattern.random_bits,
        guessable=pattern.guessable,
        count=count,
        probability=patterns.collision_probability(pattern, count),
        most=pattern.most,
        scope=pattern.counter.scope if pattern.counter else "",
        needs=tuple(sorted(pattern.needs)),
    )


def preview_for(
    session: Session,
    actor: Actor,
    product_id: int,
    text: str,
    now: datetime,
    *,
    lot: str = "",
    count: int = MANY,
) -> Preview:
    """For one product of the actor's company: its part number, its tracing, where its counter stands."""
    actor.require("browse")
    product = masterdata.product_of(session, actor, product_id)
    first = counters.peek(session, product_id, "")
    return preview(
        text, tracing=product.tracing, now=now, part=product.part_number, lot=lot, count=count, first=first
    )


def set_pattern(session: Session, actor: Actor, product_id: int, text: str, now: datetime) -> Product:
    """'' for 16 random characters again. Names that exist stay; a counter goes on where it stands."""
    actor.require("master")
    product = masterdata.product_of(session, actor, product_id)
    text = text.strip()
    if text:
        pattern = patterns.parse(text, tracing=product.tracing)
        text = pattern.text
        told_apart = "part" in pattern.needs or pattern.random_bits >= patterns.GUESSABLE
        if not told_apart and (
            other := rows.product_with_pattern(session, actor.organisation_id, text, product_id)
        ):
            raise Conflict(
                "pattern-in-use",
                N_("{part_number} has the same pattern; the names of both would be the same."),
                N_("Add {word} or some fixed text to one of them."),
                part_number=other.part_number,
                word="{part}",
                field="pattern",
            )
    product.pattern = text
    session.flush()
    auditing.record(session, actor, "product-changed", now, subject=product.part_number, detail=text or "—")
    return product
