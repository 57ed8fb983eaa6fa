"""Fields, values and versions of templates; what we accept is exactly what the exported JSON Schema accepts."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from app.domain import identifiers, templates
from app.domain.templates.values import LARGEST
from app.errors import TraceError

FORMATS = FormatChecker(formats=("date",))


@FORMATS.checks("date-time", raises=ValueError)
def is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@FORMATS.checks("identifier", raises=TraceError)
def is_identifier(text: object) -> bool:
    return not isinstance(text, str) or len(identifiers.parse(text).epc) <= 300


def fields(*rows: dict[str, Any]) -> tuple[templates.Field, ...]:
    titled = {"title_zh": "名", "title_en": "Name"}
    return templates.checked([titled | row for row in rows])


def one(kind: str, **rules: Any) -> tuple[templates.Field, ...]:
    return fields({"name": "it", "type": kind, **rules})


def schema_takes(of: tuple[templates.Field, ...], values: Any) -> bool:
    schema = templates.schema_of(of)
    Draft202012Validator.check_schema(schema)
    return bool(Draft202012Validator(schema, format_checker=FORMATS).is_valid(values))


def takes(of: tuple[templates.Field, ...], value: Any) -> bool:
    reading = templates.read(of, {"it": value})
    assert schema_takes(of, {"it": value}) == (not reading.faults), reading
    return not reading.faults


# --- what we accept is what the schema accepts ---

letters = st.sampled_from(list("aZ0 9.-_/:TZ+é中\u00a0\u0661\n\t\u202e\U0001f50b"))
texts = st.text(letters, max_size=12) | st.sampled_from(
    [
        "2026-05-20", "2026-02-30", "2024-02-29", "1899-01-01", "2026-05-20T08:30:00Z", "2026-05-20T08:30:00.5+08:00",
        "2026-05-20T24:00:00Z", "2026-02-30T00:00:00Z", "2026-05-20T08:30:00", "https://example.com/a?b#c",
        "http://例子.中国/", "ftp://example.com", "https://a@b.example", "https://example.com/<script>",
        "sha256:" + "0a" * 32, "sha256:" + "0A" * 32, "88.118.1001/ABC", "88.118.1001/ABC\n", "nothing", "NMC", "LFP",
        "2026-05-20\n", "\ud800",
    ]
)  # fmt: skip
numbers = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, 1, 1.0, -0.0, 2**53, 0.1])
)
plain = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
bounds = st.none() | st.integers(-5, 5) | st.sampled_from([-0.5, 0.1, 2.5])
lengths = st.none() | st.integers(1, 10)
patterns = st.sampled_from(["", "[A-Z]{2}\\d+", "a|b.c", "^[^0-9]*$", "(?:ab)?c{0,3}", "\\d{1,3}(-\\d)?"])


@st.composite
def rows(draw: st.DrawFn, name: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(templates.TYPES)))
    row: dict[str, Any] = {"name": name, "type": kind, "title_en": "T", "required": draw(st.booleans())}
    row["visibility"] = draw(st.sampled_from(sorted(templates.VISIBILITY)))
    if kind in {"integer", "decimal"}:
        low, high = draw(bounds), draw(bounds)
        low, high = (int(b) if b is not None and kind == "integer" else b for b in (low, high))
        row |= {"minimum": low, "maximum": high if low is None or high is None or low <= high else None}
    if kind == "text":
        low, high = draw(lengths), draw(lengths)
        row |= {"min_length": low, "max_length": high if low is None or high is None or low <= high else None}
        row["pattern"] = draw(patterns)
    if kind == "choice":
        offered = draw(
            st.lists(st.sampled_from(["NMC", "LFP", "aZ", "中"]), min_size=1, max_size=3, unique=True)
        )
        row["choices"] = [{"value": value, "title_en": value.lower()} for value in offered]
    if draw(st.booleans()):
        row |= {"many": True, "most": draw(st.none() | st.integers(1, 3))}
    return row


@st.composite
def field_sets(draw: st.DrawFn) -> tuple[templates.Field, ...]:
    names = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3, unique=True))
    return templates.checked([draw(rows(name)) for name in names])


@st.composite
def fitting(draw: st.DrawFn, of: tuple[templates.Field, ...]) -> dict[str, Any]:
    """Values, most of which fit."""
    found = {}
    for field in of:
        if not field.required and draw(st.booleans()):
            continue
        value = {
            "text": texts, "integer": st.integers(-6, 6), "decimal": st.floats(-6, 6) | st.integers(-6, 6),
            "boolean": st.booleans(), "choice": st.sampled_from([each.value for each in field.choices] or ["x"]),
            "date": st.just("2024-02-29"), "datetime": st.just("2026-05-20T08:30:00.5+08:00"),
            "url": st.just("https://example.com/a"), "identifier": st.just("88.118.1001/ABC"),
            "hash": st.just("sha256:" + "0a" * 32),
        }[field.type]  # fmt: skip
        found[field.name] = draw(st.lists(value, min_size=1, max_size=4) if field.many else value)
    return found


@given(st.data())
def test_the_schema_and_we_agree_on_every_value(data: st.DataObject) -> None:
    of = data.draw(field_sets())
    values = data.draw(
        fitting(of) | st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), anything, max_size=4) | anything
    )
    assert schema_takes(of, values) == (not templates.read(of, values).faults)


@given(st.data())
def test_values_once_read_read_the_same_again(data: st.DataObject) -> None:
    of = data.draw(field_sets())
    reading = templates.read(of, data.draw(fitting(of)))
    assume(not reading.faults)
    assert templates.read(of, reading.values) == reading
    assert templates.stored([templates.as_json(field) for field in of]) == of


@st.composite
def next_versions(draw: st.DrawFn, old: tuple[templates.Field, ...]) -> tuple[templates.Field, ...]:
    """The same fields with a few of their rules changed."""
    rules: dict[str, st.SearchStrategy[Any]] = {
        "required": st.booleans(), "minimum": bounds, "maximum": bounds, "min_length": lengths, "max_length": lengths,
        "pattern": patterns, "many": st.booleans(), "most": st.none() | st.integers(1, 4),
        "type": st.sampled_from(["decimal", "text"]),
        "choices": st.just((templates.Choice("NMC"), templates.Choice("LFP"), templates.Choice("aZ"), templates.Choice("中"))),
    }  # fmt: skip
    found = []
    for field in old:
        rule = draw(st.none() | st.sampled_from(sorted(rules)))
        found.append(replace(field, **{rule: draw(rules[rule])}) if rule else field)
    return tuple(found)


@given(st.data())
def test_what_fitted_the_old_version_fits_a_compatible_new_one(data: st.DataObject) -> None:
    old = data.draw(field_sets())
    new = data.draw(next_versions(old))
    values = data.draw(fitting(old))
    if templates.compatible(templates.changes(old, new)) and not templates.read(old, values).faults:
        assert not templates.read(new, values).faults


@given(st.data())
def test_a_version_that_equals_the_one_before_changes_nothing(data: st.DataObject) -> None:
    of = data.draw(field_sets())
    assert templates.changes(of, of) == ()


# --- single values ---


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", ["a", "中 文", "x" * 1000], ["", "x" * 1001, "a\nb", "a\x00", "\u202eabc", 1, None, ["a"], {"a": 1}]),
        ("integer", [0, -7, 3.0, 2**53 - 1], [0.5, "3", True, 2**53, 10**400, 1e300]),
        ("decimal", [0.1, 3, -2.5e-7], ["0.1", False, 1e17]),
        ("boolean", [True, False], [0, "true", None]),
        ("date", ["2026-05-20", "2024-02-29"], ["2026-02-29", "2026-5-2", "20260520", "1026-01-01", "2026-05-20\n"]),
        ("datetime", ["2026-05-20T08:30:00Z", "2026-05-20T08:30:00+14:00"], ["2026-05-20T08:30:00", "2026-02-30T08:30:00Z"]),
        ("url", ["https://example.com", "http://a.b/c?d=%20#e"], ["javascript:alert(1)", "https://me@bank.example", "https://a b", "//x"]),
        ("hash", ["sha256:" + "ab" * 32], ["ab" * 32, "sha256:" + "AB" * 32, "md5:00"]),
        ("identifier", ["88.118.1001/ABC", "https://id.gs1.org/01/09506000134352"], ["ABC", "", "88.118.1001/"]),
    ],
)  # fmt: skip
def test_each_type_takes_what_it_should(kind: str, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not takes(one(kind), value)] == []
    assert [value for value in bad if takes(one(kind), value)] == []


def test_what_is_no_number_at_all_is_no_number() -> None:
    for value in (float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")):
        assert templates.read(one("decimal"), {"it": value}).faults


def test_values_come_out_in_one_spelling() -> None:
    of = fields(
        {"name": "count", "type": "integer"},
        {"name": "at", "type": "datetime"},
        {"name": "part", "type": "identifier", "many": True},
    )
    given = {
        "count": 3.0,
        "at": "2026-05-20T08:30:00+08:00",
        "part": ["https://node.example/88.118.1001/A-1"],
    }
    reading = templates.read(of, given)
    assert reading.values == {"count": 3, "at": "2026-05-20T00:30:00Z", "part": ["hdl:88.118.1001/A-1"]}
    assert isinstance(reading.values["count"], int)


def test_every_fault_names_the_field_the_value_and_the_way_out() -> None:
    of = fields(
        {"name": "capacity", "type": "decimal", "minimum": 1, "maximum": 500, "required": True},
        {"name": "chemistry", "type": "choice", "choices": [{"value": "NMC"}, {"value": "LFP"}]},
        {"name": "grade", "type": "text", "required": True},
    )
    faults = templates.read(of, {"capacity": 900, "chemistry": "Pb", "volts": 3}).faults
    told = {fault.values["field"]: (fault.code, fault.english()) for fault in faults}
    assert told == {
        "values.volts": (
            "unknown-field",
            "The template has no field 'volts'. Its fields: capacity, chemistry, grade.",
        ),
        "values.capacity": ("value-out-of-range", "capacity: 900 is not allowed. Give 1 – 500."),
        "values.chemistry": (
            "value-not-offered",
            "chemistry: 'Pb' is not on the list. Choose one of: NMC, LFP.",
        ),
        "values.grade": ("value-missing", "grade is needed. Give it a value."),
    }


def test_hostile_values_are_refused_in_few_words() -> None:
    of = one("text")
    for value in ("x" * 300_000, ["x"] * 9, {"deep": [[[[]]]]}, "\ud800", "a\x00b", -(10**5000)):
        (fault,) = templates.read(of, {"it": value}).faults
        assert len(fault.english()) < 300
        fault.english().encode()
    many = templates.read(of, {f"k{number}": "v" for number in range(100_000)}).faults
    assert len(many) <= 21


def test_all_values_together_have_a_limit() -> None:
    of = one("text", many=True)
    (fault,) = templates.read(of, {"it": ["中" * 900] * 10}).faults
    assert (fault.code, fault.values["most"]) == ("values-too-large", str(LARGEST))


# --- what people write ---


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", " １２ ", 12),
        ("decimal", "3.650", 3.65),
        ("decimal", "1e3", 1000),
        ("boolean", "是", True),
        ("boolean", "no", False),
        ("url", "https://例子.测试/路径?问=答", "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF%E5%BE%84?%E9%97%AE=%E7%AD%94"),
        ("hash", "AB" * 32, "sha256:" + "ab" * 32),
        ("hash", "SHA-256: " + "ab" * 32, "sha256:" + "ab" * 32),
        ("text", "  e\u0301  ", "é"),
    ],
)  # fmt: skip
def test_what_people_type_is_understood(kind: str, text: str, value: Any) -> None:
    (field,) = one(kind)
    assert templates.read((field,), {"it": templates.typed(field, [text])}).values == {"it": value}


def test_what_cannot_be_understood_is_refused_as_it_was_typed() -> None:
    for kind, text in (("integer", "a dozen"), ("decimal", "3,65"), ("boolean", "maybe"), ("date", "soon")):
        (field,) = one(kind)
        (fault,) = templates.read((field,), {"it": templates.typed(field, [text])}).faults
        assert text in fault.english()


def test_more_digits_than_are_kept_are_refused_not_rounded() -> None:
    (field,) = one("decimal")
    (fault,) = templates.read((field,), {"it": templates.typed(field, ["0.1234567890123456789"])}).faults
    assert fault.code == "value-too-fine"


def test_lines_and_bars_part_the_values_of_a_list() -> None:
    (field,) = one("decimal", many=True)
    assert templates.typed(field, ["1\n\n2.5 | 3"]) == [1, Decimal("2.5"), 3]
    assert templates.typed(field, [" \n"]) is None


def test_empty_means_not_given() -> None:
    of = one("text", many=False)
    assert templates.tidied(of, {"it": "  ", "other": None}) == {}


def test_values_are_found_whatever_their_case_and_width() -> None:
    assert templates.search_key(" ＮＭＣ８１１ ") == templates.search_key("nmc811")
    assert templates.search_keys(["A", "a", True, 3.5]) == ["a", "true", "3.5"]


# --- who sees what ---


def test_each_audience_is_told_its_own() -> None:
    of = fields(
        {"name": "a", "type": "text"},
        {"name": "b", "type": "decimal", "unit": "Ah", "visibility": "partners"},
        {"name": "c", "type": "boolean", "visibility": "private"},
        {
            "name": "d",
            "type": "choice",
            "many": True,
            "choices": [{"value": "x", "title_zh": "甲"}, {"value": "y"}],
        },
    )
    values = {"a": "hdl:88.118.1001/A", "b": 52.5, "c": True, "d": ["x", "y"]}
    told = {
        who: [s.field.name for s in templates.shown_to(who, of, values)]
        for who in ("public", "partner", "owner")
    }
    assert told == {"public": ["a", "d"], "partner": ["a", "b", "d"], "owner": ["a", "b", "c", "d"]}
    texts = [(shown.text("zh"), shown.text("en")) for shown in templates.shown_to("owner", of, values)]
    assert texts == [
        ("88.118.1001/A", "88.118.1001/A"),
        ("52.5 Ah", "52.5 Ah"),
        ("是", "yes"),
        ("甲、y", "甲, y"),
    ]
