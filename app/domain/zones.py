"""Zones: the part of the naming tree that a node answers for, written as the prefix at its top ("" is the root)."""

import re
import unicodedata

from app.errors import N_, Malformed

ROOT = ""
LONGEST = 64
MOST_LABELS = 8
_LABEL = re.compile(r"[0-9A-Z]{1,32}")
_NAMING = "0.NA/"


def zone(text: str) -> str:
    """In canonical form: ASCII capitals, '' for the root. Malformed `bad-zone` for what cannot be one."""
    tidy = unicodedata.normalize("NFKC", text).strip().replace("。", ".").upper()
    if tidy in {"", "."}:
        return ROOT
    parts = tidy.split(".")
    if (
        len(tidy) > LONGEST
        or len(parts) > MOST_LABELS
        or not all(_LABEL.fullmatch(part) and part.isascii() for part in parts)
    ):
        raise Malformed(
            "bad-zone",
            N_("'{zone}' is not a prefix that a node can answer for."),
            N_("Write letters and digits between dots, for example 88.118.1001."),
            zone=tidy[:LONGEST],
            field="zone",
        )
    return tidy


def labels(zone: str) -> tuple[str, ...]:
    """From the top down; none for the root."""
    return tuple(zone.split(".")) if zone else ()


def depth(zone: str) -> int:
    return zone.count(".") + 1 if zone else 0


def parent(zone: str) -> str | None:
    """The zone one label above; None for the root, which has none."""
    return zone.rpartition(".")[0] if zone else None


def covers(zone: str, prefix: str) -> bool:
    """Whether `prefix` is the zone itself or lies below it. 88.11 does not cover its neighbour 88.118."""
    return not zone or prefix == zone or prefix.startswith(f"{zone}.")


def strictly_closer(zone: str, child: str, prefix: str) -> bool:
    """Whether a referral from `zone` to `child` leads nearer to `prefix`: below the one and above or at the other."""
    return child != zone and covers(zone, child) and covers(child, prefix)


def is_child(zone: str, child: str) -> bool:
    """Whether `child` lies exactly one label below: what a node may delegate."""
    return bool(child) and parent(child) == zone


def lineage(prefix: str) -> tuple[str, ...]:
    """The zones that cover a prefix, the closest first, the root last."""
    parts = labels(prefix)
    return tuple(".".join(parts[:count]) for count in range(len(parts), -1, -1))


def asked_for(handle: str) -> str:
    """The prefix a handle is about: its own, or the one that `0.NA/88.118.1001` names. In capitals."""
    folded = handle.upper()
    return folded[len(_NAMING) :] if folded.startswith(_NAMING) else folded.partition("/")[0]
