-- The validation that begins: run, root, day, settings ($1 to $4). Rules read it.
INSERT INTO meta.validation (run_id, root, as_of, settings, started_at)
VALUES ($1, $2, CAST($3 AS DATE), $4, CAST(now() AS TIMESTAMP));
