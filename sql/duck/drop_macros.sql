-- The statements that drop every macro of the current catalog, one per row.
SELECT DISTINCT
    format(
        'DROP MACRO {} main."{}"',
        CASE function_type WHEN 'table_macro' THEN 'TABLE' ELSE '' END,
        replace(function_name, '"', '""')
    ) AS statement
FROM duckdb_functions()
WHERE
    database_name = current_database()
    AND NOT internal
    AND function_type IN ('macro', 'table_macro');
