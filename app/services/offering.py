"""Showing a partner the head of our log, and keeping its signature under it, or why it gave none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.domain import checkpoints, cosignatures
from app.domain.checkpoints import Checkpoint
from app.domain.cosignatures import BEHIND, FITS, FORKED, OTHER_START
from app.domain.delegations import MOST_SERIAL
from app.domain.trust import PublicKey
from app.errors import Refused, TraceError
from app.services import certifying, cosigning
from app.services.cosigning import CLAIMED, DIVERGED
from app.store import cosigning as rows
from app.store import log
from app.store.tables import Cosignature


@dataclass(frozen=True, slots=True)
class Offer:
    """Our head as a partner is shown it: the note, and the proof that it continues the log of `old` entries."""

    note: str
    old: int
    proof: tuple[bytes, ...]

    @property
    def body(self) -> dict[str, Any]:
        return {"note": self.note, "old": self.old, "proof": [each.hex() for each in self.proof]}


def head_to_show(session: Session, keys_dir: Path, origin: str, now: datetime) -> None:
    """Signs the log's head where something was added since; in a writing transaction, before `offer`."""
    certifying.checkpoint(session, keys_dir, origin, now)


def offer(session: Session, zone: str, origin: str, seed: bytes, old: int | None = None) -> Offer | None:
    """Our newest checkpoint for this partner, with the proof from `old` (default: what it signed last). None while
    nothing is signed. Signed anew with the present key, which may be another than when it was made."""
    newest = log.newest_checkpoint(session)
    if newest is None:
        return None
    start = rows.newest_signed(session, zone) if old is None else old
    if not 0 <= start <= newest.size:
        return None
    note = checkpoints.sign(checkpoints.body(origin, newest.size, newest.root), origin, seed)
    return Offer(note, start, tuple(log.consistency_proof(session, start, newest.size)))


def answered(
    session: Session,
    zone: str,
    sent: Offer,
    reply: Mapping[str, Any],
    keys: Sequence[PublicKey],
    own_keys: Sequence[PublicKey],
    now: datetime,
) -> int | None:
    """Keeps what a partner said to our offer; `keys` are the partner's, `own_keys` all that we ever signed with. A
    number is the size at which the proof has to begin in a second try."""
    row = cosigning.partner_of(session, zone)
    held, judged, line = reply.get("held"), reply.get("judged"), reply.get("line")
    if (
        type(held) is not int
        or not 0 <= held <= MOST_SERIAL
        or judged not in (FITS, FORKED, BEHIND, OTHER_START)
    ):
        cosigning.bad_call()
    shown = cosigning.stated_in(sent.note)
    row.tried, row.trouble, row.told_size = now, "", 0
    if judged == OTHER_START and held <= shown.size:
        return held
    if judged == FITS:
        _keep_line(session, zone, sent.note, shown, line, keys, now)
    else:
        row.trouble, row.told_size = _dispute(session, reply.get("note"), own_keys), held
    return None


def _dispute(session: Session, note: object, own_keys: Sequence[PublicKey]) -> str:
    """DIVERGED where the partner can show what we signed ourselves and what our log no longer continues; CLAIMED where
    it only says so."""
    try:
        signed = cosigning.signed_by_one(note if isinstance(note, str) else "", own_keys)
    except TraceError:
        return CLAIMED
    kept = signed.size <= log.size(session) and log.root(session, signed.size) == signed.root
    return CLAIMED if kept else DIVERGED


def failed(session: Session, zone: str, error: TraceError, now: datetime) -> None:
    row = rows.find(session, zone)
    if row is not None:
        row.tried, row.trouble = now, error.code[:60]


def _keep_line(
    session: Session,
    zone: str,
    note: str,
    shown: Checkpoint,
    line: object,
    keys: Sequence[PublicKey],
    now: datetime,
) -> None:
    if not isinstance(line, str) or len(line) > 1_000:
        cosigning.bad_call()
    text = checkpoints.parse_note(note).text
    error: TraceError | None = None
    for key in cosigning.signing(keys):
        try:
            stated = cosignatures.verify(text, line, key.raw)
        except Refused as refusal:
            error = refusal
            continue
        name = cosignatures.signature_in(text, line).name
        row = Cosignature(
            zone=zone,
            size=shown.size,
            signed=text,
            line=line,
            key=cosignatures.verifier_key(name, key.raw),
            stated=stated,
            record_time=now,
        )
        rows.keep_cosignature(session, row)
        return
    raise error or cosigning.unsigned()


def note_with_cosignatures(session: Session, size: int, note: str) -> str:
    """The checkpoint with the lines of all partners who signed under it."""
    text = checkpoints.parse_note(note).text
    lines = [row.line for row in rows.cosignatures(session, size) if row.signed == text]
    return note + "".join(lines[: checkpoints.MAX_SIGNATURES - 1])
