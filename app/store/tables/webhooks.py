"""Messages to other systems: what is to be delivered where, how often that was tried, and what became of it."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from app.store.partial import index_where
from app.store.types import BigId, UtcDateTime


class WebhookMessage(SQLModel, table=True):
    """One POST to be made. `state` is waiting, sent or given-up; `due` when it is tried next; `sealed` the token it is
    signed with, sealed by the node's own key. Without its body once it is sent."""

    __tablename__ = "webhook_message"
    __table_args__ = (
        index_where("ix_webhook_waiting", "organisation_id", "url", "due", where="state = 'waiting'"),
        index_where("ix_webhook_done", "done", where="state <> 'waiting'"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    source: str = Field(default="", max_length=100)
    url: str = Field(max_length=2000)
    headers: str = Field(default="{}", sa_type=Text)
    body: bytes
    size: int
    sealed: str = Field(default="", sa_type=Text)
    state: str = Field(default="waiting", max_length=10)
    tries: int = 0
    due: datetime = Field(sa_type=UtcDateTime)
    patient_until: datetime = Field(sa_type=UtcDateTime)
    status: int = 0
    trouble: str = Field(default="", max_length=60)
    record_time: datetime = Field(sa_type=UtcDateTime)
    done: datetime | None = Field(default=None, sa_type=UtcDateTime)
