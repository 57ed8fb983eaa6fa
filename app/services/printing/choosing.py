"""Which things a run prints: looked up before it is asked for, and taken so that nobody else prints the same."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session

from app.domain import identifiers
from app.domain.people import Actor
from app.errors import N_, Conflict, Unknown
from app.services.capturing import unknown_identifier
from app.services.contents import check_printable, contents_of_things
from app.services.printing.asked import What, check_quantity
from app.store import browsing, database, items
from app.store import printing as rows
from app.store.printing import Earlier, Wanted
from app.store.tables import PrintRun, Thing
from labels.fields import Content

AT_ONCE = 2_000  # labels that get their rows in one transaction, for which others wait


def chosen(session: Session, actor: Actor, what: What) -> list[str]:
    """The epcs of things that exist already, in the order of printing: of names or of a batch.

    Raises Unknown for what is not the actor's own, Refused for what is void and for more than a run may have.
    """
    actor.require("print")
    if what.epcs:
        epcs = list(dict.fromkeys(what.epcs))
        check_printable(own_things(session, actor, epcs))
        return epcs
    if what.batch is None:
        return []
    found = _of_batch(session, actor, what)
    check_quantity(len(found))
    return found


def own_things(session: Session, actor: Actor, epcs: Sequence[str]) -> list[Thing]:
    """Raises Unknown for the first that is not the organisation's: a refusal looks like absence."""
    things = items.of_epcs(session, epcs)
    for epc in epcs:
        if epc not in things or things[epc].organisation_id != actor.organisation_id:
            raise unknown_identifier(epc)
    return [things[epc] for epc in epcs]


def _of_batch(session: Session, actor: Actor, what: What) -> list[str]:
    """A batch is of one mint; the limit is on what is wanted of it, so that a large one can be printed part by part."""
    first, last = what.batch or (0, -1)
    count = browsing.count_minted(session, actor.organisation_id, first, last)
    if not count:
        raise Unknown("unknown-batch", N_("There is no such batch."), N_("Choose one from the list."))
    wanted = min(what.count or count, max(count - what.first + 1, 0))
    check_quantity(wanted)
    return rows.epcs_minted(session, actor.organisation_id, first, last)[what.first - 1 :][:wanted]


def preview(
    session: Session, actor: Actor, what: What, base_url: str, language: str, most: int = 1
) -> tuple[int, list[Content]]:
    """How many things get a label, and what stands on the first. Of blanks and tables nothing is there to be shown."""
    actor.require("print")
    if what.blanks or what.upload:
        return what.blanks, []
    epcs = chosen(session, actor, what)
    things = own_things(session, actor, epcs[:most])
    return len(epcs), contents_of_things(session, things, base_url, language)


def printed_before(session: Session, actor: Actor, what: What) -> Earlier | None:
    """Whether labels of these were printed before, or are being printed now: by whom and when."""
    return rows.earlier(session, chosen(session, actor, what))


def refuse_printed(session: Session, epcs: Sequence[str], but: int | None = None) -> None:
    """Raises Conflict `already-printed`, with who did and when."""
    if before := rows.earlier(session, epcs, but):
        raise already_printed(before, len(epcs))


def already_printed(before: Earlier, of: int) -> Conflict:
    return Conflict(
        "already-printed",
        N_("{name} printed {count} of these {of} labels already, at {time} (run {run})."),
        N_(
            "Say why they are printed again, and it is a reprint; or print only those that have no label yet."
        ),
        name=before.operator,
        count=before.labels,
        of=of,
        time=before.moment.isoformat(timespec="minutes").replace("+00:00", "Z"),
        run=before.run_id,
        field="reprint",
    )


def wanted_of(epcs: Sequence[str], copies: int) -> Iterator[Wanted]:
    """One label a thing, or several alike that follow each other."""
    return (Wanted(epc, twin) for epc in epcs for twin in range(1, copies + 1))


def take(session: Session, run: PrintRun, wanted: Sequence[Wanted]) -> None:
    """The next labels of the run get their rows. Raises Conflict `already-printed` where somebody was faster."""
    try:
        with session.begin_nested():
            again = bool(run.reason)
            rows.insert_pieces(session, run.id or 0, run.taken + 1, wanted, again=again)
    except database.Taken:
        refuse_printed(session, [each.epc for each in wanted], but=run.id)
        raise  # nobody else has them: a label stands twice in one run
    run.taken += len(wanted)
    if run.taken == len(wanted):
        run.first_name = name_of(wanted[0].epc)
    run.last_name = name_of(wanted[-1].epc)
    session.add(run)
    session.flush()


def name_of(epc: str) -> str:
    return str(identifiers.from_epc(epc))


def source_of(what: What) -> dict[str, Any]:
    """What of it the job needs, as JSON."""
    if what.batch is not None:
        return {"batch": list(what.batch), "first": what.first, "count": what.count}
    if what.blanks:
        return {"blanks": what.blanks}
    if what.upload:
        return {"upload": what.upload, "mapping": list(what.mapping), "product": what.product}
    return {"epcs": list(what.epcs)}


def what_in(source: dict[str, Any]) -> What:
    batch = source.get("batch")
    return What(
        epcs=tuple(source.get("epcs", ())),
        batch=(int(batch[0]), int(batch[1])) if batch else None,
        first=int(source.get("first", 1)),
        count=int(source.get("count", 0)),
        blanks=int(source.get("blanks", 0)),
        upload=str(source.get("upload", "")),
        mapping=tuple(source.get("mapping", ())),
        product=str(source.get("product", "")),
    )
