"""What a report derives from a provenance: tiers, origins, suppliers, customers, amounts, and what is withdrawn."""

from dataclasses import replace
from decimal import Decimal

from app.domain.provenance import Link, Node, Provenance
from reports import registers, sourcing
from reports.facts import Facts
from reports.reader import Reader
from tests.reports.support import battery

ENGLISH, CHINESE = Reader("en", str), Reader("zh", str)


def node_of(provenance: Provenance, **wanted: str) -> Node:
    return next(node for node in provenance.nodes if all(getattr(node, k) == v for k, v in wanted.items()))


def test_a_transformation_is_no_tier_of_its_own() -> None:
    provenance = battery.pack(6)
    tiers = Facts(provenance).upstream
    assert tiers[node_of(provenance, serial="M-0001").id] == 1
    assert tiers[node_of(provenance, lot="C260305-1").id] == 2
    assert tiers[node_of(provenance, lot="P260301-A").id] == 3


def test_origins_are_what_nothing_went_into_and_is_not_hidden() -> None:
    origins = {node.part_number for node in Facts(battery.pack(6)).origins}
    assert origins == {"CP-811", "SEP-16", "HSG-82", "BMU-4"}


def test_suppliers_are_the_owners_of_inputs_but_not_of_the_subject() -> None:
    assert set(Facts(battery.pack(6)).suppliers) == {battery.POWDER, battery.CELL, battery.ELSEWHERE}


def test_customers_are_those_to_whom_it_or_what_became_of_it_was_shipped() -> None:
    assert Facts(battery.pack(6)).customers == [battery.CARRIER, battery.MAKER]


def test_a_withdrawn_shipment_makes_no_customer() -> None:
    provenance = battery.pack(6)
    records = tuple(replace(r, corrected=r.corrected or r.to == battery.MAKER) for r in provenance.records)
    assert Facts(replace(provenance, records=records)).customers == [battery.CARRIER]


def test_a_delivery_is_joined_with_its_receipt_by_the_one_it_went_to() -> None:
    (sent, got), (forwarded, missing) = Facts(battery.pack(6)).deliveries
    assert got is not None
    assert (sent.to, got.party) == (battery.CARRIER, battery.CARRIER)
    assert (forwarded.to, missing) == (battery.MAKER, None)


def test_an_entry_of_the_day_before_is_late() -> None:
    assert {record.step for record in Facts(battery.pack(6)).late} == {"receive"}


def test_amounts_made_and_used_are_summed_per_lot() -> None:
    provenance = battery.pack(6)
    facts, cell = Facts(provenance), node_of(provenance, lot="C260305-1")
    assert facts.made(cell) == 4800
    assert facts.used(cell) == 96
    assert facts.made(node_of(provenance, lot="P260301-A")) == 500
    assert facts.made(node_of(provenance, lot="H26-11")) is None


def test_what_was_taken_out_again_is_not_used() -> None:
    provenance = battery.pack(6)
    cell = node_of(provenance, lot="C260305-1")
    links = tuple(replace(link, undone=link.undone or link.source == cell.id) for link in provenance.links)
    assert Facts(replace(provenance, links=links)).used(cell) is None


def test_amounts_in_different_units_are_not_added() -> None:
    provenance = battery.pack(6)
    links = (
        *provenance.links,
        Link(node_of(provenance, lot="H26-11").id, provenance.subject.id, "assembled", Decimal(2), "KGM"),
    )
    housing = node_of(provenance, lot="H26-11")
    assert Facts(replace(provenance, links=links)).amount_out_of(housing) == (None, "")


def test_serials_that_differ_only_in_their_number_share_a_row_that_lists_each() -> None:
    provenance = battery.pack(45)
    rows = sourcing.backward(Facts(provenance), ENGLISH).rows
    stack = next(row for row in rows if row.below)
    listed = "; ".join(stack.below).split("; ")
    assert len(listed) == 45
    assert len(stack.below) == 2
    assert listed[0].startswith("M-0001\u00a088.118.1002/")


def test_each_lot_has_a_row_of_its_own() -> None:
    rows = sourcing.backward(Facts(battery.pack(6)), ENGLISH).rows
    assert sum(row.cells[1].strong == "NMC811 cathode powder" for row in rows) == 5


def test_alike_inspections_of_a_day_share_a_row_but_not_withdrawn_ones() -> None:
    rows = registers.checks(Facts(battery.pack(6)), ENGLISH).rows
    assert [row.cells[2].strong for row in rows if row.cells[2].strong.endswith("Cell module 12S4P")] == [
        "5 × Cell module 12S4P"
    ]
    withdrawn = [row for row in rows if row.kind == "withdrawn"]
    assert [row.cells[4].alarm for row in withdrawn] == ["Withdrawn"]


def test_a_lot_from_which_more_was_taken_than_made_is_marked() -> None:
    provenance = battery.pack(6)
    cell = node_of(provenance, lot="C260305-1")
    more = (*provenance.links, Link(cell.id, provenance.subject.id, "consumed", Decimal(5000), "H87"))
    rows = registers.lots(Facts(replace(provenance, links=more)), ENGLISH).rows
    row = next(row for row in rows if row.cells[1].text == "C260305-1")
    assert row.kind == "held"
    assert row.cells[5].text == "-296\u00a0pcs"


def test_a_circle_of_inputs_ends() -> None:
    provenance = battery.pack(6)
    back = Link(provenance.subject.id, node_of(provenance, lot="P260301-A").id, "consumed")
    tiers = Facts(replace(provenance, links=(*provenance.links, back))).upstream
    assert provenance.subject.id not in tiers


def test_names_fall_back_to_the_other_language_and_then_to_the_part_number() -> None:
    node = Node(1, 0, "hdl:88.118.1001/X", "serial", "电芯", "", "P-1")
    assert ENGLISH.product(node) == "电芯"
    assert ENGLISH.product(replace(node, product_zh="")) == "P-1"
    assert ENGLISH.product(replace(node, product_zh="", part_number="")) == "Serial item"
    assert CHINESE.product(replace(node, product_en="Cell")) == "电芯"


def test_quantities_are_grouped_and_lose_idle_zeros() -> None:
    assert ENGLISH.quantity(Decimal("1250.500"), "KGM") == "1,250.5\u00a0kg"
    assert ENGLISH.quantity(Decimal(4800), "H87") == "4,800\u00a0pcs"
    assert ENGLISH.quantity(Decimal("1E+3"), "XYZ") == "1,000\u00a0XYZ"
    assert ENGLISH.quantity(None, "KGM") == ""


def test_references_are_called_by_their_kind_however_it_is_spelled() -> None:
    for kind in ("po", "urn:epcglobal:cbv:btt:po", "https://ref.gs1.org/cbv/BTT-po"):
        assert ENGLISH.reference((kind, "PO-1")) == "Order PO-1"


def test_a_reason_that_nobody_gave_in_words_is_told_in_the_reader_s() -> None:
    chinese = Reader("zh", lambda text: {"Failed inspection": "检验不合格"}.get(text, text))
    assert chinese.reason("inspection-failed") == "检验不合格"
    assert chinese.reason("scratched\nhousing") == "scratched housing"
    assert "did_not_occur" not in ENGLISH.reason("did_not_occur")
