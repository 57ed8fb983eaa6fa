"""Filing upward: every level has what lies below it, once and whole, whatever happens on the way."""

import threading

import orjson
import pytest

from app import rounds_of_filing
from app.domain import calls, filings, subjects
from app.domain.messages import Ask, Told
from app.errors import PeerFailed, TraceError
from app.rounds import Turn
from app.services import filing_push
from app.store import filing as rows
from app.store.tables import Application, ApplicationDocument, FilingSource, FilingStream, Membership
from tests.support.simfiling import CELLS, Country, item, push
from tests.support.simnet import SimNet

APPLICANT = subjects.subject(
    {
        "name_zh": "汽车节点", "nature": "enterprise", "id_type": "registration", "id_number": "HRB 1",
        "industry": "C36", "region": "420100", "address": "武汉", "legal_name": "王", "contact_name": "李",
        "contact_phone": "+86 27 1234567", "contact_email": "a@b.example", "contact_id_type": "resident",
        "contact_id_number": "11010519491231002x", "naming": "compliant",
    }
)  # fmt: skip


@pytest.fixture
def country(net: SimNet) -> Country:
    made = Country(net)
    made.join("cells", CELLS)
    return made


def body(row: object) -> dict[str, object]:
    return orjson.loads(row.body)  # type: ignore[attr-defined, no-any-return]


def test_what_an_enterprise_minted_is_known_at_its_national_node_and_its_sum_at_the_root(
    country: Country,
) -> None:
    world = country.world("cells")
    for _ in range(3):
        world.piece()
    country.file(everything=True)
    things = country.told("beijing", "T9")
    assert len(things) >= 3
    assert all(
        zone == CELLS and body(row)["maker_en"] == "Ana Batteries" for (zone, _), row in things.items()
    )
    figures = country.told("beijing", "T8")[CELLS, f"2026-05-20 {CELLS}"]
    assert body(figures)["new"] == body(figures)["total"] == len(things)
    assert not country.told("root", "T9"), "things stay in the country"
    told = body(country.told("root", "SUM")["88", "2026-05-20"])
    assert (told["nodes"], told["enterprises"]) == (3, 3), (
        "three companies have prefixes at the one enterprise node"
    )
    assert told["identifiers"] == len(things)
    assert told["by_industry"] == {"C38": {"enterprises": 3, "identifiers": len(things), "requests": 0}}
    assert list(told["by_region"]) == ["420000"]  # type: ignore[call-overload]


def test_the_root_knows_who_runs_each_node_above_the_enterprises(country: Country) -> None:
    country.file(everything=True)
    assert {zone for zone, _ in country.told("root", "T1")} == {"88", "88.118"}
    assert {zone for zone, _ in country.told("root", "T2")} == {"88", "88.118"}
    for row in country.told("root", "T1").values():
        assert set(body(row)) <= {"prefix", "name_zh", "name_en", "industry", "region"}
    (enterprise,) = country.told("beijing", "T6").values()
    assert (body(enterprise)["prefix"], body(enterprise)["name_zh"]) == (CELLS, "cells公司")


def test_who_applied_with_which_data_is_told_in_the_country_and_not_beyond(country: Country) -> None:
    """T1: what the operator of a second-level node told of itself when it applied."""
    with country.net["auto"].writing() as session:
        mine = session.get_one(Membership, "88.118")
        mine.subject = APPLICANT | {"legal_id_number": "11010519491231002X", "name_en": "Before"}
        session.add(mine)
    country.file(everything=True)
    told = body(country.told("beijing", "T1")["88.118", "88.118"])
    assert told["legal_id_number"] == "11010519491231002X"
    assert told["name_en"] == "Auto", "what the node above has stated since counts"
    assert set(told) >= {"contact_id_number", "backup_place", "naming", "licence", "run_by"}
    (at_root,) = [body(row) for (zone, _), row in country.told("root", "T1").items() if zone == "88.118"]
    assert set(at_root) == {"prefix", "name_zh", "name_en", "industry", "region"}


