"""Suffix patterns: what they make is unique and of their shape, what is wrong with one is pointed at, how likely names repeat."""

import math
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import check_characters, identifiers, patterns
from app.domain.check_characters import ALPHABET, SYSTEMS
from app.errors import Malformed

VALUES = {"lot": "L-7", "part": "CELL-100", "date": "2026-03-07"}

fixed = st.text("ABCXYZ019._-", min_size=1, max_size=6)
dates = st.sampled_from(["{year}", "{date:%y%m%d}", "{date:%Y-%j}", "{date:%G.W%V}"])
randoms = st.builds(
    lambda kind, size: f"{{serial:{kind}{size}}}", st.sampled_from(["random", "digits"]), st.integers(1, 18)
)
scopes = st.sampled_from(["", "/lot", "/day", "/month", "/year"])
checks = st.sampled_from(["", *(f"{{check:{system}}}" for system in SYSTEMS)])


@st.composite
def pattern_texts(draw: st.DrawFn) -> str:
    """Any pattern for pieces; what a counter starts anew for stands in it."""
    parts = draw(st.lists(st.one_of(fixed, dates, st.just("{lot}"), st.just("{part}"), randoms), max_size=4))
    scope = draw(scopes)
    counter = f"{{counter:{draw(st.integers(4, 9))}{scope}}}"
    needed = {"/lot": ["{lot}"], "/day": ["{date:%y%m%d}"], "/month": ["{date:%y%m}"], "/year": ["{year}"]}
    ending = draw(st.sampled_from([[counter, *needed.get(scope, [])], ["{serial:random16}"]]))
    return "".join([*parts, *ending, draw(checks)])


def made(
    text: str, count: int, *, first: int = 1, seed: int = 1, values: dict[str, str] = VALUES
) -> list[str]:
    pattern = patterns.parse(text)
    data = random.Random(seed).randbytes(patterns.bytes_needed(pattern, count))
    return patterns.generate(pattern, count, data, first, values)


@given(pattern_texts())
def test_a_pattern_is_read_back_from_its_own_spelling(text: str) -> None:
    pattern = patterns.parse(text)
    assert patterns.parse(pattern.text) == pattern
    assert patterns.parse(pattern.text).text == pattern.text


@given(pattern_texts(), st.integers(1, 300), st.integers(0, 9_000), st.integers())
def test_names_are_all_different_fit_their_pattern_and_can_be_minted(
    text: str, count: int, first: int, seed: int
) -> None:
    count = min(count, 9_999 - first)
    names = made(text, count, first=first, seed=seed)
    assert len(names) == len(set(names)) == count
    pattern = patterns.parse(text)
    for name in names[:20]:
        assert identifiers.check_suffix_for_minting(name) == name
        assert not pattern.check or check_characters.holds(pattern.check, name.lower())


@given(st.integers(0, 500), st.integers(1, 500), st.integers(1, 500))
def test_two_runs_of_a_counter_never_meet(first: int, one: int, other: int) -> None:
    assert not {*made("{counter:6}", one, first=first)} & {*made("{counter:6}", other, first=first + one)}


def test_a_name_is_made_of_its_parts_in_order() -> None:
    (name,) = made("sn-{part}.{lot}_{year}-{date:%y%m%d}/".replace("/", "-") + "{counter:3/day}", 1, first=42)
    assert name == "SN-CELL-100.L-7_2026-260307-042"
    assert made("{date:%jw%V}{counter:2}", 1) == ["066W1001"]


def test_what_cannot_stand_in_a_name_becomes_a_hyphen() -> None:
    values = VALUES | {"lot": " ｌ７／批次 8# "}
    assert made("{lot}-{counter:2}", 1, values=values) == ["L7-8-01"]
    with pytest.raises(Malformed) as told:
        made("{lot}-{counter:2}", 1, values=VALUES | {"lot": "批次"})
    assert (told.value.code, told.value.values["field"]) == ("pattern-value-missing", "lot")


