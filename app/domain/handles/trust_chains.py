"""Whose key may sign for a handle: chains of HS_CERT values, from the signature up to a root whose keys are known."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from app.domain import zones
from app.domain.handles import jws
from app.domain.handles.jws import Jws
from app.domain.handles.naming import key_of
from app.domain.handles.trust import DERIVED, EVERYTHING, THIS_HANDLE, UNDER_PREFIX
from app.domain.handles.values import MOST_VALUES
from app.errors import N_, Refused

LONGEST_CHAIN = zones.MOST_LABELS


def check_chain(
    handle: str,
    signature: Jws,
    certificates: Sequence[Jws],
    roots: Mapping[str, Sequence[Mapping[str, Any]]],
    now: datetime,
) -> Mapping[str, Any]:
    """The key (a JWK) that `signature` has to fit, proven by certificates: first that of its issuer, each signed by the
    next one's subject, the last by one of `roots` (identity to keys). None where a root signed it itself.

    Refused `not-permitted` where one of them may not sign for this handle, `broken-chain`, and as `check_values`.
    """
    if len(certificates) > LONGEST_CHAIN:
        _broken()
    if not certificates:
        return (
            next((key for key in _root_keys(signature, roots) if jws.fits(signature, key)), None) or _broken()
        )
    below = signature
    for at, each in enumerate(certificates):
        if not same_identity(below.claim("iss"), each.claim("sub")):
            _broken()
        if not may_sign(each.claims.get("perms"), handle):
            raise Refused(
                "not-permitted",
                N_("The key of {issuer} may not sign for this handle."),
                N_("Only the zone of the handle and those above it may; tell the operator of the node."),
                issuer=each.claim("sub")[:120],
            )
        if at + 1 < len(certificates):
            jws.check(each, (_public_key(certificates[at + 1]),), now)
        below = each
    jws.check(below, _root_keys(below, roots), now)
    return _public_key(certificates[0])


def may_sign(permissions: object, handle: str) -> bool:
    """Whether one of an HS_CERT's permissions is over this handle."""
    if not isinstance(permissions, list):
        return False
    return any(_permits(each, handle) for each in permissions[:MOST_VALUES])


def same_identity(one: str, other: str) -> bool:
    """`300:88.118.1/A` and the like; index 0, or none, stands for any."""
    (index, handle), (other_index, other_handle) = _identity(one), _identity(other)
    return key_of(handle) == key_of(other_handle) and (index == other_index or "0" in (index, other_index))


def issuer_handle(signed: Jws) -> str:
    """Where the issuer's own certificate is to be looked up."""
    return _identity(signed.claim("iss"))[1]


def _permits(permission: object, handle: str) -> bool:
    if not isinstance(permission, dict):
        return False
    over, perm = permission.get("handle"), permission.get("perm")
    if perm == EVERYTHING:
        return True
    if not isinstance(over, str):
        return False
    granted, asked = zones.asked_for(key_of(over)), zones.asked_for(key_of(handle))
    if perm == THIS_HANDLE:
        return key_of(over) == key_of(handle)
    if not granted or key_of(over) != f"0.NA/{granted}":
        return False
    return (perm == UNDER_PREFIX and asked == granted) or (
        perm == DERIVED and asked != granted and zones.covers(granted, asked)
    )


def _identity(text: str) -> tuple[str, str]:
    index, colon, handle = text.partition(":")
    return (index.lstrip("0") or "0", handle) if colon and index.isdigit() else ("0", text)


def _root_keys(last: Jws, roots: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Mapping[str, Any]]:
    issuer = last.claim("iss")
    return next((keys for identity, keys in roots.items() if same_identity(identity, issuer)), ())


def _public_key(certificate: Jws) -> Mapping[str, Any]:
    key = certificate.claims.get("publicKey")
    return key if isinstance(key, dict) else jws.bad()


def _broken() -> NoReturn:
    raise Refused(
        "broken-chain",
        N_("No chain of certificates leads from this signature to a root that is known here."),
        N_("Check the root hints of this node."),
    )
