"""The rows of each data set as this node knows them now, and which sets are its to tell.

What is kept and pushed of them is in `filing`, figures in `filing_figures`, sums in `filing_sums`.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from sqlmodel import Session

from app.domain import filings, zones
from app.domain.filings import Body, Filer, Rows
from app.services.filing_figures import figures_by_prefix, figures_of_node, measurements
from app.services.filing_sums import sums
from app.store import filing_facts as facts
from app.store.tables import FaultEvent


def days_of(first: date, last: date) -> list[date]:
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


# --- who and where ---


def own_subject(session: Session, me: Filer) -> Rows:
    """What we told of ourselves when we applied, and what the node above has stated of it since, which counts."""
    stated = facts.own_statement(session, me.zone)
    mine = facts.membership(session, me.zone)
    told = (mine.subject if mine else None) or {}
    return {me.zone: {"prefix": me.zone, **told, **stated["subject"]}} if stated else {}


def own_addresses(session: Session, me: Filer) -> Rows:
    stated = facts.own_statement(session, me.zone)
    return {me.zone: {"prefix": me.zone, "endpoints": stated["endpoints"]}} if stated else {}


def subjects_below(session: Session, _me: Filer) -> Rows:
    below = facts.delegations(session)
    told = facts.reviewed(session, [row.zone for row in below])
    return {
        row.zone: {
            "prefix": row.zone, "name_zh": row.name_zh, "name_en": row.name_en, "industry": row.industry,
            "region": row.region, "state": row.state, **_reviewed(told.get(row.zone)),
        }
        for row in below
    }  # fmt: skip


def _reviewed(found: facts.Reviewed | None) -> Body:
    """The organisation data, how its identity was verified, by whom and when, and what proves it. The documents stay
    here; the node above may ask for one by its SHA-256."""
    if found is None:
        return {"subject": {}}
    return {
        "subject": found.subject, "verification": found.verification, "reviewer": found.reviewer,
        "verified": found.decided.isoformat() if found.decided else "",
        "documents": [{"kind": kind, "name": name, "sha256": digest} for kind, name, digest in found.documents],
    }  # fmt: skip


def addresses_below(session: Session, _me: Filer) -> Rows:
    return {
        row.zone: {"prefix": row.zone, "state": row.state, "endpoints": row.endpoints}
        for row in facts.delegations(session)
    }


# --- templates, applications, things ---


def templates(session: Session, _me: Filer) -> Rows:
    return {
        f"{epc.removeprefix('hdl:')} {version.version}": {
            "id": epc.removeprefix("hdl:"), "version": version.version, "name_zh": version.name_zh,
            "name_en": version.name_en, "industry": version.industry, "active_carrier": False, "in_use": in_use,
            "fields": version.fields,
        }
        for epc, version, in_use in facts.templates(session)
    }  # fmt: skip


def applications(session: Session, me: Filer) -> Rows:
    """The one that every node runs: itself."""
    return {
        me.base_url: {
            "name": "Suyuan 溯源", "type": "网页", "introduction": "标识注册、打印、扫描与追溯",
            "users": facts.people(session), "address": me.base_url,
        }
    }  # fmt: skip


def thing(named: facts.Named) -> tuple[str, Body]:
    """A row of T9: (key, body)."""
    return named.epc.removeprefix("hdl:"), {
        "level": named.level, "template": named.template.removeprefix("hdl:"),
        "template_version": named.template_version if named.template else None,
        "product": named.product.removeprefix("hdl:"), "part_number": named.part_number,
        "maker_zh": named.maker_zh, "maker_en": named.maker_en, "created": named.time.isoformat(),
        "produced_on": named.produced_on.isoformat() if named.produced_on else "",
        "expires_on": named.expires_on.isoformat() if named.expires_on else "",
    }  # fmt: skip


def fault(event: FaultEvent) -> Body:
    return {
        "number": event.number, "kind": event.kind, "related": event.related, "zone": event.zone,
        "cause": event.cause, "class": event.fault_class, "planned": event.planned,
        "time": event.event_time.isoformat(),
    }  # fmt: skip


BRANCH = 2  # labels in the zone of an industry's or a region's node
OfNow = Callable[[Session, Filer], Rows]
OfDays = Callable[[Session, Filer, Iterable[date]], Rows]
# data set -> its rows as they are, for sets that tell what there is (a row that is gone is withdrawn)
STANDING: dict[str, OfNow] = {
    "T1": own_subject, "T2": own_addresses, "T4": templates, "T5": applications, "T6": subjects_below,
    "T7": addresses_below, "T10": applications, "T11": templates,
}  # fmt: skip
# data set -> its rows of some days, for sets whose keys begin with the day
DAILY: dict[str, OfDays] = {
    "T3": figures_of_node, "T8": figures_by_prefix, "MON": measurements, "SUM": sums,
}  # fmt: skip


def sets_of(me: Filer) -> list[str]:
    """The sets that this node is the author of. One that hands out zones tells of itself and of the enterprises right
    below it; one that names things tells of what it names."""
    found = ["MON", "EVT", "SUM"]
    if me.delegates:
        found += ["T1", "T2", "T3"] + (["T6", "T7"] if zones.depth(me.zone) == BRANCH else [])
    if me.mints:
        found += ["T8", "T9"] + (["T10", "T11"] if not me.delegates else ["T4", "T5"])
    return [name for name in filings.DATA_SETS if name in found]
