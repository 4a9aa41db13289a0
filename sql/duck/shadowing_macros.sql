-- Names of macros that hide a function of DuckDB itself.
SELECT DISTINCT ours.function_name
FROM duckdb_functions() AS ours
SEMI JOIN (FROM duckdb_functions() WHERE internal) AS builtin
    ON lower(ours.function_name) = lower(builtin.function_name)
WHERE NOT ours.internal
ORDER BY ours.function_name;
