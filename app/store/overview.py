"""What the start page needs: what was recorded last, what has been set up."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import Session, col

from app.store.tables import Entry, Operator, Product, Site, Thing


def newest_entries(session: Session, organisation_id: int, limit: int) -> Sequence[Entry]:
    query = select(Entry).where(col(Entry.organisation_id) == organisation_id)
    return session.execute(query.order_by(col(Entry.seq).desc()).limit(limit)).scalars().all()


def what_is_there(session: Session, organisation_id: int) -> dict[str, bool]:
    """Which parts of setting up are done."""
    mine = col(Thing.organisation_id) == organisation_id
    recorded = col(Entry.organisation_id) == organisation_id
    colleagues = select(col(Operator.id)).where(
        col(Operator.organisation_id) == organisation_id, col(Operator.active)
    )
    return {
        "sites": _any(session, exists().where(col(Site.organisation_id) == organisation_id)),
        "products": _any(session, exists().where(col(Product.organisation_id) == organisation_id)),
        "people": len(session.execute(colleagues.limit(2)).all()) > 1,
        "minted": _any(session, exists().where(mine, col(Thing.level).in_(("lot", "serial", "logistic")))),
        "scanned": _any(session, exists().where(recorded, col(Entry.step) != "mint")),
    }


def _any(session: Session, condition: ColumnElement[bool]) -> bool:
    return bool(session.execute(select(condition)).scalar_one())
