"""The Handle API by its rules: what goes in and what comes out."""

from datetime import UTC, datetime

import orjson
import pytest

from app.domain import handles
from app.domain.handles import jws, trust
from tests.support.handle_desk import PREFIX, URL, Desk, basic, told, values_of

JSON = "application/json;charset=utf-8"


# --- names ---


@pytest.mark.parametrize(
    "suffix",
    [
        "a/b",
        "a//b",
        "50%",
        "批次 七",
        "a:b",
        "a?b",
        "a#b",
        "é+ü",
        "a;b=1",
        "a&b",
        "x" * 240,
        "..",
        "a/../b",
        "%2F",
    ],
)
def test_a_handle_is_stored_and_found_under_its_very_name(desk: Desk, suffix: str) -> None:
    handle = f"{PREFIX}/{suffix}"
    assert told(desk.put(handle, [URL])) == (201, 1)
    answer = desk.get(handle)
    assert answer.get_json()["handle"] == handle
    assert answer.get_json()["responseCode"] == 1
    assert told(desk.delete(handle)) == (200, 1)
    assert told(desk.get(handle)) == (404, 100)


def test_slashes_may_be_escaped(desk: Desk) -> None:
    desk.put(f"{PREFIX}/a/b", [URL])
    assert desk.ask("GET", f"/api/handles/{PREFIX}%2Fa%2Fb").get_json()["handle"] == f"{PREFIX}/a/b"


def test_a_handle_that_differs_by_case_only_is_the_same_and_echoed_as_asked(desk: Desk) -> None:
    assert told(desk.put(f"{PREFIX}/Part-7", [URL])) == (201, 1)
    again = desk.put(f"{PREFIX}/PART-7", [URL], query="overwrite=false")
    assert told(again) == (409, 101)
    assert again.get_json() == {"responseCode": 101, "handle": f"{PREFIX}/PART-7"}
    assert desk.get(f"{PREFIX}/part-7").get_json()["handle"] == f"{PREFIX}/part-7"


@pytest.mark.parametrize("suffix", ["", "a\nb", "a\u202eb", "x" * 300, "PA\u0405T", "\ufeffa"])
def test_a_name_that_could_be_mistaken_is_refused(desk: Desk, suffix: str) -> None:
    answer = desk.put(f"{PREFIX}/{suffix}", [URL])
    assert told(answer) == (400, 102)
    assert answer.get_json()["message"]


def test_a_nul_is_no_name(desk: Desk) -> None:
    assert desk.ask("GET", f"/api/handles/{PREFIX}/a%00b").status_code == 400
    assert desk.ask("PUT", f"/api/handles/{PREFIX}/a%00b", headers=basic(), data=b"{}").status_code == 400


def test_what_is_no_utf_8_is_no_name(desk: Desk) -> None:
    answer = desk.ask("PUT", f"/api/handles/{PREFIX}/%ff", headers=basic(), json={"values": [URL]})
    assert told(answer) == (400, 102)


# --- values ---


@pytest.mark.parametrize("body", [{"values": [URL]}, [URL], URL])
def test_an_object_a_list_and_one_value_are_all_read(desk: Desk, body: object) -> None:
    assert told(desk.put(f"{PREFIX}/X", orjson.dumps(body))) == (201, 1)
    assert values_of(desk, f"{PREFIX}/X") == {1: "https://a/"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"5", b'"text"', b"null", b"[[]]", b'{"values":5}', b'{"values":[5]}', b"\xff", b"[" * 5000],
)
def test_what_is_no_object_is_unreadable(desk: Desk, body: bytes) -> None:
    answer = desk.put(f"{PREFIX}/X", body)
    assert told(answer) == (400, 4)
    assert answer.get_json().keys() == {"responseCode", "message"}
    assert told(desk.get(f"{PREFIX}/X")) == (404, 100)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"index": 0}, 202),
        ({"index": -1}, 202),
        ({"index": 2**31}, 202),
        ({"index": 2**70}, 4),
        ({"index": 1.5}, 4),
        ({"index": True}, 4),
        ({"index": None}, 4),
        ({"type": ""}, 202),
        ({"type": "x" * 101}, 202),
        ({"type": 5}, 202),
        ({"data": None}, 4),
        ({"data": 5}, 4),
        ({"data": {"format": "string"}}, 4),
        ({"data": {"format": "music", "value": "x"}}, 202),
        ({"data": {"format": "string", "value": 5}}, 202),
        ({"data": {"format": "string", "value": "a\0b"}}, 202),
        ({"data": {"format": "base64", "value": "no!"}}, 202),
        ({"data": {"format": "hex", "value": "xy"}}, 202),
        ({"data": {"format": "key", "value": {"kty": "RSA", "n": "AQAB", "e": "AQAB", "d": "AQAB"}}}, 202),
        ({"data": {"format": "vlist", "value": [{"handle": "x"}, {"index": -1, "handle": "y"}]}}, 202),
        ({"type": "HS_ADMIN", "data": "x"}, 202),
        ({"type": "HS_ADMIN", "data": {"format": "admin", "value": {"handle": "a/b", "index": 1}}}, 202),
        ({"type": "HS_SECKEY", "data": "short"}, 202),
        ({"ttl": -1}, 202),
        ({"ttl": "tomorrow"}, 202),
        ({"permissions": "11"}, 202),
        ({"references": [{"handle": ""}]}, 202),
    ],
)
def test_a_value_that_cannot_be_is_refused(desk: Desk, change: dict[str, object], code: int) -> None:
    body = {"index": 1, "type": "URL", "data": "x"} | change
    data = (
        b'{"values":[%s]}'
        % str(body).replace("'", '"').replace("None", "null").replace("True", "true").encode()
    )
    answer = desk.put(f"{PREFIX}/X", data.replace(b'"a\x00b"', b'"a\\u0000b"').replace(b"\\x00", b"\\u0000"))
    assert told(answer) == (400, code), answer.text
    assert told(desk.get(f"{PREFIX}/X")) == (404, 100)


