"""Pages of lists: how many the client wants, where it goes on, and the address of what follows."""

from datetime import timedelta

from flask import Response, request

from app.domain.epcis import time_text
from app.errors import N_, Malformed
from app.web import edge
from app.web.api.epcis import addresses

PER_PAGE, TOKEN = "perPage", "nextPageToken"
USUAL, MOST = 30, 1_000
TOKENS_LAST = timedelta(days=1)  # at least: they name the last row seen, and are kept nowhere


class BadPage(Malformed):
    exception = "QueryParameterException"


def asked() -> tuple[int, str]:
    """How many, and the token of the page ('' for the first); more than a page may have are as many as it may."""
    text = request.args.get(PER_PAGE, str(USUAL))
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
        raise BadPage(
            "bad-per-page",
            N_("{parameter} is '{asked}'; it must be a whole number above zero."),
            N_("Leave it out for {usual} at a time."),
            parameter=PER_PAGE,
            asked=text[:40],
            usual=USUAL,
        )
    return min(int(text), MOST), request.args.get(TOKEN, "")


def with_next(response: Response, token: str) -> Response:
    """Says where it goes on, if it does: no Link is the last page."""
    if token:
        response.headers["Link"] = f'<{addresses.here_with({TOKEN: token})}>; rel="next"'
        response.headers["GS1-Next-Page-Token-Expires"] = time_text(edge.now() + TOKENS_LAST)
    return response


def token_of(number: int | None) -> str:
    """For lists that go on from a number."""
    return "" if number is None else f"n{number}"


def number_in(token: str) -> int | None:
    if not token:
        return None
    digits = token.removeprefix("n")
    if token.startswith("n") and digits.isascii() and digits.isdecimal() and len(digits) < 19:
        return int(digits)
    raise bad_token()


def bad_token() -> BadPage:
    return BadPage(
        "bad-page-token",
        N_("This is no token of a page of this query."),
        N_("Follow the link of the page before, with the same parameters."),
    )
