"""Everything that can go wrong and be told to a person: a stable code, one sentence with the value, and the way out.

Message and hint are English templates (gettext msgids) with named fields; the edge translates the
template first and fills the fields in afterwards, so a value can never break a translation.
"""

from typing import Any


def N_(text: str) -> str:  # noqa: N802  (the gettext convention for "extract now, translate later")
    return text


class TraceError(Exception):
    """Base of all errors that reach a reader. `code` is kebab-case and never changes once released."""

    http_status = 400

    def __init__(self, code: str, message: str, hint: str = "", **values: Any) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.values = values
        super().__init__(self.english())

    def english(self) -> str:
        return " ".join(part.format(**self.values) for part in (self.message, self.hint) if part)


class Malformed(TraceError):
    """The input cannot be what it claims to be, whatever the database holds."""

    http_status = 400


class Refused(TraceError):
    """Understood, but the rules do not allow it."""

    http_status = 422


class Forbidden(Refused):
    """The person may not do this. Only for rights; a hidden thing is Unknown, so that refusal looks like absence."""

    http_status = 403


class Unknown(TraceError):
    """Nothing here by that name, or nothing the reader may know of."""

    http_status = 404


class Conflict(TraceError):
    """It contradicts something already recorded."""

    http_status = 409


class Unavailable(TraceError):
    """Nothing is wrong with what was asked, but the node cannot do it now. Nothing was changed."""

    http_status = 503


class PeerFailed(TraceError):
    """Another node did not answer, or not sensibly."""

    http_status = 502
