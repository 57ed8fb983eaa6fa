"""What all models of the API share: strict kinds of text and numbers, pages of a list, the problem document."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from app.errors import N_
from app.web.api.validation import LINE, TEXT

MOST_LISTED = 200
LARGEST_ID = 2**53 - 1  # exact in JavaScript, and within the database's integers


def _written(value: object) -> object:
    """A date is text: pydantic would take a number for seconds since 1970."""
    if isinstance(value, str):
        return value
    raise PydanticCustomError("date_type", "not text")


def exact(value: Decimal) -> str:
    """A quantity as it is kept, without an exponent."""
    return f"{value.normalize():f}"


Line = Annotated[str, Field(pattern=LINE)]
Text = Annotated[str, Field(pattern=TEXT)]
Whole = Annotated[int, Strict()]
Flag = Annotated[bool, Strict()]
Id = Annotated[int, Strict(), Field(ge=1, le=LARGEST_ID)]
AskedId = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Day = Annotated[date, BeforeValidator(_written)]
Quantity = Annotated[
    Decimal,
    PlainSerializer(exact, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["12.5"]}, mode="serialization"),
]


class Sent(BaseModel):
    """A request's body: a field that is not known is a mistake, not something to pass over."""

    model_config = ConfigDict(extra="forbid")


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Change(Sent):
    """The body of a PATCH: what is not sent stays as it is, so that no default is ever meant."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Asked(BaseModel):
    """A request's query."""

    model_config = ConfigDict(extra="forbid")

    lang: Literal["en", "zh"] | None = Field(
        None,
        description=N_("Language of the sentences and names in the answer; else Accept-Language decides."),
    )


class Told(BaseModel):
    """An answer. Every field is always there; empty text and null mean there is none."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)


Row = TypeVar("Row")


class Page(Told, Generic[Row]):
    items: list[Row]
    next: str | None = Field(
        description=N_("Send it as `after` to get what follows; null at the end of the list.")
    )


class AskedPage(Asked):
    limit: int = Field(50, ge=1, le=MOST_LISTED, description=N_("How many at most."))


class AskedAfter(AskedPage):
    after: AskedId | None = Field(None, description=N_("`next` of the page before."))


class AskedAfterText(AskedPage):
    after: Annotated[Line, Field(max_length=200)] = Field("", description=N_("`next` of the page before."))


class FieldError(Told):
    __doc__ = N_("What is wrong with one field.")

    field: str = Field(
        examples=["count"], description=N_("Its name; of a field within another, the path with dots.")
    )
    message: str = Field(examples=["Give a whole number."])


class Problem(Told):
    __doc__ = N_("RFC 9457, with a stable code and what to do about it.")

    type: str = Field(examples=["urn:suyuan:problem:unknown-identifier"])
    title: str
    status: int = Field(examples=[404])
    detail: str = Field(description=N_("One sentence in the reader's language, with the values that matter."))
    hint: str = Field(description=N_("What to do about it; may be empty."))
    code: str = Field(
        examples=["unknown-identifier"], description=N_("Stable; for programs to tell problems apart.")
    )
    errors: list[FieldError] = Field(
        [], description=N_("The fields that cannot be used, where the input is at fault.")
    )


class Organisation(Told):
    __doc__ = N_("A company on this node.")

    id: int
    prefix: str = Field(
        examples=["88.118.1001"], description=N_("Its identifiers all begin with it. It never changes.")
    )
    name_zh: str
    name_en: str
    sharing: str = Field(
        examples=["neighbours"],
        description=N_("What partners may see: neighbours (one step up and down) or chain."),
    )
    gs1_prefix: str = Field(
        examples=["6901234"], description=N_("GS1 company prefix; pallets then get an SSCC.")
    )
    runs_node: bool
    active: bool
    record_time: datetime
