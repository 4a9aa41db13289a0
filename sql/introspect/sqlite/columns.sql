-- One row per column of every table, in the table's order; `hidden` 2 and 3 are generated columns.
-- Shadow and virtual tables and views hold no rows of their own; datamig_load is ours.
SELECT
    t.name,
    c.name,
    c.type,
    c."notnull" <> 0 OR c.pk > 0,
    c.dflt_value IS NOT NULL,
    c.hidden IN (2, 3),
    c.pk
FROM pragma_table_list AS t, pragma_table_xinfo(t.name) AS c
WHERE t.schema = 'main'
    AND t.type = 'table'
    AND t.name NOT LIKE 'sqlite^_%' ESCAPE '^'
    AND t.name <> 'datamig_load'
    AND c.hidden <> 1
ORDER BY t.name, c.cid
