-- The references of one edge whose child or parent came up. Up rows are few: each side is narrowed
-- down to them before it is joined.
INSERT INTO slice.edge
WITH
    children AS ($children),
    parents AS ($parents),
    up_children AS (SELECT "row" FROM slice.up_row WHERE tab = $child_tab),
    up_parents AS (SELECT "row" FROM slice.up_row WHERE tab = $parent_tab),
    pairs AS (
        SELECT child._row AS child_row, parent._row AS parent_row
        FROM (FROM children SEMI JOIN up_children ON _row = "row") AS child
        JOIN parents AS parent ON $equal
        UNION ALL
        SELECT child._row, parent._row
        FROM (FROM children ANTI JOIN up_children ON _row = "row") AS child
        JOIN (FROM parents SEMI JOIN up_parents ON _row = "row") AS parent ON $equal
    )
SELECT $edge, $child_tab, child_row, $parent_tab, parent_row
FROM pairs;
