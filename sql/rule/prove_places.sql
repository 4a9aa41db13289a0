-- One row per table that a proof may change: those of the run and those of its catalog. Columns are
-- [name, type, characters the target takes] as JSON.
SELECT
    place.store || '.' || place."table" AS name,
    place.path,
    place.key_sql,
    CAST(to_json("table".key) AS VARCHAR) AS key,
    EXISTS (
        SELECT 1
        FROM meta.strategy AS strategy
        WHERE
            strategy.store = place.store
            AND strategy."table" = place."table"
            AND list_contains("table".key, strategy."column")
            AND strategy.strategy <> 'preserve'
    ) AS is_key_masked,
    (
        SELECT
            CAST(to_json(list(json_array(here."column", here.duck_type, target.length))) AS VARCHAR)
        FROM meta."column" AS here
        LEFT JOIN meta.target_column AS target USING (store, "table", "column")
        WHERE here.store = place.store AND here."table" = place."table"
    ) AS columns
FROM _place AS place
JOIN meta."table" AS "table" USING (store, "table")
UNION ALL
SELECT
    'meta.' || name AS name,
    'meta.' || _ident(name) AS path,
    'concat_ws(''.'', store, "table", "column")' AS key_sql,
    '[]' AS key,
    false AS is_key_masked,
    '[["duck_type", "VARCHAR", null]]' AS columns
FROM (VALUES ('column'), ('target_column')) AS catalog (name)
ORDER BY name;
