-- Adds to _ours the rows without an owner one of whose parents turned out to be ours, however far
-- up that was.
INSERT INTO _ours
WITH RECURSIVE
    steps AS (
        SELECT edge.child_tab, edge.child_row, edge.parent_tab, edge.parent_row
        FROM _both AS edge
        SEMI JOIN slice.up_row AS child
            ON child.tab = edge.child_tab AND child."row" = edge.child_row
    ),
    spread AS (
        FROM _ours
        UNION
        SELECT step.child_tab, step.child_row
        FROM spread AS parent
        JOIN steps AS step ON step.parent_tab = parent.tab AND step.parent_row = parent."row"
    )
FROM spread
EXCEPT
FROM _ours;
