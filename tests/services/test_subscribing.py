"""Named queries and subscriptions: whose they are, when they are told, and that nothing is told twice or lost."""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from app.domain.epcis import queries
from app.domain.epcis.queries import BadQuery
from app.domain.epcis.schedules import BadControls
from app.domain.people import Actor
from app.errors import Conflict, Forbidden, Malformed, TraceError, Unknown
from app.services import querying, subscribing, subscription_turns
from app.store import database
from app.store.tables import Operator, WebhookMessage
from tests.services.chain import Chain

DEST = "https://erp.example.com/in"
STREAM = {"dest": DEST, "stream": True}


@pytest.fixture
def session(sqlite_engine: Engine) -> Iterator[Session]:
    with database.writing(sqlite_engine) as session:
        yield session


@pytest.fixture
def chain(session: Session, now: datetime) -> Chain:
    return Chain(session, now)


class Desk:
    """One company with a query "all" of its shipments and a way to record them."""

    def __init__(self, chain: Chain, keys: Path, parameters: dict[str, Any] | None = None) -> None:
        self.chain, self.keys, self.session = chain, keys, chain.session
        self.ana, self.cy = chain.company(1, "Ana"), chain.company(9, "Cy")
        self.product = chain.product(self.ana, "P", "Part")
        asked = {"EQ_bizStep": "commissioning"} if parameters is None else parameters
        subscribing.create_query(self.session, self.ana, "all", asked, {}, chain.now)
        self.names = itertools.count(1)

    def record(self, count: int = 1, by: Actor | None = None) -> None:
        actor = by or self.ana
        product = self.product if by is None else self.chain.product(by, "Q", "Other")
        for _ in range(count):
            self.chain.serials(actor, product, 1, start=f"S-{next(self.names)}", active=True)

    def subscribe(self, **body: Any) -> subscribing.Subscription:
        sent = {"dest": DEST} | body
        return subscribing.subscribe(self.session, self.ana, "all", sent, {}, self.keys, self.chain.tick())

    def turn(self, minutes: int = 1) -> None:
        """What the round does each minute."""
        self.chain.now += timedelta(minutes=minutes)
        for number in subscription_turns.due(self.session, self.chain.now):
            found = subscription_turns.look(self.session, number, self.chain.now)
            if found is not None:
                subscription_turns.tell(self.session, found, self.chain.now)

    def messages(self) -> list[dict[str, Any]]:
        rows = self.session.execute(select(WebhookMessage).order_by(col(WebhookMessage.id))).scalars()
        return [orjson.loads(row.body) for row in rows]

    def told(self) -> list[int]:
        """How many events each message has."""
        return [len(events_in(body)) for body in self.messages()]


def events_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return events


@pytest.fixture
def desk(chain: Chain, keys: Path) -> Desk:
    return Desk(chain, keys)


# --- named queries ---


def test_a_named_query_is_its_companys_own(desk: Desk, chain: Chain) -> None:
    session = chain.session
    named = subscribing.query_of(session, desk.ana, "all")
    assert named.query.parameters == {"EQ_bizStep": "commissioning"}
    with pytest.raises(Conflict, match="already"):
        subscribing.create_query(session, desk.ana, "all", {}, {}, chain.now)
    assert subscribing.queries_of(session, desk.cy, "", 30) == ([], "")
    for forbidden in (subscribing.query_of, subscribing.remove_query):
        with pytest.raises(Unknown):
            forbidden(session, desk.cy, "all")
    subscribing.create_query(session, desk.cy, "all", {}, {}, chain.now)  # the name is free for others
    subscribing.create_query(session, desk.ana, "more", {}, {}, chain.now)
    first, token = subscribing.queries_of(session, desk.ana, "", 1)
    second, end = subscribing.queries_of(session, desk.ana, token, 1)
    assert ([each.name for each in first + second], end) == (["all", "more"], "")


def test_what_is_no_query_or_no_name_is_not_kept(desk: Desk, chain: Chain) -> None:
    with pytest.raises(BadQuery):
        subscribing.create_query(chain.session, desk.ana, "x", {"GE_eventDate": "2026-01-01"}, {}, chain.now)
    for name in ("", " a", "a\nb", "x" * 201):
        with pytest.raises(Malformed):
            subscribing.create_query(chain.session, desk.ana, name, {}, {}, chain.now)


# --- controls ---