def test_an_enterprise_is_told_with_how_its_identity_was_verified_and_what_proves_it(
    country: Country,
) -> None:
    now = country.net.clock()
    with country.net["auto"].writing() as session:
        given = Application(
            kind="join", state="approved", zone=CELLS, subject=dict(APPLICANT), keys=[], endpoints=[],
            verification="registry", reviewer_name="Rui", record_time=now, decided_time=now,
        )  # fmt: skip
        session.add(given)
        session.flush()
        paper = ApplicationDocument(
            application_id=given.id, kind="licence", name="l.pdf", media_type="application/pdf", digest="d" * 64,
            content=b"%PDF-", record_time=now,
        )  # fmt: skip
        session.add(paper)
    country.file(everything=True)
    (told,) = [body(row) for row in country.told("beijing", "T6").values()]
    assert told["subject"] == dict(APPLICANT)
    assert (told["verification"], told["reviewer"], told["verified"]) == ("registry", "Rui", now.isoformat())
    assert told["documents"] == [{"kind": "licence", "name": "l.pdf", "sha256": "d" * 64}]
    assert not country.told("root", "T6")


def test_nothing_that_did_not_change_is_filed_again(country: Country) -> None:
    country.world("cells").piece()
    country.file(everything=True)
    before = {name: len(country.line(name)) for name in ("cells", "auto", "beijing")}
    sent = len(country.net.wire.asked("auto", "filings"))
    country.net.clock.pass_by(minutes=1)
    country.file(everything=True)
    assert {name: len(country.line(name)) for name in before} == before
    assert len(country.net.wire.asked("auto", "filings")) == sent + 1, "one call, to say that nothing is new"


def test_after_a_day_of_the_parent_down_nothing_is_missing_and_nothing_is_twice(country: Country) -> None:
    world = country.world("cells")
    world.piece()
    country.file("cells", everything=True)
    country.net.wire.down("auto")
    for _ in range(24):
        country.net.clock.pass_by(hours=1)
        world.now = country.net.clock()
        world.piece()
        with pytest.raises(PeerFailed, match="auto"):
            country.file("cells", everything=True)
    with country.net["cells"].reading() as session:
        (target,) = rows.targets(session)
    assert target.error_code == "peer-unreachable"
    country.net.wire.up("auto")
    country.file("cells")
    assert country.has_all("auto", "cells")
    country.file("auto")
    assert country.has_all("beijing", "auto")
    days = {key[:10] for _, key in country.told("beijing", "T8")}
    assert days == {"2026-05-19", "2026-05-20", "2026-05-21"}


@pytest.mark.parametrize("which", ["question", "answer"])
def test_a_call_that_was_lost_on_the_way_is_made_good_whichever_way_it_was(
    country: Country, which: str
) -> None:
    country.world("cells").piece()
    wire = country.net.wire

    def loses(ask: Ask, honest: object) -> object:
        if which == "answer":
            honest(ask)  # type: ignore[operator]
        raise PeerFailed("peer-too-slow", "lost")

    wire.lie("auto", loses)  # type: ignore[arg-type]
    with pytest.raises(PeerFailed):
        country.file("cells", everything=True)
    wire.lie("auto", None)
    country.file("cells")
    assert country.has_all("auto", "cells")


def test_a_long_line_goes_up_in_many_calls_and_goes_on_where_it_broke_off(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filings, "MOST_ITEMS", 3)
    world = country.world("cells")
    world.mint("module", 20)
    monkeypatch.setattr(rounds_of_filing, "MOST_PUSHES", 2)
    country.file("cells", everything=True)
    with country.net["auto"].reading() as session:
        (source,) = rows.sources(session)
    assert (source.seq, source.newest) == (6, len(country.line("cells")))
    monkeypatch.setattr(rounds_of_filing, "MOST_PUSHES", 100)
    country.file("cells")
    assert country.has_all("auto", "cells")


