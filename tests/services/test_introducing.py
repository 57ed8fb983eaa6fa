"""Words of introduction: whose keys have to be found first, which a liar could make last for ever."""

from collections.abc import Sequence

import pytest

from app.domain.trust import PublicKey, public_key_of, sign
from app.services import introducing
from app.services.introducing import INTRODUCTION, verified

SEED = b"i" * 32
THING = "hdl:88.118.2002/CELL-1"


def word(by: str) -> dict[str, str]:
    return sign(INTRODUCTION, {"from": by, "to": "88.118.5005", "things": [THING]}, SEED).wire


def test_a_zone_that_takes_its_time_does_not_hold_up_who_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen signers at five seconds each would keep a thread of the web process for more than a minute."""
    moment = [0.0]
    asked: list[str] = []
    monkeypatch.setattr(introducing.time, "monotonic", lambda: moment[0])

    def keys_of(zone: str) -> Sequence[PublicKey]:
        asked.append(zone)
        moment[0] += 0.0 if zone == "88.118.2002" else 1.5
        return [public_key_of(SEED)]

    words = [word("88.118.2002"), *(word(f"88.666.{number}") for number in range(16))]
    found = verified([*words, word("88.118.2002")], keys_of)
    assert asked == ["88.118.2002", "88.666.0", "88.666.1"]
    assert [each.by for each in found] == ["88.118.2002", "88.666.0", "88.666.1", "88.118.2002"]
