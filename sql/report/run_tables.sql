-- One row per table of a run: (store, table). What belongs to the program itself is left out.
SELECT schema_name, table_name
FROM duckdb_tables()
WHERE database_name = current_catalog() AND schema_name NOT IN ('meta', 'main')
ORDER BY schema_name, table_name;
