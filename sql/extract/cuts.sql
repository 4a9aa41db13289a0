-- Counts the references to other tenants' rows by what was done about them.
INSERT INTO meta.cut
SELECT walk.id, 'null', count(*)
FROM slice.cut AS cut
JOIN slice.walk AS walk ON walk.edge = cut.edge
WHERE walk.nullable
GROUP BY ALL
UNION ALL
SELECT walk.id, 'row', count(DISTINCT (broken.child_tab, broken.child_row))
FROM slice.removal AS broken
JOIN slice.walk AS walk ON walk.edge = broken.edge
GROUP BY ALL
ORDER BY ALL;
