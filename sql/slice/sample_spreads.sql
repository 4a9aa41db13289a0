-- One step: rows that a sampled row references.
INSERT INTO slice.sample
SELECT DISTINCT edge.parent_tab, edge.parent_row
FROM slice.sample_edge AS edge
SEMI JOIN slice.sample AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN slice.sample AS known ON known.tab = edge.parent_tab AND known."row" = edge.parent_row;
