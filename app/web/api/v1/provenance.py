"""The form of a provenance report as JSON, for the OpenAPI description; services/tracing writes it."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from app.errors import N_
from app.web.api.v1.models import Told


class Company(Told):
    prefix: str = Field(examples=["88.118.1001"])
    zh: str
    en: str


class Place(Told):
    epc: str
    zh: str
    en: str
    company: str = Field(description=N_("Prefix of the organisation whose site it is."))


class TracedProduct(Told):
    zh: str
    en: str
    part_number: str


class HiddenThing(Told):
    __doc__ = N_("Something the caller may not see stands here.")

    id: int
    depth: int
    hidden: Literal[True]


class TracedThing(Told):
    __doc__ = N_(
        "A thing of the chain. `depth` is 0 for the subject, negative upstream, positive downstream."
    )

    id: int = Field(description=N_("Its number within this report."))
    depth: int
    epc: str
    identifier: str
    level: str
    product: TracedProduct
    lot: str
    serial: str
    unit: str
    maker: Company | None
    produced_on: date | None
    expires_on: date | None
    lifecycle: str
    disposition: str
    held: str


class TracedLink(Told):
    __doc__ = N_("`from` went into `to`.")

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    source: int = Field(alias="from")
    to: int
    kind: str = Field(description=N_("consumed, produced, assembled or packed."))
    quantity: str | None
    unit: str
    undone: bool = Field(description=N_("Taken apart again."))
    corrected: bool = Field(description=N_("Recorded by mistake and withdrawn; it counts nowhere."))


class TracedReference(Told):
    type: str
    value: str


class TracedEvent(Told):
    __doc__ = N_("One entry of the log, as a line of the timeline.")

    entry: int
    event_id: str
    step: str
    event_time: datetime
    record_time: datetime
    company: Company
    place: Place | None
    operator: str
    things: list[int]
    quantity: str | None
    unit: str
    result: str
    reason: str
    to: Company | None
    references: list[TracedReference]
    corrected: bool = Field(description=N_("Withdrawn by a later correction."))
    corrects: str = Field(description=N_("The event_id that this one withdraws."))
    zone: str = Field(description=N_("Whose node has it in its log; empty for this one."))


class TracedCustody(Told):
    __doc__ = N_("Who had the subject, where, from when to when; `until` null: still.")

    company: Company
    place: Place | None
    since: datetime
    until: datetime | None
    in_transit: bool


class TracedHolding(Told):
    __doc__ = N_("How much of a lot is where now.")

    company: Company
    place: Place | None
    quantity: str
    in_transit_to: Company | None
    container: str


class TracedGap(Told):
    __doc__ = N_("Something that one would expect and that is not there.")

    code: str
    message: str = Field(description=N_("English, with the names of `values` in braces."))
    values: dict[str, Any]
    thing: int | None


class TracedLog(Told):
    __doc__ = N_("Where the log stood: its size and root hash, and the newest signed checkpoint.")

    size: int
    root: str
    checkpoint: str
    checkpoint_size: int
    last_entry: int


class TracedSource(Told):
    __doc__ = N_("A partner's node that was asked, and what came of it.")

    company: Company
    state: str = Field(description=N_("told, nothing, kept, silent, late or refused."))
    trust: str = Field(
        description=N_("What its signatures are worth: verified, unsigned, expired or forged.")
    )
    code: str
    asked: int = Field(description=N_("After how many things it was asked."))
    things: int
    events: int
    seconds: float
    as_of: datetime | None
    log: TracedLog | None


class Provenance(Told):
    __doc__ = N_("All that the caller may know of one thing.")

    version: int
    as_of: datetime
    subject: int = Field(description=N_("The number of the thing asked for."))
    container: int | None = Field(description=N_("The number of what it is in."))
    things: list[TracedThing | HiddenThing]
    links: list[TracedLink]
    events: list[TracedEvent]
    custody: list[TracedCustody]
    holdings: list[TracedHolding]
    gaps: list[TracedGap]
    log: TracedLog
    truncated: bool = Field(description=N_("The chain is larger than what is told here."))
    template: str = Field(description=N_("The template it was minted with; empty when there is none."))
    template_version: int = Field(description=N_("The version of it; 0 when there is none."))
    attributes: dict[str, Any] = Field(
        description=N_(
            "Its values by the names of the template's fields, as far as the caller may know them."
        )
    )
    sources: list[TracedSource]
