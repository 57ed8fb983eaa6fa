"""Registering handles on both databases: the rules of PUT and DELETE, and their history."""

import pytest

from app.domain import handles
from app.domain.handles import HandleError, Identity, Value
from app.errors import Refused
from app.services.registering import Put
from app.store import allotments, record_lists, records
from app.store.database import reading, writing
from tests.support.registering import (
    ADMIN,
    HANDLE,
    LOT,
    URL,
    admin,
    body,
    delete,
    name_admin,
    put,
    put_as,
    texts,
)
from tests.support.world import World


def test_what_is_registered_is_found_in_any_case_and_echoed_as_asked_for(world: World) -> None:
    assert put(world, [URL, LOT]) == Put(HANDLE, new=True)
    asked = HANDLE.upper()
    assert body(world, asked).startswith(
        b'{"responseCode":1,"handle":"' + asked.encode() + b'","values":[{"index":1,'
    )
    assert "批次七".encode() in body(world)


def test_a_second_one_is_refused_unless_it_overwrites(world: World) -> None:
    put(world, [URL])
    with pytest.raises(HandleError, match="exists already"):
        put(world, [LOT], handle=HANDLE.upper(), overwrite=False)
    assert put(world, [LOT]) == Put(HANDLE, new=False)
    assert texts(world) == {2: "批次七"}


def test_single_values_are_added_and_replaced(world: World) -> None:
    put(world, [URL])
    assert put(world, [LOT], indexes={2}).new
    assert not put(world, [handles.text_value(2, "LOT", "8")], indexes="various").new
    assert texts(world) == {1: "https://example.cn/7", 2: "8"}
    with pytest.raises(HandleError, match="Index conflict for 2"):
        put(world, [LOT], indexes={2}, overwrite=False)
    with pytest.raises(HandleError, match="none of those in the address"):
        put(world, [LOT], indexes={3})


def test_a_value_cannot_be_added_to_what_is_not_there(world: World) -> None:
    with pytest.raises(HandleError) as refusal:
        put(world, [LOT], indexes={2})
    assert refusal.value.response_code == 100


def test_every_change_keeps_what_was_before(world: World) -> None:
    for text in ("one", "two"):
        put(world, [handles.text_value(1, "LOT", text)])
    delete(world)
    put(world, [handles.text_value(1, "LOT", "three")])
    with reading(world.engine) as session:
        kept = records.history(session, handles.key_of(HANDLE))
        now = records.find(session, handles.key_of(HANDLE))
        assert [(row.version, handles.load(row.values)[0].text, row.deleted) for row in kept] == [
            (2, "two", True),
            (1, "one", False),
        ]
        assert [row.changed_by for row in kept] == ["Ana", "Ana"]
        assert kept[1].until == kept[0].since
        assert now is not None
        assert now.version == 3


def test_deleting_values_or_all_of_it(world: World) -> None:
    put(world, [URL, LOT])
    with pytest.raises(HandleError) as refusal:
        delete(world, indexes=[2, 77])
    assert refusal.value.response_code == 200
    delete(world, indexes=[2])
    assert texts(world) == {1: "https://example.cn/7"}
    delete(world)
    with pytest.raises(HandleError) as refusal:
        delete(world)
    assert refusal.value.response_code == 100


def test_a_name_is_minted(world: World) -> None:
    made = put(world, [URL], handle="88.118.1001/", mint_suffix=True)
    assert made.new
    assert len(made.handle) == len("88.118.1001/") + 36
    assert texts(world, made.handle)


def test_a_prefix_of_nobody_here_is_refused(world: World) -> None:
    with pytest.raises(HandleError, match="That prefix doesn't live here"):
        put(world, [URL], handle="88.999.1/X")


@pytest.mark.parametrize(
    "suffix",
    ["", " ", "a\nb", "a\u202eb", "a\u200bb", "x" * 300, "PA\u0405T", "\ufffd", " a", "a\u0000", "\ue000"],
)
def test_names_that_could_be_mistaken_or_not_handed_on_are_refused(world: World, suffix: str) -> None:
    with pytest.raises(HandleError) as refusal:
        put(world, [URL], handle=f"88.118.1001/{suffix}")
    assert refusal.value.response_code == 102


