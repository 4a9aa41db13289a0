-- The plan's edges, from a JSON list.
INSERT INTO slice.walk
SELECT walk.edge, walk.id, walk."both", walk.nullable
FROM (
    SELECT unnest(from_json($1, '[{
        "edge": "INTEGER", "id": "VARCHAR", "both": "BOOLEAN", "nullable": "BOOLEAN"
    }]')) AS walk
);
