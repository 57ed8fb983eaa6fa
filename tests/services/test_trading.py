"""Lists of goods and figures about the data: what a company recorded itself, lot by lot, and what its events lack."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col

from app.domain.people import Actor
from app.domain.trade import Line
from app.errors import Malformed
from app.services import capturing_events, itemising, qualifying, trading
from app.store import database
from app.store.tables import Site
from tests.services.chain import Battery, Chain, battery


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with database.writing(engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


def lines(chain: Chain, actor: Actor, side: str) -> list[Line]:
    since, until = chain.now - timedelta(days=3), chain.now + timedelta(days=3)
    wrong = itemising.withdrawn(chain.session, actor, since, until)
    found = itemising.block(chain.session, actor, trading.SIDES[side], since, until, None, wrong)
    return list(trading.lines(found))


def told(rows: list[Line]) -> list[tuple[str, str, Decimal | None, str]]:
    return [
        (line.party.name_en if line.party else "", line.subject.code, line.quantity, line.unit)
        for line in rows
    ]


def test_each_company_lists_its_own_suppliers_and_customers_and_no_other(chain: Chain) -> None:
    made = battery(chain)
    assert told(lines(chain, made.bea, "receiving")) == [("Ana", "P1", Decimal(600), "KGM")]
    assert told(lines(chain, made.bea, "shipping")) == [
        ("Dee", "C1", Decimal(200), "H87"),
        ("Fay", "C1", Decimal(100), "H87"),
    ]
    assert told(lines(chain, made.fay, "receiving")) == [("Bea", "C1", Decimal(100), "H87")]
    assert [lines(chain, made.cy, side) for side in trading.SIDES] == [[], [], []]


def test_what_travels_in_a_container_is_listed_by_itself(chain: Chain) -> None:
    made = battery(chain)
    (sent,), (received,) = lines(chain, made.dee, "shipping"), lines(chain, made.eve, "receiving")
    assert (sent.subject.epc, sent.container, sent.quantity) == (made.pack, made.pallet, Decimal(1))
    assert (received.subject.epc, received.container) == (made.pack, made.pallet)
    assert received.documents == (("po", "PO-77"),)  # the receipt names none, its shipment does


def test_a_receipt_tells_where_the_goods_came_from_and_who_gave_the_lot_its_code(
    chain: Chain, session: Session
) -> None:
    made = battery(chain)
    session.execute(
        update(Site).where(col(Site.epc) == chain.home[made.ana.prefix]).values(address="1 Kiln Road")
    )
    (line,) = lines(chain, made.bea, "receiving")
    assert line.party_place is not None
    assert (line.party_place.name_en, line.party_place.address) == ("Ana plant", "1 Kiln Road")
    assert line.source == chain.party(made.ana)
    assert line.missing == ("place-address", "document")


def test_a_run_lists_what_was_used_and_what_was_made_under_one_number(chain: Chain) -> None:
    made = battery(chain)
    rows = [line for line in lines(chain, made.bea, "making") if line.run == made.run]
    assert [(line.side, line.subject.code, line.quantity) for line in rows] == [
        ("input", "P1", Decimal(300)),
        ("output", "C1", Decimal(500)),
    ]


def test_a_withdrawn_shipment_is_on_no_list_and_lowers_no_score(chain: Chain) -> None:
    ana, bea = chain.company(1, "Ana"), chain.company(2, "Bea")
    lot = chain.lot(ana, chain.product(ana, "L", "Melt", tracing="lot"), "L1", 100)
    seq = chain.ship(ana, bea, (lot, 40))
    before = scored(chain, ana)["ship"]
    chain.withdraw(ana, seq)
    assert before == (1, {"document": 1})
    assert lines(chain, ana, "shipping") == []
    assert "ship" not in scored(chain, ana)


def test_blocks_follow_each_other_without_a_gap(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(itemising.own_events, "BLOCK", 2)
    ana, bea = chain.company(1, "Ana"), chain.company(2, "Bea")
    lot = chain.lot(ana, chain.product(ana, "L", "Melt", tracing="lot"), "L1", 100)
    moment = chain.tick()
    for _ in range(5):  # all of one moment: only their numbers tell them apart
        chain.ship(ana, bea, (lot, 3), when=moment)
    since, until = chain.now - timedelta(days=1), chain.now + timedelta(days=1)
    after = None
    seen: list[list[int]] = []
    for _ in range(3):
        found = itemising.block(chain.session, ana, ["ship"], since, until, after, frozenset())
        seen.append([told.entry.seq for told in found.rows])
        after = found.after
    assert [len(seqs) for seqs in seen] == [2, 2, 1]
    found_seqs = [seq for seqs in seen for seq in seqs]
    assert found_seqs == sorted(set(found_seqs))
    assert after is None


def scored(chain: Chain, actor: Actor) -> dict[str, tuple[int, dict[str, int]]]:
    since, until = chain.now - timedelta(days=3), chain.now + timedelta(days=3)
    found, cut_off = qualifying.scores(chain.session, actor, since, until)
    assert not cut_off
    return {score.kind: (score.events, dict(score.missing)) for score in found}


def test_every_missing_element_of_an_event_is_named(chain: Chain) -> None:
    made: Battery = battery(chain)
    assert scored(chain, made.bea) == {
        "receive": (1, {"document": 1}),
        "ship": (2, {"document": 2}),
        "consume": (1, {}),
        "produce": (1, {"document": 1}),
        "inspect": (1, {}),
    }
    assert scored(chain, made.dee)["ship"] == (1, {})


def test_of_many_events_the_newest_are_judged_and_it_says_so(chain: Chain) -> None:
    made = battery(chain)
    since, until = chain.now - timedelta(days=3), chain.now + timedelta(days=3)
    found, cut_off = qualifying.scores(chain.session, made.bea, since, until, most=2)
    assert cut_off
    assert [(score.kind, score.events) for score in found] == [("ship", 2)]


def test_nobody_judges_anothers_events(chain: Chain) -> None:
    made = battery(chain)
    assert scored(chain, made.cy) == {}


@pytest.mark.parametrize(
    "days", [("2026-05-31", "2026-05-01"), ("2020-01-01", "2026-01-01"), ("today", "now"), ("0001-01-01", "")]
)
def test_a_period_is_two_days_in_order_and_at_most_three_years(days: tuple[str, str]) -> None:
    with pytest.raises(Malformed):
        trading.period_of(*days, UTC)


def test_a_period_holds_its_last_day_to_the_end() -> None:
    period = trading.period_of("2026-05-01", "2026-05-31", UTC)
    assert (period.since, period.until) == (
        datetime(2026, 5, 1, tzinfo=UTC),
        datetime(2026, 6, 1, tzinfo=UTC),
    )


def test_captured_events_are_listed_and_judged_like_scans(chain: Chain) -> None:
    ana = chain.company(1, "Ana")
    shipping = {
        "type": "ObjectEvent", "eventTime": "2026-05-20T08:00:00Z", "eventTimeZoneOffset": "+00:00", "action": "OBSERVE",
        "bizStep": "shipping", "disposition": "in_transit",
        "quantityList": [{"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 200, "uom": "KGM"}],
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.00001.77"}],
        "destinationList": [{"type": "possessing_party", "destination": "urn:epc:id:pgln:4012345.00009"}],
    }  # fmt: skip
    (outcome,) = capturing_events.capture_events(chain.session, ana, [shipping], chain.tick())
    assert outcome.problem is None, outcome.problem
    since, until = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    found = itemising.block(chain.session, ana, trading.SIDES["shipping"], since, until, None, frozenset())
    (line,) = trading.lines(found)
    assert (line.subject.code, line.quantity, line.unit, len(line.documents)) == (
        "998877",
        Decimal(200),
        "KGM",
        1,
    )
    assert line.missing == ("description", "party-place", "place-address")
    (score,), _ = qualifying.scores(chain.session, ana, since, until)
    assert (score.kind, dict(score.missing)) == ("ship", {"description": 1})
