"""Versions of EPCIS and CBV: what the client allows in GS1-EPCIS-… and GS1-CBV-…, and what we can do.

We answer in EPCIS and CBV 2.0 alone; capturing also takes 1.2. Corrections (2.0.1) are the version they correct.
"""

import re

from werkzeug.datastructures import Headers

from app.errors import N_, TraceError

CURRENT, OLDEST_TAKEN = "2.0.0", "1.2.0"
_VERSION = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:\.[0-9]{1,3})?")
_NEWEST, _OLDEST = (2, 0), (1, 2)
Pair = tuple[int, int]


class NotAcceptable(TraceError):
    http_status = 406


def check(headers: Headers, *, taking: bool) -> None:
    """NotAcceptable when no version of ours is one that the client allows; `taking` where it sends events."""
    oldest = _OLDEST if taking else _NEWEST
    for of in ("EPCIS", "CBV"):
        asked = {name: headers.get(f"GS1-{of}-{name}", "").strip() for name in ("Version", "Min", "Max")}
        said = {name: _pair(f"GS1-{of}-{name}", text) for name, text in asked.items() if text}
        low = max(said.get("Min", oldest), said.get("Version", oldest))
        high = min(said.get("Max", _NEWEST), said.get("Version", _NEWEST))
        if low > high or low > _NEWEST or high < oldest:
            raise NotAcceptable(
                "version-not-offered",
                N_("Version {asked} of {standard} is not spoken here."),
                N_("Ask for {oldest} to {newest}, or leave the header out."),
                asked=" – ".join(asked[name] for name in said),
                standard=of,
                oldest=OLDEST_TAKEN if taking else CURRENT,
                newest=CURRENT,
            )


def headers_of(*, taking: bool) -> dict[str, str]:
    """What OPTIONS says of them."""
    oldest = OLDEST_TAKEN if taking else CURRENT
    made: dict[str, str] = {}
    for of in ("EPCIS", "CBV"):
        made |= {f"GS1-{of}-Version": CURRENT, f"GS1-{of}-Min": oldest, f"GS1-{of}-Max": CURRENT}
    return made


def _pair(header: str, text: str) -> Pair:
    found = _VERSION.fullmatch(text)
    if found is None:
        raise NotAcceptable(
            "bad-version",
            N_("{header} is '{asked}', which is no version."),
            N_("Write it like 2.0.0."),
            header=header,
            asked=text[:40],
        )
    return int(found[1]), int(found[2] or 0)
