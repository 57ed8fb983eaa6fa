"""Where a thing came from, where it went, who had it and what was found: the provenance of anything, for one reader.

Closed by default: what the reader may not see is absent from every list, total and depth.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.domain import genealogy
from app.domain.genealogy import Window
from app.domain.identifiers import Identifier, Key
from app.domain.people import Actor
from app.domain.provenance import Custody, Holding, LogPosition, Node, Provenance, Record
from app.services import describing
from app.services.tracing import custody, gaps, picture, records, sight
from app.services.tracing.document import document
from app.services.tracing.naming import Names
from app.services.tracing.picture import Picture
from app.services.tracing.searching import Found, Row, search
from app.services.tracing.sight import Sight
from app.store import items, lineage, walks
from app.store.lineage import MentionRow
from app.store.tables import Balance

__all__ = ["Found", "Row", "document", "search", "trace"]


def trace(
    session: Session, actor: Actor, name: str | Identifier | Key, *, now: datetime, limit: int = walks.LIMIT
) -> Provenance:
    """All that `actor` may know of a thing. Raises Malformed, and Unknown whether it is not there or hidden.

    At most fourteen statements, however long the chain; at most `limit` things each way, then `truncated`.
    """
    actor.require("trace")
    found = sight.find(session, actor, name, limit)
    names = Names(found.organisations)
    drawn = picture.draw(found, names, actor)
    mentions = lineage.mentions_of(session, found.seen)
    lines, wrong, left_out = _lines(session, found, drawn, mentions, actor)
    balances = lineage.balances_of(session, [key for key in found.seen if found.things[key].level == "lot"])
    names.load_sites(session, records.places_in(lines) | {row.site for row in balances})
    rows = {key: found.things[key] for key in found.seen}
    told = records.Telling(found.subject, rows, names, actor, found.sharing).records(lines, mentions)
    holdings, spans = _whereabouts(found, told, mentions, balances, names, actor)
    subject = next(node for node in drawn.nodes if node.id == found.subject)
    evidence = gaps.Evidence(
        found.subject, rows, drawn.nodes, drawn.links, found.ties, gaps.evidence_by_thing(mentions), told,
        wrong, balances, actor, names,
    )  # fmt: skip
    return Provenance(
        subject=subject,
        nodes=drawn.nodes,
        links=drawn.links,
        records=tuple(told),
        custody=spans,
        holdings=holdings,
        gaps=gaps.gaps_of(evidence),
        log=_log_position(session, told),
        as_of=now,
        container=_container(found, drawn),
        truncated=found.truncated or left_out,
        **_values(session, found, actor),
    )


def _values(session: Session, found: Sight, actor: Actor) -> dict[str, Any]:
    """What the thing was minted with, as far as it is meant for the reader: who may trace it is a partner at least."""
    epc = found.things[found.subject].epc
    things = items.of_epcs(session, [epc]).values()
    described = describing.described(session, things, actor, partner=True).get(epc)
    if described is None:
        return {}
    return {
        "template": described.template,
        "template_version": described.version,
        "values": described.shown,
    }


def _lines(
    session: Session, found: Sight, drawn: Picture, mentions: Sequence[MentionRow], actor: Actor
) -> tuple[list[records.Line], frozenset[int], bool]:
    """The lines to show; which of all entries are withdrawn or withdraw another; whether some were left out."""
    carriers = _carriers(found)
    seqs, left_out = records.choose(mentions, found.subject, carriers, found.astray, found.ties, drawn.depth)
    minted = found.things[found.subject].minted_seq
    parsed = records.read(lineage.entries_of(session, {*seqs, minted}))
    about: dict[int, list[int]] = {minted: [found.subject]}
    for row in mentions:
        about.setdefault(row.seq, []).append(row.thing_id)
    seen = sight.seen_lines(parsed, about, found, actor)
    taken_back = records.withdrawn(parsed)
    wrong = frozenset(
        line.entry.seq for line in parsed if line.event.error_declaration or line.entry.event_id in taken_back
    )
    return seen, wrong, left_out


def _carriers(found: Sight) -> Mapping[int, Sequence[Window]]:
    """What the subject was in or built into, and when: what was done with that was done with the subject.
    A lot that was built in is used up and goes nowhere any more."""
    of_lot = found.things[found.subject].level == "lot"
    kinds = {"packed"} if of_lot else genealogy.CONTAINING
    ties = [tie for tie in found.down.ties if tie.kind in kinds and not tie.mistaken]
    windows = genealogy.reach(ties, found.subject, "down").windows
    return {key: windows[key] for key in windows if key != found.subject and key in found.seen}


def _whereabouts(
    found: Sight,
    told: list[Record],
    mentions: list[MentionRow],
    balances: list[Balance],
    names: Names,
    actor: Actor,
) -> tuple[tuple[Holding, ...], tuple[Custody, ...]]:
    history = custody.concerning(told, mentions, found.subject, _carriers(found))
    if found.things[found.subject].level != "lot":
        return (), custody.custody_of_item(history)
    own = [row for row in balances if row.thing_id == found.subject]
    holdings = custody.holdings_of(own, actor, names)
    return holdings, custody.custody_of_lot(history, holdings)


def _container(found: Sight, drawn: Picture) -> Node | None:
    if found.things[found.subject].level == "lot":
        return None  # its parts may be in several; each holding names its own
    outer = picture.outermost(found, found.down.ties, found.subject)
    return next((node for node in drawn.nodes if node.id == outer), None) if outer != found.subject else None


def _log_position(session: Session, told: Sequence[Record]) -> LogPosition:
    size, root, checkpoint = lineage.log_position(session)
    return LogPosition(
        size=size,
        root=root.hex(),
        checkpoint=checkpoint.note if checkpoint else "",
        checkpoint_size=checkpoint.size if checkpoint else 0,
        last_seq=max((record.seq for record in told), default=-1),
    )
