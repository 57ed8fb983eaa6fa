"""Name patterns of products: tried out, and kept."""

from dataclasses import asdict
from typing import Annotated

from flask import Response
from pydantic import Field

from app.errors import N_
from app.services import patterning
from app.web import edge
from app.web.api.v1 import blueprint_of
from app.web.api.v1.calls import ID, answer
from app.web.api.v1.models import Asked, AskedId, Line, Sent, Told

blueprint = blueprint_of("patterns", "Registry")

Text = Annotated[Line, Field(max_length=200, examples=["{lot}-{serial:random16}-{check:mod37}"])]


class Trial(Asked):
    product_id: AskedId
    pattern: Text
    lot: Annotated[Line, Field(max_length=80)] = ""
    count: int = Field(
        patterning.MANY,
        ge=1,
        le=10**12,
        description=N_("How many names of one lot and day the chance is for."),
    )


class PatternPreview(Told):
    __doc__ = N_("What a pattern makes, and what can be said of it.")

    text: str
    examples: list[str]
    random_bits: float
    guessable: bool = Field(description=N_("Fewer than 40 random bits."))
    count: int
    probability: float = Field(
        description=N_("Chance that so many names repeat; taken names are drawn again.")
    )
    most: int | None = Field(description=N_("Numbers of its counter, in each scope; null without one."))
    scope: str = Field(description=N_("What its counter starts anew for: lot, day, month, year, or nothing."))
    needs: list[str]


class Pattern(Sent):
    __doc__ = N_("How the names of a product are formed.")

    pattern: Text = Field(description=N_("Empty for 16 random characters."))


class PatternKept(Told):
    __doc__ = N_("The pattern as it is kept.")

    product_id: int
    pattern: str


@blueprint.get("/patterns/preview")
@edge.require("browse")
@blueprint.doc(summary=N_("Try a name pattern"), description=N_("Nothing is kept or counted."))
@blueprint.input(Trial, location="query", arg_name="asked")
@blueprint.output(PatternPreview)
def preview(asked: Trial) -> Response:
    with edge.reading() as session:
        found = patterning.preview_for(
            session,
            edge.actor(),
            asked.product_id,
            asked.pattern,
            edge.now(),
            lot=asked.lot,
            count=asked.count,
        )
    return answer(PatternPreview.model_validate(asdict(found)))


@blueprint.put(f"/products/{ID}/pattern")
@edge.require("master")
@blueprint.doc(summary=N_("Set the name pattern of a product"))
@blueprint.input(Pattern, arg_name="sent")
@blueprint.output(PatternKept)
def change(id: int, sent: Pattern) -> Response:  # noqa: A002  (the name in the path)
    with edge.writing() as session:
        product = patterning.set_pattern(session, edge.actor(), id, sent.pattern, edge.now())
        return answer(PatternKept(product_id=id, pattern=product.pattern))
