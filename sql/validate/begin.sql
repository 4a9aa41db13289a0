-- The validation that begins: run, root, day, settings, basis ($1 to $5). Rules read
-- it.
INSERT INTO meta.validation (run_id, root, as_of, settings, basis, started_at)
VALUES ($1, $2, CAST($3 AS DATE), $4, $5, CAST(now() AS TIMESTAMP));
