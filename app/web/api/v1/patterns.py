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
from app.web.api.v1.models import Id, Line, Sent, Told, Whole

blueprint = blueprint_of("patterns", "Registry")

Text = Annotated[Line, Field(max_length=200, examples=["{lot}-{serial:random16}-{check:mod37}"])]


class Trial(Sent):
    __doc__ = N_("A pattern to try; nothing is kept or counted.")

    product_id: Id
    pattern: Text
    lot: Annotated[Line, Field(max_length=80)] = ""
    count: Annotated[Whole, Field(ge=1, le=10**12)] = Field(
        patterning.MANY, description=N_("How many names of one lot and day the chance is for.")
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


@blueprint.post("/patterns/preview")
@edge.require("browse")
@blueprint.doc(summary=N_("Try a name pattern"))
@blueprint.input(Trial, arg_name="sent")
@blueprint.output(PatternPreview)
def preview(sent: Trial) -> Response:
    with edge.reading() as session:
        found = patterning.preview_for(
            session, edge.actor(), sent.product_id, sent.pattern, edge.now(), lot=sent.lot, count=sent.count
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
