"""Aliases: a name declared by the owner leads to the thing wherever a name is taken, and to nothing else."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from app.errors import TraceError
from app.services import aliasing, prefixes, rebuilding, resolving, scanning, tracing
from app.services.aliasing import Told
from app.store import items
from app.store.database import reading, writing
from app.store.tables import Audit
from tests.support.world import World

NAMES = {  # what is declared: its kind, and another spelling of it
    "VAA08812300001001/AB-1": ("vaa", "88.123.00001001/AB-1"),
    "1.2.156.10197.1.301": ("oid", "urn:oid:1.2.156.10197.1.301"),
    "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz": ("did", "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz"),
    "(01)06901234567892(21)77": ("gs1", "https://id.gs1.org/01/06901234567892/21/77"),
    "20.500.12345/ABC": ("handle", "hdl:20.500.12345/ABC"),
}


def add(world: World, thing: str, alias: str, *, by: str = "ana", kind: str = "") -> Told:
    with writing(world.engine) as session:
        return aliasing.add(session, world.who(by), thing, alias, world.tick(), kind=kind)


def remove(world: World, name: str, *, by: str = "ana") -> None:
    with writing(world.engine) as session:
        aliasing.remove(session, world.who(by), name, world.tick())


def refused(act: Any, *args: Any, **values: Any) -> str:
    with pytest.raises(TraceError) as told:
        act(*args, **values)
    assert told.value.english()
    return told.value.code


@pytest.mark.parametrize("alias", NAMES)
def test_a_declared_name_leads_to_the_thing_everywhere(world: World, alias: str) -> None:
    epc = world.piece()
    kind, other = NAMES[alias]
    told = add(world, epc, alias)
    assert (told.kind, told.epc) == (kind, epc)
    with reading(world.engine) as session:
        for spelling in (alias, other):
            assert scanning.look(session, world.ana, spelling).epc == epc
            found = tracing.search(session, world.ana, spelling)
            assert [row.epc for row in found.rows] == [epc]
            answer = resolving.answer_of(session, spelling, base_url="https://trace.example.com")
            assert b'"responseCode":1' in answer.body
    world.do("move", alias, at="store")
    assert world.thing(epc).site == world.at["store"]
    remove(world, told.name)
    with reading(world.engine) as session:
        assert refused(scanning.look, session, world.ana, alias) == "unknown-identifier"


def test_events_keep_the_things_own_name_so_that_a_rebuild_needs_no_alias(world: World) -> None:
    epc = world.piece()
    told = add(world, epc, "1.2.156.1")
    world.do("move", "1.2.156.1", at="store")
    remove(world, told.name)
    with writing(world.engine) as session:
        rebuilding.rebuild(session)
    assert world.thing(epc).site == world.at["store"]


def test_a_customers_part_number_is_for_the_house_that_gave_it(world: World) -> None:
    add(world, world.at["module"], "cust-９", kind="part")
    add(world, world.at["car"], "CUST-9", kind="part", by="dee")
    with reading(world.engine) as session:
        assert scanning.look(session, world.ana, "Cust-9 ").epc == world.at["module"]
        assert [row.epc for row in tracing.search(session, world.ana, "cust-9").rows] == [world.at["module"]]
        assert scanning.look(session, world.dee, "CUST-9").epc == world.at["car"]
        assert refused(scanning.look, session, world.cy, "CUST-9") == "not-an-identifier"
    assert refused(add, world, world.at["pack"], " CUST-9", kind="part") == "alias-taken"


def test_what_names_something_already_is_no_alias(world: World) -> None:
    piece, other = world.piece(), world.piece()
    add(world, piece, "1.2.156.1")
    assert refused(add, world, other, "urn:oid:1.2.156.1") == "alias-taken"
    assert refused(add, world, piece, "1.2.156.1") == "alias-taken"
    (unit,) = world.mint()
    with reading(world.engine) as session:
        thing = items.of_epcs(session, [unit])[unit]
        (sscc,) = aliasing.of_thing(session, world.ana, thing)
    assert not sscc.removable
    assert refused(add, world, piece, sscc.shown) == "alias-taken"


def test_names_of_this_node_and_keys_of_other_companies_are_not_declared(world: World) -> None:
    piece = world.piece(product="car", by="dee", at="line")
    for alias in (f"{world.ana.prefix}/X1", f"{world.dee.prefix}/X1"):
        assert refused(add, world, piece, alias, by="dee") == "alias-under-prefix"
    assert (
        refused(add, world, piece, "(01)06901234567892", by="dee") == "gs1-key-of-another"
    )  # Ana's company prefix
    with writing(world.engine) as session:
        prefixes.allot(session, world.ana, world.cy.organisation_id, "88.777.12345678", world.tick())
    assert refused(add, world, piece, "VAA08877712345678/A", by="dee") == "alias-under-prefix"


def test_only_the_owner_names_its_things(world: World) -> None:
    piece = world.piece()
    assert refused(add, world, piece, "1.2.156.1", by="cy") == "unknown-identifier"
    assert refused(add, world, piece, "1.2.156.1", by="bo") == "not-your-right"
    world.do("ship", piece, destination=world.dee.prefix)
    assert refused(add, world, piece, "1.2.156.1", by="dee") == "not-yours-to-name"
    told = add(world, piece, "1.2.156.1")
    assert refused(remove, world, told.name, by="dee") == "unknown-alias"
    assert refused(remove, world, told.name, by="bo") == "not-your-right"


def test_who_may_not_see_the_thing_does_not_find_it_by_an_alias(world: World) -> None:
    add(world, world.piece(), "1.2.156.1")
    add(world, world.at["module"], "N-1", kind="part")
    with reading(world.engine) as session:
        for alias in ("1.2.156.1", "N-1"):
            assert tracing.search(session, world.dee, alias).rows == ()
            with pytest.raises(TraceError):
                scanning.look(session, world.cy, alias)
        thing = items.find(session, world.at["module"])
        assert thing is not None
        assert aliasing.of_thing(session, world.dee, thing) == []
        assert [told.shown for told in aliasing.of_thing(session, world.ana, thing)] == ["N-1"]


@pytest.mark.parametrize(
    ("alias", "kind", "code"),
    [
        ("", "", "empty-scan"),
        ("hello", "", "not-an-identifier"),
        ("", "part", "bad-customer-number"),
        ("A\nB\0", "part", "bad-customer-number"),
        ("X" * 101, "part", "bad-customer-number"),
        ("1.2.156.1", "did", "other-kind-of-name"),
        ("(01)06901234567893", "", "wrong-check-digit"),
    ],
)
def test_bad_names_are_refused_in_a_sentence(sqlite_world: World, alias: str, kind: str, code: str) -> None:
    with pytest.raises(TraceError) as told:
        add(sqlite_world, sqlite_world.at["module"], alias, kind=kind)
    assert told.value.values["field"] == "alias"
    assert told.value.code == code


def test_the_list_is_the_organisations_own_and_pages(world: World) -> None:
    for number in range(5):
        add(world, world.at["module"], f"N-{number}", kind="part")
    add(world, world.at["module"], "1.2.156.7")
    add(world, world.at["car"], "N-9", kind="part", by="dee")
    with reading(world.engine) as session:
        seen: list[str] = []
        after = ""
        while True:
            found, after = aliasing.aliases(session, world.ana, after=after, limit=2)
            seen += [told.shown for told in found]
            if not after:
                break
        assert sorted(seen) == [*(f"N-{number}" for number in range(5)), "urn:oid:1.2.156.7"]
        begun, _ = aliasing.aliases(session, world.ana, text="n-")
        assert len(begun) == 5


def test_aliases_are_on_record_and_in_the_export(world: World) -> None:
    told = add(world, world.at["module"], "1.2.156.7")
    remove(world, told.name)
    with reading(world.engine) as session:
        actions = session.execute(select(col(Audit.action)).where(col(Audit.subject) == world.at["module"]))
        assert set(actions.scalars()) >= {"alias-added", "alias-removed"}
