"""The registry: search by names and values, and what an identifier is, was, and how it became so."""

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from pydantic import AwareDatetime, Field
from sqlmodel import Session

from app.errors import N_
from app.services import finding, history
from app.services.cards import Card
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.aliases import Alias, alias_of
from app.web.api.v1.calls import answer, page
from app.web.api.v1.items import Item, items_of, named
from app.web.api.v1.models import Asked, AskedPage, Line, Page, Told

blueprint = blueprint_of("registry", "Registry")


class Match(Told):
    __doc__ = N_("Something found, and by what.")

    kind: str = Field(description=N_("name, record, alias, lot, serial, value or attribute."))
    field: str = Field(description=N_("The type of the value it was found by."))
    value: str
    identifier: str
    item: Item | None = Field(description=N_("The thing; null for a record alone."))


class MatchPage(Page[Match]):
    pass


class AskedMatches(AskedPage):
    q: Annotated[Line, Field(max_length=200)] = Field(
        "", description=N_("What it begins with; empty for all of one's own.")
    )
    kind: Literal["", "name", "record", "alias", "lot", "serial", "value", "attribute"] = ""
    after: Annotated[Line, Field(max_length=1_000)] = Field("", description=N_("`next` of the page before."))


class RecordValues(Told):
    __doc__ = N_("The values of a record in one of its versions.")

    version: int
    since: datetime
    until: datetime | None
    made_by: str
    deleted_by: str
    shown: list[dict[str, Any]] = Field(description=N_("As the Handle API gives them."))


class AsOf(Told):
    __doc__ = N_("What an identifier was at a moment.")

    identifier: str
    at: datetime
    item: Item | None = Field(description=N_("Its state and holder then; null when it was no thing yet."))
    values: RecordValues | None
    described: dict[str, Any] = Field(description=N_("The values it was minted with."))


class LifeChange(Told):
    __doc__ = N_("One change in the life of an identifier.")

    moment: datetime
    recorded: datetime
    kind: str = Field(description=N_("lifecycle, record or alias."))
    to: str
    by: str
    reason: str
    detail: str


class Life(Told):
    __doc__ = N_("All of one identifier that the reader may know.")

    identifier: str
    epc: str
    item: Item | None
    aliases: list[Alias]
    changes: list[LifeChange]
    versions: list[RecordValues] = Field(description=N_("Newest first."))


class AskedMoment(Asked):
    at: AwareDatetime | None = Field(
        None, examples=["2026-11-22T06:30:00Z"], description=N_("With its zone; now when it is not given.")
    )


@blueprint.get("/registry")
@edge.require("browse")
@blueprint.doc(
    summary=N_("Search by names and values"),
    description=N_("One's own by anything; of others what one took part in, and records by public values."),
)
@blueprint.input(AskedMatches, location="query", arg_name="asked")
@blueprint.output(MatchPage)
def search(asked: AskedMatches) -> Response:
    with edge.reading() as session:
        found, following = finding.find(
            session, edge.actor(), asked.q, kind=asked.kind, after=asked.after, limit=asked.limit
        )
        cards = {each.card.epc: each.card for each in found if each.card}
        items = {item.epc: item for item in items_of(session, list(cards.values()))}
    rows = [
        Match(
            kind=each.kind,
            field=each.field,
            value=each.value,
            identifier=each.identifier,
            item=items[each.card.epc] if each.card else None,
        )
        for each in found
    ]
    return page(MatchPage, rows, following)


@blueprint.get("/registry/as-of/<prefix>/<path:suffix>")
@edge.require("browse")
@blueprint.doc(summary=N_("What an identifier was at a moment"))
@blueprint.input(AskedMoment, location="query", arg_name="asked")
@blueprint.output(AsOf)
def as_of(prefix: str, suffix: str, asked: AskedMoment) -> Response:
    now = edge.now()
    with edge.reading() as session:
        found = history.as_of(session, edge.actor(), named(prefix, suffix), asked.at or now, now)
        item = _item(session, found.card)
    return answer(
        AsOf(
            identifier=found.identifier,
            at=found.at,
            item=item,
            values=_values(found.values) if found.values else None,
            described=found.described.as_json() if found.described else {},
        )
    )


@blueprint.get("/registry/life/<prefix>/<path:suffix>")
@edge.require("browse")
@blueprint.doc(summary=N_("The life of an identifier: its changes, other names and versions"))
@blueprint.output(Life)
def life(prefix: str, suffix: str) -> Response:
    with edge.reading() as session:
        found = history.view(session, edge.actor(), named(prefix, suffix))
        item = _item(session, found.card)
    return answer(
        Life(
            identifier=found.identifier,
            epc=found.epc,
            item=item,
            aliases=[alias_of(told) for told in found.aliases],
            changes=[LifeChange.model_validate(each) for each in found.changes],
            versions=[_values(each) for each in found.versions],
        )
    )


def _item(session: Session, card: Card | None) -> Item | None:
    return items_of(session, [card])[0] if card else None


def _values(values: history.Values) -> RecordValues:
    return RecordValues(
        **{name: getattr(values, name) for name in RecordValues.model_fields if name != "shown"},
        shown=[dict(each) for each in values.shown],
    )
