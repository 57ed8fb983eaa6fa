"""A report joined with what partners told: the parts put together, and who had the subject worked out anew from all."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain import joining
from app.domain.disclosed import Disclosed
from app.domain.genealogy import CONTAINING
from app.domain.provenance import Custody, Link, Provenance, Record, Source
from app.services.tracing import custody


def joined(start: Provenance, told: Sequence[Disclosed], sources: Sequence[Source]) -> Provenance:
    """`start` as it is when nobody else had anything to say."""
    if not sources:
        return start
    whole = joining.join(start, told, sources)
    if all(record.zone == "" for record in whole.records):
        return whole
    return replace(whole, custody=_custody(whole))


def _custody(whole: Provenance) -> tuple[Custody, ...]:
    subject = whole.subject
    boxes = set() if subject.level == "lot" else _around(whole.links, subject.id)
    history = [
        (record, "input" if record.step == "consume" else "object")
        for record in whole.records
        if not record.corrected and not record.corrects and record.step not in custody.NOWHERE
        if subject.id in record.node_ids
        or (record.step in custody.WITH_CONTAINER and boxes & set(record.node_ids))
    ]
    if subject.level == "lot":
        return custody.custody_of_lot(history, whole.holdings)
    return custody.custody_of_item([(record, role) for record, role in history if _moves(record, subject.id)])


def _moves(record: Record, subject: int) -> bool:
    """What was built into it, or checked on it, happened where it was."""
    return record.step != "adopt" and (subject in record.node_ids or record.step in custody.WITH_CONTAINER)


def _around(links: Iterable[Link], start: int) -> set[int]:
    """Everything it was packed or built into, at whatever time."""
    near: dict[int, list[int]] = {}
    for link in links:
        if link.kind in CONTAINING and not link.corrected:
            near.setdefault(link.source, []).append(link.target)
    found: set[int] = set()
    queue = [start]
    while queue:
        for outer in near.get(queue.pop(), ()):
            if outer not in found:
                found.add(outer)
                queue.append(outer)
    return found
