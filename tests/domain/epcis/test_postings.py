"""Terms narrow and never lose: whatever a clause means has one of the terms that the clause looks for."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.epcis import matching, postings, queries

EX = "https://ns.example.com/epcis/"
NAMES = st.sampled_from(["urn:epc:id:pgln:4012345.00225", "https://id.gs1.org/417/4012345002256", "urn:x:1"])
PLAIN = st.sampled_from(
    ["1", "1.0", 1, 2.5, "2.50", "red", "True", True, "2026-05-01T00:00:00Z", "2026-05-01T08:00:00+08:00"]
)
WORDS = st.sampled_from(
    ["in_transit", "urn:epcglobal:cbv:disp:in_transit", "https://ref.gs1.org/cbv/Disp-in_transit"]
)
FIELD = st.sampled_from(["e:a", "e:b", f"{EX}a", f"{EX}#b"])


def _some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


NESTED = st.dictionaries(
    FIELD, PLAIN | st.lists(PLAIN, max_size=2) | st.dictionaries(FIELD, PLAIN, max_size=2), max_size=3
)
REPORT = st.builds(
    lambda base, extra: base | extra,
    _some(type=st.sampled_from(["Temperature", "gs1:Temperature"]), deviceID=NAMES, value=st.integers(0, 3),
          uom=st.sampled_from(["CEL", "KGM"]), stringValue=st.just("warm"), time=st.just("2026-05-01T00:00:00Z")),
    NESTED,
)  # fmt: skip
EVENTS = st.builds(
    lambda base, extra: {"@context": [{"e": EX}]} | base | extra,
    _some(
        transformationID=NAMES,
        persistentDisposition=_some(set=st.lists(WORDS, max_size=2), unset=st.lists(WORDS, max_size=2)),
        sourceList=st.lists(
            st.builds(lambda name: {"type": "owning_party", "source": name}, NAMES), max_size=2
        ),
        ilmd=NESTED,
        errorDeclaration=st.builds(
            lambda extra: (
                {"declarationTime": "2026-05-02T00:00:00Z", "correctiveEventIDs": ["urn:x:1"]} | extra
            ),
            NESTED,
        ),
        sensorElementList=st.lists(
            st.fixed_dictionaries({"sensorReport": st.lists(REPORT, min_size=1, max_size=2)}), max_size=1
        ),
    ),
    NESTED,
)
QUERIES = st.one_of(
    st.tuples(st.just("EQ_transformationID"), NAMES),
    st.tuples(st.just("EQ_source_owning_party"), NAMES),
    st.tuples(st.sampled_from(["EQ_persistentDisposition_set", "EQ_persistentDisposition_unset"]), WORDS),
    st.tuples(st.sampled_from(["EXISTS_errorDeclaration", "EXISTS_sensorElementList"]), st.none()),
    st.tuples(st.just("GE_errorDeclarationTime"), st.just("2026-05-01T00:00:00Z")),
    st.tuples(st.just("EQ_deviceID"), NAMES),
    st.tuples(st.just("EQ_type"), st.sampled_from(["Temperature", "https://gs1.org/voc/Temperature"])),
    st.tuples(st.just("EQ_stringValue"), st.just("warm")),
    st.tuples(st.sampled_from(["GE_value_CEL", "LT_value_KGM", "GT_value_FAH", "LE_value_GRM"]), st.integers(0, 3)),
    st.tuples(st.just("GE_time"), st.just("2026-05-01T00:00:00Z")),
    st.tuples(
        st.builds(
            "EQ_{}{}{}".format,
            st.sampled_from(["", "INNER_"]),
            st.sampled_from(["", "ILMD_", "ERROR_DECLARATION_", "SENSORREPORT_"]),
            FIELD,
        ),
        PLAIN.map(lambda value: [value]),
    ),
    st.tuples(st.builds("{}_{}".format, st.sampled_from(["GT", "LE"]), FIELD), st.just("2")),
    st.tuples(st.builds("EXISTS_INNER_{}".format, FIELD), st.none()),
)  # fmt: skip


@given(EVENTS, QUERIES)
def test_what_a_clause_means_is_found_by_its_terms(event: dict[str, Any], asked: tuple[str, Any]) -> None:
    query = queries.parse(dict([asked]), {"e": EX})
    (clause,) = query.clauses
    wanted = postings.terms_for(clause)
    if matching.matches(event, query) and wanted is not None:
        assert postings.terms_of(event) & set(wanted)


def test_a_namespace_without_an_end_of_its_own_is_found_by_every_spelling() -> None:
    event = {"@context": [{"e": "urn:ex"}], "e:colour": "red", "e:box": {"e:inner": 1}}
    for asked, namespaces in (
        ({"EQ_e:colour": "red"}, {}),
        ({"EQ_q:colour": "red"}, {"q": "urn:ex"}),
        ({"EQ_urn:excolour": "red"}, {}),
        ({"EXISTS_INNER_q:inner": None}, {"q": "urn:ex"}),
    ):
        query = queries.parse(asked, namespaces)
        assert matching.matches(event, query)
        assert postings.terms_of(event) & set(postings.terms_for(query.clauses[0]) or ())


def test_an_event_with_too_many_terms_is_a_candidate_for_everything() -> None:
    terms = postings.terms_of({f"ex:{number}": "x" for number in range(1_000)})
    assert postings.OVERFLOW in terms
    assert len(terms) == postings.MOST + 1


def test_our_own_fields_cost_no_terms() -> None:
    assert (
        postings.terms_of({"type": "ObjectEvent", "suyuan:step": "ship", "ilmd": {"suyuan:lot": "1"}})
        == set()
    )
    (clause,) = queries.parse({"EQ_suyuan:step": "ship"}).clauses
    assert postings.terms_for(clause) is None


def test_a_term_is_a_number_that_a_column_of_64_bits_holds() -> None:
    numbers = {postings.number_of_term(f"x  colour {value}") for value in range(1_000)}
    assert len(numbers) == 1_000
    assert all(-(2**63) <= number < 2**63 for number in numbers)
