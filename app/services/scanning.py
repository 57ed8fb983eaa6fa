"""One scan on the shop floor: from the decoded text to a recorded event and a verdict in one sentence.

A refused scan is an answer, not an exception: it is kept with its nonce, so that sending it again says the same.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from sqlmodel import Session

from app.domain import epcis, identifiers
from app.domain.people import Actor
from app.domain.steps import SCANNABLE, step_of
from app.errors import N_, Conflict, Malformed, Refused, TraceError, Unknown
from app.services.capturing import Captured, capture, correct
from app.services.cards import Card, card_of, names_of
from app.services.scan_events import ScanRequest, event_of, kept, visible_thing
from app.store import database, items, printing, scans
from app.store.tables import Scan, Thing

NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
LONGEST_ANSWER = 8_000
# The values that only the rules of custody give: what people send is never looked up by name.
NAMED = frozenset({"item", "content", "container", "site", "places", "holder", "to"})

__all__ = ["ScanRequest", "Verdict", "look", "scan", "undo"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """green: recorded; amber: recorded, but look; red: not recorded. Message and hint are msgid templates."""

    colour: str
    code: str
    message: str
    hint: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    event_id: str = ""
    seq: int | None = None
    item: dict[str, Any] = field(default_factory=dict)
    repeated: bool = False

    def values_in(self, language: str) -> dict[str, Any]:
        """The values for the sentence, with names of things, places and companies in the reader's language."""
        key = "zh" if language.startswith("zh") else "en"
        return {name: value[key] if isinstance(value, dict) else value for name, value in self.values.items()}


def scan(session: Session, actor: Actor, request: ScanRequest, now: datetime) -> Verdict:
    """Records one scan and says how it went. Raises only for what is not a scan at all (a bad nonce)."""
    actor.require("scan")
    if not NONCE.fullmatch(request.nonce):
        raise Malformed(
            "bad-nonce",
            N_("'{nonce}' is not a scan number."),
            N_("Send 8 to 64 letters and digits."),
            nonce=request.nonce,
        )
    database.lock_log(session)  # before looking for the nonce: it may arrive twice at once
    if earlier := _find(session, actor, request.nonce):
        _check_same(earlier, request)
        return replace(_verdict_of(earlier.answer), repeated=True)
    try:
        verdict = _recorded(session, actor, request, now)
    except TraceError as error:
        verdict = Verdict("red", error.code, error.message, error.hint, error.values)
    verdict = replace(verdict, values=_named(session, verdict.values))
    _keep(session, actor, request, verdict, now)
    return verdict


def look(session: Session, actor: Actor, code: str) -> Card:
    """What a code is, without recording anything. Raises Malformed or Unknown."""
    return card_of(session, actor, visible_thing(session, actor, code))


def undo(session: Session, actor: Actor, nonce: str, visit: str, now: datetime) -> Verdict:
    """Withdraws a scan of this visit by a correction. Undoing twice is one undo."""
    database.lock_log(session)
    row = _find(session, actor, nonce)
    if row is None or row.operator_id != actor.operator_id or row.visit != visit or row.seq is None:
        raise Unknown(
            "unknown-scan",
            N_("This visit has no recorded scan '{nonce}'."),
            N_("Only your own scans of this visit can be undone."),
            nonce=nonce,
        )
    first = _verdict_of(row.answer)
    if row.undone_seq is None:
        row.undone_seq = correct(session, row.seq, actor, now, "did_not_occur").seq
        session.add(row)
        repeated = False
    else:
        repeated = True
    item = items.find(session, first.item["epc"])
    card = _card_json(card_of(session, actor, item)) if item else first.item
    return Verdict(
        "green",
        "undone",
        N_("Undone: {title}."),
        "",
        {"title": _title(card)},
        "",
        row.undone_seq,
        card,
        repeated,
    )


def _recorded(session: Session, actor: Actor, request: ScanRequest, now: datetime) -> Verdict:
    step = step_of(request.step)
    if not step.scannable:
        raise Malformed(
            "unknown-step",
            N_("There is no step '{step}'."),
            N_("Known steps: {known}."),
            step=step.name,
            known=", ".join(SCANNABLE),
        )
    thing = visible_thing(session, actor, request.code)
    if thing.level == "blank":
        return _blank(_card_json(card_of(session, actor, thing)))
    if thing.level in ("location", "product"):
        raise Refused(
            "not-a-piece",
            N_("{identifier} is the label of a {level}, not of a piece."),
            N_("Scan the label on the piece, the lot or the container."),
            identifier=str(identifiers.from_epc(thing.epc)),
            level=thing.level,
        )
    event = event_of(session, actor, request, step, thing)
    captured = capture(session, event, actor, now)
    printing.mark_applied(session, thing.epc, actor.organisation_id, actor.name, now)
    card = _card_json(card_of(session, actor, thing))
    return _verdict(captured, card, _expiry_notice(thing, request))


