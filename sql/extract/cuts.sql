-- Counts the references to other tenants' rows by what was done about them, those let in
-- by `cross_tenant` included.
INSERT INTO meta.cut
SELECT walk.id, if(walk.is_list, 'member', 'null'), count(*)
FROM slice.cut AS cut
JOIN slice.walk AS walk ON walk.edge = cut.edge
ANTI JOIN slice.cured AS cured
    ON cured.edge = cut.edge AND cured.child_row = cut.child_row
WHERE walk.nullable
GROUP BY ALL
UNION ALL
SELECT walk.id, 'row', count(DISTINCT (broken.child_tab, broken.child_row))
FROM slice.removal AS broken
JOIN slice.walk AS walk ON walk.edge = broken.edge
ANTI JOIN slice.cured AS cured
    ON cured.edge = broken.edge AND cured.child_row = broken.child_row
GROUP BY ALL
UNION ALL
SELECT walk.id, 'taken', count(DISTINCT (edge.child_tab, edge.child_row))
FROM slice.edge AS edge
JOIN slice.walk AS walk ON walk.edge = edge.edge AND walk.take
SEMI JOIN slice.foreign_row AS theirs
    ON theirs.tab = edge.parent_tab AND theirs."row" = edge.parent_row
SEMI JOIN slice.kept AS kept ON kept.tab = edge.parent_tab AND kept."row" = edge.parent_row
GROUP BY ALL
ORDER BY ALL;
