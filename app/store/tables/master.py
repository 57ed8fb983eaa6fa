"""Master data: companies, their places and their products. Typed in by people, not derived from the log."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.store.types import BigId, KeyText, UtcDateTime


class Organisation(SQLModel, table=True):
    """A company. `gs1_prefix` is its GS1 company prefix, '' when it has none. `sharing` is 'neighbours'
    (one step up and down, the default) or 'chain' (whoever holds a link of an item's chain). One that is `elsewhere`
    is a partner with a node of its own: it has a row here so that things can be sent to it and come from it."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    prefix: str = Field(unique=True, max_length=64)
    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    sharing: str = Field(default="neighbours", max_length=16)
    gs1_prefix: str = Field(default="", max_length=12)
    runs_node: bool = False
    elsewhere: bool = False
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)

    def name(self, language: str) -> str:
        return (self.name_zh if language.startswith("zh") else self.name_en) or self.name_zh or self.name_en


class Site(SQLModel, table=True):
    """A place with an identifier and a label of its own. `thing_id` is its minted identity."""

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    epc: str = Field(unique=True, sa_type=KeyText)
    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    address: str = Field(default="", max_length=500)
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)

    def name(self, language: str) -> str:
        return (self.name_zh if language.startswith("zh") else self.name_en) or self.name_zh or self.name_en


class Product(SQLModel, table=True):
    """A part number. `tracing` is 'lot' or 'serial'; `unit` a UN/ECE Rec 20 code (KGM kilogram, H87 piece),
    `conversions` how many of it one of each further unit is ("BX = 12")."""

    __table_args__ = (UniqueConstraint("organisation_id", "part_number"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    epc: str = Field(unique=True, sa_type=KeyText)
    part_number: str = Field(max_length=100)
    name_zh: str = Field(max_length=200)
    name_en: str = Field(max_length=200)
    unit: str = Field(default="H87", max_length=3)
    tracing: str = Field(default="serial", max_length=8)
    shelf_life_days: int | None = None
    public: bool = True
    template_id: int | None = Field(default=None, sa_type=BigId)
    pattern: str = Field(default="", max_length=200)
    conversions: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})
    active: bool = True
    record_time: datetime = Field(sa_type=UtcDateTime)

    def name(self, language: str) -> str:
        return (self.name_zh if language.startswith("zh") else self.name_en) or self.name_zh or self.name_en
