"""Passwords, sign-ins and keys, on both databases."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session, col

from app.errors import Malformed, Unknown
from app.services import accounts, authenticating, people
from app.services.authenticating import SignInFailed, TooManyAttempts
from app.store.database import writing
from app.store.tables import ApiKey, Attempt, Operator, SignIn
from tests.support import tenants
from tests.support.tenants import HASH, PASSWORD, Tenants

HOURS = 12
LIMIT = 3
WINDOW = timedelta(minutes=15)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with writing(engine) as session:
        yield session


@pytest.fixture
def world(session: Session, now: datetime) -> Tenants:
    return tenants.found(session, now)


def attempt(session: Session, login: str, password: str, now: datetime, address: str = "10.0.0.1") -> str:
    candidate = authenticating.begin_sign_in(session, login, address, now, limit=LIMIT, window=WINDOW)
    if not authenticating.password_fits(candidate, password, fast=True):
        raise authenticating.sign_in_failed()
    return authenticating.finish_sign_in(session, candidate, now, HOURS)


def test_the_right_password_gives_a_token_that_leads_back_to_the_person(
    session: Session, world: Tenants, now: datetime
) -> None:
    token = attempt(session, " ANA ", PASSWORD, now)
    assert authenticating.actor_of_token(session, token, now, HOURS) == (world.ana, False)
    assert world.ana.node
    assert world.ana.places is None


@pytest.mark.parametrize("login", ["ana", "nobody", "", "x" * 5000])
def test_a_wrong_password_and_an_unknown_login_are_told_in_the_same_words(
    session: Session, world: Tenants, now: datetime, login: str
) -> None:
    with pytest.raises(SignInFailed) as told:
        attempt(session, login, "wrong", now)
    assert told.value.english() == authenticating.sign_in_failed().english()


def test_a_password_longer_than_any_is_refused_without_hashing_it(
    session: Session, world: Tenants, now: datetime
) -> None:
    with pytest.raises(SignInFailed):
        attempt(session, "ana", "x" * 1_000_000, now)


def test_after_too_many_failures_even_the_right_password_has_to_wait(
    session: Session, world: Tenants, now: datetime
) -> None:
    for _ in range(LIMIT):
        with pytest.raises(SignInFailed):
            attempt(session, "ana", "wrong", now)
    with pytest.raises(TooManyAttempts) as told:
        attempt(session, "ana", PASSWORD, now)
    assert "15 minutes" in told.value.english()
    assert attempt(session, "bo", PASSWORD, now)
    assert attempt(session, "ana", PASSWORD, now + WINDOW)


def test_an_address_that_tries_many_logins_has_to_wait_too(
    session: Session, world: Tenants, now: datetime
) -> None:
    for number in range(LIMIT * authenticating.ADDRESS_FACTOR):
        with pytest.raises(SignInFailed):
            attempt(session, f"guess{number}", "wrong", now)
    with pytest.raises(TooManyAttempts):
        attempt(session, "ana", PASSWORD, now)
    assert attempt(session, "ana", PASSWORD, now, address="10.0.0.2")


def test_signing_in_forgets_the_failures_of_that_login_only(
    session: Session, world: Tenants, now: datetime
) -> None:
    for login in ("ana", "ana", "bo"):
        with pytest.raises(SignInFailed):
            attempt(session, login, "wrong", now)
    attempt(session, "ana", PASSWORD, now)
    assert set(session.execute(select(col(Attempt.key))).scalars()) == {"login:bo", "address:10.0.0.1"}


def test_only_hashes_of_tokens_and_keys_are_stored(session: Session, world: Tenants, now: datetime) -> None:
    token = attempt(session, "ana", PASSWORD, now)
    key = authenticating.create_key(session, world.ana, "ERP", now)
    stored = str(session.execute(select(SignIn)).scalar_one().model_dump())
    stored += str(session.execute(select(ApiKey)).scalar_one().model_dump())
    stored += session.execute(select(Operator)).scalars().first().password_hash  # type: ignore[union-attr]
    assert token not in stored
    assert key not in stored
    assert PASSWORD not in stored
    assert len(token) >= 43  # 256 bits in base 64


def test_a_sign_in_ends_when_it_is_not_used_and_lives_on_when_it_is(
    session: Session, world: Tenants, now: datetime
) -> None:
    token = attempt(session, "ana", PASSWORD, now)
    later = now + timedelta(hours=HOURS - 1)
    assert authenticating.actor_of_token(session, token, later, HOURS) == (world.ana, True)
    authenticating.prolong(session, token, later, HOURS)
    session.expire_all()
    assert authenticating.actor_of_token(session, token, later + timedelta(minutes=1), HOURS) == (
        world.ana,
        False,
    )
    assert authenticating.actor_of_token(session, token, later + timedelta(hours=HOURS), HOURS)[0] is None


def test_signing_out_ends_one_sign_in_and_signing_out_everywhere_all_others(
    session: Session, world: Tenants, now: datetime
) -> None:
    first, second, third = (attempt(session, "ana", PASSWORD, now) for _ in range(3))
    authenticating.sign_out(session, first)
    authenticating.sign_out_everywhere(session, world.ana, now, but_token=second)
    known = [authenticating.actor_of_token(session, token, now, HOURS)[0] for token in (first, second, third)]
    assert known == [None, world.ana, None]


def test_a_new_password_signs_out_every_other_browser(
    session: Session, world: Tenants, now: datetime
) -> None:
    here, there = (attempt(session, "ana", PASSWORD, now) for _ in range(2))
    accounts.change_password(session, world.ana, HASH, now, keep_token=here)
    assert authenticating.actor_of_token(session, here, now, HOURS)[0] == world.ana
    assert authenticating.actor_of_token(session, there, now, HOURS)[0] is None


def test_a_deactivated_person_is_out_at_once_with_all_their_keys(
    session: Session, world: Tenants, now: datetime
) -> None:
    token = attempt(session, "bo", PASSWORD, now)
    key = authenticating.create_key(session, world.bo, "script", now)
    people.deactivate(session, world.ana, world.bo.operator_id, now)
    assert authenticating.actor_of_token(session, token, now, HOURS)[0] is None
    assert authenticating.actor_of_key(session, key, now)[0] is None
    with pytest.raises(SignInFailed):
        attempt(session, "bo", PASSWORD, now)


def test_an_api_key_acts_as_its_person_until_it_is_revoked(
    session: Session, world: Tenants, now: datetime
) -> None:
    key = authenticating.create_key(session, world.bo, "ERP export", now)
    assert key.startswith("sy_")
    assert authenticating.actor_of_key(session, key, now) == (world.bo, True)
    authenticating.note_key_use(session, key, now)
    session.expire_all()
    assert authenticating.actor_of_key(session, key, now) == (world.bo, False)
    (stored,) = authenticating.api_keys(session, world.bo)
    assert key.split("_")[1] == stored.start
    authenticating.revoke_key(session, world.bo, stored.id or 0, now)
    assert authenticating.actor_of_key(session, key, now)[0] is None


def test_nobody_revokes_the_key_of_somebody_else(session: Session, world: Tenants, now: datetime) -> None:
    authenticating.create_key(session, world.bo, "ERP export", now)
    (stored,) = authenticating.api_keys(session, world.bo)
    for other in (world.ana, world.cy):
        with pytest.raises(Unknown):
            authenticating.revoke_key(session, other, stored.id or 0, now)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_key_needs_a_name(session: Session, world: Tenants, now: datetime, name: str) -> None:
    with pytest.raises(Malformed, match="name"):
        authenticating.create_key(session, world.bo, name, now)


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "bad-password-length"),
        ("x" * 201, "bad-password-length"),
        ("aaaaaaaaaa", "password-too-simple"),
    ],
)
def test_a_password_is_long_enough_and_not_one_letter(password: str, code: str) -> None:
    with pytest.raises(Malformed) as told:
        authenticating.hash_password(password, fast=True)
    assert told.value.code == code


def test_real_password_hashes_cost_what_owasp_asks_for() -> None:
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in authenticating.hash_password(PASSWORD)
