-- One row per CHECK of the target that names a masked column: store, table, path, key expression,
-- the CHECK as the target prints it, and eight digits of its digest.
WITH
    target AS (
        SELECT unnest(CAST(body -> '$.tables' AS JSON[])) AS "table"
        FROM meta.catalog
        WHERE side = 'cert'
    ),
    promised AS (
        SELECT
            "table" ->> '$.store' AS store,
            "table" ->> '$.staged' AS "table",
            unnest(CAST("table" -> '$.checks' AS VARCHAR[])) AS "check"
        FROM target
    )
SELECT
    place.store,
    place."table",
    place.path,
    place.key_sql,
    promised."check",
    left(md5(promised."check"), 8) AS digest
FROM promised
JOIN _place AS place USING (store, "table")
WHERE
    EXISTS (
        SELECT 1
        FROM meta.strategy AS strategy
        WHERE
            strategy.store = place.store
            AND strategy."table" = place."table"
            AND strategy.strategy NOT IN ('preserve', 'nullify')
            AND list_contains(
                regexp_split_to_array(lower(promised."check"), '[^\pL\pN_]+'),
                lower(strategy."column")
            )
    )
ORDER BY ALL;
