-- Whether each raw row became one masked row: then the n-th of one is the n-th of the other.
SELECT count(*) = 0
FROM run.meta.extracted AS extracted
FULL JOIN run.meta.anonymized AS anonymized USING (store, "table")
WHERE extracted.rows IS DISTINCT FROM anonymized.rows;
