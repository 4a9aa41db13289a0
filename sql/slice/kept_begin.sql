-- References to rows that came up and may stay, and of those the rows that one which did not come
-- up, and stays, references.
CREATE OR REPLACE TEMP TABLE _needs AS
SELECT edge.child_tab, edge.child_row, edge.parent_tab, edge.parent_row
FROM slice.edge AS edge
SEMI JOIN slice.up_row AS parent ON parent.tab = edge.parent_tab AND parent."row" = edge.parent_row
ANTI JOIN slice.removed AS gone ON gone.tab = edge.child_tab AND gone."row" = edge.child_row
ANTI JOIN slice.removed AS lost ON lost.tab = edge.parent_tab AND lost."row" = edge.parent_row
LEFT JOIN slice.foreign_row AS theirs
    ON theirs.tab = edge.parent_tab AND theirs."row" = edge.parent_row
LEFT JOIN (FROM slice.walk WHERE take) AS taken ON taken.edge = edge.edge
WHERE theirs.tab IS NULL OR taken.edge IS NOT NULL;

DELETE FROM slice.kept;

INSERT INTO slice.kept
SELECT DISTINCT needs.parent_tab, needs.parent_row
FROM _needs AS needs
ANTI JOIN slice.up_row AS child ON child.tab = needs.child_tab AND child."row" = needs.child_row;
