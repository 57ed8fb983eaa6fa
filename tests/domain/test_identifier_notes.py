"""Lenient but telling: what was tolerated in reading, and what a new name may not have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.identifiers import Identifier, check_suffix_for_registering, parse, parse_telling
from app.errors import Malformed

GTIN = "09506000134352"


def codes(text: str) -> list[str]:
    return [note.code for note in parse_telling(text).notes]


@pytest.mark.parametrize(
    "text",
    [
        "88.118.1001/ABC", "88.118.1001/abc", "HTTPS://ID.EXAMPLE.COM/88.118.1001/ABC", "hdl:88.118.1001/批次-1",
        f"https://id.gs1.org/01/{GTIN}/10/LOT/21/SER?17=261231&utm_source=x", f"(01){GTIN}(17)261231(10)LOT",
        f"]C101{GTIN}17261231" + "10LOT\x1d21SER", "urn:epc:id:sscc:4012345.3111111111", "9506000134352",
        "VAA08810012345678/ABC-1", "urn:oid:1.2.156", "ecode:1006412", "did:cn:88.100.1", "88.118.1001/Ω-1",
    ],
)  # fmt: skip
def test_what_is_as_it_should_be_has_no_notes(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u202a88.118.1001/ABC\u202c", ["hidden-characters"]),
        ("88.118.1001/A\u200bB", ["hidden-characters"]),
        ("８８．118.1001/ABC", ["full-width"]),
        ("88.118.1001/А-B", ["look-alike-letters"]),
        ("88.118.1001/ΑB", ["look-alike-letters"]),
        ("88.118.1001/A#B", ["unsafe-characters"]),
        ("88.118.1001/A?B", ["unsafe-characters"]),
        ("88.118.1001/A:B", ["unsafe-characters"]),
        ("88.118.1001/A B", ["unsafe-characters"]),
        (f"HtTps://example.com/01/{GTIN}", ["mixed-case-scheme"]),
        ("https://example.com/01/9506000134352", ["short-gtin"]),
        ("https://example.com/01/02345673/10/L", ["short-gtin"]),
        ("(01)9506000134352(10)L", ["short-gtin"]),
        (f"https://example.com/01/{GTIN}/21/S/10/L", ["qualifier-order"]),
        (f"(01){GTIN}(10)L(10)L", ["repeated-data"]),
        (f"(01){GTIN}(17)261399", ["not-to-the-letter"]),
        (f"(01){GTIN}(02){GTIN}(37)5", ["not-to-the-letter"]),
        (f"]C101{GTIN}17261399", ["not-to-the-letter"]),
        (f"https://example.com/01/{GTIN}?17=261399", ["not-to-the-letter"]),
        (f"https://example.com/01/{GTIN}?10=LOT", ["not-to-the-letter"]),
        (f"https://example.com/01/{GTIN}?99=A&99=A", ["not-to-the-letter"]),
        (f"https://example.com/01/{GTIN}?999=A", ["not-to-the-letter"]),
        (f"https://example.com/01/{GTIN}/", ["not-to-the-letter"]),
        ("1.2.156.10197.1.301", ["assumed-scheme"]),
        ("1006412345678901234", ["assumed-scheme"]),
        ("did:cn:88.100.1#key-1", ["did-url"]),
        ("did:bid:ef2AATqnCqEgrqmDwxWmUqY0OIl", ["odd-did"]),
        (
            "HtTp://example.com/01/9506000134352/21/S/10/L",
            ["mixed-case-scheme", "short-gtin", "qualifier-order"],
        ),
    ],
)
def test_what_was_tolerated_is_told(text: str, expected: list[str]) -> None:
    reading = parse_telling(text)
    assert [note.code for note in reading.notes] == expected
    assert reading.thing == parse(text)
    for note in reading.notes:
        assert note.values["position"] >= 1
        assert "{" not in note.english()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("88.118.1001/AB\u200bC", 15),
        ("88.118.1001/A\u0410", 14),
        ("88.118.1001/AB#C", 15),
        ("８8.118.1001/A", 1),
    ],
)
def test_a_note_names_the_character(text: str, position: int) -> None:
    (note,) = parse_telling(text).notes
    assert note.values["position"] == position


@pytest.mark.parametrize(
    ("text", "scheme"),
    [("88.118.1001/A", "handle"), ("VAA08810012345678/A", "vaa"), ("25Svaa08810012345678/A", "vaa"), ("oid:1.2", "oid"),
     ("ecode:1006412", "ecode"), ("did:cn:88.100.1", "did"), (f"]Q1https://x.cn/01/{GTIN}", "gs1")],
)  # fmt: skip
def test_it_is_told_in_which_system_something_was_written(text: str, scheme: str) -> None:
    assert parse_telling(text).scheme == scheme


@given(st.text(max_size=80))
def test_telling_reads_as_reading_does_and_refuses_the_same(text: str) -> None:
    try:
        thing = parse(text)
    except Malformed as error:
        with pytest.raises(Malformed) as caught:
            parse_telling(text)
        assert caught.value.code == error.code
        return
    assert parse_telling(text).thing == thing


@pytest.mark.parametrize(
    "start", ["88.118.1/", "(01)09506000134352", f"https://h/01/{GTIN}", "]d201" + GTIN, "did:bid:ef"]
)
@given(rest=st.text(max_size=40))
def test_notes_can_be_told_of_whatever_follows_a_good_start(start: str, rest: str) -> None:
    try:
        reading = parse_telling(start + rest)
    except Malformed:
        return
    assert all("{" not in note.message.format(**note.values) or "{" in start + rest for note in reading.notes)


@pytest.mark.parametrize("suffix", ["ABC", "批次-2026", "Ω-1", "а-б", "a/b:c#d?e f", "Ünïcode"])
def test_a_suffix_of_any_script_may_be_registered(suffix: str) -> None:
    assert check_suffix_for_registering(suffix) == suffix


@pytest.mark.parametrize(
    ("suffix", "code", "position"),
    [
        ("", "bad-suffix", 1),
        ("  ", "bad-suffix", 1),
        ("A\x00", "bad-suffix", 2),
        ("A\nB", "bad-suffix", 2),
        ("A\u2028", "bad-suffix", 2),
        ("A\ud800", "bad-suffix", 2),
        ("A\u202eB", "hidden-characters", 2),
        ("\u200b", "hidden-characters", 1),
        ("\ufeffA", "hidden-characters", 1),
        ("p\u0430y", "look-alike-letters", 2),
        ("AB\u0391", "look-alike-letters", 3),
        ("批\u0410\u0042", "look-alike-letters", 3),
    ],
)
def test_a_suffix_that_deceives_is_not_registered(suffix: str, code: str, position: int) -> None:
    with pytest.raises(Malformed) as caught:
        check_suffix_for_registering(suffix)
    assert (caught.value.code, caught.value.values["position"]) == (code, position)
    assert caught.value.hint


def test_three_hundred_characters_are_too_many_and_255_are_not() -> None:
    assert parse("88.118.1/" + "A" * 246) == Identifier("88.118.1", "A" * 246)
    for text in ("88.118.1/" + "A" * 300, "hdl:88.118.1/" + "批" * 300, "https://h/88.118.1/" + "A" * 247):
        with pytest.raises(Malformed) as caught:
            parse(text)
        assert (caught.value.code, caught.value.values["position"]) == ("too-long", 256)
