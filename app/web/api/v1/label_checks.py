"""One photographed label judged: a grade, what it is made of, and what to do."""

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_
from app.services import grading
from app.web import edge, pictures
from app.web.api.v1 import blueprint_of
from app.web.api.v1.models import Asked, Told
from app.web.errors import sentence

blueprint = blueprint_of("label_checks", "Labels")


class LabelPhoto(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    photo: UploadFile


class AskedCheck(Asked):
    width: float | None = Field(
        None,
        gt=0,
        le=grading.WIDEST,
        description=N_("Millimetres from edge to edge of the code, where measured."),
    )


class LabelMeasure(Told):
    name: str
    value: float | None = Field(description=N_("A part of 1; none where the photograph cannot tell."))
    grade: str | None


class LabelAdvice(Told):
    code: str
    message: str
    hint: str


class LabelCheck(Told):
    __doc__ = N_("An estimate after the ideas of ISO/IEC 15415; no photograph replaces a verifier.")

    code: str
    symbology: str
    grade: str = Field(description=N_("A to D, and F."))
    measures: list[LabelMeasure]
    advice: list[LabelAdvice]


@blueprint.post("/labels/check")
@edge.require("scan")
@blueprint.doc(summary=N_("How well a photographed label is printed, and what to do about it: an estimate"))
@blueprint.input(LabelPhoto, location="files", arg_name="sent")
@blueprint.input(AskedCheck, location="query", arg_name="asked")
@blueprint.output(LabelCheck)
def check(sent: LabelPhoto, asked: AskedCheck) -> LabelCheck:
    picture = pictures.received(sent.photo)
    with pictures.turn():
        found = grading.judged(picture, asked.width)
    return LabelCheck(
        code=found.text,
        symbology=found.symbology,
        grade=found.grade,
        measures=[
            LabelMeasure(name=each.name, value=each.value, grade=each.grade) for each in found.measures
        ],
        advice=[
            LabelAdvice(
                code=each.code,
                message=sentence(each.message, each.values),
                hint=sentence(each.hint, each.values),
            )
            for each in found.advice
        ],
    )
