"""A call between nodes: from whom, to whom, now and for this alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import calls, trust
from app.domain.chains import SKEW
from app.domain.trust import PublicKey, Signed
from app.errors import TraceError

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
SEED, OTHER_SEED = b"\x01" * 32, b"\x02" * 32
KEY, OTHER = trust.public_key_of(SEED), trust.public_key_of(OTHER_SEED)
US, THEM = "88.118.5005", "88.118.2002"
NONCE = "n" * 22


def sealed(body: dict[str, Any] | None = None, seed: bytes = SEED, **changed: Any) -> Signed:
    given = {"sender": THEM, "audience": US, "nonce": NONCE, "now": NOW} | changed
    return calls.seal("trace", body or {"asked": "X"}, seed=seed, **given)


def opened(
    signed: Signed, keys: tuple[PublicKey, ...] = (KEY,), now: datetime = NOW, **changed: Any
) -> calls.Call:
    return calls.open_call(signed, "trace", keys, **({"sender": THEM, "audience": US, "now": now} | changed))


def refusal(signed: Signed, keys: tuple[PublicKey, ...] = (KEY,), now: datetime = NOW, **changed: Any) -> str:
    with pytest.raises(TraceError) as caught:
        opened(signed, keys, now, **changed)
    assert caught.value.english()
    return caught.value.code


def raw(**changed: Any) -> Signed:
    """As somebody signs who keeps to no form."""
    body = sealed().peek()
    return trust.sign(
        "trace", {name: value for name, value in (body | changed).items() if value is not ...}, SEED
    )


def test_a_call_says_what_was_asked_and_by_whom() -> None:
    call = opened(sealed())
    assert (call.sender, call.nonce, dict(call.body)) == (THEM, NONCE, {"asked": "X"})
    assert call.forget == NOW + timedelta(seconds=120) + SKEW


def test_the_envelope_is_the_senders_and_not_the_bodys() -> None:
    call = opened(sealed({"from": "88.1", "audience": "88.2", "nonce": "x", "asked": "X"}))
    assert (call.sender, dict(call.body)) == (THEM, {"asked": "X"})


def test_whom_a_call_claims_to_be_from_is_known_before_anything_is_verified() -> None:
    assert calls.claimed_sender(sealed(seed=OTHER_SEED)) == THEM
    assert calls.claimed_sender(sealed(sender="")) == ""


def test_a_call_of_another_zone_another_key_or_another_kind_is_refused() -> None:
    assert refusal(sealed(seed=OTHER_SEED)) == "unknown-key"
    assert refusal(sealed(sender="88.118.2003")) == "wrong-sender"
    assert refusal(trust.sign("checkpoint", sealed().peek(), SEED)) == "wrong-kind"


def test_a_call_meant_for_another_is_not_taken() -> None:
    assert refusal(sealed(audience="88.118.5006")) == "wrong-audience"
    assert refusal(sealed(audience="")) == "wrong-audience"
    assert opened(sealed(audience=""), audience="").sender == THEM


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_ten_minutes_off_is_told_and_nothing_is_done(minutes: int) -> None:
    with pytest.raises(TraceError) as caught:
        opened(sealed(now=NOW + timedelta(minutes=minutes)))
    assert caught.value.code == "call-not-now"
    assert "08:30:00" in caught.value.english()


def test_a_clock_a_few_minutes_off_does_no_harm() -> None:
    for minutes in (-6, -4, 4):
        assert opened(sealed(now=NOW + timedelta(minutes=minutes)))


def test_no_call_lasts_longer_than_five_minutes_whatever_is_asked_for() -> None:
    assert opened(sealed(seconds=100_000)).expires == NOW + calls.LONGEST
    assert refusal(raw(expires="2027-01-01T00:00:00Z")) == "bad-call"


@pytest.mark.parametrize("name", ["from", "audience", "nonce", "issued", "expires"])
@pytest.mark.parametrize("value", [..., None, 5, [], "", "é" * 20, "x" * 65, "short", "88..1"])
def test_an_envelope_with_a_part_missing_or_odd_is_refused(name: str, value: Any) -> None:
    found = refusal(raw(**{name: value}), audience="88.1", sender=THEM)
    assert found in {"bad-call", "wrong-sender", "wrong-audience"}
    if name in {"nonce", "issued", "expires"}:
        assert refusal(raw(**{name: value})) == "bad-call"


def test_a_reply_belongs_to_one_call() -> None:
    reply = calls.seal("told", {"a": 1}, seed=OTHER_SEED, sender=US, audience=THEM, nonce=NONCE, now=NOW)
    asked = {"sender": US, "audience": THEM, "now": NOW}
    assert calls.open_reply(reply, "told", [OTHER], nonce=NONCE, **asked) == {"a": 1}  # type: ignore[arg-type]
    with pytest.raises(TraceError) as caught:
        calls.open_reply(reply, "told", [OTHER], nonce="m" * 22, **asked)  # type: ignore[arg-type]
    assert caught.value.code == "wrong-reply"


@given(
    st.dictionaries(
        st.sampled_from([*calls.ENVELOPE, "asked"]),
        st.none() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.lists(st.text()),
    )
)
def test_whatever_is_signed_is_taken_or_refused_with_a_code(body: dict[str, Any]) -> None:
    try:
        opened(trust.sign("trace", sealed().peek() | body, SEED))
    except TraceError as error:
        assert error.english()
