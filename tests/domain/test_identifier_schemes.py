"""Six systems of names: each in every spelling, each refusal with the character that is wrong."""

import pytest

from app.domain.identifiers import Identifier, Key, from_epc, kind_of, parse, short_url, spellings
from app.errors import Malformed

BID = "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz"


def refusal(text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("0.NA/88.118", Identifier("0.NA", "88.118")),
        ("0.na/10.1000", Identifier("0.NA", "10.1000")),
        ("0.TYPE/url", Identifier("0.TYPE", "URL")),
        ("10.1000/182", Identifier("10.1000", "182")),
        ("doi:10.1038/nphys1170", Identifier("10.1038", "NPHYS1170")),
        ("https://doi.org/10.1038/nphys1170", Identifier("10.1038", "NPHYS1170")),
        ("20.500.12345/678", Identifier("20.500.12345", "678")),
        ("1721.1/30000", Identifier("1721.1", "30000")),
        ("hdl:2381/12", Identifier("2381", "12")),
        ("https://hdl.handle.net/2381/12", Identifier("2381", "12")),
        ("hdl:10.SERV/CROSSREF", Identifier("10.SERV", "CROSSREF")),
        ("88.111.131/批次/2026#1?x:y", Identifier("88.111.131", "批次/2026#1?X:Y")),
    ],
)
def test_handles_under_any_prefix_are_read(text: str, thing: Identifier) -> None:
    assert parse(text) == thing
    assert parse(str(thing)) == parse(thing.epc) == from_epc(thing.epc) == thing
    assert parse(short_url("https://node.example/n", thing)) == thing
    assert kind_of(thing) == "handle"


@pytest.mark.parametrize(
    "text", ["2381/12", "2026.11/22", "192.168.0.1/admin", "and/or", "3.14/2", "88/118", "1/2"]
)
def test_what_only_has_a_slash_is_no_handle(text: str) -> None:
    assert refusal(text).code == "not-an-identifier"


@pytest.mark.parametrize(
    "text",
    ["VAA08810012345678/ABC-1", "vaa08810012345678/abc-1", "25SVAA08810012345678/ABC-1", "]d1VAA08810012345678/ABC-1",
     "https://node.example/VAA08810012345678/ABC-1", "88.100.12345678/ABC-1", "ＶＡＡ08810012345678／ABC-1"],
)  # fmt: skip
def test_a_vaa_code_is_the_handle_it_equals(text: str) -> None:
    assert parse(text) == Identifier("88.100.12345678", "ABC-1")


def test_only_a_prefix_of_the_right_lengths_has_a_vaa_spelling() -> None:
    def forms(text: str) -> list[str]:
        return [spelling.form for spelling in spellings(parse(text))]

    assert "vaa" in forms("88.100.12345678/A")
    assert "vaa" in forms("86.100.00000042/A")  # leading zeros count
    assert "vaa" not in forms("88.100.1001/A")
    assert "vaa" not in forms("88.1000.12345678/A")


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("VAA18810012345678/A", "bad-vaa", 4),
        ("VAA0881001234567/A", "bad-vaa", 17),
        ("VAA088100123456789/A", "bad-vaa", 18),
        ("VAA08810O12345678/A", "bad-vaa", 9),
        ("25SVAA08810O12345678/A", "bad-vaa", 12),
        ("VAA08810012345678", "bad-suffix", 18),
        ("VAA08810012345678/", "bad-suffix", 17),
        ("VAA08810012345678/A\x07", "bad-suffix", 18),
        ("oid:3.1", "bad-oid", 1),
        ("urn:oid:1.40", "bad-oid", 3),
        ("urn:oid:1.2.", "bad-oid", 5),
        ("urn:oid:1..2", "bad-oid", 3),
        ("1.2.156.010", "bad-oid", 9),
        ("OID.1.2.15x", "bad-oid", 7),
        ("urn:oid:1", "bad-oid", 2),
        ("oid: ", "bad-oid", 1),
        ("ecode:0123456", "bad-ecode", 1),
        ("ecode:5", "bad-ecode", 1),
        ("ecode:100x41", "bad-ecode", 4),
        ("ecode:10064", "bad-ecode", 6),
        ("ecode:1-0064-", "bad-ecode", 8),
        ("ecode:1-006412", "bad-ecode", 7),
        ("ecode:1006412a", "bad-ecode", 8),
        ("ecode:10064" + "1" * 21, "bad-ecode", 26),
        ("ecode:310001AB-1", "bad-ecode", 9),
        ("did:", "bad-did", 5),
        ("did:bid", "bad-did", 5),
        ("did:bid:", "bad-did", 5),
        ("did:bid:xf2AATqnCqEgrqmDwxWmUqYF", "bad-did", 9),
        ("did:bid:ef2AATqnCqEg rqmDwxWmUqYF", "bad-did", 21),
        ("did:cn:88.1x0.1", "bad-did", 12),
        ("did:vaa:short", "bad-did", 14),
        ("did:web:a b", "bad-did", 10),
        ("https://node.example/oid/1.x", "bad-oid", 3),
    ],
)
def test_a_refusal_points_at_the_character(text: str, code: str, position: int) -> None:
    error = refusal(text)
    assert (error.code, error.values["position"]) == (code, position), error.english()
    assert error.hint


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        (
            ["urn:oid:1.2.156.10197.1.301", "URN:OID:1.2.156.10197.1.301", "OID.1.2.156.10197.1.301",
             "oid: 1.2.156.10197.1.301", "1.2.156.10197.1.301", "https://h/OID/1.2.156.10197.1.301"],
            Key("oid", "1.2.156.10197.1.301"),
        ),
        (["2.16.156.101818.102.1", "]Q12.16.156.101818.102.1"], Key("oid", "2.16.156.101818.102.1")),
        (
            ["ecode:1006412345678901234", "Ecode=1006412345678901234", "urn:ecode:1006412345678901234",
             "ecode 1 0064 12345678901234", "ecode:1-0064-12345678901234", "1006412345678901234",
             "https://h/ecode/1006412345678901234"],
            Key("ecode", "1006412345678901234"),
        ),
        (["ecode:310001AB12cd"], Key("ecode", "310001AB12cd")),
        (["ecode:410001批次/7", "https://h/ecode/410001批次%2F7"], Key("ecode", "410001批次/7")),
        ([BID, BID.replace("did:bid", "DID:Bid"), f"{BID}#key-1", f"{BID}?versionId=2", f"https://h/did/{BID[4:]}"],
         Key("did", BID)),
        (["did:bid:a1b2:zs" + "A" * 32], Key("did", "did:bid:a1b2:zs" + "A" * 32)),
        (["did:cn:88.100.1"], Key("did", "did:cn:88.100.1")),
        (["did:vaa:gxAcE6upFw6DNbG3rfngM3VxCNB"], Key("did", "did:vaa:gxAcE6upFw6DNbG3rfngM3VxCNB")),
        (["did:vaa:IDcontract1:86.100.1234/abcdfe.123"], Key("did", "did:vaa:IDcontract1:86.100.1234/abcdfe.123")),
        (["did:web:example.com:user", "did:web:example.com:user/path"], Key("did", "did:web:example.com:user")),
    ],
)  # fmt: skip
def test_every_spelling_of_another_system_gives_one_key(texts: list[str], key: Key) -> None:
    assert [parse(text) for text in texts] == [key] * len(texts)
    assert parse(str(key)) == parse(key.epc) == from_epc(key.epc) == key
    assert parse(short_url("https://node.example", key)) == key
    assert kind_of(key) == key.scheme


