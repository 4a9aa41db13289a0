-- One row per column of each reference that columns alone make: the reference, both tables, and the
-- column on either side, in order.
SELECT
    id,
    child_store,
    child_table,
    parent_store,
    parent_table,
    unnest(child_columns) AS child_column,
    unnest(parent_columns) AS parent_column
FROM meta.reference
WHERE NOT is_expression AND list IS NULL
ORDER BY id, generate_subscripts(child_columns, 1);
