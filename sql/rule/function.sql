-- The functions a rule may call, one name per row, with the parameters of our table macros:
-- scalars and aggregates of the engine whose every variant depends on its arguments alone, and the
-- persistent macros. Left out: what reads the clock, the session, settings or catalogs, and what
-- has side effects.
SELECT
    lower(function_name) AS name,
    bool_or(function_type IN ('table', 'table_macro')) AS is_table,
    coalesce(string_agg(DISTINCT CASE
        WHEN function_type = 'table_macro' THEN array_to_string(parameters, ',')
    END, ','), '') AS parameters
FROM duckdb_functions()
WHERE
    CASE
        WHEN function_type IN ('scalar', 'aggregate')
            THEN
                internal
                AND function_name NOT IN ('age', 'current_setting', 'error', 'getvariable')
        WHEN function_type = 'macro'
            THEN NOT regexp_matches(
                function_name,
                '^(pg_|has_.*_privilege$|inet_|current_|obj_|col_|shobj_|session_user'
                || '|user$|ago$|get_block_size)'
            )
        WHEN function_type = 'table_macro' THEN NOT internal
        ELSE function_name IN ('unnest', 'range', 'generate_series')
    END
    AND database_name <> 'temp'
GROUP BY 1
HAVING bool_and(coalesce(stability = 'CONSISTENT' AND NOT coalesce(has_side_effects, false), true));
