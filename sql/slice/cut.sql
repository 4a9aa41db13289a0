-- Broken references that are emptied, each once.
INSERT INTO slice.cut
SELECT broken.edge, broken.child_tab, broken.child_row
FROM _broken AS broken
SEMI JOIN (FROM slice.walk WHERE nullable) AS walk ON walk.edge = broken.edge
ANTI JOIN (FROM slice.cured WHERE leave_out) AS left_out
    ON left_out.edge = broken.edge AND left_out.child_row = broken.child_row
ANTI JOIN slice.cut AS known ON known.edge = broken.edge AND known.child_row = broken.child_row;

-- Rows may have come by a row that is left out: what they referenced is remembered for `why`.
INSERT INTO slice.parted
SELECT edge.edge, edge.child_tab, edge.child_row, edge.parent_tab, edge.parent_row
FROM slice.edge AS edge
SEMI JOIN _broken AS broken ON broken.edge = edge.edge AND broken.child_row = edge.child_row
SEMI JOIN slice.removed AS parent
    ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row;
