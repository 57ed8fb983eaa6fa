"""A call is taken once, whoever sends it again and however often; what was undone may be sent again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from app.domain import calls, trust
from app.domain.calls import Call
from app.domain.trust import Signed
from app.errors import Conflict, Refused
from app.services import hearing
from app.store.database import reading, writing
from app.store.tables import HeardCall

SEED = b"\x01" * 32
KEY = trust.public_key_of(SEED)
US, THEM = "88.118.5005", "88.118.2002"
NOW = datetime.fromisoformat("2026-05-20T08:30:00+00:00")


def call(nonce: str = "n" * 22, now: datetime = NOW, sender: str = THEM) -> Signed:
    return calls.seal("trace", {"asked": "X"}, seed=SEED, sender=sender, audience=US, nonce=nonce, now=now)


def taken(engine: Engine, signed: Signed, now: datetime = NOW, sender: str = THEM) -> Call:
    with writing(engine) as session:
        return hearing.accept(session, signed, "trace", [KEY], sender=sender, audience=US, now=now)


def remembered(engine: Engine) -> int:
    with reading(engine) as session:
        return session.execute(select(func.count()).select_from(HeardCall)).scalar_one()


def test_a_call_sent_twice_is_taken_once(engine: Engine) -> None:
    assert taken(engine, call()).body == {"asked": "X"}
    with pytest.raises(Conflict) as caught:
        taken(engine, call(), NOW + timedelta(seconds=30))
    assert caught.value.code == "replayed-call"
    assert taken(engine, call("m" * 22)).nonce == "m" * 22


def test_two_zones_may_draw_the_same_nonce(engine: Engine) -> None:
    taken(engine, call())
    assert taken(engine, call(sender="88.118.2003"), sender="88.118.2003").sender == "88.118.2003"


def test_a_call_is_remembered_for_as_long_as_it_would_be_taken(engine: Engine) -> None:
    signed = call()
    found = taken(engine, signed)
    last = found.expires + timedelta(seconds=299)
    with pytest.raises(Conflict):
        taken(engine, signed, last)
    late = found.forget + timedelta(seconds=1)
    with pytest.raises(Refused) as caught:
        taken(engine, signed, late)
    assert caught.value.code == "call-not-now"
    taken(engine, call("o" * 22, late), late)
    assert remembered(engine) == 1


def test_what_was_undone_may_be_sent_again(engine: Engine) -> None:
    def failing() -> None:
        with writing(engine) as session:
            hearing.accept(session, call(), "trace", [KEY], sender=THEM, audience=US, now=NOW)
            raise Refused("test", "undone")

    with pytest.raises(Refused):
        failing()
    assert taken(engine, call()).sender == THEM


def test_a_refused_call_leaves_nothing_behind(engine: Engine) -> None:
    false: list[Callable[[], Call]] = [
        lambda: taken(engine, trust.sign("trace", call().peek(), b"\x09" * 32)),
        lambda: taken(engine, call(), NOW + timedelta(hours=1)),
        lambda: taken(engine, call(), sender="88.118.2003"),
    ]
    for each in false:
        with pytest.raises(Refused):
            each()
    assert remembered(engine) == 0
