"""What goes in and out of the calls about label templates."""

from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask.fields import UploadFile
from pydantic import BaseModel, ConfigDict, Field

from app.errors import N_
from app.web.api.v1.models import Asked, Flag, Line, Page, Sent, Told

Number = Annotated[int, Field(ge=1, le=10**9)]
Code = Annotated[Line, Field(max_length=400)]


class LabelTemplateLine(Told):
    __doc__ = N_("A label template without its document.")

    ref: str = Field(
        examples=["own:12", "ready:product-70x37"],
        description=N_("What a print run names it by: one's own by number, a ready-made one by its name."),
    )
    id: int | None = Field(description=N_("Of one's own; null for a ready-made one."))
    name: str
    width: float = Field(description=N_("Millimetres."))
    height: float = Field(description=N_("Millimetres."))
    version: int
    active: bool
    changed: datetime | None
    changed_by: str


class LabelTemplatePage(Page[LabelTemplateLine]):
    pass


class LabelTemplate(Told):
    __doc__ = N_("One version of a label template of one's own.")

    ref: str
    id: int
    name: str
    version: int
    latest: int
    active: bool
    copied_from: str = Field(description=N_("The ready-made one that it began as; else empty."))
    document: dict[str, Any] = Field(description=N_("Size, language and elements; lengths in millimetres."))
    record_time: datetime


class ReadyLabelTemplate(Told):
    __doc__ = N_("A template that comes with the program.")

    ref: str
    document: dict[str, Any]


class LabelTemplateVersion(Told):
    version: int
    name: str
    width: float
    height: float
    based_on: int = Field(description=N_("The version that it was made from, or brings back; 0 for none."))
    changed_by: str
    record_time: datetime


class LabelTemplateVersions(Page[LabelTemplateVersion]):
    pass


class NewLabelTemplate(Sent):
    __doc__ = N_("Either a document, or the template that is copied.")

    document: dict[str, Any] | None = None
    copy_of: Annotated[Line, Field(max_length=80, examples=["ready:product-70x37"])] = ""


class LabelTemplateSent(Sent):
    __doc__ = N_("The whole new version; labels that are printed keep the one that printed them.")

    document: dict[str, Any]
    based_on: Number = Field(description=N_("The latest version, as the caller knows it."))


class LabelTemplateRestored(Sent):
    version: Number = Field(description=N_("The earlier version that is to be the newest."))
    based_on: Number = Field(description=N_("The latest version, as the caller knows it."))


class LabelTemplateState(Sent):
    active: Flag = Field(description=N_("What is put aside is offered to nobody; reprints still find it."))


class Draft(Sent):
    __doc__ = N_("A draft; nothing of it is kept.")

    document: dict[str, Any]
    dpi: Literal[150, 203, 300, 600] = Field(300, description=N_("Resolution of the printer."))
    language: Literal["en", "zh"] = Field("en", description=N_("Language of the print."))
    sample: Literal["usual", "longest"] = Field("usual", description=N_("Which sample values."))
    identifier: Code = Field("", description=N_("A thing whose values are taken instead."))


class DraftProblem(Told):
    element: int = Field(description=N_("Number of the element, from 1; 0 for the label as a whole."))
    property: str
    code: str
    message: str


class DraftSymbol(Told):
    element: int
    width: float = Field(description=N_("Millimetres."))
    height: float = Field(description=N_("Millimetres."))
    module: float = Field(description=N_("Millimetres."))
    text: str


class DraftDrawn(Told):
    __doc__ = N_("The draft as it would be printed, as far as it goes, and what is wrong with it.")

    png: str = Field(description=N_("PNG in base 64, a pixel a printer dot."))
    width: float
    height: float
    dpi: int = Field(description=N_("Coarser than asked for where the picture would be too large."))
    language: str
    problems: list[DraftProblem]
    symbols: list[DraftSymbol]
    hidden: list[int] = Field(description=N_("Numbers of the elements that this content does not show."))
    shortened: list[int] = Field(description=N_("Numbers of the texts that end in “…”."))


class PictureSent(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    picture: UploadFile


class PictureKept(Told):
    data: str = Field(description=N_("PNG in base 64, as an image element takes it."))


class AskedTemplates(Asked):
    active: bool = Field(False, description=N_("Only those in use."))


class AskedVersion(Asked):
    version: Number | None = Field(None, description=N_("The latest when it is left out."))
