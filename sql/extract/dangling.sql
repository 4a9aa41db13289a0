-- Counts the rows of one reference that point at nothing in PROD.
INSERT INTO meta.dangling
SELECT $1, count(DISTINCT child._row)
FROM ($children) AS child
ANTI JOIN ($parents) AS parent ON $equal
HAVING count(*) > 0;
