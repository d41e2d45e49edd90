"""References between a school's rows, checked by the database once a statement.

A foreign key of PostgreSQL is checked row by row, with a lock on each row pointed at: a tenth of the time
of a first import. These triggers check the rows of a statement together, and say more: what a row
points at is in the same school. Two writers cannot slip between each other, for one act at a time holds
the school.
"""


def reference_sql(child: str, column: str, parent: str) -> str:
    """Give the SQL that makes a column point at a row of the same school, or at none.

    Args:
        child (str): the table that points.
        column (str): its column.
        parent (str): the table pointed at.

    Returns:
        str: statements for a migration; the forms of later days are other functions.
    """
    name = f"{child}_{column}"
    return f"""
CREATE FUNCTION check_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM new_rows n WHERE n.{column} IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM {parent} p WHERE p.id = n.{column} AND p.uai = n.uai)) THEN
        RAISE foreign_key_violation USING MESSAGE = '{child}.{column} points at no row of {parent} in its school';
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION keep_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM old_rows o JOIN {child} c ON c.uai = o.uai AND c.{column} = o.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a row of {parent} is still pointed at by {child}.{column}';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER refer_{column}_added AFTER INSERT ON {child} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_{name}();
CREATE TRIGGER refer_{column}_changed AFTER UPDATE ON {child} REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION check_{name}();
CREATE TRIGGER keep_{name} AFTER DELETE ON {parent} REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_{name}();
"""  # noqa: S608 - names of our own


def unreference_sql(child: str, column: str, parent: str) -> str:
    """Give the reverse of `reference_sql`.

    Args:
        child (str): the table that points.
        column (str): its column.
        parent (str): the table pointed at.

    Returns:
        str: statements for the way back.
    """
    name = f"{child}_{column}"
    return (
        f"DROP TRIGGER keep_{name} ON {parent}; DROP TRIGGER refer_{column}_changed ON {child};"
        f"DROP TRIGGER refer_{column}_added ON {child};"
        f"DROP FUNCTION keep_{name}(); DROP FUNCTION check_{name}();"
    )
