-- What .tables shows: one row per table or view whose schema-qualified name is like $like.
SELECT schema_name || '.' || table_name AS "table", estimated_size AS rows, column_count AS columns
FROM duckdb_tables()
WHERE database_name IN ('run', 'staging') AND (schema_name || '.' || table_name) ILIKE $like
ORDER BY database_name, schema_name = 'meta', "table";
