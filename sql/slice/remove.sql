-- Rows that stay no longer, because a reference they cannot do without is broken.
INSERT INTO slice.removal
SELECT broken.edge, broken.child_tab, broken.child_row
FROM _broken AS broken
SEMI JOIN (FROM slice.walk WHERE NOT nullable) AS walk ON walk.edge = broken.edge;

INSERT INTO slice.removed
SELECT DISTINCT child_tab, child_row
FROM slice.removal
ANTI JOIN slice.removed AS known ON known.tab = child_tab AND known."row" = child_row;
