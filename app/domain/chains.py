"""The chain of trust: from the root's keys down the delegations to an answer, and the word that says what it is worth.

Pure: `now` is handed in, and the newest serials known (`floors`) with it, since an old statement is as well signed as
the one that took its place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NoReturn

from app.domain import zones
from app.domain.delegations import ACTIVE, KIND, Delegation, delegation_of, time_of
from app.domain.handles.naming import key_of
from app.domain.trust import PublicKey, Signed, verify
from app.errors import N_, Refused, TraceError

VERIFIED, UNSIGNED, EXPIRED, FORGED = "verified", "unsigned", "expired", "forged"
STATES = (VERIFIED, UNSIGNED, EXPIRED, FORGED)
ANSWER = "answer"
SKEW = timedelta(seconds=300)  # by which two nodes' clocks may differ
NONCE_SKEW = timedelta(
    seconds=900
)  # the same where the answer holds our nonce, and so was made for this question
LONGEST_LIFE = timedelta(seconds=172_800)  # of an answer: the longest that clients of the system keep one
NO_FLOORS: Mapping[str, int] = {}

# Of a Verdict, beside the codes of errors.
REASONS = {
    "no-root-keys": N_("This node knows no root to verify it from."),
    "chain-too-long": N_("More levels stand between the root and this answer than there can be."),
    "signature-missing": N_("The node signs its answers, and this one came without a signature."),
    "not-signed": N_("The node that said it cannot sign."),
    "values-changed": N_("A value is not the one that was signed."),
    "values-unsigned": N_("The signature does not cover every value."),
    "values-missing": N_("Not all values that were signed are shown."),
}

# Everything else that is refused was made or changed by somebody who may not.
_EXPIRY = {"not-yet-valid", "no-longer-valid", "zone-suspended", "zone-left", "superseded"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is one of STATES, `reason` the error code behind it ('' when verified), `zone` where the chain ends or
    breaks, `keys` that zone's, `body` what the verified answer says."""

    state: str
    reason: str = ""
    zone: str = zones.ROOT
    keys: tuple[PublicKey, ...] = ()
    body: Mapping[str, Any] | None = None

    @property
    def verified(self) -> bool:
        return self.state == VERIFIED


def verify_chain(
    root_keys: Sequence[PublicKey],
    delegations: Sequence[Signed],
    answer: Signed | None,
    now: datetime,
    *,
    nonce: str = "",
    floors: Mapping[str, int] = NO_FLOORS,
) -> Verdict:
    """What the answer (None: the last delegation itself) is worth at the moment `now`. Never raises.

    For what was kept, `now` is when it was received. Without root keys, and below a zone that has no keys, nothing is
    better than `unsigned`. For an answer that came without any signature see `without_signature`.
    """
    zone, keys = zones.ROOT, tuple(root_keys)
    if not keys:
        return Verdict(UNSIGNED, "no-root-keys")
    if len(delegations) > zones.MOST_LABELS:
        return Verdict(FORGED, "chain-too-long")
    signs = True
    try:
        for signed in delegations:
            if not signs:
                return Verdict(UNSIGNED, "not-signed", zone)
            delegation = open_delegation(signed, zone, keys, now, floors)
            zone, keys, signs = delegation.zone, delegation.keys_at(now), bool(delegation.keys)
        if answer is None:
            return Verdict(VERIFIED, zone=zone, keys=keys)
        if not signs:
            return Verdict(UNSIGNED, "not-signed", zone)
        return Verdict(VERIFIED, zone=zone, keys=keys, body=open_answer(answer, zone, keys, now, nonce=nonce))
    except TraceError as error:
        return Verdict(worth_of(error), error.code, zone, keys)


def without_signature(zone: str, keys: Sequence[PublicKey]) -> Verdict:
    """For an answer without any signature: where the parent names the node's keys, somebody took it away."""
    return (
        Verdict(FORGED, "signature-missing", zone, tuple(keys))
        if keys
        else Verdict(UNSIGNED, "not-signed", zone)
    )


