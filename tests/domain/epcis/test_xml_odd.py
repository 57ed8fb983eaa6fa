"""EPCIS in XML as systems in use send it: old wrappers and types, other character sets, faults of one event alone."""

from typing import Any

import pytest

from app.domain.epcis import documents, judging
from app.domain.epcis.xml_writing import to_xml
from app.errors import Malformed

XML = "application/xml"
TIMES = "<eventTime>2026-03-31T12:00:00Z</eventTime><eventTimeZoneOffset>+02:00</eventTimeZoneOffset>"
THING = "<epcList><epc>urn:epc:id:sgtin:4012345.011122.25</epc></epcList><action>OBSERVE</action>"
EX = 'xmlns:ex="https://ns.example.com/"'


def event(more: str = "", start: str = TIMES + THING) -> str:
    return f"<ObjectEvent>{start}{more}</ObjectEvent>"


def document(*events: str, head: str = "", body: str = "", after: str = "", **options: str) -> str:
    namespace = options.get("namespace", "urn:epcglobal:epcis:xsd:1")
    return (
        f'{head}<e:EPCISDocument xmlns:e="{namespace}" {EX} schemaVersion="1.2" creationDate="2026-03-31T12:00:00Z">'
        f"<EPCISBody><EventList>{''.join(events)}</EventList>{body}</EPCISBody>{after}</e:EPCISDocument>"
    )


def read(text: str, encoding: str = "utf-8") -> documents.Document:
    return documents.read_document(text.encode(encoding), XML)


def faults(found: dict[str, Any]) -> list[str]:
    return [fault.path for fault in judging.faults_of(found)]


def test_what_extends_the_document_and_its_body_is_kept_however_it_is_wrapped() -> None:
    found = read(
        document(
            event(),
            body="<extension><ex:wrapped>1</ex:wrapped></extension><ex:plain>2</ex:plain>",
            after="<extension><ex:outer>3</ex:outer></extension>",
        )
    )
    assert found.frame["epcisBody"] == {"eventList": [], "ex:wrapped": "1", "ex:plain": "2"}
    assert found.frame["ex:outer"] == "3"
    written = to_xml({**found.frame, "epcisBody": {**found.frame["epcisBody"], "eventList": found.events}})
    assert documents.read_document(written, XML).frame == found.frame


def test_a_quantity_event_of_old_systems_is_an_object_event_with_a_quantity() -> None:
    counted = (
        f"<QuantityEvent>{TIMES}<epcClass>urn:epc:idpat:sgtin:4012345.011122.*</epcClass><quantity>5</quantity>"
        "<bizStep>urn:epcglobal:cbv:bizstep:receiving</bizStep></QuantityEvent>"
    )
    (found,) = read(document(counted)).events
    assert (found["type"], found["action"], found["bizStep"]) == ("ObjectEvent", "OBSERVE", "receiving")
    assert found["quantityList"] == [{"epcClass": "urn:epc:idpat:sgtin:4012345.011122.*", "quantity": 5}]
    assert faults(found) == []


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("<action>ADD</action>", "/action"),
        ("<epcList><epc>urn:epc:id:sgtin:4012345.011122.26</epc></epcList>", "/epcList/0"),
        ("<eventTime>2026-03-31T13:00:00Z</eventTime>", "/eventTime"),
        ("<type>urn:x:other</type>", ""),
    ],
)
def test_a_field_that_stands_there_twice_is_refused_and_never_the_last_one_taken(
    more: str, path: str
) -> None:
    (found,) = read(document(event(more))).events
    assert path in faults(found)


def test_an_event_out_of_its_order_is_a_fault_of_its_own_and_not_of_its_neighbours() -> None:
    turned = event(start=THING + TIMES)
    good, bad = read(document(event(), turned)).events
    assert faults(good) == []
    assert "" in faults(bad)


@pytest.mark.parametrize(
    ("said", "codec"), [("GBK", "gbk"), ("gb2312", "gb2312"), ("GB18030", "gb18030"), ("Big5", "big5")]
)
def test_chinese_systems_may_write_in_their_own_character_sets(said: str, codec: str) -> None:
    name = "電池" if codec == "big5" else "电池"
    text = document(event(f"<ex:name>{name}</ex:name>"), head=f'<?xml version="1.0" encoding="{said}"?>')
    assert read(text, codec).events[0]["ex:name"] == name


def test_text_that_is_not_in_the_character_set_it_names_is_no_xml() -> None:
    raw = document(event(), head='<?xml version="1.0" encoding="GBK"?>').encode() + b"\xff"
    with pytest.raises(Malformed, match="well-formed"):
        documents.read_document(raw, XML)


def test_a_document_of_another_namespace_is_none_of_epcis() -> None:
    with pytest.raises(Malformed, match="urn:foo"):
        read(document(event(), namespace="urn:foo"))


def test_whole_numbers_beyond_what_json_holds_keep_every_digit() -> None:
    typed = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns:d="http://www.w3.org/2001/XMLSchema"'
    (found,) = read(document(event(f'<ex:n {typed} i:type="d:integer">{"9" * 40}</ex:n>'))).events
    assert found["ex:n"] == "9" * 40
    amount = "<quantityList><quantityElement><epcClass>urn:x:1</epcClass><quantity>{}</quantity></quantityElement></quantityList>"
    (found,) = read(document(event(amount.format("9" * 40)))).events
    assert found["quantityList"][0]["quantity"] == 1e40


@pytest.mark.parametrize(
    "came", ["receiving", "https://ref.gs1.org/cbv/BizStep-receiving", "cbv:BizStep-receiving"]
)
@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("Always_URN", "urn:epcglobal:cbv:bizstep:receiving"),
        ("Always_Web_URI", "https://ref.gs1.org/cbv/BizStep-receiving"),
    ],
)
def test_words_are_written_as_the_client_asks_however_they_came(came: str, wanted: str, told: str) -> None:
    (found,) = read(document(event())).events
    assert f"<bizStep>{told}</bizStep>".encode() in to_xml({**found, "bizStep": came}, wanted)


def test_more_prefixes_than_anybody_needs_are_refused_and_as_many_namespaces_in_an_event_cost_little() -> (
    None
):
    many = " ".join(f'xmlns:p{number}="urn:p{number}"' for number in range(2_000))
    with pytest.raises(Malformed, match="prefixes"):
        read(document(f"<ObjectEvent {many}>{TIMES}{THING}</ObjectEvent>"))
    own = "".join(f'<a xmlns="urn:n{number}">1</a>' for number in range(3_000))
    (found,) = read(document(event(own))).events
    names = found["@context"][-1]
    assert (len(names), names["ns"], names["ns3000"]) == (3_000, "urn:n0", "urn:n2999")
    assert found["ns3000:a"] == "1"
