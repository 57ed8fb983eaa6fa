"""The codes in a photograph that somebody sent: what the label decoders say, in the application's own errors."""

from app.errors import Malformed
from labels.errors import LabelError


def codes_in(picture: bytes) -> list[str]:
    """The texts of all codes in the picture, each once. Up to about two seconds of work; Malformed when there is none.

    The decoders are loaded with the first photograph: a web process that never sees one stays 15 MB smaller.
    """
    from labels import reading

    try:
        found = reading.read(picture)
    except LabelError as error:
        raise Malformed(error.code, error.message, error.hint, **error.values) from error
    return list(dict.fromkeys(code.text for code in found))
