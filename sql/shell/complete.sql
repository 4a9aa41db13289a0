-- What DuckDB proposes for the SQL in $1: words that begin with $2, best first. What is ours
-- (tables, columns, macros) it does not tell apart by alias; those are completed elsewhere.
SELECT suggestion, suggestion_type
FROM sql_auto_complete($1)
WHERE
    starts_with(lower(suggestion), lower($2))
    AND list_contains(
        ['keyword', 'scalar_function', 'table_function', 'type', 'schema', 'setting'],
        suggestion_type
    )
ORDER BY suggestion_score, suggestion;
