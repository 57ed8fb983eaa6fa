"""What scanning takes and answers over HTTP, as models that validate and describe themselves."""

from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.errors import N_

Word = Annotated[str, StringConstraints(max_length=100)]
Text = Annotated[str, StringConstraints(max_length=500)]
Code = Annotated[str, StringConstraints(max_length=4096)]


class ScanIn(BaseModel):
    __doc__ = N_("One scan. The same `nonce` is the same scan, however often it is sent.")

    model_config = ConfigDict(extra="forbid")

    nonce: Word = Field(description=N_("8 to 64 letters and digits, drawn by the device"))
    step: Word = Field(
        description=N_("receive, inspect, consume, produce, assemble, pack, unpack, move, ship, split, …")
    )
    place: Code = Field(description=N_("identifier of one of your places, in any spelling"))
    code: Code = Field(description=N_("the text as decoded from the label, or typed"))
    event_time: AwareDatetime = Field(description=N_("when it was scanned, with a time zone"))
    visit: Word = ""
    quantity: Decimal | None = Field(None, description=N_("of a lot; without it, all that is there"))
    unit: Word = Field(
        "", description=N_("what a lot's quantity is counted in; without it, the lot's own unit")
    )
    result: Word = Field("", description=N_("of an inspection: pass, fail or hold"))
    reason: Text = ""
    parent: Code = Field(
        "",
        description=N_("the container or the assembly; the other lot, for split, merge, repack and rework"),
    )
    transformation: Word = Field(
        "", description=N_("urn:uuid of the production run, for consume and produce")
    )
    order: Text = ""
    destination: Word = Field("", description=N_("prefix of the receiving company, for ship and return"))
    operator: int | None = Field(
        None, description=N_("who scanned; refused when somebody else is signed in by now")
    )


class UndoIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    visit: Word = ""
    operator: int | None = None


class ItemOut(BaseModel):
    __doc__ = N_("What a label is, in a few words.")

    epc: str
    identifier: str
    level: str
    title: str
    product: str
    lot: str
    serial: str
    state: str
    state_code: str
    place: str
    container: str
    quantity: str
    unit: str
    held: str
    url: str
    claim: str = Field("", description=N_("where people say what a blank label is for; empty for all others"))
    label: str = Field("", description=N_("where a label of it is printed; empty where you may print none"))


class VerdictOut(BaseModel):
    verdict: str = Field(description=N_("green: recorded; amber: recorded, but look; red: not recorded"))
    code: str
    sentence: str
    hint: str
    event_id: str
    seq: int | None
    item: ItemOut | None
    next_steps: list[str]
    repeated: bool = Field(description=N_("this nonce was answered before; nothing was recorded anew"))


class LookIn(BaseModel):
    code: Code


class LookOut(BaseModel):
    item: ItemOut
    next_steps: list[str]


class PlaceOut(BaseModel):
    epc: str
    name: str
    identifier: str


class PartnerOut(BaseModel):
    prefix: str
    name: str
