"""How a document may be packed and written when it is sent: gzip, character sets, and what is ambiguous."""

import gzip
import json

import pytest
from flask import Flask

from tests.support.epcis_client import EpcisClient, bare, document, event, problem
from tests.support.tenants import Tenants

GZIP = {"Content-Encoding": "gzip"}
ONE = json.dumps(bare(1)).encode()


@pytest.fixture
def ana(app: Flask, world: Tenants) -> EpcisClient:
    return EpcisClient(app, world.ana)


def test_what_is_packed_with_gzip_is_unpacked(ana: EpcisClient) -> None:
    assert ana.post("/events", gzip.compress(ONE), GZIP).status_code == 201
    answer = ana.post("/capture", gzip.compress(json.dumps(document(event(2))).encode()), GZIP)
    assert answer.status_code == 202
    assert len(ana.events()) == 2


def test_a_small_parcel_that_unpacks_to_more_than_may_be_sent_is_too_large(ana: EpcisClient) -> None:
    parcel = gzip.compress(b" " * 3_000_000 + ONE)
    assert len(parcel) < 10_000
    problem(ana.post("/events", parcel, GZIP), 413, "CaptureLimitExceededException")


@pytest.mark.parametrize("body", [ONE, gzip.compress(ONE)[:-9], gzip.compress(ONE) * 2])
def test_what_is_not_packed_as_it_says_is_refused(ana: EpcisClient, body: bytes) -> None:
    assert problem(ana.post("/events", body, GZIP), 400, "ValidationException")["code"] == "not-gzip"


def test_another_packing_is_refused_with_the_one_that_is_taken(ana: EpcisClient) -> None:
    answer = ana.post("/events", ONE, {"Content-Encoding": "br"})
    problem(answer, 415, "UnsupportedMediaTypeException")
    assert answer.headers["Accept-Encoding"] == "gzip"


@pytest.mark.parametrize(("charset", "codec"), [("UTF-16", "utf-16"), ("gbk", "gbk"), ("utf-8", "utf-8-sig")])
def test_text_is_read_in_the_character_set_that_its_header_names(
    ana: EpcisClient, charset: str, codec: str
) -> None:
    sent = json.dumps(bare(1, **{"ex:name": "电池"}), ensure_ascii=False).encode(codec)
    answer = ana.post("/events", sent, content_type=f"application/json; charset={charset}")
    assert (answer.status_code, answer.get_json()["ex:name"]) == (201, "电池")


def test_xml_is_read_in_the_character_set_of_its_header_whatever_it_says_itself(ana: EpcisClient) -> None:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><ObjectEvent xmlns:ex="https://ns.example.com/">'
        "<eventTime>2026-03-31T12:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
        "<epcList/><action>OBSERVE</action><ex:name>电池</ex:name></ObjectEvent>"
    )
    answer = ana.post("/events", text.encode("gbk"), content_type="application/xml; charset=gb2312")
    assert (answer.status_code, answer.get_json()["ex:name"]) == (201, "电池")


def test_an_unknown_character_set_and_one_that_is_not_kept_to_are_refused(ana: EpcisClient) -> None:
    answer = ana.post("/events", ONE, content_type="application/json; charset=utf-7")
    problem(answer, 415, "UnsupportedMediaTypeException")
    answer = ana.post("/events", b'{"\xff', content_type="application/json; charset=gbk")
    problem(answer, 400, "ValidationException")


@pytest.mark.parametrize("spelt", ['"action"', '"\\u0061ction"'])
def test_a_field_that_is_named_twice_is_refused_by_its_name(ana: EpcisClient, spelt: str) -> None:
    twice = ONE.decode().replace('"action"', f'{spelt}: "ADD", "action"').encode()
    answer = problem(ana.post("/events", twice), 400, "ValidationException")
    assert "“action”" in answer["detail"]


def test_marks_within_texts_are_no_second_naming(ana: EpcisClient) -> None:
    odd = bare(1, **{"ex:a": 'a "quoted" \\" \\\\ word', "ex:o": {'"b"\\': '"'}})
    assert ana.post("/events", odd).status_code == 201
    assert ana.post("/events", bare(2, **{"ex:a": '\\"', "ex:b": "\\\\"})).status_code == 201


def test_a_number_in_xml_that_no_answer_could_be_written_with_is_no_server_error(ana: EpcisClient) -> None:
    text = (
        '<ObjectEvent xmlns:ex="https://ns.example.com/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
        ' xmlns:d="http://www.w3.org/2001/XMLSchema"><eventTime>2026-03-31T12:00:00Z</eventTime>'
        "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><epcList/><action>OBSERVE</action>"
        f'<ex:n i:type="d:integer">{"9" * 30}</ex:n></ObjectEvent>'
    )
    answer = ana.post("/events", text.encode(), content_type="application/xml")
    assert (answer.status_code, answer.get_json()["ex:n"]) == (201, "9" * 30)


def test_a_query_that_names_a_parameter_twice_is_refused(ana: EpcisClient) -> None:
    body = b'{"name": "a", "query": {"EQ_action": ["ADD"], "EQ_action": ["DELETE"]}}'
    assert problem(ana.post("/queries", body), 400, "QueryValidationException")["code"] == "named-twice"
    problem(ana.post("/queries", b"[" * 900 + b"]" * 900), 400, "QueryValidationException")
