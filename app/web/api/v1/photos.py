"""Photographs of labels: decoded here, where a picture can be looked at harder than in a browser."""

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict

from app.errors import N_
from app.services import decoding
from app.web import edge, pictures
from app.web.api.v1 import blueprint_of

blueprint = blueprint_of("photos", "Scanning")


class PhotoIn(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    photo: UploadFile


class CodesOut(BaseModel):
    codes: list[str]


@blueprint.post("/photos")
@edge.require("scan")
@blueprint.doc(summary=N_("The codes in a photograph, as text; recording is another call"))
@blueprint.input(PhotoIn, location="files", arg_name="sent")
@blueprint.output(CodesOut)
def read(sent: PhotoIn) -> dict[str, list[str]]:
    picture = pictures.received(sent.photo)
    with pictures.turn():
        return {"codes": decoding.codes_in(picture)}
