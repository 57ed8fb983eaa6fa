"""A delegating node replaces its key: everything below it stays verified, and the old key ends."""

from datetime import timedelta

import pytest

from app import rounds
from app.domain.delegations import KIND, delegation_of, time_text
from app.domain.handles.trust import certified
from app.domain.trust import PublicKey, Signed, public_key_of, sign
from app.services import rotating
from app.services.recursing import FAILED
from app.store import zones
from tests.support.simcountry import CAR, CELL, Country

RESTATE = "restate"


def turn(country: Country, name: str) -> None:
    node = country.net[name]
    assert rounds.run(node.settings, node.engine, node.now(), node.fetch, [RESTATE]) == {RESTATE: ""}


def replace_key(country: Country, name: str, zone: str) -> tuple[PublicKey, PublicKey]:
    """The parent states both keys for an hour, then the node swaps."""
    node = country.net[name]
    keys_dir = node.settings.keys_dir
    old, new = public_key_of(node.seed), public_key_of(rotating.next_seed(keys_dir))
    until = time_text(node.now() + timedelta(hours=1))
    country.state(zone, keys=[new.jwk, old.jwk], retiring={old.key_id: until})
    rotating.swap(keys_dir, node.now())
    return old, new


def test_a_second_level_node_replaces_its_key_and_its_companies_do_not_notice(country: Country) -> None:
    assert country.resolve(CELL).state == "verified"
    replace_key(country, "auto", "88.118")
    for _ in range(3):
        country.forget()
        assert country.resolve(CELL).state == "verified"
        turn(country, "auto")
        country.net.clock.pass_by(minutes=40)
    country.forget()
    for handle in (CELL, CAR):
        assert country.resolve(handle).state == "verified"


def test_without_stating_them_anew_the_companies_would_be_lost(country: Country) -> None:
    replace_key(country, "auto", "88.118")
    country.net.clock.pass_by(hours=2)
    assert country.resolve(CELL).outcome == FAILED


def test_stating_anew_is_done_once_and_waits_for_the_parent(country: Country) -> None:
    node = country.net["auto"]
    rotating.next_seed(node.settings.keys_dir)
    rotating.swap(node.settings.keys_dir, node.now())
    turn(country, "auto")
    assert serial(country, "auto", "88.118.2002") == 1  # the parent has not stated the new key
    country.state("88.118")
    turn(country, "auto")
    turn(country, "auto")
    assert serial(country, "auto", "88.118.2002") == 2


def test_the_root_states_anew_by_itself(country: Country) -> None:
    node = country.net["root"]
    rotating.next_seed(node.settings.keys_dir)
    new = rotating.swap(node.settings.keys_dir, node.now())
    turn(country, "root")
    with node.reading() as session:
        row = zones.find_delegation(session, "88")
        assert row is not None
        assert row.statement["key"] == new.key_id


def test_the_certificate_in_a_statement_is_made_anew_with_it(country: Country) -> None:
    node = country.net["auto"]
    plain = delegation_of(country.statement("88.118.2002", signer="auto").peek())
    country.keep("auto", sign(KIND, certified(plain, node.seed).body, node.seed))
    before = statement(country, "auto", "88.118.2002")["certificate"]
    replace_key(country, "auto", "88.118")
    turn(country, "auto")
    told = statement(country, "auto", "88.118.2002")
    assert told["certificate"] not in {"", before}
    assert country.resolve(CELL).state == "verified"


@pytest.mark.parametrize("name", ["root", "beijing", "auto"])
def test_a_node_that_never_replaced_its_key_states_nothing_anew(country: Country, name: str) -> None:
    turn(country, name)
    assert serial(country, "auto", "88.118.2002") == 1


def statement(country: Country, name: str, zone: str) -> dict[str, object]:
    with country.net[name].reading() as session:
        row = zones.find_delegation(session, zone)
        assert row is not None
        return Signed.from_wire(row.statement).peek()


def serial(country: Country, name: str, zone: str) -> object:
    return statement(country, name, zone)["serial"]
