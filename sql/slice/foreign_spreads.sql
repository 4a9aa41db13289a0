-- One step: rows without an owner with a foreign parent and none of ours are foreign.
INSERT INTO slice.foreign_row
SELECT DISTINCT edge.child_tab, edge.child_row
FROM _both AS edge
SEMI JOIN slice.foreign_row AS parent
    ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
SEMI JOIN slice.up_row AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN _ours AS ours ON ours.tab = edge.child_tab AND ours."row" = edge.child_row
ANTI JOIN slice.foreign_row AS known ON known.tab = edge.child_tab AND known."row" = edge.child_row;
