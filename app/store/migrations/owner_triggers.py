"""Triggers of migration 0010: that a thing's organisation and product are there, looked at once a statement.

PostgreSQL looks at a foreign key once a row, which was half of what a mint of many cost. Part of a released migration:
changed only by a later one.
"""

PARENTS = ("organisation", "product")

_ADDED = """CREATE FUNCTION thing_has_parents() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
PERFORM FROM organisation WHERE id IN (SELECT organisation_id FROM added) FOR KEY SHARE;
PERFORM FROM product WHERE id IN (SELECT product_id FROM added) FOR KEY SHARE;
IF EXISTS (SELECT FROM added
    LEFT JOIN organisation ON organisation.id = added.organisation_id
    LEFT JOIN product ON product.id = added.product_id
    WHERE organisation.id IS NULL OR (product.id IS NULL AND added.product_id IS NOT NULL))
THEN RAISE foreign_key_violation USING MESSAGE = 'a thing of no organisation, or of a product that is not there';
END IF;
RETURN NULL; END $$"""
_CHANGED = """CREATE FUNCTION thing_keeps_parents() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
PERFORM FROM organisation WHERE id = NEW.organisation_id FOR KEY SHARE;
IF NOT FOUND THEN RAISE foreign_key_violation USING MESSAGE = 'a thing of no organisation'; END IF;
PERFORM FROM product WHERE id = NEW.product_id FOR KEY SHARE;
IF NOT FOUND AND NEW.product_id IS NOT NULL
THEN RAISE foreign_key_violation USING MESSAGE = 'a thing of a product that is not there'; END IF;
RETURN NULL; END $$"""
_LEFT = """CREATE FUNCTION {parent}_has_no_things() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF EXISTS (SELECT FROM thing WHERE {parent}_id = OLD.id)
THEN RAISE foreign_key_violation USING MESSAGE = 'there are things of this {parent}'; END IF;
RETURN NULL; END $$"""


def statements_up() -> list[str]:
    return [
        *(f"ALTER TABLE thing DROP CONSTRAINT thing_{parent}_id_fkey" for parent in PARENTS),
        _ADDED,
        """CREATE TRIGGER thing_added AFTER INSERT ON thing REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION thing_has_parents()""",
        _CHANGED,
        """CREATE TRIGGER thing_changed AFTER UPDATE OF organisation_id, product_id ON thing
        FOR EACH ROW EXECUTE FUNCTION thing_keeps_parents()""",
        *(_LEFT.format(parent=parent) for parent in PARENTS),
        *(
            f"""CREATE TRIGGER {parent}_left AFTER DELETE OR UPDATE OF id ON {parent}
            FOR EACH ROW EXECUTE FUNCTION {parent}_has_no_things()"""
            for parent in PARENTS
        ),
    ]


def statements_down() -> list[str]:
    return [
        *(f"DROP TRIGGER {parent}_left ON {parent}" for parent in PARENTS),
        *(f"DROP FUNCTION {parent}_has_no_things()" for parent in PARENTS),
        "DROP TRIGGER thing_changed ON thing",
        "DROP FUNCTION thing_keeps_parents()",
        "DROP TRIGGER thing_added ON thing",
        "DROP FUNCTION thing_has_parents()",
        *(
            f"ALTER TABLE thing ADD CONSTRAINT thing_{parent}_id_fkey"
            f" FOREIGN KEY ({parent}_id) REFERENCES {parent} (id)"
            for parent in PARENTS
        ),
    ]
