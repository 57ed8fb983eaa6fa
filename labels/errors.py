"""What can go wrong with a label or a photograph of one, told in the same shape as the application's own errors.

This package imports nothing of the application, so a service translates: `Refused(error.code, error.message,
error.hint, **error.values)`. Message and hint are English gettext templates with named fields.
"""

from typing import Any


def N_(text: str) -> str:  # noqa: N802  (the gettext convention for "extract now, translate later")
    return text


class LabelError(Exception):
    """`code` is kebab-case and stable; `message` and `hint` are templates for `values`."""

    def __init__(self, code: str, message: str, hint: str = "", **values: Any) -> None:
        self.code = code
        self.message = message
        self.hint = hint
        self.values = values
        super().__init__(" ".join(part.format(**values) for part in (message, hint) if part))

    def __reduce__(self) -> tuple[Any, ...]:
        """Survives the way back from another process, values included."""
        return _rebuilt, (self.code, self.message, self.hint, self.values)


def _rebuilt(code: str, message: str, hint: str, values: dict[str, Any]) -> LabelError:
    return LabelError(code, message, hint, **values)
