-- One step: rows that cannot do without one that is left out, and those that depend on one and are
-- not in the part so far.
INSERT INTO slice.part_without
SELECT DISTINCT edge.child_tab, edge.child_row
FROM slice.part_edge AS edge
SEMI JOIN slice.part_without AS parent
    ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
ANTI JOIN slice.part_without AS known
    ON known.tab = edge.child_tab AND known."row" = edge.child_row
LEFT JOIN slice.part AS inside
    ON inside.tab = edge.child_tab AND inside."row" = edge.child_row
WHERE edge.needs OR (edge.depends AND inside.tab IS NULL);
