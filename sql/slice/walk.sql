-- The plan's edges, from a JSON list.
INSERT INTO slice.walk
SELECT walk.edge, walk.id, walk."both", walk.nullable, walk.take, walk.is_list, walk.voids
FROM (
    SELECT unnest(from_json($1, '[{
        "edge": "INTEGER", "id": "VARCHAR", "both": "BOOLEAN", "nullable": "BOOLEAN",
        "take": "BOOLEAN", "is_list": "BOOLEAN", "voids": ["INTEGER"]
    }]')) AS walk
);
