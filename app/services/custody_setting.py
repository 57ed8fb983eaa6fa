"""The rules of custody as a company has set them: read where a rule speaks, changed by its administrators."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.domain import custody_settings
from app.domain.custody_settings import RULES, Rule
from app.domain.people import Actor
from app.errors import N_, Unknown
from app.services import auditing
from app.store import custody_setting as rows
from app.store.tables import CustodyRule

RIGHT = "people"  # that of administrators: what they decide holds for everybody of the company


class Set(Mapping[tuple[str, str], str]):
    """What a company has set, read when a rule speaks for the first time: most events give it no cause."""

    def __init__(self, session: Session, organisation_id: int) -> None:
        self.session, self.organisation_id = session, organisation_id
        self._read: dict[tuple[str, str], str] | None = None

    def _rows(self) -> dict[tuple[str, str], str]:
        if self._read is None:
            found = rows.of_company(self.session, self.organisation_id)
            self._read = {(row.code, row.step): row.verdict for row in found}
        return self._read

    def __getitem__(self, key: tuple[str, str]) -> str:
        return self._rows()[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._rows())

    def __len__(self) -> int:
        return len(self._rows())


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule with what the company has set: by step, '' for every step."""

    rule: Rule
    verdicts: dict[str, str]

    @property
    def everywhere(self) -> str:
        return self.verdicts.get(custody_settings.EVERY_STEP, self.rule.verdicts[0])


def settings_of(session: Session, actor: Actor) -> Sequence[Setting]:
    """Every rule that can be set."""
    found: dict[str, dict[str, str]] = {code: {} for code in RULES}
    for row in rows.of_company(session, actor.organisation_id):
        if row.code in found:
            found[row.code][row.step] = row.verdict
    return [Setting(rule, found[code]) for code, rule in RULES.items()]


def put(session: Session, actor: Actor, code: str, step: str, verdict: str, now: datetime) -> None:
    """For everything that the company records from now on; what is recorded stays. Malformed for what cannot be."""
    actor.require(RIGHT)
    custody_settings.checked(code, step, verdict)
    row = CustodyRule(
        organisation_id=actor.organisation_id,
        code=code,
        step=step,
        verdict=verdict,
        operator_id=actor.operator_id,
        record_time=now,
    )
    rows.put(session, row)
    _note(session, actor, code, step, verdict, now)


def remove(session: Session, actor: Actor, code: str, step: str, now: datetime) -> None:
    """The rule says again what it says of itself, or at every step; Unknown for what was not set."""
    actor.require(RIGHT)
    if not rows.remove(session, actor.organisation_id, code, step):
        raise Unknown(
            "rule-not-set", N_("The rule '{rule}' is not set there."), N_("Look at the list."), rule=code[:40]
        )
    _note(session, actor, code, step, "", now)


def _note(session: Session, actor: Actor, code: str, step: str, verdict: str, now: datetime) -> None:
    auditing.record(session, actor, "rule-changed", now, subject=f"{code} {step or '*'}", detail=verdict)