def test_counters_start_anew_for_what_they_say() -> None:
    scopes = {
        "{lot}{counter:3/lot}": "lot=L-7",
        "{date:%y%m%d}{counter:3/day}": "day=2026-03-07",
        "{date:%y%m}{counter:3/month}": "month=2026-03",
        "{year}{counter:3/year}": "year=2026",
        "{counter:3}": "",
        "{serial:random16}": "",
    }
    assert {text: patterns.scope_of(patterns.parse(text), VALUES) for text in scopes} == scopes
    pattern = patterns.parse("{lot}{counter:3/lot}")
    assert patterns.scope_of(pattern, VALUES | {"lot": "l 7"}) == "lot=L-7"  # as it stands in the name


def test_a_counter_that_is_full_is_told() -> None:
    assert made("{counter:2}", 9, first=91) == [str(number) for number in range(91, 100)]
    with pytest.raises(Malformed) as told:
        made("{counter:2}", 10, first=91)
    assert told.value.code == "counter-full"
    assert "99" in told.value.english()


WRONG = {
    "": 1,
    "A" * 201: 201,
    "{counter:6": 1,
    "AB-{counter:6": 4,
    "a b{counter:3}": 2,
    "批{counter:3}": 1,
    "A/{counter:3}": 2,
    "A}{counter:3}": 2,
    "{{counter:3}": 2,
    "{foo}": 2,
    "{}": 2,
    "{Lot}{counter:3}": 2,
    "{serial:random99}": 15,
    "{serial:uuid}": 9,
    "{serial}": 8,
    "{counter}": 9,
    "{counter:0}": 10,
    "{counter:x}": 10,
    "{counter:19}": 10,
    "{counter:3/week}": 12,
    "{counter:3/}": 12,
    "{date:%x}{counter:2}": 7,
    "{date:%y %m}{counter:2}": 9,
    "{date:}{counter:2}": 7,
    "{lot:3}{counter:2}": 5,
    "{counter:2}{check:mod10}": 19,
    "{check:mod37}{counter:2}": 1,
    "{counter:2}{counter:3}": 12,
    "{counter:2}{check:mod37}{check:mod37}": 25,
    "AB": 3,
    "{lot}-{year}": 13,
    "{counter:4/lot}": 1,
    "{year}-{counter:4/day}": 8,
    "{date:%m%d}{counter:4/day}": 12,
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_with_a_pattern_is_pointed_at(text: str) -> None:
    with pytest.raises(Malformed) as told:
        patterns.parse(text)
    assert (told.value.code, told.value.values["position"]) == ("bad-pattern", WRONG[text])
    assert told.value.english()


@given(st.text(max_size=30) | st.text("{}:/%lotcountersrad0123456789", max_size=30))
def test_whatever_is_typed_is_a_pattern_or_malformed(text: str) -> None:
    try:
        pattern = patterns.parse(text)
    except Malformed as error:
        assert 1 <= error.values["position"] <= len(text) + 1
        assert error.english()
    else:
        assert patterns.parse(pattern.text) == pattern


def test_a_lot_may_be_named_by_its_number_alone() -> None:
    assert patterns.parse("{part}-{lot}", tracing="lot").needs == {"lot", "part"}
    with pytest.raises(Malformed):
        patterns.parse("{part}-{lot}")


def test_the_bytes_have_to_be_as_many_as_needed() -> None:
    with pytest.raises(ValueError, match="random bytes"):
        patterns.generate(patterns.parse("{serial:random16}"), 2, bytes(10), 1, {})


# --- chance ---


def exact(choices: int, count: int) -> float:
    free = Fraction(1)
    for taken in range(count):
        free *= Fraction(max(0, choices - taken), choices)
    return float(1 - free)


@given(st.integers(1, 400), st.integers(0, 60))
def test_the_chance_of_a_repetition_is_exact(choices: int, count: int) -> None:
    assert patterns.birthday(choices, count) == pytest.approx(exact(choices, count), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("choices", "count"), [(10**9, 20_000), (10**8, 30_000), (2**80, 50_000), (36**10, 90_000)]
)
def test_the_chance_among_very_many_agrees_with_adding_up(choices: int, count: int) -> None:
    added = -math.expm1(math.fsum(math.log1p(-i / choices) for i in range(1, count)))
    assert patterns.birthday(choices, count) == pytest.approx(added, rel=1e-13)


@given(st.integers(2, 2**90), st.integers(2, 10**7))
def test_more_names_are_likelier_to_repeat(choices: int, count: int) -> None:
    assert 0 < patterns.birthday(choices, count) <= patterns.birthday(choices, count + 1) <= 1


def test_twenty_three_people_share_a_birthday() -> None:
    assert patterns.birthday(365, 23) == pytest.approx(0.5072972343)
    assert patterns.birthday(365, 366) == 1
    assert patterns.birthday(10**6, 10**6) == 1


@pytest.mark.parametrize(
    ("text", "bits", "guessable"),
    [
        ("{serial:random16}", 80, False),
        ("{serial:random8}", 40, False),
        ("{serial:random7}", 35, True),
        ("{serial:random4}{serial:digits12}", 20 + 12 * math.log2(10), False),
        ("{lot}{counter:9}", 0, True),
    ],
)
def test_what_can_be_guessed_is_said(text: str, bits: float, guessable: bool) -> None:
    pattern = patterns.parse(text)
    assert pattern.random_bits == pytest.approx(bits)
    assert pattern.guessable is guessable
    many = patterns.collision_probability(pattern, 10**6)
    assert many == pytest.approx(0 if pattern.counter else patterns.birthday(round(2**bits), 10**6))


# --- check characters ---

texts = st.text(ALPHABET, min_size=1, max_size=24)
systems = st.sampled_from(sorted(SYSTEMS))


@pytest.mark.parametrize(
    ("system", "text", "check"),
    [
        ("mod37", "A12425GABC1234002", "M"),  # the example of ISO 7064 MOD 37,36 in the GRid standard
        ("mod1271", "ISO79", "3W"),  # the example of ISO 7064 itself
        ("luhn36", "0", "0"),
    ],
)
def test_check_characters_are_those_of_the_standard(system: str, text: str, check: str) -> None:
    assert check_characters.check_of(system, text) == check
    assert check_characters.holds(system, text + check)


@given(systems, texts, st.data())
def test_every_single_wrong_character_is_found(system: str, text: str, data: st.DataObject) -> None:
    whole = text + check_characters.check_of(system, text)
    place = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != whole[place]]))
    assert check_characters.holds(system, whole)
    assert not check_characters.holds(system, whole[:place] + other + whole[place + 1 :])