def test_every_format_comes_back_as_it_went_in(desk: Desk) -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    sent = [
        {"index": 1, "type": "URL", "data": {"format": "string", "value": "https://a/"}, "ttl": 0},
        {"index": 2, "type": "BIN", "data": {"format": "base64", "value": "AAEC"}, "ttl": 60},
        {"index": 3, "type": "HEX", "data": {"format": "hex", "value": "00FF"}, "ttl": "2030-01-01T00:00:00Z"},
        {"index": 4, "type": "HS_PUBKEY", "data": {"format": "key", "value": key}, "ttl": 86400},
        {
            "index": 5,
            "type": "HS_VLIST",
            "data": {"format": "vlist", "value": [{"handle": f"{PREFIX}/ADMIN", "index": 301}]},
            "ttl": 86400,
        },
        {"index": 6, "type": "HS_SITE", "data": {"format": "site", "value": {"version": 1}}, "ttl": 86400},
        {"index": 7, "type": "SEE", "data": {"format": "hdl", "value": "88.1.2/x"}, "ttl": 86400}
        | {"references": [{"handle": "88.1.2/x", "index": 3}]},
    ]  # fmt: skip
    assert told(desk.put(f"{PREFIX}/X", sent)) == (201, 1)
    got = desk.get(f"{PREFIX}/X").get_json()["values"]
    stamps = {value.pop("timestamp") for value in got}
    assert got == sent
    assert len(stamps) == 1
    assert stamps.pop().endswith("Z")


def test_an_absolute_ttl_is_told_in_utc(desk: Desk) -> None:
    desk.put(f"{PREFIX}/X", [URL | {"ttl": "2030-01-01T08:00:00+08:00"}])
    assert desk.get(f"{PREFIX}/X").get_json()["values"][0]["ttl"] == "2030-01-01T00:00:00Z"


def test_the_order_of_fields_is_the_real_servers(desk: Desk) -> None:
    sent = URL | {"permissions": "1111", "references": [{"handle": "1/2", "index": 3}]}
    desk.put(f"{PREFIX}/X", [sent])
    (value,) = desk.get(f"{PREFIX}/X").get_json()["values"]
    assert list(value) == ["index", "type", "data", "permissions", "ttl", "timestamp", "references"]


def test_262144_bytes_are_read_and_300_kb_are_not(desk: Desk) -> None:
    frame = b'{"values":[{"index":1,"type":"T","data":"%s"}]}'
    fits = frame % (b"x" * (handles.MOST_BYTES - len(frame) - 200))
    assert told(desk.put(f"{PREFIX}/big", fits)) == (201, 1)
    answer = desk.put(f"{PREFIX}/bigger", frame % (b"x" * 300_000))
    assert told(answer) == (413, 4)
    assert "262144" in answer.get_json()["message"]
    assert told(desk.get(f"{PREFIX}/bigger")) == (404, 100)


