-- One step: rows without an owner with a parent that turned out to be ours.
INSERT INTO _ours
SELECT DISTINCT edge.child_tab, edge.child_row
FROM _both AS edge
SEMI JOIN _ours AS parent ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
SEMI JOIN slice.up_row AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN _ours AS known ON known.tab = edge.child_tab AND known."row" = edge.child_row;
