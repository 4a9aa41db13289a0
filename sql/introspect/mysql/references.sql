-- One row per column of every foreign key within the database: child, constraint, column, parent,
-- its column.
SELECT
    table_name,
    constraint_name,
    column_name,
    referenced_table_name,
    referenced_column_name
FROM information_schema.key_column_usage
WHERE table_schema = database()
    AND referenced_table_schema = database()
ORDER BY table_name, constraint_name, ordinal_position