@pytest.mark.parametrize(
    "suffix", ["a#b", "a?b=1", "a:b", "a b", "批次／七", "100%", "a/b//c", "ЧАСТЬ-7", "é"]
)
def test_names_that_only_look_odd_are_kept(world: World, suffix: str) -> None:
    handle = f"88.118.1001/{suffix}"
    assert put(world, [URL], handle=handle) == Put(handle, new=True)
    assert texts(world, handle) == {1: "https://example.cn/7"}


def test_cy_changes_nothing_of_anas(world: World) -> None:
    put(world, [URL, admin()])
    for change in (
        lambda: put(world, [LOT], by="cy"),
        lambda: put(world, [LOT], by="cy", indexes="various"),
        lambda: put(world, [LOT], by="cy", handle="88.118.1001/new"),
        lambda: delete(world, by="cy"),
        lambda: put_as(world, Identity("88.118.2002/ADMIN", 300), [LOT]),
    ):
        with pytest.raises(HandleError) as refusal:
            change()
        assert refusal.value.response_code == 400
    assert texts(world)[1] == "https://example.cn/7"


def test_who_may_only_look_changes_nothing(world: World) -> None:
    with pytest.raises(HandleError) as refusal:
        put(world, [URL], by="bo")  # an operator: no right to mint
    assert refusal.value.response_code in {400, 401}


def test_the_twelve_letters_hold(world: World) -> None:
    put(world, [URL, LOT, admin(permissions="000001000000")])  # may add values, nothing else
    put_as(world, ADMIN, [handles.text_value(3, "K", "v")], indexes={3})
    for change in (
        lambda: put_as(world, ADMIN, [handles.text_value(2, "LOT", "8")], indexes={2}),
        lambda: put_as(world, ADMIN, [admin(101)], indexes={101}),
        lambda: put_as(world, ADMIN, [URL]),
    ):
        with pytest.raises(HandleError) as refusal:
            change()
        assert refusal.value.response_code == 401
    assert texts(world)[2] == "批次七"


def test_a_value_that_administrators_may_not_write_stays(world: World) -> None:
    put(world, [Value(1, "URL", URL.data, permissions="1010"), LOT])
    for change in (
        lambda: put(world, [handles.text_value(1, "URL", "x")], indexes={1}),
        lambda: put(world, [LOT]),
        lambda: delete(world, indexes=[1]),
    ):
        with pytest.raises(HandleError) as refusal:
            change()
        assert refusal.value.code == "value-protected"


def test_administrators_of_the_prefix_need_no_value_of_the_handle(world: World) -> None:
    with pytest.raises(HandleError):
        put_as(world, ADMIN, [URL])
    name_admin(world)
    put_as(world, Identity("88.118.1001/admin", 300), [URL])  # in any case
    with pytest.raises(HandleError):
        put_as(world, Identity("88.118.1001/ADMIN", 301), [URL])  # another key of the same handle
    name_admin(world, index=0)
    put_as(world, Identity("88.118.1001/ADMIN", 301), [URL])


def test_the_prefix_itself_is_the_group_of_its_administrators(world: World) -> None:
    name_admin(world, permissions="000000000001")
    group = {"handle": "0.NA/88.118.1001", "index": 200, "permissions": "011111110011"}
    put_as(world, ADMIN, [URL, Value(100, "HS_ADMIN", {"format": "admin", "value": group})])
    put_as(world, ADMIN, [LOT], indexes={2})
    assert texts(world)[2] == "批次七"


def test_groups_are_followed_and_circles_end(world: World) -> None:
    inner, outer = "88.118.1001/inner", "88.118.1001/outer"
    members = [{"handle": outer, "index": 200}, {"handle": ADMIN.handle, "index": 300}]
    put(world, [Value(200, "HS_VLIST", {"format": "vlist", "value": members})], handle=inner)
    circle = [{"handle": inner, "index": 200}, {"handle": outer, "index": 200}]
    put(world, [Value(200, "HS_VLIST", {"format": "vlist", "value": circle})], handle=outer)
    trusting = {"handle": outer, "index": 200, "permissions": "011111110011"}
    put(world, [URL, Value(100, "HS_ADMIN", {"format": "admin", "value": trusting})])
    put_as(world, ADMIN, [LOT], indexes={2})
    with pytest.raises(HandleError):
        put_as(world, Identity("88.118.2002/ADMIN", 300), [LOT], indexes={2})


