-- The columns that meet the condition of a policy entry.
SELECT store || '.' || "table" || '.' || "column"
FROM meta."column"
WHERE $condition
ORDER BY ALL;