def worth_of(error: TraceError) -> str:
    """The word for a statement that was refused."""
    return EXPIRED if error.code in _EXPIRY else FORGED


def open_delegation(
    signed: Signed,
    parent: str,
    parent_keys: Sequence[PublicKey],
    now: datetime,
    floors: Mapping[str, int] = NO_FLOORS,
) -> Delegation:
    """A delegation in force. Refused with one of `verify`'s codes, `foreign-zone`, or one of those of `check_in_force`;
    Malformed `bad-delegation`."""
    delegation = read_delegation(signed, parent, parent_keys)
    check_in_force(delegation, now, floors.get(delegation.zone, 0))
    return delegation


def read_delegation(signed: Signed, parent: str, parent_keys: Sequence[PublicKey]) -> Delegation:
    """What the parent did state of a zone below its own, whether or not it holds today."""
    delegation = delegation_of(verify(signed, parent_keys, KIND))
    if delegation.issuer != parent or not zones.strictly_closer(parent, delegation.zone, delegation.zone):
        _foreign(delegation.zone, parent)
    return delegation


def check_in_force(delegation: Delegation, now: datetime, floor: int = 0) -> None:
    """Refused `superseded` (a newer serial is known), `not-yet-valid`, `no-longer-valid`, `zone-suspended` or
    `zone-left`. Clocks may differ by SKEW."""
    if delegation.serial < floor:
        raise Refused(
            "superseded",
            N_("A newer statement about the zone {zone} is known than this one."),
            N_("Ask the parent node again, past what is kept."),
            zone=delegation.zone,
        )
    _check_time(delegation.not_before, delegation.not_after, now, SKEW)
    if delegation.state != ACTIVE:
        raise Refused(
            f"zone-{delegation.state}",
            N_("The zone {zone} is not in service: its parent has suspended it or let it go."),
            N_("Ask the operator of the parent node since when, and why."),
            zone=delegation.zone,
        )


def open_answer(
    signed: Signed,
    zone: str,
    keys: Sequence[PublicKey],
    now: datetime,
    *,
    handle: str = "",
    nonce: str = "",
) -> dict[str, Any]:
    """What a node of this zone answers. Refused with one of `verify`'s codes, `foreign-zone` (it speaks for another
    zone, or of a handle outside its own), `wrong-answer` (`handle` or `nonce` are not those asked for), `not-yet-valid`
    or `no-longer-valid`."""
    body = verify(signed, keys, ANSWER)
    about, told = body.get("zone"), body.get("handle")
    if about != zone or not isinstance(told, str) or not zones.covers(zone, zones.asked_for(told)):
        _foreign(str(about)[: zones.LONGEST], zone)
    if (handle and key_of(told) != key_of(handle)) or (nonce and body.get("nonce") != nonce):
        raise Refused(
            "wrong-answer",
            N_("The answer belongs to another question."),
            N_("Ask again; if it stays, somebody between the nodes sends old answers."),
        )
    issued, expires = time_of(body.get("issued")), time_of(body.get("expires"))
    if issued is None or expires is None or not timedelta() <= expires - issued <= LONGEST_LIFE:
        _over()
    _check_time(issued, expires, now, NONCE_SKEW if nonce else SKEW)
    return body


def _check_time(first: datetime, last: datetime, now: datetime, skew: timedelta) -> None:
    if now < first - skew:
        raise Refused(
            "not-yet-valid",
            N_("The statement is of a time to come."),
            N_("Compare the clocks of the two nodes with a time server."),
        )
    if now > last + skew:
        _over()


def _over() -> NoReturn:
    raise Refused(
        "no-longer-valid",
        N_("The statement's time is over."),
        N_("Ask again. If it stays, compare the clocks of the two nodes with a time server."),
    )


def _foreign(zone: str, parent: str) -> NoReturn:
    raise Refused(
        "foreign-zone",
        N_("The node of the zone “{parent}” speaks of “{zone}”, for which it does not answer."),
        N_("What it says there counts for nothing; tell its operator."),
        zone=zone,
        parent=parent,
    )
