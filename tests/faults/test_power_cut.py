"""The power goes while people scan: what was answered is recorded, and what is sent again is recorded once."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Lock

from app.services import authenticating, certifying, verifying
from app.store import log
from app.store.database import engine_for, reading, writing
from tests.support.server import Server
from tests.support.world import World

CLIENTS, PIECES, BEFORE_THE_CUT = 4, 30, 40


class Scanner:
    """Sends one scan for each piece over HTTP, and remembers what was answered."""

    def __init__(self, port: int, key: str, world: World, on_answer: Callable[[], None]) -> None:
        self.port, self.key, self.world, self.on_answer = port, key, world, on_answer
        self.answers: dict[str, tuple[int, bool]] = {}

    def send_all(self, epcs: list[str]) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            for epc in epcs:
                self._send(connection, epc)
        except (OSError, HTTPException):
            pass  # the cut
        finally:
            connection.close()

    def _send(self, connection: HTTPConnection, epc: str) -> None:
        body = {
            "nonce": f"nonce-{epc[-16:]}",
            "step": "move",
            "place": self.world.at["store"],
            "code": epc,
            "event_time": (self.world.now + timedelta(minutes=1)).isoformat(),
        }
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        connection.request("POST", "/api/v1/scans", json.dumps(body), headers)
        answer = connection.getresponse()
        verdict = json.loads(answer.read())
        assert answer.status == 200, verdict
        self.answers[epc] = (verdict["seq"], verdict["repeated"])
        self.on_answer()


def test_what_was_answered_before_a_power_cut_is_recorded_and_the_rest_once_when_sent_again(
    migrated_file: Path, tmp_path: Path, now: datetime, start_server: Callable[..., Server]
) -> None:
    shutil.copyfile(migrated_file, tmp_path / "suyuan.db")
    engine = engine_for(f"sqlite:///{tmp_path / 'suyuan.db'}")
    world = World(engine, now)
    epcs = world.mint("module", CLIENTS * PIECES, activate_at=world.at["plant"])
    with writing(engine) as session:
        key = authenticating.create_key(session, world.ana, "scanner", now)
    server = start_server(folder=tmp_path, workers=2)
    enough, count, lock = Event(), [0], Lock()

    def counted() -> None:
        with lock:
            count[0] += 1
        if count[0] >= BEFORE_THE_CUT:
            enough.set()

    scanners = [Scanner(server.port, key, world, counted) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        work = [
            pool.submit(scanner.send_all, epcs[number::CLIENTS]) for number, scanner in enumerate(scanners)
        ]
        assert enough.wait(60)
        server.kill()
        for each in work:
            each.result(60)
    answered = {epc: seq for scanner in scanners for epc, (seq, _) in scanner.answers.items()}
    assert BEFORE_THE_CUT <= len(answered) < len(epcs)

    server.start()
    again = Scanner(server.port, key, world, lambda: None)
    again.send_all(epcs)
    assert len(again.answers) == len(epcs)
    assert all(again.answers[epc] == (seq, True) for epc, seq in answered.items())

    origin = certifying.origin_of(server.base_url)
    with writing(engine) as session:
        certifying.checkpoint(session, tmp_path / "keys", origin, datetime.now(UTC))
    with reading(engine) as session:
        report = verifying.verify_log(session, certifying.verifier_key(tmp_path / "keys", origin))
        bodies = [log.entry_of(session, seq).body for seq in range(report.size)]
    engine.dispose()
    assert report.sound, report.faults
    for epc in epcs:
        moved = [body for body in bodies if f'"{epc}"' in body and '"suyuan:step":"move"' in body]
        assert len(moved) == 1
