"""What a parent states of a child: read as written, and nothing else is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import delegations, trust
from app.domain.delegations import Delegation, Endpoint, delegation_of, endpoint_of
from app.errors import Malformed

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
KEY = trust.public_key_of(b"\x01" * 32)
GOOD = Delegation(
    zone="88.118",
    issuer="88",
    serial=7,
    keys=(KEY,),
    endpoints=(
        Endpoint(url="https://auto.example:8443"),
        Endpoint(host="auto.example", port=2641, protocol="hdl-tcp"),
    ),
    state="active",
    not_before=NOW,
    not_after=NOW + timedelta(days=365),
    subject={"name_zh": "汽车二级节点", "name_en": "Automotive", "industry": "C36", "region": "420000"},
)


def refused(**changed: Any) -> None:
    with pytest.raises(Malformed) as caught:
        delegation_of(GOOD.body | changed)
    assert caught.value.code == "bad-delegation"
    assert caught.value.english()


def test_what_is_written_is_read_again() -> None:
    assert delegation_of(GOOD.body) == GOOD
    assert GOOD.urls == ("https://auto.example:8443",)


def test_a_node_that_cannot_sign_has_no_keys() -> None:
    assert delegation_of(GOOD.body | {"keys": []}).keys == ()


def test_until_when_a_replaced_key_counts_is_read() -> None:
    left = replace(GOOD, retiring={KEY.key_id: NOW})
    assert delegation_of(left.body) == left
    assert left.keys_at(NOW) == (KEY,)
    assert left.keys_at(NOW + timedelta(seconds=1)) == ()
    for told in ([], None, {"short": "2026-05-20T08:30:00Z"}, {KEY.key_id: "tomorrow"}, {KEY.key_id: None}):
        refused(retiring=told)


def test_the_certificate_travels_with_the_statement() -> None:
    certified = replace(GOOD, certificate="a.b.c")
    assert delegation_of(certified.body) == certified
    assert "certificate" not in GOOD.body
    for told in (None, 5, "x" * (delegations.LONGEST_CERTIFICATE + 1), "a\nb", "é"):
        refused(certificate=told)


def test_names_that_are_not_known_are_left_out() -> None:
    assert set(delegation_of(GOOD.body | {"subject": {"name_zh": "甲", "other": 1}}).subject) == set(
        delegations.SUBJECT
    )


@pytest.mark.parametrize(
    "zone", ["", None, 88, "88.", ".88", "88..118", "88/118", "88.a", "８８", "88.118\n", "9" * 80]
)
def test_what_is_no_zone_of_a_child_is_refused(zone: Any) -> None:
    refused(zone=zone)


@pytest.mark.parametrize("serial", [0, -1, 1.0, "1", None, True, 2**53, [1]])
def test_a_serial_is_a_whole_number_above_zero(serial: Any) -> None:
    refused(serial=serial)


@pytest.mark.parametrize(
    "moment",
    [
        "",
        None,
        5,
        "2026-05-20",
        "2026-05-20T08:30:00",
        "2026-05-20T08:30:00+00:00",
        "2026-13-01T00:00:00Z",
        "２026-05-20T08:30:00Z",
        "2026-05-20T08:30:00Z ",
    ],
)
def test_a_time_has_one_spelling(moment: Any) -> None:
    refused(not_after=moment)
    refused(not_before=moment)


@pytest.mark.parametrize(
    "keys", [None, {}, "x", [{}], [KEY.jwk | {"d": "AA"}], [KEY.jwk] * (trust.MOST_KEYS + 1)]
)
def test_what_are_no_keys_are_refused(keys: Any) -> None:
    refused(keys=keys)


@pytest.mark.parametrize("state", ["", "Active", None, "revoked", ["active"]])
def test_a_state_is_one_of_three(state: Any) -> None:
    refused(state=state)


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "ftp://node.example",
        "file:///etc/passwd",
        "//node.example",
        "https://node.example/",
        "https://node.example/path",
        "https://node.example?x=1",
        "https://node.example#x",
        "https://user@node.example",
        "https://user:secret@node.example",
        "https://node.example:99999",
        "https://node.example:x",
        "https://node.example:0",
        "https://",
        "https://[::1",
        "https://node example",
        "https://node.example\r\nHost: other",
        "https://node.example\\@other",
        "https://нode.example",
        "HTTPS://node.example",
        "https://" + "a" * 400,
    ],
)
def test_an_endpoint_is_scheme_host_and_port_and_nothing_more(url: Any) -> None:
    with pytest.raises(Malformed):
        endpoint_of({"url": url})
    refused(endpoints=[{"url": url}])


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://node.example", "https://[::1]:8443"])
def test_common_endpoints_are_read(url: str) -> None:
    assert endpoint_of({"url": url}).wire == {"url": url}


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        {},
        {"host": "a", "port": 2641},
        {"host": "a", "port": 2641, "protocol": "http"},
        {"host": "a", "port": "2641", "protocol": "hdl-udp"},
        {"host": "a", "port": 0, "protocol": "hdl-udp"},
        {"host": "a", "port": 65_536, "protocol": "hdl-udp"},
        {"host": "", "port": 2641, "protocol": "hdl-udp"},
        {"host": "a b", "port": 2641, "protocol": "hdl-udp"},
        {"host": "a" * 300, "port": 2641, "protocol": "hdl-udp"},
    ],
)
def test_what_is_no_endpoint_is_refused(told: Any) -> None:
    refused(endpoints=[told])


def test_there_is_an_end_to_endpoints_and_names() -> None:
    refused(endpoints=[{"url": "https://node.example"}] * (delegations.MOST_ENDPOINTS + 1))
    refused(subject={"name_zh": "x" * (delegations.LONGEST_NAME + 1)})
    refused(subject={"name_zh": "a\nb"})
    refused(subject=[])


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9999, 1, 1)))  # noqa: DTZ001
def test_a_time_is_read_as_written(moment: datetime) -> None:
    whole = moment.replace(tzinfo=UTC, microsecond=0)
    assert delegations.time_of(delegations.time_text(whole)) == whole


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.sampled_from([*GOOD.body, "url", "host"]), x)))  # fmt: skip
def test_whatever_is_sent_is_read_or_malformed(told: Any) -> None:
    try:
        delegation_of(told if isinstance(told, dict) else GOOD.body | {"subject": told})
    except Malformed as error:
        assert error.code == "bad-delegation"
