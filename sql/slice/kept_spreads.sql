-- One step: rows that came up and that a kept row references.
INSERT INTO slice.kept
SELECT DISTINCT edge.parent_tab, edge.parent_row
FROM slice.edge AS edge
SEMI JOIN slice.up_row AS parent ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
SEMI JOIN slice.kept AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN slice.kept AS known ON known.tab = edge.parent_tab AND known."row" = edge.parent_row
ANTI JOIN slice.removed AS lost ON lost.tab = edge.parent_tab AND lost."row" = edge.parent_row
ANTI JOIN slice.foreign_row AS theirs
    ON theirs.tab = edge.parent_tab AND theirs."row" = edge.parent_row;
