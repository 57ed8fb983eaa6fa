"""What a check of the log finds wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Progress = Callable[[str, int, int], None]  # what is read (a word), how far, out of how many


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, with the entry it is about where there is one. `message` is a template of `values`."""

    code: str
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)
    seq: int | None = None

    def english(self) -> str:
        return self.message.format(**self.values)
