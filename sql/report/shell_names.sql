-- What the shell completes, one name per row: tables with their schema, columns, our macros,
-- keywords.
SELECT DISTINCT name
FROM (
    SELECT schema_name || '.' || table_name AS name
    FROM duckdb_tables()
    WHERE database_name IN ('run', 'staging')
    UNION ALL
    SELECT column_name
    FROM duckdb_columns()
    WHERE database_name IN ('run', 'staging')
    UNION ALL
    SELECT function_name || '('
    FROM duckdb_functions()
    WHERE NOT internal
    UNION ALL
    SELECT upper(keyword_name)
    FROM duckdb_keywords()
    WHERE keyword_category = 'reserved'
)
ORDER BY name;
