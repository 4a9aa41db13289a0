-- One row: a digest of the tables, columns and references that the target declares. What a graph
-- was seen to hold is no schema: it changes with every load.
WITH
    declared AS (
        SELECT store, "table" FROM meta.target_table WHERE kind = 'table'
    )
SELECT sha256(concat_ws(
    chr(30),
    (
        SELECT
            string_agg(
                concat_ws(
                    chr(31),
                    store, "table", "column", source_type, nullable, length, has_default,
                    generated, is_key, is_unique, CAST("values" AS VARCHAR)
                ),
                chr(29)
                ORDER BY store, "table", "column"
            )
        FROM meta.target_column
        JOIN declared USING (store, "table")
    ),
    (
        SELECT
            string_agg(
                concat_ws(
                    chr(31),
                    child_store, child_table, CAST(child_columns AS VARCHAR),
                    parent_store, parent_table, CAST(parent_columns AS VARCHAR)
                ),
                chr(29)
                ORDER BY id
            )
        FROM meta.target_reference
        WHERE origin = 'declared'
    )
)) AS digest;
