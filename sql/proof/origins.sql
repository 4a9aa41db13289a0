-- The masked columns whose originals are collected, those that take longest first: the last one
-- should not be waited for alone.
SELECT origin.*
FROM memory.main.origin
LEFT JOIN meta.extracted AS extracted USING (store, "table")
ORDER BY keeper IS NULL, extracted.rows DESC NULLS LAST, origin
