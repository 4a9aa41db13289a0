-- Adds to $owned, the rows that are known to be one owner's, those without an owner of their own
-- that have such a parent, however far up, and are not known to be ours.
INSERT INTO $owned
WITH RECURSIVE
    steps AS (
        SELECT edge.child_tab, edge.child_row, edge.parent_tab, edge.parent_row
        FROM _both AS edge
        SEMI JOIN slice.up_row AS child
            ON child.tab = edge.child_tab AND child."row" = edge.child_row
        ANTI JOIN _ours AS ours ON ours.tab = edge.child_tab AND ours."row" = edge.child_row
    ),
    spread AS (
        FROM $owned
        UNION
        SELECT step.child_tab, step.child_row
        FROM spread AS parent
        JOIN steps AS step ON step.parent_tab = parent.tab AND step.parent_row = parent."row"
    )
FROM spread
EXCEPT
FROM $owned;
