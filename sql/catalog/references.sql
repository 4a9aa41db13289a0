-- One row per reference of a side ($side), from the program's catalog.
WITH
    tables AS (
        SELECT
            unnest(from_json(body -> 'tables', '[{"store": "VARCHAR", "staged": "VARCHAR"}]')) AS t,
            unnest(range(len(from_json(body -> 'tables', '["JSON"]')))) AS at
        FROM meta.catalog
        WHERE side = $side
    ),
    found AS (
        SELECT unnest(from_json(body -> 'references', '[{
            "id": "VARCHAR", "child": "BIGINT", "columns": ["VARCHAR"], "parent": "BIGINT",
            "key": ["VARCHAR"], "origin": "VARCHAR", "nullable": "BOOLEAN", "when": "VARCHAR",
            "is_expression": "BOOLEAN", "list": "VARCHAR"
        }]')) AS r
        FROM meta.catalog
        WHERE side = $side
    )
SELECT
    r.id,
    child.t.store AS child_store,
    child.t.staged AS child_table,
    r.columns AS child_columns,
    parent.t.store AS parent_store,
    parent.t.staged AS parent_table,
    r.key AS parent_columns,
    r.origin,
    r.nullable,
    r."when",
    r.is_expression,
    r.list
FROM found
JOIN tables AS child ON child.at = r.child
JOIN tables AS parent ON parent.at = r.parent;