@pytest.mark.parametrize(
    "body",
    [
        {}, {"stream": False}, {"stream": True, "schedule": {"hour": "8"}}, {"schedule": {}}, {"schedule": "hourly"},
        {"schedule": {"hour": "25"}}, {"stream": "yes"}, {"stream": True, "reportIfEmpty": 1},
        {"stream": True, "initialRecordTime": "today"}, {"stream": True, "signatureToken": 7}, {"stream": True, "colour": 1},
        {"stream": True, "dest": None},
    ],
)  # fmt: skip
def test_controls_that_contradict_or_say_nothing_are_refused(desk: Desk, body: dict[str, Any]) -> None:
    with pytest.raises(BadControls) as raised:
        desk.subscribe(**body)
    assert raised.value.exception == "SubscriptionControlsException"


@pytest.mark.parametrize(
    "dest", ["ftp://x.example/", "https://me:pw@x.example/", "x", "https://x.example/#a"]
)
def test_an_address_that_nothing_can_be_sent_to_is_refused(desk: Desk, dest: str) -> None:
    with pytest.raises(TraceError, match="address"):
        desk.subscribe(stream=True, dest=dest)


def test_only_who_may_change_master_data_subscribes_and_ends(desk: Desk, chain: Chain) -> None:
    made = desk.subscribe(stream=True)
    auditor = Actor(desk.ana.operator_id, desk.ana.organisation_id, desk.ana.prefix, "Au", "auditor")
    with pytest.raises(Forbidden):
        subscribing.subscribe(chain.session, auditor, "all", STREAM, {}, desk.keys, chain.now)
    with pytest.raises(Forbidden):
        subscribing.unsubscribe(chain.session, auditor, "all", made.subscription_id)
    assert subscribing.subscription_of(chain.session, auditor, "all", made.subscription_id) == made


def test_a_subscription_of_another_company_is_not_there(desk: Desk, chain: Chain) -> None:
    made = desk.subscribe(stream=True)
    subscribing.create_query(chain.session, desk.cy, "all", {}, {}, chain.now)
    for forbidden in (subscribing.subscription_of, subscribing.unsubscribe):
        with pytest.raises(Unknown):
            forbidden(chain.session, desk.cy, "all", made.subscription_id)
    assert subscribing.subscriptions_of(chain.session, desk.cy, "", "", 30) == ([], "")


# --- turns ---


def test_a_streamed_subscription_tells_what_comes_after_it_once(desk: Desk) -> None:
    desk.record(2)
    made = desk.subscribe(stream=True, signatureToken="s3cret")
    desk.turn()
    assert desk.told() == []
    desk.record(3)
    desk.turn()
    desk.turn()
    assert desk.told() == [3]
    results = desk.messages()[0]["epcisBody"]["queryResults"]
    assert (results["queryName"], results["subscriptionID"]) == ("all", made.subscription_id)
    assert "s3cret" not in orjson.dumps(desk.messages()).decode()
    now_told = subscribing.subscription_of(desk.session, desk.ana, "all", made.subscription_id)
    assert (now_told.told, now_told.error) == (3, "")


def test_an_initial_record_time_brings_what_was_recorded_since(desk: Desk, chain: Chain) -> None:
    desk.record(2)
    chain.now += timedelta(hours=1)
    since = chain.now
    desk.record(3)
    desk.subscribe(stream=True, initialRecordTime=since.isoformat())
    desk.turn()
    assert desk.told() == [3]


def test_a_scheduled_subscription_tells_at_its_times(desk: Desk, chain: Chain) -> None:
    chain.now = chain.now.replace(hour=6, minute=0, second=0, microsecond=0)
    desk.subscribe(schedule={"hour": "8", "minute": "0"})
    desk.record(2)
    desk.turn(60)
    assert desk.told() == []
    desk.turn(60)
    assert desk.told() == [2]
    desk.turn(24 * 60)
    assert desk.told() == [2]  # nothing new, nothing said


def test_who_wants_to_hear_of_nothing_hears_of_it(desk: Desk) -> None:
    desk.subscribe(schedule={"minute": "0"}, reportIfEmpty=True)
    desk.turn(60)
    desk.turn(60)
    assert desk.told() == [0, 0]


def test_what_others_record_is_told_to_nobody(desk: Desk) -> None:
    desk.subscribe(stream=True)
    desk.record(2, by=desk.cy)
    desk.turn()
    assert desk.told() == []


