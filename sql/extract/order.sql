-- The order of loading and extracting, from a JSON list of tables.
INSERT INTO meta.extraction_order
SELECT row_number() OVER (), "table"
FROM (SELECT unnest(from_json($1, '["VARCHAR"]')) AS "table");
