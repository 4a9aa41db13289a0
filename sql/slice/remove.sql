-- Rows that stay no longer, because a reference they cannot do without is broken, or
-- because the project leaves out what dangles.
INSERT INTO slice.removal
SELECT broken.edge, broken.child_tab, broken.child_row
FROM _broken AS broken
JOIN slice.walk AS walk ON walk.edge = broken.edge
LEFT JOIN slice.cured AS cured
    ON cured.edge = broken.edge AND cured.child_row = broken.child_row
WHERE NOT walk.nullable OR cured.leave_out;

INSERT INTO slice.removed
SELECT DISTINCT child_tab, child_row
FROM slice.removal
ANTI JOIN slice.removed AS known ON known.tab = child_tab AND known."row" = child_row;