@pytest.mark.parametrize(
    "text",
    ["1.2.3", "1.2.3.4", "2.16", "123456789012", "42", "100641234567890123", "3AB", "didactic"],
)
def test_numbers_that_could_be_anything_are_not_guessed(text: str) -> None:
    assert refusal(text).code in {"not-an-identifier", "wrong-check-digit"}


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("did:web:localhost%3A8443:user", "did:web:localhost%3A8443:user"),
        ("did:vaa:contract1:86.100.1234/a|b", "did:vaa:contract1:86.100.1234/a%7Cb"),
        ("did:vaa:contract1:86.100.1234/批次", "did:vaa:contract1:86.100.1234/%E6%89%B9%E6%AC%A1"),
        ("did:vaa:contract1:50%", "did:vaa:contract1:50%25"),
    ],
)
def test_a_did_is_the_uri_it_is_with_its_escapes(text: str, uri: str) -> None:
    found = parse(text)
    assert str(found) == found.epc == uri
    assert parse(found.epc) == from_epc(found.epc) == found
    assert parse(short_url("https://id.example.cn", found)) == found


def test_a_did_with_what_no_text_has_is_refused_at_its_place() -> None:
    with pytest.raises(Malformed) as refusal:
        parse("did:vaa:contract1:a\ud800")
    assert (refusal.value.code, refusal.value.values["position"]) == ("bad-did", 20)


@pytest.mark.parametrize("text", ["hdl:2381/12%2541", "https://doi.org/2381/a%2541", "0.NA/88.118.8/x"])
def test_what_a_handle_is_written_as_is_that_handle(text: str) -> None:
    found = parse(text)
    assert parse(str(found)) == found


def test_an_administrative_prefix_is_no_web_address() -> None:
    assert parse("0.NA/88.118.82381/536") == Identifier("0.NA", "88.118.82381/536")
    assert parse("example.cn/88.118.8238/536") == Identifier("88.118.8238", "536")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("did:bid:qf2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz", 9),
        ("did:bid:ex2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz", 10),
        ("did:bid:ab12:ef2AATqn!qEgrqmDwxWmUqYFqDMyfQCRz", 22),
        ("did:bid:ef2A", 13),
        ("did:cn:88.10.1", 13),
        ("did:cn:88.100.1x", 16),
        ("did:vaa:0xAcE6upFw6DNbG3rfngM3VxCNB", 9),
        ("did:web:a%GG", 10),
        ("did:web:a b", 10),
    ],
)
def test_a_refused_did_points_at_the_character(text: str, position: int) -> None:
    with pytest.raises(Malformed) as refusal:
        parse(text)
    assert (refusal.value.code, refusal.value.values["position"]) == ("bad-did", position)
