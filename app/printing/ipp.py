"""Printing over IPP: straight to a printer that speaks it, or into a queue of CUPS. One job a chunk.

A printer's `completed` says that every sheet is stacked (RFC 8011 section 5.3.7); that of a CUPS queue says only that
its data was handed on, so that nothing sent through CUPS is ever called certain.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from app.domain.messages import Ask, Fetch
from app.domain.printers import CANCELLED, PRINTING, READY, WAITING, Chunk, Sent, Status, Target, web_address
from app.errors import TraceError
from app.printing import ipp_messages as ipp
from app.printing.ipp_messages import Answer, Given, Value

SECONDS = 4.0  # for a question
UPLOAD_SECONDS = 60.0
MOST_ANSWER = 500_000
POLL_SECONDS = 0.5
USER = "suyuan"
FORMATS = {
    "pdf": ("application/pdf",),
    "zpl": ("application/vnd.zebra-zpl", "application/vnd.zpl", "application/vnd.cups-raw"),
    "tspl": ("application/vnd.tspl", "application/vnd.cups-raw"),
    "epl": ("application/vnd.eltron-epl", "application/vnd.epl", "application/vnd.cups-raw"),
}
ANYTHING = "application/octet-stream"
SIGNS = {  # the beginning of a keyword of printer-state-reasons (RFC 8011 section 5.4.12)
    "media-empty": "out-of-paper",
    "media-needed": "out-of-paper",
    "marker-supply-empty": "out-of-ribbon",
    "toner-empty": "out-of-ribbon",
    "cover-open": "head-open",
    "door-open": "head-open",
    "media-jam": "jam",
    "paused": "paused",
    "moving-to-paused": "paused",
    "offline": "unreachable",
    "shutdown": "unreachable",
    "other-error": "printer-error",
}
IDLE, PROCESSING, STOPPED = 3, 4, 5
PENDING, HELD, DONE = 3, 4, 9
ENDED = frozenset({7, 8, DONE})  # canceled, aborted, completed
ASKED_OF_PRINTER = (
    "printer-state",
    "printer-state-reasons",
    "printer-make-and-model",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "document-format-supported",
    "print-scaling-supported",
    "cups-version",
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a printer said of itself."""

    status: Status
    formats: frozenset[str]
    scales: bool
    queue: bool  # of CUPS
    accepts: bool


def facts(fetch: Fetch, target: Target) -> Facts:
    """Raises TraceError for who cannot be reached, ValueError for who speaks no IPP or does not know the printer."""
    given: list[Given] = [(ipp.KEYWORD, "requested-attributes", list(ASKED_OF_PRINTER))]
    told = _asked(fetch, target, ipp.PRINTER_ATTRIBUTES, given)
    if told.status >= 0x100:
        raise ValueError(f"IPP status {told.status:#06x}")

    def one(name: str) -> Value | None:
        return told.first(ipp.PRINTER, name)

    reasons = [str(reason) for reason in told.all(ipp.PRINTER, "printer-state-reasons")]
    accepts = one("printer-is-accepting-jobs") is not False
    troubles = _troubles(reasons, one("printer-state") == STOPPED or not accepts)
    state = WAITING if troubles else PRINTING if one("printer-state") == PROCESSING else READY
    waiting = one("queued-job-count")
    return Facts(
        Status(
            state,
            troubles,
            str(one("printer-make-and-model") or "")[:60],
            waiting if isinstance(waiting, int) else None,
        ),
        frozenset(map(str, told.all(ipp.PRINTER, "document-format-supported"))),
        "none" in told.all(ipp.PRINTER, "print-scaling-supported"),
        one("cups-version") is not None,
        accepts,
    )


def _troubles(reasons: list[str], stopped: bool) -> tuple[str, ...]:
    """Warnings and reports are no troubles: a printer that is low on labels prints."""
    found = [
        code
        for reason in reasons
        for start, code in SIGNS.items()
        if reason.startswith(start) and not reason.endswith(("-warning", "-report"))
    ]
    return tuple(dict.fromkeys(found)) or (("stopped-queue",) if stopped else ())


def printed(
    fetch: Fetch,
    target: Target,
    known: Facts,
    chunks: Iterable[Chunk],
    cancelled: Callable[[], bool],
    patience: float,
) -> Iterator[Sent]:
    """One `Sent` a chunk. Never raises."""
    for index, chunk in enumerate(chunks):
        certain, uncertain, trouble = _printed(fetch, target, known, chunk, cancelled, patience)
        yield Sent(index, chunk.labels, certain, uncertain, trouble)
        if trouble:
            return


