"""Holders of one zone keep each other in step: each logs the changes to its delegations and reads the others' logs.

`asked` is the side that fetches; everything else works on this node's own database. What a sister tells is believed
only as far as keys that our parent vouches for have signed it, statement by statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

import orjson
from sqlmodel import Session

from app.domain import calls, chains, meshing, trust
from app.domain.delegations import Delegation, delegation_of
from app.domain.handles.trust import certified
from app.domain.messages import Ask, Fetch
from app.domain.trust import PublicKey, Signed
from app.errors import N_, PeerFailed, Refused, TraceError, Unknown
from app.services import hearing
from app.store import database, zones
from app.store import mesh as rows
from app.store.tables import Delegation as DelegationRow
from app.store.tables import MeshChange, MeshSister

PATH = "/api/network/changes"
SECONDS = 10.0  # for one page
KEPT = timedelta(days=30)  # for which a statement that was replaced stays in the log
OK = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """Our zone as our parent states it: the keys of all who hold it, and where the others are."""

    zone: str
    keys: tuple[PublicKey, ...]
    sisters: tuple[str, ...]

    @property
    def key_set(self) -> str:
        return meshing.key_set(key.key_id for key in self.keys)


@dataclass(frozen=True, slots=True)
class Merged:
    """What a page brought: statements that count now, and those not believed. `more` when there is more to read."""

    new: int = 0
    refused: int = 0
    more: bool = False


def standing(session: Session, zone: str, base_url: str, now: datetime) -> Standing | None:
    """None while no statement on our own zone is there, or none that is of use."""
    statement = rows.own_statement(session, zone)
    if statement is None:
        return None
    ours = delegation_of(Signed.from_wire(statement).peek())
    keys, endpoints = ours.keys_at(now), [each.wire for each in ours.endpoints]
    return Standing(zone, keys, tuple(meshing.others(endpoints, base_url))) if keys else None


# --- the side that tells ---


def accept(session: Session, ours: Standing, wire: object, now: datetime) -> tuple[meshing.Wanted, str]:
    """A sister's question and its nonce, which is used up. Refused or Malformed for whatever no holder of our zone
    signed for us, just now, for the first time."""
    call = hearing.accept(
        session,
        Signed.from_wire(wire),
        meshing.WANTED,
        ours.keys,
        sender=ours.zone,
        audience=ours.zone,
        now=now,
    )
    return meshing.Wanted.of(call.body), call.nonce


def page(session: Session, wanted: meshing.Wanted) -> meshing.Page:
    """The next stretch of our log for a sister who has it up to `wanted`."""
    total, _ = rows.head(session)
    if rows.chain_at(session, wanted.after) != wanted.chain:
        return meshing.Page(0, total, follows=False, chain=meshing.GENESIS)
    changes: list[Signed] = []
    numbers: list[int] = []
    chain, size = wanted.chain, 0
    for row in rows.changes(session, wanted.after, meshing.MOST_CHANGES):
        signed = Signed.from_wire(row.statement)
        size += len(signed.payload) * 4 // 3 + 300
        if changes and size > meshing.PAGE_FULL:
            break
        changes.append(signed)
        numbers.append(row.seq)
        chain = row.chain
    whole = not numbers or numbers[-1] == wanted.after + len(numbers)
    return meshing.Page(
        wanted.after,
        total,
        follows=True,
        chain=bytes(chain),
        changes=tuple(changes),
        numbers=() if whole else tuple(numbers),
    )


def forget(session: Session, now: datetime, limit: int) -> int:
    """Drops statements that were replaced long ago from our log, at most so many; how many there were. Who has not read
    for longer than KEPT begins at the log's first again, and so misses nothing either."""
    database.lock_log(session)
    return rows.drop_replaced(session, now - KEPT, limit)


def told(ours: Standing, page: meshing.Page, nonce: str, seed: bytes, now: datetime) -> dict[str, str]:
    """The page as it travels, signed by this node."""
    return calls.seal(
        meshing.PAGE, page.body, seed=seed, sender=ours.zone, audience=ours.zone, nonce=nonce, now=now
    ).wire


