-- One row per table of the run that a load would take: store, table, its columns in order.
SELECT
    schema_name AS store,
    table_name AS "table",
    string_agg(column_name, chr(31) ORDER BY column_index) AS columns
FROM duckdb_columns()
JOIN (
    SELECT store AS schema_name, "table" AS table_name FROM meta."table"
) USING (schema_name, table_name)
WHERE database_name = current_database()
GROUP BY ALL
ORDER BY ALL;
