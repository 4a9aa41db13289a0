-- Adds to slice.foreign_row the rows without an owner that have a foreign parent, however far up,
-- and none of ours.
INSERT INTO slice.foreign_row
WITH RECURSIVE
    steps AS (
        SELECT edge.child_tab, edge.child_row, edge.parent_tab, edge.parent_row
        FROM _both AS edge
        SEMI JOIN slice.up_row AS child
            ON child.tab = edge.child_tab AND child."row" = edge.child_row
        ANTI JOIN _ours AS ours ON ours.tab = edge.child_tab AND ours."row" = edge.child_row
    ),
    spread AS (
        FROM slice.foreign_row
        UNION
        SELECT step.child_tab, step.child_row
        FROM spread AS parent
        JOIN steps AS step ON step.parent_tab = parent.tab AND step.parent_row = parent."row"
    )
FROM spread
EXCEPT
FROM slice.foreign_row;
