-- What one keeper left in the run.
INSERT INTO memory.main.kept
SELECT DISTINCT CAST($keeper AS BIGINT), _trace(value, CAST(0 AS BIGINT))[1]
FROM ($found) AS left_there
