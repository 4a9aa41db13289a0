-- The rows to which a reference with a condition applies, as their store decided, by position: the
-- n-th masked row will be the n-th raw one.
INSERT INTO meta.applying
SELECT ?, place
FROM (SELECT row_number() OVER (ORDER BY rowid) - 1 AS place, $column AS applies FROM $table)
WHERE applies IS NOT NULL;
