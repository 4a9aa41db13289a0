-- The references of one edge whose child or parent came up.
INSERT INTO slice.edge
WITH
    children AS ($children),
    parents AS ($parents),
    pairs AS (
        SELECT child._row AS child_row, parent._row AS parent_row
        FROM children AS child
        JOIN parents AS parent ON $equal
    )
SELECT $edge, $child_tab, child_row, $parent_tab, parent_row
FROM pairs
WHERE child_row IN (SELECT "row" FROM slice.up_row WHERE tab = $child_tab)
    OR parent_row IN (SELECT "row" FROM slice.up_row WHERE tab = $parent_tab);
