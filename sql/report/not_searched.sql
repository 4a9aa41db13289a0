-- One row per masked column whose originals were not searched for in the whole output, with the
-- reason.
SELECT store || '.' || "table" || '.' || "column" AS "column", originals, note
FROM meta.searched
WHERE note IS NOT NULL
ORDER BY "column";
