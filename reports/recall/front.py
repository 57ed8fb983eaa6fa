"""What the first page of a recall's document says: what it is about, how it stands, its figures and particulars."""

from app.domain import identifiers, recall_words
from reports.asked import Asked
from reports.reader import N_, Reader, clean, identifier_text
from reports.recall.case import Case


def kind(case: Case) -> str:
    return N_("Report of a recall exercise") if case.exercise else N_("Recall report")


def subject(case: Case) -> str:
    """What it is about, as an identifier: the first suspect thing."""
    suspects = case.recall.affected.suspects
    return identifier_text(suspects[0].epc) if suspects else identifier_text(case.recall.suspects[0].value)


def symbol(case: Case, address: str, asked: Asked) -> str:
    """Opens the one suspect thing; the recall's page where there are several."""
    suspects = case.recall.affected.suspects
    if len(suspects) != 1:
        return address
    return identifiers.short_url(asked.base_url, identifiers.from_epc(suspects[0].epc))


def particulars(case: Case, reader: Reader, asked: Asked) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    _ = reader.gettext
    recall = case.recall
    state = recall_words.STATES.get(recall.state, (recall.state, ""))[0]
    left = [
        (_(N_("Recall number")), clean(recall.number)),
        (_(N_("Company")), reader.party(recall.company)),
        (_(N_("Reason")), clean(recall.reason)),
        (_(N_("Direction")), _(recall_words.DIRECTIONS[recall.direction])),
        (_(N_("Begun")), reader.time(recall.started)),
        (_(N_("Begun by")), clean(recall.started_by)),
        (_(N_("State")), _(state)),
        (_(N_("Closed at")), reader.time(recall.closed) if recall.closed else "–"),
    ]
    as_of = recall.affected.as_of
    right = [
        (_(N_("Report")), asked.id),
        (_(N_("Asked by")), clean(asked.by)),
        (_(N_("On behalf of")), reader.party(recall.company)),
        (_(N_("Asked at")), reader.time(asked.at)),
        (_(N_("Data as of")), reader.time(as_of) if as_of else "–"),
        (_(N_("Times in")), reader.zone_name()),
        (_(N_("Software")), asked.software),
        (_(N_("Version of the rules")), asked.rules),
    ]
    return list(zip(left, right, strict=True))


def tiles(case: Case, reader: Reader) -> list[tuple[str, str, bool]]:
    """(label, figure, whether it needs attention)."""
    _ = reader.gettext
    reached, figures = case.recall.affected, case.recall.effectiveness
    waiting = figures.consignees - figures.responded
    off = sum(not balance.balanced for balance in case.balances)
    return [
        (_(N_("Lots")), f"{len(reached.lots):,}", False),
        (_(N_("Serial items")), f"{len(reached.serials):,}", False),
        (_(N_("Containers")), f"{len(reached.containers):,}", False),
        (_(N_("Customers")), f"{len(reached.customers):,}", False),
        (_(N_("Without answer")), f"{waiting:,}", waiting > 0),
        (_(N_("Lots out of balance")), f"{off:,}", off > 0),
    ]


def standing(case: Case, reader: Reader) -> tuple[str, str, list[str]]:
    """(kind, title, lines): how the recall stands."""
    _ = reader.gettext
    recall = case.recall
    if recall.state == "closed":
        return "calm", _(N_("Closed: all that was found is dealt with")), []
    told = [clean(recall.reason)]
    if recall.affected.truncated:
        told.append(_(N_("More is affected than could be followed; the lists are not complete.")))
    if recall.state == "tracing":
        return "warning", _(N_("Being traced: the lists are not complete yet")), told
    title = (
        N_("Exercise: no goods are recalled")
        if case.exercise
        else N_("Do not use, ship or sell what is listed here")
    )
    return "warning" if case.exercise else "alarm", _(title), told
