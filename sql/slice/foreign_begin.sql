-- Rows without an owner that reference a foreign row and none of ours.
INSERT INTO slice.foreign_row
SELECT DISTINCT edge.child_tab, edge.child_row
FROM slice.foreign_edge AS edge
SEMI JOIN (FROM slice.walk WHERE "both") AS walk ON walk.edge = edge.edge
SEMI JOIN slice.up_row AS child ON child.tab = edge.child_tab AND child."row" = edge.child_row
ANTI JOIN _ours AS ours ON ours.tab = edge.child_tab AND ours."row" = edge.child_row;
