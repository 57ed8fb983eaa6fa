"""What is written in any of the six systems reads back, and no single wrong digit goes unseen."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain import identifiers
from app.domain.gs1 import check_digit, check_pair, keys, urn_of
from app.domain.identifiers import Identifier, Key, from_epc, parse, short_url, spellings
from app.errors import Malformed

BID = "did:bid:ef2AATqnCqEgrqmDwxWmUqYFqDMyfQCRz"


def refusal(text: str) -> Malformed:
    with pytest.raises(Malformed) as caught:
        parse(text)
    return caught.value


digits = st.text("0123456789", min_size=1)
arcs = st.lists(st.integers(0, 10**9).map(str), min_size=0, max_size=8)
roots = st.one_of(
    st.tuples(st.sampled_from("01"), st.integers(0, 39)), st.tuples(st.just("2"), st.integers(0, 999))
)
oids = st.builds(lambda root, rest: Key("oid", ".".join([root[0], str(root[1]), *rest])), roots, arcs)
ecodes = st.one_of(
    st.from_regex(r"1[0-9]{4}[0-9]{1,20}|2[0-9]{4}[0-9]{1,28}|3[0-9]{5}[0-9A-Za-z]{1,39}", fullmatch=True),
    st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=30)
    .filter(lambda code: identifiers.texts.cleaned(code) == code and not code.startswith(("-", ".")))
    .map(lambda code: f"410001{code}"),
).map(lambda value: Key("ecode", value))
dids = st.from_regex(
    r"did:(?:bid:(?:[a-z0-9]{4}:)?[esz]f[1-9A-HJ-NP-Za-km-z]{22,31}|cn:[0-9]{2}\.[0-9]{3,5}\.[0-9]{1,20}"
    r"|vaa:[1-9A-HJ-NP-Za-km-z]{27,31}|key:[A-Za-z0-9._-]{1,40})",
    fullmatch=True,
).map(lambda value: Key("did", value))
vaa_prefixes = st.from_regex(r"8[68]\.[0-9]{3}\.[0-9]{8}", fullmatch=True)
prefixes = st.one_of(
    vaa_prefixes,
    st.from_regex(
        r"8[68]\.[0-9]{3,5}\.[0-9]{1,20}|10\.[0-9]{4,5}|20\.500\.[0-9]{5}|0\.NA|2381|1721\.1", fullmatch=True
    ),
)
suffixes = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufffd"),
    min_size=1,
    max_size=60,
)
handles = st.builds(
    lambda prefix, suffix: parse(f"hdl:{prefix}/x{identifiers.values.quote(suffix)}"), prefixes, suffixes
)
cset_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def number(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def checked(length: int) -> st.SearchStrategy[str]:
    return number(length - 1).map(lambda body: body + check_digit(body))


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def words(least: int, most: int, alphabet: str = cset_82) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


VALUES = {
    "00": checked(18), "01": checked(14), "253": joined(checked(13), words(0, 17)),
    "255": joined(checked(13), words(0, 12, "0123456789")), "401": joined(number(4), words(0, 26)), "402": checked(17),
    "414": checked(13), "415": checked(13), "417": checked(13), "8003": joined(st.just("0"), checked(13), words(0, 16)),
    "8004": joined(number(4), words(0, 26)), "8006": joined(checked(14), st.just("0307")),
    "8010": joined(number(4), words(0, 26, "#-/0123456789ABCXYZ")),
    "8013": joined(number(4), words(0, 19)).map(lambda body: body + check_pair(body)),
    "8017": checked(18), "8018": checked(18),
    "22": words(1, 20), "10": words(1, 20), "21": words(1, 20), "235": words(1, 28),
    "254": words(1, 20).filter(lambda value: value != "0"), "7040": joined(number(1), words(3, 3, "ABC-_19")),
    "8020": words(1, 25), "8011": st.integers(1, 10**12 - 1).map(str), "8019": words(1, 10, "0123456789"),
}  # fmt: skip


@st.composite
def gs1_keys(draw: st.DrawFn) -> Key:
    code = draw(st.sampled_from(sorted(keys.QUALIFIERS)))
    sequence = draw(st.sampled_from(keys.QUALIFIERS[code]))
    chosen = [q for q in sequence if draw(st.booleans())]
    return Key.of([(code, draw(VALUES[code])), *((q, draw(VALUES[q])) for q in chosen)])


things = st.one_of(handles, oids, ecodes, dids, gs1_keys())


@given(things)
@example(Key("gtin", "00000002345673"))
@example(Key("ecode", "410001."))
def test_whatever_is_written_in_any_scheme_reads_back(thing: Identifier | Key) -> None:
    assert from_epc(thing.epc) == thing
    assert thing.epc.isascii()
    for spelling in spellings(thing, company_prefix_length=7):
        assert parse(spelling.text) == thing, spelling
    assert parse(str(thing)) == thing
    assert parse(short_url("https://node.example/stem", thing)) == thing
    assert spellings(thing)[0].text == thing.epc


@given(things)
def test_every_path_begins_as_the_router_is_told(thing: Identifier | Key) -> None:
    path = short_url("https://node.example", thing).removeprefix("HTTPS://NODE.EXAMPLE/")
    assert re.fullmatch(identifiers.PATH_START, path.partition("/")[0]), path


@given(vaa_prefixes, st.from_regex(r"[A-Z0-9-]{1,20}", fullmatch=True))
def test_a_vaa_code_and_its_handle_turn_into_each_other(prefix: str, suffix: str) -> None:
    spelt = next(s.text for s in spellings(Identifier(prefix, suffix)) if s.form == "vaa")
    assert re.fullmatch(r"VAA0[0-9]{13}/[A-Z0-9-]+", spelt)
    assert parse(spelt) == Identifier(prefix, suffix)


@given(gs1_keys(), st.integers(4, 12))
def test_a_urn_made_of_a_digital_link_gives_the_link_back(key: Key, length: int) -> None:
    elements = key.elements
    try:
        urn = urn_of(elements, length)
    except Malformed as error:
        assert error.code == "bad-epc-urn"
        qualifiers = {code for code, _ in elements[1:]}
        unsaid = key.scheme in {"gmn", "payto"} or len(qualifiers) > 1 or qualifiers & {"22", "7040", "8019"}
        too_short = not (elements[0][1][:length].isdecimal() and len(elements[0][1]) > length)
        assert unsaid or too_short or (key.scheme == "itip" and "10" in qualifiers)
        return
    assert parse(urn).epc == key.epc
    assert urn_of(parse(urn).elements, length) == urn


@given(gs1_keys(), st.data())
def test_one_wrong_digit_in_a_key_with_a_check_digit_never_goes_unseen(key: Key, data: st.DataObject) -> None:
    code, value = key.elements[0]
    length = {
        "00": 18,
        "01": 14,
        "253": 13,
        "255": 13,
        "402": 17,
        "8003": 14,
        "8006": 14,
        "8017": 18,
        "8018": 18,
    }
    length |= dict.fromkeys(("414", "415", "417"), 13)
    if code not in length:
        return
    place = data.draw(st.integers(1 if code == "8003" else 0, length[code] - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != value[place]]))
    wrong = value[:place] + other + value[place + 1 :]
    error = refusal(f"https://id.gs1.org/{code}/{keys.quote(wrong, safe='')}")
    assert error.code == "wrong-check-digit"
    assert error.values["position"] == length[code]
    assert refusal(f"({code}){wrong.replace('(', chr(92) + '(')}").code == "wrong-check-digit"


@given(VALUES["8013"], st.data())
def test_one_wrong_character_in_a_model_number_never_goes_unseen(value: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(4, len(value) - 1))
    other = data.draw(st.sampled_from([c for c in cset_82 if c != value[place]]))
    wrong = value[:place] + other + value[place + 1 :]
    assert refusal(f"(8013){wrong.replace('(', chr(92) + '(')}").code == "wrong-check-digit"
