-- One row per column of every index: table, index, whether it is unique, column (NULL for an
-- expression), and whether only the beginning of the column is in it.
SELECT
    table_name,
    index_name,
    non_unique = 0,
    column_name,
    sub_part IS NOT NULL
FROM information_schema.statistics
WHERE table_schema = database()
ORDER BY table_name, index_name, seq_in_index