def test_2048_values_are_kept(desk: Desk) -> None:
    many = [{"index": index, "type": "K", "data": "v"} for index in range(1, 2050)]
    assert told(desk.put(f"{PREFIX}/X", many)) == (400, 202)
    assert told(desk.put(f"{PREFIX}/X", many[:2048])) == (201, 1)
    assert len(values_of(desk, f"{PREFIX}/X")) == 2048


# --- asking ---


def test_values_are_chosen_by_index_and_by_type(desk: Desk) -> None:
    sent = [URL, {"index": 2, "type": "URL.MOBILE", "data": "m"}, {"index": 3, "type": "LOT", "data": "7"}]
    desk.put(f"{PREFIX}/X", sent)
    for query, indexes in {
        "index=1&index=3": {1, 3},
        "type=LOT": {3},
        "type=URL": {1},
        "type=URL.": {2},
        "type=LOT&index=1": {1, 3},
        "index=77": set(),
        "type=url": set(),
    }.items():
        answer = desk.get(f"{PREFIX}/X", query=query)
        assert {value["index"] for value in answer.get_json()["values"]} == indexes, query
        assert told(answer) == (200, 1 if indexes else 200)
    assert told(desk.get(f"{PREFIX}/X", query="index=one")) == (400, 4)


def test_pretty_is_for_people_and_a_callback_for_pages(desk: Desk) -> None:
    assert b'\n  "responseCode": 1' in desk.get(f"{PREFIX}/N1", query="pretty").data
    assert b"\n" not in desk.get(f"{PREFIX}/N1", query="pretty=false").data
    answer = desk.get(f"{PREFIX}/N1", query="callback=my.app_1.got&index=1")
    assert answer.content_type == "application/javascript;charset=utf-8"
    assert answer.data.startswith(b'my.app_1.got({"responseCode":1,')
    assert answer.data.endswith(b"});")


@pytest.mark.parametrize("name", ["alert(1)//", "a b", "<script>", "1a", "a" * 200, "a;b", "ａ"])
def test_a_callback_that_is_no_name_is_not_repeated(desk: Desk, name: str) -> None:
    answer = desk.ask("GET", f"/api/handles/{PREFIX}/N1", query_string={"callback": name})
    assert told(answer) == (400, 4)
    assert answer.content_type == JSON
    assert name not in answer.text


def test_overwriting_and_single_values(desk: Desk) -> None:
    handle = f"{PREFIX}/X"
    assert told(desk.put(handle, [URL], query="index=1")) == (404, 100)
    assert told(desk.put(handle, [URL], query="overwrite=false")) == (201, 1)
    two = {"index": 2, "type": "LOT", "data": "7"}
    assert told(desk.put(handle, [two], query="index=2&overwrite=false")) == (201, 1)
    assert told(desk.put(handle, [two | {"data": "8"}], query="index=2")) == (200, 1)
    assert told(desk.put(handle, [two], query="index=3")) == (400, 202)
    assert values_of(desk, handle) == {1: "https://a/", 2: "8"}
    assert told(desk.delete(handle, query="index=1&index=2")) == (200, 1)
    assert told(desk.get(handle)) == (200, 200)


def test_a_record_is_signed_where_that_is_asked_for(desk: Desk) -> None:
    plain = desk.get(f"{PREFIX}/N1").get_json()["values"]
    answer = desk.get(f"{PREFIX}/N1", query="cert=true")
    *values, signature = answer.get_json()["values"]
    assert values == plain
    assert (signature["index"], signature["type"]) == (400, "HS_SIGNATURE")
    found = jws.parse(signature["data"]["value"])
    assert (found.claims["iss"], found.claims["sub"]) == (f"300:0.NA/{PREFIX}", f"{PREFIX}/N1")
    key = desk.ask("GET", "/api/site").get_json()["servers"][0]["publicKey"]["value"]
    now = datetime.fromtimestamp(found.claims["iat"], UTC)
    report = trust.check_values(f"{PREFIX}/N1", handles.load(orjson.dumps(plain)), found, key, now)
    assert set(report.verified) == {value["index"] for value in plain}
    assert not report.changed


def test_part_of_a_record_is_signed_by_itself_and_nothing_that_is_missing(desk: Desk) -> None:
    answer = desk.get(f"{PREFIX}/N1", query="type=URL&cert=true&pretty")
    assert [value["type"] for value in answer.get_json()["values"]] == ["URL", "HS_SIGNATURE"]
    assert told(desk.get(f"{PREFIX}/MISSING", query="cert=true")) == (404, 100)
    assert desk.get(f"{PREFIX}/N1", query="cert=false").data == desk.get(f"{PREFIX}/N1").data
