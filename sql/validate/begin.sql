-- The validation that begins: run, root, day ($1, $2, $3). Rules read it.
INSERT INTO meta.validation (run_id, root, as_of, started_at)
VALUES ($1, $2, CAST($3 AS DATE), CAST(now() AS TIMESTAMP));
