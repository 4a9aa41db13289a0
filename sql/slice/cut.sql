-- Broken references that are emptied, each once.
INSERT INTO slice.cut
SELECT broken.edge, broken.child_tab, broken.child_row
FROM _broken AS broken
SEMI JOIN (FROM slice.walk WHERE nullable) AS walk ON walk.edge = broken.edge
ANTI JOIN (FROM slice.cured WHERE leave_out) AS left_out
    ON left_out.edge = broken.edge AND left_out.child_row = broken.child_row
ANTI JOIN slice.cut AS known ON known.edge = broken.edge AND known.child_row = broken.child_row;