def test_a_parent_that_lost_its_filings_is_told_all_of_them_again(country: Country) -> None:
    country.world("cells").piece()
    country.file("cells", everything=True)
    with country.net["auto"].writing() as session:
        for row in rows.sources(session):
            session.delete(row)
        for row in rows.rows_below(session, ""):
            session.delete(row)
    country.file("cells")
    assert country.has_all("auto", "cells")


def test_a_node_restored_from_an_older_copy_begins_a_new_line_and_the_old_one_is_forgotten(
    country: Country,
) -> None:
    world = country.world("cells")
    world.piece()
    country.file("cells", everything=True)
    with country.net["cells"].writing() as session:
        for change in rows.changes(session, 2, 1_000):
            session.delete(change)
        line = session.get_one(FilingStream, 1)
        old, line.seq = line.stream, 2
        session.add(line)
        session.merge(rows.targets(session)[0]).seq = 2
    country.file("cells", everything=True)
    country.file("cells", everything=True)
    assert country.has_all("auto", "cells")
    with country.net["auto"].reading() as session:
        told = {row.stream for row in rows.rows_below(session, "")}
        ended = session.get_one(FilingSource, (CELLS, old))
    assert old not in told
    assert ended.newest == -1
    assert len(country.told("auto", "T8")) == 2, "yesterday and today"


def test_a_node_that_is_suspended_files_nothing_and_goes_on_when_it_is_let_in_again(country: Country) -> None:
    country.world("cells").piece()
    country.state("auto", "cells", state="suspended")
    with pytest.raises(PeerFailed, match="not-below-us"):
        country.file("cells", everything=True)
    assert not country.told("auto", "T9")
    country.state("auto", "cells")
    country.file("cells")
    assert country.has_all("auto", "cells")


def test_a_node_cannot_file_for_its_neighbour(country: Country) -> None:
    for zone in ("88.118.3003", "88.118", "", "88.118.10011"):
        assert push(country, "cells", [item(zone=zone)]) == (400, "foreign-filing")
    assert not country.told("auto", "T11")


@pytest.mark.parametrize(
    "changes",
    [
        {"seq": 2}, {"seq": True}, {"set": "T12"}, {"op": 4}, {"op": "1"}, {"key": ""}, {"key": "\x00"}, {"key": "k" * 301},
        {"stream": "A" * 32}, {"stream": 7}, {"body": "[]"}, {"body": "no"}, {"body": '{"a":' * 3_000}, {"body": None},
        {"body": '{"a":"' + "x" * filings.MOST_BODY + '"}'}, {"time": "yesterday"}, {"time": "2026-05-20"},
        {"set": "T8", "body": '{"new":-1,"total":1,"requests":1,"successes":1}'},
        {"set": "T8", "body": '{"new":1e99,"total":1,"requests":1,"successes":1}'},
        {"set": "SUM", "body": '{"nodes":1,"enterprises":1,"identifiers":1,"requests":1,"successes":1}'},
        {"zone": "88.118.1001 "},
    ],
    ids=str,
)  # fmt: skip
def test_a_filing_that_is_none_is_refused_whole(country: Country, changes: dict[str, object]) -> None:
    good = item()
    bad = item(seq=2) | changes if "seq" not in changes else item(**changes)
    items = [good, bad] if "seq" not in changes else [bad]
    status, code = push(country, "cells", items)
    assert (status, code) in {(400, "bad-filing"), (400, "bad-zone"), (400, "foreign-filing")}
    assert not country.told("auto", "T11")


def test_a_call_is_heard_once_and_only_from_who_holds_the_zone(country: Country) -> None:
    assert push(country, "cells", [item()])[0] == 200
    assert push(country, "cells", [item()]) == (409, "replayed-call")
    country.join("thief", "88.118.6666")
    country.net["thief"].settings.keys_dir.mkdir(exist_ok=True)
    country.net["thief"].again(zone=CELLS)
    assert push(country, "thief", [item()])[0] == 422
    country.net["thief"].again(zone="88.118.7777")
    assert push(country, "thief", [item(zone="88.118.7777")]) == (404, "not-below-us")


