"""Asking the nodes below, every minute, whether they answer: several at a time, each for three seconds at most."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from app.domain.messages import Ask
from app.errors import PeerFailed, Refused
from app.rounds import Turn
from app.services import standing_in
from app.store import database

MOST = 500  # addresses in one turn, those not asked for longest
AT_ONCE = 16
SECONDS = 3.0
MOST_ANSWER = 200_000


def probe(turn: Turn) -> None:
    with database.reading(turn.engine) as session:
        places = standing_in.due(session, MOST)
    if not places:
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda place: _answers(turn, *place), places))
    with database.writing(turn.engine) as session:
        if len(places) < MOST:
            standing_in.forget_others(session, places)
        for (zone, endpoint), well in zip(places, answers, strict=True):
            standing_in.noted(session, zone, endpoint, turn.now, well=well)


def _answers(turn: Turn, zone: str, endpoint: str) -> bool:
    """Whether it answers for its own zone at all; what it says is of no matter here."""
    url = f"{endpoint.rstrip('/')}/api/network/answers/{quote(f'0.NA/{zone}')}"
    try:
        return turn.fetch(Ask(url, seconds=SECONDS, most_bytes=MOST_ANSWER)).status == 200
    except (PeerFailed, Refused):
        return False
