-- The references of one edge to rows that were left out, where they are not known yet.
INSERT INTO slice.edge
WITH
    children AS ($children),
    parents AS (
        SELECT all_parents.*
        FROM ($parents) AS all_parents
        SEMI JOIN (FROM slice.removed WHERE tab = $parent_tab) AS removed ON removed."row" = _row
    )
SELECT $edge, $child_tab, child._row, $parent_tab, parent._row
FROM children AS child
JOIN parents AS parent ON $equal
EXCEPT
SELECT edge, child_tab, child_row, parent_tab, parent_row
FROM slice.edge;
