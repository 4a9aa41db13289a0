-- Tables with a place in the slice; the nodes and the relationships of a graph count as one each.
SELECT CAST(count(DISTINCT (t.store, CASE t.kind
    WHEN 'table' THEN t."table" ELSE t.kind END)) AS UBIGINT)
FROM meta."table" AS t;
