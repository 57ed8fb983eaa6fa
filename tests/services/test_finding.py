"""Search by name and value: one's own by anything, others' only by what is for everybody, in pages that leave nothing out."""

from typing import Any

import pytest
from sqlalchemy import event, text

from app.domain.handles import Value
from app.errors import TraceError
from app.services import aliasing, finding, registering
from app.services.finding import Match
from app.services.handle_rights import Who
from app.store.database import is_sqlite, reading, writing
from tests.support.world import World


def find(world: World, wanted: str, *, by: str = "ana", **values: Any) -> list[Match]:
    with reading(world.engine) as session:
        return finding.find(session, world.who(by), wanted, **values)[0]


def kinds(found: list[Match]) -> set[tuple[str, str]]:
    return {(match.kind, match.identifier) for match in found}


def put(world: World, suffix: str, *values: tuple[str, str, str], by: str = "ana") -> str:
    handle = f"{world.who(by).prefix}/{suffix}"
    rows = [
        Value(index, type_, {"format": "string", "value": value}, permissions=rights)
        for index, (type_, value, rights) in enumerate(values, 1)
    ]
    with writing(world.engine) as session:
        registering.put(session, Who(actor=world.who(by)), handle, rows, now=world.tick())
    return handle


def test_ones_own_are_found_by_whatever_is_known_of_them(world: World) -> None:
    (epc,) = world.mint("module", suffix="MX-0001", serial_start="SN-0001")
    lot = world.lot("cell", "LOT-9", 5)
    handle = put(world, "DOC-1", ("TITLE", "Prüfbericht Ａ", "1110"), ("COST", "99", "1100"))
    with writing(world.engine) as session:
        aliasing.add(session, world.ana, epc, "1.2.156.42.1", world.tick())
        aliasing.add(session, world.ana, epc, "CUST-77", world.tick(), kind="part")
    thing, batch = epc.removeprefix("hdl:"), lot.removeprefix("hdl:")
    wanted = {
        "MX-0": ("name", thing), "mx-0001": ("name", thing), f"{world.ana.prefix}/mx": ("name", thing),
        "sn-00": ("serial", thing), "LOT": ("lot", batch), "lot-9": ("lot", batch),
        "1.2.156.42": ("alias", thing), "cust-7": ("alias", thing),
        "doc": ("record", handle), "ｐｒüfbericht a": ("value", handle), "99": ("value", handle),
    }  # fmt: skip
    for typed, match in wanted.items():
        assert match in kinds(find(world, typed)), typed
        assert all(match.value for match in find(world, typed))


def test_strangers_find_only_public_values_of_records(world: World) -> None:
    (epc,) = world.mint("module", suffix="MX-0001", serial_start="SN-0001")
    world.lot("cell", "LOT-9", 5)
    handle = put(world, "DOC-1", ("TITLE", "Report", "1110"), ("COST", "COSTS99", "1100"))
    with writing(world.engine) as session:
        aliasing.add(session, world.ana, epc, "CUST-77", world.tick(), kind="part")
    for typed in (
        "MX-0",
        f"{world.ana.prefix}/MX",
        "SN-",
        "LOT",
        "CUST",
        "DOC",
        f"{world.ana.prefix}/DOC",
        "COSTS",
    ):
        assert find(world, typed, by="cy") == [], typed
    assert kinds(find(world, "report", by="cy")) == {("value", handle)}
    assert kinds(find(world, "costs")) == {("value", handle)}


def test_what_one_took_part_in_is_found_by_name_and_number(world: World) -> None:
    (epc,) = world.mint("module", suffix="MX-0001", serial_start="SN-0001", activate_at=world.at["plant"])
    assert find(world, "SN-", by="dee") == []
    world.do("ship", epc, destination=world.dee.prefix)
    name = epc.removeprefix("hdl:")
    assert kinds(find(world, "SN-", by="dee")) == {("serial", name)}
    assert kinds(find(world, f"{world.ana.prefix}/MX", by="dee")) == {("name", name)}
    assert find(world, "SN-", by="cy") == []


def test_without_a_text_all_names_of_ones_own_are_listed(world: World) -> None:
    put(world, "DOC-1", ("TITLE", "Report", "1110"))
    found = find(world, "")
    assert {match.kind for match in found} == {"name", "record"}
    assert len(found) == 2 + 4 + 1
    assert find(world, "", by="cy") == find(world, "", by="cy", kind="name")


def test_pages_follow_one_another_through_all_kinds(world: World) -> None:
    world.mint("module", 7, serial_start="AB-0001")
    for number in range(5):
        put(world, f"AB-{number}", ("TITLE", f"AB {number}", "1110"))
    world.mint("module", suffix="AB-X")
    whole = find(world, "ab", limit=200)
    assert len(whole) == 1 + 5 + 7 + 5
    seen: list[Match] = []
    after = ""
    with reading(world.engine) as session:
        while True:
            rows, after = finding.find(session, world.ana, "ab", after=after, limit=3)
            assert len(rows) <= 3
            seen += rows
            if not after:
                break
    assert seen == whole
    assert {match.kind for match in find(world, "ab", kind="serial")} == {"serial"}


@pytest.mark.parametrize(
    "after", ["x", "!!!", "W10", "WzAsIHsiYSI6MX1d", "WyIxIiwgMl0", "WzEwMCwxXQ", "WzBd"]
)
def test_a_made_up_page_is_refused(sqlite_world: World, after: str) -> None:
    with pytest.raises(TraceError) as told:
        find(sqlite_world, "a", after=after)
    assert told.value.code == "bad-page-key"
    with pytest.raises(TraceError) as told:
        find(sqlite_world, "a", kind="colour")
    assert told.value.code == "unknown-kind"


@pytest.mark.parametrize(
    "wanted", ["%", "_", "'", "\\", "\0", "\ud800", "a" * 5_000, "﷽", "\U0010ffff", "urn:", "(01)"]
)
def test_whatever_is_typed_is_answered(world: World, wanted: str) -> None:
    world.mint("module", 2, serial_start="SN-1")
    assert find(world, wanted) == []


def test_every_search_goes_by_an_index(world: World) -> None:
    """No statement reads a whole table: a million rows of others cost nothing."""
    world.mint("module", 3, serial_start="SN-1")
    put(world, "DOC-1", ("TITLE", "Report", "1110"))
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    event.listen(world.engine, "before_cursor_execute", note)
    find(world, "sn")
    event.remove(world.engine, "before_cursor_execute", note)
    looked = 0
    with world.engine.connect() as connection:
        if not is_sqlite(world.engine):
            connection.execute(text("SET enable_seqscan = off"))
        for statement, parameters in asked:
            if "LIMIT" not in statement or not any(
                t in statement for t in ("FROM thing", "FROM value_index", "FROM record", "FROM declared")
            ):
                continue
            explain = "EXPLAIN QUERY PLAN " if is_sqlite(world.engine) else "EXPLAIN "
            plan = "\n".join(
                " ".join(map(str, row)) for row in connection.exec_driver_sql(explain + statement, parameters)
            )
            looked += 1
            for whole in (
                "SCAN thing",
                "SCAN record\n",
                "SCAN value_index",
                "SCAN declared_alias",
                "Seq Scan on thing",
                "Seq Scan on value_index",
            ):
                assert whole not in f"{plan}\n", plan
    assert looked >= 8
