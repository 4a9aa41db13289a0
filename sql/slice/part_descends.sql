-- One step: rows that reference a row which descends.
INSERT INTO slice.part
SELECT DISTINCT edge.child_tab, edge.child_row, true
FROM slice.part_edge AS edge
SEMI JOIN (FROM slice.part WHERE descends) AS parent
    ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
ANTI JOIN (FROM slice.part WHERE descends) AS known
    ON known.tab = edge.child_tab AND known."row" = edge.child_row
ANTI JOIN slice.part_without AS without
    ON without.tab = edge.child_tab AND without."row" = edge.child_row
WHERE edge.down;
