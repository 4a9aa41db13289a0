-- One row per column of every table of the run and of the raw extract, with its table, in order.
SELECT DISTINCT ON (schema_name, table_name, column_name)
    schema_name,
    table_name,
    column_name,
    data_type
FROM duckdb_columns()
WHERE database_name IN ('run', 'staging')
ORDER BY schema_name = 'meta', schema_name, table_name, database_name, column_index;