# --- the side that asks ---


def wanted(session: Session, ours: Standing, url: str) -> meshing.Wanted:
    return _wanted(rows.sister(session, url), ours)


def _wanted(row: MeshSister, ours: Standing) -> meshing.Wanted:
    """From where we have all of hers; from her first where some did not pass and our zone has other keys by now."""
    if row.refused and row.key_set != ours.key_set:
        return meshing.Wanted(0, meshing.GENESIS)
    return meshing.Wanted(row.after, bytes(row.chain))


def asked(
    fetch: Fetch, url: str, ours: Standing, wanted: meshing.Wanted, *, seed: bytes, nonce: str, now: datetime
) -> tuple[meshing.Page, str]:
    """The sister's next page, and the id of the key that signed it. PeerFailed, Refused or Malformed."""
    question = calls.seal(
        meshing.WANTED, wanted.body, seed=seed, sender=ours.zone, audience=ours.zone, nonce=nonce, now=now
    )
    body = orjson.dumps(question.wire)
    headers = (("Content-Type", "application/json"), ("Accept", "application/json"))
    answer = fetch(Ask(url + PATH, "POST", headers, body, seconds=SECONDS, most_bytes=meshing.MOST_BYTES))
    if answer.status != OK:
        raise PeerFailed(
            "sister-refused",
            N_("The node {url} holds our zone too, but did not hand over its changes: it answered {status}."),
            N_("See whether it knows our key, and whether both clocks are right."),
            url=url,
            status=answer.status,
        )
    try:
        signed = Signed.from_wire(orjson.loads(answer.body))
    except orjson.JSONDecodeError:
        raise PeerFailed(
            "sister-unreadable",
            N_("What the node {url} told of its changes cannot be read."),
            N_("Another program may answer there; tell its operator."),
            url=url,
        ) from None
    reply = calls.open_reply(
        signed, meshing.PAGE, ours.keys, sender=ours.zone, audience=ours.zone, nonce=nonce, now=now
    )
    if signed.key_id == trust.public_key_of(seed).key_id:
        raise Refused(
            "sister-is-this-node",
            N_("The address {url} leads to this node itself."),
            N_("Set BASE_URL to the address that the delegation of the zone names."),
            url=url,
        )
    return meshing.Page.of(reply, wanted), signed.key_id


def merge(
    session: Session,
    ours: Standing,
    url: str,
    wanted: meshing.Wanted,
    page: meshing.Page,
    key_id: str,
    now: datetime,
) -> Merged:
    """Takes a page in, in one transaction with how far she was read: what breaks off is asked for again as a whole,
    and what came twice changes nothing. A page for another place than we are at now (two pulled at once) is dropped."""
    database.lock_log(session)
    row = rows.sister(session, url)
    if _wanted(row, ours) != wanted:
        return Merged()
    if wanted.after == 0:
        row.refused = 0
    row.key_set, row.key_id, row.heard_time, row.error = ours.key_set, key_id, now, ""
    row.total = page.total
    if not page.follows:
        row.after, row.chain, row.refused, row.begun_anew = 0, meshing.GENESIS, 0, row.begun_anew + 1
        rows.keep_sister(session, row)
        return Merged(more=True)
    new = refused = 0
    for signed in page.changes:
        delegation = _believed(signed, ours)
        if delegation is None or _leaps(session, delegation):
            refused += 1
        elif take_in(session, delegation, signed, now):
            new += 1
    row.after, row.chain, row.refused = page.last, page.chain, row.refused + refused
    rows.keep_sister(session, row)
    return Merged(new, refused, more=page.last < page.total)


def _believed(signed: Signed, ours: Standing) -> Delegation | None:
    """What a holder of our zone stated of a zone below it; whether it is in force today is no question here."""
    try:
        return chains.read_delegation(signed, ours.zone, ours.keys)
    except TraceError:
        return None


def _leaps(session: Session, told: Delegation) -> bool:
    known = zones.find_delegation(session, told.zone)
    return meshing.leaps(told.serial, known.serial if known else 0)


