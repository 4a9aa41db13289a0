-- Our macros, one row each: name, parameters, comment.
SELECT
    function_name AS name,
    array_to_string(parameters, ', ') AS parameters,
    coalesce(any_value(comment), '') AS comment
FROM duckdb_functions()
WHERE NOT internal AND function_type IN ('macro', 'table_macro')
GROUP BY ALL
ORDER BY ALL;
