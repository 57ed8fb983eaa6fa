"""What the first page of a provenance report says: the subject's particulars, how it stands, the summary."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from reports.facts import Facts
from reports.reader import N_, Reader, clean, identifier_text

MOST_VALUES = 12
LONGEST_VALUE = 120
Pair = tuple[str, str]
NOTHING = ("", "")


@dataclass(frozen=True, slots=True)
class Standing:
    """How the subject stands. `kind` is alarm (held itself), warning (something related is) or calm."""

    kind: str
    title: str
    lines: tuple[str, ...]


def particulars(
    facts: Facts, reader: Reader, request: Sequence[Pair], software: str
) -> list[tuple[Pair, Pair]]:
    """The subject's particulars beside those of the report; below, two a line, what it was minted with."""
    _ = reader.gettext
    report = (
        *request,
        (_(N_("Data as of")), reader.time(facts.provenance.as_of)),
        (_(N_("Times in")), reader.zone_name()),
        (_(N_("Entries in the log")), f"{facts.provenance.log.size:,}"),
        (_(N_("Software")), software),
    )
    values = _values(facts, reader)
    return [
        *zip_longest(_details(facts, reader), report, fillvalue=NOTHING),
        *zip_longest(values[::2], values[1::2], fillvalue=NOTHING),
    ]


def _details(facts: Facts, reader: Reader) -> list[Pair]:
    """Label and value of everything known about the subject itself; nothing that is empty."""
    _ = reader.gettext
    subject, provenance = facts.provenance.subject, facts.provenance
    container = provenance.container
    inside = f"{reader.product(container)}, {identifier_text(container.epc)}" if container else ""
    last = provenance.custody[-1] if provenance.custody else None
    holder = reader.party(last.party) if last else ""
    if last and last.in_transit:
        holder = reader.say(N_("{party}, on its way"), party=holder)
    lines = [
        (_(N_("Kind")), reader.level(subject.level)),
        (_(N_("Part number")), clean(subject.part_number)),
        (_(N_("Lot")), clean(subject.lot)),
        (_(N_("Serial number")), clean(subject.serial)),
        (_(N_("Owner")), ", ".join(part for part in (reader.party(subject.owner), _prefix(facts)) if part)),
        (_(N_("Produced on")), reader.day(subject.produced_on)),
        (_(N_("Use by")), reader.day(subject.expires_on)),
        (_(N_("State")), reader.state(subject)),
        (_(N_("In the hands of")), holder),
        (_(N_("Place")), reader.place(last.place) if last else ""),
        (_(N_("Packed in")), inside),
    ]
    return [(label, value) for label, value in lines if value]


def _values(facts: Facts, reader: Reader) -> list[Pair]:
    """What it was minted with, the first of them: the page has room for no more."""
    language = "zh" if reader.chinese else "en"
    shown = facts.provenance.values[:MOST_VALUES]
    return [(clean(each.field.title(language)), _short(clean(each.text(language)))) for each in shown]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _prefix(facts: Facts) -> str:
    owner = facts.provenance.subject.owner
    return owner.prefix if owner else ""


def standing(facts: Facts, reader: Reader) -> Standing:
    _ = reader.gettext
    subject = facts.provenance.subject
    if subject.held:
        return Standing(
            "alarm", _(N_("On hold: do not use, ship or install")), (reader.reason(subject.held),)
        )
    if facts.held:
        lines = tuple(f"{reader.thing(node)}: {reader.reason(node.held)}" for node in facts.held[:4])
        if len(facts.held) > 4:
            lines += (reader.say(N_("and {count} more"), count=len(facts.held) - 4),)
        return Standing("warning", _(N_("Not on hold itself, but items of its genealogy are")), lines)
    return Standing("calm", _(N_("No hold on it or on anything in its genealogy")), ())


def tiles(facts: Facts, reader: Reader) -> list[tuple[str, int, bool]]:
    """(label, figure, whether it needs attention)."""
    _ = reader.gettext
    held, gaps = len(facts.held), len(facts.provenance.gaps)
    return [
        (_(N_("Origins")), len(facts.origins), False),
        (_(N_("Suppliers")), len(facts.suppliers), False),
        (_(N_("Customers")), len(facts.customers), False),
        (_(N_("Entries")), len(facts.provenance.records), False),
        (_(N_("Open holds")), held, held > 0),
        (_(N_("Gaps")), gaps, gaps > 0),
    ]


def quality(facts: Facts, reader: Reader) -> list[Pair]:
    """Figures an auditor asks for about the data itself."""
    _ = reader.gettext
    complete = _(N_("No, it was cut off")) if facts.provenance.truncated else _(N_("Yes"))
    return [
        (_(N_("Entries withdrawn by a later correction")), str(len(facts.corrected))),
        (_(N_("Entries recorded more than 24 hours after the fact")), str(len(facts.late))),
        (_(N_("Items in the genealogy that are not shared with the reader")), str(len(facts.hidden))),
        (_(N_("Genealogy complete as far as the reader may see")), complete),
    ]


_FOLLOWS = N_(
    "This report follows {thing} back to its origins and forward to those who received it, as recorded up to {time}."
)


def summary(facts: Facts, reader: Reader) -> str:
    """Two sentences for whoever reads no further. Names, not numbers, so that no language needs plural forms."""
    _ = reader.gettext
    provenance, subject = facts.provenance, facts.provenance.subject
    told = [reader.say(_FOLLOWS, thing=reader.thing(subject), time=reader.time(provenance.as_of))]
    if facts.suppliers:
        names = _listed(reader, [reader.party(party) for party in facts.suppliers])
        told.append(reader.say(N_("Its inputs come from {names}."), names=names))
    if facts.customers:
        names = _listed(reader, [reader.party(party) for party in facts.customers])
        told.append(reader.say(N_("It, or what was made of it, went to {names}."), names=names))
    if provenance.truncated:
        told.append(_(N_("The genealogy is larger than this report can show and was cut off.")))
    return (" " if not reader.chinese else "").join(told)


def _listed(reader: Reader, names: list[str]) -> str:
    shown = ("、" if reader.chinese else ", ").join(names[:5])
    return reader.say(N_("{names} and others"), names=shown) if len(names) > 5 else shown
