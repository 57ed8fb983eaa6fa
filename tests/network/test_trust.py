"""Keys that change while nodes talk, and records whose certificates are looked up through the whole network."""

from collections.abc import Sequence
from datetime import timedelta

import orjson

from app import rounds
from app.domain.delegations import delegation_of, time_text
from app.domain.handles import Value, jws, load, trust
from app.domain.trust import public_key_of
from app.errors import Unknown
from app.services import cosigning, handle_trust, rotating
from app.services.recursing import hints
from tests.support.cosigners import CARS, CELLS, partners, record, standing, turn
from tests.support.simcountry import CELL, Country

__all__ = ["partners"]  # a fixture
LEVELS = (("88", "root"), ("88.118", "auto"), ("88.118.2002", "cells"))


def change_key(country: Country, name: str, zone: str, minutes: int = 60) -> None:
    """As the page does it: the parent states both keys, then the node signs with the new one."""
    node = country.net[name]
    keys = node.settings.keys_dir
    old, new = public_key_of(node.seed), public_key_of(rotating.next_seed(keys))
    until = time_text(node.now() + timedelta(minutes=minutes))
    country.state(zone, keys=[new.jwk, old.jwk], retiring={old.key_id: until})
    rotating.swap(keys, node.now())


def test_whoever_changes_his_key_is_believed_at_once_by_those_who_remember_the_old_one(
    partners: Country,
) -> None:
    """Asked and asking: both ends had the old statement in memory."""
    cells, cars = partners.net["cells"], partners.net["cars"]
    assert turn(cells) == turn(cars) == ""
    web = cars.app  # the process that answers goes on and remembers
    change_key(partners, "cells", CELLS)
    record(cells, 1)
    assert turn(cells) == ""
    found = standing(cells)
    assert found.signed is not None
    assert (found.signed.size, found.partner.trouble) == (4, "")
    assert cars.app is web
    change_key(partners, "cars", CARS)
    record(cells, 1)
    assert turn(cells) == ""
    found = standing(cells)
    assert found.signed is not None
    assert found.signed.size == 5


def test_a_replaced_key_counts_for_the_overlap_and_not_a_minute_longer(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    old_seed = cells.seed
    change_key(partners, "cells", CELLS, minutes=60)
    (cells.settings.keys_dir / "node.key").write_bytes(old_seed)  # a process that was not told
    assert turn(cells) == ""
    partners.net.clock.pass_by(minutes=61)
    assert turn(cells) == "partner-refused"
    assert standing(cells).partner.trouble == "partner-refused"
    with cars.reading() as session:
        assert cosigning.standings(session)[0].unfit == []


def test_an_unknown_key_makes_us_ask_once_and_not_for_ever(partners: Country) -> None:
    cells = partners.net["cells"]
    turn(cells)
    (cells.settings.keys_dir / "node.key").write_bytes(b"\x66" * 32)  # nobody states this one
    before = len([sent for sent in partners.net.wire.sent if sent.by == "cars"])
    turn(cells)
    asked = [sent for sent in partners.net.wire.sent if sent.by == "cars"][before:]
    assert len(asked) <= 6
    assert standing(cells).partner.trouble == "partner-refused"


def certify(country: Country) -> None:
    """All statements with their certificates, as registration makes them."""
    for zone, by in (("88", "root"), ("88.118", "beijing"), ("88.118.2002", "auto")):
        plain = delegation_of(country.statement(zone, signer=by).peek())
        country.state(zone, certificate=trust.certificate(plain, country.net[by].seed))


def look_up(country: Country, handle: str) -> Sequence[Value]:
    found = country.resolve(handle)
    if found.array is None:
        raise Unknown("unknown-identifier", "Nothing there.")
    return load(found.array)


def signed_record(country: Country) -> list[Value]:
    told = country.net["cells"].get(f"/api/handles/{CELL}?cert=true")
    return load(orjson.dumps(orjson.loads(told.body)["values"]))


def judged(country: Country, values: Sequence[Value]) -> tuple[str, str]:
    roots = handle_trust.roots_of(hints.read(str(country.hints)).keys)
    verdict = handle_trust.judge(
        CELL, values, roots, country.net.clock(), lambda handle: look_up(country, handle)
    )
    return verdict.state, verdict.reason


def test_a_signed_record_is_proven_by_certificates_that_the_network_holds(country: Country) -> None:
    certify(country)
    values = signed_record(country)
    assert judged(country, values) == ("verified", "")
    assert {sent.to for sent in country.net.wire.sent} >= {"root", "auto"}


def test_a_signed_record_without_certificates_or_of_a_suspended_zone_proves_nothing(country: Country) -> None:
    values = signed_record(country)
    assert judged(country, values)[0] != "verified"
    certify(country)
    country.state("88.118", state="left")
    country.forget()
    assert judged(country, values)[0] != "verified"


def test_a_certificate_of_the_right_zone_over_another_key_does_not_help(country: Country) -> None:
    certify(country)
    values = signed_record(country)
    claims = jws.parse(values[-1].text).claims
    forged = jws.sign(claims, country.net["cars"].seed)
    values[-1] = Value(values[-1].index, trust.SIGNATURE, {"format": "string", "value": forged})
    assert judged(country, values) == ("forged", "bad-signature")


def test_the_round_of_co_signing_is_served_by_companies_alone(country: Country) -> None:
    for name, serves in (("cells", True), ("auto", False), ("beijing", False), ("recursive", False)):
        assert ("cosign" in rounds.of(country.net[name].settings)) is serves
