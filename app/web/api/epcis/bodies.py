"""What is sent to be read here: its kind, its size, how it is packed and written, and JSON objects out of it."""

import zlib
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from app.domain.epcis import json_body
from app.domain.epcis.xml_prolog import without_declaration
from app.errors import N_, Malformed
from app.web.api.epcis import media

GZIP = ("gzip", "x-gzip")
_AS_IT_IS = frozenset(("", "utf-8", "utf8", "us-ascii"))
# of all that Python can decode: what systems in use write, and what is one text to every reader
CHARSETS = frozenset(
    (
        *("utf-16", "utf-16le", "utf-16be", "iso-8859-1", "iso-8859-15", "windows-1252"),
        *("gb2312", "gbk", "gb18030", "big5", "shift_jis"),
    )
)


def raw(taken: tuple[str, ...]) -> tuple[bytes, str]:
    """The body and its media type, one of `taken`; unpacked, and in UTF-8 where the header says in what it is written.
    What is larger than may be sent is 413 (`problems.of_flask`), unpacked too."""
    kind = media.kind_sent(request.content_type or "", taken)
    return _in_utf8(_unpacked(request.get_data(cache=False)), kind), kind


def _unpacked(body: bytes) -> bytes:
    packing = request.headers.get("Content-Encoding", "").strip().lower()
    if packing in ("", "identity"):
        return body
    if packing not in GZIP:
        raise media.UnknownPacking(
            "packing-not-taken",
            N_("What was sent is packed as '{asked}', which is not unpacked here."),
            N_("Send it as it is, or packed with gzip."),
            asked=packing[:80],
        )
    most, member = request.max_content_length or 0, zlib.decompressobj(wbits=31)
    try:
        unpacked = member.decompress(body, most + 1)
    except zlib.error as error:
        raise _not_gzip() from error
    if len(unpacked) > most:
        raise RequestEntityTooLarge
    if not member.eof or member.unused_data:  # cut short, or more than one
        raise _not_gzip()
    return unpacked


def _not_gzip() -> Malformed:
    return Malformed(
        "not-gzip",
        N_("What was sent is said to be packed with gzip, and it cannot be unpacked."),
        N_("Send it again, or leave Content-Encoding out."),
    )


def _in_utf8(body: bytes, kind: str) -> bytes:
    charset = request.mimetype_params.get("charset", "").strip().lower()
    if charset in _AS_IT_IS:
        return body
    if charset not in CHARSETS:
        raise media.UnknownKind(
            "charset-not-read",
            N_("Text in '{asked}' is not read here."),
            N_("Send it in UTF-8."),
            asked=charset[:80],
        )
    try:
        text = body.decode("gb18030" if charset.startswith("gb") else charset)
    except ValueError as error:
        raise Malformed(
            "not-in-charset",
            N_("What was sent is not written in '{charset}', as its header says."),
            N_("Send it in UTF-8."),
            charset=charset,
        ) from error
    if kind in (media.XML, media.TEXT_XML):
        text = without_declaration(text)
    return text.removeprefix("\ufeff").encode()


def json_object() -> dict[str, Any]:
    """Malformed for what is no JSON object."""
    body, _kind = raw(media.DATA)
    try:
        sent = json_body.read(body)
    except Malformed as error:
        if error.code != json_body.NO_JSON:
            raise
        raise Malformed(
            "not-json",
            N_("What was sent is no JSON."),
            N_("Send one JSON object, in UTF-8."),
        ) from error
    if not isinstance(sent, dict):
        raise Malformed(
            "not-json", N_("What was sent is no JSON object."), N_("Send one JSON object, in UTF-8.")
        )
    return sent


def text_of(sent: dict[str, Any], name: str) -> str:
    """A text that must be there."""
    value = sent.get(name)
    if isinstance(value, str) and value.strip():
        return value
    raise _missing(name)


def object_of(sent: dict[str, Any], name: str) -> dict[str, Any]:
    """An object that must be there."""
    value = sent.get(name)
    if isinstance(value, dict):
        return value
    raise _missing(name)


def _missing(name: str) -> Malformed:
    return Malformed(
        "member-missing",
        N_("The object has no {member}, or it is of another kind."),
        N_("See the description of the API."),
        member=name,
    )
