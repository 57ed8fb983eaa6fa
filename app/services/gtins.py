"""The GTIN of a product: another name of it, under which its lots and serials are found, too."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from app.domain import gs1
from app.domain.identifiers import DIGITAL_LINK, Key
from app.domain.people import Actor
from app.errors import N_, Conflict, Malformed
from app.services import auditing
from app.store import links as rows
from app.store import masterdata
from app.store.tables import DeclaredAlias, Product

KIND = "gs1"


def of(session: Session, products: Iterable[Product]) -> dict[int, str]:
    """Product id -> GTIN in 14 digits, for those that have one."""
    wanted = {product.epc: product.id or 0 for product in products}
    return {wanted[epc]: gtin for epc, gtin in rows.gtins(session, wanted).items()}


def checked(text: str) -> str:
    """14 digits, or '' for none; GTIN-8, -12 and -13 are filled up with zeros. Malformed names the field."""
    digits = "".join(text.split())
    if not digits:
        return ""
    try:
        return gs1.check_gtin(digits)
    except Malformed as error:
        error.values["field"] = "gtin"
        raise


def assign(session: Session, actor: Actor, product: Product, text: str, now: datetime) -> str:
    """Gives the product this GTIN in place of the one it had, '' for none. Conflict where it is another's."""
    actor.require("master")
    gtin = checked(text)
    before = of(session, [product]).get(product.id or 0, "")
    if gtin == before:
        return gtin
    if gtin:
        _require_free(session, actor, gtin)
    if before:
        session.delete(session.get_one(DeclaredAlias, _name(before)))
        session.flush()
    if gtin:
        session.add(
            DeclaredAlias(
                name=_name(gtin),
                epc=product.epc,
                kind=KIND,
                organisation_id=product.organisation_id,
                operator_id=actor.operator_id,
                record_time=now,
            )
        )
        session.flush()
    auditing.record(
        session, actor, "product-changed", now, subject=product.part_number, detail=f"GTIN {gtin or '-'}"
    )
    return gtin


def _require_free(session: Session, actor: Actor, gtin: str) -> None:
    """A GTIN names one product on the node, and begins (after its indicator digit) with no other company's prefix."""
    others = masterdata.other_gs1_prefixes(session, actor.organisation_id)
    if rows.thing_named(session, _name(gtin)) or any(gtin[1:].startswith(prefix) for prefix in others):
        raise Conflict(
            "gtin-taken",
            N_("The GTIN {gtin} belongs to another product."),
            N_("Check the number."),
            gtin=gtin,
            field="gtin",
        )


def _name(gtin: str) -> str:
    return DIGITAL_LINK + Key("gtin", gtin).path
