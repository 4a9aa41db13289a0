-- The tables a rule may read, as lower-case `schema.table`: those of the run file and no others.
SELECT lower(schema_name || '.' || table_name) AS path
FROM duckdb_tables()
WHERE database_name = current_database() AND NOT internal
ORDER BY path;
