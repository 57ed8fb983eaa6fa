"""Photographs of labels: decoded here, where a picture can be looked at harder than in a browser."""

from threading import BoundedSemaphore

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict

from app.errors import N_, Malformed, Refused
from app.services import decoding
from app.web import edge
from app.web.api.v1 import blueprint_of

blueprint = blueprint_of("photos", "Scanning")
AT_ONCE = 2  # pictures being decoded by one process: each may take a hundred megabytes and seconds
PATIENCE_SECONDS = 10
_turns = BoundedSemaphore(AT_ONCE)


class PhotoIn(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    photo: UploadFile


class CodesOut(BaseModel):
    codes: list[str]


class TooLarge(Malformed):
    http_status = 413


class Busy(Refused):
    http_status = 503


@blueprint.post("/photos")
@edge.require("scan")
@blueprint.doc(summary=N_("The codes in a photograph, as text; recording is another call"))
@blueprint.input(PhotoIn, location="files", arg_name="sent")
@blueprint.output(CodesOut)
def read(sent: PhotoIn) -> dict[str, list[str]]:
    most = edge.node().settings.max_upload_mb
    picture = sent.photo.read(most * 1024 * 1024 + 1)
    if len(picture) > most * 1024 * 1024:
        raise TooLarge(
            "too-large",
            N_("What was sent is larger than {most} MB."),
            N_("Send a smaller file; a photo of the label alone is enough."),
            most=most,
        )
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise Busy("busy", N_("The node is busy."), N_("Try again in a moment."))
    try:
        return {"codes": decoding.codes_in(picture)}
    finally:
        _turns.release()