def _printed(
    fetch: Fetch, target: Target, known: Facts, chunk: Chunk, cancelled: Callable[[], bool], patience: float
) -> tuple[int, int, str]:
    """(certain, uncertain, trouble)."""
    media_type = _format(target.language, known.formats)
    if cancelled():
        return 0, 0, CANCELLED
    if not media_type or not known.accepts:
        return 0, 0, "refused-job"
    given: list[Given] = [
        (ipp.NAME, "job-name", [chunk.name[:100]]),
        (ipp.MEDIA_TYPE, "document-format", [media_type]),
    ]
    scaling: list[Given] = [(ipp.KEYWORD, "print-scaling", ["none"])]
    try:
        told = _asked(
            fetch,
            target,
            ipp.PRINT_JOB,
            given,
            scaling if known.scales and target.language == "pdf" else (),
            chunk.data,
        )
    except (TraceError, ValueError):
        return 0, chunk.labels, "broken-off"
    number = told.first(ipp.JOB, "job-id")
    if told.status >= 0x100 or not isinstance(number, int):
        return 0, 0, "refused-job"
    return _followed(fetch, target, known, chunk, number, cancelled, patience)


def _followed(
    fetch: Fetch,
    target: Target,
    known: Facts,
    chunk: Chunk,
    number: int,
    cancelled: Callable[[], bool],
    patience: float,
) -> tuple[int, int, str]:
    state, moved, pause = PENDING, time.monotonic(), threading.Event()
    while True:
        found = _job_state(fetch, target, number)
        if found is not None and found != state:
            state, moved = found, time.monotonic()
        if state == DONE:
            return (0, chunk.labels, "") if known.queue else (chunk.labels, 0, "")
        if state in ENDED:
            return 0, chunk.labels, "refused-job"
        late = time.monotonic() - moved > patience
        if late or cancelled():
            return _withdrawn(fetch, target, chunk, number, state, CANCELLED if not late else "")
        pause.wait(POLL_SECONDS)


def _withdrawn(
    fetch: Fetch, target: Target, chunk: Chunk, number: int, state: int, trouble: str
) -> tuple[int, int, str]:
    """The job is taken back. One that had not begun, and is gone, never printed anything."""
    if not trouble:
        trouble = _why(fetch, target)
    try:
        told = _asked(fetch, target, ipp.CANCEL_JOB, [(ipp.INTEGER, "job-id", [number])])
        gone = told.status < 0x100 and state in (PENDING, HELD)
    except (TraceError, ValueError):
        gone = False
    return 0, 0 if gone else chunk.labels, trouble


def _why(fetch: Fetch, target: Target) -> str:
    try:
        troubles = facts(fetch, target).status.troubles
    except (TraceError, ValueError):
        return "silent"
    return troubles[0] if troubles else "stuck"


def _job_state(fetch: Fetch, target: Target, number: int) -> int | None:
    given: list[Given] = [
        (ipp.INTEGER, "job-id", [number]),
        (ipp.KEYWORD, "requested-attributes", ["job-state"]),
    ]
    try:
        state = _asked(fetch, target, ipp.JOB_ATTRIBUTES, given).first(ipp.JOB, "job-state")
    except (TraceError, ValueError):
        return None
    return state if isinstance(state, int) else None


def _format(language: str, supported: frozenset[str]) -> str:
    """The most exact that the printer takes; '' where it takes nothing of the kind."""
    wanted = next((each for each in FORMATS.get(language, ()) if each in supported), "")
    if wanted or language != "pdf":
        return wanted or ANYTHING
    return "" if supported else FORMATS["pdf"][0]


def _asked(
    fetch: Fetch,
    target: Target,
    operation: int,
    given: list[Given],
    job: list[Given] | tuple[()] = (),
    document: bytes = b"",
) -> Answer:
    # RFC 8011 section 4.1.5: the target first; section 4.2: the user's name next.
    uri: Given = (ipp.URI, "printer-uri", [target.address])
    user: Given = (ipp.NAME, "requesting-user-name", [USER])
    body = ipp.request(operation, 1, [uri, *_target_first(given), user, *_others(given)], job)
    told = fetch(
        Ask(
            web_address(target.address),
            "POST",
            (("Content-Type", "application/ipp"), ("Accept", "application/ipp")),
            body + document,
            seconds=UPLOAD_SECONDS if document else SECONDS,
            most_bytes=MOST_ANSWER,
        )
    )
    if told.status != 200:
        raise ValueError(f"HTTP status {told.status}")
    return ipp.answer(told.body)


def _target_first(given: list[Given]) -> list[Given]:
    return [each for each in given if each[1] == "job-id"]


def _others(given: list[Given]) -> list[Given]:
    return [each for each in given if each[1] != "job-id"]
