"""Partners sign under each other's checkpoints: each shows the other its log's head with the proof that it continues
what was shown before. Whoever changed his log afterwards can show no such proof.

This is the side that is asked; the one that asks is `offering`, and the calls themselves are in `exchanging`, since
nobody waits for another node inside a transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlmodel import Session

from app.domain import checkpoints, cosignatures, zones
from app.domain.checkpoints import Checkpoint
from app.domain.cosignatures import BEHIND, FITS, FORKED, MOST_PROOF, Seen
from app.domain.people import Actor
from app.domain.trust import PublicKey
from app.errors import N_, Malformed, Refused, TraceError, Unknown
from app.services import auditing
from app.store import cosigning as rows
from app.store.tables import Cosignature, LogPartner, PartnerCheckpoint

ASKING, ANSWER = "checkpoint", "cosigned"  # kinds of the call and of its reply
LONGEST_ORIGIN = 300
CLAIMED, DIVERGED = "partner-claims-other", "log-diverged"  # troubles of a LogPartner about our own log
REASONS = {
    "partner-claims-other": N_("Disputed without proof"),
    "log-diverged": N_("Our log changed"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How we and one partner stand: its signature under the newest of our checkpoints that has one, the newest of its
    own that fit, and those that cannot be of one log."""

    partner: LogPartner
    signed: Cosignature | None
    seen: PartnerCheckpoint | None
    unfit: Sequence[PartnerCheckpoint]

    @property
    def grave(self) -> bool:
        """Whether one of the two logs was changed, and it can be shown."""
        return bool(self.unfit) or self.partner.trouble == DIVERGED


# --- whose ---


def name_partner(session: Session, actor: Actor, zone: str, now: datetime, own: str = "") -> str:
    """By a person: `add_partner`, in the audit trail. The zone in its canonical form."""
    actor.require_node("people")
    if add_partner(session, zone, now, own):
        auditing.record(session, actor, "log-partner-named", now, subject=zones.zone(zone))
    return zones.zone(zone)


def drop_partner(session: Session, actor: Actor, zone: str, now: datetime) -> None:
    """By a person: `remove_partner`, in the audit trail."""
    actor.require_node("people")
    remove_partner(session, zone)
    auditing.record(session, actor, "log-partner-dropped", now, subject=zone)


def add_partner(session: Session, zone: str, now: datetime, own: str = "") -> bool:
    """From now on both logs are shown; False when they are already. Malformed `bad-zone`, Refused `own-zone`."""
    canonical = zones.zone(zone)
    if not canonical or canonical == own:
        raise Refused(
            "own-zone",
            N_("“{zone}” is no other node's zone."),
            N_("Write the partner's prefix, for example 88.118.3003."),
            zone=zone[: zones.LONGEST],
            field="zone",
        )
    return rows.add(session, canonical, now)


def remove_partner(session: Session, zone: str) -> None:
    """What was signed stays. Unknown for a zone that is no partner."""
    rows.remove(session, partner_of(session, zone))


def partners(session: Session) -> list[LogPartner]:
    return list(rows.partners(session))


def standings(session: Session) -> list[Standing]:
    signed = rows.confirmed(session)
    return [
        Standing(
            row, signed.get(row.zone), rows.newest_fitting(session, row.zone), rows.unfit(session, row.zone)
        )
        for row in rows.partners(session)
    ]


# --- asked by a partner ---


def take(
    session: Session,
    sender: str,
    body: Mapping[str, Any],
    keys: Sequence[PublicKey],
    *,
    name: str,
    seed: bytes,
    now: datetime,
) -> dict[str, Any]:
    """A partner's head, as a call's body: kept, and signed where it continues what we saw. `keys` are the partner's.

    The reply: `held`, the size of its log that we know; `line`, our signature, or ''; `judged`, one of cosignatures'
    words; `note`, what it signed itself before, where that does not go together with what it shows now. Unknown for
    who is no partner; Malformed `bad-checkpoint` and the like for what is no checkpoint of it.
    """
    partner_of(session, sender)
    rows.lock(session, sender)
    note = body.get("note")
    if not isinstance(note, str):
        bad_call()
    shown = signed_by_one(note, keys)
    judged = _keep(session, sender, shown, note, _old(body), _proof(body), now)
    held = rows.newest_fitting(session, sender)
    text = checkpoints.parse_note(note).text
    return {
        "held": held.size if held else 0,
        "judged": judged,
        "line": cosignatures.line(text, name, seed, now) if judged == FITS else "",
        "note": held.note if held and judged in (BEHIND, FORKED) else "",
    }


def _keep(
    session: Session,
    zone: str,
    shown: Checkpoint,
    note: str,
    old: int,
    proof: Sequence[bytes],
    now: datetime,
) -> str:
    before = rows.newest_fitting(session, zone)
    seen = Seen(before.size, before.root) if before else Seen()
    judged = cosignatures.judge(seen, shown, old, proof)
    if judged in (FITS, FORKED):
        row = PartnerCheckpoint(
            zone=zone,
            origin=shown.origin,
            size=shown.size,
            root=shown.root,
            note=note,
            fits=judged == FITS,
            record_time=now,
        )
        rows.keep_checkpoint(session, row)
    return judged


# --- what came in ---


def partner_of(session: Session, zone: str) -> LogPartner:
    """Unknown for a zone that is no partner."""
    row = rows.find(session, zone)
    if row is None:
        raise Unknown(
            "unknown-log-partner",
            N_("{zone} is not among the partners who sign this log."),
            N_("Both have to name the other before anything is signed."),
            zone=zone[: zones.LONGEST],
        )
    return row


def signed_by_one(note: str, keys: Iterable[PublicKey]) -> Checkpoint:
    """The checkpoint, under whatever name the log has, once one of the zone's keys is seen to have signed it."""
    origin = stated_in(note).origin
    error: TraceError | None = None
    for key in signing(keys):
        try:
            return checkpoints.verify(note, checkpoints.verifier_key(origin, key.raw))
        except Refused as refusal:
            error = refusal if error is None or refusal.code == "bad-signature" else error
    raise error or unsigned()


def signing(keys: Iterable[PublicKey]) -> list[PublicKey]:
    """Those that notes can be signed with."""
    return [key for key in keys if key.alg == "EdDSA"]


def stated_in(note: str) -> Checkpoint:
    """What a note says, not verified yet."""
    found = checkpoints.checkpoint_of(checkpoints.parse_note(note).text)
    return found if len(found.origin) <= LONGEST_ORIGIN else bad_call()


def _old(body: Mapping[str, Any]) -> int:
    old = body.get("old")
    return old if type(old) is int and old >= 0 else bad_call()


def _proof(body: Mapping[str, Any]) -> list[bytes]:
    told = body.get("proof")
    if not isinstance(told, list) or len(told) > MOST_PROOF:
        bad_call()
    try:
        return [bytes.fromhex(each) for each in told]
    except (TypeError, ValueError):
        return bad_call()


def unsigned() -> Refused:
    return Refused(
        "not-signed",
        N_("The checkpoint is not signed by “{name}”."),
        N_("Check that the key on file is the one that node uses today."),
        name="",
    )


def bad_call() -> NoReturn:
    raise Malformed(
        "bad-checkpoint-call",
        N_("This is not a checkpoint with its proof, or not the reply to one."),
        N_("It has note, old and proof; the reply held, judged and line."),
    )
