"""The life of a zone after it was handed out: moves, keys, suspension, the end, several holders, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from app.domain.trust import MOST_KEYS, public_key_of
from app.errors import Conflict, Malformed, Refused, TraceError, Unknown
from app.services import applying, attaching, auditing, delegating, reviewing
from app.store.database import reading, writing
from app.store.tables import Attempt
from tests.support.registrar import OTHER_NUMBER, Registrar, at, refused, seed_of, url

ZONE = "88.118.1001"


@pytest.fixture
def desk(engine: Engine, now: datetime) -> Registrar:
    return Registrar(engine, now)


# --- a zone's life ---


def test_a_move_signed_by_the_key_takes_effect_at_once(desk: Registrar) -> None:
    desk.holding()
    told = desk.change(
        "move", endpoints=[url("new"), {"host": "new.example", "port": 2641, "protocol": "hdl-tcp"}]
    )
    assert (told.serial, told.urls) == (2, ("https://new.example",))
    assert desk.statement() == told
    assert desk.steps()[-1] == "move"


def test_a_rotated_key_overlaps_with_the_new_one_and_then_ends(desk: Registrar) -> None:
    desk.holding()
    old, new = public_key_of(seed_of("ana")), public_key_of(seed_of("ana2"))
    told = desk.change("rotate", new="ana2")
    assert told.keys == (new, old)
    assert told.keys_at(desk.now) == (new, old)
    assert told.keys_at(desk.now + timedelta(hours=49)) == (new,)
    assert refused(lambda: desk.change("move", "ana", endpoints=[url("stolen")])).code == "unknown-key"
    assert desk.change("move", "ana2", endpoints=[url("new")]).keys == (new, old)
    desk.tick(hours=49)
    assert desk.change("move", "ana2", endpoints=[url("newer")]).keys == (new,)


def test_a_new_key_must_prove_itself_for_this_very_change(desk: Registrar) -> None:
    desk.holding()
    assert refused(lambda: desk.change("rotate", new="dee", proven_by="ana")).code == "unknown-key"
    signed = desk.signed_change("rotate", new="dee")
    proof = signed.peek()["proof"]
    copied = desk.signed_change("rotate", key=public_key_of(seed_of("dee")).jwk, proof=proof)
    assert refused(lambda: desk.send(copied)).code == "key-not-proven"
    assert desk.statement().serial == 1


def test_a_lost_key_is_replaced_by_review_and_counts_no_more_from_then_on(desk: Registrar) -> None:
    token = desk.holding()
    new = public_key_of(seed_of("found"))
    request = at(desk, applying.ask, token, "rotate", desk.tick(), key=new.jwk)
    assert desk.statement().keys == (public_key_of(seed_of("ana")),), "nothing happens before the review"
    told = desk.approve(request.id)
    assert told.keys == (new,)
    assert refused(lambda: desk.change("leave", "ana")).code == "unknown-key"
    assert desk.change("move", "found", endpoints=[url("new")]).serial == 3


def test_a_call_counts_once_and_only_for_who_it_was_made_to(desk: Registrar) -> None:
    desk.holding()
    signed = desk.signed_change("move", endpoints=[url("new")])
    desk.send(signed)
    assert refused(lambda: desk.send(signed)).code == "replayed-call"
    elsewhere = desk.signed_change("leave", audience="88.119")
    assert refused(lambda: desk.send(elsewhere)).code == "wrong-audience"
    late = desk.signed_change("leave")
    desk.tick(minutes=10)
    assert refused(lambda: desk.send(late)).code == "call-not-now"
    assert desk.zone_state() == "active"


def test_a_neighbours_key_changes_nothing_of_ours(desk: Registrar) -> None:
    desk.holding()
    desk.holding("dee", "88.118.3003", subject={"id_number": OTHER_NUMBER})
    for op in ("leave", "move"):
        act = lambda op=op: desk.change(op, "dee", ZONE, endpoints=[url("dee")])  # noqa: E731
        assert refused(act).code == "unknown-key"
    assert desk.statement().serial == 1


def test_a_suspended_zone_says_so_until_it_is_resumed(desk: Registrar) -> None:
    desk.holding()
    at(desk, reviewing.suspend, desk.ana, desk.issuer, ZONE, "Answers are wrong.", desk.tick())
    assert (desk.statement().state, desk.statement().serial) == ("suspended", 2)
    moved = desk.change("move", endpoints=[url("new")])
    assert moved.state == "suspended", "a change does not lift it"
    again = lambda: at(desk, reviewing.suspend, desk.ana, desk.issuer, ZONE, "x", desk.now)  # noqa: E731
    assert refused(again).code == "not-in-this-state"
    at(desk, reviewing.resume, desk.ana, desk.issuer, ZONE, desk.tick())
    assert desk.statement().state == "active"
    assert desk.steps()[-3:] == ["suspend", "move", "resume"]


def test_who_leaves_cannot_come_back_by_a_signature_and_nobody_else_gets_the_number(desk: Registrar) -> None:
    token = desk.holding()
    assert desk.change("leave").state == "left"
    assert refused(lambda: desk.change("move", endpoints=[url("new")])).code == "not-in-this-state"
    with reading(desk.engine) as session:
        assert applying.followed(session, token).application.state == "ended"
    stranger, _ = desk.apply("dee", subject={"id_number": OTHER_NUMBER})
    assert refused(lambda: desk.approve(stranger)).code == "zone-taken"
    same, _ = desk.apply("ana2")
    told = desk.approve(same)
    assert (told.state, told.serial) == ("active", 3)


def test_a_zone_that_was_taken_back_stays_so(desk: Registrar) -> None:
    token = desk.holding()
    at(desk, reviewing.revoke, desk.ana, desk.issuer, ZONE, "The company was dissolved.", desk.tick())
    assert desk.zone_state() == "left"
    assert refused(lambda: desk.change("move", endpoints=[url("new")])).code == "not-in-this-state"
    assert refused(lambda: at(desk, applying.ask, token, "leave", desk.now)).code == "no-zone-yet"


def test_the_end_asked_for_by_link_waits_for_review(desk: Registrar) -> None:
    token = desk.holding()
    request = at(desk, applying.ask, token, "leave", desk.tick())
    assert desk.zone_state() == "active"
    assert refused(lambda: at(desk, applying.ask, token, "leave", desk.now)).code == "already-applied"
    desk.approve(request.id)
    assert desk.zone_state() == "left"


# --- one zone, several nodes ---


def test_five_nodes_hold_one_zone_and_each_changes_only_its_own_part(engine: Engine, now: datetime) -> None:
    desk = Registrar(engine, now, zone="")
    names = ["beijing", "shanghai", "guangzhou", "wuhan", "chongqing"]
    desk.holding(names[0], "88")
    for name in names[1:]:
        desk.holding(name, "88", share=True)
    told = desk.statement("88")
    assert told.keys == tuple(public_key_of(seed_of(name)) for name in names)
    assert told.urls == tuple(f"https://{name}.example" for name in names)
    told = desk.change("move", "wuhan", "88", endpoints=[url("wuhan2")])
    assert set(told.urls) == {*(f"https://{name}.example" for name in names), "https://wuhan2.example"} - {
        "https://wuhan.example"
    }
    told = desk.change("leave", "beijing", "88")
    assert (told.state, len(told.keys), len(told.urls)) == ("active", 4, 4)
    assert public_key_of(seed_of("beijing")) not in told.keys
    for name in names[1:]:
        told = desk.change("leave", name, "88")
    assert told.state == "left"


def test_one_holder_too_many_is_refused_and_takes_nobody_s_place(engine: Engine, now: datetime) -> None:
    desk = Registrar(engine, now, zone="")
    desk.holding("n0", "88")
    for number in range(1, MOST_KEYS):
        desk.holding(f"n{number}", "88", share=True)
    ninth, _ = desk.apply("onemore", "88", share=True)
    assert refused(lambda: desk.approve(ninth)).code == "too-many-holders"
    assert desk.application(ninth).state == "submitted"
    assert desk.statement("88").keys == tuple(
        public_key_of(seed_of(f"n{number}")) for number in range(MOST_KEYS)
    )


def test_who_shares_a_zone_needs_a_key_and_somebody_who_holds_it(desk: Registrar) -> None:
    assert refused(lambda: desk.apply(share=True)).code == "nothing-to-share"
    desk.holding()
    assert refused(lambda: desk.apply("dee", share=True, keys=[])).code == "key-missing"


def test_a_node_without_a_key_may_hold_a_zone_and_cannot_sign_changes(desk: Registrar) -> None:
    token = desk.holding(keys=[])
    assert desk.statement().keys == ()
    assert refused(lambda: desk.change("leave")).code == "unknown-key"
    request = at(desk, applying.ask, token, "move", desk.tick(), endpoints=[url("new")])
    assert desk.approve(request.id).urls == ("https://new.example",)


# --- time ---


def test_statements_are_renewed_before_they_run_out_and_not_too_early(desk: Registrar) -> None:
    desk.holding()
    first = desk.statement()
    assert at(desk, delegating.renew, desk.issuer, desk.tick(days=15)) == 0
    assert at(desk, delegating.renew, desk.issuer, desk.tick(days=6)) == 1
    assert desk.statement().serial == first.serial + 1
    assert desk.statement().not_after > first.not_after
    assert at(desk, delegating.renew, desk.issuer, desk.now) == 0
    desk.change("leave")
    assert at(desk, delegating.renew, desk.issuer, desk.tick(days=60)) == 0


# --- the log ---


def test_every_step_is_in_the_log_and_the_trail_of_the_node(desk: Registrar) -> None:
    number, _ = desk.apply()
    at(desk, reviewing.take, desk.ana, number, desk.tick())
    desk.approve(number)
    desk.change("move", endpoints=[url("new")])
    at(desk, reviewing.suspend, desk.ana, desk.issuer, ZONE, "why", desk.tick())
    assert desk.steps() == ["apply", "take", "delegate", "approve", "move", "suspend"]
    with reading(desk.engine) as session:
        trail, _ = auditing.trail(session, desk.olga)
        assert {row.action for row in trail} == {"zone-take", "zone-delegate", "zone-approve", "zone-suspend"}
        assert {row.action for row in trail} <= auditing.ACTIONS.keys()
        last = reviewing.zone_of(session, desk.olga, ZONE)[2][0]
        assert (last.step, last.by, last.reason) == ("suspend", "Ana", "why")
        assert last.detail["serial"] == 3


@pytest.mark.parametrize("verb", ["UPDATE delegation_step SET step = 'x'", "DELETE FROM delegation_step"])
def test_the_database_keeps_the_log_of_steps_as_it_is(desk: Registrar, verb: str) -> None:
    desk.apply()
    with Session(desk.engine) as session, pytest.raises(DBAPIError, match="append-only"):
        session.connection().execute(text(verb))
    assert desk.steps() == ["apply"]


def test_nothing_half_done_stays_when_the_zone_is_refused(desk: Registrar) -> None:
    first, _ = desk.apply("ana")
    second, _ = desk.apply("bo")
    desk.approve(first)
    before = desk.steps()
    refused(lambda: desk.approve(second))
    row = desk.application(second)
    assert (row.state, row.decided_time, row.verification) == ("submitted", None, "")
    assert desk.steps() == before


def test_errors_of_the_desk_are_of_the_kinds_that_tell_a_reader_what_to_do(desk: Registrar) -> None:
    assert isinstance(refused(lambda: desk.apply(zone="88.119.1")), Refused)
    assert isinstance(refused(lambda: desk.apply(subject={"region": "99"})), Malformed)
    assert isinstance(refused(lambda: desk.change("leave", zone="88.118.4")), Unknown)


# --- at once, and elsewhere ---


def test_of_two_reviewers_who_approve_at_once_one_gives_the_zone(desk: Registrar) -> None:
    first, _ = desk.apply("ana")
    second, _ = desk.apply("bo", subject={"id_number": OTHER_NUMBER})
    now, start = desk.tick(), Barrier(2)

    def approve(number: int) -> str:
        start.wait()
        try:
            with writing(desk.engine) as session:
                reviewing.approve(session, desk.ana, desk.issuer, number, now, verification="registry")
        except Conflict as error:
            return error.code
        return "given"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, (first, second))) == ["given", "zone-taken"]
    assert sorted(desk.application(number).state for number in (first, second)) == ["approved", "submitted"]
    assert desk.statement().serial == 1
    assert desk.steps().count("delegate") == 1


def test_of_one_signed_change_sent_twice_at_once_one_counts(desk: Registrar) -> None:
    desk.holding()
    signed, start = desk.signed_change("move", endpoints=[url("new")]), Barrier(2)

    def send(_: int) -> str:
        start.wait()
        try:
            desk.send(signed)
        except TraceError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, range(2))) == ["done", "replayed-call"]
    assert desk.statement().serial == 2


def test_a_holder_of_our_zone_at_which_nobody_applied_takes_changes_by_the_statement_alone(
    desk: Registrar,
) -> None:
    desk.holding()
    with writing(desk.engine) as session:  # as if the statement had come from another holder of our zone
        for row in delegating.holders(session, ZONE):
            row.state = "withdrawn"
    assert desk.change("move", endpoints=[url("new")]).urls == ("https://new.example",)
    told = desk.change("rotate", new="ana2")
    assert told.keys == (public_key_of(seed_of("ana2")), public_key_of(seed_of("ana")))
    assert refused(lambda: desk.change("leave", "ana")).code == "unknown-key"
    assert desk.change("leave", "ana2").state == "left"


def test_which_of_several_holders_calls_is_known_where_they_applied(engine: Engine, now: datetime) -> None:
    desk = Registrar(engine, now, zone="")
    desk.holding("beijing", "88")
    desk.holding("wuhan", "88", share=True)
    with writing(desk.engine) as session:
        for row in delegating.holders(session, "88"):
            row.state = "withdrawn"
    error = refused(lambda: desk.change("move", "wuhan", "88", endpoints=[url("new")]))
    assert error.code == "several-holders"
    assert len(desk.statement("88").keys) == 2


def test_documents_of_what_was_refused_are_dropped_after_a_while_and_those_of_holders_stay(
    desk: Registrar,
) -> None:
    def documents(number: int) -> int:
        with reading(desk.engine) as session:
            return len(reviewing.shown(session, desk.ana, number).documents)

    numbers = []
    for name, zone in (("ana", ZONE), ("dee", "88.118.3003"), ("eve", "88.118.4004")):
        number, token = desk.apply(name, zone)
        at(desk, attaching.attach, token, "licence", "x.pdf", b"%PDF-1.7", desk.tick())
        numbers.append(number)
    desk.approve(numbers[0])
    at(desk, reviewing.refuse, desk.ana, numbers[1], "No.", desk.tick())
    assert at(desk, attaching.forget_documents, desk.now) == 0
    desk.tick(days=181)
    assert at(desk, attaching.forget_documents, desk.now - timedelta(days=180)) == 1
    assert [documents(number) for number in numbers] == [1, 0, 1]
    assert desk.steps("88.118.3003") == ["apply", "attach", "refuse"]


def test_who_floods_us_with_documents_is_stopped_and_so_are_his_neighbours_addresses(desk: Registrar) -> None:
    _, token = desk.apply()

    def send(address: str) -> None:
        with writing(desk.engine) as session:
            attaching.attach(session, token, "licence", "x.pdf", b"%PDF-", desk.now, address=address)

    for number in range(attaching.MOST_DOCUMENTS):
        send(f"2001:db8::{number}")
    assert refused(lambda: send("2001:db8::99")).code == "too-many-documents"
    with writing(desk.engine) as session:
        session.add_all(Attempt(key="attach:2001:db8::/64", record_time=desk.now) for _ in range(40))
    assert refused(lambda: send("2001:db8::ffff")).code == "too-many-applications"
    assert refused(lambda: send("2001:db9::1")).code == "too-many-documents"
