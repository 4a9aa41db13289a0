-- One step: rows that a row of the part references. They descend only where their table expands.
INSERT INTO slice.part
SELECT DISTINCT edge.parent_tab, edge.parent_row, edge.expands
FROM slice.part_edge AS edge
SEMI JOIN slice.part AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN slice.part AS known
    ON known.tab = edge.parent_tab AND known."row" = edge.parent_row
    AND (known.descends OR NOT edge.expands)
ANTI JOIN slice.part_without AS without
    ON without.tab = edge.parent_tab AND without."row" = edge.parent_row
WHERE edge.up;
