"""What an organisation's tables mean by their columns, so that the next table of the kind need not be explained."""

from sqlmodel import Field, SQLModel


class ColumnMeaning(SQLModel, table=True):
    """`title` as it stood in the header; `meaning` as in domain.intake, '' for a column that is left out."""

    __tablename__ = "column_meaning"

    organisation_id: int = Field(primary_key=True, foreign_key="organisation.id")
    target: str = Field(primary_key=True, max_length=10)
    title: str = Field(primary_key=True, max_length=200)
    meaning: str = Field(max_length=120)
