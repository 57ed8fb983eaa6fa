"""What a provenance adds up to: who supplied, who bought, how far back each input is, what is held, what is late.

Derived from the value alone, so the cover, the tables and the summary of a report cannot disagree.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

from app.domain.provenance import Link, Node, Party, Provenance, Record

LATE = timedelta(hours=24)  # between what happened and its recording; more is worth a word to an auditor
_MADE = ("commission", "produce", "assemble")


@dataclass(frozen=True)
class Facts:
    """`origins` are the inputs that nothing visible went into.

    `upstream` and `downstream` tell how many steps it is to each thing.
    """

    provenance: Provenance

    @cached_property
    def nodes(self) -> Mapping[int, Node]:
        return {node.id: node for node in self.provenance.nodes}

    @cached_property
    def links(self) -> Sequence[Link]:
        return self.provenance.links_that_count()

    @cached_property
    def upstream(self) -> Mapping[int, int]:
        return self._reached({}, lambda link: (link[1], link[0]))

    @cached_property
    def downstream(self) -> Mapping[int, int]:
        return self._reached({}, lambda link: link)

    def _reached(
        self, found: dict[int, int], turned: Callable[[tuple[int, int]], tuple[int, int]]
    ) -> dict[int, int]:
        """Steps from the subject; a transformation is no step of its own, what it joins is."""
        beside: dict[int, list[int]] = defaultdict(list)
        for link in self.links:
            here, there = turned((link.source, link.target))
            if there in self.nodes:
                beside[here].append(there)
        seen = {self.provenance.subject.id}
        here_now, steps = [self.provenance.subject.id], 0
        while here_now:
            steps += 1
            following: list[int] = []
            for node in here_now:  # grows while transformations are passed
                for other in beside[node]:
                    if other not in seen:
                        seen.add(other)
                        passing = self.nodes[other].level == "process"
                        (here_now if passing else following).append(other)
                        if not passing:
                            found[other] = steps
            here_now = following
        return found

    @cached_property
    def origins(self) -> Sequence[Node]:
        made_of_something = {link.target for link in self.links}
        found = [self.nodes[i] for i in self.upstream if i not in made_of_something]
        return [node for node in found if not node.hidden]

    @cached_property
    def suppliers(self) -> Sequence[Party]:
        own = self.provenance.subject.owner
        owners = [self.nodes[i].owner for i in self.upstream]
        return _distinct([owner for owner in owners if owner and not (own and owner.prefix == own.prefix)])

    @cached_property
    def deliveries(self) -> Sequence[tuple[Record, Record | None]]:
        """Every shipment of the subject or of what came of it, with its receipt where one was recorded."""
        ours = {self.provenance.subject.id, *self.downstream}
        sent = [record for record in self.valid if record.step in {"ship", "return"}]
        return [(record, self._receipt(record)) for record in sent if ours.intersection(record.node_ids)]

    def _receipt(self, shipment: Record) -> Record | None:
        found = [
            record
            for node in shipment.node_ids
            for record in self.records_of.get(node, ())
            if record.step == "receive"
            and record.event_time >= shipment.event_time
            and (shipment.to is None or record.party.prefix == shipment.to.prefix)
        ]
        return min(found, key=lambda record: (record.event_time, record.seq), default=None)

    @cached_property
    def customers(self) -> Sequence[Party]:
        return _distinct([shipment.to for shipment, _ in self.deliveries if shipment.to])

    @cached_property
    def held(self) -> Sequence[Node]:
        return [node for node in self.provenance.nodes if node.held]

    @cached_property
    def hidden(self) -> Sequence[Node]:
        return [node for node in self.provenance.nodes if node.hidden]

    @cached_property
    def valid(self) -> Sequence[Record]:
        """The entries that still stand, in the order in which things happened."""
        return [record for record in self.in_time if not record.corrected and not record.corrects]

    @cached_property
    def in_time(self) -> Sequence[Record]:
        return sorted(self.provenance.records, key=lambda record: (record.event_time, record.seq))

    @cached_property
    def seq_of(self) -> Mapping[str, int]:
        """The entry's number by its event id."""
        return {record.event_id: record.seq for record in self.provenance.records}

    @cached_property
    def correction_of(self) -> Mapping[str, int]:
        """The number of the entry that withdraws the event with that id."""
        return {record.corrects: record.seq for record in self.provenance.records if record.corrects}

    @cached_property
    def corrected(self) -> Sequence[Record]:
        return [record for record in self.provenance.records if record.corrected]

    @cached_property
    def late(self) -> Sequence[Record]:
        return [record for record in self.provenance.records if record.record_time - record.event_time > LATE]

    @cached_property
    def records_of(self) -> Mapping[int, Sequence[Record]]:
        found: dict[int, list[Record]] = defaultdict(list)
        for record in self.valid:
            for node in record.node_ids:
                found[node].append(record)
        return found

    def first(self, node: Node, *steps: str) -> Record | None:
        """The earliest entry of that thing with the first of `steps` that occurs at all."""
        records = self.records_of.get(node.id, ())
        return next((record for step in steps for record in records if record.step == step), None)

    def making(self, node: Node) -> Record | None:
        return self.first(node, *_MADE)

    @cached_property
    def links_to(self) -> Mapping[int, Sequence[Link]]:
        return _by(self.links, lambda link: link.target)

    @cached_property
    def links_from(self) -> Mapping[int, Sequence[Link]]:
        return _by(self.links, lambda link: link.source)

    def made(self, lot: Node) -> Decimal | None:
        """How much of a lot came into being: what was commissioned and what runs put out; None when nobody said."""
        amounts = [link.quantity for link in self.links_to.get(lot.id, ()) if link.kind == "produced"]
        begun = [record for record in self.records_of.get(lot.id, ()) if record.step == "commission"]
        return _total(amounts + [record.quantity for record in begun if len(record.node_ids) == 1])

    def used(self, lot: Node) -> Decimal | None:
        """How much of it went into what is shown here, as far as it was counted."""
        links = [link for link in self.links_from.get(lot.id, ()) if link.kind in {"consumed", "assembled"}]
        return _total([link.quantity for link in links if not link.undone])

    def scrapped(self, lot: Node) -> Decimal:
        records = self.records_of.get(lot.id, ())
        return _total([r.quantity for r in records if r.step == "scrap" and len(r.node_ids) == 1]) or Decimal(
            0
        )

    @cached_property
    def in_stock(self) -> Decimal:
        """Of the subject, wherever it is."""
        return sum((holding.quantity for holding in self.provenance.holdings), Decimal(0))

    def amount_into(self, node: Node) -> tuple[Decimal | None, str]:
        """What went into it of everything, with the unit; None when nothing was counted or units differ."""
        return _amount(self.links_to.get(node.id, ()))

    def amount_out_of(self, node: Node) -> tuple[Decimal | None, str]:
        return _amount(self.links_from.get(node.id, ()))


def _amount(links: Sequence[Link]) -> tuple[Decimal | None, str]:
    counted = [link for link in links if link.quantity is not None and not link.undone]
    units = {link.unit for link in counted}
    return (_total([link.quantity for link in counted]), units.pop()) if len(units) == 1 else (None, "")


def _by(links: Sequence[Link], end: Callable[[Link], int]) -> Mapping[int, Sequence[Link]]:
    found: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        found[end(link)].append(link)
    return found


def _total(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _distinct(parties: Sequence[Party]) -> Sequence[Party]:
    return list({party.prefix: party for party in parties}.values())