@pytest.mark.parametrize("have", [-1, "5", None, True, 10**9])
def test_a_parent_that_lies_about_what_it_has_harms_nobody_else(country: Country, have: object) -> None:
    country.world("cells").piece()
    auto = country.net["auto"]

    def lies(ask: Ask, _honest: object) -> object:
        asked = orjson.loads(ask.body)
        peeked = calls.Signed.from_wire(asked).peek()
        told = calls.seal(
            filing_push.REPLY, {"have": have}, seed=auto.seed, sender="88.118", audience=CELLS,
            nonce=peeked["nonce"], now=auto.now(),
        )  # fmt: skip
        return _told(told.wire)

    country.net.wire.lie("auto", lies)  # type: ignore[arg-type]
    try:
        country.file("cells", everything=True)
    except TraceError as error:
        assert error.code in {"bad-statement", "filing-stuck"}
    country.net.wire.lie("auto", None)
    country.file("cells", everything=True)
    country.file("cells", everything=True)
    assert country.has_all("auto", "cells")


def _told(wire: dict[str, str]) -> Told:
    return Told(200, orjson.dumps(wire))


def test_a_forged_reply_is_not_believed(country: Country) -> None:
    country.world("cells").piece()

    def forges(ask: Ask, _honest: object) -> object:
        peeked = calls.Signed.from_wire(orjson.loads(ask.body)).peek()
        told = calls.seal(
            filing_push.REPLY, {"have": peeked["newest"]}, seed=b"x" * 32, sender="88.118", audience=CELLS,
            nonce=peeked["nonce"], now=country.net.clock(),
        )  # fmt: skip
        return _told(told.wire)

    country.net.wire.lie("auto", forges)  # type: ignore[arg-type]
    with pytest.raises(TraceError, match="key"):
        country.file("cells", everything=True)
    country.net.wire.lie("auto", None)
    country.file("cells")
    assert country.has_all("auto", "cells")


def test_figures_of_a_day_are_told_when_it_is_over_in_beijing_and_sums_every_hour(country: Country) -> None:
    world = country.world("cells")
    world.piece()
    country.file("cells")  # 16:30 in Beijing: of the day before, since nothing was told yet
    assert {key[:10] for _, key in country.told("auto", "T8")} == {"2026-05-19"}
    country.net.clock.pass_by(hours=4)
    country.file("cells")
    assert {key[:10] for _, key in country.told("auto", "T8")} == {"2026-05-19"}
    assert {key for _, key in country.told("auto", "SUM")} == {"2026-05-19", "2026-05-20"}
    country.net.clock.pass_by(hours=24)
    country.file("cells")
    told = {key[:10]: orjson.loads(row.body) for (_, key), row in country.told("auto", "T8").items()}
    assert told["2026-05-20"]["new"] >= 1


def test_two_processes_that_gather_at_once_make_one_line_without_a_gap(country: Country) -> None:
    world = country.world("cells")
    for _ in range(5):
        world.piece()
    turns = [country.turn("cells") for _ in range(3)]
    threads = [
        threading.Thread(target=rounds_of_filing.gather, args=(turn,), kwargs={"everything": True})
        for turn in turns
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line = country.line("cells")
    assert [change.seq for change in line] == list(range(1, len(line) + 1))
    assert len({(change.dataset, change.key) for change in line}) == len(line)


def test_a_node_outside_the_network_files_nothing(net: SimNet) -> None:
    alone = net.node("alone", roles=("enterprise",))
    turn = Turn(alone.settings, alone.engine, alone.now(), alone.fetch)
    rounds_of_filing.file(turn)
    with alone.reading() as session:
        assert rows.peek_stream(session) is None
