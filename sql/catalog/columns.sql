-- One row per column of a side ($side), from the program's catalog. position counts from 1;
-- is_key and is_unique say that the column alone is a key.
SELECT
    t.store,
    t.staged AS "table",
    c.name AS "column",
    position,
    c.source_type,
    c.duck_type,
    c.as_text,
    CASE WHEN c.as_text THEN 'text' ELSE 'native' END AS staged_as,
    c.nullable,
    c.length,
    c.has_default,
    c.generated,
    list_contains(t.key, c.name) AS is_key,
    list_contains(t."unique", [c.name]) OR t.key = [c.name] AS is_unique,
    c.values,
    c.equality
FROM (
    SELECT t, t.columns[position] AS c, position
    FROM (
        SELECT t, unnest(range(1, len(t.columns) + 1)) AS position
        FROM (
            SELECT unnest(from_json(body -> 'tables', '[{
                "store": "VARCHAR", "staged": "VARCHAR", "key": ["VARCHAR"],
                "unique": [["VARCHAR"]],
                "columns": [{
                    "name": "VARCHAR", "source_type": "VARCHAR", "duck_type": "VARCHAR",
                    "as_text": "BOOLEAN", "nullable": "BOOLEAN", "length": "UINTEGER",
                    "has_default": "BOOLEAN", "generated": "BOOLEAN", "values": ["VARCHAR"],
                    "equality": "VARCHAR"
                }]
            }]')) AS t
            FROM meta.catalog
            WHERE side = $side
        )
    )
);
