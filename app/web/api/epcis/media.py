"""What an answer is written in and how its names are spelt: Accept, GS1-EPC-Format, GS1-CBV-XML-Format.

What comes in is told apart by its Content-Type.
"""

from dataclasses import dataclass

from werkzeug.datastructures import Headers

from app.domain import negotiation
from app.errors import N_, TraceError
from app.web.api.epcis.versions import NotAcceptable

JSON, JSON_LD, XML, TEXT_XML = "application/json", "application/ld+json", "application/xml", "text/xml"
DATA = (JSON, JSON_LD)
BOTH = (*DATA, XML, TEXT_XML)
NO_PREFERENCE, NEVER = "No_Preference", "Never_Translates"
DIGITAL_LINK, URN = "Always_GS1_Digital_Link", "Always_EPC_URN"
EPC_FORMATS = (NO_PREFERENCE, DIGITAL_LINK, URN, NEVER)
CBV_FORMATS = (NO_PREFERENCE, "Always_Web_URI", "Always_URN", NEVER)
EPC_HEADER, CBV_HEADER = "GS1-EPC-Format", "GS1-CBV-XML-Format"


class UnknownKind(TraceError):
    http_status = 415


class UnknownPacking(UnknownKind):
    """The answer says in which the next attempt would be taken (RFC 9110 §12.5.3)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How the client wants the answer: its media type, one of EPC_FORMATS and one of CBV_FORMATS, none left open."""

    media_type: str
    epc_format: str
    cbv_format: str

    @property
    def is_xml(self) -> bool:
        return self.media_type in {XML, TEXT_XML}


def wish_of(headers: Headers, offered: tuple[str, ...]) -> Wish:
    """NotAcceptable when none of `offered` is welcome, or a format is asked for that there is not."""
    epc, cbv = (
        _format(headers, name, known)
        for name, known in ((EPC_HEADER, EPC_FORMATS), (CBV_HEADER, CBV_FORMATS))
    )
    if epc == NO_PREFERENCE:
        epc = DIGITAL_LINK  # EPCIS 2.0: the default where neither side prefers one
    if cbv == NO_PREFERENCE:
        cbv = NEVER
    return Wish(_media_type(headers.get("Accept", ""), offered), epc, cbv)


def formats_of(headers: Headers) -> dict[str, str]:
    """What the client says of spelling, checked, by the header's name: for answers that are sent later."""
    return {
        EPC_HEADER: _format(headers, EPC_HEADER, EPC_FORMATS),
        CBV_HEADER: _format(headers, CBV_HEADER, CBV_FORMATS),
    }


def prefers_xml(header: str) -> bool:
    """Whether a problem had better be XML."""
    ranges = negotiation.media(header)
    wanted = (XML, TEXT_XML, "application/problem+xml")
    xml = max(negotiation.names(ranges, each) for each in wanted)
    return xml > max(negotiation.quality(ranges, each) for each in (*DATA, "application/problem+json"))


def kind_sent(content_type: str, taken: tuple[str, ...]) -> str:
    """The media type of what was sent; UnknownKind where it is none of `taken`."""
    name = content_type.partition(";")[0].strip().lower()
    if name in taken:
        return name
    raise UnknownKind(
        "media-type-not-taken",
        N_("'{asked}' cannot be read here."),
        N_("Send one of: {taken}."),
        asked=name[:80],
        taken=", ".join(taken),
    )


def _media_type(header: str, offered: tuple[str, ...]) -> str:
    ranges = negotiation.media(header)
    if not header.strip() or negotiation.asks_nothing(ranges):
        return offered[0]
    best = max(offered, key=lambda each: negotiation.quality(ranges, each))  # the first of equals
    if negotiation.quality(ranges, best) > 0:
        return best
    raise NotAcceptable(
        "media-type-not-offered",
        N_("The answer cannot be had as '{asked}'."),
        N_("Accept one of: {offered}."),
        asked=header[:80],
        offered=", ".join(offered),
    )


def _format(headers: Headers, name: str, known: tuple[str, ...]) -> str:
    asked = headers.get(name, "").strip() or NO_PREFERENCE
    if asked in known:
        return asked
    raise NotAcceptable(
        "format-not-offered",
        N_("{header} is '{asked}', which is no format."),
        N_("Use one of: {offered}."),
        header=name,
        asked=asked[:40],
        offered=", ".join(known),
    )
