"""The codes in a photograph that somebody sent: what the label decoders say, in the application's own errors."""

from app.errors import Malformed
from labels.errors import LabelError

_GS1 = {"DataMatrix": "]d2", "QRCode": "]Q3", "Code128": "]C1"}  # ISO/IEC 15424


def codes_in(picture: bytes) -> list[str]:
    """The texts of all codes in the picture, each once; GS1 element strings with the identifier of their symbology.

    Up to about two seconds of work; Malformed when there is none.

    The decoders are loaded with the first photograph: a web process that never sees one stays 15 MB smaller.
    """
    from labels import reading

    try:
        found = reading.read(picture)
    except LabelError as error:
        raise Malformed(error.code, error.message, error.hint, **error.values) from error
    texts = (_GS1.get(code.format, "]e0") + code.text if code.gs1 else code.text for code in found)
    return list(dict.fromkeys(texts))
