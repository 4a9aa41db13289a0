-- The rows of one table that came down, perhaps, by a row which was left out, by position: writing
-- the file may number them anew.
INSERT INTO slice.came_by
SELECT DISTINCT parted.edge, this.place, removal.edge
FROM slice.parted AS parted
JOIN (
    SELECT rowid AS r, row_number() OVER (ORDER BY rowid) - 1 AS place FROM $table
) AS this ON this.r = parted.child_row
JOIN slice.removal AS removal
    ON removal.child_tab = parted.parent_tab AND removal.child_row = parted.parent_row
WHERE parted.edge = $edge;
