"""Who asked for a report, for whom, when and from where: what the head of every report says of itself."""

from dataclasses import dataclass
from datetime import UTC, datetime

SOFTWARE = "Suyuan"
RULES = "2026-11"  # of what belongs in a report and what counts as missing; changes when one of these does


@dataclass(frozen=True, slots=True)
class Asked:
    """`id` is the report's own number, `base_url` where its QR leads."""

    by: str
    at: datetime
    id: str
    base_url: str
    software: str = SOFTWARE
    rules: str = RULES

    @property
    def created(self) -> str:
        """As a PDF's metadata wants it."""
        return self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