def test_a_suspended_prefix_takes_nothing_and_still_answers(world: World) -> None:
    put(world, [URL])
    with writing(world.engine) as session:
        row = allotments.by_prefix(session, "88.118.1001")
        assert row is not None
        row.state = "suspended"
    for change in (lambda: put(world, [LOT]), lambda: delete(world)):
        with pytest.raises(HandleError) as refusal:
            change()
        assert refusal.value.code == "prefix-suspended"
    assert b'"responseCode":1' in body(world)


def test_a_quota_is_a_quota(world: World) -> None:
    with writing(world.engine) as session:
        row = allotments.by_prefix(session, "88.118.1001")
        assert row is not None
        row.quota, row.used = 1, 0
    put(world, [URL])
    put(world, [LOT])  # replacing takes no more room
    with pytest.raises(Refused, match="may hold"):
        put(world, [URL], handle="88.118.1001/other")
    delete(world)
    put(world, [URL], handle="88.118.1001/other")


def test_2048_values_fit_and_one_more_does_not(world: World) -> None:
    many = [handles.text_value(index, "K", "v") for index in range(1, 2049)]
    put(world, many)
    assert len(texts(world)) == 2048
    with pytest.raises(HandleError) as refusal:
        put(world, [handles.text_value(2049, "K", "v")], indexes={2049})
    assert refusal.value.response_code == 202


def test_a_minted_thing_answers_before_anything_is_registered_for_it(world: World) -> None:
    (epc,) = world.mint("module", serial_start="SN-7")
    handle = epc.removeprefix("hdl:")
    told = body(world, handle)
    for text in (
        b"HTTPS://ID.CN/88.118.1001/",
        b'"SERIAL"',
        b"SN-7",
        b'"PART_NUMBER"',
        b'"0.NA/88.118.1001"',
    ):
        assert text in told
    with pytest.raises(HandleError, match="exists already"):
        put(world, [URL], handle=handle, overwrite=False)
    with pytest.raises(HandleError, match="was minted"):
        delete(world, handle=handle)
    put(world, [handles.text_value(50, "NOTE", "更换")], handle=handle, indexes={50})
    assert b"SN-7" in body(world, handle)
    assert "更换".encode() in body(world, handle)
    put(world, [URL], handle=handle)
    assert b"SN-7" not in body(world, handle)
    delete(world, handle=handle)
    assert b"SN-7" in body(world, handle)


def test_a_record_beside_a_minted_thing_does_not_keep_what_passes(world: World) -> None:
    (epc,) = world.mint("module")
    minted = epc.removeprefix("hdl:")
    assert b'"LIFECYCLE"' in body(world, minted)
    put(world, [handles.text_value(500, "NOTE", "x")], handle=minted, indexes={500})
    kept = body(world, minted)
    assert b'"NOTE"' in kept
    assert b'"LEVEL"' in kept
    assert b'"LIFECYCLE"' not in kept
    put(world, [handles.text_value(501, "LIFECYCLE", "mine")], handle=minted, indexes={501})
    assert b'"mine"' in body(world, minted)


def test_what_no_administrator_may_read_is_not_found_by_its_text(world: World) -> None:
    dark = Value(3, "DARK", {"format": "string", "value": "x"}, permissions="0000")
    put(world, [URL, dark, Value(4, "PRICE", {"format": "string", "value": "7"}, permissions="1100")])
    with reading(world.engine) as session:
        own = [world.ana.organisation_id]
        found = [
            record_lists.with_values(session, {type_: "*"}, anyone=False, organisation_ids=own, limit=9)
            for type_ in ("DARK", "PRICE")
        ]
    assert found == [[], [HANDLE]]
