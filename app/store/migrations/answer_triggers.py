"""Triggers of migration 0003: whatever changes what an identifier resolves to says so, whoever wrote it.

On SQLite they count in the one row of `answer_change`, on PostgreSQL they notify. Part of a released migration: changed
only by a later one.
"""

CHANNEL = "suyuan_answers"
# Tables whose rows answers are made of.
WHOLE = (
    *("record", "organisation", "product", "site", "attributes", "template", "template_version"),
    *("alias", "declared_alias", "link"),
)
# Of a thing what it is, not where it is: scans move things all day. Of an allotment not how much of it is used.
COLUMNS = {
    "thing": (
        *(
            "epc",
            "level",
            "organisation_id",
            "product_id",
            "lot",
            "serial",
            "unit",
            "produced_on",
            "expires_on",
        ),
        *("lifecycle", "attributes_id"),
    ),
    "allotment": ("prefix", "organisation_id", "state", "admins"),
}
# A new thing is no change, since that something is missing is never remembered, and a million of them come at once.
ADDED = (*WHOLE, "allotment")
_ROW = "INSERT INTO answer_change (id, number) VALUES (1, 0)"
_FUNCTION = f"""CREATE FUNCTION tell_answers() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('{CHANNEL}', ''); RETURN NULL; END $$"""


def statements_up(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [_ROW, *(_sqlite(table, verb) for table, verb in _watched())]
    return [_ROW, _FUNCTION, *(_postgresql(table, verb) for table, verb in _watched())]


def statements_down(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [f"DROP TRIGGER {table}_tells_{verb}" for table, verb in _watched()]
    drops = [f"DROP TRIGGER {table}_tells_{verb} ON {table}" for table, verb in _watched()]
    return [*drops, "DROP FUNCTION tell_answers()"]


def _watched() -> list[tuple[str, str]]:
    tables = (*WHOLE, *COLUMNS)
    return [
        (table, verb) for table in tables for verb in ("insert", "update", "delete") if _is_news(table, verb)
    ]


def _is_news(table: str, verb: str) -> bool:
    return verb != "insert" or table in ADDED


def _sqlite(table: str, verb: str) -> str:
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in COLUMNS.get(table, ()))
    when = f"WHEN {changed}" if changed and verb == "update" else ""
    return f"""CREATE TRIGGER {table}_tells_{verb} AFTER {verb} ON {table} {when}
BEGIN UPDATE answer_change SET number = number + 1; END"""


def _postgresql(table: str, verb: str) -> str:
    changed = " OR ".join(
        f"OLD.{column}::text IS DISTINCT FROM NEW.{column}::text" for column in COLUMNS.get(table, ())
    )
    each = f"ROW WHEN ({changed})" if changed and verb == "update" else "STATEMENT"
    verbs = "DELETE OR TRUNCATE" if verb == "delete" else verb
    return f"""CREATE TRIGGER {table}_tells_{verb} AFTER {verbs} ON {table}
FOR EACH {each} EXECUTE FUNCTION tell_answers()"""
