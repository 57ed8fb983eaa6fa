"""Many handles and many writers: lists, reverse look-up, writers of one handle at once."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from app.domain.handles import Value, text_value
from app.services import registering
from app.services.handle_rights import Who
from app.store import allotments, people
from app.store.database import writing
from app.store.tables import Allotment
from tests.support import tenants
from tests.support.handle_desk import LOGIN, PREFIX, URL, Desk, basic, told, values_of


def test_handles_are_listed_by_page(desk: Desk) -> None:
    for number in range(5):
        desk.put(f"{PREFIX}/page-{number}", [URL])
    found: list[str] = []
    for page in range(5):
        answer = desk.ask(
            "GET", f"/api/handles?prefix={PREFIX}&page={page}&pageSize=2", headers=basic()
        ).get_json()
        assert (answer["totalCount"], answer["page"], answer["pageSize"]) == ("9", page, 2)
        found += answer["handles"]
    assert len(found) == 9
    assert found == sorted(found)
    assert f"{PREFIX}/PAGE-3" in found
    every = desk.ask("GET", f"/api/handles?prefix={PREFIX}", headers=basic()).get_json()
    assert every["handles"] == found
    assert told(desk.ask("GET", "/api/handles?prefix=88.999.1", headers=basic())) == (400, 301)
    assert told(desk.ask("GET", f"/api/handles?prefix={PREFIX}&page=x", headers=basic())) == (400, 4)


def test_handles_are_found_by_their_values(desk: Desk) -> None:
    desk.put(f"{PREFIX}/A", [URL, {"index": 2, "type": "LOT", "data": "l-７"}])
    desk.put(f"{PREFIX}/B", [URL, {"index": 2, "type": "LOT", "data": "L-8", "permissions": "1100"}])
    for query, found in {
        "URL=https://a/": {"A", "B"},
        "URL=https://a/&LOT=L-7": {"A"},
        "LOT=L-8": {"B"},
        "LOT=*8": {"B"},
        "LOT=L-*": {"A", "B"},
        "LOT=L_8": set(),
        "LOT=L-%": set(),
    }.items():
        answer = desk.ask("GET", f"/hrls/handles/?{query.replace('%', '%25')}", headers=basic())
        assert {handle.rpartition("/")[2] for handle in answer.get_json()} == found, query
    assert desk.ask("GET", "/hrls/handles/?LOT=L-8").status_code == 401
    assert desk.ask("GET", "/hrls/handles/", headers=basic()).status_code == 400


def test_who_administers_one_prefix_finds_nothing_private_under_another(furnished: Flask, desk: Desk) -> None:
    with writing(furnished.extensions["suyuan"].engine) as session:
        first = allotments.by_prefix(session, PREFIX)
        assert first is not None
        second = Allotment(**first.model_dump(exclude={"id"}) | {"prefix": "88.118.9", "admins": []})
        session.add(second)
        session.flush()
        dee = people.operator_by_login(session, "dee")
        assert dee is not None
        price = Value(2, "PRICE", {"format": "string", "value": "7"}, permissions="1100")
        who = Who(actor=tenants.actor(session, dee.id or 0))
        for handle in ("88.118.9/X", f"{PREFIX}/X"):
            registering.put(session, who, handle, [text_value(1, "LOT", "L"), price], now=dee.record_time)
    for query, found in {"LOT=L": ["88.118.8/X", "88.118.9/X"], "PRICE=7": ["88.118.8/X"]}.items():
        answer = desk.ask("GET", f"/hrls/handles/?{query}", headers=basic())
        assert answer.get_json() == found, query


def test_two_writers_of_one_handle_lose_nothing(furnished: Flask) -> None:
    handle = f"{PREFIX}/both"
    Desk(furnished).put(handle, [URL])

    def write(index: int) -> int:
        value = {"index": index, "type": "N", "data": str(index)}
        return Desk(furnished).put(handle, [value], query=f"index={index}").status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(2, 42))) == {201}
    assert values_of(Desk(furnished), handle).keys() == {*range(1, 42)}


def test_of_many_who_register_one_name_one_succeeds(furnished: Flask) -> None:
    def register(number: int) -> int:
        value = {"index": 1, "type": "N", "data": str(number)}
        return Desk(furnished).put(f"{PREFIX}/once", [value], query="overwrite=false").status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(register, range(8))) == [201] + [409] * 7


def test_the_node_tells_where_it_is_and_its_key(desk: Desk) -> None:
    site = desk.ask("GET", "/api/site").get_json()
    (server,) = site["servers"]
    assert server["interfaces"] == [{"query": True, "admin": True, "protocol": "HTTP", "port": 8000}]
    assert server["publicKey"]["value"]["kty"] == "OKP"


def test_who_administers_is_told_by_the_handle_itself(desk: Desk) -> None:
    assert LOGIN == "301:88.118.8/ADMIN"
    (value,) = desk.get(f"{PREFIX}/ADMIN").get_json()["values"]
    assert value["data"]["value"] == {"handle": "0.NA/88.118.8", "index": 200, "permissions": "1" * 12}
