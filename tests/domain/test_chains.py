"""From the root's keys to an answer: what verifies, and every way in which a link can be false or too old."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import chains, trust
from app.domain.chains import SKEW, Verdict, open_answer, verify_chain
from app.domain.delegations import Delegation, Endpoint, time_text
from app.domain.trust import PublicKey, Signed
from app.errors import Refused

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)
LEVELS = ("", "88", "88.118", "88.118.1001")
SEEDS = {zone: bytes([at + 1]) * 32 for at, zone in enumerate(LEVELS)}
STRANGER = b"\x77" * 32
KEYS = {zone: trust.public_key_of(seed) for zone, seed in SEEDS.items()}
ROOT = (KEYS[""],)
HANDLE = "88.118.1001/7Q2K9XW4M3ABCDEF"


def stated(zone: str, issuer: str, *, seed: bytes | None = None, **changed: Any) -> Signed:
    delegation = Delegation(
        zone=zone,
        issuer=issuer,
        serial=3,
        keys=(KEYS.get(zone, KEYS["88"]),),
        endpoints=(Endpoint(url=f"https://n{zone.count('.')}.example"),),
        state="active",
        not_before=NOW - timedelta(days=30),
        not_after=NOW + timedelta(days=300),
        subject={},
    )
    return trust.sign("delegation", replace(delegation, **changed).body, seed or SEEDS[issuer])


def chain() -> list[Signed]:
    return [stated(zone, issuer) for issuer, zone in pairwise(LEVELS)]


def told(*, seed: bytes = SEEDS[LEVELS[-1]], kind: str = "answer", **changed: Any) -> Signed:
    body = {
        "outcome": "record",
        "handle": HANDLE,
        "zone": LEVELS[-1],
        "nonce": "n1",
        "issued": time_text(NOW),
        "expires": time_text(NOW + timedelta(seconds=300)),
        "ttl": 60,
        "values": [],
    }
    return trust.sign(kind, body | changed, seed)


def verdict(
    delegations: list[Signed] | None = None, answer: Signed | None = None, now: datetime = NOW, **more: Any
) -> tuple[str, str, str]:
    found = verify_chain(ROOT, chain() if delegations is None else delegations, answer or told(), now, **more)
    return found.state, found.reason, found.zone


def test_four_levels_verify_from_the_roots_key_down() -> None:
    found = verify_chain(ROOT, chain(), told(), NOW, nonce="n1")
    assert (found.state, found.reason, found.zone) == ("verified", "", "88.118.1001")
    assert found.verified
    assert found.keys == (KEYS["88.118.1001"],)
    assert found.body is not None
    assert found.body["handle"] == HANDLE


def test_a_chain_proves_a_zone_without_an_answer() -> None:
    assert verify_chain(ROOT, chain(), None, NOW) == Verdict(
        "verified", "", "88.118.1001", (KEYS["88.118.1001"],)
    )


def test_a_statement_of_the_root_itself_needs_no_delegation() -> None:
    assert verdict([], told(seed=SEEDS[""], zone=""))[0] == "verified"


def test_levels_may_be_left_out_and_never_be_turned() -> None:
    direct = [stated("88.118.1001", "", seed=SEEDS[""])]
    assert verdict(direct)[0] == "verified"
    assert verdict(chain()[::-1])[0] == "forged"


def test_without_the_roots_keys_nothing_is_verified() -> None:
    found = verify_chain((), chain(), told(), NOW)
    assert (found.state, found.reason) == ("unsigned", "no-root-keys")


def test_another_roots_keys_make_it_forged() -> None:
    found = verify_chain((KEYS["88"],), chain(), told(), NOW)
    assert (found.state, found.reason, found.zone) == ("forged", "unknown-key", "")


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_link_signed_by_a_stranger_is_forged(at: int) -> None:
    links = chain()
    links[at] = stated(LEVELS[at + 1], LEVELS[at], seed=STRANGER)
    assert verdict(links) == ("forged", "unknown-key", LEVELS[at])
    links[at] = replace(links[at], key_id=KEYS[LEVELS[at]].key_id)
    assert verdict(links) == ("forged", "bad-signature", LEVELS[at])


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_link_left_out_breaks_the_chain(at: int) -> None:
    links = chain()
    del links[at]
    assert verdict(links)[0] == "forged"


def test_a_node_cannot_state_its_neighbour_its_parent_or_itself() -> None:
    links = chain()[:2]
    for zone in ("88.119.1001", "88.11", "88", "88.118", "99.1", "88.1180.1"):
        assert verdict([*links, stated(zone, "88.118")])[:2] == ("forged", "foreign-zone"), zone


def test_a_parent_cannot_speak_in_the_name_of_another_issuer() -> None:
    links = chain()
    links[1] = stated("88.118", "88.1", seed=SEEDS["88"])
    assert verdict(links) == ("forged", "foreign-zone", "88")


def test_an_answer_is_no_delegation_and_a_delegation_no_answer() -> None:
    links = chain()
    body = links[2].peek()
    assert verdict([*links[:2], trust.sign("answer", body, SEEDS["88.118"])])[:2] == ("forged", "wrong-kind")
    assert verdict(answer=told(kind="delegation"))[:2] == ("forged", "wrong-kind")


def test_a_delegation_is_over_when_its_time_is() -> None:
    links = chain()
    links[1] = stated("88.118", "88", not_after=NOW - timedelta(days=1))
    assert verdict(links) == ("expired", "no-longer-valid", "88")
    links[1] = stated("88.118", "88", not_before=NOW + timedelta(days=1))
    assert verdict(links) == ("expired", "not-yet-valid", "88")


def test_clocks_may_differ_by_five_minutes_and_no_more() -> None:
    near, far = SKEW - timedelta(seconds=1), SKEW + timedelta(minutes=5)
    for change, word in ((near, "verified"), (far, "expired")):
        links = chain()
        links[2] = stated(LEVELS[3], LEVELS[2], not_before=NOW + change)
        assert verdict(links)[0] == word
        links[2] = stated(LEVELS[3], LEVELS[2], not_after=NOW - change)
        assert verdict(links)[0] == word


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_ten_minutes_off_does_no_harm_to_an_answer_made_for_this_question(minutes: int) -> None:
    issued = NOW + timedelta(minutes=minutes)
    off = told(issued=time_text(issued), expires=time_text(issued + timedelta(seconds=60)))
    assert verdict(answer=off, nonce="n1")[0] == "verified"
    assert verdict(answer=off)[0] == "expired"


def test_an_old_answer_is_no_answer_to_a_new_question() -> None:
    assert verdict(nonce="n2")[:2] == ("forged", "wrong-answer")
    old = told(issued=time_text(NOW - timedelta(days=2)), expires=time_text(NOW - timedelta(days=1)))
    assert verdict(answer=old)[:2] == ("expired", "no-longer-valid")
    assert verdict(answer=old, nonce="n1")[:2] == ("expired", "no-longer-valid")


@pytest.mark.parametrize(
    ("issued", "expires"),
    [
        (None, time_text(NOW)),
        (time_text(NOW), None),
        ("", ""),
        (time_text(NOW), time_text(NOW + timedelta(days=3))),
        (time_text(NOW), time_text(NOW - timedelta(seconds=1))),
        (1, 2),
    ],
)
def test_an_answer_for_ever_or_without_times_counts_for_nothing(issued: Any, expires: Any) -> None:
    assert verdict(answer=told(issued=issued, expires=expires))[0] == "expired"


@pytest.mark.parametrize("zone", ["88.118", "88", "", "88.118.1002", None, 5, ["88.118.1001"]])
def test_a_node_answers_for_its_own_zone_only(zone: Any) -> None:
    assert verdict(answer=told(zone=zone))[:2] == ("forged", "foreign-zone")


@pytest.mark.parametrize(
    "handle", ["88.118.1002/X", "88.118.10011/X", "88.118/X", "0.NA/88.118", "", None, 5]
)
def test_a_node_answers_of_handles_in_its_own_zone_only(handle: Any) -> None:
    assert verdict(answer=told(handle=handle))[:2] == ("forged", "foreign-zone")


def test_an_answer_about_another_handle_is_not_taken_for_this_ones() -> None:
    keys = [KEYS[LEVELS[-1]]]
    assert open_answer(told(), LEVELS[-1], keys, NOW, handle=HANDLE.lower())["handle"] == HANDLE
    with pytest.raises(Refused) as caught:
        open_answer(told(), LEVELS[-1], keys, NOW, handle="88.118.1001/OTHER")
    assert caught.value.code == "wrong-answer"


@pytest.mark.parametrize("state", ["suspended", "left"])
def test_a_revoked_zone_and_all_below_it_are_no_longer_in_force(state: str) -> None:
    links = chain()
    links[1] = stated("88.118", "88", state=state, serial=4)
    assert verdict(links) == ("expired", f"zone-{state}", "88")


def test_an_old_statement_does_not_come_back_after_a_newer_one_was_seen() -> None:
    assert verdict(floors={"88.118": 4}) == ("expired", "superseded", "88")
    assert verdict(floors={"88.118": 3, "88.118.1001": 2})[0] == "verified"


def test_during_a_rotation_both_keys_count_and_after_it_the_new_one_only() -> None:
    new = trust.public_key_of(STRANGER)
    links = chain()
    old_key = KEYS[LEVELS[-1]]
    links[2] = stated(LEVELS[3], LEVELS[2], keys=(new, old_key), serial=4)
    assert verdict(links, told())[0] == "verified"
    assert verdict(links, told(seed=STRANGER))[0] == "verified"
    links[2] = stated(LEVELS[3], LEVELS[2], keys=(new,), serial=5)
    assert verdict(links, told())[:2] == ("forged", "unknown-key")
    assert verdict(links, told(seed=STRANGER))[0] == "verified"


def test_a_replaced_key_counts_until_the_moment_its_parent_named() -> None:
    new, old = trust.public_key_of(STRANGER), KEYS[LEVELS[-1]]
    links = chain()
    for left, word in ((timedelta(minutes=1), "verified"), (timedelta(minutes=-1), "forged")):
        links[2] = stated(LEVELS[3], LEVELS[2], keys=(new, old), retiring={old.key_id: NOW + left})
        assert verdict(links, told())[0] == word
        assert verdict(links, told(seed=STRANGER))[0] == "verified"


def test_a_zone_all_of_whose_keys_are_retired_is_not_taken_for_one_that_never_signs() -> None:
    old = KEYS[LEVELS[-1]]
    links = chain()
    links[2] = stated(LEVELS[3], LEVELS[2], retiring={old.key_id: NOW - timedelta(days=1)})
    assert verdict(links, told())[:2] == ("forged", "unknown-key")


def test_a_zone_without_keys_is_unsigned_and_so_is_what_it_says_of_others() -> None:
    links = chain()
    links[2] = stated(LEVELS[3], LEVELS[2], keys=())
    assert verdict(links)[:2] == ("unsigned", "not-signed")
    links = [links[0], stated("88.118", "88", keys=()), stated(LEVELS[3], LEVELS[2])]
    assert verdict(links) == ("unsigned", "not-signed", "88.118")


def test_an_answer_whose_signature_was_taken_away_is_forged_where_the_parent_names_keys() -> None:
    keys: tuple[PublicKey, ...] = (KEYS["88"],)
    assert chains.without_signature("88", keys).reason == "signature-missing"
    assert chains.without_signature("88", keys).state == "forged"
    assert chains.without_signature("88", ()).state == "unsigned"


def test_there_is_an_end_to_the_length_of_a_chain() -> None:
    assert verdict(chain() * 4)[:2] == ("forged", "chain-too-long")


@given(st.integers(0, 2), st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_any_link_can_be_changed(at: int, where: int, flip: int) -> None:
    links = chain()
    payload = bytearray(links[at].payload)
    payload[where % len(payload)] ^= flip
    links[at] = replace(links[at], payload=bytes(payload))
    assert verdict(links)[0] == "forged"
