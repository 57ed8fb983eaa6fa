"""What the signatures in a record are worth: the certificates they need are looked up, level by level, to the root."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.domain.chains import FORGED, UNSIGNED, VERIFIED, Verdict, worth_of
from app.domain.handles import Value, trust, trust_chains
from app.domain.handles.jws import Jws, parse
from app.domain.trust import PublicKey
from app.errors import Malformed, PeerFailed, TraceError, Unknown

MOST_SIGNATURES = 4  # of one record that are looked into
Lookup = Callable[
    [str], Sequence[Value]
]  # the values of a handle; PeerFailed or Unknown where there are none
Roots = Mapping[str, Sequence[Mapping[str, Any]]]  # identity (`300:0.NA/0.NA`) -> its keys as JWK


def roots_of(keys: Sequence[PublicKey]) -> Roots:
    """Our own root as one of the Handle System's form."""
    return {trust.issuer_of(""): [key.jwk for key in keys]}


def judge(handle: str, values: Sequence[Value], roots: Roots, now: datetime, lookup: Lookup) -> Verdict:
    """The best that one of the record's signatures proves. Never raises. `unsigned` also where a value stands in the
    record that none covers, `forged` where one was changed; values that were signed and are not shown to everybody do
    no harm. At most LONGEST_CHAIN look-ups a signature."""
    plain = [value for value in values if value.type not in (trust.SIGNATURE, trust.CERTIFICATE)]
    signatures = [value.text for value in values if value.type == trust.SIGNATURE][:MOST_SIGNATURES]
    found = Verdict(UNSIGNED, "not-signed")
    for text in signatures:
        verdict = _judged(handle, plain, text, roots, now, lookup)
        if verdict.verified:
            return verdict
        found = verdict if found.reason == "not-signed" else found
    return found


def _judged(
    handle: str, values: Sequence[Value], text: str | None, roots: Roots, now: datetime, lookup: Lookup
) -> Verdict:
    try:
        signature = parse(text)
        key = trust_chains.check_chain(handle, signature, _certificates(signature, roots, lookup), roots, now)
        report = trust.check_values(handle, values, signature, key, now)
    except (PeerFailed, Unknown) as error:
        return Verdict(UNSIGNED, error.code)  # nobody says that it is false: it cannot be proven now
    except TraceError as error:
        return Verdict(worth_of(error), error.code)
    if report.changed:
        return Verdict(FORGED, "values-changed")
    if report.unsigned:
        return Verdict(UNSIGNED, "values-unsigned")
    return Verdict(VERIFIED, "values-missing" if report.missing else "")


def _certificates(signature: Jws, roots: Roots, lookup: Lookup) -> list[Jws]:
    """From the issuer's up to one that a root has signed, or as far as they lead."""
    chain: list[Jws] = []
    below = signature
    for _level in range(trust_chains.LONGEST_CHAIN):
        issuer = below.claim("iss")
        if any(trust_chains.same_identity(root, issuer) for root in roots):
            break
        found = _certificate_of(issuer, lookup(trust_chains.issuer_handle(below)))
        if found is None:
            break
        chain.append(found)
        below = found
    return chain


def _certificate_of(identity: str, values: Sequence[Value]) -> Jws | None:
    for value in values:
        if value.type == trust.CERTIFICATE:
            try:
                found = parse(value.text)
                if trust_chains.same_identity(found.claim("sub"), identity):
                    return found
            except Malformed:
                continue
    return None