def _blank(card: dict[str, Any]) -> Verdict:
    """With its card, from which people go on to say what it is for."""
    error = Refused(
        "blank-label",
        N_("{identifier} is a blank label: it belongs to nothing yet."),
        N_("Say what it is for, then scan it again."),
        identifier=card["identifier"],
    )
    return Verdict("red", error.code, error.message, error.hint, error.values, item=card)


def _verdict(
    captured: Captured, card: dict[str, Any], expired: tuple[str, str, dict[str, Any]] | None
) -> Verdict:
    notices = [(notice.code, notice.message, dict(notice.values)) for notice in captured.notices]
    if expired:
        notices.insert(0, expired)
    place: dict[str, Any] = {"event_id": captured.event.event_id, "seq": captured.seq, "item": card}
    if notices:
        code, message, values = notices[0]
        return Verdict("amber", code, message, N_("It is recorded. Check the piece."), values, **place)
    return Verdict("green", "recorded", N_("{title}: recorded."), "", {"title": _title(card)}, **place)


def _expiry_notice(thing: Thing, request: ScanRequest) -> tuple[str, str, dict[str, Any]] | None:
    if thing.expires_on and request.event_time.date() > thing.expires_on and request.step != "scrap":
        return (
            "expired",
            N_("{lot} expired on {date}."),
            {"lot": thing.lot or thing.serial, "date": thing.expires_on},
        )
    return None


def _find(session: Session, actor: Actor, nonce: str) -> Scan | None:
    return scans.find(session, actor.organisation_id, nonce)


def _check_same(earlier: Scan, request: ScanRequest) -> None:
    """A green light for what was never recorded would be a lie."""
    if (earlier.step, earlier.site, earlier.raw) != _told_apart_by(request):
        raise Conflict(
            "nonce-reused",
            N_("The scan number '{nonce}' came with another scan before."),
            N_("Draw a new number for each scan, and keep it only when you send the same scan again."),
            nonce=request.nonce,
        )


def _told_apart_by(request: ScanRequest) -> tuple[str, str, str]:
    return kept(request.step, 16), kept(request.place, 300), kept(request.code, 500)


def _keep(session: Session, actor: Actor, request: ScanRequest, verdict: Verdict, now: datetime) -> None:
    answer = orjson.dumps(
        {name: getattr(verdict, name) for name in Verdict.__slots__ if name != "repeated"}, default=str
    )
    if len(answer) > LONGEST_ANSWER:
        raise Conflict(
            "answer-too-long", N_("The scanned text is too long to keep."), N_("Scan a Suyuan label.")
        )
    step, site, raw = _told_apart_by(request)
    event_time = min(max(request.event_time, datetime(1970, 1, 1, tzinfo=now.tzinfo)), now)
    scans.add(
        session,
        organisation_id=actor.organisation_id,
        nonce=request.nonce,
        operator_id=actor.operator_id,
        visit=kept(request.visit, 64),
        step=step,
        site=site,
        raw=raw,
        verdict=verdict.colour,
        answer=answer.decode(),
        seq=verdict.seq,
        event_time=event_time,
        record_time=now,
    )


def _verdict_of(answer: str) -> Verdict:
    return Verdict(**orjson.loads(answer))


def _card_json(card: Card) -> dict[str, Any]:
    values = {name: getattr(card, name) for name in Card.__slots__}
    return {name: _plain_value(value) for name, value in values.items()}


def _named(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON, and what is an identifier or a company replaced by what people call it."""
    plain = {name: _plain_value(value) for name, value in values.items()}
    words = {name: value for name, value in plain.items() if name in NAMED and isinstance(value, str)}
    names = names_of(session, words.values())
    return plain | {name: names[word] for name, word in words.items() if word in names}


def _plain_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return epcis.time_text(value)
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, str):
        return kept(value, 300)
    return list(value) if isinstance(value, tuple) else value


def _title(card: dict[str, Any]) -> str:
    return card["serial"] or card["lot"] or card["identifier"]
