"""The watch over look-ups: who guesses identifiers, which unknown ones go round, from which countries."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from app.domain import trouble
from app.domain.trouble import Sighting
from app.services.networks import Networks, network_of
from app.services.watching import ENTRIES, LOOK_UP, SETTLED, Watch
from app.store import items
from app.store import watching as rows
from app.store.tables import LookedUp

MOST_MISSED = 20_000  # look-ups of an hour that guessing is looked for in
MOST_OF_ONE = 100  # look-ups of one piece that are looked at
HOUR = timedelta(hours=1)
LOOK_UPS_KEPT = timedelta(days=90)
MOST_LOOK_UPS = 500_000


def look_at_look_ups(session: Session, now: datetime, networks: Networks) -> Watch:
    """The next look-ups of single identifiers."""
    watch = Watch(session)
    before = rows.cursor(session, "look-up")
    found = rows.looked_up(session, int(before or 0), now - SETTLED, ENTRIES)
    if not found:
        return watch
    watch.moves["look-up"], watch.more = (before, str(found[-1].id)), len(found) == ENTRIES
    missed = [row for row in found if not row.found]
    if missed:
        _look_at_missed(watch, missed)
    _look_at_seen(watch, [row for row in found if row.found], networks)
    return watch


def forget(session: Session, now: datetime) -> None:
    """Look-ups that are old, or more than anybody looks through."""
    rows.forget_looked_up(session, now - LOOK_UPS_KEPT, MOST_LOOK_UPS)


def _look_at_missed(watch: Watch, missed: Sequence[LookedUp]) -> None:
    """Who guesses is told of once, and not with each of the names."""
    since = min(row.record_time for row in missed) - HOUR
    near = rows.missed_since(watch.session, since, MOST_MISSED)
    owners = rows.owners(watch.session, {_prefix(row.name) for row in near})
    there = rows.known(watch.session, {row.name for row in missed})
    groups: dict[tuple[str, str], list[tuple[str, datetime]]] = {}
    for row in near:
        groups.setdefault((_prefix(row.name), network_of(row.address)), []).append(
            (row.name, row.record_time)
        )
    guessed: set[str] = set()
    for (prefix, network), asked in groups.items():
        names = watch.threshold(owners[prefix], trouble.ENUMERATION) if prefix in owners else None
        if names is None or not network:
            continue
        last = max(moment for _, moment in asked)
        signal = trouble.guessing(prefix, network, [pair for pair in asked if pair[1] > last - HOUR], names)
        watch.add(owners[prefix], signal)
        guessed |= {name for name, _ in asked} if signal else set()
    for name in dict.fromkeys(row.name for row in missed):
        owner = owners.get(_prefix(name))
        if owner is not None and name not in there and name not in guessed:
            watch.unknown(owner, [], rows.missed_of(watch.session, name, ENTRIES))


def _look_at_seen(watch: Watch, seen: Sequence[LookedUp], networks: Networks) -> None:
    located = [(row, country) for row in seen if (country := networks.country(row.address))]
    things = items.of_epcs(watch.session, {row.name for row, _ in located})
    pieces = {epc: each for epc, each in things.items() if each.level == rows.SERIAL and each.product_id}
    counts = rows.countries(watch.session, {each.product_id for each in pieces.values() if each.product_id})
    for row, country in located:
        thing = pieces.get(row.name)
        if thing is None or thing.product_id is None:
            continue
        told = {**LOOK_UP, "network": network_of(row.address)}
        sighting = Sighting(thing.epc, row.record_time, country=country, told=told)
        times = _times_from(watch, row, country, networks)
        watch.count_country(thing.organisation_id, sighting, counts[thing.product_id], times)
        watch.countries[thing.product_id] = counts[thing.product_id]


def _times_from(watch: Watch, seen: LookedUp, country: str, networks: Networks) -> int:
    """How often the piece was looked up from that country, this time among them: each network and day counts once."""
    near = rows.looked_up_of(watch.session, seen.name, MOST_OF_ONE)
    return len(
        {
            (network_of(row.address), row.record_time.date())
            for row in near
            if row.record_time <= seen.record_time and networks.country(row.address) == country
        }
    )


def _prefix(name: str) -> str:
    return name.removeprefix("hdl:").partition("/")[0]
