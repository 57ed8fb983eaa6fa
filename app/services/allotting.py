"""The gate all naming goes through: who may name things under which allotted prefix, and how many."""

from collections import Counter
from collections.abc import Iterable

from sqlmodel import Session

from app.errors import N_, Refused, TraceError
from app.store import allotments as rows
from app.store.tables import ReservedRange


def require_room(session: Session, prefix: str, key: str, organisation_id: int, count: int = 1) -> None:
    """Lets an organisation name `count` new things under a prefix, and counts them; raises Refused when it may not.

    `key` is the one name in question ('88.118.1001/S7-0001'); '' when a caller has seen to reserved ranges itself, or
    draws names that no range can hold. Quotas of prefixes and of ranges hold however many do this at the same time.
    Call it in the transaction that writes the names, before writing them, and only for names that are new.
    """
    if key:
        require_rooms(session, organisation_id, [key])
    else:
        _take(session, prefix, organisation_id, count)


def require_rooms(session: Session, organisation_id: int, keys: Iterable[str]) -> None:
    """The same for many names at once, each 'prefix/suffix'; three statements for each prefix or range."""
    wanted = [key.upper().partition("/") for key in keys]
    ranges = rows.ranges_of(session, {prefix for prefix, _, _ in wanted}) if wanted else ()
    within: Counter[int] = Counter()
    under: Counter[str] = Counter()
    for prefix, _, suffix in wanted:
        reserved = range_holding(ranges, prefix, suffix)
        if reserved and reserved.supplier_id == organisation_id:
            within[reserved.id or 0] += 1
        elif reserved and reserved.state == "open":
            raise reserved_name(f"{prefix}/{suffix}")
        else:
            under[prefix] += 1
    by_id = {reserved.id: reserved for reserved in ranges}
    owed = Counter({(prefix, organisation_id): count for prefix, count in under.items()})
    for range_id in sorted(
        within
    ):  # all ranges before all prefixes: two who do this never wait for each other
        reserved = by_id[range_id]
        _take_from_range(session, reserved, within[range_id])
        owed[reserved.prefix, reserved.organisation_id] += within[range_id]
    for (prefix, holder), count in sorted(owed.items()):
        _take(session, prefix, holder, count)


def refused_names(session: Session, organisation_id: int, keys: Iterable[str]) -> dict[str, Refused]:
    """Which of the names, each 'prefix/suffix', the organisation may not give, and why. Quotas apart: these go by how
    many, and `require_rooms` says so of all together."""
    parted = {key: key.upper().partition("/") for key in keys}
    prefixes = {prefix for prefix, _, _ in parted.values()}
    ranges = rows.ranges_of(session, prefixes) if prefixes else ()
    found = {prefix: rows.by_prefix(session, prefix) for prefix in prefixes}
    own = {prefix for prefix, row in found.items() if row and row.organisation_id == organisation_id}
    refused: dict[str, Refused] = {}
    for key, (prefix, _, suffix) in parted.items():
        reserved = range_holding(ranges, prefix, suffix)
        if reserved and reserved.supplier_id == organisation_id:
            continue
        if reserved and reserved.state == "open":
            refused[key] = reserved_name(key)
        elif prefix not in own:
            refused[key] = _not_yours(prefix)
    return refused


def give_back(session: Session, prefix: str, count: int = 1) -> None:
    """Names that are free again, since their records were deleted. What was minted is never given back."""
    rows.give_back(session, prefix, count)


def take_from_range(session: Session, reserved: ReservedRange, count: int) -> None:
    """Counts against the range, and against the prefix of the company that reserved it."""
    _take_from_range(session, reserved, count)
    _take(session, reserved.prefix, reserved.organisation_id, count)


def range_holding(ranges: Iterable[ReservedRange], prefix: str, suffix: str) -> ReservedRange | None:
    """The range that a suffix (in capitals) belongs to. Ranges of a prefix never begin with one another."""
    return next((r for r in ranges if r.prefix == prefix and suffix.startswith(r.start)), None)


def prefixes_of(session: Session, organisation_id: int) -> list[str]:
    """Under which the organisation may name things now, the first it got in front."""
    return [row.prefix for row in rows.of_organisation(session, organisation_id, active_only=True)]


def _take(session: Session, prefix: str, organisation_id: int, count: int) -> None:
    if rows.take(session, prefix, organisation_id, count):
        return
    found = rows.held_still(session, prefix)
    if found is None or found.organisation_id != organisation_id:
        raise _not_yours(prefix)
    if found.state != "active":
        raise Refused(
            "prefix-inactive",
            N_("Nothing new can be named under {prefix}: it is suspended or was returned."),
            N_("Ask the administrators of this node."),
            prefix=prefix,
            field="prefix",
        )
    if found.quota is None:
        return
    if not rows.take(
        session, prefix, organisation_id, count
    ):  # a quota may have been set between the two looks
        raise Refused(
            "quota-used-up",
            N_("{prefix} may hold {quota} names and holds {used}; {count} more do not fit."),
            N_("Ask the administrators of this node for a larger quota."),
            prefix=prefix,
            quota=found.quota,
            used=found.used,
            count=count,
        )


def _not_yours(prefix: str) -> Refused:
    return Refused(
        "prefix-not-yours",
        N_("The prefix {prefix} is not allotted to your organisation."),
        N_("Choose one of your prefixes, or ask the administrators of this node."),
        prefix=prefix,
        field="prefix",
    )


def _take_from_range(session: Session, reserved: ReservedRange, count: int) -> None:
    if not rows.take_from_range(session, reserved.id or 0, count):
        session.refresh(reserved)
        raise _no_room_in(reserved, count)


def _no_room_in(reserved: ReservedRange, count: int) -> TraceError:
    if reserved.state != "open":
        return Refused(
            "range-closed",
            N_("The range {start} of {prefix} is closed."),
            N_("Ask the company that reserved it for another."),
            start=reserved.start,
            prefix=reserved.prefix,
        )
    return Refused(
        "range-used-up",
        N_("The range {start} holds {quota} identifiers and {used} are used; {count} more do not fit."),
        N_("Ask for fewer, or ask the company that reserved it for a larger range."),
        start=reserved.start,
        quota=reserved.quota,
        used=reserved.used,
        count=count,
        field="count",
    )


def reserved_name(key: str) -> Refused:
    return Refused(
        "name-reserved",
        N_("{identifier} lies in a range that is reserved for a supplier."),
        N_("Choose another name, or close the range first."),
        identifier=key,
        field="suffix",
    )
