"""What the signatures in a record are worth once their certificates were looked up, or could not be."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.handles import Value, jws, load, public_json, text_value, trust
from app.errors import PeerFailed, Unknown
from app.services import handle_trust
from tests.support.certified import (
    HANDLE,
    NOW,
    ROOTS,
    SEED_88,
    SEED_118,
    SEED_1001,
    VALUES,
    certificates,
    changed,
)

LEVELS = ("88.118.1001", "88.118", "88")
ISSUERS = (SEED_118, SEED_88, b"\x01" * 32)


class Country:
    """The records of the prefixes, as look-ups find them; notes who was asked."""

    def __init__(self) -> None:
        self.records: dict[str, list[Value]] = {}
        self.asked: list[str] = []
        self.silent = ""
        for zone, each, seed in zip(LEVELS, certificates(), ISSUERS, strict=True):
            text = jws.sign(each.claims, seed)
            self.records[f"0.NA/{zone}"] = [text_value(1, "NAME", zone), text_value(400, "HS_CERT", text)]

    def __call__(self, handle: str) -> Sequence[Value]:
        self.asked.append(handle)
        if handle == self.silent:
            raise PeerFailed("peer-unreachable", "The node is silent.")
        if handle not in self.records:
            raise Unknown("unknown-identifier", "Nothing there.")
        return self.records[handle]


@pytest.fixture
def country() -> Country:
    return Country()


def signed(values: Sequence[Value] = VALUES) -> list[Value]:
    return load(trust.signed_array(public_json(values), HANDLE, LEVELS[0], SEED_1001, NOW))


def worth(country: Country, values: Sequence[Value], now: Any = NOW) -> tuple[str, str]:
    verdict = handle_trust.judge(HANDLE, values, ROOTS, now, country)
    return verdict.state, verdict.reason


def test_a_signed_record_is_verified_level_by_level(country: Country) -> None:
    assert worth(country, signed()) == ("verified", "")
    assert country.asked == [f"0.NA/{zone}" for zone in LEVELS]


def test_a_record_without_a_signature_is_unsigned_and_nobody_is_asked(country: Country) -> None:
    assert worth(country, VALUES) == ("unsigned", "not-signed")
    assert country.asked == []


def test_a_changed_value_is_forged_and_an_added_one_unsigned(country: Country) -> None:
    first, *rest = signed()
    evil = replace(first, data={"format": "string", "value": "https://evil.example"})
    assert worth(country, [evil, *rest]) == ("forged", "values-changed")
    assert worth(country, [first, text_value(9, "MORE", "x"), *rest]) == ("unsigned", "values-unsigned")


def test_a_value_that_is_not_shown_to_everybody_does_no_harm(country: Country) -> None:
    assert worth(country, signed()[1:]) == ("verified", "values-missing")


def test_a_silent_node_on_the_way_makes_it_unsigned_and_not_forged(country: Country) -> None:
    country.silent = "0.NA/88"
    assert worth(country, signed()) == ("unsigned", "peer-unreachable")
    del country.records["0.NA/88.118"]
    assert worth(country, signed()) == ("unsigned", "unknown-identifier")


def test_an_old_signature_has_expired(country: Country) -> None:
    assert worth(country, signed(), NOW + timedelta(days=2)) == ("expired", "no-longer-valid")


def test_another_zones_certificate_does_not_help(country: Country) -> None:
    country.records["0.NA/88.118.1001"] = country.records["0.NA/88.118"]
    assert worth(country, signed())[0] == "forged"
    country.records["0.NA/88.118.1001"] = [
        text_value(400, "HS_CERT", "rubbish"),
        text_value(401, "HS_CERT", "a.b.c"),
    ]
    assert worth(country, signed()) == ("forged", "broken-chain")


def test_certificates_that_name_one_another_for_ever_are_followed_to_an_end(country: Country) -> None:
    (first, _, _) = certificates()
    loop = changed(first, SEED_118, iss="300:0.NA/88.118.1001")
    country.records["0.NA/88.118.1001"] = [text_value(400, "HS_CERT", jws.sign(loop.claims, SEED_1001))]
    assert worth(country, signed())[0] == "forged"
    assert len(country.asked) <= 8


def test_the_good_one_of_several_signatures_counts_and_only_a_few_are_looked_at(country: Country) -> None:
    good = signed()
    rubbish = [text_value(500 + at, "HS_SIGNATURE", "rubbish") for at in range(50)]
    assert worth(country, [*rubbish[:2], *good]) == ("verified", "")
    assert worth(country, [*rubbish, *good]) == ("forged", "bad-jws")
