"""Two companies sign under each other's logs, and whoever changes his own afterwards is found out."""

import shutil

import orjson
import pytest
from sqlalchemy import text

from app.domain import calls, checkpoints, cosignatures, trust
from app.domain.messages import Ask, Fetch, Told
from app.services import certifying, cosigning, offering, rotating
from app.services.cosigning import CLAIMED, DIVERGED
from tests.support import simliars
from tests.support.cosigners import CELLS, partners, record, standing, turn
from tests.support.simcountry import Country
from tests.support.simnet import SimNode

__all__ = ["partners"]  # a fixture


def test_partners_sign_under_each_others_newest_checkpoint(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    assert turn(cells) == ""
    found = standing(cells)
    assert found.signed is not None
    assert (found.signed.size, found.partner.trouble) == (3, "")
    assert found.signed.stated == cars.now().replace(microsecond=0)
    assert found.seen is None
    at_cars = standing(cars)
    assert at_cars.seen is not None
    assert (at_cars.seen.zone, at_cars.seen.size, at_cars.seen.fits) == (CELLS, 3, True)
    assert turn(cars) == ""
    assert standing(cells).seen is not None


def test_an_auditor_gets_the_checkpoint_with_the_partners_line_and_can_check_both(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    turn(cells)
    with cells.reading() as session:
        (newest,) = certifying.newest_checkpoints(session, 1)
        note = offering.note_with_cosignatures(session, newest.size, newest.note)
    origin = certifying.origin_of(cells.url)
    assert checkpoints.verify(note, certifying.verifier_key(cells.settings.keys_dir, origin)).size == 3
    line = note.removeprefix(newest.note)
    public = trust.public_key_of(cars.seed).raw
    assert cosignatures.verify(checkpoints.parse_note(note).text, line, public)


def test_a_growing_log_is_followed_with_proofs(partners: Country) -> None:
    cells = partners.net["cells"]
    for size in (3, 4, 9):
        record(cells, size - len_of(cells))
        partners.net.clock.pass_by(minutes=10)
        assert turn(cells) == ""
        found = standing(cells)
        assert found.signed is not None
        assert (found.signed.size, found.partner.trouble) == (size, "")
    assert [row.size for row in seen_at(partners.net["cars"])] == [3, 4, 9]


def len_of(node: SimNode) -> int:
    with node.reading() as session:
        return certifying.head(session)[0]


def seen_at(node: SimNode) -> list[checkpoints.Checkpoint]:
    with node.reading() as session:
        rows = session.connection().execute(
            text("SELECT origin, size, root FROM partner_checkpoint ORDER BY size")
        )
        return [checkpoints.Checkpoint(*row) for row in rows]


def copy_of(node: SimNode) -> None:
    """The database as it is now, kept beside it."""
    with node.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(node.settings.data_dir / "suyuan.db", node.settings.data_dir / "copy.db")


def back_to_copy(node: SimNode) -> None:
    node.close()
    for name in ("suyuan.db-wal", "suyuan.db-shm"):
        (node.settings.data_dir / name).unlink(missing_ok=True)
    shutil.copyfile(node.settings.data_dir / "copy.db", node.settings.data_dir / "suyuan.db")


def test_a_log_set_back_to_a_backup_is_told_that_entries_are_lost(partners: Country) -> None:
    cells = partners.net["cells"]
    turn(cells)
    copy_of(cells)
    record(cells, 2)
    turn(cells)
    back_to_copy(cells)
    assert turn(cells) == ""
    found = standing(cells)
    assert (found.partner.trouble, found.partner.told_size) == (DIVERGED, 5)
    record(cells, 2, "Other")
    turn(cells)
    assert standing(cells).partner.trouble == DIVERGED
    unfit = standing(partners.net["cars"]).unfit
    assert [(row.size, row.fits) for row in unfit] == [(5, False)]


def test_a_log_that_was_written_anew_and_grew_is_found_out_too(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    copy_of(cells)
    record(cells, 2)
    turn(cells)
    back_to_copy(cells)
    record(cells, 6, "Other")
    turn(cells)
    assert standing(cells).partner.trouble == DIVERGED
    assert standing(cells).signed is None
    (unfit,) = standing(cars).unfit
    assert unfit.size == 9
    own = certifying.verifier_key(cells.settings.keys_dir, certifying.origin_of(cells.url))
    assert checkpoints.verify(unfit.note, own).size == 9
    for _again in range(30):
        record(cells, 1, "More")
        turn(cells)
    assert len(standing(cars).unfit) <= 20
    assert standing(cars).seen is not None


def test_a_key_that_was_lost_and_replaced_does_not_let_the_log_be_changed(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    turn(cells)
    cells.loses_its_key()
    partners.net.clock.pass_by(minutes=6)
    assert turn(cells) == "partner-refused"
    partners.state(CELLS)
    partners.net.clock.pass_by(minutes=6)
    record(cells, 1)
    assert turn(cells) == ""
    found = standing(cells)
    assert found.signed is not None
    assert (found.signed.size, found.partner.trouble) == (4, "")
    assert standing(cars).unfit == []


def test_a_new_key_signs_the_old_head_for_the_partner(partners: Country) -> None:
    """Nothing was recorded since: the checkpoint that is kept has the former key's signature only."""
    cells = partners.net["cells"]
    turn(cells)
    keys = cells.settings.keys_dir
    rotating.next_seed(keys)
    new = rotating.swap(keys, cells.now())
    partners.state(CELLS, keys=[new.jwk])
    partners.net.clock.pass_by(minutes=10)
    assert turn(cells) == ""
    assert standing(cells).partner.trouble == ""


def test_a_stranger_gets_no_signature_and_nobody_is_asked_for_his_keys(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    with cars.writing() as session:
        cosigning.remove_partner(session, CELLS)
    before = len(partners.net.wire.sent)
    told = show(partners, cells, cars)
    assert told.status == 404
    assert orjson.loads(told.body)["code"] == "unknown-log-partner"
    assert len(partners.net.wire.sent) == before + 1
    assert turn(cells) == "partner-refused"
    assert seen_at(cars) == []


def show(country: Country, by: SimNode, to: SimNode, **changes: object) -> Told:
    """A call with a checkpoint by hand."""
    body = {"note": "x", "old": 0, "proof": []} | changes
    signed = calls.seal(
        cosigning.ASKING, body, seed=by.seed, sender=by.zone, audience=to.zone, nonce="n" * 22, now=by.now()
    )
    return post(country, to, orjson.dumps(signed.wire))


def post(country: Country, to: SimNode, content: bytes) -> Told:
    return country.net.fetch(Ask(f"{to.url}/api/network/checkpoints", "POST", (), content))


@pytest.mark.parametrize(
    "changes",
    [
        {"note": 5},
        {"note": ""},
        {"note": "x" * 70_000},
        {"old": -1},
        {"old": "0"},
        {"old": None},
        {"proof": "00"},
        {"proof": ["zz"]},
        {"proof": [5]},
        {"proof": ["00" * 32] * 64},
    ],
)
def test_what_is_no_checkpoint_is_refused_and_nothing_kept(
    partners: Country, changes: dict[str, object]
) -> None:
    told = show(partners, partners.net["cells"], partners.net["cars"], **changes)
    assert told.status in {400, 413, 422}
    assert seen_at(partners.net["cars"]) == []


def test_a_checkpoint_of_another_log_or_with_a_false_signature_is_refused(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    foreign = checkpoints.sign(checkpoints.body("evil/log", 7, bytes(32)), "evil/log", cars.seed)
    told = show(partners, cells, cars, note=foreign)
    assert orjson.loads(told.body)["code"] == "not-signed"
    own = checkpoints.sign(checkpoints.body("cells/log", 7, bytes(32)), "cells/log", cells.seed)
    told = show(partners, cells, cars, note=own.replace("\n7\n", "\n8\n"))
    assert orjson.loads(told.body)["code"] == "bad-signature"
    assert seen_at(cars) == []


def test_a_call_that_is_played_again_does_nothing(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]
    note = checkpoints.sign(checkpoints.body("cells/log", 7, bytes(32)), "cells/log", cells.seed)
    first = show(partners, cells, cars, note=note)
    assert first.status == 200
    again = show(partners, cells, cars, note=note)
    assert (again.status, orjson.loads(again.body)["code"]) == (409, "replayed-call")


def test_a_partner_that_is_down_heals_on_the_next_turn(partners: Country) -> None:
    cells = partners.net["cells"]
    partners.net.wire.down("cars")
    assert turn(cells) != ""
    assert standing(cells).partner.trouble == "peer-unreachable"
    partners.net.wire.up("cars")
    partners.net.clock.pass_by(minutes=10)
    assert turn(cells) == ""
    assert standing(cells).partner.trouble == ""


def test_a_partner_that_only_claims_that_our_log_was_changed_proves_nothing(partners: Country) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]

    def lie(reply: dict[str, object]) -> dict[str, object]:
        words = {"held": 900, "judged": "behind", "line": "", "note": "nothing"}
        return dict(trust.sign(cosigning.ANSWER, reply | words, cars.seed).wire)

    partners.net.wire.lie("cars", simliars.signs_anew(lie))
    turn(cells)
    found = standing(cells)
    assert (found.partner.trouble, found.partner.told_size) == (CLAIMED, 900)


@pytest.mark.parametrize(
    "words",
    [
        {"line": "rubbish"},
        {"line": 5},
        {"line": "— x " + "A" * 5_000 + "\n"},
        {"held": -1},
        {"held": 2**62},
        {"judged": "yes"},
        {"judged": "other-start", "held": 1},
        {"judged": "other-start", "held": 10**15},
    ],
)
def test_a_partners_nonsense_is_kept_as_trouble_and_as_no_signature(
    partners: Country, words: dict[str, object]
) -> None:
    cells, cars = partners.net["cells"], partners.net["cars"]

    def lie(reply: dict[str, object]) -> dict[str, object]:
        return dict(trust.sign(cosigning.ANSWER, reply | words, cars.seed).wire)

    partners.net.wire.lie("cars", simliars.signs_anew(lie))
    turn(cells)
    assert standing(cells).signed is None
    assert len(partners.net.wire.asked("cars", "checkpoints")) <= 2


def test_another_nodes_signature_is_not_taken_for_the_partners(partners: Country) -> None:
    cells, cars, auto = (partners.net[name] for name in ("cells", "cars", "auto"))

    def lie(ask: Ask, honestly: Fetch) -> Told:
        reply = trust.Signed.from_wire(orjson.loads(honestly(ask).body)).peek()
        body = checkpoints.body(certifying.origin_of(cells.url), 3, bytes(32))
        line = cosignatures.line(body, "x/log", auto.seed, cars.now())
        wire = trust.sign(cosigning.ANSWER, reply | {"line": line}, cars.seed).wire
        return Told(200, orjson.dumps(wire))

    partners.net.wire.lie("cars", lie)
    turn(cells)
    assert standing(cells).signed is None
    assert standing(cells).partner.trouble == "bad-signature"
