"""How much may be captured at once, and how long an address may be; announced before anybody meets them."""

from flask import request

CAPTURE_BYTES = 32 * 1024 * 1024
EVENT_BYTES = 1_000_000  # as services.preparing has it
CAPTURE_EVENTS = 20_000
LONGEST_ADDRESS = 8_192  # characters; longer queries are named ones
EVENTS_HEADER, BYTES_HEADER = "GS1-EPCIS-Capture-Limit", "GS1-EPCIS-Capture-File-Size-Limit"


def headers() -> dict[str, str]:
    """Of the path that is asked."""
    one = request.path.rstrip("/").endswith("/events")
    return {EVENTS_HEADER: "1" if one else str(CAPTURE_EVENTS), BYTES_HEADER: str(bytes_taken())}


def bytes_taken() -> int:
    return EVENT_BYTES if request.path.rstrip("/").endswith("/events") else CAPTURE_BYTES
