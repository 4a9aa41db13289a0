-- What .schema shows: one row per column of the tables whose schema-qualified name is like $like,
-- with the strategy by which it left production.
SELECT
    c.schema_name || '.' || c.table_name AS "table",
    c.column_name AS "column",
    c.data_type AS type,
    s.strategy,
    s.rule
FROM duckdb_columns() AS c
LEFT JOIN meta.strategy AS s
    ON s.store = c.schema_name AND s."table" = c.table_name AND s."column" = c.column_name
WHERE c.database_name = current_catalog() AND (c.schema_name || '.' || c.table_name) ILIKE $like
ORDER BY c.schema_name = 'meta', "table", c.column_index;
