-- Adds to slice.kept the rows that came up and that kept rows reference, however far up.
INSERT INTO slice.kept
WITH RECURSIVE spread AS (
    FROM slice.kept
    UNION
    SELECT needs.parent_tab, needs.parent_row
    FROM spread AS child
    JOIN _needs AS needs ON needs.child_tab = child.tab AND needs.child_row = child."row"
)
FROM spread
EXCEPT
FROM slice.kept;
