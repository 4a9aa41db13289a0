-- One row per column of every table of the database, in the table's order: table, estimated rows,
-- column, its type and base type, whether NULL is allowed, length, precision, scale, collation,
-- default, extra words, and the expression of a generated one. datamig_load is ours.
SELECT
    t.table_name,
    t.table_rows,
    c.column_name,
    c.column_type,
    c.data_type,
    c.is_nullable,
    c.character_maximum_length,
    c.numeric_precision,
    c.numeric_scale,
    c.collation_name,
    c.column_default,
    c.extra,
    c.generation_expression
FROM information_schema.tables AS t
JOIN information_schema.columns AS c
    ON c.table_schema = t.table_schema
    AND c.table_name = t.table_name
WHERE t.table_schema = database()
    AND t.table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
    AND t.table_name <> 'datamig_load'
ORDER BY t.table_name, c.ordinal_position
