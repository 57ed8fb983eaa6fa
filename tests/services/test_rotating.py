"""A node changes its key: the next one is drawn once, takes the present one's place whole, and nothing is forgotten."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.trust import public_key_of
from app.errors import Refused
from app.services import certifying, rotating

NOW = datetime(2026, 5, 20, 8, 30, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


def test_the_next_key_is_drawn_once_and_signs_nothing_yet(keys: Path) -> None:
    present = certifying.signing_key(keys)
    assert rotating.next_key(keys) is None
    seed = rotating.next_seed(keys)
    assert rotating.next_seed(keys) == seed
    assert rotating.next_key(keys) == public_key_of(seed)
    assert certifying.signing_key(keys) == present
    assert stat.S_IMODE((keys / rotating.NEXT_FILE).stat().st_mode) == 0o600


def test_a_swap_puts_it_in_place_and_remembers_the_old_one(keys: Path) -> None:
    first = public_key_of(certifying.signing_key(keys))
    seed = rotating.next_seed(keys)
    assert rotating.swap(keys, NOW) == public_key_of(seed)
    assert certifying.signing_key(keys) == seed
    assert rotating.next_key(keys) is None
    assert rotating.former(keys) == [rotating.Former(first, NOW)]
    rotating.next_seed(keys)
    third = rotating.swap(keys, NOW + timedelta(days=1))
    assert rotating.own_keys(keys) == (third, public_key_of(seed), first)


def test_without_a_next_key_nothing_is_changed(keys: Path) -> None:
    present = certifying.signing_key(keys)
    with pytest.raises(Refused) as caught:
        rotating.swap(keys, NOW)
    assert caught.value.code == "no-next-key"
    assert certifying.signing_key(keys) == present
    assert rotating.former(keys) == []


def test_a_power_cut_in_the_middle_loses_no_key(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    present = certifying.signing_key(keys)
    seed = rotating.next_seed(keys)
    replace = Path.replace

    def cut(source: Path, target: Path) -> Path:
        if target.name == certifying.KEY_FILE:
            raise OSError("power")
        return replace(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut)
        with pytest.raises(OSError, match="power"):
            rotating.swap(keys, NOW)
    assert certifying.signing_key(keys) == present
    assert rotating.own_keys(keys) == (public_key_of(present),)
    assert rotating.swap(keys, NOW) == public_key_of(seed)
    assert rotating.own_keys(keys) == (public_key_of(seed), public_key_of(present))


@pytest.mark.parametrize("content", [b"", b"{}", b"[5]", b'[{"jwk":{},"left":""}]', b"\xff"])
def test_a_file_of_former_keys_that_was_changed_by_hand_is_told(keys: Path, content: bytes) -> None:
    certifying.signing_key(keys)
    (keys / rotating.FORMER_FILE).write_bytes(content)
    if content == b"{}":
        assert rotating.former(keys) == []
        return
    with pytest.raises(Refused) as caught:
        rotating.former(keys)
    assert caught.value.code == "bad-key-file"
