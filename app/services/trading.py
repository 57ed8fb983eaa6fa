"""What came in, went out and was made of what, as lines of goods: lists that FSMA 204 and Regulation 178/2002 want."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from app.domain import trade
from app.domain.provenance import Party
from app.domain.trade import Line
from app.errors import N_, Malformed
from app.services.itemising import Block, Named, Told

LONGEST = timedelta(days=3 * 366)  # FSMA keeps two years
SIDES = {
    "shipping": tuple(sorted(trade.SHIPPING)),
    "receiving": tuple(sorted(trade.RECEIVING)),
    "making": tuple(sorted(trade.USING | trade.MAKING | trade.BOTH)),
}


LISTS = ("fsma", "neighbours")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last one, both included, by one clock."""

    first: date
    last: date
    zone: tzinfo = UTC

    @property
    def since(self) -> datetime:
        return datetime(self.first.year, self.first.month, self.first.day, tzinfo=self.zone)

    @property
    def until(self) -> datetime:
        last = datetime(self.last.year, self.last.month, self.last.day, tzinfo=self.zone)
        return last + timedelta(days=1)


def period_of(first: str, last: str, zone: tzinfo) -> Period:
    """Two days as ISO text. Malformed `bad-day`, `bad-period`."""
    period = Period(_day(first, "since"), _day(last, "until"), zone)
    if not timedelta() <= period.last - period.first <= LONGEST:
        raise Malformed(
            "bad-period",
            N_("From {first} to {last} is no period of at most three years."),
            N_("Choose a first day before the last one."),
            first=first[:10],
            last=last[:10],
            field="until",
        )
    return period


def _day(text: str, field: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 9000:
        raise Malformed(
            "bad-day",
            N_("'{value}' is no day."),
            N_("Write it like 2026-05-31."),
            value=text[:20],
            field=field,
        )
    return found


def lines(block: Block) -> Iterator[Line]:
    """One for each lot or item of each event; what was in a container counts by itself, the container does not."""
    for told in block.rows:
        for named in told.named:
            if named.subject.level not in {"logistic", "product"} and named.role != "parent":
                yield _line(told, named, block.parties)


def _line(told: Told, named: Named, parties: Mapping[str, Party]) -> Line:
    event, entry = told.event, told.entry
    side = _side(entry.step, named.role)
    party = told.sent.party if told.sent and side == "receiving" else told.to if side == "shipping" else None
    party_place = told.sent.place if told.sent and side == "receiving" else told.to_place
    documents = tuple(event.biz_transaction_list) or (told.sent.documents if told.sent else ())
    run = event.transformation_id or (entry.event_id if side in {"input", "output"} else "")
    return Line(
        side=side,
        seq=entry.seq,
        event_id=event.event_id,
        step=entry.step,
        time=entry.event_time,
        subject=named.subject,
        quantity=named.quantity,
        unit=named.unit,
        place=told.place,
        party=party,
        party_place=party_place if side in {"shipping", "receiving"} else None,
        source=parties.get(named.subject.maker),
        documents=documents,
        run=run,
        container=named.container,
    )


def _side(step: str, role: str) -> str:
    if step in trade.SHIPPING:
        return "shipping"
    if step in trade.RECEIVING:
        return "receiving"
    return "input" if role == "input" else "output"


def check_list(what: str, form: str) -> None:
    """Malformed for a list that there is not, or not in that form; asked before the job is."""
    if what not in LISTS or (what, form) == ("fsma", "pdf"):
        raise Malformed(
            "unknown-list",
            N_("There is no list '{what}' as {form}."),
            N_("FSMA 204 is a spreadsheet; the list of suppliers and customers is one or a PDF."),
            what=what[:20],
            form=form,
        )
