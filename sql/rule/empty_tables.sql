-- The statements that make every table of the catalog, empty and without constraints: enough to
-- bind on.
SELECT
    format(
        'CREATE SCHEMA IF NOT EXISTS {0}; CREATE TABLE {0}.{1} ({2});',
        _ident(store),
        _ident("table"),
        string_agg(_ident("column") || ' ' || duck_type, ', ' ORDER BY position)
    ) AS statement
FROM meta."column"
GROUP BY store, "table"
ORDER BY store, "table";
