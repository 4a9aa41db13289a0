-- The macros a rule may call that DuckDB does not bring along.
SELECT DISTINCT lower(function_name) AS name
FROM duckdb_functions()
WHERE function_type IN ('macro', 'table_macro') AND NOT internal AND database_name <> 'temp';