def take_in(session: Session, delegation: Delegation, signed: Signed, now: datetime) -> bool:
    """Makes the statement the one on its zone if it is the one that counts. One that does not count, but was made
    without knowledge of the one that does, is kept in the log, so that everybody comes to see both."""
    row = row_of(delegation, signed, now)
    if zones.put(session, row):
        return True
    before = zones.find_delegation(session, row.zone)
    if before is not None and meshing.differ(before.serial, before.digest, row.serial, row.digest):
        rows.append(session, row.zone, row.serial, row.state, row.digest, row.statement, now)
    return False


def row_of(delegation: Delegation, signed: Signed, now: datetime) -> DelegationRow:
    """A statement as it is kept. Its signature was seen to fit."""
    return DelegationRow(
        zone=delegation.zone,
        serial=delegation.serial,
        state=delegation.state,
        digest=signed.digest,
        statement=dict(signed.wire),
        keys=[key.jwk for key in delegation.keys],
        endpoints=[each.wire for each in delegation.endpoints],
        not_before=delegation.not_before,
        not_after=delegation.not_after,
        record_time=now,
        **delegation.subject,
    )


def failed(session: Session, url: str, error: TraceError, now: datetime) -> None:
    """Notes that a sister could not be read."""
    row = rows.sister(session, url)
    row.error, row.failed_time = error.code[:60], now
    rows.keep_sister(session, row)


# --- when a holder is lost ---


def signed_by(session: Session, key_id: str, limit: int | None = None) -> list[DelegationRow]:
    """Delegations whose present statement has this key's signature."""
    found = (row for row in zones.every(session) if row.statement.get("key") == key_id)
    return list(islice(found, limit))


def take_over(
    session: Session, ours: Standing, key_id: str, seed: bytes, now: datetime
) -> list[DelegationRow]:
    """States anew, with this node's key, what the lost holder's key had stated, so that it stays valid when our parent
    strikes that key. A person's decision: what a stolen key signed would be made good."""
    own = trust.public_key_of(seed).key_id
    check_holder(ours, own)
    found = [] if key_id == own else restate(session, key_id, seed, now)
    if not found:
        raise Unknown(
            "nothing-to-take-over",
            N_("No delegation in force is signed with the key {key}, or it is this node's own."),
            key=key_id[:60],
        )
    return found


def check_holder(ours: Standing, key_id: str) -> None:
    """Refused `not-a-holder` for a key that our parent does not name: what it signs convinces nobody."""
    if key_id not in {key.key_id for key in ours.keys}:
        raise Refused(
            "not-a-holder",
            N_("The parent's statement on the zone {zone} does not name this node's key."),
            N_("Ask the parent to add it first."),
            zone=ours.zone,
        )


def restate(
    session: Session, key_id: str, seed: bytes, now: datetime, limit: int | None = None
) -> list[DelegationRow]:
    """The same words under the next serial, signed with this seed, for what is signed with that key; at most `limit`.
    Gives what there was. A certificate in it is made anew as well, since it bears a signature of its own."""
    found = signed_by(session, key_id, limit)
    for row in found:
        old = delegation_of(Signed.from_wire(row.statement).peek())
        new = replace(old, serial=old.serial + 1)
        new = certified(new, seed) if old.certificate else new
        signed = trust.sign(chains.KIND, new.body, seed)
        take_in(session, new, signed, now)
    return found


# --- for people ---


@dataclass(frozen=True, slots=True)
class View:
    """The mesh as this node sees it. `conflicts`: for each zone that two holders changed at once, the statements."""

    standing: Standing | None
    total: int
    sisters: tuple[MeshSister, ...]
    conflicts: tuple[Sequence[MeshChange], ...]


def view(session: Session, zone: str, base_url: str, now: datetime, limit: int = 20) -> View:
    ours = standing(session, zone, base_url, now)
    known = {row.url: row for row in rows.sisters(session)}
    urls = list(ours.sisters) if ours else []
    return View(
        ours,
        rows.head(session)[0],
        tuple(known.get(url) or MeshSister(url=url) for url in urls),
        tuple(rows.conflicts(session, limit)),
    )