def test_a_process_killed_before_it_told_loses_nothing_and_two_tell_once(desk: Desk, chain: Chain) -> None:
    desk.subscribe(stream=True)
    desk.record(2)
    (number,) = subscription_turns.due(desk.session, chain.now)
    first = subscription_turns.look(desk.session, number, chain.now)
    second = subscription_turns.look(desk.session, number, chain.now)
    assert first is not None
    assert first == second
    subscription_turns.tell(desk.session, first, chain.now)
    assert not subscription_turns.tell(desk.session, first, chain.now)
    assert desk.told() == [2]


def test_a_long_past_comes_in_several_messages_and_turns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription_turns, "ENTRIES", 8)
    monkeypatch.setattr(subscription_turns, "MESSAGE", 3)
    desk.record(10)
    desk.subscribe(stream=True, initialRecordTime="2020-01-01T00:00:00Z")
    for _ in range(4):
        desk.turn()
    assert sum(desk.told()) == 10
    assert max(desk.told()) <= 3


def test_a_query_that_finds_too_much_tells_of_its_error(chain: Chain, keys: Path) -> None:
    desk = Desk(chain, keys, {"maxEventCount": 2})
    made = desk.subscribe(stream=True)
    desk.record(3)
    desk.turn()
    (problem,) = desk.messages()
    assert (problem["type"], problem["status"]) == ("epcisException:QueryTooLargeException", 413)
    told = subscribing.subscription_of(chain.session, desk.ana, "all", made.subscription_id)
    assert told.error == "query-too-large"


def test_orders_and_counts_of_the_query_hold_in_each_message(chain: Chain, keys: Path) -> None:
    desk = Desk(chain, keys, {"orderBy": "eventTime", "orderDirection": "DESC", "eventCountLimit": 2})
    desk.subscribe(stream=True)
    desk.record(3)
    desk.turn()
    (events,) = map(events_in, desk.messages())
    times = [event["eventTime"] for event in events]
    assert len(times) == 2
    assert times == sorted(times, reverse=True)


def test_the_subscription_of_somebody_who_left_tells_no_events(desk: Desk, chain: Chain) -> None:
    desk.subscribe(stream=True)
    desk.record(2)
    desk.session.get_one(Operator, desk.ana.operator_id).active = False
    desk.session.flush()
    desk.turn()
    (problem,) = desk.messages()
    assert problem["type"] == "epcisException:SecurityException"
    assert "eventList" not in orjson.dumps(problem).decode()


def test_an_ended_subscription_and_a_removed_query_send_nothing_that_waits(desk: Desk, chain: Chain) -> None:
    first = desk.subscribe(stream=True)
    desk.subscribe(stream=True)
    desk.record()
    desk.turn()
    assert desk.told() == [1, 1]
    subscribing.unsubscribe(chain.session, desk.ana, "all", first.subscription_id)
    assert desk.told() == [1]
    subscribing.remove_query(chain.session, desk.ana, "all")
    assert desk.told() == []
    assert subscription_turns.due(chain.session, chain.now + timedelta(days=1)) == []


def test_names_come_in_the_form_that_was_asked_for(desk: Desk, chain: Chain) -> None:
    formats = {"GS1-EPC-Format": "Always_EPC_URN"}
    subscribing.subscribe(chain.session, desk.ana, "all", STREAM, formats, desk.keys, chain.tick())
    desk.record()
    desk.turn()
    (event,) = events_in(desk.messages()[0])
    assert event["epcList"][0].startswith("hdl:")  # no URN of GS1's names a handle: it stays as it is


def test_long_events_go_out_in_messages_and_turns_that_can_be_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message beyond what can be sent was tried again every hour, in vain, and nothing behind it was ever told."""
    desk.subscribe(**STREAM)
    desk.record(9)
    (one,) = {len(orjson.dumps(event)) // 100 for event in desk_events(desk)}
    monkeypatch.setattr(subscription_turns, "LONGEST", (one + 1) * 200)
    monkeypatch.setattr(subscription_turns, "HEAVY", (one + 1) * 400)
    for _ in range(4):
        desk.turn()
    assert max(desk.told()) == 2
    names = [event["eventID"] for body in desk.messages() for event in events_in(body)]
    assert len(names) == len(set(names)) == 9


def desk_events(desk: Desk) -> list[dict[str, Any]]:
    return querying.page_of(desk.session, desk.ana, queries.parse({"EQ_bizStep": "commissioning"})).events
