-- One row per table of a side ($side), from the program's catalog.
SELECT
    t.store,
    t.staged AS "table",
    t.schema,
    t.name,
    t.kind,
    t.key,
    t."unique",
    t.triggers,
    t.estimated_rows
FROM (
    SELECT unnest(from_json(body -> 'tables', '[{
        "store": "VARCHAR", "schema": "VARCHAR", "name": "VARCHAR", "staged": "VARCHAR",
        "kind": "VARCHAR", "key": ["VARCHAR"], "unique": [["VARCHAR"]], "triggers": ["VARCHAR"],
        "estimated_rows": "UBIGINT"
    }]')) AS t
    FROM meta.catalog
    WHERE side = $side
);
