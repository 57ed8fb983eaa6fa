"""What is wrong with an event, as a value: where, a stable code, and a sentence that can be translated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import Malformed, TraceError


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (`/quantityList/0/uom`), a stable kebab code, and the sentence with its values."""

    path: str
    code: str
    message: str
    hint: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def english(self) -> str:
        return " ".join(part.format(**self.values) for part in (self.message, self.hint) if part)

    def error(self) -> TraceError:
        """The same as an error that can be raised."""
        return Malformed(self.code, self.message, self.hint, **self.values)