def swaps(text: str) -> list[tuple[str, str]]:
    return [
        (text[:i] + text[i + 1] + text[i] + text[i + 2 :], text[i : i + 2])
        for i in range(len(text) - 1)
        if text[i] != text[i + 1]
    ]


@given(texts)
def test_swapped_neighbours_are_found_by_two_check_characters(text: str) -> None:
    whole = text + check_characters.check_of("mod1271", text)
    assert not [swapped for swapped, _ in swaps(whole) if check_characters.holds("mod1271", swapped)]


@given(texts)
def test_luhn_takes_only_0_and_z_for_one_another(text: str) -> None:
    whole = text + check_characters.check_of("luhn36", text)
    missed = {pair for swapped, pair in swaps(whole) if check_characters.holds("luhn36", swapped)}
    assert missed <= {"0Z", "Z0"}


def test_mod_37_36_misses_one_swap_in_five_hundred() -> None:
    chance = random.Random(7064)
    missed = tried = 0
    for _ in range(3_000):
        text = "".join(chance.choices(ALPHABET, k=16))
        for swapped, _ in swaps(text + check_characters.check_of("mod37", text)):
            tried += 1
            missed += check_characters.holds("mod37", swapped)
    assert missed / tried < 1 / 400


@given(systems, texts)
def test_hyphens_and_case_do_not_change_the_check(system: str, text: str) -> None:
    check = check_characters.check_of(system, text)
    spread = "-".join(text).lower()
    assert check_characters.check_of(system, spread) == check
    assert check_characters.checks_of(system, [spread, text]) == [check, check]


def test_a_wrong_check_character_of_a_name_is_found() -> None:
    text = "{lot}-{serial:random16}-{check:mod37}"
    (name,) = made(text, 1)
    wrong = name[:-1] + ("A" if name[-1] != "A" else "B")
    assert check_characters.holds(patterns.parse(text).check, name)
    assert not check_characters.holds(patterns.parse(text).check, wrong)
