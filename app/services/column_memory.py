"""What the columns of a table probably mean: what this company said of such columns before, else what titles say."""

from collections.abc import Sequence

from sqlmodel import Session

from app.domain import intake
from app.domain.intake import VALUE
from app.domain.people import Actor
from app.services import filling
from app.services.template_views import Version
from app.store import columns, masterdata

LONGEST_TITLE = 200
COMMON_TYPES = ("URL", "EMAIL", "DESC", "NAME")


def version_of(session: Session, actor: Actor, target: str, product: str) -> Version | None:
    """The template whose fields columns can be."""
    if target != "items" or not product:
        return None
    return filling.of_product(session, masterdata.product_by_epc(session, actor.organisation_id, product))


def guessed(
    session: Session, actor: Actor, target: str, header: Sequence[str], version: Version | None
) -> list[str]:
    fields = {field.name: (field.title_zh, field.title_en) for field in version.fields} if version else {}
    found = intake.guessed(target, header, fields)
    titles = [title[:LONGEST_TITLE] for title in header]
    said = columns.meanings(session, actor.organisation_id, target, titles)
    for place, title in enumerate(titles):
        meaning = said.get(title)
        of_field = target == "items" and bool(meaning) and str(meaning).startswith(VALUE)
        if meaning is None or (of_field and str(meaning).removeprefix(VALUE) not in fields):
            continue
        found[place] = meaning
    return found


def remember(
    session: Session, actor: Actor, target: str, header: Sequence[str], mapping: Sequence[str]
) -> None:
    pairs = zip(header, mapping, strict=True)
    columns.remember(
        session,
        actor.organisation_id,
        target,
        {title[:LONGEST_TITLE]: meaning for title, meaning in pairs if title},
    )


def offered(
    target: str, title: str, version: Version | None, chosen: str, language: str
) -> list[tuple[str, str, str]]:
    """(meaning, what people read, and whether that is 'msgid' or 'text') of all that a column can be."""
    found = [(meaning, name, "msgid") for meaning, name in intake.FIELDS[target].items()]
    if target == "items":
        fields = version.fields if version else ()
        found += [(f"{VALUE}{field.name}", field.title(language) or field.name, "text") for field in fields]
        return found
    types = [
        intake.type_of(title),
        *COMMON_TYPES,
        chosen.removeprefix(VALUE) if chosen.startswith(VALUE) else "",
    ]
    return [*found, *((f"{VALUE}{type_}", type_, "text") for type_ in dict.fromkeys(types) if type_)]
