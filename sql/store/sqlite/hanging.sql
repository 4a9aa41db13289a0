-- One row, one number: rows whose parents are missing in one of the tables of $1, a JSON list. Only
-- tables that reference one of them are looked at.
SELECT count(*)
FROM sqlite_schema AS child, pragma_foreign_key_check(child.name) AS broken
WHERE child.type = 'table'
    AND EXISTS (
        SELECT 1
        FROM pragma_foreign_key_list(child.name) AS reference
        WHERE lower(reference."table") IN (SELECT lower(value) FROM json_each(?1))
    )
    AND lower(broken.parent) IN (SELECT lower(value) FROM json_each(?1));
