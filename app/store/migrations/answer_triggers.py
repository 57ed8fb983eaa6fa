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
# A new piece is no change: that one is missing is never remembered, and a million of them come at once.
CONDITIONS = {("thing", "insert"): "NEW.level <> 'serial'"}
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
    return [(table, verb) for table in (*WHOLE, *COLUMNS) for verb in ("insert", "update", "delete")]


def _condition(table: str, verb: str, differs: str) -> str:
    if verb == "update":
        return " OR ".join(differs.format(column=column) for column in COLUMNS.get(table, ()))
    return CONDITIONS.get((table, verb), "")


def _sqlite(table: str, verb: str) -> str:
    condition = _condition(table, verb, "OLD.{column} IS NOT NEW.{column}")
    when = f"WHEN {condition}" if condition else ""
    return f"""CREATE TRIGGER {table}_tells_{verb} AFTER {verb} ON {table} {when}
BEGIN UPDATE answer_change SET number = number + 1; END"""


def _postgresql(table: str, verb: str) -> str:
    condition = _condition(table, verb, "OLD.{column}::text IS DISTINCT FROM NEW.{column}::text")
    each = f"ROW WHEN ({condition})" if condition else "STATEMENT"
    verbs = "DELETE OR TRUNCATE" if verb == "delete" else verb
    return f"""CREATE TRIGGER {table}_tells_{verb} AFTER {verbs} ON {table}
FOR EACH {each} EXECUTE FUNCTION tell_answers()"""
